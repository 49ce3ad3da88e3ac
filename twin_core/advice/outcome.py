"""What a remedy may bring, told as one estimate: whenever it acts, and as wrong as a model is.

It must never simulate.
"""

from collections.abc import Sequence
from math import exp, hypot
from statistics import NormalDist

import numpy as np

from twin_core.simulation.scenario import Estimate

OFF = 0.15
"""Relative standard deviation of what a what-if gains in the model, about what it gains: of 49
writes that were carried out on the stand-in half were off by more than a tenth."""
_OF_A_JOB, _OF_A_PLANT = 0.55, 0.7
UNSURE = hypot(_OF_A_JOB, _OF_A_PLANT)
"""Standard deviation of the logarithm of how long a job takes, about what its class says.

Two things are not known. Repair times of one plant that keeps count of them are lognormal with
about 0.55 (MIL-HDBK-472, procedure II). And a class is shared by plants whose crews, ways and
spares differ: a third or the triple of what it says is a plant within nine of ten.
"""
MOMENTS = 10
"""Equally likely moments at which a job is tried: the first and the last are as early and as late
as the limits of an interval of nine in ten."""
_NORMAL = NormalDist()
_PARTS = 40
_TAIL = _NORMAL.inv_cdf(0.95)


def moments(after_s: float) -> tuple[float, ...]:
    """Equally likely times after which a job helps, ascending, plant seconds; their median given.

    Args:
        after_s: what is assumed of travel and work together, ≥ 0.
    """
    return tuple(after_s * exp(UNSURE * _NORMAL.inv_cdf(p)) for p in _shares(MOMENTS))


def outcome(gains: Sequence[Estimate]) -> Estimate:
    """Mean and 90 % interval of a gain that is one of these, each as likely.

    Each is normal on either side of its mean, as wide as told there and as the model is off.

    Args:
        gains: 1 or more, of one unit.
    """
    spread: list[float] = []
    for gain in gains:
        off = OFF * gain.mean
        sides = (gain.mean - gain.low) / _TAIL, (gain.high - gain.mean) / _TAIL
        below, above = (hypot(max(side, 0.0), off) for side in sides)
        normal = [_NORMAL.inv_cdf(p) for p in _shares(_PARTS)]
        spread += [gain.mean + z * (below if z < 0 else above) for z in normal]
    mean = sum(gain.mean for gain in gains) / len(gains)
    low, high = np.quantile(spread, (0.05, 0.95), method="hazen")
    return Estimate(
        mean=mean, low=min(float(low), mean), high=max(float(high), mean), unit=gains[0].unit
    )


def _shares(n: int) -> list[float]:
    return [(k + 0.5) / n for k in range(n)]
