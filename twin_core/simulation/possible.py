"""Whether the plant could be in a scenario. It says what is allowed, and changes nothing."""

from itertools import pairwise

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Line, Plant
from twin_core.plant.classes import Role
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Change,
    Demand,
    Offset,
    Outage,
    Rejects,
    Restored,
    Scenario,
    SetPoint,
    Speed,
    Stops,
)

_GIVES = {"producer", "header", "tie", "store", "conveyor", "machine"}
_DRAWS = {"machine", "header", "producer"}


def check(plant: Plant, scenario: Scenario) -> None:
    """Refuse a scenario the plant could not be in.

    Raises:
        UnknownName: an asset, point or line that does not exist.
        ImpossibleScenario: anything else, with what is allowed.
    """
    line = plant.line(scenario.line)
    if not plant.machines(line):
        raise ImpossibleScenario(f"{line.name} has no machines", "a production line")
    if scenario.after_s > scenario.horizon_s:
        raise ImpossibleScenario(
            f"the changes take effect after {scenario.after_s:g} s",
            f"0 to {scenario.horizon_s:g} s, the horizon",
        )
    for change in scenario.changes:
        _check(plant, line, change)


def _check(plant: Plant, line: Line, change: Change) -> None:
    match change:
        case SetPoint():
            _setpoint(plant, change)
        case Speed() | Stops() | Rejects():
            _model(plant, change.asset, {"machine"})
        case Outage() | Restored() | Capacity():
            _model(plant, change.asset, _GIVES)
        case Demand():
            _model(plant, change.asset, _DRAWS)
            if not _reaches(plant, change.asset):
                raise ImpossibleScenario(
                    f"{change.asset} draws from no header", "an asset that a medium is supplied to"
                )
        case BufferSize():
            _buffer(plant, line, change)
        case Offset():
            point = plant.point(change.point)
            limits = point.spec.limits
            if abs(change.amount) > limits.high - limits.low:
                most = limits.high - limits.low
                raise ImpossibleScenario(
                    f"{point.id} shifted by {change.amount:g} {point.spec.unit}",
                    f"-{most:g} to {most:g} {point.spec.unit}",
                )


def _setpoint(plant: Plant, change: SetPoint) -> None:
    point = plant.point(change.point)
    unit = point.spec.unit
    allowed = point.spec.adjustable
    if point.spec.role not in {Role.SETPOINT, Role.SPEED_SETPOINT}:
        raise ImpossibleScenario(f"{point.id} is a measurement", "a setpoint of the asset")
    if allowed is None or point.spec.safety_critical:
        raise ImpossibleScenario(
            f"{point.id} at {change.value:g} {unit}", "nothing; the plant file offers no range"
        )
    if not allowed.holds(change.value):
        raise ImpossibleScenario(
            f"{point.id} at {change.value:g} {unit}", f"{allowed.low:g} to {allowed.high:g} {unit}"
        )


def _model(plant: Plant, asset: str, models: set[str]) -> None:
    model = plant.class_of(asset).model
    if model not in models:
        raise ImpossibleScenario(f"{asset} is a {model}", " or ".join(sorted(models)))


def _reaches(plant: Plant, asset: str) -> bool:
    if plant.class_of(asset).model == "header":
        return True
    return bool(plant.links_into(asset, "supplies") or plant.links_from(asset, "supplies"))


def _buffer(plant: Plant, line: Line, change: BufferSize) -> None:
    plant.unit(change.source)
    plant.unit(change.target)
    machines = [m.id for m in plant.machines(line)]
    pairs = list(pairwise(machines))
    if (change.source, change.target) not in pairs:
        allowed = ", ".join(f"{a} to {b}" for a, b in pairs)
        raise ImpossibleScenario(
            f"there is no buffer from {change.source} to {change.target}", allowed or "none"
        )
