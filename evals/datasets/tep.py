"""The Tennessee Eastman process: 52 instruments every three minutes, the Braatz files.

Training runs and both healthy runs. It is read where it lies, never copied.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def learned(folder: Path) -> NDArray[np.float64] | None:
    """The healthy training run, float64[500, 52]; None where the data is not present."""
    path = folder / "tep" / "data" / "d00.dat"
    return np.loadtxt(path).T if path.is_file() else None


def healthy(folder: Path) -> NDArray[np.float64] | None:
    """The other healthy run, float64[960, 52]; None where the data is not present."""
    path = folder / "tep" / "data" / "d00_te.dat"
    return np.loadtxt(path) if path.is_file() else None


def faulty(folder: Path) -> tuple[NDArray[np.float64], ...]:
    """Runs under each of the 21 process faults from the first row on, float64[480, 52] each."""
    paths = sorted((folder / "tep" / "data").glob("d[0-2][0-9].dat"))
    return tuple(np.loadtxt(path) for path in paths if path.stem != "d00")
