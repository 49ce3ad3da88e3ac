"""What a line usually makes, and when it makes less: a sequential test on counts.

Per row of the common grid, x = rate / usual. Two one-sided CUSUM charts (Page 1954; Montgomery,
Statistical Quality Control, ch. 9), both in rows of lost production:

- *slow machine*: rows with no machine of the line in a stop of its own, nor lately;
  sums 1 - K_SPEED - x, opens at H_SPEED;
- *lost time*: every row; sums 1 - m - K_TIME - x, with m the mean deficit of undisturbed rows;
  opens at H_TIME.

A short stop of a healthy machine costs whole rows, so it cannot be told from a slow machine by
counts alone; that is why the first chart looks away from it and the second needs more loss.
`usual` is the median of undisturbed minutes; a minute after the onset of a loss is disturbed, so
a long loss never becomes usual. It must never look at anything but counts, states, calendar.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin_core.recent import GRID_US
from twin_core.value import Instant

K_SPEED, H_SPEED = 0.02, 0.5
K_TIME, H_TIME = 0.05, 8.0
AFTER_STOP_ROWS = 6
"""Rows after a stop of one of its machines in which a line may still feel it."""
MINUTE_ROWS = 6
LEAST_MINUTES, MANY_MINUTES, MOST_MINUTES = 5, 20, 60
UNHURRIED = 0.3
"""Quantile of the minutes that stands for a line that has nothing to catch up with."""
STOPPED_ROWS = 6
MOVING_ROWS = 2
RECOVERED_ROWS = 18
RECOVERED = 0.96
_LOST = 0.95


@dataclass(frozen=True, slots=True)
class Row:
    """What one row of the grid says about a line.

    Attributes:
        end: its end.
        rate: unit of flow per minute over the readings of the row; None without believed counts.
        nominal: of the product being made, None if not given.
        product: its number, None if not told.
        free: no machine of the line in a stop whose reason lies in itself.
        planned: planned to be busy all through it.
    """

    end: Instant
    rate: float | None
    nominal: float | None
    product: float | None
    free: bool
    planned: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A line began (`opens`) or ceased to lose or to stand."""

    kind: Literal["rate_loss", "stopped"]
    rate: float
    usual: float
    opens: bool = True


