"""The Skoltech anomaly benchmark: a water pump rig at 1 Hz, eight instruments, real.

Its own split: healthy run and valve1/0-7. It is read where it lies, never copied.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAMES = (
    "accelerometer_1", "accelerometer_2", "current", "pressure", "temperature", "thermocouple",
    "voltage", "flow",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One experiment.

    Attributes:
        name: of the file.
        value: by second and instrument, float64[T, 8].
        anomaly: seconds that the set calls anomalous, bool[T].
    """

    name: str
    value: NDArray[np.float64]
    anomaly: NDArray[np.bool_]


def healthy(folder: Path) -> Run | None:
    """The run without a disturbance; None where the data is not present."""
    path = folder / "skab" / "data" / "anomaly-free" / "anomaly-free.csv"
    return _read(path, labelled=False) if path.is_file() else None


def disturbed(folder: Path) -> tuple[Run, ...]:
    """The runs in which a valve was closed; none where the data is not present."""
    paths = sorted((folder / "skab" / "data" / "valve1").glob("*.csv"))
    return tuple(_read(path, labelled=True) for path in paths)


def _read(path: Path, *, labelled: bool) -> Run:
    columns = list(range(1, 10 if labelled else 9))
    rows = np.loadtxt(path, delimiter=";", skiprows=1, usecols=columns, dtype=np.float64)
    anomaly = rows[:, 8] > 0.5 if labelled else np.zeros(len(rows), dtype=bool)
    return Run(path.stem, rows[:, :8], anomaly)
