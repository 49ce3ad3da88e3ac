"""How a cause at one asset reaches another: along supplies and feeds, through headers and ties.

Causes travel with `supplies` links (a weak compressor, a header, its machines), against them as
demand (a leak at one machine lowers the header of all), with `feeds` as starving and against them
as blocking. It must never look at a value.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from twin_core.plant.assets import Line, Plant, Unit
from twin_core.plant.classes import FailureMode, Role


@dataclass(frozen=True, slots=True)
class Reach:
    """What a failure mode at an asset can bring about.

    Attributes:
        points: points the mode moves, by signature, by the class's effects and along the links.
        units: units it can touch at all.
        lines: production lines whose flow it can disturb.
        own: the points among them that are the asset's own.
        via: potentials of headers through which it reaches others.
    """

    points: frozenset[str]
    units: frozenset[str]
    lines: frozenset[str]
    own: frozenset[str] = frozenset()
    via: frozenset[str] = frozenset()

    def alone(self, plant: Plant, asset: str) -> "Reach":
        """The same without what goes through headers."""
        line = plant.line(asset)
        lines = {line.id} & self.lines
        return Reach(self.own, frozenset({asset}), frozenset(lines), self.own)


def header_of(plant: Plant, unit_id: str, medium: str) -> Unit | None:
    """The header (or producer) that supplies the medium to the unit."""
    for link in plant.links_into(unit_id, "supplies"):
        if link.medium == medium:
            return plant.units[link.source]
    return None


def supplies(plant: Plant, line: Line) -> tuple[str, ...]:
    """Everything that supplies the line's units, at any remove, nearest first."""
    queue = deque(u.id for u in line.units)
    seen = dict.fromkeys(queue)
    while queue:
        here = queue.popleft()
        for link in _into(plant, here):
            if link not in seen:
                seen[link] = None
                queue.append(link)
    own = {u.id for u in line.units}
    return tuple(u for u in seen if u not in own)


def _into(plant: Plant, unit_id: str) -> list[str]:
    """Units from which a supply, or material from outside the line, comes to the unit."""
    line = plant.line(unit_id).id
    found = [k.source for k in plant.links_into(unit_id, "supplies")]
    found += [k.target for k in plant.links_from(unit_id, "supplies") if _is_tie(plant, k.target)]
    for link in plant.links_into(unit_id, "feeds"):
        if plant.line(link.source).id != line:
            found.append(link.source)
    for link in plant.links_from(unit_id, "feeds"):
        if plant.line(link.target).id != line:
            found.append(link.target)
    return found


def consumers(plant: Plant, unit_id: str) -> tuple[str, ...]:
    """Units that draw from a header."""
    return tuple(k.target for k in plant.links_from(unit_id, "supplies"))


def path(plant: Plant, cause: str, complaint: str, by_demand: bool = False) -> tuple[str, ...]:
    """Assets from the cause to the complaint along the links, both included; empty if unlinked."""
    queue = deque([cause])
    came: dict[str, str | None] = {cause: None}
    while queue:
        here = queue.popleft()
        if here == complaint:
            break
        for other in _onward(plant, here, by_demand or here != cause):
            if other not in came:
                came[other] = here
                queue.append(other)
    if complaint not in came:
        return ()
    steps: list[str] = []
    at: str | None = complaint
    while at is not None:
        steps.append(at)
        at = came[at]
    return tuple(reversed(steps))


def _onward(plant: Plant, here: str, with_demand: bool) -> Iterable[str]:
    for link in plant.links_from(here, "supplies"):
        yield link.target
    if _is_tie(plant, here) or plant.class_of(here).model == "header":
        for link in plant.links_into(here, "supplies"):
            if _is_tie(plant, here) or _is_tie(plant, link.source):
                yield link.source
    for link in plant.links_from(here, "feeds"):
        if link.buffer is not None and link.buffer.conveyor is not None:
            yield link.buffer.conveyor
        yield link.target
    for link in plant.links_into(here, "feeds"):
        yield link.source
    for link in plant.links:
        if link.buffer is not None and link.buffer.conveyor == here:
            yield link.target
            yield link.source
    if with_demand:
        for link in plant.links_into(here, "supplies"):
            if plant.class_of(link.source).model == "header":
                yield link.source


def _is_tie(plant: Plant, unit_id: str) -> bool:
    return plant.class_of(unit_id).model == "tie"


