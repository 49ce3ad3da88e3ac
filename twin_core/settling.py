"""From what has arrived to what is settled: readings and events in the order of plant time.

`Settling.to(watermark)` takes everything before the watermark, in segments that end at rows of
the common grid and at events, so that neither batches nor calls leave a trace in the result.
It must never use a receive time.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.operations.counting import Counting, StateClock
from twin_core.operations.incident import Incident
from twin_core.operations.watch import RowSeen, Watch
from twin_core.plant.assets import Plant
from twin_core.quality import Judge, Turn
from twin_core.reading import SourceEvent
from twin_core.recent import GRID_US, SPAN_ROWS, Grid
from twin_core.twin import Quarantine
from twin_core.value import SECOND, Instant, Value

_STEADY_ROWS = 3
"""Rows in Execute after which a machine counts as steady."""
_FAR = np.iinfo(np.int64).max


class Edit(Value):
    """What a person changes in belief.

    Attributes:
        kind: `release`: the point is right, believe it again; `acknowledge`: its alarms are seen.
        point: path.
        user, reason: who says so, and why.
    """

    kind: Literal["release", "acknowledge"]
    point: str
    user: str
    reason: str = ""


Happening: TypeAlias = SourceEvent | Edit


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Judged arrivals in columns: point, corrected source time, value, status, verdict."""

    point: NDArray[np.int32]
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


@dataclass(slots=True)
class Settled:
    """What settling did: incidents opened or closed, points quarantined or released."""

    incidents: list[Incident] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


