"""How far the past is complete: per source from what it said, for the site the minimum.

Every rule here depends on the log alone, never on when something is asked. It must never move
the watermark backwards.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.source import Source
from twin_core.reading import SourceEvent
from twin_core.twin import SourceState
from twin_core.value import SECOND, Instant

LATENESS_US: int = 2 * SECOND
"""How far behind the newest reading of its source a reading may come and still be settled."""

AHEAD_US: int = 2 * SECOND
"""How far a source time may lie ahead of its receive time and still move the watermark."""

BEHIND_US: int = 300 * SECOND
"""A source whose readings lie further behind their receipt holds the others back no further.

A replay is of the past, and waited for however old that is."""

SILENT_US: int = 60 * SECOND
"""A source that says nothing for so long is taken for lost and holds nobody back."""

STEP_US: int = 2 * SECOND
"""The watermark moves in whole steps, so that settling is worth its cost."""

_NEVER = np.iinfo(np.int64).min // 2
_EVER = np.iinfo(np.int64).max // 4


class Watermark:
    """Newest corrected source time, clock offset and liveness of every source.

    Attributes:
        offset: of each source's clock against plant time, microseconds.
        live: by source: whether it is up.
        begun: by source: when it was last connected, plant time.
        last: by source: newest moment of which it said something, plant time.
        settled: the site's watermark.

    Args:
        sources: as in the plant file.
        read: of those, the ones that have points: only they can hold the site back.
    """

    def __init__(self, sources: Sequence[Source], read: Collection[str]) -> None:
        self._ids = [s.id for s in sources]
        n = len(self._ids)
        self.offset = np.zeros(n, np.int64)
        self._newest = np.full(n, _NEVER, np.int64)
        self._heard = np.full(n, _NEVER, np.int64)
        self.last = np.full(n, _NEVER, np.int64)
        self.begun = np.full(n, _NEVER, np.int64)
        self._read = np.array([name in read for name in self._ids], bool)
        replays = np.array([s.kind == "replay" for s in sources], bool)
        self._behind = np.where(replays, _EVER, BEHIND_US)
        self.live = np.zeros(n, bool)
        self._states: dict[str, SourceState] = {}
        self._told_down: set[str] = set()
        self.settled: int = _NEVER
        self._clock: int = _NEVER

    @property
    def states(self) -> dict[str, SourceState]:
        """By source id, for every source that was heard or lost."""
        last = {name: int(self.last[self.index(name)]) for name in self._states}
        return {
            name: state.model_copy(update={"last": last[name] if last[name] > _NEVER else None})
            for name, state in self._states.items()
        }

    @property
    def newest(self) -> Instant:
        """The newest source time taken of any source; beyond it nothing was said yet."""
        return int(self._newest.max(initial=_NEVER))

    def index(self, source: str) -> int:
        """The position of a source id, -1 if the plant file has no such source."""
        return self._ids.index(source) if source in self._ids else -1

    def hear(
        self, source: NDArray[np.int32], time: NDArray[np.int64], received: NDArray[np.int64]
    ) -> list[SourceEvent]:
        """Readings arrived: corrected source times and receive times, one a reading.

        Returns the sources that count as up from now on, because they speak.
        """
        n = len(self._ids)
        newest, last = np.full(n, _NEVER, np.int64), np.full(n, _NEVER, np.int64)
        where = source.astype(np.intp)
        stamped = np.clip(time, received - self._behind[where], received + AHEAD_US)
        np.maximum.at(newest, where, stamped)
        np.maximum.at(last, where, received)
        found = []
        for s in np.flatnonzero((last > _NEVER) & ~self.live).tolist():
            if self._ids[s] not in self._told_down:
                begin, offset = int(time[source == s].min()), int(self.offset[s])
                found.append(
                    SourceEvent(source=self._ids[s], kind="alive", time=begin, offset_us=offset)
                )
                self._set(self._ids[s], up=True, since=begin, reason="")
        np.maximum(self._newest, newest, out=self._newest)
        np.maximum(self._heard, last, out=self._heard)
        np.maximum(self.last, newest, out=self.last)
        self._clock = max(self._clock, int(last.max(initial=_NEVER)))
        return found

    def take(self, event: SourceEvent) -> bool:
        """A source event arrived; whether it changed anything that settled belief depends on."""
        s = self.index(event.source)
        was_up, known = bool(self.live[s]), event.source in self._states
        if event.kind == "down":
            self._told_down.add(event.source)
            self._set(event.source, up=False, since=event.time, reason=event.reason)
            return was_up or not known
        self._told_down.discard(event.source)
        if event.kind == "up":
            self.offset[s], self.begun[s] = event.offset_us, event.time
        if event.kind == "up" or not was_up:
            self._set(event.source, up=True, since=event.time, reason="")
        self._newest[s] = max(int(self._newest[s]), event.time)
        self._listen(s, event.time, event.time)
        return event.kind == "up" or not was_up

    def tick(self, now: Instant) -> list[SourceEvent]:
        """Time passed; returns the sources that have been silent for too long."""
        self._clock = max(self._clock, now)
        silent = self.live & self._read & (self._clock - self._heard > SILENT_US)
        lost = [
            SourceEvent(source=self._ids[s], kind="down", time=self._clock, reason="silent")
            for s in np.flatnonzero(silent).tolist()
        ]
        for event in lost:
            self._set(event.source, up=False, since=event.time, reason=event.reason)
        return lost

    def advance(self) -> bool:
        """Move the site's watermark as far as every live source allows; whether it moved."""
        live = self.live & self._read
        newest = int(self._newest[live].min()) if live.any() else self._clock
        if newest <= _NEVER:
            return False
        to = (newest - LATENESS_US) // STEP_US * STEP_US
        if to <= self.settled:
            return False
        self.settled = to
        return True

    def _listen(self, s: int, newest: Instant, heard: Instant) -> None:
        self._heard[s] = max(int(self._heard[s]), heard)
        self._clock = max(self._clock, heard)
        self.last[s] = max(int(self.last[s]), newest)

    def _set(self, name: str, *, up: bool, since: Instant, reason: str) -> None:
        old = self._states.get(name)
        self.live[self.index(name)] = up
        self._states[name] = SourceState(
            source=name,
            up=up,
            since=since if old is None or old.up != up else old.since,
            last=None,
            offset_us=int(self.offset[self.index(name)]),
            reason=reason,
        )
