"""What we believe now, as an immutable Snapshot: latest, settled, recent past, neighbours.

Made by `ingest.py` alone; everybody else reads. It must never change after it was made, and it
carries no receive times in its digest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin_core.calibrated import Calibrated
from twin_core.canonical import canonical
from twin_core.operations.alarm import Alarm
from twin_core.operations.conditions import Condition
from twin_core.operations.incident import Incident
from twin_core.operations.kpi import LineIndicators
from twin_core.operations.past import Past
from twin_core.plant.assets import Link, Plant, Point
from twin_core.provenance import Provenance
from twin_core.reading import (
    BAD_OUT_OF_RANGE,
    BAD_TYPE_MISMATCH,
    UNCERTAIN,
    UNCERTAIN_SENSOR_NOT_ACCURATE,
    Quality,
    quality,
)
from twin_core.recent import GRID_S, Recent
from twin_core.soft_sensor import SoftSensor
from twin_core.units import quantity
from twin_core.value import SECOND, Instant, Path, Slug, Value
from twin_core.verdict import Rule

__all__ = ["GRID_S", "Believed", "Quarantine", "Recent", "Snapshot", "SourceState"]


class Believed(Value):
    """One point as believed.

    Attributes:
        value: in `unit`; None when nothing is believed.
        time: source time of the last believed reading, or up to when a source that tells only
            changes has let it stand; None when there was none.
        status: OPC UA status code of it.
        state: `good`, `uncertain`, `stale` (too old), `quarantined` (with `why`), `no_data`
            (source down or never heard).
        since: of `quarantined`: when it began; else source time of the last reading, or of the
            last that the lost source gave.
    """

    point: Path
    unit: str
    value: float | None
    time: Instant | None
    status: int
    state: Literal["good", "uncertain", "stale", "quarantined", "no_data"]
    since: Instant | None
    why: str = ""


class Quarantine(Value):
    """A point that is not believed: which rule, since when, the value and time that broke it.

    In `Snapshot.doubted`: one that may be wrong, and is shown as uncertain.
    """

    point: Path
    rule: Rule
    since: Instant
    value: float | None
    reason: str


class SourceState(Value):
    """Whether a source can be heard; `since` is plant time of that state's beginning."""

    source: Slug
    up: bool
    since: Instant
    last: Instant | None
    offset_us: int = 0
    reason: str = ""


_TRUST = ("good", "uncertain", "stale", "quarantined", "no_data")
"""States from the best to the worst."""
_SAID = {
    "uncertain": "its source is not sure of it",
    "stale": "its last reading is too old",
    "quarantined": "it is not believed",
    "no_data": "it cannot be heard",
}
_REFUSED = {
    BAD_OUT_OF_RANGE: "the newest reading is outside what the instrument can show",
    BAD_TYPE_MISMATCH: "the newest reading is no number of its type",
}


