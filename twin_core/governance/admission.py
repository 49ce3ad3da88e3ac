"""What can be done at all: known points, right units, numbers that are numbers, inside the limits.

These are the plant file's own bounds and hold before any policy is asked, whoever asks. Who carries
an action out is told here too: a source, the twin itself, or people.
"""

import difflib
import math
from collections.abc import Collection, Mapping
from typing import assert_never

from twin_core.errors import NotWritable, OutOfRange, UnknownName, WrongKind
from twin_core.governance.action import (
    Action,
    ConfirmCause,
    Draft,
    Inspection,
    Job,
    ModelPromotion,
    Release,
    ScheduleChange,
    Step,
    StockMove,
    WorkOrder,
    WritePlan,
    WriteStep,
)
from twin_core.governance.jobs import admit_move, admit_schedule
from twin_core.plant.assets import Plant
from twin_core.value import Instant

TAKERS: Mapping[str, str] = {"work_order": "cmms", "inspection": "cmms"}
"""Kind of job → kind of source that takes it; where a plant has no such source, people do."""

LONGEST_STEP_S: float = 120.0
"""Plant seconds that one step of a ramp may stand for: what takes longer needs smaller steps."""

MODELS: str = "opstwin/models"
"""The endpoint that promotes models; no source can have that id."""
TWIN: str = "opstwin/twin"
"""The endpoint that changes what is believed and known here."""
PEOPLE: str = "opstwin/people"
"""Who does the jobs that no source takes. No command goes there: they are told, and report."""


def admit(plant: Plant, sinks: Collection[str], draft: Draft, now: Instant) -> None:
    """Return if the draft could be carried out as it stands, at plant time `now`.

    `sinks` are the ids of the sources that can act.

    Raises:
        UnknownName: no such point, asset, line, order, place, item or failure mode.
        WrongKind: wrong unit, type or number, or an action that changes nothing.
        OutOfRange: outside the adjustable range, too large a step, too wide a tolerance; a time
            that is over.
        NotWritable: a point nobody may write, or nothing here that could carry it out.
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
        case _:
            _admit_act(plant, action, now)
            taker = endpoint(plant, action)
            if taker not in {PEOPLE, *sinks}:
                where = touched(plant, action)[0]
                raise NotWritable(
                    where, f"nothing here carries out its {action.kind.replace('_', ' ')}"
                )


def _admit_act(
    plant: Plant, action: Job | ModelPromotion | Release | ConfirmCause, now: Instant
) -> None:
    match action:
        case WorkOrder():
            known(plant, action.asset)
            _known_mode(plant, action.asset, action.failure_mode)
        case ConfirmCause():
            plant.unit(action.asset)
            _known_mode(plant, action.asset, action.failure_mode)
        case Inspection():
            known(plant, action.asset)
        case ScheduleChange():
            admit_schedule(plant, action, now)
        case StockMove():
            admit_move(plant, action, assets(plant))
        case ModelPromotion():
            known(plant, action.asset)
            if not action.version or action.version == action.replaces:
                given = f"{action.version or 'none'} in the place of {action.replaces or 'none'}"
                raise WrongKind(f"{action.model} of {action.asset}", given, "another version")
        case Release():
            if plant.point(action.point).formula is not None:
                rests = " and ".join(point.id for point in plant.rests_on(action.point))
                given = "a derived point"
                raise WrongKind(f"release of {action.point}", given, f"what it rests on, {rests},")
        case _:
            assert_never(action)


def _known_mode(plant: Plant, asset: str, mode: str | None) -> None:
    if mode is None:
        return
    if asset not in plant.units or plant.class_of(asset).failure_mode(mode) is None:
        raise UnknownName(f"failure mode of {asset}", mode)


def endpoint(plant: Plant, step: Step) -> str:
    """The id of the source that carries a step out; empty if there is none, or no such point."""
    match step:
        case WriteStep():
            return plant.point(step.point).source if step.point in plant.index else ""
        case ModelPromotion():
            return MODELS
        case Release() | ConfirmCause():
            return TWIN
        case WorkOrder() | Inspection() | ScheduleChange() | StockMove():
            taker = TAKERS.get(step.kind)
            return next((s.id for s in plant.sources if s.kind == taker), PEOPLE)
        case _:
            assert_never(step)


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
    """The assets an action acts on: units of its points, that of the job or model, places.

    A warehouse is no asset of the plant: it stands for the site.
    """
    match action:
        case WritePlan():
            return tuple(dict.fromkeys(unit_of(plant, step.point) for step in action.steps))
        case WorkOrder() | Inspection() | ModelPromotion() | ConfirmCause():
            return (action.asset,)
        case Release():
            return (unit_of(plant, action.point),)
        case ScheduleChange():
            return (action.line,)
        case StockMove():
            there = set(assets(plant))
            ends = (action.source, action.target)
            return tuple(dict.fromkeys(end if end in there else plant.site for end in ends))
        case _:
            assert_never(action)


def claims(plant: Plant, action: Action) -> tuple[str, ...]:
    """What an action takes for itself while it is under way: equipment, crew, model, schedule."""
    match action:
        case WritePlan():
            return touched(plant, action)
        case WorkOrder() | Inspection():
            return (f"{action.asset} (crew)",)
        case ModelPromotion():
            return (f"{action.asset} ({action.model})",)
        case Release():
            return (f"{action.point} (belief)",)
        case ConfirmCause():
            return (f"{action.incident} (cause)",)
        case ScheduleChange():
            return (f"{action.line} (schedule)",)
        case StockMove():
            ends = dict.fromkeys((action.source, action.target))
            return tuple(f"{end} (stock of {action.item})" for end in ends)
        case _:
            assert_never(action)


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


def above(path: str) -> tuple[str, ...]:
    """The paths that an asset or point lies in, the nearest first: its line, its area, its site."""
    steps = path.split("/")
    return tuple("/".join(steps[:n]) for n in range(len(steps) - 1, 0, -1))


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
