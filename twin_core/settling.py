"""From what has arrived to what is settled: readings and events in the order of plant time.

`Settling.to(watermark)` takes everything before the watermark, in segments that end at rows of
the common grid and at events, so that neither batches nor calls leave a trace in the result.
It must never use a receive time.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.derived import Derived
from twin_core.judged import NOTHING, Readings
from twin_core.operations.alarm_limits import Side
from twin_core.operations.counting import Counting, StateClock
from twin_core.operations.incident import Incident
from twin_core.operations.past import Past, Record
from twin_core.operations.watch import RowSeen, Watch
from twin_core.plant.assets import Plant
from twin_core.provenance import Edited, Witness
from twin_core.quality import Judge
from twin_core.reading import SourceEvent
from twin_core.recent import GRID_US, SPAN_ROWS, Grid
from twin_core.soft_sensor import SoftSensors
from twin_core.standing import Standing
from twin_core.suspicion import Suspicion
from twin_core.twin import Quarantine
from twin_core.value import Instant, Value
from twin_core.verdict import Turn

_STEADY_ROWS = 3
"""Rows in Execute after which a machine counts as steady."""
_FAR = np.iinfo(np.int64).max


class Edit(Value):
    """What a person changes in belief.

    Attributes:
        kind: `release`: the point is right, believe it again. Of the point's alarms:
            `acknowledge` them, `shelve` and `unshelve`, `remove` from service and `restore`.
            `disowned`: a span that a person disowned is over; it counts no more against the point.
        point: path.
        user, reason: who says so, and why.
        side: of the alarms, those of that side only.
        until: end of a shelf, plant time.
    """

    kind: Literal["release", "acknowledge", "shelve", "unshelve", "remove", "restore", "disowned"]
    point: str
    user: str
    reason: str = ""
    side: Side | None = None
    until: Instant | None = None


Happening: TypeAlias = SourceEvent | Edit | SoftSensors


@dataclass(slots=True)
class Settled:
    """What settling did: incidents opened or closed, points quarantined or released."""

    incidents: list[Incident] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


class Settling:
    """Settled belief and all that follows from it."""

    def __init__(self, plant: Plant, columns: Columns) -> None:
        n, sources = len(columns.source), len(plant.sources)
        self._plant, self._columns = plant, columns
        self.value = np.full(n, np.nan)
        self.time = np.zeros(n, np.int64)
        self.status = np.zeros(n, np.uint32)
        self.quarantined: dict[str, Quarantine] = {}
        # Numbers of 16 bits are sorted many times faster (by radix).
        self._narrow = np.dtype(np.uint16 if n <= 1 << 16 else np.int32)
        self.derived = Derived.of(plant)
        self.witness = Witness()
        self.grid = Grid(columns, self.derived)
        self._judge, self._standing = Judge(columns), Standing(columns)
        self.suspicion = Suspicion(plant, columns, self._judge)
        self._counting, self._clock = Counting(plant, columns), StateClock(plant)
        self.watch = Watch(plant, self._counting, self._clock)
        self._record = Record(plant, self._counting, self._clock)
        self._waiting: list[Readings] = []
        self._happenings: list[tuple[Instant, str, int, Happening]] = []
        self._row_end: Instant = 0
        self._up_since = np.full(sources, _FAR, np.int64)
        self._down = np.zeros(sources, bool)
        self._said = np.zeros(sources, np.int64)
        self._lively_us = columns.quiet_us(sources)
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
        name = _about(what)
        time = max([time, *(t for t, of, _, _ in self._happenings if of == name)])
        self._happenings.append((time, name, order, what))

    @property
    def row(self) -> Instant:
        """End of the newest closed row, 0 before the first."""
        return max(0, self._row_end - GRID_US)

    @property
    def past(self) -> Past:
        """What is remembered of the last days."""
        return self._record.view(self.watch)

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
            return NOTHING
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
        r = replace(r, point=r.point.astype(np.int64))
        np.maximum.at(self._said, self._columns.source[r.point], r.time)
        self._standing.hear(r)
        for believed in self._judge.take(r):
            self._believe(believed)

    def _believe(self, believed: Readings) -> None:
        p, t, x = believed.point, believed.time, believed.value
        self.value[p], self.time[p], self.status[p] = x, t, believed.status
        self.grid.add(p, x)
        self._counting.add(p, t, x)
        self._clock.add(p, x)
        self._record.spells.add(p, t, x)
        self.watch.alarms.heard(p, t, x)

    def _close_row(self, done: Settled) -> None:
        end = self._row_end
        self._row_end += GRID_US
        source = self._columns.source
        up_since = self._up_since[source]
        speaks = (up_since < _FAR) & (end - self._said[source] <= self._lively_us[source])
        standing = self._standing.of(end - GRID_US, end, speaks)
        if len(standing):
            self._believe(self._judge.stand(standing))
        self._counting.close()
        running, free = self._clock.close()
        self._ran = np.where(running, self._ran + 1, 0)
        steady = (self._machine < 0) | (np.r_[self._ran, 0][self._machine] >= _STEADY_ROWS)
        agreed = self.suspicion.row(end, self.grid.means(), steady)
        turns = self._judge.close_row(end, steady, up_since, speaks)
        for turn in (*agreed, *turns):
            self._turn(turn, end, done)
        # After the turns: a row of what is derived rests on nothing that is not believed any more.
        mean = self.grid.close(end, self.value)
        held = self.derived.where_any(self._judge.held > 0)
        seen = RowSeen(end, mean, self.derived.where_all(steady), held, free)
        done.incidents += self.watch.row(seen)
        self._record.close(end, mean, self.watch.nominal)

    def _turn(self, turn: Turn, end: Instant, done: Settled, by: str = "") -> None:
        point = self._plant.points[turn.point]
        done.turns.append(turn)
        self.witness.turn(turn, point, end, by)
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
            return
        if isinstance(what, SoftSensors):
            self.suspicion.learn(what, at)
            return
        if what.kind == "disowned":
            held = self.quarantined.get(what.point)
            if held is not None and held.rule == "status":  # not for something else
                self._release(what, at, done)
            return
        self.witness.edited(Edited(at, what.kind, what.point, what.user, what.reason))
        if what.kind != "release":
            point = self._plant.point(what.point).id
            done.incidents += self.watch.act(
                point, what.kind, at, what.user, what.reason, side=what.side, until=what.until
            )
        elif self._plant.index[what.point] < self.derived.n:
            self._release(what, at, done)

    def _release(self, what: Edit, at: Instant, done: Settled) -> None:
        self.suspicion.forget(what.point, at)
        turn = self._judge.release(self._plant.index[what.point])
        if turn is not None:
            self._turn(turn, at, done, what.user)

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
            if event.kind == "up":
                self.witness.up(event.source, at, event.offset_us)
            if event.kind == "up" or self._up_since[s] == _FAR:
                self._up_since[s], self._down[s] = at, False
                self._judge.forget(mine)
                incident = self.watch.back(event.source, at)
            if event.kind == "up":
                self._standing.forget(mine)
        if incident is not None:
            done.incidents.append(incident)

    def _last(self, points: NDArray[np.int64]) -> tuple[int, Instant, float] | None:
        known = points[~np.isnan(self.value[points])]
        if not len(known):
            return None
        p = int(known[np.argmax(self.time[known])])
        return p, int(self.time[p]), float(self.value[p])


def _about(what: Happening) -> str:
    if isinstance(what, SoftSensors):
        return ""
    return what.source if isinstance(what, SourceEvent) else what.point