class Settling:
    """Settled belief and all that follows from it."""

    def __init__(self, plant: Plant, columns: Columns) -> None:
        n, sources = len(plant.points), len(plant.sources)
        self._plant, self._columns = plant, columns
        self.value = np.full(n, np.nan)
        self.time = np.zeros(n, np.int64)
        self.status = np.zeros(n, np.uint32)
        self.quarantined: dict[str, Quarantine] = {}
        # Numbers of 16 bits are sorted many times faster (by radix).
        self._narrow = np.uint16 if n <= 1 << 16 else np.int32
        self.grid = Grid(columns)
        self._judge = Judge(columns)
        self._counting, self._clock = Counting(plant, columns), StateClock(plant)
        self.watch = Watch(plant, self._counting, self._clock)
        self._waiting: list[Readings] = []
        self._happenings: list[tuple[Instant, str, int, Happening]] = []
        self._row_end: Instant = 0
        self._up_since = np.full(sources, _FAR, np.int64)
        self._down = np.zeros(sources, bool)
        self._said = np.zeros(sources, np.int64)
        self._lively_us = np.full(sources, 15 * SECOND, np.int64)
        for s in range(sources):
            periods = columns.period_s[columns.source == s]
            if len(periods):
                self._lively_us[s] = max(15 * SECOND, int(3 * SECOND * periods.min()))
        machines = np.full(n, -1, np.int64)
        has_state = columns.state_of >= 0
        machines[has_state] = self._clock.slot[columns.state_of[has_state]]
        self._machine = machines
        self._ran = np.zeros(len(self._clock.machines), np.int64)

    def add(self, readings: Readings) -> None:
        """Readings that are not behind the watermark; they wait for it."""
        if len(readings):
            self._waiting.append(readings)

    def happen(self, time: Instant, order: int, what: Happening) -> None:
        """A source event or an edit, at a plant time; `order` among equals of that time.

        What is told later of one source or point did not happen earlier: a source that is lost
        at the clock's time and then speaks of a moment before is up.
        """
        name = what.source if isinstance(what, SourceEvent) else what.point
        time = max([time, *(t for t, of, _, _ in self._happenings if of == name)])
        self._happenings.append((time, name, order, what))

    @property
    def row(self) -> Instant:
        """End of the newest closed row, 0 before the first."""
        return max(0, self._row_end - GRID_US)

    def to(self, watermark: Instant) -> Settled:
        """Settle everything before the watermark."""
        done = Settled()
        readings = self._due(watermark)
        happenings = sorted(h for h in self._happenings if h[0] < watermark)
        self._happenings = [h for h in self._happenings if h[0] >= watermark]
        at, k, n = 0, 0, len(readings)
        while True:
            event = happenings[k][0] if k < len(happenings) else _FAR
            ahead = min(int(readings.time[at]) if at < n else _FAR, event)
            if ahead == _FAR and self._row_end == 0:
                return done
            self._skip(min(ahead, watermark))
            stop = min(watermark, self._row_end, event)
            end = int(np.searchsorted(readings.time, stop, side="left"))
            if end > at:
                self._take(readings.at(slice(at, end)))
                at = end
            if stop == self._row_end:
                self._close_row(done)
                continue
            if k < len(happenings) and event <= stop:
                self._occur(happenings[k][3], event, done)
                k += 1
                continue
            return done

    def _due(self, watermark: Instant) -> Readings:
        """What waits and lies before the watermark, sorted by time; the rest goes on waiting."""
        if not self._waiting:
            return _NOTHING
        waiting = Readings.joined(self._waiting)
        due = waiting.time < watermark
        rest = waiting.at(~due)
        self._waiting = [rest] if len(rest) else []
        waiting = waiting.at(due)
        return waiting.at(np.argsort(waiting.time, kind="stable"))

    def _skip(self, ahead: Instant) -> None:
        """Open the first row, or leave out what is older than anybody will look back."""
        if self._row_end == 0:
            self._row_end = ahead // GRID_US * GRID_US + GRID_US
        elif ahead - self._row_end > (SPAN_ROWS + 2) * GRID_US:
            for rows in (self.grid, self._counting, self._clock):
                rows.restart()
            self._row_end = ahead // GRID_US * GRID_US - (SPAN_ROWS - 1) * GRID_US

    def _take(self, readings: Readings) -> None:
        if self._down.any():
            # What a lost source is said to have read is in the log, and settles nothing.
            readings = readings.at(~self._down[self._columns.source[readings.point]])
        r = readings.at(np.argsort(readings.point.astype(self._narrow), kind="stable"))
        again = (r.point[1:] == r.point[:-1]) & (r.time[1:] == r.time[:-1])
        if again.any():
            # Of several readings of one moment the same one counts, whichever came first.
            alike = np.flatnonzero(np.r_[again, False] | np.r_[False, again])
            s = r.at(alike)
            order = np.arange(len(r))
            order[alike] = alike[np.lexsort((s.value, s.status, s.code, s.time, s.point))]
            r = r.at(order[np.r_[True, ~again]])
        point = r.point.astype(np.int64)
        np.maximum.at(self._said, self._columns.source[point], r.time)
        for round_ in self._judge.take(point, r.time, r.value, r.status, r.code):
            p, x = round_.point, round_.value
            self.value[p], self.time[p], self.status[p] = x, round_.time, round_.status
            self.grid.add(p, x)
            self._counting.add(p, round_.time, x)
            self._clock.add(p, x)

    def _close_row(self, done: Settled) -> None:
        end = self._row_end
        self._row_end += GRID_US
        mean = self.grid.close(end)
        self._counting.close()
        running, free = self._clock.close()
        self._ran = np.where(running, self._ran + 1, 0)
        steady = (self._machine < 0) | (np.r_[self._ran, 0][self._machine] >= _STEADY_ROWS)
        source = self._columns.source
        up_since = self._up_since[source]
        speaks = (up_since < _FAR) & (end - self._said[source] <= self._lively_us[source])
        turns = self._judge.close_row(end, steady, up_since, speaks)
        for turn in turns:
            self._turn(turn, end, done)
        seen = RowSeen(end, mean, steady, self._judge.held > 0, free)
        done.incidents += self.watch.row(seen)

    def _turn(self, turn: Turn, end: Instant, done: Settled) -> None:
        point = self._plant.points[turn.point]
        done.turns.append(turn)
        if turn.held:
            value = turn.value if np.isfinite(turn.value) else None
            reason = turn.reason(point.spec)
            self.quarantined[point.id] = Quarantine(
                point=point.id, rule=turn.rule, since=turn.since, value=value, reason=reason
            )
            self.value[turn.point] = np.nan
            reading = None if value is None else (turn.since, value)
            incident = self.watch.doubted(turn.point, end, reason, reading)
        else:
            self.quarantined.pop(point.id, None)
            incident = self.watch.trusted(turn.point, end)
        if incident is not None:
            done.incidents.append(incident)

    def _occur(self, what: Happening, at: Instant, done: Settled) -> None:
        if isinstance(what, SourceEvent):
            self._hear(what, at, done)
        elif what.kind == "acknowledge":
            self.watch.alarms.acknowledge(self._plant.point(what.point).id, at)
        else:
            turn = self._judge.release(self._plant.index[what.point])
            if turn is not None:
                self._turn(turn, at, done)

    def _hear(self, event: SourceEvent, at: Instant, done: Settled) -> None:
        s = [source.id for source in self._plant.sources].index(event.source)
        mine = np.flatnonzero(self._columns.source == s)
        incident = None
        if event.kind == "down":
            incident = self.watch.lost(event.source, at, event.reason, self._last(mine))
            self._up_since[s] = _FAR
            self._down[s] = True
            self.value[mine] = np.nan
            self._judge.forget(mine)
        else:
            self._said[s] = max(int(self._said[s]), at)
            if event.kind == "up" or self._up_since[s] == _FAR:
                self._up_since[s], self._down[s] = at, False
                self._judge.forget(mine)
                incident = self.watch.back(event.source, at)
        if incident is not None:
            done.incidents.append(incident)

    def _last(self, points: NDArray[np.int64]) -> tuple[int, Instant, float] | None:
        known = points[~np.isnan(self.value[points])]
        if not len(known):
            return None
        p = int(known[np.argmax(self.time[known])])
        return p, int(self.time[p]), float(self.value[p])


_NOTHING = Readings(
    np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint32),
    np.empty(0, np.uint8),
)  # fmt: skip
