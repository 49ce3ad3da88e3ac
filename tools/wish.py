"""A set-point that a person wants, as he says it, drawn up and simulated as remedies are.

It must never take another value than was said, nor one outside what may be set; nor hand anything
in: `propose.py` does.
"""

import asyncio

from tools.change_said import ChangeSaid, number_said, unit_said
from tools.changes import holding, lines_touched, setpoint_of
from tools.remedies import effect_words
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, sentence
from twin_core.advice.draw import Option
from twin_core.advice.plan import basis_on
from twin_core.advice.points import allowed, rounded, standing
from twin_core.advice.remedy import Remedy
from twin_core.advice.wish import granted, tried, wish
from twin_core.errors import NoData, NotWritable, WrongKind
from twin_core.evidence import Evidence
from twin_core.governance.action import Draft
from twin_core.plant.assets import Point
from twin_core.plant.classes import SETTINGS, Role
from twin_core.units import exact, exact_text

_MOST_LINES = 4


def wished(scene: Scene, said: ChangeSaid) -> Option | Evidence:
    """What was said as one write; or the limits it is beyond.

    Raises:
        UnknownName, AmbiguousName: no set-point is meant, or several could be.
        NotWritable, NoData, WrongKind: it cannot be proposed, and why.
    """
    snapshot = scene.look()
    point, value = _meant(scene, said)
    span = allowed(snapshot, point)
    if point.spec.safety_critical or span is None or span.holds(value):
        return wish(snapshot, point, value)
    unit, name = point.spec.unit, called(point.id, snapshot.plant)
    return Evidence(
        kind="record",
        subject=point.id,
        statement=f"{exact(value, unit)} is beyond the limits of the {name}: "
        f"{exact_text(span.low)} to {exact(span.high, unit)} is allowed.",
        data={"value": value, "low": span.low, "high": span.high, "unit": unit},
        time=snapshot.now,
        origin="plant file",
    )


async def simulated(scene: Scene, forecaster: Forecaster, option: Option) -> Remedy:
    """It with its forecast effect, on every line that it reaches."""
    snapshot = scene.look()
    reached = lines_touched([lever.point.unit_id for lever, _ in option.moves], snapshot.plant)
    scenarios = [tried(option, line) for line in reached[:_MOST_LINES]]
    found = await asyncio.gather(
        *(forecaster.compare(snapshot, before, [after]) for before, after in scenarios)
    )
    return granted(snapshot, option, [compared for (compared,) in found])


def wish_evidence(scene: Scene, option: Option, remedy: Remedy) -> Evidence:
    """What it would do, in one sentence."""
    snapshot, effect = scene.look(), remedy.effect
    told = effect_words(remedy, snapshot.plant) if effect else "no line is known to feel it"
    risks = "".join(f" Risk: {risk}" for risk in remedy.risks)
    ((lever, value),) = option.moves
    return Evidence(
        kind="forecast",
        subject=lever.point.id,
        statement=f"{sentence(remedy.title)} (setpoint change): {told}.{risks}",
        data={
            "title": remedy.title,
            "kind": "write_plan",
            "from": lever.now,
            "to": value,
            "interval": 90,
            "gain": effect.gain.model_dump() if effect else None,
            "horizon_s": effect.forecast.scenario.horizon_s if effect else None,
            "line": effect.line if effect else None,
        },
        time=snapshot.now,
        quality="simulated",
        origin=effect.forecast.model_version if effect else "advice",
    )


def wish_draft(scene: Scene, option: Option, remedy: Remedy, told: Evidence) -> Draft:
    """What is handed in of it: no cause, but what it would do, and what it rests on."""
    assert remedy.action is not None
    return Draft(
        action=remedy.action,
        title=remedy.title,
        reason=f"A person asked for just this; it is no remedy of a cause. {told.statement}",
        evidence=(told,),
        effect=remedy.effect,
        basis=basis_on(scene.look(), option),
    )


def _meant(scene: Scene, said: ChangeSaid) -> tuple[Point, float]:
    """The set-point, and the value it shall have, in its unit."""
    snapshot = scene.look()
    if said.kind not in {"set", "shift", "speed"}:
        raise WrongKind("What is to be set", said.kind.replace("_", " "), "set, shift or speed")
    path, name = unit_said(scene, said)
    value = number_said(said, f"what is to be set on {name}", "the set-point's unit")
    if said.kind == "speed":
        point = snapshot.plant.units[path].with_role(Role.SPEED_SETPOINT)
        if point is None:
            raise NotWritable(f"the speed of {name}", "the plant file does not offer it")
        return point, rounded(point, _now(scene, point) * value / 100)
    if not said.measurement.strip():
        return holding(scene, path, value, relative=said.kind == "shift"), value
    point = setpoint_of(scene.point(said.measurement, path), snapshot.plant)
    if point.spec.role not in SETTINGS:
        raise NotWritable(sentence(called(point.id, snapshot.plant)), "it is measured, not set")
    shifts = said.kind == "shift"
    return point, rounded(point, _now(scene, point) + value) if shifts else value


def _now(scene: Scene, point: Point) -> float:
    now = standing(scene.look(), point)
    if now is None:
        raise NoData(point.id, "the last look")
    return now
