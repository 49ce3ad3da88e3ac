"""What can be done at all: known points, right units, numbers that are numbers, inside the limits.

These are the plant file's own bounds and hold before any policy is asked, whoever asks. A kind of
action that nothing here carries out is refused by its name.
"""

import difflib
import math
from collections.abc import Collection

from twin_core.errors import NotWritable, OutOfRange, UnknownName, WrongKind
from twin_core.governance.action import (
    Action,
    Draft,
    Inspection,
    ModelPromotion,
    Step,
    WorkOrder,
    WritePlan,
    WriteStep,
)
from twin_core.plant.assets import Plant

JOBS_KIND: str = "cmms"
"""The kind of source that takes work orders and inspections."""

LONGEST_STEP_S: float = 120.0
"""Plant seconds that one step of a ramp may stand for: what takes longer needs smaller steps."""

MODELS: str = "opstwin/models"
"""The endpoint that promotes models; no source can have that id."""


def admit(plant: Plant, sinks: Collection[str], draft: Draft) -> None:
    """Return if the draft could be carried out as it stands.

    `sinks` are the ids of the sources that can act.

    Raises:
        UnknownName: no such point, asset, line or failure mode.
        WrongKind: wrong unit, type or number, or an action nothing carries out.
        OutOfRange: outside the adjustable range, too large a step, too wide a tolerance.
        NotWritable: a point nobody may write, or nothing here that could write it.
    """
    action, effect = draft.action, draft.effect
    if effect is not None:
        plant.line(effect.line)
        if effect.point is not None:
            plant.point(effect.point)
    match action:
        case WritePlan():
            grounds = {point.point for point in draft.basis.points}
            for number, step in enumerate(action.steps):
                _admit_step(plant, sinks, step)
                if step.point not in grounds:
                    raise WrongKind(f"basis of the write to {step.point}", "none", "the point")
                _admit_ramp(action.steps[number - 1] if number else None, step)
                if len(action.steps) > 1 and step.compensation is None:
                    raise WrongKind(
                        f"step {number + 1} of {len(action.steps)}", "no compensation", "one a step"
                    )
        case WorkOrder() | Inspection():
            known(plant, action.asset)
            if endpoint(plant, action) not in sinks:
                raise NotWritable(action.asset, "no maintenance system takes jobs here")
            mode = action.failure_mode if isinstance(action, WorkOrder) else None
            if mode is not None and (
                action.asset not in plant.units
                or plant.class_of(action.asset).failure_mode(mode) is None
            ):
                raise UnknownName(f"failure mode of {action.asset}", mode)
        case ModelPromotion():
            known(plant, action.asset)
            if MODELS not in sinks:
                raise NotWritable(action.asset, "nothing here keeps models")
            if not action.version or action.version == action.replaces:
                given = f"{action.version or 'none'} in the place of {action.replaces or 'none'}"
                raise WrongKind(f"{action.model} of {action.asset}", given, "another version")
        case _:
            raise WrongKind(
                "action",
                f"{action.kind} (not carried out yet)",
                "write_plan, work_order, inspection or model_promotion",
            )


def endpoint(plant: Plant, step: Step) -> str:
    """The id of the source that carries a step out; empty if there is none, or no such point."""
    if isinstance(step, WriteStep):
        return plant.point(step.point).source if step.point in plant.index else ""
    if isinstance(step, ModelPromotion):
        return MODELS
    return next((s.id for s in plant.sources if s.kind == JOBS_KIND), "")


def known(plant: Plant, asset: str) -> None:
    """Return if the plant has a site, area, line or unit of that path.

    Raises:
        UnknownName: it has none.
    """
    there = assets(plant)
    if asset not in there:
        raise UnknownName("asset", asset, difflib.get_close_matches(asset, there, 3))


def assets(plant: Plant) -> tuple[str, ...]:
    """The paths of the site, its areas, lines and units."""
    above = (plant.site, *(a.id for a in plant.areas), *(line.id for line in plant.lines))
    return (*above, *plant.units)


def touched(plant: Plant, action: Action) -> tuple[str, ...]:
    """The assets an action acts on: units of the points written, or that of the job or model."""
    match action:
        case WritePlan():
            return tuple(dict.fromkeys(unit_of(plant, step.point) for step in action.steps))
        case WorkOrder() | Inspection() | ModelPromotion():
            return (action.asset,)
        case _:
            return (plant.site,)


def claims(plant: Plant, action: Action) -> tuple[str, ...]:
    """What an action takes for itself while it is under way: equipment, its crew, its model."""
    if isinstance(action, ModelPromotion):
        return (f"{action.asset} ({action.model})",)
    if isinstance(action, WorkOrder | Inspection):
        return (f"{action.asset} (crew)",)
    return touched(plant, action)


