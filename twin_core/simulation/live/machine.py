"""A machine at the start: commanded speed, what it reaches of it, rejects, stops.

It must never take a machine that waits for its neighbours for a slow or a standing one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from twin_core.operations.counting import EXECUTE
from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import Role
from twin_core.simulation.live.believing import Believing, newest, values_of
from twin_core.simulation.live.bending import hastened, slowed, spoiled
from twin_core.simulation.live.effects import factor, product
from twin_core.simulation.live.reach import Reach, reach_of
from twin_core.simulation.live.seen import Seen, path_of
from twin_core.simulation.live.stops import Haste, StopHistory, StopLaw
from twin_core.simulation.live.trend import Trend
from twin_core.twin import GRID_S
from twin_core.value import Instant

_REJECT_ROWS = 24
_REJECT_PRIOR_N = 50.0
"""How many units the nameplate's rejected share is worth."""
_BENT_ROWS = 3
_BENT = 0.985
_CALM_PER_HOUR = 1.5
_STRONGEST = 3.0
"""A loss beyond this many times the nameplate's is not the effect's alone."""
_MTBF_S, _MTTR_S = 7200.0, 60.0
"""The stop law of a machine whose class gives none."""


@dataclass(frozen=True, slots=True)
class MachineStart:
    """A machine at the start.

    Attributes:
        worth: units of flow in one `unit_out`.
        setpoint: speed asked for in units of flow per second (see `Seen.asked`).
        reach: speed reached over speed asked for.
        rejects, rejects_n: share rejected, and how many units that knowledge is worth.
        stops: its own law, from when no effect added any; `haste` what effects add.
        bent: what its effects left of its speed when it ran best in the last hour, 1 = all.
        slows, spoils: how strongly its effects act on speed and rejects, nameplate = 1, where what
            is seen tells; None where nothing bends it now.
        stood_s: seconds it has been standing by itself; None while it does not.
        values: process values by point id.
    """

    unit: Unit
    worth: float
    setpoint: float
    reach: Reach
    rejects: float
    rejects_n: float
    stops: StopLaw
    haste: Haste
    bent: float
    slows: float | None
    spoils: float | None
    stood_s: float | None
    values: Mapping[str, Believing]


def machine_start(
    plant: Plant,
    line: Line,
    seen: Seen,
    held: NDArray[np.bool_],
    free: NDArray[np.bool_],
    excused: NDArray[np.bool_],
    at: Instant,
    began: Instant | None = None,
    *,
    usual: bool,
) -> MachineStart:
    """The machine at the end of the rows.

    Args:
        plant: for its class.
        line: whose unit of flow counts.
        seen: the machine.
        held: rows in which it may not have been on its own (see `reach_of`).
        free: rows in which it surely was.
        excused: rows of planned stops.
        at: the moment.
        began: since when its stops are known to follow another law, where that is known.
        usual: as it was over the minutes before, nothing under way.
    """
    unit = seen.unit
    worth = plant.in_flow(line, unit)
    values = values_of(seen.rows, plant, unit, usual=usual)
    bends = slowed(seen.rows, plant, unit)
    reach = reach_of(seen, held, free, bends, usual=usual)
    if not reach.known:
        # nothing was seen running free: what the nameplate's effects leave of the setpoint
        left = product(
            factor(e, values[e.by].value)
            for e in plant.class_of(unit.id).effects
            if e.on == "speed" and e.by in values
        )
        reach = Reach(max(left, reach.now), 0.04, max(1.0, reach.now), Trend.flat(), known=False)
    rejects, rejects_n = _rejects(seen)
    mtbf_s, mttr_s = unit.parameters.get("mtbf_s", _MTBF_S), unit.parameters.get("mttr_s", _MTTR_S)
    history = StopHistory.of(seen, excused) if len(seen.rows) else None
    adds = hastened(seen.rows, plant, unit)
    calm = _calm(adds)
    law = StopLaw.learn(
        mtbf_s, mttr_s, history.where(calm) if history is not None else None, changing=not usual,
        since=None if began is None else int(np.searchsorted(seen.rows.time, began)),
    )  # fmt: skip
    haste = Haste.learn(mtbf_s, mttr_s, history.where(~calm) if history is not None else None, adds)
    return MachineStart(
        unit=unit,
        worth=worth,
        setpoint=_setpoint(seen, at) * worth,
        reach=reach,
        rejects=rejects,
        rejects_n=rejects_n,
        stops=law,
        haste=haste,
        bent=_usual(bends),
        slows=_slows(reach, bends),
        spoils=_spoils(rejects, unit, spoiled(seen.rows, plant, unit)),
        stood_s=None if usual else _stood(seen),
        values=values,
    )


