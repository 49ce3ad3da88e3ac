"""PetShop: services that call each other, with issues put into one of them; five minutes a row.

Its low traffic: the healthy hours, the graph of calls, and the issues of both splits, of which the
notebook's figures are. It is read where it lies, never copied.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Column = tuple[str, str, str]
"""Service, metric, statistic."""
_HEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class Issue:
    """One issue.

    Attributes:
        target: the service whose metric was complained about; `metric` which.
        root: the service into which it was put.
        value: by row and column, float64[T, P]; NaN where nothing was measured.
    """

    name: str
    target: str
    metric: str
    root: str
    value: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """The set.

    Attributes:
        columns: of every table, those of the healthy one.
        calls: caller, called.
        healthy: float64[T, P].
    """

    columns: Sequence[Column]
    calls: Sequence[tuple[str, str]]
    healthy: NDArray[np.float64]
    issues: Sequence[Issue]


def read(folder: Path) -> Shop | None:
    """The low traffic; None where the data is not present."""
    here = folder / "petshop" / "dataset" / "low_traffic"
    if not (here / "noissue" / "metrics.csv").is_file():
        return None
    columns, healthy = _table(here / "noissue" / "metrics.csv")
    issues = [
        _issue(path, columns)
        for split in ("train", "test")
        for path in sorted((here / split).glob("*"))
        if (path / "target.json").is_file()
    ]
    with (here / "graph.csv").open(encoding="utf-8", newline="") as file:
        names, *rows = list(csv.reader(file))
    calls = [
        (row[0], name)
        for row in rows
        for name, flag in zip(names[1:], row[1:], strict=True)
        if float(flag or 0.0)
    ]
    return Shop(columns, calls, healthy, issues)


def _issue(path: Path, columns: Sequence[Column]) -> Issue:
    told = json.loads((path / "target.json").read_text("utf-8"))
    own, value = _table(path / "metrics.csv")
    at: Mapping[Column, int] = {column: i for i, column in enumerate(own)}
    found = np.full((len(value), len(columns)), np.nan)
    for i, column in enumerate(columns):
        if column in at:
            found[:, i] = value[:, at[column]]
    target = told["target"]
    return Issue(path.name, target["node"], target["metric"], told["root_cause"]["node"], found)


def _table(path: Path) -> tuple[list[Column], NDArray[np.float64]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    head = zip(*(row[1:] for row in rows[: _HEAD - 1]), strict=True)
    value = [[float(x) if x else np.nan for x in row[1:]] for row in rows[_HEAD:] if row[0]]
    return [(a, b, c) for a, b, c in head], np.asarray(value, dtype=np.float64)