class Throughput:
    """One line's charts. `step` is called once a row, in order."""

    def __init__(self) -> None:
        self._minutes: deque[_Minute] = deque(maxlen=MOST_MINUTES)
        self._quantiles: dict[tuple[float, float | None, float | None], float | None] = {}
        self._waiting: list[_Minute] = []
        self._open_minute: list[Row] = []
        self._recent: deque[Row] = deque(maxlen=RECOVERED_ROWS)
        self._speed, self._time = _Chart(H_SPEED), _Chart(H_TIME)
        self._deficit = 0.02
        self._since_stop = AFTER_STOP_ROWS
        self._still = self._moving = 0
        self._product: float | None = None
        self.losing = self.standing = False

    def usual(self, nominal: float | None, product: float | None) -> float | None:
        """Median of the undisturbed minutes, unit of flow per minute; None before there are five.

        Where nominal rates are given, minutes of other products count by their share of nominal,
        and a few minutes are not believed to promise more than nominal.
        """
        return self._quantile(0.5, nominal, product)

    def _quantile(self, share: float, nominal: float | None, product: float | None) -> float | None:
        key = (share, nominal, product)
        if key not in self._quantiles:
            self._quantiles[key] = self._computed(*key)
        return self._quantiles[key]

    def _computed(self, share: float, nominal: float | None, product: float | None) -> float | None:
        if nominal is not None:
            rates = [m.rate / m.nominal * nominal for m in self._minutes if m.nominal]
        else:
            rates = [m.rate for m in self._minutes if m.product == product]
        if len(rates) < LEAST_MINUTES:
            return None
        found = float(np.quantile(rates, share))
        few = nominal is not None and len(rates) < MANY_MINUTES
        return min(found, nominal) if few and nominal is not None else found

    def step(self, row: Row) -> list[Change]:
        """Take the next row; returns what began or ended with it."""
        if row.product is not None and row.product != self._product:
            self._product = row.product
            self._open_minute.clear()
            self._calm(row.end)
        self._recent.append(row)
        self._since_stop = self._since_stop + 1 if row.free else 0
        usual = self.usual(row.nominal, row.product)
        if row.rate is None or not row.planned:
            self._open_minute.clear()
            if row.planned:
                return []
            self._calm(row.end)
            return self._end(usual)
        changes = self._stand(row, row.rate, usual)
        least = self._quantile(UNHURRIED, row.nominal, row.product)
        if usual is not None and least is not None:
            changes += self._lose(row, row.rate, usual, least)
        self._remember(row)
        return changes

    def _end(self, usual: float | None) -> list[Change]:
        """A planned stop has begun: neither standing nor losing means anything."""
        found = []
        if self.standing:
            found.append(Change("stopped", 0.0, usual or 0.0, opens=False))
        if self.losing:
            found.append(Change("rate_loss", 0.0, usual or 0.0, opens=False))
        self.standing = self.losing = False
        self._still = 0
        return found

    def _stand(self, row: Row, rate: float, usual: float | None) -> list[Change]:
        self._still, self._moving = (self._still + 1, 0) if rate <= 0 else (0, self._moving + 1)
        if not self.standing and self._still >= STOPPED_ROWS:
            self.standing = True
            self._disturbed(row.end - STOPPED_ROWS * GRID_US)
            return [Change("stopped", 0.0, usual or 0.0)]
        if self.standing and self._moving >= MOVING_ROWS:
            self.standing = False
            self._time.reset(row.end)
            return [Change("stopped", rate, usual or 0.0, opens=False)]
        return []

    def _lose(self, row: Row, rate: float, usual: float, least: float) -> list[Change]:
        if self.standing:
            return []
        x = min(rate / usual, 2.0) if usual > 0 else 1.0
        if self.losing:
            back = RECOVERED * usual
            if self._mean(RECOVERED_ROWS) >= back and self._mean(MINUTE_ROWS) >= back:
                self.losing = False
                self._calm(row.end)
                return [Change("rate_loss", self._mean(MINUTE_ROWS), usual, opens=False)]
            return []
        if self._since_stop > AFTER_STOP_ROWS:
            self._speed.add(1 - K_SPEED - min(rate / least, 2.0), row.end)
        self._time.add(1 - self._deficit - K_TIME - x, row.end)
        if not self._time.above(0.5):
            self._deficit += 0.005 * (float(np.clip(1 - x, -1, 1)) - self._deficit)
            self._deficit = float(np.clip(self._deficit, 0.0, 0.1))
        raised = [c for c in (self._speed, self._time) if c.above(1.0)]
        if not raised:
            return []
        now = self._mean(2 * MINUTE_ROWS)
        if now >= _LOST * usual:
            for chart in raised:
                chart.reset(row.end)
            return []
        self.losing = True
        self._disturbed(min(c.onset for c in raised))
        return [Change("rate_loss", now, usual)]

    def _remember(self, row: Row) -> None:
        """Keep undisturbed minutes of the common grid; under suspicion they wait."""
        if self.losing or self.standing:
            self._open_minute.clear()
            return
        self._open_minute.append(row)
        if row.end % (MINUTE_ROWS * GRID_US) == 0:
            rates = [r.rate for r in self._open_minute if r.rate is not None]
            if len(rates) == MINUTE_ROWS:
                mean = float(np.mean(rates))
                self._waiting.append(_Minute(row.end, mean, row.nominal, row.product))
                suspected = self._speed.above(0.5) or self._time.above(0.5)
                if not suspected or len(self._minutes) < MANY_MINUTES:
                    self._minutes.extend(self._waiting)
                    self._waiting.clear()
                    self._quantiles.clear()
            self._open_minute.clear()

    def _disturbed(self, onset: Instant) -> None:
        kept = [m for m in self._minutes if m.end <= onset]
        self._minutes = deque(kept, maxlen=MOST_MINUTES)
        self._waiting.clear()
        self._quantiles.clear()
        self._open_minute.clear()

    def _mean(self, rows: int) -> float:
        rates = [r.rate for r in list(self._recent)[-rows:] if r.rate is not None]
        return float(np.mean(rates)) if rates else 0.0

    def _calm(self, at: Instant) -> None:
        self._speed.reset(at)
        self._time.reset(at)


@dataclass(frozen=True, slots=True)
class _Minute:
    end: Instant
    rate: float
    nominal: float | None
    product: float | None


class _Chart:
    """A one-sided CUSUM; `onset` is where its present excursion began."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._sum = 0.0
        self.onset: Instant = 0

    def add(self, deviation: float, end: Instant) -> None:
        self._sum = max(0.0, self._sum + deviation)
        if self._sum == 0.0:
            self.onset = end

    def above(self, share: float) -> bool:
        return self._sum > share * self._limit

    def reset(self, at: Instant) -> None:
        self._sum, self.onset = 0.0, at