def _calm(adds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows in which effects add no stops worth the name, nor did in the two before."""
    calm = adds < _CALM_PER_HOUR
    calm[1:] &= calm[:-1].copy()
    calm[1:] &= calm[:-1].copy()
    return calm


def _usual(bends: NDArray[np.float64]) -> float:
    return float(np.quantile(bends, 0.75)) if len(bends) else 1.0


def _slows(reach: Reach, bends: NDArray[np.float64]) -> float | None:
    """Exponent on the nameplate's effects that explains the whole of the present loss of speed.

    The loss is that of what it reached before; of what it is commanded where it was bent all hour.
    """
    if not reach.known or len(bends) < _BENT_ROWS or reach.now <= 0:
        return None
    before, best = _usual(bends), reach.best
    if before <= _BENT:
        before, best = 1.0, 1.0
    ends = float(bends[-_BENT_ROWS:].mean()) / before
    left = min(1.0, reach.now / max(best, 1e-9))
    if ends > _BENT or ends <= 0:
        return None
    found = float(np.log(left) / np.log(ends))
    return found if found < _STRONGEST else None


def _spoils(rejects: float, unit: Unit, adds: NDArray[np.float64]) -> float | None:
    """Factor on the nameplate's effects that explains the whole of the present rejects."""
    now = float(adds[-_BENT_ROWS:].mean()) if len(adds) else 0.0
    more = max(0.0, rejects - unit.parameters.get("reject_rate", 0.0))
    if now < 1.0 - _BENT:
        return None
    return more / now if more / now < _STRONGEST else None


def _setpoint(seen: Seen, at: Instant) -> float:
    """Speed asked for at the moment, `unit_out` per second; 0 where nothing tells.

    A machine that is commanded nothing stands, or is not commanded by that point: it goes on at
    the speed last asked for.
    """
    path = path_of(seen.unit, Role.SPEED_SETPOINT)
    commanded = newest(seen.rows, path, at) / 60.0 if path is not None else 0.0
    if commanded > 0:
        return commanded
    asked = seen.asked[np.isfinite(seen.asked)]
    return float(asked[-1]) if len(asked) else seen.unit.parameters.get("rated_speed", 0.0) / 60.0


def _rejects(seen: Seen) -> tuple[float, float]:
    """Share rejected now, from the newest counts, and how many units that is worth."""
    prior = seen.unit.parameters.get("reject_rate", 0.0)
    made, rejected = seen.made[-_REJECT_ROWS:], seen.rejected[-_REJECT_ROWS:]
    both = np.isfinite(made) & np.isfinite(rejected)
    thrown = float(rejected[both].sum())
    total = float(made[both].sum()) + thrown
    return (prior * _REJECT_PRIOR_N + thrown) / (_REJECT_PRIOR_N + total), _REJECT_PRIOR_N + total


def _stood(seen: Seen) -> float | None:
    """Seconds since which the machine stands by itself; None if it does not."""
    path = path_of(seen.unit, Role.STATE)
    state = newest(seen.rows, path, seen.rows.at) if path is not None else float("nan")
    if not isfinite(state) or state == EXECUTE:
        return None
    standing = seen.standing
    if not len(standing) or not standing[-1]:
        return None
    run = int(np.argmin(standing[::-1])) if not standing.all() else len(standing)
    return max(5.0, (run - 0.5) * GRID_S)