@lru_cache(maxsize=8192)
def _canonical(value: Value) -> bytes:
    """Canonical bytes; most of what stood in the last snapshot stands in the next."""
    return canonical(value)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Belief at one moment.

    Arrays have one entry a point, in the order of `plant.points`.

    Attributes:
        revision: grows by one with each snapshot that differs.
        now: plant time at which it was taken; `watermark` up to where belief is settled.
        value, time, status: provisional latest reading; the value is NaN where nothing is
            believed (never heard, refused with a Bad status, quarantined, source down). Time is
            that up to which the value is known to stand.
        settled_value, settled_time, settled_status: believed at the watermark; NaN as above.
        quarantined: points not believed.
        sources: by source id.
        recent: the settled last hour.
        incidents: open ones and those closed within the last hour, oldest first.
        alarms: every alarm that is not normal.
        indicators: by line path.
        provenance: spells of quarantine, edits and clocks as far back as they are remembered.
        past: what is remembered of the last days.
        conditions: what controllers report of their own alarms and events, provisional;
            `conditions_left_out` how many more stand there than are kept.
        doubted: points of which one or another is wrong, and nobody can say which.
        skewed: by source, seconds its clock is ahead, where that is too much (provisional).
        estimates: of points quarantined for drift: what soft sensors say of them now, in their
            unit. Offered, never in the place of a value.
        sensors: by point its soft sensor and the version of the set it came with.
        calibrated: what promoted sets say of machines, in the place of the plant file; no part of
            belief, nor of its digest.
    """

    plant: Plant
    revision: int
    now: Instant
    watermark: Instant
    value: NDArray[np.float64]
    time: NDArray[np.int64]
    status: NDArray[np.uint32]
    settled_value: NDArray[np.float64]
    settled_time: NDArray[np.int64]
    settled_status: NDArray[np.uint32]
    quarantined: Mapping[str, Quarantine]
    sources: Mapping[str, SourceState]
    recent: Recent
    incidents: tuple[Incident, ...]
    alarms: tuple[Alarm, ...]
    indicators: Mapping[str, LineIndicators]
    past: Past = field(default_factory=Past.nothing)
    provenance: Provenance = field(default_factory=Provenance)
    conditions: tuple[Condition, ...] = ()
    conditions_left_out: int = 0
    doubted: Mapping[str, Quarantine] = field(default_factory=dict)
    skewed: Mapping[str, float] = field(default_factory=dict)
    estimates: Mapping[str, float] = field(default_factory=dict)
    sensors: Mapping[str, tuple[SoftSensor, str]] = field(default_factory=dict)
    calibrated: Calibrated = field(default_factory=Calibrated)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over settled state: values, times, statuses, quarantine, incidents, alarms.

        What is derived is left out: it follows from the rest, and machines may differ in the last
        digit of an exponential.
        """
        h = hashlib.sha256(b"\x01settled")
        h.update(int(self.watermark).to_bytes(8, "big", signed=True))
        for column in (self.settled_value, self.settled_time, self.settled_status):
            # Adding zero makes -0.0 plain.
            h.update(
                (column[: len(self.plant.read)] + 0)
                .astype(column.dtype.newbyteorder(">"))
                .tobytes()
            )
        for held in (self.quarantined, self.doubted):
            for point in sorted(held):
                h.update(_canonical(held[point]))
        for incident in self.incidents:
            h.update(_canonical(incident))
        for alarm in self.alarms:
            h.update(_canonical(alarm))
        return h.hexdigest()

    def latest(self, path: str) -> Believed:
        """The point as believed now (provisional).

        Raises:
            UnknownName: no such point.
        """
        point = self.plant.point(path)
        i = self.plant.index[path]
        source = self.sources.get(point.source)
        seen = int(self.time[i])
        value = None if seen == 0 or np.isnan(self.value[i]) else float(self.value[i])
        status = int(self.status[i])
        when = seen or None
        held = self.quarantined.get(point.id)
        if point.formula is not None:
            return self._derived(point, value, when)
        state: Literal["good", "uncertain", "stale", "quarantined", "no_data"]
        since, why = when, ""
        if source is None or not source.up:
            state, value = "no_data", None
            since = source.last if source is not None else None
            why = source.reason if source is not None else "never heard"
        elif held is not None:
            state, value, since = "quarantined", None, held.since
            why = held.reason + self._offered(point)
        elif value is None and quality(int(self.status[i])) is Quality.BAD:
            state, why = "quarantined", _REFUSED.get(int(self.status[i]), "its source calls it bad")
        elif value is None:
            state = "no_data"
        elif self.now - seen > self.stale_after_s(path) * SECOND:
            state = "stale"
        elif (doubt := self.doubted.get(point.id)) is not None:
            state, why = "uncertain", doubt.reason
            status = max(status, UNCERTAIN_SENSOR_NOT_ACCURATE)
        elif (ahead := self.skewed.get(point.source)) is not None:
            state, why = "uncertain", f"the clock of its source is {ahead:.0f} s ahead"
            status = max(status, UNCERTAIN)
        else:
            state = "good" if quality(status) is Quality.GOOD else "uncertain"
        return Believed(
            point=point.id, unit=point.spec.unit, value=value, time=when,
            status=status, state=state, since=since, why=why,
        )  # fmt: skip

    def _derived(self, point: Point, value: float | None, when: Instant | None) -> Believed:
        """A derived point is believed as far as what it rests on, and says which of it is not."""
        inputs = [self.latest(p.id) for p in self.plant.rests_on(point.id)]
        worst = max(inputs, key=lambda found: _TRUST.index(found.state))
        state, since, why = worst.state, when, ""
        if state != "good":
            told = worst.why or _SAID[state]
            since, why = worst.since, f"it rests on {worst.point}: {told}"
        elif value is None:
            state, why = "quarantined", "its expression has no value within its limits now"
        status = int(self.status[self.plant.index[point.id]])
        return Believed(
            point=point.id, unit=point.spec.unit,
            value=None if state in {"quarantined", "no_data"} else value,
            time=when, status=status, state=state, since=since, why=why,
        )  # fmt: skip

    def _offered(self, point: Point) -> str:
        estimate = self.estimates.get(point.id)
        if estimate is None:
            return ""
        return f"; by its neighbours it would be {quantity(estimate, point.spec.unit)} now"

    def as_of(self, path: str, when: Instant) -> float | None:
        """What was believed of the point at a moment of the settled last hour, in its unit.

        The mean of the ten seconds that hold the moment; of counters and states their last value.
        None where nothing was believed then, or it lies outside what is remembered.

        Raises:
            UnknownName: no such point.
        """
        column = self.plant.index[self.plant.point(path).id]
        row = int(np.searchsorted(self.recent.time, when, side="left"))
        if row == len(self.recent.time) or self.recent.time[row] - when >= GRID_S * SECOND:
            return None
        value = float(self.recent.mean[row, column])
        return None if np.isnan(value) else value

    def stale_after_s(self, path: str) -> float:
        """Plant seconds after which a point's last reading is too old: 10 periods, at least 20 s.

        Many periods, because at a time factor of 20 they pass while a host only hesitates.
        """
        return max(20.0, 10.0 * self.plant.point(path).spec.period_s)

    def neighbours(self, unit_path: str) -> tuple[Link, ...]:
        """Every link into or out of the unit."""
        return self.plant.links_into(unit_path) + self.plant.links_from(unit_path)
