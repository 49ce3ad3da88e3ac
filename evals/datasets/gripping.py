"""Two robots that grip a plate: 33 signals of a sound run and a faulty one, and the causal graph.

The graph is the set's own (`causal graph/` of its origin). It is read where it lies, never
copied.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

GRAPH = Path("gripping_rca") / "causal graph" / "true_causal_graph_adjacency_matrix.csv"
CANDIDATES = Path("gripping_rca") / "causal graph" / "inspected_rootcauses.txt"
TRUTH = "PlateNotInPlace (Boolean)"


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """The set.

    Attributes:
        signals: columns of `sound` and `faulty`, float64[T, S]; the runs are in step.
        nodes: of the graph; a signal has the name of its node.
        edges: cause, effect.
        candidates: nodes that may be the root, none of them measured.
    """

    signals: Sequence[str]
    sound: NDArray[np.float64]
    faulty: NDArray[np.float64]
    nodes: Sequence[str]
    edges: Sequence[tuple[str, str]]
    candidates: Sequence[str]


def read(folder: Path) -> Cell | None:
    """The cell with its graph; None where one of the two is not present."""
    if not (folder / GRAPH).is_file() or not (folder / CANDIDATES).is_file():
        return None
    here = folder / "gripping_rca" / "datasets"
    signals, sound = _table(here / "dataset_normal.csv")
    _, faulty = _table(here / "dataset_rootcause_PlateNotInPosition.csv")
    with (folder / GRAPH).open(encoding="utf-8", newline="") as file:
        nodes, *rows = list(csv.reader(file))
    edges = [
        (nodes[i], nodes[j])
        for i, row in enumerate(rows)
        for j, flag in enumerate(row)
        if float(flag)
    ]
    candidates = (folder / CANDIDATES).read_text("utf-8").split("\n")
    return Cell(signals, sound, faulty, nodes, edges, [c for c in candidates if c])


def _table(path: Path) -> tuple[Sequence[str], NDArray[np.float64]]:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    return head, np.asarray([[float(x) for x in row] for row in rows], dtype=np.float64)
