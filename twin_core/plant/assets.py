"""The plant as its file describes it: Site, Area, Line, Unit, Point, Link (ISA-95 levels).

Frozen, complete and checked when made. It must never know a live value. Everything that walks
the plant (diagnosis, simulation, names) walks these links, never a name it knows.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal

from pydantic import Field
from rapidfuzz import fuzz, process

from twin_core.canonical import digest
from twin_core.errors import UnknownName
from twin_core.plant.cell import Cell
from twin_core.plant.classes import EquipmentClass, PointSpec, Role
from twin_core.plant.formula import Formula
from twin_core.plant.production import Changeovers, Order, Prices, Product, Shift
from twin_core.plant.source import Source
from twin_core.plant.warehouse import Storehouse
from twin_core.value import Path, Slug, Value

_LONGEST = 200  # characters of a path that nothing bears, as far as they are looked at
_LIKE = 60.0  # likeness in percent from which a path may have been meant
DERIVED: str = "derived"
"""The source that derived points name; there is none of that id."""


class Point(Value):
    """One tag: the class's usual point, at home in an asset, with a source and an address.

    Attributes:
        id: full path `site/area/line/unit/point`.
        spec: class defaults overlaid with what the plant file says.
        source: id of the Source that reads it; `derived` of a point that none reads.
        address: opaque to everyone but that source's connector; None of a derived point.
        formula: of a derived point: what it is made of.
        aliases: former ids.
    """

    id: Path
    unit_id: Path
    spec: PointSpec
    source: Slug
    address: Any
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    formula: Formula | None = None

    @property
    def writable(self) -> bool:
        """Whether a write may be proposed at all."""
        return self.spec.adjustable is not None and not self.spec.safety_critical


class Flow(Value):
    """What a machine does per cycle: takes `takes` of `unit_in`, gives `gives` of `unit_out`."""

    unit_in: str
    takes: float = Field(gt=0)
    unit_out: str
    gives: float = Field(gt=0)


class Unit(Value):
    """A machine, conveyor, producer or header (ISA-95 Unit).

    Attributes:
        parameters: class parameters overlaid with what the plant file says.
        flow: for machines; `PRODUCED` counts and `SPEED` are in `unit_out`.
    """

    id: Path
    name: str
    names: tuple[str, ...] = ()
    class_id: Slug
    parameters: dict[Slug, float] = Field(default_factory=dict)
    flow: Flow | None = None
    points: tuple[Point, ...] = ()

    def with_role(self, role: Role) -> Point | None:
        """The first point of that role, if there is one."""
        return next((p for p in self.points if p.spec.role is role), None)

    def point(self, point_id: str) -> Point | None:
        """The point whose last step is `point_id`, if there is one."""
        return next((p for p in self.points if p.spec.id == point_id), None)


class Line(Value):
    """A production line, or for `kind: utility` / `storage` a system of units.

    Attributes:
        unit_of_flow: what its rate counts ("{bottle}"); production lines only.
        counted_at: the machine whose PRODUCED count is the line's output; absent = the last one.
    """

    id: Path
    name: str
    names: tuple[str, ...] = ()
    kind: Literal["production", "utility", "storage"] = "production"
    unit_of_flow: str | None = None
    counted_at: Path | None = None
    units: tuple[Unit, ...] = ()


class Area(Value):
    """A part of the site."""

    id: Path
    name: str
    names: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


class Buffer(Value):
    """What lies between two machines of a line.

    Attributes:
        capacity: things of the upstream machine's `unit_out` that fit.
        travel_s: seconds from end to end when empty.
        conveyor: the unit that carries it, if it is an asset of its own (its LEVEL point tells
            the contents).
    """

    capacity: float = Field(ge=0)
    travel_s: float = Field(default=0.0, ge=0)
    conveyor: Path | None = None


class Link(Value):
    """What one asset does to another, in the direction in which causes travel.

    Attributes:
        kind: `feeds` (material, with a buffer), `supplies` (a medium), `controls`, `measures`.
        source, target: unit paths.
        share: for `supplies`: what the target draws at nominal speed, in the medium's unit of
            flow; for producers, nothing.
    """

    kind: Literal["feeds", "supplies", "controls", "measures"]
    source: Path
    target: Path
    medium: Slug | None = None
    share: float | None = Field(default=None, ge=0)
    buffer: Buffer | None = None


class Plant(Value):
    """A whole site: assets, links, classes, products, calendar, sources.

    `points` are those that sources read, in file order, then the derived ones; a point's index in
    it is the integer used on the hot path for the life of the process (stores keep their own key
    table).

    Attributes:
        derived: points made of others, each after those that it is made of.
        kinds: by path the class of a unit of which more was learnt than its kind's file says; no
            file gives one, and no part of `version`.
        cells: robot cells as drawn; what they are simulated with stands nowhere else.
        warehouses: with what lies where, and who works there.
    """

    site: Slug
    name: str
    timezone: str
    areas: tuple[Area, ...]
    links: tuple[Link, ...] = ()
    classes: dict[Slug, EquipmentClass]
    kinds: dict[Path, EquipmentClass] = Field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    products: tuple[Product, ...] = ()
    orders: tuple[Order, ...] = ()
    shifts: tuple[Shift, ...] = ()
    changeovers: Changeovers = Field(default_factory=dict)
    prices: Prices | None = None
    derived: tuple[Point, ...] = ()
    cells: tuple[Cell, ...] = ()
    warehouses: tuple[Storehouse, ...] = ()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Plant":
        """A changed copy; what was worked out from the original's fields is not copied."""
        copied = super().model_copy(update=update, deep=deep)
        for name in set(copied.__dict__) - set(type(self).model_fields):
            del copied.__dict__[name]
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        """Travels as JSON; a process that has unpacked the same plant before uses that one."""
        return _unpacked, (self._packed,)

    @cached_property
    def _packed(self) -> str:
        return self.model_dump_json()

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every line and utility system."""
        return tuple(line for area in self.areas for line in area.lines)

    @cached_property
    def units(self) -> Mapping[str, Unit]:
        """Path → unit, in file order."""
        return {unit.id: unit for line in self.lines for unit in line.units}

    @cached_property
    def read(self) -> tuple[Point, ...]:
        """Every point that a source reads, in file order."""
        return tuple(point for unit in self.units.values() for point in unit.points)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """Every point: those that are read, then the derived ones."""
        return self.read + self.derived

    def points_of(self, unit: Unit) -> tuple[Point, ...]:
        """The points of a unit, derived ones last."""
        return unit.points + tuple(p for p in self.derived if p.unit_id == unit.id)

    def rests_on(self, path: str) -> tuple[Point, ...]:
        """The points that sources read of which a point is made, itself if it is read."""
        found: dict[str, Point] = {}
        queue = [self.point(path)]
        while queue:
            point = queue.pop(0)
            if point.id not in found:
                found[point.id] = point
                queue += [self.point(p) for p in (point.formula.inputs if point.formula else ())]
        return tuple(p for p in found.values() if p.formula is None)

    def tells_changes(self, point: Point) -> bool:
        """Whether the silence of a point means that it stands (see `Source.on_change`)."""
        return any(source.id == point.source and source.on_change for source in self.sources)

    @cached_property
    def version(self) -> str:
        """Digest of the plant as its file, its class files and the settings' addresses have it."""
        return digest(self.model_dump(mode="json", exclude={"kinds"}))

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Point path or alias → index into `points`."""
        table = {alias: i for i, point in enumerate(self.points) for alias in point.aliases}
        table.update({point.id: i for i, point in enumerate(self.points)})
        return table

    @cached_property
    def redundant(self) -> tuple[tuple[int, ...], ...]:
        """Sets of points that measure the same thing, as indices into `points`, each ascending."""
        of: dict[int, set[int]] = {}
        for i, point in enumerate(self.points):
            fellow = self.fellow(point)
            if fellow is None:
                continue
            joined = of.get(i, {i}) | of.get(self.index[fellow], {self.index[fellow]})
            of.update(dict.fromkeys(joined, joined))
        return tuple(sorted({tuple(sorted(members)) for members in of.values()}))

    def fellow(self, point: Point) -> str | None:
        """The path of the point that this one says it is redundant with; None if it says none."""
        told = point.spec.redundant_with
        if told is None:
            return None
        return f"{self.site}/{told}" if "/" in told else f"{point.unit_id}/{told}"

    @cached_property
    def _lines_by_id(self) -> Mapping[str, Line]:
        return {line.id: line for line in self.lines}

    @cached_property
    def _into(self) -> Mapping[str, tuple[Link, ...]]:
        return {u: tuple(k for k in self.links if k.target == u) for u in self.units}

    @cached_property
    def _out_of(self) -> Mapping[str, tuple[Link, ...]]:
        return {u: tuple(k for k in self.links if k.source == u) for u in self.units}

    def point(self, path: str) -> Point:
        """The point of that path or alias.

        Raises:
            UnknownName: there is none.
        """
        if path not in self.index:
            raise UnknownName("point", path, _nearest(path, self.index))
        return self.points[self.index[path]]

    def unit(self, path: str) -> Unit:
        """The unit of that path.

        Raises:
            UnknownName: there is none.
        """
        if path not in self.units:
            raise UnknownName("asset", path, _nearest(path, self.units))
        return self.units[path]

    def line(self, path: str) -> Line:
        """The line of that path, or the line that holds the unit or point of that path.

        Raises:
            UnknownName: there is none.
        """
        found = self._lines_by_id.get("/".join(path.split("/")[:3]))
        if found is None:
            raise UnknownName("line", path, _nearest(path, self._lines_by_id))
        return found

    def class_of(self, unit_path: str) -> EquipmentClass:
        """The equipment class of the unit."""
        unit = self.unit(unit_path)
        return self.kinds.get(unit.id) or self.classes[unit.class_id]

    def links_into(self, unit_path: str, kind: str | None = None) -> tuple[Link, ...]:
        """Links whose target is the unit, all or of one kind."""
        found = self._into.get(unit_path, ())
        return found if kind is None else tuple(k for k in found if k.kind == kind)

    def links_from(self, unit_path: str, kind: str | None = None) -> tuple[Link, ...]:
        """Links whose source is the unit, all or of one kind."""
        found = self._out_of.get(unit_path, ())
        return found if kind is None else tuple(k for k in found if k.kind == kind)

    def supplier(self, unit_path: str, medium: str) -> str | None:
        """The header (or producer) that supplies the medium to the unit."""
        links = self.links_into(unit_path, "supplies")
        return next((k.source for k in links if k.medium == medium), None)

    def upstream(self, unit_paths: Iterable[str]) -> tuple[str, ...]:
        """The units and whatever supplies them, at any remove, nearest first."""
        found = dict.fromkeys(unit_paths)
        queue = list(found)
        for here in queue:
            for link in self.links_into(here, "supplies"):
                if link.source not in found:
                    found[link.source] = None
                    queue.append(link.source)
        return tuple(found)

    def machines(self, line: Line) -> tuple[Unit, ...]:
        """The machines of a production line in the order of flow (units that have a `flow`)."""
        members = {u.id: u for u in line.units if u.flow is not None}
        first = [
            u for u in members if not any(k.source in members for k in self.links_into(u, "feeds"))
        ]
        return tuple(members[u] for u in self._downstream(first, members))

    def counter(self, line: Line) -> Unit | None:
        """The machine whose PRODUCED count is the line's output; None if it has no machines."""
        if line.counted_at is not None:
            return self.units[line.counted_at]
        machines = self.machines(line)
        return machines[-1] if machines else None

    def in_flow(self, line: Line, unit: Unit) -> float:
        """How many of the line's unit of flow one `unit_out` of the machine is worth.

        A case of twelve is worth 12 bottles; a rinsed bottle 1; a pallet of 60 cases 720.
        Machines before the unit of flow first appears (a pallet of empties) are worth the
        product of what follows.
        """
        machines = self.machines(line)
        at = [m.id for m in machines].index(unit.id)
        worth = 1.0
        for machine in reversed(machines[: at + 1]):
            if machine.flow is None or machine.flow.unit_out == line.unit_of_flow:
                return worth
            worth *= machine.flow.takes / machine.flow.gives
        return worth

    def _downstream(self, first: list[str], members: Mapping[str, Unit]) -> Iterator[str]:
        queue, seen = list(first), set(first)
        while queue:
            here = queue.pop(0)
            yield here
            for link in self.links_from(here, "feeds"):
                if link.target in members and link.target not in seen:
                    seen.add(link.target)
                    queue.append(link.target)


@lru_cache(maxsize=4)
def _unpacked(text: str) -> Plant:
    return Plant.model_validate_json(text)


def _nearest(said: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The paths most like what was said, however long that is."""
    found = process.extract(
        said[:_LONGEST], list(paths), scorer=fuzz.ratio, score_cutoff=_LIKE, limit=3
    )
    return tuple(path for path, _, _ in found)
