"""Replications in blocks, the same luck for every scenario, until their mean rates are known.

Replication `r` is the same whatever the number of them, the other scenarios and the workers. It
must never look at anything but the rate to decide whether there are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from twin_core.simulation.indicators import Indicators, indicators
from twin_core.simulation.measured import half_width
from twin_core.simulation.model import Model
from twin_core.simulation.scenario import Precision, Scenario

BLOCK = 40
"""Replications that are run at once, and after which it is asked whether there are enough."""
_HARDLY = 0.25
"""A line that makes less than this of what it is asked for is known to that share of it."""


@dataclass(slots=True)
class Sampled:
    """A scenario and what came of it so far; `precise` if the mean rate is known well enough."""

    model: Model
    scenario: Scenario
    parts: list[Indicators] = field(default_factory=list)
    precise: bool = False

    @property
    def told(self) -> Indicators:
        """Of all replications."""
        return Indicators.joined(self.parts)


def sampled(
    asked: Sequence[tuple[Model, Scenario]],
    seed: int,
    replications: int | None,
    precision: Precision,
) -> list[Sampled]:
    """Run scenarios, in the order given, each the same number of times.

    The mean rate of each is known to `precision.relative` when the half-width of its 90 % interval
    is at most γ/(1+γ) of it (the sequential procedure for a relative error γ: Law, *Simulation
    Modeling and Analysis*, 5th ed., 2015, section 9.4.1). The interval holds what it says as it
    gets narrow (Chow and Robbins, *Annals of Mathematical Statistics* 36, 1965); to stop at the
    first block that looks narrow enough costs some coverage, and the floor keeps that small.

    Args:
        asked: scenarios and the models that they start from.
        seed: of every random number.
        replications: how many; None = as many as the precision takes. Fewer than 2 count as 2.
        precision: how well the mean rates are to be known, and how many at least and at most.
    """
    found = [Sampled(model, scenario) for model, scenario in asked]
    most = max(2, precision.ceiling if replications is None else replications)
    n = block = 0
    while n < most:
        more = min(BLOCK, most - n)
        for one in found:
            what = one.scenario
            result = one.model.simulate(
                what.changes, what.after_s, what.horizon_s, _seed(seed, block), more
            )
            one.parts.append(indicators(result, what))
        n, block = n + more, block + 1
        for one in found:
            one.precise = _known(one, precision.relative)
        if replications is None and n >= precision.floor and all(s.precise for s in found):
            break
    return found


def _known(one: Sampled, relative: float) -> bool:
    rates = np.concatenate([part.rates for part in one.parts])
    start = one.model.start
    asked = start.machines[start.counted].setpoint * 60.0
    scale = max(float(rates.mean()), _HARDLY * asked)
    return half_width(rates) <= relative / (1.0 + relative) * scale


def _seed(seed: int, block: int) -> int:
    """Of a block's numbers; of the first, the seed itself."""
    if block == 0:
        return seed
    sequence = np.random.SeedSequence(seed, spawn_key=(block,))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))
