"""How far the past is complete: per source from what it said, for the site the minimum.

Every rule here depends on the log alone, never on when something is asked. It must never move
the watermark backwards.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Source
from twin_core.reading import SourceEvent
from twin_core.twin import SourceState
from twin_core.value import SECOND, Instant

LATENESS_US: int = 2 * SECOND
"""How far behind the newest reading of its source a reading may come and still be settled."""

AHEAD_US: int = 2 * SECOND
"""How far a source time may lie ahead of its receive time and still move the watermark."""

AHEAD_LIMIT_US: int = 60 * SECOND
"""A reading further ahead of its receive time than this is not believed: its clock is wrong."""

SILENT_US: int = 60 * SECOND
"""A source that says nothing for so long is taken for lost and holds nobody back."""

STEP_US: int = 2 * SECOND
"""The watermark moves in whole steps, so that settling is worth its cost."""

_NEVER = np.iinfo(np.int64).min // 2


class Watermark:
    """Newest corrected source time, clock offset and liveness of every source.

    Args:
        sources: as in the plant file.
        read: of those, the ones that have points: only they can hold the site back.
    """

    def __init__(self, sources: Sequence[Source], read: Collection[str]) -> None:
        self._ids = [s.id for s in sources]
        self._read = frozenset(read)
        n = len(self._ids)
        self.offset = np.zeros(n, np.int64)
        self._newest = np.full(n, _NEVER, np.int64)
        self._heard = np.full(n, _NEVER, np.int64)
        self.states: dict[str, SourceState] = {}
        self._told_down: set[str] = set()
        self.settled: int = _NEVER
        self._clock: int = _NEVER

    @property
    def live(self) -> NDArray[np.bool_]:
        """By source: whether it is up."""
        states = [self.states.get(name) for name in self._ids]
        return np.array([state is not None and state.up for state in states], bool)

    def index(self, source: str) -> int:
        """The position of a source id, -1 if the plant file has no such source."""
        return self._ids.index(source) if source in self._ids else -1

    def hear(
        self, source: NDArray[np.int32], time: NDArray[np.int64], received: NDArray[np.int64]
    ) -> list[SourceEvent]:
        """Readings arrived: corrected source times and receive times, one a reading.

        Returns the sources that count as up from now on, because they speak.
        """
        found = []
        for s in np.unique(source).tolist():
            mine = source == s
            name, last = self._ids[s], int(received[mine].max())
            newest = int(np.minimum(time[mine], received[mine] + AHEAD_US).max())
            if name not in self._told_down:
                state = self.states.get(name)
                if state is None or not state.up:
                    begin = int(min(newest, last))
                    found.append(SourceEvent(source=name, kind="up", time=begin,
                                             offset_us=int(self.offset[s])))  # fmt: skip
                    self._set(name, up=True, since=begin, reason="")
            self._newest[s] = max(int(self._newest[s]), newest)
            self._listen(s, newest, last)
        return found

    def take(self, event: SourceEvent) -> bool:
        """A source event arrived; whether it changed anything that settled belief depends on."""
        s = self.index(event.source)
        state = self.states.get(event.source)
        was_up = state is not None and state.up
        if event.kind == "down":
            self._told_down.add(event.source)
            self._set(event.source, up=False, since=event.time, reason=event.reason)
            return was_up or state is None
        self._told_down.discard(event.source)
        if event.kind == "up":
            self.offset[s] = event.offset_us
        if event.kind == "up" or not was_up:
            self._set(event.source, up=True, since=event.time, reason="")
        self._newest[s] = max(int(self._newest[s]), event.time)
        self._listen(s, event.time, event.time)
        return event.kind == "up" or not was_up

    def tick(self, now: Instant) -> list[SourceEvent]:
        """Time passed; returns the sources that have been silent for too long."""
        self._clock = max(self._clock, now)
        lost = []
        for name, state in self.states.items():
            s = self.index(name)
            if state.up and name in self._read and self._clock - int(self._heard[s]) > SILENT_US:
                lost.append(
                    SourceEvent(source=name, kind="down", time=self._clock, reason="silent")
                )
        for event in lost:
            self._set(event.source, up=False, since=event.time, reason=event.reason)
        return lost

    def advance(self) -> bool:
        """Move the site's watermark as far as every live source allows; whether it moved."""
        live = [self.index(n) for n, s in self.states.items() if s.up and n in self._read]
        newest = int(self._newest[live].min()) if live else self._clock
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
        name = self._ids[s]
        state = self.states.get(name)
        if state is not None and (state.last is None or newest > state.last):
            self.states[name] = state.model_copy(update={"last": newest})

    def _set(self, name: str, *, up: bool, since: Instant, reason: str) -> None:
        old = self.states.get(name)
        self.states[name] = SourceState(
            source=name,
            up=up,
            since=since if old is None or old.up != up else old.since,
            last=None if old is None else old.last,
            offset_us=int(self.offset[self.index(name)]),
            reason=reason,
        )
