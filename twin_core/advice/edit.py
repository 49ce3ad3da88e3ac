"""A proposal with another size: what a person makes of it, to be simulated and approved anew.

Pure. The grounds stay as they were; nothing that was forecast for the old size is said of the new.
"""

from collections.abc import Mapping
from types import MappingProxyType

from twin_core.advice.plan import follows, write_steps
from twin_core.errors import BadInput, UnknownName
from twin_core.governance.action import Draft, Effect, WritePlan
from twin_core.plant.assets import Plant
from twin_core.simulation.scenario import Comparison, Scenario, SetPoint
from twin_core.twin import Snapshot


def resized(
    plant: Plant,
    draft: Draft,
    values: Mapping[str, float],
    who: str,
    ramps: Mapping[str, float] = MappingProxyType({}),
) -> Draft:
    """The draft with other targets and no effect, which is for `forecast_anew` to say.

    Args:
        plant: whose steps a write may take.
        draft: a plan of writes.
        values: by point of the plan, in its unit.
        who: name of the person who edits.
        ramps: by point how fast it may be moved, unit per plant second; absent = at once.

    Raises:
        BadInput: it is no plan of writes, or nothing would be changed.
        UnknownName: a point that the plan does not write.
    """
    action = draft.action
    if not isinstance(action, WritePlan):
        kind = action.kind.replace("_", " ")
        raise BadInput(f"“{draft.title}” is a {kind}; only the values of writes can be edited.")
    first = {step.point: step.old for step in reversed(action.steps)}
    last = {step.point: step.value for step in action.steps}
    for point in (*values, *ramps):
        if point not in last:
            raise UnknownName("point of the plan", point, sorted(last))
    if not ramps and all(last[point] == value for point, value in values.items()):
        raise BadInput(f"“{draft.title}” proposes just that; give another value.")
    steps = tuple(
        step
        for point in last
        for step in write_steps(
            plant.point(point), first[point], values.get(point, last[point]), ramps.get(point)
        )
    )
    told = ", ".join(
        f"{point} {last[point]:g} → {values.get(point, last[point]):g}"
        + (f" at {ramps[point]:g} a second" if point in ramps else "")
        for point in dict.fromkeys((*values, *ramps))
    )
    return draft.model_copy(
        update={
            "action": WritePlan(steps=steps),
            "title": f"{draft.title} (edited by {who}: {told})"[:500],
            "effect": None,
        }
    )


def scenarios(draft: Draft, values: Mapping[str, float]) -> tuple[Scenario, Scenario] | None:
    """What to simulate for an edited draft: without, and with the new values.

    None where nothing was forecast of the old draft, or not by setting these points.
    """
    if draft.effect is None:
        return None
    before = draft.effect.forecast.scenario
    set_there = {change.point for change in before.changes if isinstance(change, SetPoint)}
    if not set(values) <= set_there:
        return None
    changes = tuple(
        change.model_copy(update={"value": values.get(change.point, change.value)})
        if isinstance(change, SetPoint)
        else change
        for change in before.changes
    )
    edited = before.model_copy(update={"changes": changes})
    return draft.effect.baseline.scenario, edited


def forecast_anew(snapshot: Snapshot, edited: Draft, old: Effect, found: Comparison) -> Draft:
    """The edited draft with what was now forecast of it."""
    action = edited.action
    assert isinstance(action, WritePlan)
    first, last = action.steps[0], action.steps[-1]
    single = len({step.point for step in action.steps}) == 1
    point = snapshot.plant.point(last.point)
    effect = Effect(
        line=old.line,
        gain=found.gain,
        forecast=found.candidate,
        baseline=found.baseline,
        settle_s=old.settle_s,
        **(follows(snapshot, point, first.old, last.value) if single else {}),
    )
    return edited.model_copy(update={"effect": effect})
