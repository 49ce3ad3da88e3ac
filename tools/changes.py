"""Changes of a what-if as people say them, made into the simulation's own. It must never run one.

A setpoint is checked against its instrument's limits, so that nothing impossible is simulated.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.change_said import (
    ChangeSaid,
    Kind,
    after_said,
    length_of,
    line_said,
    number_said,
    unit_said,
)
from tools.change_words import change_words
from tools.scene import Scene
from tools.starts import seconds_until
from tools.wording import called, duration, sentence
from twin_core.advice.points import allowed
from twin_core.errors import (
    AmbiguousName,
    ImpossibleScenario,
    NoData,
    NotWritable,
    OutOfRange,
    UnknownName,
    WrongKind,
)
from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.classes import SETTINGS
from twin_core.plant.words import tokens
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.scenario import (
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
    Rework,
    SetPoint,
    Speed,
    Staffing,
    StopMoved,
    Stops,
)
from twin_core.units import unit_text
from twin_core.value import SECOND, Instant, Path

_OF_A_LINE = (Staffing, PlannedStop, StopMoved, ProductChange, BufferSize, Rework)
_PERCENT = {"speed": (0.0, 200.0), "capacity": (0.0, 300.0), "demand": (0.0, 1000.0)}
_REJECTED = {
    "rejects": (0.0, 100.0), "more_rejects": (-100.0, 100.0), "rejects_share": (0.0, 10_000.0),
}  # fmt: skip
_LAWS = (1.0, 10_000.0)
_OUTAGE_S = 900.0
_MINOR_S = 30.0
_SOON_S = 12 * 3600.0
_MOST_PEOPLE = 100


@dataclass(frozen=True, slots=True)
class Understood:
    """A change as the simulation takes it, in words, and the asset it sits on.

    Attributes:
        change: for a Scenario.
        words: "filler on line 2 at 90 % of its speed".
        unit: path of the unit or line changed.
    """

    change: Change
    words: str
    unit: str


def understand_change(scene: Scene, said: ChangeSaid, begins: Instant | None = None) -> Understood:
    """One change as said, resolved and checked.

    Args:
        scene: what is asked in.
        said: the change.
        begins: from when on it is simulated; None = now.

    Raises:
        UnknownName, WrongKind, OutOfRange, NotWritable, ImpossibleScenario: with what was allowed.
        NoData: a setpoint is to move by an amount, and what it is now is not known.
    """
    begins = scene.now() if begins is None else begins
    if said.kind == "move_stop":
        change, where = _move_stop(scene, said, begins)
    else:
        change, where = _MADE[said.kind](scene, _in_time(scene, said, begins))
    return Understood(change, change_words(change, scene.look().plant), where)


def felt_on(understood: Understood, line: Path, plant: Plant) -> bool:
    """Whether a line can feel a change: people, plans and room belong to one line alone."""
    own = isinstance(understood.change, _OF_A_LINE)
    return not own or plant.line(understood.unit).id == line


def lines_touched(units: Sequence[str], plant: Plant) -> list[Line]:
    """Production lines that are named, hold one of the units or are reached from it.

    By supplies, and from a store by what it feeds and what feeds it.
    """
    seen, queue = set(units), list(units)
    for store in units:
        if store in plant.units and plant.class_of(store).model == "store":
            seen |= {link.target for link in plant.links_from(store, "feeds")}
            seen |= {link.source for link in plant.links_into(store, "feeds")}
    while queue:
        here = queue.pop()
        for link in plant.links_from(here, "supplies"):
            if link.target not in seen:
                seen.add(link.target)
                queue.append(link.target)
    touched = {plant.line(unit).id for unit in seen}
    return [line for line in plant.lines if line.id in touched and line.kind == "production"]


Made = tuple[Change, Path]


def _set(scene: Scene, said: ChangeSaid) -> Made:
    plant = scene.look().plant
    if said.measurement.strip() or said.value is None:
        point = setpoint_of(scene.point(said.measurement, scene.asset(said.asset)), plant)
    else:
        unit, _ = unit_said(scene, said)
        point = holding(scene, unit, said.value, relative=False)
    name = called(point.id, plant)
    if point.spec.role not in SETTINGS:
        raise NotWritable(sentence(name), "it is measured, not set")
    if said.value is None:
        raise WrongKind(sentence(name), "no value", f"a number of {unit_text(point.spec.unit)}")
    return _set_to(point, said.value, name), point.unit_id


def _set_to(point: Point, value: float, name: str) -> SetPoint:
    limits = point.spec.adjustable or point.spec.limits
    if not limits.holds(value):
        unit = unit_text(point.spec.unit)
        raise OutOfRange(sentence(name), value, limits.low, limits.high, unit)
    return SetPoint(point=point.id, value=value)


def _shift(scene: Scene, said: ChangeSaid) -> Made:
    """A setting moves where a measured value follows one; else the value itself is shifted."""
    snapshot = scene.look()
    measured = scene.point(said.measurement, scene.asset(said.asset))
    point = setpoint_of(measured, snapshot.plant)
    name = called(point.id, snapshot.plant)
    by = number_said(said, name, unit_text(point.spec.unit))
    if point.spec.role not in SETTINGS:
        return Offset(point=point.id, amount=by), point.unit_id
    now = snapshot.latest(point.id)
    if now.value is None:
        raise NoData(name, "its source was lost")
    return _set_to(point, round(now.value + by, 9), name), point.unit_id


def _factor(scene: Scene, said: ChangeSaid) -> Made:
    unit, name = unit_said(scene, said)
    low, high = _PERCENT[said.kind]
    value = number_said(said, f"{said.kind} of {name}", "per cent")
    if not low <= value <= high:
        raise OutOfRange(f"{sentence(said.kind)} of {name}", value, low, high, "%")
    kinds: Mapping[str, type[Speed | Capacity | Demand]] = {
        "speed": Speed,
        "capacity": Capacity,
        "demand": Demand,
    }
    return kinds[said.kind](asset=unit, factor=value / 100), unit


def _rejects(scene: Scene, said: ChangeSaid) -> Made:
    unit, name = unit_said(scene, said)
    value = number_said(said, f"rejects of {name}", "per cent")
    low, high = _REJECTED[said.kind]
    if not low <= value <= high:
        raise OutOfRange(f"Rejects of {name}", value, low, high, "%")
    if said.kind == "rejects_share":
        return Rejects(asset=unit, factor=value / 100), unit
    factor = 0.0 if said.kind == "rejects" else 1.0
    return Rejects(asset=unit, factor=factor, share=value / 100), unit


def _rework(scene: Scene, said: ChangeSaid) -> Made:
    unit, name = unit_said(scene, said)
    value = number_said(said, f"rework of {name}", "per cent")
    if not 0 <= value <= 100:
        raise OutOfRange(f"Rework of {name}", value, 0, 100, "%")
    target = scene.unit(said.to).id if said.to else unit
    return Rework(asset=unit, target=target, share=value / 100), unit


def _stop(scene: Scene, said: ChangeSaid) -> Made:
    unit, name = unit_said(scene, said)
    length = length_of(said.duration, f"Stop of {name}", _OUTAGE_S)
    return Outage(asset=unit, duration_s=length, after_s=after_said(said, name)), unit


def _minor_stops(scene: Scene, said: ChangeSaid) -> Made:
    unit, name = unit_said(scene, said)
    value = number_said(said, f"minor stops of {name}", "stops an hour")
    length = length_of(said.duration, f"A stop of {name}", _MINOR_S)
    return Stops(asset=unit, per_hour=value, mean_s=length), unit


def _law(scene: Scene, said: ChangeSaid) -> Made:
    unit, name = unit_said(scene, said)
    if said.kind == "repair_time":
        length = length_of(said.duration, f"A repair of {name}", 0.0)
        return Failures(asset=unit, repair_s=length), unit
    what = "Running time between stops" if said.kind == "life" else "Length of the stops"
    value = number_said(said, f"{what.lower()} of {name}", "per cent")
    if not _LAWS[0] <= value <= _LAWS[1]:
        raise OutOfRange(f"{what} of {name}", value, *_LAWS, "%")
    return Failures(asset=unit, **{said.kind: value / 100}), unit


def _buffer(scene: Scene, said: ChangeSaid) -> Made:
    """Room between two machines; more of it is added to what the plant file gives there."""
    plant = scene.look().plant
    source, name = unit_said(scene, said)
    feeds = plant.links_from(source, "feeds")
    target = scene.unit(said.to).id if said.to or not feeds else feeds[0].target
    between = f"between {name} and {called(target, plant)}"
    value = number_said(said, f"buffer {between}", "a number of things")
    links = feeds + plant.links_from(target, "feeds")
    link = next((li for li in links if {li.source, li.target} == {source, target}), None)
    if link is None or link.buffer is None:
        after = [called(li.target, plant) for li in feeds]
        allowed = " or ".join(f"between {name} and {one}" for one in after) or "none behind it"
        raise ImpossibleScenario(f"There is no buffer {between}", allowed)
    there = link.buffer.capacity
    size = {
        "buffer": value, "more_buffer": there + value, "buffer_share": there * value / 100,
    }[said.kind]  # fmt: skip
    if size < 0:
        held = plant.unit(link.source).flow
        counted = unit_text(held.unit_out if held is not None else "1")
        least = f"{-there:g} or more" if said.kind == "more_buffer" else "0 or more"
        raise ImpossibleScenario(
            f"A buffer of {size:g} {counted} {between}",
            f"{least} {counted}; it holds {there:g} now",
        )
    return BufferSize(source=link.source, target=link.target, capacity=size), link.source


def _people(scene: Scene, said: ChangeSaid) -> Made:
    plant = scene.look().plant
    path = scene.asset(said.asset)
    name = called(path, plant)
    value = number_said(said, f"people on {name}", "people")
    if value != int(value) or not 1 <= value <= _MOST_PEOPLE:
        raise OutOfRange(f"People on {name}", value, 1, _MOST_PEOPLE, "people")
    mended = dict.fromkeys([path, *(scene.asset(one) for one in said.also)])
    apart = [one for one in mended if one not in plant.units]
    lines = {plant.line(one).id for one in mended}
    if len(lines) > 1 or (apart and len(mended) > 1):
        told = " and ".join(called(one, plant) for one in mended)
        raise ImpossibleScenario(
            f"One crew for {told}", "one line, or machines of one line; a crew each for several"
        )
    first = (scene.unit(said.to).id,) if said.to else ()
    machines = () if apart else tuple(mended)
    return Staffing(people=int(value), machines=machines, first=first), path


def _planned_stop(scene: Scene, said: ChangeSaid) -> Made:
    line, name = line_said(scene, said)
    length = length_of(said.duration, f"Planned stop of {name}", 0.0)
    return PlannedStop(line=line, duration_s=length, after_s=after_said(said, name)), line


def _in_time(scene: Scene, said: ChangeSaid, begins: Instant) -> ChangeSaid:
    """The same, beginning after a length of time and not at a time of day."""
    until = seconds_until(said.after, begins, scene.look().plant)
    if until is None:
        return said
    return said.model_copy(update={"after": f"{until:.0f} s" if until >= 1 else ""})


def _move_stop(scene: Scene, said: ChangeSaid, begins: Instant) -> Made:
    """The next stop of that kind that the plant file plans, another time or never."""
    line, name = line_said(scene, said)
    plant = scene.look().plant
    kind = said.product.strip().lower()
    planned = planned_stops(plant, line, begins, begins + round(_SOON_S * SECOND))
    coming = [stop for stop in planned if stop.start >= begins]
    meant = next((stop for stop in coming if kind in {"", stop.reason}), None)
    if meant is None:
        kinds = " or ".join(dict.fromkeys(stop.reason for stop in coming)) or "none"
        raise ImpossibleScenario(
            f"No {kind or 'stop'} is planned on {name} in the next {duration(_SOON_S)}", kinds
        )
    by: float | None = None
    if said.after.strip():
        until = seconds_until(said.after, begins, plant)
        if until is None:
            raise WrongKind(f"Stop of {name}", f"“{said.after}”", "a time of day, “14:00”")
        by = float(round(until - (meant.start - begins) / SECOND))
    elif said.value is not None:
        by = 60.0 * said.value
    return StopMoved(line=line, start=meant.start, by_s=by), line


def _product(scene: Scene, said: ChangeSaid) -> Made:
    line, name = line_said(scene, said)
    plant = scene.look().plant
    words = tokens(said.product)
    meant = [p for p in plant.products if said.product == p.id or words == tokens(p.name)]
    if not meant:
        raise UnknownName("product", said.product, [p.name for p in plant.products][:6])
    return ProductChange(line=line, product=meant[0].id, after_s=after_said(said, name)), line


_MADE: Mapping[Kind, Callable[[Scene, ChangeSaid], Made]] = {
    "set": _set,
    "shift": _shift,
    "speed": _factor,
    "capacity": _factor,
    "demand": _factor,
    "rejects": _rejects,
    "more_rejects": _rejects,
    "rejects_share": _rejects,
    "rework": _rework,
    "stop": _stop,
    "minor_stops": _minor_stops,
    "life": _law,
    "repair": _law,
    "repair_time": _law,
    "buffer": _buffer,
    "more_buffer": _buffer,
    "buffer_share": _buffer,
    "people": _people,
    "planned_stop": _planned_stop,
    "product": _product,
}


def setpoint_of(point: Point, plant: Plant) -> Point:
    """The setpoint that a measured point follows, or the point itself."""
    unit = plant.unit(point.unit_id)
    return next((p for p in unit.points if p.spec.measures == point.spec.id), point)


def holding(scene: Scene, path: str, value: float, *, relative: bool) -> Point:
    """The one set-point of a machine that could have a value that was said without its name."""
    snapshot = scene.look()
    here = [p for p in snapshot.plant.units[path].points if p.spec.role in SETTINGS and p.writable]
    spans = [(p, allowed(snapshot, p)) for p in here]
    fit = [p for p, span in spans if span is not None and span.holds(value)]
    meant = here if len(here) == 1 else fit
    if len(meant) != 1 or relative:
        choices = [f"{p.spec.name} ({unit_text(p.spec.unit)})" for p in (fit or here)]
        raise AmbiguousName("set-point", called(path, snapshot.plant), choices or ["none"])
    return meant[0]
