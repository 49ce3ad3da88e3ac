"""Settings of a machine over the horizon: a new one only where something changed enough."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.plans.layout import MachineSetting

_NOTICED = 0.004
"""Relative change of a rate that is worth an event."""


def differs(a: NDArray[np.float64], b: float) -> NDArray[np.bool_]:
    """Where rates differ enough from one to be worth an event; of endless ones any other does."""
    with np.errstate(invalid="ignore"):
        enough = np.abs(a - b) > _NOTICED * np.maximum(np.abs(a), abs(b))
    return np.asarray(np.where(np.isfinite(a) & np.isfinite(b), enough, a != b))


def changed(noticed: Callable[[int], NDArray[np.bool_]]) -> list[int]:
    """The first step, and each at which something differs enough from the last such one.

    `noticed` tells of a step where things differ enough from how they are there, bool[T].
    """
    found = [0]
    while True:
        later = np.flatnonzero(noticed(found[-1])[found[-1] :])
        if not len(later):
            return found
        found.append(found[-1] + int(later[0]))


def machine_settings(
    t: NDArray[np.float64],
    rate: NDArray[np.float64],
    rejects: NDArray[np.float64],
    hazards: "list[NDArray[np.float64]]",
) -> tuple[MachineSetting, ...]:
    """Settings where something changed enough to be noticed."""
    often = np.array(hazards).reshape(len(hazards), len(t))

    def noticed(k: int) -> NDArray[np.bool_]:
        was = often[:, k : k + 1]
        found = differs(rate, float(rate[k])) | (np.abs(rejects - rejects[k]) > 5e-4)
        return np.asarray(found | (np.abs(often - was) > 0.02 * np.maximum(was, 2e-4)).any(axis=0))

    return tuple(
        MachineSetting(
            float(t[k]), max(float(rate[k]), 0.0), float(rejects[k]), tuple(often[:, k].tolist())
        )
        for k in changed(noticed)
    )
