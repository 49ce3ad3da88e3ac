"""What a supply, store or conveyor shows only because the line runs or stands, taken out.

A header's flow falls when a line has a minor stop, and rises when it runs again: that is no sign
of anything in the supply. What the consumers draw is known by the links' shares and the machines'
speeds; what a conveyor's drive pulls, by what lies on it. It must never explain away more than in
proportion.
"""

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.window import Window
from twin_core.plant.assets import Plant
from twin_core.plant.classes import SETTINGS, Role
from twin_core.twin import GRID_S

_IDLE = 0.1
"""Share of its nominal draw that a machine takes while it stands."""
_STANDS = 0.05
"""Share of what is usual below which a value stands: even machines that stand draw more."""
_MOST = 1.2
"""Largest elasticity: per cent of the value for a per cent of the activity."""
_LAGS_S = (0.0, 30.0, 90.0, 240.0)
"""Time constants tried: a receiver or a boiler's drum lies between draw and production."""
_MINUTE = 6
_KEPT = SETTINGS | {Role.POTENTIAL, Role.LEVEL, Role.STATE, Role.MODE}
"""What does not rise and fall in proportion to what is drawn: a level sums it up."""


def even_out(window: Window, columns: NDArray[np.intp], value: NDArray[np.float64]) -> None:
    """Take the consumers' activity out of the columns of producers and headers, in place.

    Args:
        window: for speeds and links.
        columns: of `plant.points`, int[K].
        value: of those columns, float64[T, K].
    """
    plant = window.plant
    known: dict[str, list[NDArray[np.float64]]] = {}
    for k, at in enumerate(columns):
        point = plant.points[at]
        unit = point.unit_id
        model = plant.class_of(unit).model
        if (
            point.spec.role in _KEPT
            or point.spec.type == "bool"
            or model not in {"producer", "header", "conveyor", "store"}
        ):
            continue
        if model == "conveyor" and point.spec.role is not Role.PROCESS:
            continue
        if unit not in known:
            drawn = _load(window, unit) if model == "conveyor" else activity(window, unit)
            known[unit] = _lags(drawn) if drawn is not None else []
        if known[unit]:
            value[:, k] = _without(value[:, k], known[unit])


def activity(window: Window, unit_id: str) -> NDArray[np.float64] | None:
    """What the machines behind a producer or header draw, over its median, float64[T]."""
    total = np.zeros(len(window.time))
    for consumer, share in _draws(window.plant, unit_id).items():
        unit = window.plant.units[consumer]
        speed = unit.with_role(Role.SPEED)
        if speed is None:
            continue
        mean = window.mean[:, window.plant.index[speed.id]]
        top = np.nanquantile(mean, 0.9) if np.isfinite(mean).any() else 0.0
        if top > 0:
            total += share * (_IDLE + (1.0 - _IDLE) * np.nan_to_num(mean / top, nan=1.0))
    middle = float(np.median(total)) if len(total) else 0.0
    return total / middle if middle > 0 else None


def _load(window: Window, unit_id: str) -> NDArray[np.float64] | None:
    """What lies on a conveyor, over its median, float64[T]."""
    level = window.of_role(window.plant.units[unit_id], Role.LEVEL)
    if level is None or not np.isfinite(level).any():
        return None
    middle = float(np.nanmedian(level))
    return np.asarray(np.nan_to_num(level / middle, nan=1.0)) if middle > 0 else None


def _draws(plant: Plant, unit_id: str) -> dict[str, float]:
    """Consumer → share, behind the unit and the headers it supplies."""
    found: dict[str, float] = {}
    queue, seen = [unit_id], {unit_id}
    while queue:
        for link in plant.links_from(queue.pop(), "supplies"):
            if plant.class_of(link.target).model in {"header", "tie"}:
                if link.target not in seen and plant.class_of(link.target).model == "header":
                    seen.add(link.target)
                    queue.append(link.target)
            else:
                found[link.target] = found.get(link.target, 0.0) + (link.share or 1.0)
    for link in plant.links_into(unit_id, "feeds"):
        found[link.source] = 1.0  # a store that takes is busy as it is fed; one that gives sets it
    return found


def without(x: NDArray[np.float64], drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """A course without what follows the activity, float64[T].

    Args:
        x: float64[T]; NaN where unknown.
        drawn: activity over its median, float64[T].
    """
    return _without(x, _lags(drawn))


def _lags(drawn: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    return [_lagged(drawn - 1.0, lag) for lag in _LAGS_S]


def _without(x: NDArray[np.float64], lagged: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    fine = np.isfinite(x)
    if fine.sum() < 12:
        return x
    middle = float(np.median(x[fine]))
    if middle == 0:
        return x
    y = x[fine] / middle - 1.0
    best: tuple[float, NDArray[np.float64]] = (float("inf"), np.zeros(len(x)))
    for a in lagged:
        # changes over a minute, not levels: a fault that comes with less activity is not fitted
        da, dy = _changes(a[fine]), _changes(y)
        slope = float(np.sum(da * dy) / max(float(np.sum(da * da)), 1e-12))
        slope = float(np.clip(slope, 0.0, _MOST))
        rest = float(np.sum(np.abs(dy - slope * da)))
        if rest < best[0]:
            best = (rest, slope * a)
    off, drawn_by = x - middle, middle * best[1]
    beyond = np.sign(off) * np.maximum(0.0, np.abs(off) - np.abs(drawn_by))
    evened = middle + np.where(off * drawn_by > 0, beyond, off - drawn_by)
    stands = np.abs(x) < _STANDS * abs(middle)
    return np.asarray(np.where(stands, x, evened), dtype=float)


def _changes(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(x[_MINUTE:] - x[:-_MINUTE], dtype=float)


def _lagged(x: NDArray[np.float64], lag_s: float) -> NDArray[np.float64]:
    """Exponential smoothing with that time constant, from the first value."""
    if lag_s <= 0 or not len(x):
        return x
    keep = float(np.exp(-GRID_S / lag_s))
    return np.asarray(list(accumulate(x.tolist(), lambda y, new: keep * y + (1.0 - keep) * new)))
