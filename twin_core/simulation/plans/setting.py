"""Settings of a machine over the horizon: a new one only where something changed enough."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.plans.layout import MachineSetting

_NOTICED = 0.004
"""Relative change of a rate that is worth an event."""


def differs(a: float, b: float) -> bool:
    """Whether two rates differ enough to be worth an event."""
    return abs(a - b) > _NOTICED * max(abs(a), abs(b)) if a < inf and b < inf else a != b


def machine_settings(
    t: NDArray[np.float64],
    rate: NDArray[np.float64],
    rejects: NDArray[np.float64],
    hazards: "list[NDArray[np.float64]]",
) -> tuple[MachineSetting, ...]:
    """Settings where something changed enough to be noticed."""
    columns = [rate, rejects, *hazards]
    if all(float(np.ptp(c)) == 0.0 for c in columns):
        return (_setting(0.0, columns, 0),)
    found = [_setting(0.0, columns, 0)]
    for k in range(1, len(t)):
        last = found[-1]
        if (
            differs(float(rate[k]), last.rate)
            or abs(float(rejects[k]) - last.rejects) > 5e-4
            or any(
                abs(float(h[k]) - was) > 0.02 * max(was, 2e-4)
                for h, was in zip(hazards, last.hazards, strict=True)
            )
        ):
            found.append(_setting(float(t[k]), columns, k))
    return tuple(found)


def _setting(at_s: float, columns: "list[NDArray[np.float64]]", k: int) -> MachineSetting:
    rate, rejects, *hazards = (float(c[k]) for c in columns)
    return MachineSetting(at_s, max(rate, 0.0), rejects, tuple(hazards))
