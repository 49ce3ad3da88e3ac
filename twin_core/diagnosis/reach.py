"""What a failure mode brings about, and in which direction: its own signature, effects, links.

Less given by a producer lowers its header and the flow through it, and makes its peers work
harder; more drawn lowers the header and raises every flow. Whether a consumer feels its header is
asked of the caller. It must never look at a value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from twin_core.diagnosis.graph import consumers, is_tie, ties
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import SETTINGS, Act, FailureMode, Role, Shows

Ways = frozenset[str]
Felt = Callable[[Unit, Unit, Ways], bool]
"""Whether a header that moves in one of these ways is felt by a consumer of it."""
UP: Ways = frozenset({"high", "rising"})
DOWN: Ways = frozenset({"low", "falling"})
ANY: Ways = UP | DOWN
_FLOW = {Role.SPEED, Role.STATE, Role.DEFECTIVE, Role.LEVEL}
_GIVES = {"producer", "header", "tie"}


@dataclass(frozen=True, slots=True)
class Reach:
    """What a failure mode at an asset can bring about.

    Attributes:
        ways: point → how it would show there.
        units: assets it can touch at all.
        lines: production lines whose flow it can disturb.
        own: the points among them that are the asset's own.
        via: potentials of the headers through which it reaches others.
    """

    ways: Mapping[str, Ways]
    units: frozenset[str]
    lines: frozenset[str]
    own: frozenset[str] = frozenset()
    via: frozenset[str] = frozenset()

    def given(self, plant: Plant) -> "Reach":
        """The same where no header moved: of others at it only that they give more, or less."""
        kept = {
            p: w
            for p, w in self.ways.items()
            if p in self.own
            or (
                plant.point(p).unit_id in self.units
                and plant.point(p).spec.role in {Role.FLOW, Role.OUTPUT}
            )
        }
        return replace(self, ways=kept)

    def alone(self, plant: Plant, asset: str) -> "Reach":
        """The same without what goes through headers."""
        ways = {p: w for p, w in self.ways.items() if p in self.own}
        lines = {plant.line(asset).id} & self.lines
        return Reach(ways, frozenset({asset}), frozenset(lines), self.own)


@dataclass(slots=True)
class _Growing:
    """A reach being put together; `through`: the headers it has gone through."""

    plant: Plant
    felt: Felt
    ways: dict[str, Ways] = field(default_factory=dict)
    through: set[str] = field(default_factory=set)

    def add(self, point: str, ways: Ways) -> bool:
        known = self.ways.get(point, frozenset())
        self.ways[point] = known | ways
        return not ways <= known

    def role(self, unit: Unit, role: Role, ways: Ways) -> bool:
        point = unit.with_role(role)
        return point is not None and self.add(point.id, ways)


def everybody(_header: Unit, _consumer: Unit, _ways: Ways) -> bool:
    """Every consumer feels its header, however it moves."""
    return True


def reach(plant: Plant, unit_id: str, mode: FailureMode, felt: Felt = everybody) -> Reach:
    """What the mode at the unit explains when it is seen, there and elsewhere.

    Args:
        plant: for links and classes.
        unit_id: path of the unit.
        mode: of its class.
        felt: who feels a header.
    """
    unit, grown = plant.unit(unit_id), _Growing(plant, felt)
    for symptom in mode.symptoms:
        if ":" not in symptom.point and symptom.point != "supplied":
            grown.add(f"{unit_id}/{symptom.point}", _listed(symptom.shows))
    if mode.sensor:
        return Reach(grown.ways, frozenset({unit_id}), frozenset(), frozenset(grown.ways))
    _own(grown, unit, mode)
    own = frozenset(grown.ways)
    units, via = {unit_id}, set[str]()
    adverse, draws = _adverse(mode.acts), any(a.on == "demand" for a in mode.acts)
    for header in _headers(plant, unit_id, _media(plant, unit_id, mode)):
        units.add(header)
        via |= _potentials(plant, header)
        units |= _through(grown, unit_id, header, draws=draws, adverse=adverse)
        if header == unit_id and adverse and not draws:
            _relieved(grown, plant.units[header])
    lines = _disturbed(plant, units, grown.ways)
    for link in (*plant.links_from(unit_id, "feeds"), *plant.links_into(unit_id, "feeds")):
        other = link.target if link.source == unit_id else link.source
        if plant.line(other).kind == "production":
            lines.add(plant.line(other).id)
    return Reach(grown.ways, frozenset(units), frozenset(lines), own, frozenset(via))


def unlisted(plant: Plant, unit: Unit, felt: Felt = everybody) -> Reach:
    """The reach of a mode that the class does not list: anything at the asset, and giving less.

    Args:
        plant: for links and classes.
        unit: the asset.
        felt: who feels a header.
    """
    grown = _Growing(plant, felt, {p.id: ANY for p in unit.points})
    own, units, via = frozenset(grown.ways), {unit.id}, set[str]()
    if plant.class_of(unit.id).model in _GIVES:
        media = {k.medium for k in plant.links_from(unit.id, "supplies") if k.medium}
        for header in _headers(plant, unit.id, media):
            units.add(header)
            via |= _potentials(plant, header)
            units |= _through(grown, unit.id, header, draws=False, adverse=True)
    lines = _disturbed(plant, units, grown.ways)
    line = plant.line(unit.id)
    lines |= {line.id} if line.kind == "production" else set()
    return Reach(grown.ways, frozenset(units), frozenset(lines), own, frozenset(via))


def _potentials(plant: Plant, header: str) -> set[str]:
    return {p.id for p in plant.units[header].points if p.spec.role is Role.POTENTIAL}


def _disturbed(plant: Plant, units: Iterable[str], ways: Mapping[str, Ways]) -> set[str]:
    """Production lines whose flow is disturbed at one of the units."""
    return {
        plant.line(u).id
        for u in units
        if plant.line(u).kind == "production" and _disturbs(plant, u, ways)
    }


def _listed(shows: Shows) -> Ways:
    """A level brings its trend along, a trend its level."""
    for ways in (UP, DOWN):
        if shows in ways:
            return ways
    return frozenset({shows})


def _adverse(acts: tuple[Act, ...]) -> bool:
    """Whether the mode gives less or draws more; false where it does the contrary."""
    sizes = [a.size for a in acts if a.on in {"capacity", "demand"}]
    return not any(s.low >= 1 for s in sizes if s.high > 1) or any(a.on == "demand" for a in acts)


def _own(grown: _Growing, unit: Unit, mode: FailureMode) -> None:
    acts = {a.on for a in mode.acts}
    for act in mode.acts:
        if act.point is not None:
            ways = UP if act.size.low >= 0 else DOWN if act.size.high <= 0 else ANY
            grown.add(f"{unit.id}/{act.point}", ways)
    if "speed" in acts:
        grown.role(unit, Role.SPEED, DOWN)
    if acts & {"stops", "outage"}:
        grown.role(unit, Role.STATE, frozenset({"stopping"}))
    if "rejects" in acts:
        grown.role(unit, Role.DEFECTIVE, frozenset({"high"}))
    for point in unit.points:
        if point.id in grown.ways and point.spec.measures is not None:
            grown.add(f"{unit.id}/{point.spec.measures}", grown.ways[point.id])
    if grown.plant.class_of(unit.id).model == "producer" and acts & {"capacity", "outage"}:
        for point in unit.points:  # what stands does nothing; what follows a load tells nothing
            if point.spec.role is Role.FLOW:
                grown.add(point.id, DOWN if _adverse(mode.acts) else UP)
            elif point.spec.role is Role.POTENTIAL:
                grown.add(point.id, ANY)
            elif point.spec.role is Role.OUTPUT:
                grown.add(point.id, DOWN if "outage" in acts else ANY)
            elif point.spec.role not in SETTINGS and "outage" in acts:
                grown.add(point.id, DOWN)
    _bend(grown, unit, set())


def _media(plant: Plant, unit_id: str, mode: FailureMode) -> set[str]:
    """The media through which the mode reaches others."""
    acts = {a.on for a in mode.acts if not _of_itself(plant, unit_id, a)}
    if plant.class_of(unit_id).model in _GIVES:
        if acts & {"capacity", "outage", "demand", "offset", "speed"}:
            return {k.medium for k in plant.links_from(unit_id, "supplies") if k.medium}
        return set()
    if "demand" in acts:
        named = {s.point.partition("supply:")[2] for s in mode.symptoms} - {""}
        return named or {k.medium for k in plant.links_into(unit_id, "supplies") if k.medium}
    return set()


def _of_itself(plant: Plant, unit_id: str, act: Act) -> bool:
    """Whether it only moves what a producer shows of itself: how it shakes, how warm it runs."""
    if act.on != "offset" or plant.class_of(unit_id).model != "producer":
        return False
    point = plant.units[unit_id].point(act.point or "")
    return point is not None and point.spec.role is Role.PROCESS


def _through(
    grown: _Growing, unit_id: str, header_id: str, *, draws: bool, adverse: bool
) -> set[str]:
    """What the mode does through one header; the units it touches there."""
    plant = grown.plant
    header, touched = plant.units[header_id], set[str]()
    grown.through.add(header_id)
    falls = (header.parameters.get("direction", 1.0) > 0) == adverse
    model = plant.class_of(unit_id).model
    grown.role(header, Role.POTENTIAL, DOWN if falls else UP)
    near = _linked(plant, unit_id, header_id)
    for point in header.points:
        if point.spec.role is Role.PROCESS and near:
            grown.add(point.id, ANY)
    grown.role(header, Role.FLOW, (UP if draws else DOWN) if near else ANY)
    for other in consumers(plant, header_id):
        consumer = plant.units[other]
        if grown.felt(header, consumer, DOWN if falls else UP):
            touched.add(other)
            _bend(grown, consumer, {k.medium or "" for k in plant.links_from(header_id)})
            touched |= _onward(grown, consumer)
    if model == "header" and not draws:
        return touched  # what passes less through a header does not drain its producers
    for link in plant.links_into(header_id, "supplies"):
        producer = plant.units[link.source]
        touched.add(producer.id)
        if producer.id == unit_id:
            continue
        for point in producer.points:
            if point.spec.role is Role.POTENTIAL:
                grown.add(point.id, DOWN if falls else UP)
            elif point.spec.role in {Role.FLOW, Role.OUTPUT} and not is_tie(plant, producer.id):
                grown.add(point.id, UP)
            elif point.spec.role not in SETTINGS and point.spec.role is not Role.PROCESS:
                grown.add(point.id, ANY)  # its process values follow its load, or are its own
        if draws:
            _from_before(grown, producer.id, {header_id})
    return touched


def _relieved(grown: _Growing, header: Unit) -> None:
    """Of the producers of a header that passes less: they give less, of what they keep too much."""
    ways = UP if header.parameters.get("direction", 1.0) > 0 else DOWN
    for link in grown.plant.links_into(header.id, "supplies"):
        producer = grown.plant.units[link.source]
        if not is_tie(grown.plant, producer.id):
            grown.role(producer, Role.POTENTIAL, ways)
            grown.role(producer, Role.FLOW, DOWN)


def _onward(grown: _Growing, producer: Unit) -> set[str]:
    """What a producer does to its own headers that gives less for want of what it is supplied."""
    plant, touched, flow = grown.plant, set[str](), producer.with_role(Role.FLOW)
    less = flow is not None and bool(DOWN & grown.ways.get(flow.id, frozenset()))
    if plant.class_of(producer.id).model != "producer" or not less:
        return touched
    for link in plant.links_from(producer.id, "supplies"):
        if plant.class_of(link.target).model == "header" and link.target not in grown.through:
            touched.add(link.target)
            touched |= _through(grown, producer.id, link.target, draws=False, adverse=True)
    return touched


def _from_before(grown: _Growing, unit_id: str, seen: set[str]) -> None:
    """What an asset gives more it takes more: of all that supply it, at any remove."""
    for link in grown.plant.links_into(unit_id, "supplies"):
        if link.source in seen:
            continue
        seen.add(link.source)
        for point in grown.plant.units[link.source].points:
            if point.spec.role in {Role.FLOW, Role.OUTPUT}:
                grown.add(point.id, UP)
        _from_before(grown, link.source, seen)


def _linked(plant: Plant, unit_id: str, header_id: str) -> bool:
    """Whether the unit is the header or directly at it, not beyond a tie."""
    if unit_id == header_id:
        return True
    around = (*plant.links_into(header_id, "supplies"), *plant.links_from(header_id, "supplies"))
    return any(unit_id in {k.source, k.target} for k in around)


def _disturbs(plant: Plant, unit_id: str, ways: Mapping[str, Ways]) -> bool:
    unit = plant.units[unit_id]
    return any(p.spec.role in _FLOW and p.id in ways for p in unit.points) or (
        plant.class_of(unit_id).model == "conveyor"
    )


def _bend(grown: _Growing, unit: Unit, media: set[str]) -> None:
    """Add what the class's effects move, given what has moved and which supplies are off."""
    plain = {
        "speed": (Role.SPEED, DOWN),
        "rejects": (Role.DEFECTIVE, frozenset({"high"})),
        "stops": (Role.STATE, frozenset({"stopping"})),
    }
    for _ in range(3):
        changed = False
        for effect in grown.plant.class_of(unit.id).effects:
            kind, _, name = effect.by.partition(":")
            moved = name in media if kind == "supply" else f"{unit.id}/{effect.by}" in grown.ways
            if not moved:
                continue
            if effect.on in plain:
                role, ways = plain[effect.on]
                changed |= grown.role(unit, role, ways)
            elif effect.on == "offset" and effect.point is not None:
                ways = UP if effect.ceiling > 0 else DOWN
                changed |= grown.add(f"{unit.id}/{effect.point}", ways)
            elif effect.on == "capacity":
                changed |= grown.role(unit, Role.FLOW, DOWN)
                changed |= grown.role(unit, Role.OUTPUT, ANY)
                changed |= grown.role(unit, Role.POTENTIAL, ANY)
        if not changed:
            return


def _headers(plant: Plant, unit_id: str, media: set[str]) -> list[str]:
    """Headers that feel the unit: those it supplies, draws from or is, and those tied to them."""
    first: list[str] = []
    if media and plant.class_of(unit_id).model == "header":
        first.append(unit_id)
    for link in (*plant.links_from(unit_id, "supplies"), *plant.links_into(unit_id, "supplies")):
        other = link.target if link.source == unit_id else link.source
        if link.medium in media and plant.class_of(other).model == "header":
            first.append(other)
    found = list(dict.fromkeys(first))
    for header in list(found):
        for tie in ties(plant, header):
            for link in (*plant.links_from(tie, "supplies"), *plant.links_into(tie, "supplies")):
                other = link.target if link.source == tie else link.source
                if other not in found and other != tie:
                    found.append(other)
    return found
