"""The one way in: log, validate, believe or quarantine, settle, raise. No I/O, no bus.

`apply`, `tick` and `edit` are the log's kinds of entry. The same entries in the same order give
the same twin, and readings in any order inside the lateness the same settled twin. What happened
is returned. It must never read a clock, and nothing that is asked of it changes what it says.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.errors import UnknownName, WrongKind
from twin_core.operations.incident import Incident
from twin_core.operations.kpi import LineIndicators
from twin_core.plant.assets import Plant
from twin_core.quality import AHEAD, BELIEVED, LATE, TWICE, Turn, judge, refused_status
from twin_core.reading import Arrival, Batch, SourceEvent
from twin_core.settling import Edit, Readings, Settling
from twin_core.twin import Snapshot
from twin_core.value import Instant
from twin_core.watermark import AHEAD_LIMIT_US, Watermark

__all__ = ["Edit", "Outcome", "Twin"]

_NO_VERDICTS = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one entry of the log did.

    Attributes:
        now: plant time at which it was taken.
        verdicts: per reading of the batch, see `twin_core.quality` (BELIEVED, TYPE, …, LATE).
        watermark: up to where belief is settled now; `moved` whether by this entry.
        incidents: opened or closed, in the order in which it happened.
        turns: points quarantined or released.
    """

    now: Instant
    watermark: Instant
    moved: bool = False
    verdicts: NDArray[np.uint8] = field(default_factory=lambda: _NO_VERDICTS)
    incidents: tuple[Incident, ...] = ()
    turns: tuple[Turn, ...] = ()

    @property
    def late(self) -> frozenset[int]:
        """Positions of readings behind the watermark: kept in the log, settled nowhere."""
        return frozenset(np.flatnonzero(self.verdicts == LATE).tolist())


