"""Plant time of readings: source time less what the source's clock was ahead when it came up.

Fixed for a reading when it is stored, by who its point's source was then.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from twin_core.ports import LogEntry
from twin_core.reading import Batch


def up(entry: LogEntry) -> tuple[str, int] | None:
    """The source that the entry says came up, and the microseconds its clock is ahead."""
    if entry.kind != "event" or entry.body["kind"] != "up":
        return None
    return entry.body["source"], entry.body["offset_us"]


class Clocks:
    """How far each point's clock is ahead, as the log goes on.

    Args:
        sources: the source of each point.
    """

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = np.asarray(sources, dtype=object)
        self._ahead = np.zeros(len(sources), np.int64)

    @classmethod
    def of(cls, db: Any, sources: Sequence[str]) -> Self:
        """As the file's log left them."""
        clocks = cls(sources)
        for source, ahead in db.execute("SELECT source, ahead FROM clock ORDER BY seq").fetchall():
            clocks.set(source, ahead)
        return clocks

    def copy(self) -> "Clocks":
        """Another that can go on by itself."""
        other = Clocks(self._sources.tolist())
        other._ahead = self._ahead.copy()
        return other

    def hear(self, entry: LogEntry) -> None:
        """Take in what the entry says about a clock, if it does."""
        if found := up(entry):
            self.set(*found)

    def instants(self, batch: Batch) -> NDArray[np.int64]:
        """Plant time of each reading, microseconds."""
        instants: NDArray[np.int64] = batch.time - self._ahead[batch.point]
        return instants

    def set(self, source: str, ahead: int) -> None:
        """From now on the source's clock is ahead by so many microseconds."""
        self._ahead[self._sources == source] = ahead
