"""From an option to an action that can be signed: steps, checks, way back, basis, effect.

It must never invent a value: old values are what is believed, and what is not believed well
cannot be a basis.
"""

from collections.abc import Iterable
from typing import Any

from twin_core.advice.draw import TRAVEL_S, Option
from twin_core.advice.points import steps
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.governance.action import (
    Action,
    Basis,
    BasisPoint,
    Compensation,
    Effect,
    Inspection,
    WorkOrder,
    WritePlan,
    WriteStep,
)
from twin_core.plant.assets import Point
from twin_core.plant.classes import Role
from twin_core.simulation.scenario import Comparison
from twin_core.twin import Snapshot
from twin_core.value import Path, Range

_MODE_SURE = 0.6
"""Probability of the mode, given the asset, from which a job names it."""
_BASIS = 8
"""Points a proposal rests on, at most."""
_FLEETING = {Role.STATE, Role.MODE, Role.SPEED, Role.STARVED, Role.BLOCKED, Role.LEVEL}
"""Roles that change in the ordinary course of running; without a band of their own any value will
do, as long as it is believed."""
_UNBOUND = {Role.PRODUCED, Role.DEFECTIVE, Role.STOP_REASON}


def action_of(option: Option, diagnosis: Diagnosis, cause: Cause) -> Action:
    """The option as something that can be approved."""
    if option.moves:
        return written(option)
    assert option.job is not None
    if option.kind == "inspection":
        return Inspection(asset=cause.asset, task=option.job.task)
    return WorkOrder(
        asset=cause.asset,
        task=option.job.task,
        failure_mode=cause.failure_mode if mode_sure(diagnosis, cause) else None,
        priority="low" if cause.sensor else "high",
    )


def written(option: Option) -> WritePlan:
    """The writes of an option that moves set-points."""
    return WritePlan(
        steps=tuple(s for one, v in option.moves for s in write_steps(one.point, one.now, v))
    )


def mode_sure(diagnosis: Diagnosis, cause: Cause) -> bool:
    """Whether the mode is likely enough, given the asset, to be named in an order."""
    here = [c.probability for c in diagnosis.causes if c.asset == cause.asset]
    total = sum(here) or cause.probability or 1.0
    return cause.failure_mode is not None and cause.probability / total >= _MODE_SURE


RAMP_STEP_S = 30.0
"""Plant seconds that one step of a ramp stands for, at most."""


def write_steps(
    point: Point, now: float, value: float, per_s: float | None = None
) -> tuple[WriteStep, ...]:
    """The writes from one value to another, none further than the plant file lets a point step.

    With `per_s` (unit per plant second) they are paced, each read back before the next.
    """
    most = point.spec.step
    if per_s is not None:
        most = min(per_s * RAMP_STEP_S, most if most is not None else per_s * RAMP_STEP_S)
    found: list[WriteStep] = []
    old = now
    check = max(point.spec.resolution, abs(value) * 1e-4)
    for target in steps(now, value, most):
        found.append(
            WriteStep(
                point=point.id, unit=point.spec.unit, old=old, value=target, check=check,
                ramp_per_s=per_s if found else None,
                compensation=Compensation(point=point.id, value=old),
            )
        )  # fmt: skip
        old = target
    return tuple(found)


def effect_of(snapshot: Snapshot, option: Option, found: Comparison) -> Effect:
    """What is expected: the line's gain, and for one write the point that must follow."""
    common = {
        "line": found.baseline.scenario.line,
        "gain": found.gain,
        "forecast": found.candidate,
        "baseline": found.baseline,
    }
    if len(option.moves) != 1:
        job_s = TRAVEL_S + (option.job.duration_s if option.job is not None else 0.0)
        settle = max((one.point.spec.settle_s or 120.0 for one, _ in option.moves), default=job_s)
        return Effect(**common, settle_s=max(1.0, settle))
    one, value = option.moves[0]
    settle = one.point.spec.settle_s or 120.0
    return Effect(**common, **follows(snapshot, one.point, one.now, value), settle_s=settle)


def follows(snapshot: Snapshot, point: Point, now: float, value: float) -> dict[str, Any]:
    """Of an Effect: the point that must follow a write, its target and tolerance; if one does."""
    follower = snapshot.plant.units[point.unit_id].point(point.spec.measures or "")
    measured = snapshot.latest(follower.id) if follower is not None else None
    if follower is None or measured is None or measured.value is None or measured.value == 0:
        return {}
    if point.spec.role is Role.SPEED_SETPOINT and now:
        target = measured.value * value / now
    else:
        target = measured.value + value - now
    limits = follower.spec.limits
    target = min(max(target, limits.low), limits.high)
    wide = max(
        0.4 * abs(target - measured.value), 4.0 * follower.spec.noise, follower.spec.resolution
    )
    return {"point": follower.id, "target": target, "tolerance": wide}


def basis_of(
    snapshot: Snapshot, option: Option | None, diagnosis: Diagnosis, cause: Cause
) -> Basis:
    """The points the proposal rests on: its targets, what follows them, the state, the evidence."""
    grounds = []
    state = snapshot.plant.units[cause.asset].with_role(Role.STATE)
    if state is not None:
        grounds.append(state.id)
    symptoms = (e for e in diagnosis.evidence if e.kind == "symptom")
    grounds += [e.subject for e in symptoms if e.id in cause.supports]
    return basis_on(snapshot, option, grounds)


def basis_on(snapshot: Snapshot, option: Option | None, grounds: Iterable[Path] = ()) -> Basis:
    """The points an option rests on, what it moves first, and those of some further grounds."""
    plant = snapshot.plant
    wanted: dict[Path, None] = {}
    for one, _ in option.moves if option is not None else ():
        wanted[one.point.id] = None
        if one.point.spec.measures is not None:
            wanted[f"{one.point.unit_id}/{one.point.spec.measures}"] = None
        state = plant.units[one.point.unit_id].with_role(Role.STATE)
        if state is not None:
            wanted[state.id] = None
    wanted |= dict.fromkeys(grounds)
    points = [p for p in wanted if p in plant.index]
    found = [b for b in (_basis_point(snapshot, p) for p in points) if b is not None]
    return Basis(points=tuple(found[:_BASIS]), revision=snapshot.revision)


def _basis_point(snapshot: Snapshot, path: str) -> BasisPoint | None:
    point = snapshot.plant.point(path)
    believed = snapshot.latest(path)
    if point.spec.role in _UNBOUND or believed.state != "good":
        return None
    if believed.value is None or believed.time is None:
        return None
    width = point.spec.limits.high - point.spec.limits.low
    if not point.spec.band and point.spec.role in _FLEETING:
        band = width
    else:
        band = point.spec.band or max(6.0 * point.spec.noise, point.spec.resolution, 0.02 * width)
    return BasisPoint(
        point=point.id, value=believed.value, time=believed.time, status=believed.status,
        band=Range(low=believed.value - band, high=believed.value + band),
        stale_after_s=snapshot.stale_after_s(path),
    )  # fmt: skip
