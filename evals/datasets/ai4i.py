"""A made milling machine (Matzka, 2020): 10,000 parts, 339 failures, in the order they were made.

The columns that say which mode it was are left out: they give the answer away. It is read where it
lies, never copied.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIGNALS = (
    ("quality class", "1"), ("air temperature", "K"), ("process temperature", "K"),
    ("rotational speed", "/min"), ("torque", "N.m"), ("tool wear", "min"),
)  # fmt: skip
_CLASSES = {"L": 0.0, "M": 1.0, "H": 2.0}


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """float64[10000, 6], see `SIGNALS` (class L, M, H as 0, 1, 2), and 1 where it failed."""

    value: NDArray[np.float64]
    failed: NDArray[np.float64]


def parts(folder: Path) -> Parts | None:
    """All of it; None where it is not present."""
    path = folder / "ai4i" / "ai4i2020.csv"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    numbers = (
        "Air temperature [K]", "Process temperature [K]", "Rotational speed [rpm]",
        "Torque [Nm]", "Tool wear [min]",
    )  # fmt: skip
    value = [[_CLASSES[row["Type"]], *(float(row[name]) for name in numbers)] for row in rows]
    return Parts(np.array(value), np.array([float(row["Machine failure"]) for row in rows]))
