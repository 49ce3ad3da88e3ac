"""Whether the plant could be in a scenario. It says what is allowed, and changes nothing."""

from datetime import UTC, datetime
from itertools import pairwise
from math import prod

from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.production import LONGEST_CHANGEOVER_MIN
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.scenario import (
    AsOf,
    BufferSize,
    Capacity,
    Change,
    Demand,
    Failures,
    Offset,
    Outage,
    PlannedStop,
    ProductChange,
    Rejects,
    Restored,
    Rework,
    Scenario,
    SetPoint,
    Speed,
    Staffing,
    StopMoved,
    Stops,
)
from twin_core.twin import Snapshot
from twin_core.units import exact_text, quantity
from twin_core.value import SECOND, Instant

SHORTEST_S, LONGEST_S = 1.0, 86_400.0
_GIVES = {"producer", "header", "tie", "store", "conveyor", "machine"}
_DRAWS = {"machine", "header", "producer"}
_LEAST, _MOST = 0.01, 100.0
_FOREVER_S = 1e8
_MOST_PEOPLE = 100
_MOST_CHANGES = 100
_YEAR_9999 = 253_370_764_800 * SECOND
_NEAR_S = 12 * 3600
_LATEST = 100 * 365 * 86_400 * SECOND
_ROUNDING = 1.0 + 1e-9


def check(plant: Plant, scenario: Scenario, snapshot: Snapshot | None = None) -> None:
    """Refuse a scenario the plant could not be in.

    Args:
        plant: whose.
        scenario: what if.
        snapshot: from where, so that a factor on a speed is judged by what is asked for now;
            without it by the nameplate.

    Raises:
        UnknownName: an asset, point, product or line that does not exist.
        ImpossibleScenario: anything else, with what is allowed.
    """
    line = plant.line(scenario.line)
    machines = plant.machines(line)
    if not machines:
        raise ImpossibleScenario(f"{line.name} has no machines", "a production line")
    if len(scenario.changes) > _MOST_CHANGES:
        raise ImpossibleScenario(f"{len(scenario.changes)} changes", f"0 to {_MOST_CHANGES}")
    if not SHORTEST_S <= scenario.horizon_s <= LONGEST_S:
        raise ImpossibleScenario(
            f"a horizon of {scenario.horizon_s:g} s",
            f"{SHORTEST_S:g} to {LONGEST_S:g} s, a second to a day",
        )
    if not 0 <= scenario.after_s <= scenario.horizon_s:
        raise ImpossibleScenario(
            f"the changes take effect after {scenario.after_s:g} s",
            f"0 to {scenario.horizon_s:g} s, the horizon",
        )
    if isinstance(scenario.start, AsOf) and not 0 < scenario.start.at < _LATEST:
        raise ImpossibleScenario(f"a start at {scenario.start.at} µs", f"1 to {_LATEST - 1} µs")
    for change in scenario.changes:
        _check(plant, line, change)
    _crews(scenario, machines)
    _once(scenario)
    _running(plant, line, scenario)
    for asset in {c.asset for c in scenario.changes if isinstance(c, Speed | Capacity)}:
        _not_too_fast(scenario, plant.unit(asset), snapshot)


def _check(plant: Plant, line: Line, change: Change) -> None:
    match change:
        case SetPoint():
            _setpoint(plant, change)
        case Speed():
            _model(plant, change.asset, {"machine"})
            _within(f"speed of {change.asset} times", change.factor, 0, 2)
        case Stops():
            _model(plant, change.asset, {"machine"})
            _within(f"stops of {change.asset} of", change.mean_s, 1e-3, _FOREVER_S, "s")
            _within(f"stops of {change.asset} an hour:", change.per_hour, -3600, 3600)
        case Failures():
            _failures(plant, change)
        case Rejects():
            _model(plant, change.asset, {"machine"})
            _within(f"share rejected by {change.asset} by", change.share, -1, 1)
            _within(f"what {change.asset} rejects times", change.factor, 0, _MOST)
        case Rework():
            _rework(plant, line, change)
        case Outage():
            _model(plant, change.asset, _GIVES)
            _span(f"outage of {change.asset}", change.after_s, change.duration_s)
        case Restored():
            _model(plant, change.asset, _GIVES)
            if not 0 < change.before < _YEAR_9999:
                raise ImpossibleScenario(
                    f"{change.asset} as before {change.before} µs", "a moment, in UTC microseconds"
                )
        case Capacity():
            _model(plant, change.asset, _GIVES)
            _within(f"capacity of {change.asset} times", change.factor, 0, 3)
        case Demand():
            _demand(plant, change)
        case PlannedStop():
            _own(plant, line, change.line, "a planned stop")
            _span(f"planned stop of {line.id}", change.after_s, change.duration_s)
        case StopMoved():
            _own(plant, line, change.line, "a planned stop")
            _planned(plant, line, change)
        case ProductChange():
            _own(plant, line, change.line, "a product change")
            _product(plant, line, change)
        case BufferSize():
            _buffer(plant, line, change)
        case Offset():
            point = plant.point(change.point)
            most = point.spec.limits.high - point.spec.limits.low
            _within(f"{point.id} shifted by", change.amount, -most, most, point.spec.unit)
        case Staffing():
            _within("people who mend:", change.people, 1, _MOST_PEOPLE)


