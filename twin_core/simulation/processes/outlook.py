"""The process alone, without a line: every potential and process value of the plant, ahead in time.

What a plant with no production line (a pumping station, a boiler house) is forecast with, and what
a chart of a header or a tank draws. Line engines are given the same potentials by `model.py`. It
must never count what a line makes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.live.believing import values_of
from twin_core.simulation.live.effects import SUPPLY
from twin_core.simulation.live.seen import Rows
from twin_core.simulation.numbers import Draws
from twin_core.simulation.processes.activity import Breaks
from twin_core.simulation.processes.media import Media, media_of
from twin_core.simulation.processes.moves import moves_of
from twin_core.simulation.processes.paths import value_paths
from twin_core.simulation.processes.process import potentials
from twin_core.simulation.scenario import Change
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_GRID_S = 20.0
_MOST_STEPS = 720
_DAY_S = 86_400.0
_MEDIA_PURPOSE = 1_000_003
_MEDIUM = {Role.POTENTIAL, Role.FLOW, Role.OUTPUT}


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """Paths ahead, of R replications at T moments.

    Attributes:
        at: plant time of the start.
        t: seconds after it, ascending from 0, float64[T].
        paths: by point, in the point's unit, float64[R, T]: the potential of every header and the
            process value of every other unit that a setpoint leads or an effect follows.
    """

    at: Instant
    t: NDArray[np.float64]
    paths: Mapping[str, NDArray[np.float64]]


def outlook(
    snapshot: Snapshot,
    changes: Sequence[Change],
    seed: int,
    *,
    after_s: float = 0.0,
    horizon_s: float = 1800.0,
    replications: int = 20,
    at: Instant | None = None,
) -> Outlook:
    """Run the media and what follows them.

    Args:
        snapshot: belief; its recent past up to `at` is the start.
        changes: what is done, such as the plant could be in (`possible.check`).
        seed: of every random number.
        after_s: seconds after the start at which the changes take effect.
        horizon_s: how far ahead, above 0, up to a day.
        replications: fewer than 2 count as 2.
        at: the start; absent = up to where belief is settled.

    Raises:
        UnknownName: an asset or point that does not exist.
        ImpossibleScenario: a horizon that is none, or longer than a day.
    """
    if not 0 < horizon_s <= _DAY_S:
        raise ImpossibleScenario(f"{horizon_s:g} s ahead", f"more than 0, up to {_DAY_S:g} s")
    plant = snapshot.plant
    newest = int(snapshot.recent.time[-1]) if len(snapshot.recent.time) else snapshot.now
    at = newest if at is None else at
    rows = Rows(snapshot, at)
    moves = moves_of(plant, changes, after_s, rows)
    draws = Draws(seed, max(2, replications))
    steps = max(1, min(_MOST_STEPS, round(horizon_s / _GRID_S)))
    t = np.asarray(np.linspace(0.0, horizon_s, steps + 1), np.float64)
    units = tuple(plant.units.values())
    media = media_of(rows, units)
    then = {u: Rows(snapshot, min(before, at)) for u, before in moves.restored.items()}
    before = {u: media_of(r, units, usual=True) for u, r in then.items()}
    stops = _stops(plant, at, horizon_s)
    held = potentials(plant, media, before, moves, stops, t, draws.of(_MEDIA_PURPOSE))
    paths: dict[str, NDArray[np.float64]] = {}
    for place, unit in enumerate(units):
        point = unit.with_role(Role.POTENTIAL)
        if unit.id in held:
            if point is not None:
                paths[point.id] = held[unit.id]
            continue
        supplies = _supplies(plant, unit.id, media)
        values = values_of(rows, plant, unit, usual=False)
        again = values_of(then[unit.id], plant, unit, usual=True) if unit.id in then else {}
        found = value_paths(
            plant, unit, values, again,
            {by: held[header] for by, header in supplies.items()},
            {by: media.headers[header].potential for by, header in supplies.items()},
            moves, t, draws.of(3 * place),
        )  # fmt: skip
        for point_id, path in found.items():
            own = unit.point(point_id)
            if own is not None and own.spec.role not in _MEDIUM:
                paths[own.id] = path
    return Outlook(at, t, paths)


def _supplies(plant: Plant, unit: str, media: Media) -> dict[str, str]:
    """`supply:MEDIUM` → header, for what bends or shifts the unit."""
    found = {}
    for effect in plant.class_of(unit).effects:
        if effect.by.startswith(SUPPLY):
            header = plant.supplier(unit, effect.by.removeprefix(SUPPLY))
            if header is not None and header in media.headers:
                found[effect.by] = header
    return found


def _stops(plant: Plant, at: Instant, horizon_s: float) -> Breaks:
    end = at + int(horizon_s * SECOND)
    return {
        line.id: tuple(
            ((p.start - at) / SECOND, (p.end - at) / SECOND)
            for p in planned_stops(plant, line.id, at, end)
        )
        for line in plant.lines
        if line.kind == "production"
    }
