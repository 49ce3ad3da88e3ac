"""What could be done about a cause, before anything is simulated: writes, jobs, looks.

From the failure mode's remedies, then from what bends the machines that lose. It must never rank.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from twin_core.advice.points import Lever, bent, lever, resolve
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.diagnosis.setpoints import due
from twin_core.diagnosis.symptoms import matters
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import FailureMode, RemedySpec, Role
from twin_core.simulation.scenario import Change, Offset, Restored, SetPoint
from twin_core.twin import Snapshot
from twin_core.units import exact
from twin_core.value import SECOND, Instant

Move = Literal["recipe", "up", "down"]

TRAVEL_S = 240.0
"""Plant seconds assumed from a work order to somebody standing at the machine."""
LOOK_S = 600.0
"""Plant seconds assumed for finding out what it is, when the order does not say."""
WRITE_S = 60.0
"""Plant seconds assumed from the proposal to the write: somebody has to agree."""
_LIKELY = 0.5
"""Probability from which a second cause is put right together with the first."""
_GUARD_S = 30
"""Seconds before the onset at which an asset was surely as it should be."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that could be done, with the changes it makes to the model.

    Attributes:
        moves: for a write, the set-points and where they go.
        job: for a job, the remedy of the class; `kind` which.
        after_s: plant seconds until it helps.
        cures: whether it removes the cause.
    """

    title: str
    kind: str
    changes: tuple[Change, ...]
    after_s: float
    cures: bool
    moves: tuple[tuple[Lever, float], ...] = ()
    job: RemedySpec | None = None


def mode_of(plant: Plant, cause: Cause) -> FailureMode | None:
    """The cause's failure mode by its class."""
    if cause.failure_mode is None:
        return None
    return plant.class_of(cause.asset).failure_mode(cause.failure_mode)


def draw(snapshot: Snapshot, line: Line | None, diagnosis: Diagnosis, cause: Cause) -> list[Option]:
    """Every option, in the order in which they were found; the same set-point only once."""
    plant = snapshot.plant
    mode = mode_of(plant, cause)
    levers = _levers(snapshot, diagnosis, cause)
    options = [
        _job(snapshot, cause, spec)
        for spec in (mode.remedies if mode is not None else ())
        if spec.kind != "set_point"
    ]
    if not cause.sensor and line is not None:
        for point, move in _bent(snapshot, cause):
            if point.id in levers:
                continue
            spec = RemedySpec(
                kind="set_point", point=point.spec.id, move=move, task=_what_for(plant, point.id)
            )
            found = lever(snapshot, point, spec, None)
            if found is not None:
                levers[point.id] = found
    back = _back(snapshot, diagnosis, cause, levers) if mode is not None else ()
    if not any(o.cures for o in options) and not any(x.cures for x in levers.values()):
        options.append(_unknown_job(snapshot, cause))
    writes = [write(snapshot, cause, ((one, v),)) for one in levers.values() for v in one.values]
    if len(back) > 1:
        writes.insert(0, write(snapshot, cause, back))
    return [*writes, *options]


def _levers(snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause) -> dict[str, Lever]:
    """By point what the cause's mode says may be set against it."""
    plant, mode = snapshot.plant, mode_of(snapshot.plant, cause)
    levers: dict[str, Lever] = {}
    for spec in mode.remedies if mode is not None and not cause.sensor else ():
        if spec.kind != "set_point" or spec.point is None:
            continue
        for point in resolve(plant, plant.unit(cause.asset), spec.point):
            found = lever(snapshot, point, spec, _before(diagnosis, point.id))
            if found is not None and point.id not in levers:
                levers[point.id] = found
    return levers


def _back(
    snapshot: Snapshot, diagnosis: Diagnosis, cause: Cause, levers: dict[str, Lever]
) -> tuple[tuple[Lever, float], ...]:
    """Every set-point of the asset that is off, back together: a wrong recipe is wrong in all.

    And with them what a second cause has set wrong elsewhere.
    """
    if cause.sensor or not any(x.cures for x in levers.values()):
        return ()
    found = []
    for point in snapshot.plant.units[cause.asset].points:
        should = due(snapshot, snapshot.plant.units[cause.asset], point)
        off = _before(diagnosis, point.id) is not None
        if should is None or not off:
            continue
        spec = RemedySpec(
            kind="set_point", point=point.spec.id, move="recipe", cures=True, task="Back to usual."
        )
        one = levers.get(point.id) or lever(snapshot, point, spec, None)
        if one is not None and one.values:
            found.append((one, min(one.values, key=lambda v: abs(v - should.value))))
    second = [
        move
        for other in diagnosis.causes
        if other.beside and other.asset != cause.asset and other.probability >= _LIKELY
        for move in _put_right(snapshot, _levers(snapshot, diagnosis, other))
    ]
    return (*(found or _put_right(snapshot, levers)[:1]), *second)


def _put_right(snapshot: Snapshot, levers: dict[str, Lever]) -> list[tuple[Lever, float]]:
    """What removes its cause, at the value it should have, where that is known."""
    found = []
    for one in levers.values():
        should = due(snapshot, snapshot.plant.units[one.point.unit_id], one.point)
        if one.cures and should is not None:
            found.append((one, min(one.values, key=lambda v: abs(v - should.value))))
        elif one.cures and len(one.values) == 1:
            found.append((one, one.values[0]))
    return found