def _within(what: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low <= value <= high:
        raise ImpossibleScenario(
            f"{what} {value:g} {unit}".rstrip(),
            f"{exact_text(low)} to {exact_text(high)} {unit}".rstrip(),
        )


def _span(what: str, after_s: float, duration_s: float) -> None:
    if not 0 < duration_s <= _FOREVER_S:
        raise ImpossibleScenario(
            f"{what} for {duration_s:g} s", f"more than 0 to {_FOREVER_S:g} s, three years"
        )
    _within(f"{what} after", after_s, 0, LONGEST_S, "s")


def _setpoint(plant: Plant, change: SetPoint) -> None:
    point = plant.point(change.point)
    unit = point.spec.unit
    allowed = point.spec.adjustable
    if point.spec.role not in SETTINGS:
        raise ImpossibleScenario(f"{point.id} is a measurement", "a setpoint of the asset")
    if allowed is None or point.spec.safety_critical:
        raise ImpossibleScenario(
            f"{point.id} at {change.value:g} {unit}", "nothing; the plant file offers no range"
        )
    if not allowed.holds(change.value):
        raise ImpossibleScenario(
            f"{point.id} at {change.value:g} {unit}", f"{allowed.low:g} to {allowed.high:g} {unit}"
        )


def _not_too_fast(scenario: Scenario, unit: Unit, snapshot: Snapshot | None) -> None:
    """Factors may not ask a machine for more than its range of speed, nor its instrument's."""
    setpoint = unit.with_role(Role.SPEED_SETPOINT)
    point = setpoint or unit.with_role(Role.SPEED)
    factor = prod(
        c.factor for c in scenario.changes if isinstance(c, Speed | Capacity) and c.asset == unit.id
    )
    if point is None or unit.flow is None or factor <= 1:
        return
    asked = unit.parameters.get("rated_speed")
    if snapshot is not None and setpoint is not None:
        asked = snapshot.latest(setpoint.id).value or asked
    for change in scenario.changes:
        if isinstance(change, SetPoint) and setpoint is not None and change.point == setpoint.id:
            asked = change.value
    top = (point.spec.adjustable or point.spec.limits).high
    if asked is not None and asked > 0 and asked * factor > max(top, asked) * _ROUNDING:
        raise ImpossibleScenario(
            f"{unit.id} at {factor:g} times {quantity(asked, point.spec.unit)}",
            f"up to {max(1.0, top / asked):.3g} times it, {quantity(top, point.spec.unit)}",
        )


def _rework(plant: Plant, line: Line, change: Rework) -> None:
    own = [machine.id for machine in plant.machines(line)]
    _model(plant, change.asset, {"machine"})
    _within(f"share of the rejects of {change.asset} fed again", change.share, 0, 1)
    if change.asset not in own:
        raise ImpossibleScenario(f"rework of {change.asset}", ", ".join(own))
    before = own[: own.index(change.asset) + 1]
    if change.target not in before:
        raise ImpossibleScenario(
            f"rejects of {change.asset} fed to {change.target}", ", ".join(before)
        )


def _failures(plant: Plant, change: Failures) -> None:
    _model(plant, change.asset, {"machine"})
    _within(f"running time of {change.asset} between stops times", change.life, _LEAST, _MOST)
    _within(f"length of the stops of {change.asset} times", change.repair, _LEAST, _MOST)
    if change.repair_s is not None:
        _within(f"stops of {change.asset} of", change.repair_s, 1, LONGEST_S, "s")


def _crews(scenario: Scenario, machines: tuple[Unit, ...]) -> None:
    own, mended = [m.id for m in machines], set[str]()
    for change in scenario.changes:
        if not isinstance(change, Staffing):
            continue
        for machine in change.machines or own:
            if machine not in own:
                raise ImpossibleScenario(f"people for {machine}", ", ".join(own))
            if machine in mended:
                raise ImpossibleScenario(f"two crews for {machine}", "one crew for a machine")
            mended.add(machine)
        if len(set(change.first)) < len(change.first):
            raise ImpossibleScenario(f"{', '.join(change.first)} mended first", "each of them once")
        for machine in change.first:
            if machine not in (change.machines or own):
                raise ImpossibleScenario(
                    f"{machine} mended first", ", ".join(change.machines or own)
                )


def _once(scenario: Scenario) -> None:
    reworked = [change.asset for change in scenario.changes if isinstance(change, Rework)]
    for asset in reworked:
        if reworked.count(asset) > 1:
            raise ImpossibleScenario(f"two reworks of {asset}", "one of each machine")


def _running(plant: Plant, line: Line, scenario: Scenario) -> None:
    if scenario.running is None:
        return
    own = {o.id: o for o in plant.orders if o.line == line.id}
    order = own.get(scenario.running.order)
    if order is None:
        raise UnknownName(f"order of {line.name}", scenario.running.order, list(own)[:3])
    _within(f"made of {order.id}", scenario.running.made, 0, order.quantity, order.unit)


def _model(plant: Plant, asset: str, models: set[str]) -> None:
    model = plant.class_of(asset).model
    if model not in models:
        raise ImpossibleScenario(f"{asset} is a {model}", " or ".join(sorted(models)))


def _demand(plant: Plant, change: Demand) -> None:
    _model(plant, change.asset, _DRAWS)
    _within(f"demand of {change.asset} times", change.factor, 0, 10)
    if not _reaches(plant, change.asset):
        raise ImpossibleScenario(
            f"{change.asset} draws from no header", "an asset that a medium is supplied to"
        )


def _reaches(plant: Plant, asset: str) -> bool:
    if plant.class_of(asset).model == "header":
        return True
    return bool(plant.links_into(asset, "supplies") or plant.links_from(asset, "supplies"))


def _own(plant: Plant, line: Line, said: str, what: str) -> None:
    if plant.line(said).id != line.id:
        raise ImpossibleScenario(f"{what} of {said} while {line.id} is asked about", line.id)


def _planned(plant: Plant, line: Line, change: StopMoved) -> None:
    if not 0 <= change.start <= _LATEST:
        raise ImpossibleScenario(f"a stop planned for {change.start} µs", f"0 to {_LATEST} µs")
    near = _NEAR_S * SECOND
    stops = planned_stops(plant, line.id, change.start - near, change.start + near)
    if change.start not in {p.start for p in stops}:
        nearest = min((p.start for p in stops), key=lambda s: abs(s - change.start), default=None)
        raise ImpossibleScenario(
            f"no stop of {line.id} is planned to begin {_moment(change.start)}",
            "none; the plant file plans none near" if nearest is None
            else f"one that is, such as {_moment(nearest)}",
        )  # fmt: skip
    if change.by_s is not None:
        _within("a planned stop later by", change.by_s, -LONGEST_S, LONGEST_S, "s")


def _moment(at: Instant) -> str:
    return f"{datetime.fromtimestamp(at / SECOND, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _product(plant: Plant, line: Line, change: ProductChange) -> None:
    of = {p.id: p for p in plant.products}
    if change.product not in of:
        raise UnknownName("product", change.product, list(of)[:3])
    if line.id not in of[change.product].rates:
        able = [p.id for p in plant.products if line.id in p.rates]
        raise ImpossibleScenario(
            f"no rate of {change.product} on {line.id} is given", ", ".join(able) or "no product"
        )
    _within(f"a change to {change.product} after", change.after_s, 0, LONGEST_S, "s")
    if change.changeover_s is not None:
        most = 60.0 * LONGEST_CHANGEOVER_MIN
        _within(f"a changeover to {change.product} of", change.changeover_s, 0, most, "s")
    elif line.id not in plant.changeovers:
        raise ImpossibleScenario(
            f"the plant file gives no changeovers of {line.id}", "a change that says its length"
        )


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
    _within(f"a buffer from {change.source} that holds", change.capacity, 0, 1e7)