class Twin:
    """Belief about one plant. One thread owns it; what it hands out is immutable."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self._columns = Columns.of(plant)
        self._watermark = Watermark(plant.sources, {p.source for p in plant.points})
        self._settling = Settling(plant, self._columns)
        n = len(plant.points)
        self._value = np.full(n, np.nan)
        self._time = np.zeros(n, np.int64)
        self._status = np.zeros(n, np.uint32)
        self._order = 0
        self._revision = 0
        self._dirty = True
        self._indicators: dict[str, LineIndicators] = {}
        self._indicated: tuple[Instant, list[bool]] = (-1, [])

    @property
    def revision(self) -> int:
        """Of the newest snapshot; grows with each that differs."""
        return self._revision

    def apply(self, arrival: Arrival, now: Instant) -> Outcome:
        """Take readings or a source event.

        Args:
            arrival: receive and event times in it are plant time.
            now: plant time, only noted: belief depends on what arrived, not on when it was taken.

        Raises:
            UnknownName: an event of a source that the plant file does not have.
            WrongKind: a batch with a point that the plant file does not have.
        """
        self._dirty = True
        if isinstance(arrival, SourceEvent):
            if self._watermark.index(arrival.source) < 0:
                raise UnknownName("source", arrival.source, [s.id for s in self.plant.sources])
            self._event(arrival, tell=self._watermark.take(arrival))
            return self._settle(_NO_VERDICTS, now)
        return self._settle(self._readings(arrival), now)

    def tick(self, now: Instant) -> Outcome:
        """Plant time has come to `now`: silent sources are lost, and time passes without data."""
        for event in self._watermark.tick(now):
            self._dirty = True
            self._event(event, tell=True)
        return self._settle(_NO_VERDICTS, now)

    def edit(self, edit: Edit, now: Instant) -> Outcome:
        """Take a person's edit, at plant time `now`.

        Raises:
            UnknownName: no such point.
        """
        if edit.point not in self.plant.index:
            raise UnknownName("point", edit.point)
        self._dirty = True
        self._order += 1
        self._settling.happen(max(now, self._watermark.settled), self._order, edit)
        return self._settle(_NO_VERDICTS, now)

    def snapshot(self, now: Instant) -> Snapshot:
        """Belief at plant time `now`, immutable; shares the recent past."""
        if self._dirty:
            self._revision += 1
            self._dirty = False
            self._indicate()
        settling = self._settling
        held = [self.plant.index[path] for path in settling.quarantined]
        value = self._value.copy()
        value[held] = np.nan
        value[~self._watermark.live[self._columns.source]] = np.nan
        watermark = max(0, self._watermark.settled)
        return Snapshot(
            plant=self.plant,
            revision=self._revision,
            now=now,
            watermark=watermark,
            value=value,
            time=self._time.copy(),
            status=self._status.copy(),
            settled_value=settling.value.copy(),
            settled_time=settling.time.copy(),
            settled_status=settling.status.copy(),
            quarantined=dict(settling.quarantined),
            sources=self._watermark.states,
            recent=settling.grid.recent(),
            incidents=settling.watch.register.view(watermark),
            alarms=settling.watch.alarms.view(),
            indicators=self._indicators,
        )

    def _indicate(self) -> None:
        """Indicators change with a closed row, or with what can be heard, and else not."""
        row, live = self._settling.row, self._watermark.live.tolist()
        if (row, live) != self._indicated:
            up = {source.id: up for source, up in zip(self.plant.sources, live, strict=True)}
            self._indicators = self._settling.watch.indicators(row, up)
            self._indicated = (row, live)

    def _readings(self, batch: Batch) -> NDArray[np.uint8]:
        columns = self._columns
        n = len(columns.source)
        if len(batch) == 0:
            return _NO_VERDICTS
        if int(batch.point.min()) < 0 or int(batch.point.max()) >= n:
            given = int(batch.point.max() if batch.point.max() >= n else batch.point.min())
            raise WrongKind("a batch", f"point {given}", f"an index from 0 to {n - 1}")
        source = columns.source[batch.point]
        time = batch.time - self._watermark.offset[source]
        code = judge(columns, batch.point, batch.value, batch.status)
        ahead = time > batch.received + AHEAD_LIMIT_US
        late = time < self._watermark.settled
        verdicts = np.where(late, np.uint8(LATE), code)
        verdicts[ahead] = AHEAD
        verdicts[(time == self._time[batch.point]) & (verdicts == BELIEVED)] = TWICE
        readings = Readings(batch.point, time, batch.value, batch.status, code)
        if ahead.any():
            readings, source = readings.at(~ahead), source[~ahead]
        self._provide(readings)
        for event in self._watermark.hear(source, readings.time, batch.received[~ahead]):
            self._event(event, tell=True)
        behind = late[~ahead]
        self._settling.add(readings.at(~behind) if behind.any() else readings)
        return verdicts

    def _provide(self, readings: Readings) -> None:
        """The newest reading of each point becomes its provisional belief."""
        newer = readings.time >= self._time[readings.point]
        if not newer.all():
            readings = readings.at(newer)
        if (readings.time[1:] < readings.time[:-1]).any():
            readings = readings.at(np.argsort(readings.time, kind="stable"))
        # Where a point comes again, what is assigned last remains: the newest.
        p, code = readings.point, readings.code
        self._value[p] = np.where(code == BELIEVED, readings.value, np.nan)
        self._status[p] = refused_status(code, readings.status)
        self._time[p] = readings.time

    def _event(self, event: SourceEvent, *, tell: bool) -> None:
        if event.kind == "down":
            mine = self._columns.source == self._watermark.index(event.source)
            self._value[mine], self._time[mine], self._status[mine] = np.nan, 0, 0
        if tell or event.kind == "alive":
            self._order += 1
            time = max(event.time, self._watermark.settled)
            self._settling.happen(time, self._order, event)

    def _settle(self, verdicts: NDArray[np.uint8], now: Instant) -> Outcome:
        if not self._watermark.advance():
            return Outcome(now, self._watermark.settled, verdicts=verdicts)
        self._dirty = True
        done = self._settling.to(self._watermark.settled)
        return Outcome(
            now=now,
            watermark=self._watermark.settled,
            moved=True,
            verdicts=verdicts,
            incidents=tuple(done.incidents),
            turns=tuple(done.turns),
        )
