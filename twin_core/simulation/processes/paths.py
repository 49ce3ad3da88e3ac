"""How a unit's process values move over the horizon: trend, setpoint, supply, shift, repair.

A value follows its setpoint and its supplies with a first-order lag (`Believing.lag_s`); what is
not changed stays where it is seen. Values are in the unit of their point. It must never leave the
instrument's limits.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Effect
from twin_core.simulation.live.believing import Believing
from twin_core.simulation.live.effects import amount, amounts, factor, factors
from twin_core.simulation.numbers import Numbers
from twin_core.simulation.processes.moves import Moves

_INSTRUMENT = 0.35
"""Probability that a trend is the instrument's and not the process's."""

Paths = Mapping[str, NDArray[np.float64]]
"""Process point id (or `supply:MEDIUM`) → values, float64[R, T]."""


def value_paths(
    plant: Plant,
    unit: Unit,
    values: Mapping[str, Believing],
    before: Mapping[str, Believing],
    supplies: Paths,
    supplied: Mapping[str, float],
    moves: Moves,
    t: NDArray[np.float64],
    random: Numbers,
) -> dict[str, NDArray[np.float64]]:
    """Every process value of the unit on the time axis `t`, one row a replication.

    Args:
        plant: for the effects of its class.
        unit: whose values.
        values: at the start.
        before: as they were, for a unit that is restored; else empty.
        supplies: `supply:MEDIUM` → potential of the supplying header.
        supplied: the same at the start.
        moves: the scenario.
        t: seconds after the start, ascending from 0.
        random: of trends.
    """
    found: dict[str, NDArray[np.float64]] = {}
    effects = [e for e in plant.class_of(unit.id).effects if e.on == "offset"]
    since = np.clip(t - moves.after_s, 0.0, None)
    for point_id, start in values.items():
        point = unit.point(point_id)
        if point is None:
            continue
        path = np.full((len(random), len(t)), start.value)
        if start.pending:
            path += start.pending * _approach(t, start.lag_s)
        again = before.get(point_id)
        if start.trend.heading:
            # a repair ends what was under way
            lasting = np.minimum(t, moves.after_s) if again is not None else t
            gained = start.trend.future(random).gained(lasting)
            # a value that wanders may be the instrument's alone: then nothing follows from it
            path += (random.uniform() > _INSTRUMENT)[:, None] * gained
        if again is not None and again.known and start.known:
            path += (again.value - start.value) * _approach(since, start.lag_s)
        for leader in unit.points:
            if leader.spec.measures == point_id and leader.id in moves.setpoints:
                old, new = moves.setpoints[leader.id]
                path += (new - old) * _approach(since, start.lag_s)
        shift = moves.offsets.get(point.id)
        if shift is not None:
            path += np.where(moves.on(t), shift, 0.0)
        for effect in effects:
            if effect.point == point_id and effect.by in supplies:
                along = amounts(effect, supplies[effect.by])
                path += _lagged(along - amount(effect, supplied[effect.by]), t, start.lag_s)
        limits = point.spec.limits
        found[point_id] = np.clip(path, limits.low, limits.high)
    return found


def _approach(since: NDArray[np.float64], lag_s: float) -> NDArray[np.float64]:
    return 1.0 - np.exp(-since / max(lag_s, 1e-3))


def _lagged(path: NDArray[np.float64], t: NDArray[np.float64], lag_s: float) -> NDArray[np.float64]:
    """First-order lag along the time axis, from 0."""
    found = np.zeros_like(path)
    for k in range(1, len(t)):
        share = 1.0 - np.exp(-(t[k] - t[k - 1]) / max(lag_s, 1e-3))
        found[:, k] = found[:, k - 1] + (path[:, k] - found[:, k - 1]) * share
    return found


def capability(
    effects: Sequence[Effect], paths: Paths, reference: Mapping[str, float], *, on: str
) -> NDArray[np.float64] | None:
    """Product over the effects on `on` of factor over factor at `reference`; None without any.

    Where the factor there is (nearly) nothing, it counts as a twentieth.
    """
    result: NDArray[np.float64] | None = None
    for effect in effects:
        if effect.on != on or effect.by not in paths or effect.by not in reference:
            continue
        first = max(factor(effect, reference[effect.by]), 0.05)
        ratio = factors(effect, paths[effect.by]) / first
        result = ratio if result is None else result * ratio
    return result


def extra(
    effects: Sequence[Effect], paths: Paths, reference: Mapping[str, float], *, on: str
) -> NDArray[np.float64] | None:
    """Sum over the effects on `on` of what they add more than at `reference`; None without any."""
    result: NDArray[np.float64] | None = None
    for effect in effects:
        if effect.on != on or effect.by not in paths or effect.by not in reference:
            continue
        more = amounts(effect, paths[effect.by]) - amount(effect, reference[effect.by])
        result = more if result is None else result + more
    return result
