"""What a counterfactual is tried on: a line, its loss, what was seen, from a moment on. A value."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from twin_core.diagnosis import stops
from twin_core.diagnosis.lines import LineLoss, rates
from twin_core.diagnosis.sign import Signs
from twin_core.diagnosis.window import Window
from twin_core.plant.assets import Line
from twin_core.simulation.counterfactual import before
from twin_core.simulation.model import Model
from twin_core.value import Instant

_LEAST_ROWS = 6
"""Buckets of counting without which nothing can be compared."""


@dataclass(frozen=True)
class Trial:
    """What a counterfactual needs besides the suspect."""

    window: Window
    line: Line
    loss: LineLoss
    signs: Signs
    seed: int
    start: Instant

    @cached_property
    def model(self) -> Model:
        """The line as it was before the start."""
        return before(self.window.snapshot, self.line.id, self.start)

    def at(self, start: Instant) -> "Trial":
        """The same trial from another moment on."""
        return replace(self, start=start)

    @property
    def observed(self) -> float | None:
        """Mean rate of the line since the start, as counted; None without counts."""
        rate = rates(self.window, self.line)
        rows = np.isfinite(rate) & (self.window.time > self.start)
        rows &= ~stops.shared(self.window, self.line)
        return float(np.mean(rate[rows])) if rows.sum() >= _LEAST_ROWS else None
