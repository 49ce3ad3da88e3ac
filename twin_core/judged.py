"""Judged readings in columns, on their way to being settled and believed. It must never judge."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Judged arrivals in columns: point, corrected source time, value, status, verdict."""

    point: NDArray[np.signedinteger[Any]]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    status: NDArray[np.uint32]
    code: NDArray[np.uint8]

    def __len__(self) -> int:
        """The number of readings."""
        return len(self.point)

    def at(self, which: NDArray[np.bool_] | NDArray[np.int64] | slice) -> "Readings":
        """Some of them."""
        return Readings(
            self.point[which], self.time[which], self.value[which],
            self.status[which], self.code[which],
        )  # fmt: skip

    @staticmethod
    def joined(parts: "list[Readings]") -> "Readings":
        """One after the other."""
        return Readings(
            np.concatenate([p.point for p in parts]),
            np.concatenate([p.time for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.status for p in parts]),
            np.concatenate([p.code for p in parts]),
        )


NOTHING = Readings(
    np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint32),
    np.empty(0, np.uint8),
)  # fmt: skip
