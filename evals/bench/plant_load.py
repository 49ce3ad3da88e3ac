"""What the controllers of a large plant say, second by second: healthy, faulty, out of order.

Columns by a seeded generator, with the resolution and noise that the plant file tells. Faults of
every kind take turns; the twin is never told which. It must never be measured: a load is made
before the clock runs.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twin_core.columns import Columns
from twin_core.plant.assets import Plant
from twin_core.plant.classes import PointSpec, Role
from twin_core.reading import BAD_SENSOR_FAILURE, Batch, SourceEvent
from twin_core.value import SECOND

T0 = 1_790_000_000 // 3600 * 3600
FAULTS = ("type", "status", "range", "rate", "spike", "stuck", "missing", "twice", "ahead")
FAULTY = 0.01
"""Share of the points that are faulty at any time, kinds in equal parts."""
_FAULT_S = 60
"""Plant seconds after which other points are faulty."""
DELAYED = 0.05
"""Share of the readings that come out of order."""
_DELAY_US = 3 * SECOND // 2
_EXCURSION_S = 180
_EXCURSIONS = 0.005
"""Share of the points that go past their alarm limit at any time."""
_EXECUTE, _ABORTED = 6, 9
_RUN_S, _STOP_S = 600, 30
_WAIT_US = SECOND // 20


class PlantLoad:
    """Readings of every point once a plant second.

    Args:
        plant: of which.
        faulty: share of faulty points.
        delayed: share of readings that come late, inside the lateness.
        fast: a point that is read once a millisecond; -1 = none.
    """

    def __init__(
        self, plant: Plant, faulty: float = FAULTY, delayed: float = DELAYED, fast: int = -1
    ) -> None:
        self.plant, self.faulty, self.delayed, self.fast = plant, faulty, delayed, fast
        wires = {source.id for source in plant.sources}
        # What no source reads stands behind all that one does.
        read = [point for point in plant.points if point.source in wires]
        specs = [point.spec for point in read]
        self._columns = Columns.of(plant)
        roles = np.array([s.role.value for s in specs])
        self._middle = np.array([_middle(s) for s in specs])
        self._beyond = np.array([_beyond(s) for s in specs])
        self._measured = self._columns.measured
        self._state = roles == Role.STATE.value
        self._product = roles == Role.PRODUCT.value
        self._produced = roles == Role.PRODUCED.value
        self._speed = roles == Role.SPEED.value
        self._step = np.where(self._columns.resolution > 0, self._columns.resolution, 1e-6)
        self._noise = np.maximum(self._columns.noise, 2 * self._step)
        speed = {u.id: plant.index[s.id] for u in plant.units.values()
                 if (s := u.with_role(Role.SPEED)) is not None}  # fmt: skip
        self._driven = np.array([speed.get(p.unit_id, -1) for p in read])
        units = {unit: i for i, unit in enumerate(plant.units)}
        at = np.array([units[p.unit_id] for p in read])
        self._phase = at * 37 % _RUN_S
        self._offset = np.random.default_rng(5).integers(0, SECOND, len(specs))
        self._made = np.zeros(len(specs))

    def up(self) -> list[SourceEvent]:
        """Every source answers."""
        return [SourceEvent(source=s.id, kind="up", time=T0 * SECOND) for s in self.plant.sources]

    def arrivals(self, seconds: int, readings: int) -> Iterator[Batch]:
        """Batches of `readings` in order of arrival, over plant seconds from T0 on."""
        waiting: list[Batch] = []
        for s in range(seconds):
            waiting.append(self.second(s))
            whole = Batch.joined(waiting)
            order = np.argsort(whole.received, kind="stable")
            sure = int(np.searchsorted(whole.received[order], (T0 + s + 1) * SECOND))
            for begin in range(0, sure // readings * readings, readings):
                yield part(whole, order[begin : begin + readings])
            waiting = [part(whole, order[sure // readings * readings :])]

    def second(self, s: int) -> Batch:
        """What is read in second `s`, in the order of the points; call it second by second."""
        rng = np.random.default_rng((7, s))
        point = np.arange(len(self._middle), dtype=np.int32)
        value, time = self._values(s, rng), (T0 + s) * SECOND + self._offset
        status = np.zeros(len(point), np.uint32)
        keep = np.ones(len(point), np.int64)
        for kind, which in self._struck(s).items():
            self._bend(kind, which, s, (value, time, status, keep))
        point, value = np.repeat(point, keep), np.repeat(value, keep)
        time, status = np.repeat(time, keep), np.repeat(status, keep)
        if self.fast >= 0:
            n = 1000
            at = (T0 + s) * SECOND + np.arange(n) * (SECOND // n)
            x = self._middle[self.fast] + rng.standard_normal(n) * self._noise[self.fast]
            x = np.round(x / self._step[self.fast]) * self._step[self.fast]
            slow = point != self.fast
            point = np.r_[point[slow], np.full(n, self.fast, np.int32)]
            value, time = np.r_[value[slow], x], np.r_[time[slow], at]
            status = np.r_[status[slow], np.zeros(n, np.uint32)]
        ahead = time >= (T0 + s + 60) * SECOND
        wait = np.where(rng.random(len(point)) < self.delayed, rng.integers(0, _DELAY_US), 0)
        received = np.where(ahead, (T0 + s) * SECOND, time) + wait + _WAIT_US
        return Batch(point, time, value, status, received)

    def _values(self, s: int, rng: np.random.Generator) -> NDArray[np.float64]:
        since = (s + self._phase) % _RUN_S
        stopped = since < _STOP_S * (self._phase % 8 == 0)
        noisy = self._middle + rng.standard_normal(len(self._middle)) * self._noise
        noisy += 0.002 * (self._columns.high - self._columns.low) * np.sin(s / 300 + self._phase)
        noisy += self._excursion(s)
        value = np.where(self._measured, np.round(noisy / self._step) * self._step, self._middle)
        value = np.where(self._state, np.where(stopped, _ABORTED, _EXECUTE), value)
        value = np.where(self._speed & stopped, 0.0, value)
        value = np.where(self._product, self.plant.products[0].number, value)
        value = np.clip(value, self._columns.low, self._columns.high)
        rate = np.where(stopped, 0, value[self._driven]) / 60
        self._made += np.where(self._produced & (self._driven >= 0), rate, 0)
        return np.where(self._produced, np.floor(self._made), value)

    def _excursion(self, s: int) -> NDArray[np.float64]:
        """What a process value that goes past its alarm limit and comes back is away by."""
        rng = np.random.default_rng((13, s // _EXCURSION_S))
        past = self._beyond - self._middle
        able = np.flatnonzero(self._measured & ~np.isnan(past))
        which = rng.choice(able, min(int(_EXCURSIONS * len(past)), len(able)), replace=False)
        away = np.zeros(len(past))
        away[which] = past[which] * min(1.0, np.sin(np.pi * (s % _EXCURSION_S) / _EXCURSION_S) * 2)
        return away

    def _struck(self, s: int) -> dict[str, NDArray[np.int64]]:
        rng = np.random.default_rng((11, s // _FAULT_S))
        able = np.flatnonzero(self._measured & (np.arange(len(self._measured)) != self.fast))
        count = int(self.faulty * len(self._middle))
        which = rng.choice(able, min(count, len(able)), replace=False)
        return {kind: which[k :: len(FAULTS)] for k, kind in enumerate(FAULTS)}

    def _bend(self, kind: str, which: NDArray[np.int64], s: int, columns: "_Bent") -> None:
        value, time, status, keep = columns
        span = self._columns.high[which] - self._columns.low[which]
        if kind == "type":
            value[which] = np.nan
        elif kind == "status":
            status[which] = BAD_SENSOR_FAILURE
        elif kind == "range":
            value[which] = self._columns.high[which] + span
        elif kind == "rate":
            value[which] = self._columns.low[which] + span * (s % 2)
        elif kind == "spike":
            value[which] += 0.3 * span * (s % 7 == 0)
        elif kind == "stuck":
            value[which] = self._middle[which]
        elif kind == "missing":
            keep[which] = 0
        elif kind == "twice":
            keep[which] = 2
        else:
            time[which] += 3600 * SECOND


_Bent = tuple[
    NDArray[np.float64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]
]  # value, time, status, times it is sent


def _middle(spec: PointSpec) -> float:
    """Where a point stays: between what is normal, else a third of its span; switches are off."""
    if spec.type == "bool":
        return 0.0
    usual = spec.normal or spec.limits
    share = 0.5 if spec.normal else 0.33
    middle = usual.low + share * (usual.high - usual.low)
    step = spec.resolution or (1.0 if spec.type == "int" else 1e-6)
    return float(np.floor(middle / step) * step)


def _beyond(spec: PointSpec) -> float:
    """A value past its alarm limit and inside what the instrument shows, NaN without one."""
    limits = spec.limits
    if spec.alarm_high is not None:
        return spec.alarm_high + 0.3 * (limits.high - spec.alarm_high)
    if spec.alarm_low is not None:
        return spec.alarm_low - 0.3 * (spec.alarm_low - limits.low)
    return float("nan")


def part(batch: Batch, which: NDArray[np.intp]) -> Batch:
    """Some of the readings, in that order."""
    return Batch(
        batch.point[which], batch.time[which], batch.value[which], batch.status[which],
        batch.received[which],
    )  # fmt: skip
