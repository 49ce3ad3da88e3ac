"""Replications, the same luck for every scenario, until their mean rates are known.

Replication `r` is the same whatever the number of them, the other scenarios and the workers. It
must never look at anything but the rate to decide whether there are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from twin_core.simulation.courses import STEPS
from twin_core.simulation.indicators import Indicators, indicators
from twin_core.simulation.levels import limited
from twin_core.simulation.measured import half_width
from twin_core.simulation.model import Experiment, Model
from twin_core.simulation.scenario import Precision, Scenario

BLOCK = 20
"""Replications are run in multiples of this."""
_AT_ONCE = 200
"""Replications for which what media do is found at a time."""
_MORE = 5
"""Not more than this times as many at once as there are: a first guess may be far off."""
_HARDLY = 0.25
"""A line that makes less than this of what it is asked for is known to that share of it."""


@dataclass(slots=True)
class Sampled:
    """A scenario and what came of it so far; `precise` if the mean rate is known well enough."""

    scenario: Scenario
    experiment: Experiment
    parts: list[Indicators] = field(default_factory=list)
    precise: bool = False

    @property
    def told(self) -> Indicators:
        """Of all replications."""
        return Indicators.joined(self.parts)

    def run(self, replications: int, first: int, *, courses: bool) -> None:
        """So many more, from replication `first` on."""
        told = courses or limited(self.experiment.model.start)
        steps = STEPS if told else 0
        result = self.experiment.run(replications, first, steps=steps)
        self.parts.append(indicators(result, self.scenario))


def sampled(
    asked: Sequence[tuple[Model, Scenario]],
    seed: int,
    replications: int | None,
    precision: Precision,
    *,
    courses: bool = False,
    at_once: int | None = None,
) -> list[Sampled]:
    """Run scenarios, in the order given, each the same number of times.

    The mean rate of each is known to `precision.relative` when the half-width of its 90 % interval
    is at most γ/(1+γ) of it (the sequential procedure for a relative error γ: Law, *Simulation
    Modeling and Analysis*, 5th ed., 2015, section 9.4.1). The interval holds what it says as it
    gets narrow (Chow and Robbins, *Annals of Mathematical Statistics* 36, 1965). To stop at the
    first look at which it seems narrow enough costs some coverage: the floor and few looks keep
    that small. After each look as many more are run as the widest seems to need (Stein, *Annals of
    Mathematical Statistics* 16, 1945).

    Args:
        asked: scenarios and the models that they start from.
        seed: of every random number.
        replications: how many; None = as many as the precision takes. Fewer than 2 count as 2.
        precision: how well the mean rates are to be known, and how many at least and at most.
        courses: whether it is told how things go over the horizon, and how full buffers get; that
            costs some, and is always done where somebody set a limit of a buffer's level.
        at_once: replications for which what headers hold is found at a time; None = by how many.
    """
    most = max(2, precision.ceiling if replications is None else replications)
    at_once = min(most, _AT_ONCE) if at_once is None else at_once
    found = [
        Sampled(what, Experiment(model, what.changes, what.after_s, what.horizon_s, seed, at_once))
        for model, what in asked
    ]
    n, goal = 0, min(most, precision.floor) if replications is None else most
    while n < goal:
        for one in found:
            one.run(goal - n, n, courses=courses)
        n = goal
        wide = [_width(one, precision) for one in found]
        for one, width in zip(found, wide, strict=True):
            one.precise = width <= 1.0
        if replications is None and max(wide) > 1.0:
            # the skewness of a first look tells too little to ask for more by it
            needs = n * min(max(_width(one, precision, skewed=False) for one in found) ** 2, _MORE)
            goal = min(most, BLOCK * ceil(max(needs, n + 1) / BLOCK))
    return found


def _width(one: Sampled, precision: Precision, *, skewed: bool = True) -> float:
    """Half-width of the interval of the mean rate over what is asked of it: 1 is narrow enough."""
    rates = np.concatenate([part.rates for part in one.parts])
    start = one.experiment.model.start
    hardly = _HARDLY * start.machines[start.counted].setpoint * 60.0
    asked = precision.relative / (1.0 + precision.relative)
    return half_width(rates, skewed=skewed) / (asked * max(float(rates.mean()), hardly, 1e-9))
