"""Replacements and failures of the components of a hundred machines over a year (Microsoft).

Lives of four components, ended by a failure or cut off by a planned replacement, which comes every
fortnight. Failures are told from 2015 on, replacements from half a year before. It is read where it
lies, never copied.
"""

import csv
import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

COMPONENTS = (1, 2, 3, 4)
YEAR_H = 365 * 24.0
"""Hours in which failures were told."""


@dataclass(frozen=True, slots=True, eq=False)
class ComponentLives:
    """Lives of one component; hours since 2015-01-01.

    Attributes:
        begin, end: float64[N]; what goes on at the end of the year ends there.
        failed: whether it ended by failing, bool[N].
    """

    begin: NDArray[np.float64]
    end: NDArray[np.float64]
    failed: NDArray[np.bool_]


_ZERO = datetime(2015, 1, 1, tzinfo=UTC)


def component_lives(folder: Path, component: int) -> ComponentLives | None:
    """The lives of all machines that were begun in sight; None where the data is not present."""
    failures = folder / "azure_pdm" / "PdM_failures.csv.gz"
    replaced = folder / "azure_pdm" / "PdM_maint.csv.gz"
    if not (failures.is_file() and replaced.is_file()):
        return None
    failed = _hours(failures, component)
    begin: list[float] = []
    end: list[float] = []
    over: list[bool] = []
    for machine, hours in _hours(replaced, component).items():
        fell = failed.get(machine, set())
        for a, b in pairwise([*sorted(hours | fell), YEAR_H]):
            begin.append(a)
            end.append(b)
            over.append(b in fell)
    return ComponentLives(np.array(begin), np.array(end), np.array(over, np.bool_))


def _hours(file: Path, component: int) -> dict[int, set[float]]:
    """By machine, when something happened to the component."""
    found: dict[int, set[float]] = {}
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        for when, machine, what in list(csv.reader(text))[1:]:
            if what == f"comp{component}":
                at = datetime.fromisoformat(when).replace(tzinfo=UTC)
                found.setdefault(int(machine), set()).add((at - _ZERO).total_seconds() / 3600.0)
    return found
