"""Changes of a scenario in plain words, whoever made them. It must never judge one."""

from tools.wording import called, dated, duration, moment
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.simulation.scenario import (
    AsOf,
    BufferSize,
    Capacity,
    Change,
    Demand,
    Failures,
    Healthy,
    Live,
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
from twin_core.units import exact, exact_text

AS_IT_IS = "as it is"
_MOST = 4


def scenario_words(scenario: Scenario, plant: Plant) -> str:
    """What a scenario changes: “filler 4 at 95 % of its speed and capper 4 stopped for 2 min”."""
    told = [change_words(change, plant) for change in scenario.changes]
    if len(told) > _MOST:
        told = [*told[:_MOST], f"{len(told) - _MOST} more changes"]
    *rest, last = told or [AS_IT_IS]
    words = f"{', '.join(rest)} and {last}" if rest else last
    return words if scenario.after_s <= 0 else f"{words}, all after {duration(scenario.after_s)}"


def start_words(scenario: Scenario, plant: Plant) -> str:
    """From where it starts, where that is not now; else empty."""
    match scenario.start:
        case AsOf():
            return f"what was believed at {dated(scenario.start.at, plant)}"
        case Healthy():
            return "a healthy line"
        case Live():
            return ""


def change_words(change: Change, plant: Plant) -> str:
    """One change: what it is about, and how that is then.

    Raises:
        UnknownName: an asset, point or line that does not exist.
    """
    match change:
        case SetPoint():
            return _set_point(change, plant)
        case Speed() | Capacity() | Demand():
            return f"{called(change.asset, plant)} at {_share(change.factor)} of its {change.kind}"
        case Stops():
            more = "more" if change.per_hour >= 0 else "fewer"
            return (
                f"{_text(abs(change.per_hour))} {more} stops of {duration(change.mean_s)} an hour "
                f"at {called(change.asset, plant)}"
            )
        case Failures():
            return _failures(change, plant)
        case Staffing():
            who = "one person" if change.people == 1 else f"{change.people} people"
            *rest, last = [called(m, plant) for m in change.machines] or ["the line"]
            where = f"{', '.join(rest)} and {last}" if rest else last
            before = ", then ".join(called(m, plant) for m in change.first)
            return f"{who} to mend what stops on {where}" + (f", {before} first" if before else "")
        case Rejects():
            return f"{called(change.asset, plant)} rejecting {_rejected(change)}"
        case Rework():
            where = "it" if change.target == change.asset else called(change.target, plant)
            return (
                f"{_share(change.share)} of what {called(change.asset, plant)} rejects fed to "
                f"{where} again"
            )
        case Outage():
            return (
                f"{called(change.asset, plant)} stopped for {duration(change.duration_s)}"
                f"{_later(change.after_s)}"
            )
        case PlannedStop():
            return (
                f"{called(change.line, plant)} standing as planned for "
                f"{duration(change.duration_s)}{_later(change.after_s)}"
            )
        case StopMoved():
            return _moved(change, plant)
        case ProductChange():
            name = next((p.name for p in plant.products if p.id == change.product), change.product)
            return f"{called(change.line, plant)} making {name}{_later(change.after_s)}"
        case BufferSize():
            return _room(change, plant)
        case Offset():
            way = "higher" if change.amount >= 0 else "lower"
            amount = exact(abs(change.amount), plant.point(change.point).spec.unit)
            return f"{called(change.point, plant)} {amount} {way}"
        case Restored():
            return f"{called(change.asset, plant)} as it was before {moment(change.before, plant)}"


def _set_point(change: SetPoint, plant: Plant) -> str:
    """At which value; of a speed also how much of the rated one that is."""
    point = plant.point(change.point)
    told = f"{called(change.point, plant)} at {exact(change.value, point.spec.unit)}"
    rated = plant.unit(point.unit_id).parameters.get("rated_speed", 0.0)
    if point.spec.role is not Role.SPEED_SETPOINT or not rated > 0:
        return told
    share = _share(round(change.value / rated, 3))
    return f"{told} ({share} of its rated {exact(rated, point.spec.unit)})"


def _rejected(change: Rejects) -> str:
    """So much of what it makes, or of what it rejects now, or so many points more."""
    if change.factor == 0:
        return f"{_share(change.share)} of what it makes"
    told = []
    if change.factor != 1:
        told.append(f"{_share(change.factor)} of what it rejects now")
    if change.share != 0 or not told:
        points = _text(100 * abs(change.share))
        noun = "percentage point" if points == "1" else "percentage points"
        told.append(f"{points} {noun} {'more' if change.share >= 0 else 'less'} of what it makes")
    return " and ".join(told)


def _room(change: BufferSize, plant: Plant) -> str:
    """What a buffer holds, and what it holds by the plant file."""
    flow = plant.unit(change.source).flow
    links = plant.links_from(change.source, "feeds")
    given = next((link.buffer for link in links if link.target == change.target), None)
    now = f" instead of {exact_text(given.capacity)}" if given is not None else ""
    return (
        f"room for {exact(change.capacity, flow.unit_out if flow is not None else '1')}{now} "
        f"between {called(change.source, plant)} and {called(change.target, plant)}"
    )


def _failures(change: Failures, plant: Plant) -> str:
    name = called(change.asset, plant)
    told = []
    if change.life != 1:
        told.append(f"{name} running {_share(change.life)} of the time between its stops")
    if change.repair_s is not None:
        told.append(f"stops of {name} lasting {duration(change.repair_s)}")
    elif change.repair != 1:
        told.append(f"stops of {name} lasting {_share(change.repair)} of what they last")
    return " and ".join(told) or f"stops of {name} as they are"


def _moved(change: StopMoved, plant: Plant) -> str:
    stop = f"the stop of {called(change.line, plant)} planned for {moment(change.start, plant)}"
    if change.by_s is None:
        return f"{stop} left out"
    return f"{stop} {duration(abs(change.by_s))} {'later' if change.by_s >= 0 else 'sooner'}"


def _later(after_s: float) -> str:
    return f" after {duration(after_s)}" if after_s > 0 else ""


def _share(factor: float) -> str:
    """A factor in per cent, as exactly as it was said."""
    return exact(round(100 * factor, 9), "%")


def _text(value: float) -> str:
    return exact_text(round(value, 9))
