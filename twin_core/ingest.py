"""The one way in: log, validate, believe or quarantine, settle, raise. No I/O, no bus.

`apply`, `tick`, `edit` and `learn` are the log's kinds of entry. The same entries in the same order
give the same twin, and readings in any order inside the lateness the same settled twin. What
happened is returned. It must never read a clock, and nothing that is asked of it changes what it
says.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from twin_core.clock_skew import ClockSkew
from twin_core.columns import Columns
from twin_core.condition import ConditionReport
from twin_core.errors import UnknownName, WrongKind
from twin_core.judged import Readings
from twin_core.operations.conditions import Conditions
from twin_core.operations.incident import Incident
from twin_core.operations.kpi import LineIndicators
from twin_core.plant.assets import Plant
from twin_core.provenance import Amended
from twin_core.reading import Arrival, Batch, SourceEvent
from twin_core.settling import Edit, Settling
from twin_core.soft_sensor import SoftSensors
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant
from twin_core.verdict import AHEAD, BELIEVED, CLOCK, LATE, TWICE, Turn, judge, refused_status
from twin_core.watermark import Watermark

__all__ = ["Edit", "Outcome", "Twin"]

_NEVER = np.iinfo(np.int64).min
_NO_VERDICTS = np.empty(0, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one entry of the log did.

    Attributes:
        now: plant time at which it was taken.
        verdicts: per reading of the batch, see `twin_core.verdict` (BELIEVED, TYPE, …, LATE).
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
        self._watermark = Watermark(plant.sources, {p.source for p in plant.read})
        self._settling = Settling(plant, self._columns)
        self._conditions = Conditions(plant)
        self._skew = ClockSkew(self._quiet_us())
        n = len(plant.read)
        self._value = np.full(n, np.nan)
        self._time = np.zeros(n, np.int64)
        self._status = np.zeros(n, np.uint32)
        self._word = np.full(n, _NEVER, np.int64)
        self._order = 0
        self._revision = 0
        self._dirty = True
        self._indicators: dict[str, LineIndicators] = {}
        self._indicated: tuple[Instant, list[bool]] = (-1, [])

    @property
    def revision(self) -> int:
        """Of the newest snapshot; grows with each that differs."""
        return self._revision

    @property
    def changed(self) -> bool:
        """Whether the next snapshot says more than the last one at another time."""
        return self._dirty

    def succeed(self, other: "Twin") -> None:
        """Take another's place: revisions go on from there."""
        self._revision = max(self._revision, other.revision)
        self._dirty = True

    @property
    def settled(self) -> Instant:
        """Up to where belief is settled."""
        return self._watermark.settled

    @property
    def reach(self) -> Instant:
        """Nothing that it has taken is newer, settled or not yet."""
        return max(self._watermark.settled, self._watermark.newest)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Of each source's clock against plant time, microseconds, in the order of the plant."""
        return self._watermark.offset.copy()

    def apply(self, arrival: Arrival, now: Instant) -> Outcome:
        """Take readings, a source event or what a controller says of its own alarms.

        Args:
            arrival: receive and event times in it are plant time.
            now: plant time, only noted: belief depends on what arrived, not on when it was taken.

        Raises:
            UnknownName: an event or report of a source that the plant file does not have.
            WrongKind: a batch with a point that the plant file does not have.
        """
        self._dirty = True
        if isinstance(arrival, Batch):
            return self._settle(self._readings(arrival), now)
        source = self._watermark.index(arrival.source)
        if source < 0:
            raise UnknownName("source", arrival.source, [s.id for s in self.plant.sources])
        if isinstance(arrival, ConditionReport):
            self._conditions.take(arrival, int(self._watermark.offset[source]))
        else:
            self._event(arrival, tell=self._watermark.take(arrival))
        return self._settle(_NO_VERDICTS, now)

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

    def amended(self, amended: Amended) -> None:
        """What it takes is as this says; so that whoever asks for the past is told who said it."""
        self._dirty = True
        self._settling.witness.amended(amended)

    def learn(self, found: SoftSensors, now: Instant) -> Outcome:
        """Take fitted soft sensors, at plant time `now`; each replaces the one its point had."""
        self._dirty = True
        self._order += 1
        self._settling.happen(max(now, self._watermark.settled), self._order, found)
        return self._settle(_NO_VERDICTS, now)

    def provisional(
        self, points: NDArray[np.int32]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.uint32]]:
        """Value, source time and status of some points that are read, as believed this moment.

        Nothing of it is settled; the value is NaN where nothing is believed.
        """
        value, time, status = self._value[points], self._time[points], self._status[points]
        held = [self.plant.index[path] for path in self._settling.quarantined]
        unseen = ~self._watermark.live[self._columns.source[points]]
        if held:
            unseen |= np.isin(points, held)
        value[unseen] = np.nan
        return value, time, status

    def snapshot(self, now: Instant) -> Snapshot:
        """Belief at plant time `now`, immutable; shares the recent past."""
        if self._dirty:
            self._revision += 1
            self._dirty = False
            self._indicate()
        settling, derived = self._settling, self._settling.derived
        held = [self.plant.index[path] for path in settling.quarantined]
        value = self._value.copy()
        value[held] = np.nan
        time, status = self._confirmed(), self._status.copy()
        lost = ~self._watermark.live[self._columns.source]
        value[lost], time[lost], status[lost] = np.nan, 0, 0
        watermark = max(0, self._watermark.settled)
        return Snapshot(
            plant=self.plant,
            revision=self._revision,
            now=now,
            watermark=watermark,
            value=derived.values(value),
            time=derived.times(time),
            status=derived.statuses(status),
            settled_value=derived.values(settling.value.copy()),
            settled_time=derived.times(settling.time.copy()),
            settled_status=derived.statuses(settling.status.copy()),
            quarantined=dict(settling.quarantined),
            provenance=settling.witness.provenance(),
            sources=self._watermark.states,
            recent=settling.grid.recent(),
            incidents=settling.watch.register.view(watermark),
            alarms=settling.watch.alarms.view(),
            conditions=self._conditions.view(watermark),
            conditions_left_out=self._conditions.left_out,
            indicators=self._indicators,
            past=settling.past,
            skewed={
                source.id: ahead
                for source, ahead in zip(
                    self.plant.sources, self._skew.ahead_s().tolist(), strict=True
                )
                if ahead > 0
            },
            doubted=dict(settling.suspicion.doubted),
            estimates=settling.suspicion.estimates,
            sensors=settling.suspicion.sensors,
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
        ahead = self._skew.ahead(time, batch.received)
        dated = time
        if columns.on_change.any():
            late, time = self._words(batch.point, time, ahead)
        else:
            late = time < self._watermark.settled
        behind = time < self._watermark.settled
        wrong = ahead | self._skew.behind(source, dated, batch.received, behind, ahead)
        verdicts = np.where(late, np.uint8(LATE), code)
        if wrong.any():
            verdicts[ahead] = AHEAD
            # When it was read nobody knows; that it came is known.
            time = np.where(wrong, batch.received, time)
            code = np.where(wrong, np.uint8(CLOCK), code)
        verdicts[(time == self._time[batch.point]) & (verdicts == BELIEVED)] = TWICE
        readings = Readings(batch.point, time, batch.value, batch.status, code)
        self._provide(readings.at(~wrong) if wrong.any() else readings)
        for event in self._watermark.hear(source, time, batch.received):
            self._event(event, tell=True)
        behind = readings.time < self._watermark.settled
        self._settling.add(readings.at(~behind) if behind.any() else readings)
        return verdicts

    def _quiet_us(self) -> NDArray[np.int64]:
        """By source: silence after which an old reading is a wrong clock; changes may be rare."""
        told = np.array([60 * SECOND if s.on_change else 0 for s in self.plant.sources], np.int64)
        return np.maximum(self._columns.quiet_us(len(told)), told)

    def _words(
        self, point: NDArray[np.int32], time: NDArray[np.int64], ahead: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which of these readings come late, and from when on each of them holds.

        What a source that tells only changes says of a point holds until it says otherwise,
        however old the source time: the first word since it was connected from then on, a word
        that comes behind the watermark from the watermark on. What is `ahead` is no word.
        """
        settled = self._watermark.settled
        newer = self._columns.on_change[point] & ~ahead & (time >= self._word[point])
        begun = np.where(newer, self._watermark.begun[self._columns.source[point]], time)
        late = np.maximum(time, begun) < settled
        moved = np.flatnonzero(newer & (time < np.maximum(begun, settled)))
        if len(moved):
            # Of several old words of one point only the last holds.
            moved = moved[np.lexsort((time[moved], point[moved]))]
            moved = moved[np.append(point[moved][1:] != point[moved][:-1], True)]
            held = time.copy()
            held[moved] = np.maximum(begun[moved], settled)
        else:
            held = time
        word = np.flatnonzero(newer)
        np.maximum.at(self._word, point[word], time[word])
        return late, held

    def _confirmed(self) -> NDArray[np.int64]:
        """Source times; of what stands unchanged the newest moment of which its source spoke."""
        known = self._columns.on_change & (self._time > 0)
        spoken = np.where(known, self._watermark.last[self._columns.source], 0)
        return np.maximum(self._time, spoken)

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
        if event.kind == "up":
            self._skew.up(self._watermark.index(event.source), event.time)
        if event.kind != "alive":
            mine = self._columns.source == self._watermark.index(event.source)
            # What tells only changes will tell all anew when it is connected anew, and not before.
            mine &= self._columns.on_change == (event.kind == "up")
            self._value[mine], self._time[mine], self._status[mine] = np.nan, 0, 0
            self._word[mine] = _NEVER
        if event.kind == "down":
            self._conditions.lost(event.source)
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