def reach(plant: Plant, unit_id: str, mode: FailureMode) -> Reach:
    """What the mode at the unit explains when it is seen elsewhere."""
    unit = plant.unit(unit_id)
    points: set[str] = set()
    for symptom in mode.symptoms:
        if ":" not in symptom.point and symptom.point != "supplied":
            points.add(f"{unit_id}/{symptom.point}")
    if mode.sensor:
        return Reach(frozenset(points), frozenset({unit_id}), frozenset())
    acts = {a.on for a in mode.acts}
    points |= {f"{unit_id}/{a.point}" for a in mode.acts if a.point is not None}
    if "speed" in acts:
        points |= _points(unit, Role.SPEED)
    if "stops" in acts or "outage" in acts:
        points |= _points(unit, Role.STATE)
    if "rejects" in acts:
        points |= _points(unit, Role.DEFECTIVE)
    _measured(unit, points)
    _bend(plant, unit, points, set())
    if plant.class_of(unit_id).model == "producer" and acts & {"capacity", "outage"}:
        points |= {p.id for p in unit.points if p.spec.role not in _SETTINGS}
    units = {unit_id}
    gives = plant.class_of(unit_id).model in {"producer", "header", "tie"}
    media: set[str] = set()
    if gives and acts & {"capacity", "outage", "demand", "offset", "speed"}:
        media = {k.medium for k in plant.links_from(unit_id, "supplies") if k.medium}
    if "demand" in acts and not gives:
        named = {s.point.partition("supply:")[2] for s in mode.symptoms} - {""}
        media = named or {k.medium for k in plant.links_into(unit_id, "supplies") if k.medium}
    own = frozenset(points)
    via: set[str] = set()
    if media:
        for header in _headers(plant, unit_id, media):
            units.add(header)
            via |= _points(plant.units[header], Role.POTENTIAL)
            points |= {p.id for p in plant.units[header].points if p.spec.role in _HEADS}
            for other in consumers(plant, header):
                units.add(other)
                _bend(plant, plant.units[other], points, media)
            if gives and "demand" not in acts and plant.class_of(unit_id).model == "header":
                continue  # what passes less through a header does not drain its producers
            for link in plant.links_into(header, "supplies"):
                units.add(link.source)
                points |= {p.id for p in plant.units[link.source].points if p.spec.role in _HEADS}
    lines = {
        plant.line(u).id
        for u in units
        if plant.line(u).kind == "production" and _disturbs(plant, u, points)
    }
    lines |= {
        plant.line(k.target).id
        for k in plant.links_from(unit_id, "feeds")
        if plant.line(k.target).kind == "production"
    }
    lines |= {
        plant.line(k.source).id
        for k in plant.links_into(unit_id, "feeds")
        if plant.line(k.source).kind == "production"
    }
    return Reach(frozenset(points), frozenset(units), frozenset(lines), own, frozenset(via))


_SETTINGS = {Role.SETPOINT, Role.SPEED_SETPOINT}
_HEADS = {Role.POTENTIAL, Role.FLOW, Role.OUTPUT}


def _disturbs(plant: Plant, unit_id: str, points: set[str]) -> bool:
    flow = {Role.SPEED, Role.STATE, Role.DEFECTIVE, Role.LEVEL}
    unit = plant.units[unit_id]
    return any(p.spec.role in flow and p.id in points for p in unit.points) or (
        plant.class_of(unit_id).model == "conveyor"
    )


def _points(unit: Unit, role: Role) -> set[str]:
    point = unit.with_role(role)
    return {point.id} if point is not None else set()


def _measured(unit: Unit, points: set[str]) -> None:
    """A set-point that moved takes the point that follows it along."""
    for point in unit.points:
        if point.id in points and point.spec.measures is not None:
            points.add(f"{unit.id}/{point.spec.measures}")


def _bend(plant: Plant, unit: Unit, points: set[str], media: set[str]) -> None:
    """Add what the class's effects move, given what has moved and which supplies are off."""
    role = {"speed": Role.SPEED, "rejects": Role.DEFECTIVE, "stops": Role.STATE}
    for _ in range(3):
        before = len(points)
        for effect in plant.class_of(unit.id).effects:
            kind, _, name = effect.by.partition(":")
            moved = name in media if kind == "supply" else f"{unit.id}/{effect.by}" in points
            if not moved:
                continue
            if effect.on in role:
                points |= _points(unit, role[effect.on])
            elif effect.on == "offset" and effect.point is not None:
                points.add(f"{unit.id}/{effect.point}")
            elif effect.on == "capacity":
                points |= {p.id for p in unit.points if p.spec.role in _HEADS}
        if len(points) == before:
            return


def _headers(plant: Plant, unit_id: str, media: set[str]) -> list[str]:
    """Headers that feel the unit: those it supplies, draws from or is, and those tied to them."""
    model = plant.class_of(unit_id).model
    first: list[str] = [unit_id] if model == "header" else []
    for link in (*plant.links_from(unit_id, "supplies"), *plant.links_into(unit_id, "supplies")):
        other = link.target if link.source == unit_id else link.source
        if link.medium in media and plant.class_of(other).model == "header":
            first.append(other)
    found = list(dict.fromkeys(first))
    for header in list(found):
        for tie in _ties(plant, header):
            for link in (*plant.links_from(tie, "supplies"), *plant.links_into(tie, "supplies")):
                other = link.target if link.source == tie else link.source
                if other not in found and other != tie:
                    found.append(other)
    return found


def _ties(plant: Plant, header: str) -> list[str]:
    around = (*plant.links_from(header, "supplies"), *plant.links_into(header, "supplies"))
    others = [k.target if k.source == header else k.source for k in around]
    return [u for u in others if _is_tie(plant, u)]