def _bent(snapshot: Snapshot, cause: Cause) -> Iterator[tuple[Point, Move]]:
    plant = snapshot.plant
    units = [plant.units[u] for u in dict.fromkeys((cause.asset, *cause.path)) if u in plant.units]
    for unit in units:
        if plant.class_of(unit.id).model == "machine":
            yield from bent(snapshot, unit)


def _before(diagnosis: Diagnosis, point: str) -> float | None:
    """What a set-point should be by the diagnosis's own evidence, if it was found off."""
    for evidence in diagnosis.evidence:
        if evidence.kind == "symptom" and evidence.subject == point:
            usual = evidence.data.get("usual")
            return float(usual) if usual is not None else None
    return None


def _what_for(plant: Plant, point: str) -> str:
    return f"Move the {plant.point(point).spec.name} against what slows the line."


def write(snapshot: Snapshot, cause: Cause, moves: tuple[tuple[Lever, float], ...]) -> Option:
    """Set-points moved together, as one option."""
    own = [move for move in moves if move[0].point.unit_id == cause.asset]
    if not all(_was(snapshot, cause, one, value) for one, value in own):
        own = []
    changes: tuple[Change, ...] = mended(snapshot, cause) if own else ()
    changes += tuple(
        SetPoint(point=one.point.id, value=value) for one, value in moves if (one, value) not in own
    )
    cures = all(one.cures for one, _ in moves)
    return Option(titled(snapshot.plant, moves), "write", changes, WRITE_S, cures, moves)


def titled(plant: Plant, moves: Iterable[tuple[Lever, float]]) -> str:
    """What set-points are moved from where to where, as an order."""
    clauses = [
        f"the {one.point.spec.name} of {plant.units[one.point.unit_id].name} from {one.now:g} to "
        f"{exact(value, one.point.spec.unit)}"
        for one, value in moves
    ]
    return f"Set {' and '.join(clauses)}"


def mended(snapshot: Snapshot, cause: Cause) -> tuple[Change, ...]:
    """The cause gone: the asset as it was; for what supplies others, its headers as they were."""
    plant = snapshot.plant
    before = _healthy(cause)
    if plant.class_of(cause.asset).model in {"producer", "header", "tie"}:
        back = tuple(_back_to(snapshot, p, before) for p in _potentials(plant, cause.asset))
        found = tuple(change for change in back if change is not None)
        if found:
            return found
    return (Restored(asset=cause.asset, before=before),)


def _potentials(plant: Plant, asset: str) -> list[Point]:
    """Potentials of the headers at the asset, itself included."""
    near = [asset, *(k.target for k in plant.links_from(asset, "supplies"))]
    near += [k.source for k in plant.links_into(asset, "supplies")]
    headers = [u for u in dict.fromkeys(near) if plant.class_of(u).model == "header"]
    found = (plant.units[u].with_role(Role.POTENTIAL) for u in headers)
    return [p for p in found if p is not None]


def _back_to(snapshot: Snapshot, point: Point, before: Instant) -> Offset | None:
    """The shift that brings a potential back to what it was; None if it has not moved."""
    column = snapshot.recent.mean[:, snapshot.plant.index[point.id]]
    fine = np.isfinite(column)
    then = column[fine & (snapshot.recent.time <= before)][-18:]
    now = column[fine][-3:]
    if not len(then) or not len(now):
        return None
    shift = float(np.median(then)) - float(np.median(now))
    if abs(shift) < matters(point, float(np.median(then))):
        return None
    return Offset(point=point.id, amount=shift)


def _was(snapshot: Snapshot, cause: Cause, one: Lever, value: float) -> bool:
    """Whether the write puts the cause's own setting back to where it stood before the onset.

    Then the asset will be as it was then, and the model need not know how the setting acts. A
    speed setting acts by itself.
    """
    if one.point.spec.role is Role.SPEED_SETPOINT:
        return False
    recent = snapshot.recent
    rows = recent.time <= _healthy(cause)
    seen = recent.mean[rows, snapshot.plant.index[one.point.id]]
    seen = seen[np.isfinite(seen)][-6:]
    if not len(seen):
        return False
    was, same = float(np.median(seen)), max(2.0 * one.point.spec.resolution, 1e-9)
    return abs(was - value) <= same < abs(was - one.now)


def _healthy(cause: Cause) -> Instant:
    return cause.onset - int((cause.onset_s + _GUARD_S) * SECOND)


def _job(snapshot: Snapshot, cause: Cause, spec: RemedySpec) -> Option:
    changes: tuple[Change, ...] = ()
    if spec.kind == "work_order" and not cause.sensor:
        changes = mended(snapshot, cause)
    name = snapshot.plant.units[cause.asset].name
    return Option(
        f"{name}: {spec.task}", spec.kind, changes, TRAVEL_S + spec.duration_s,
        spec.cures, job=spec,
    )  # fmt: skip


def _unknown_job(snapshot: Snapshot, cause: Cause) -> Option:
    """A job for the asset when its class knows no repair of the mode, or the mode is not known."""
    name = snapshot.plant.units[cause.asset].name
    spec = RemedySpec(
        kind="work_order", task=f"Find out what is wrong with {name} and mend it.",
        duration_s=LOOK_S, cures=True,
    )  # fmt: skip
    return _job(snapshot, cause, spec)
