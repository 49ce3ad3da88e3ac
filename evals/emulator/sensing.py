"""What the sensors make of the truth: noise, resolution, range, and their own faults.

The only place where truth becomes a reading. It must never change the truth.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evals.emulator.component import SETPOINTS
from evals.emulator.faults import Trouble
from twin_core.plant.assets import Plant
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD


class Sensors:
    """All channels of the plant, in the order of `Plant.read`.

    Attributes:
        values: what every channel showed last, float64[n]; NaN where it says nothing.
        status: OPC UA status codes, uint32[n].
        due: indices of the channels that were sampled last.
    """

    def __init__(self, plant: Plant, seed: int) -> None:
        specs = [p.spec for p in plant.read]
        n = len(specs)
        self._stream = np.random.default_rng([seed, 7])
        quality = np.random.default_rng([seed, 8]).uniform(0.9, 1.1, n)
        exact = np.array([s.role in SETPOINTS or s.type != "float" for s in specs])
        self._noise = np.where(exact, 0.0, [s.noise for s in specs]) * quality
        step = np.array([s.resolution for s in specs])
        step = np.where((step == 0.0) & np.array([s.type != "float" for s in specs]), 1.0, step)
        self._step = np.where(exact & (step < 1.0), 0.0, step)
        self._has_step = self._step > 0.0
        self._divide = np.where(self._has_step, self._step, 1.0)
        self._low = np.array([s.limits.low for s in specs])
        self._high = np.array([s.limits.high for s in specs])
        whole = np.array([max(1, int(s.period_s)) for s in specs])
        self._every = int(whole.min()) if n else 1
        self._period = whole // self._every * self._every
        self._due_at: dict[int, NDArray[np.int32]] = {}
        self._cycle = int(np.lcm.reduce(np.unique(self._period))) if n else 1
        self.values = np.zeros(n)
        self.status = np.full(n, GOOD, dtype=np.uint32)
        self.due = np.arange(n, dtype=np.int32)
        self._troubles: dict[int, list[Trouble]] = {}

    @property
    def every(self) -> int:
        """Plant seconds between samplings of the fastest channels."""
        return self._every

    def fail(self, channel: int, trouble: Trouble) -> None:
        """A fault comes upon a channel."""
        self._troubles.setdefault(channel, []).append(trouble)

    def sample(self, truth: Sequence[float], second: int, now: float, *, whole: bool) -> None:
        """Look at the truth at plant second `second`; `whole` samples every channel."""
        seen = np.asarray(truth, dtype=np.float64)
        seen += self._noise * self._stream.standard_normal(len(seen))
        if self._troubles:
            self._fail_now(seen, now)
        rounded = np.rint(seen / self._divide) * self._divide
        seen = np.where(self._has_step, rounded, seen)
        np.clip(seen, self._low, self._high, out=seen)
        due = self._due(second, whole=whole)
        self.due = due
        self.values[due] = seen[due]

    def _due(self, second: int, *, whole: bool) -> NDArray[np.int32]:
        if whole:
            return np.arange(len(self.values), dtype=np.int32)
        at = second % self._cycle
        found = self._due_at.get(at)
        if found is None:
            found = np.flatnonzero(at % self._period == 0).astype(np.int32)
            self._due_at[at] = found
        return found

    def _fail_now(self, seen: NDArray[np.float64], now: float) -> None:
        for channel, troubles in list(self._troubles.items()):
            self.status[channel] = GOOD
            for trouble in troubles:
                level = trouble.level(now)
                if level <= 0.0:
                    trouble.held = None
                elif trouble.fault.size.lost:
                    seen[channel] = np.nan
                    self.status[channel] = BAD_SENSOR_FAILURE
                elif trouble.fault.shape == "stuck":
                    if trouble.held is None:
                        trouble.held = float(self.values[channel])
                    seen[channel] = trouble.held
                else:
                    seen[channel] = trouble.fault.size.of(float(seen[channel]), level)
