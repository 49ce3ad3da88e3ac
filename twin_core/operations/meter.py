"""One production line as its counters and states tell it: rate, indicators, loss, standstill.

It reads the rows of the common grid that just closed. It must never look at a point that is not
the line's own.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.calendar import Calendar
from twin_core.operations.counting import EXECUTE, Counting, StateClock
from twin_core.operations.incident import OpenedBy
from twin_core.operations.kpi import Effectiveness, LineIndicators, StateTimes
from twin_core.operations.throughput import Change, Row, Throughput
from twin_core.plant.assets import Line, Plant
from twin_core.plant.classes import Role
from twin_core.plant.production import Product
from twin_core.recent import GRID_S, GRID_US
from twin_core.units import quantity
from twin_core.value import SECOND, Instant

RESTART_US = 120 * SECOND
"""How long a line takes to run again after a planned stop."""

SPAN_ROWS = 300 // GRID_S
"""Rows that a LineIndicators covers: five minutes."""


class LineMeter:
    """Watches one production line.

    Args:
        line: one that has a counting machine with a PRODUCED point.
    """

    def __init__(
        self, plant: Plant, line: Line, counting: Counting, clock: StateClock, calendar: Calendar
    ) -> None:
        self.line = line
        self._plant = plant
        self._counting, self._clock, self._calendar = counting, clock, calendar
        self._machines = [u for u in line.units if u.id in clock.machines]
        self._slots = np.array([clock.machines[u.id] for u in self._machines], np.int64)
        unit = plant.counter(line)
        assert unit is not None
        produced = unit.with_role(Role.PRODUCED)
        assert produced is not None
        self.counter = plant.index[produced.id]
        self._counter_machine = clock.machines.get(unit.id)
        self._worth = plant.in_flow(line, unit)
        self._rejects = [
            (plant.index[point.id], plant.in_flow(line, machine))
            for machine in plant.machines(line)
            if (point := machine.with_role(Role.DEFECTIVE)) is not None
        ]
        self._product_points = [
            plant.index[p.id] for u in line.units for p in u.points if p.spec.role is Role.PRODUCT
        ]
        self._products = {float(p.number): p for p in plant.products}
        self._only = [p for p in plant.products if line.id in p.rates]
        self._number: float | None = None
        self._throughput = Throughput()
        self._rows = 0

    @staticmethod
    def can(plant: Plant, line: Line) -> bool:
        """Whether the line's output is counted at all."""
        unit = plant.counter(line) if line.kind == "production" else None
        return unit is not None and unit.with_role(Role.PRODUCED) is not None

    def step(
        self, end: Instant, mean: NDArray[np.float64], free: NDArray[np.bool_]
    ) -> list[Change]:
        """Take the row that closed at `end`.

        Args:
            end: of the row.
            mean: its means by point.
            free: per machine of the state clock: in no stop of its own.
        """
        self._rows += 1
        numbers = mean[self._product_points]
        numbers = numbers[~np.isnan(numbers)]
        if len(numbers):
            self._number = float(numbers[-1])
        made = self._counting.made(self.counter, 1)
        product = self._product()
        row = Row(
            end=end,
            rate=None if made is None else made[0] * self._worth * 60 / made[1],
            nominal=self._nominal(product),
            product=self._number,
            free=bool(free[self._slots].all()),
            planned=not self._calendar.idle(self.line.id, end - GRID_US - RESTART_US, end),
        )
        return self._throughput.step(row)

    @property
    def nominal(self) -> float | None:
        """Nominal rate of what it makes now, unit of flow per minute; None if not given."""
        return self._nominal(self._product())

    def statement(self, change: Change) -> str:
        """What changed, in one sentence with its numbers."""
        unit = f"{self.line.unit_of_flow or '1'}/min"
        if change.kind == "stopped":
            return f"{self.line.name} puts nothing out."
        share = 100 * (1 - change.rate / change.usual)
        return (
            f"{self.line.name} makes {quantity(change.rate, unit)}, {share:.0f} % less than its "
            f"usual {quantity(change.usual, unit)}."
        )

    def opened_by(self, rows: int) -> tuple[OpenedBy, ...]:
        """The counter's readings at both ends of the newest `rows` rows."""
        path = self._plant.points[self.counter].id
        ends = self._counting.readings(self.counter, rows + 1)
        return tuple(OpenedBy(point=path, time=t, value=v) for t, v in ends)

    def indicators(self, end: Instant, *, heard: bool = True) -> LineIndicators:
        """How the line did in the five minutes before `end`, or since there are rows.

        Args:
            end: of the newest row.
            heard: whether the counter's source can be heard; if not, there is no rate.
        """
        rows = min(SPAN_ROWS, self._rows)
        start = end - rows * GRID_US
        product = self._product()
        nominal = self._nominal(product)
        made = self._counting.made(self.counter, rows) if heard and rows else None
        sums = self._sums(start, end, rows, made, nominal)
        _, times = self._counting.rows(self.counter, rows + 1)
        fresh = np.diff(times) > 0
        return LineIndicators(
            line=self.line.id,
            start=start,
            end=end,
            unit=f"{self.line.unit_of_flow or '1'}/min",
            rate=None if made is None else made[0] * self._worth * 60 / made[1],
            usual=self._throughput.usual(nominal, self._number),
            nominal=nominal,
            product=None if product is None else product.id,
            availability=sums.availability,
            effectiveness=sums.effectiveness,
            quality=sums.quality,
            oee=sums.oee,
            complete=float(fresh.mean()) if rows and len(fresh) else 0.0,
            states=tuple(
                self._state_times(m, start, end, rows) for m in range(len(self._machines))
            ),
        )

    def _sums(
        self,
        start: Instant,
        end: Instant,
        rows: int,
        made: tuple[float, float] | None,
        nominal: float | None,
    ) -> Effectiveness:
        good = None if made is None else made[0] * self._worth
        produced = good
        for point, worth in self._rejects:
            bad = self._counting.made(point, rows) if rows else None
            produced = None if produced is None or bad is None else produced + bad[0] * worth
        apt = known = 0.0
        if self._counter_machine is not None and rows:
            shares = self._clock.shares(self._counter_machine, rows)
            weight = self._busy_rows(start, end, rows)
            apt = float((shares[:, EXECUTE] * weight).sum())
            known = float((shares.sum(axis=1) * weight).sum())
        return Effectiveness(
            apt_s=apt,
            pbt_s=self._calendar.busy_s(self.line.id, start, end),
            known_s=known,
            planned_s=None if nominal is None or produced is None else produced * 60 / nominal,
            produced=produced,
            good=good,
        )

    def _busy_rows(self, start: Instant, end: Instant, rows: int) -> NDArray[np.float64]:
        """Planned busy seconds in each row; all of it where there are no shifts."""
        spans = self._calendar.busy(self.line.id, start, end)
        if spans is None:
            return np.full(rows, float(GRID_S))
        begins = start + GRID_US * np.arange(rows)
        inside = np.zeros(rows)
        for a, b in spans:
            inside += np.clip(np.minimum(begins + GRID_US, b) - np.maximum(begins, a), 0, None)
        return inside / SECOND

    def _state_times(self, machine: int, start: Instant, end: Instant, rows: int) -> StateTimes:
        seconds = self._clock.shares(int(self._slots[machine]), rows).sum(axis=0) * GRID_S
        return StateTimes(
            asset=self._machines[machine].id,
            start=start,
            end=end,
            seconds={int(s): round(float(seconds[s]), 3) for s in np.flatnonzero(seconds)},
        )

    def _product(self) -> Product | None:
        if self._number is not None:
            return self._products.get(self._number)
        return self._only[0] if len(self._only) == 1 else None

    def _nominal(self, product: Product | None) -> float | None:
        return None if product is None else product.rates.get(self.line.id)
