"""Changes of a what-if as people say them, made into the simulation's own. It must never run one.

A setpoint is checked against its instrument's limits, so that nothing impossible is simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from tools.arguments import Arguments
from tools.scene import Scene
from tools.span import seconds_in
from tools.wording import called, duration, sentence
from twin_core.errors import NotWritable, OutOfRange, WrongKind
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import Role
from twin_core.simulation.scenario import (
    Capacity,
    Change,
    Demand,
    Outage,
    Rejects,
    SetPoint,
    Speed,
)
from twin_core.units import exact, unit_text

Kind = Literal["set", "speed", "stop", "rejects", "capacity", "demand"]
_PERCENT = {"speed": (0.0, 200.0), "capacity": (0.0, 300.0), "demand": (0.0, 1000.0)}
_OUTAGE_S = 900.0


class ChangeSaid(Arguments):
    """One change of a what-if."""

    asset: str = Field(description="machine or utility that is changed, as people call it")
    kind: Kind = Field(
        description="set: a setpoint to `value` in its unit; speed, capacity or demand: `value` "
        "per cent of what it is now; stop: does not run for `duration`; rejects: `value` per cent "
        "more of the output is rejected"
    )
    measurement: str = Field(default="", description="for kind set: which setpoint (“speed”)")
    value: float | None = Field(default=None, description="target, see kind")
    duration: str = Field(default="", description="for kind stop: “20 min”; empty = 15 min")


@dataclass(frozen=True, slots=True)
class Understood:
    """A change as the simulation takes it, in words, and the asset it sits on.

    Attributes:
        change: for a Scenario.
        words: "filler on line 2 at 90 % of its speed".
        unit: path of the unit changed.
    """

    change: Change
    words: str
    unit: str


def understand_change(scene: Scene, said: ChangeSaid) -> Understood:
    """One change as said, resolved and checked.

    Raises:
        UnknownName, WrongKind, OutOfRange, NotWritable: with what was allowed.
    """
    plant = scene.look().plant
    if said.kind == "set":
        return _set_point(scene, said)
    unit = scene.unit(said.asset)
    name = called(unit.id, plant)
    if said.kind == "stop":
        length = seconds_in(said.duration) if said.duration.strip() else _OUTAGE_S
        if not length:
            raise WrongKind(f"Stop of {name}", f"“{said.duration}”", "a time such as “20 min”")
        stopped = Outage(asset=unit.id, duration_s=length)
        return Understood(stopped, f"{name} stopped for {duration(length)}", unit.id)
    if said.value is None:
        raise WrongKind(sentence(f"{said.kind} of {name}"), "no value", "a number of per cent")
    if said.kind == "rejects":
        if not 0 <= said.value <= 100:
            raise OutOfRange(f"Rejects of {name}", said.value, 0, 100, "%")
        more = Rejects(asset=unit.id, share=said.value / 100)
        return Understood(more, f"{name} rejecting {exact(said.value, '%')} more", unit.id)
    low, high = _PERCENT[said.kind]
    if not low <= said.value <= high:
        raise OutOfRange(f"{sentence(said.kind)} of {name}", said.value, low, high, "%")
    factor = said.value / 100
    words = f"{name} at {exact(said.value, '%')} of its {said.kind}"
    change: Change
    if said.kind == "speed":
        change = Speed(asset=unit.id, factor=factor)
    elif said.kind == "capacity":
        change = Capacity(asset=unit.id, factor=factor)
    else:
        change = Demand(asset=unit.id, factor=factor)
    return Understood(change, words, unit.id)


def lines_touched(units: Sequence[str], plant: Plant) -> list[Line]:
    """Production lines that hold one of the units or are reached from it by supplies, in order."""
    seen, queue = set(units), list(units)
    while queue:
        here = queue.pop()
        for link in plant.links_from(here, "supplies"):
            if link.target not in seen:
                seen.add(link.target)
                queue.append(link.target)
    touched = {plant.line(unit).id for unit in seen}
    return [line for line in plant.lines if line.id in touched and line.kind == "production"]


def _set_point(scene: Scene, said: ChangeSaid) -> Understood:
    plant = scene.look().plant
    point = _setpoint_of(scene.point(said.measurement, scene.asset(said.asset)), plant)
    name = called(point.id, plant)
    if point.spec.role not in {Role.SETPOINT, Role.SPEED_SETPOINT}:
        raise NotWritable(sentence(name), "it is measured, not set")
    if said.value is None:
        raise WrongKind(sentence(name), "no value", f"a number of {unit_text(point.spec.unit)}")
    limits = point.spec.adjustable or point.spec.limits
    if not limits.holds(said.value):
        unit = unit_text(point.spec.unit)
        raise OutOfRange(sentence(name), said.value, limits.low, limits.high, unit)
    words = f"{name} at {exact(said.value, point.spec.unit)}"
    return Understood(SetPoint(point=point.id, value=said.value), words, point.unit_id)


def _setpoint_of(point: Point, plant: Plant) -> Point:
    """The setpoint that a measured point follows, or the point itself."""
    unit = plant.unit(point.unit_id)
    return next((p for p in unit.points if p.spec.measures == point.spec.id), point)