def share(plant: Plant, action: Action) -> float:
    """How far a plan moves a point from where it stands, as a share of its adjustable range.

    The farthest of its points, however many steps it takes, inside the range (0..1).
    """
    if not isinstance(action, WritePlan):
        return 0.0
    first = {step.point: step.old for step in reversed(action.steps)}
    last = {step.point: step.value for step in action.steps}
    return max(moved(plant, path, first[path], last[path]) for path in last)


def unit_of(plant: Plant, path: str) -> str:
    """The unit of a point.

    A point that the plant file names no more still stands for the unit in its path: what was
    written to it must be told and closed.
    """
    return plant.point(path).unit_id if path in plant.index else path.rpartition("/")[0]


def area_of(plant: Plant, path: str) -> str:
    """The area that a point, unit or line lies in; the site where it lies in none."""
    return next((a.id for a in plant.areas if f"{path}/".startswith(f"{a.id}/")), plant.site)


def user_key(user: str) -> str:
    """What stands for a person among paths: no path has a colon."""
    return f"user:{user}"


def moved(plant: Plant, path: str, old: float, new: float) -> float:
    """How far a point is moved, as a share of its adjustable range; 1 where it has none."""
    span = plant.point(path).spec.adjustable if path in plant.index else None
    if span is None or span.high <= span.low:
        return 1.0
    inside = [min(max(value, span.low), span.high) for value in (old, new)]
    return abs(inside[1] - inside[0]) / (span.high - span.low)


def _admit_ramp(before: WriteStep | None, step: WriteStep) -> None:
    """Return if the pace of a step can be kept: it follows another, and is no jump."""
    if step.ramp_per_s is None:
        return
    if before is None or before.handshake is not None:
        raise WrongKind(
            f"ramp to {step.point}", "no step before it, or a handshake", "a step of its own before"
        )
    if not math.isfinite(step.ramp_per_s):
        raise WrongKind(f"ramp of {step.point}", repr(step.ramp_per_s), "a finite number")
    takes_s = pace_s(step)
    if takes_s > LONGEST_STEP_S:
        raise OutOfRange(f"one step of a ramp of {step.point}", takes_s, 0, LONGEST_STEP_S, "s")


def pace_s(step: WriteStep) -> float:
    """Plant seconds that a step's change takes at its pace; 0 where it has none."""
    return 0.0 if step.ramp_per_s is None else abs(step.value - step.old) / step.ramp_per_s


def _admit_step(plant: Plant, sinks: Collection[str], step: WriteStep) -> None:
    point = plant.point(step.point)
    spec = point.spec
    for name, number in (("value", step.value), ("old value", step.old), ("check", step.check)):
        if isinstance(number, bool) or not math.isfinite(number):
            raise WrongKind(f"{name} of {step.point}", repr(number), "a finite number")
    if spec.safety_critical:
        raise NotWritable(step.point, "it is safety-critical and belongs to the controller alone")
    if spec.adjustable is None:
        raise NotWritable(step.point, "the plant file does not offer it")
    if point.source not in sinks:
        raise NotWritable(step.point, f"nothing here can act on {point.source}")
    if step.unit != spec.unit:
        raise WrongKind(f"unit of {step.point}", step.unit, spec.unit)
    undo = step.compensation
    if undo is not None and undo.point != step.point:
        raise WrongKind(f"compensation of {step.point}", undo.point, "the same point")
    targets = (step.value,) if undo is None else (step.value, undo.value)
    for value in targets:
        if not math.isfinite(value) or (spec.type != "float" and value != math.floor(value)):
            raise WrongKind(f"value of {step.point}", repr(value), f"{spec.type} number")
        if spec.type == "bool" and value not in {0, 1}:
            raise WrongKind(f"value of {step.point}", repr(value), "0 or 1")
    if not spec.adjustable.holds(step.value):
        raise OutOfRange(
            step.point, step.value, spec.adjustable.low, spec.adjustable.high, spec.unit
        )
    if undo is not None and not spec.limits.holds(undo.value):
        raise OutOfRange(
            f"compensation of {step.point}",
            undo.value,
            spec.limits.low,
            spec.limits.high,
            spec.unit,
        )
    change = abs(step.value - step.old)
    if spec.step is not None and change > spec.step * (1 + 1e-9):
        raise OutOfRange(f"change of {step.point} by one write", change, 0, spec.step, spec.unit)
    if step.check >= change:
        raise OutOfRange(f"tolerance that tells new from old at {step.point}", step.check, 0,
                         change, spec.unit)  # fmt: skip
    if step.handshake is not None:
        plant.point(step.handshake[0])
