"""The plain answer beside ours: the asset of the largest deviation, its class's commonest mode.

Robust z of the last minutes against those before. It knows no links, no states, no losses. It must
never be made cleverer.
"""

from dataclasses import dataclass

import numpy as np

from twin_core.plant.classes import FailureMode, Role
from twin_core.twin import GRID_S, Snapshot

_LATELY = 180 // GRID_S
_COUNTED = {Role.STATE, Role.MODE, Role.PRODUCT, Role.STOP_REASON, Role.PRODUCED, Role.DEFECTIVE}


@dataclass(frozen=True, slots=True)
class Plain:
    """An asset and a failure mode of its class; None where the class lists none for the point."""

    asset: str
    mode: str | None


def plain(snapshot: Snapshot, line: str) -> Plain | None:
    """The plain answer for a line and all that supplies it; None without readings."""
    plant = snapshot.plant
    about = set(plant.upstream(u.id for u in plant.line(line).units))
    here = np.array(
        [i for i, p in enumerate(plant.read) if p.unit_id in about and p.spec.role not in _COUNTED]
    )
    value = snapshot.recent.mean[:, here] if len(here) else np.empty((0, 0))
    if len(value) <= 2 * _LATELY:
        return None
    before, now = _medians(value[:-_LATELY]), _medians(value[-_LATELY:])
    spread = 1.4826 * _medians(np.abs(value[:-_LATELY] - before))
    noise = np.array([max(plant.read[i].spec.noise, 1e-3 * abs(b), 1e-9) for i, b in zip(
        here, np.nan_to_num(before), strict=True)])  # fmt: skip
    z = np.nan_to_num((now - before) / np.maximum(np.nan_to_num(spread), noise))
    worst = int(np.argmax(np.abs(z)))
    point = plant.read[here[worst]]
    way = "high" if z[worst] > 0 else "low"
    modes = [
        m
        for m in plant.class_of(point.unit_id).failure_modes
        if any(s.point == point.spec.id and s.shows == way for s in m.symptoms)
    ]
    return Plain(point.unit_id, max(modes, key=_prior).id if modes else None)


def _prior(mode: FailureMode) -> float:
    return mode.prior


def _medians(value: np.ndarray) -> np.ndarray:
    """Column medians of what was measured; NaN where nothing was."""
    found = np.full(value.shape[1], np.nan)
    some = np.isfinite(value).any(axis=0)
    found[some] = np.nanmedian(value[:, some], axis=0)
    return found
