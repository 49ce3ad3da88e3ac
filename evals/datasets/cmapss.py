"""NASA's turbofan engines run to failure (Saxena and Goebel, 2008): 24 columns a flight cycle.

FD001 has a training and a test part of its own, of FD003 the training part is used. It is read
where it lies, never copied.
"""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIGNALS = (
    ("altitude", "[kft_i]"), ("Mach number", "1"), ("throttle resolver angle", "deg"),
    ("fan inlet temperature", "[degR]"), ("LPC outlet temperature", "[degR]"),
    ("HPC outlet temperature", "[degR]"), ("LPT outlet temperature", "[degR]"),
    ("fan inlet pressure", "[psi]"), ("bypass duct pressure", "[psi]"),
    ("HPC outlet pressure", "[psi]"), ("fan speed", "/min"), ("core speed", "/min"),
    ("engine pressure ratio", "1"), ("HPC outlet static pressure", "[psi]"),
    ("fuel flow by HPC pressure", "1"), ("corrected fan speed", "/min"),
    ("corrected core speed", "/min"), ("bypass ratio", "1"), ("burner fuel-air ratio", "1"),
    ("bleed enthalpy", "1"), ("demanded fan speed", "/min"),
    ("demanded corrected fan speed", "/min"), ("HPT coolant bleed", "1"),
    ("LPT coolant bleed", "1"),
)  # fmt: skip
"""Names and UCUM units, in the order of the columns (Saxena et al., PHM 2008, table 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """Engines one after the other.

    Attributes:
        engine: int64[T]; cycle: float64[T]; value: float64[T, 24], see `SIGNALS`.
        left: cycles left after the last row of each engine, float64[engines]; 0 where it failed.
    """

    engine: NDArray[np.int64]
    cycle: NDArray[np.float64]
    value: NDArray[np.float64]
    left: NDArray[np.float64]

    def last(self) -> NDArray[np.int64]:
        """The last row of each engine."""
        ends: NDArray[np.int64] = np.append(
            np.flatnonzero(np.diff(self.engine)), len(self.engine) - 1
        )
        return ends

    def of(self, engines: NDArray[np.int64]) -> "Fleet":
        """Some of the engines."""
        kept = np.isin(self.engine, engines)
        mine = np.isin(np.unique(self.engine), engines)
        return Fleet(self.engine[kept], self.cycle[kept], self.value[kept], self.left[mine])


def learned(folder: Path, name: str) -> Fleet | None:
    """The training part, run to failure; None where it is not present."""
    return _read(folder / "cmapss" / f"train_{name}.txt.gz", None)


def judged(folder: Path, name: str) -> Fleet | None:
    """The test part, which ends before the failure; None where it is not present."""
    left = folder / "cmapss" / f"RUL_{name}.txt.gz"
    return _read(folder / "cmapss" / f"test_{name}.txt.gz", left)


def _read(path: Path, left: Path | None) -> Fleet | None:
    if not path.is_file() or (left is not None and not left.is_file()):
        return None
    table = _table(path)
    engine = table[:, 0].astype(np.int64)
    ends = np.zeros(len(np.unique(engine))) if left is None else _table(left).reshape(-1)
    return Fleet(engine, table[:, 1], table[:, 2:26], ends)


def _table(path: Path) -> NDArray[np.float64]:
    with gzip.open(path, "rt", encoding="ascii") as text:
        return np.loadtxt(text, dtype=np.float64, ndmin=2)
