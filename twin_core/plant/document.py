"""A plant file's text becomes a Plant, or one sentence that says what is wrong, where.

Text comes in by argument and class files through `read`: this module opens nothing. Unknown keys
are errors. Every error carries the file, line and column of the node that is wrong.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from twin_core.errors import PlantFileError, Unusable
from twin_core.plant.assets import DERIVED, Area, Flow, Line, Plant, Point, Unit
from twin_core.plant.cell_file import cells
from twin_core.plant.class_file import load_classes
from twin_core.plant.classes import EquipmentClass, PointSpec
from twin_core.plant.coherence import counted_finely, measured_twice
from twin_core.plant.derivation import Declared, derive
from twin_core.plant.links import links
from twin_core.plant.making import Making
from twin_core.plant.marked import Document, Loc
from twin_core.plant.production import Prices
from twin_core.plant.source import Source
from twin_core.plant.warehouse_file import warehouses

_TOP = {
    "schema", "site", "name", "timezone", "classes", "sources", "areas", "links", "products",
    "orders", "shifts", "changeovers", "prices", "cells", "warehouses",
}  # fmt: skip

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_STEP = re.compile(r"[a-z0-9_-]+")
_STEPS = "small letters a to z, digits, _ and -"


def load(
    text: str, file: str, read: Callable[[str], str], check: Callable[[Plant], None] | None = None
) -> Plant:
    """The plant that `text` describes.

    Args:
        text: the plant file, YAML.
        file: its name, for messages.
        read: returns the text of a class file named in `classes:` (relative to the plant file).
        check: raises Unusable for what a connector cannot use; absent = nobody looks at it.

    Raises:
        PlantFileError: anything that is not a plant; line and column from 1.
    """
    doc = Document.parse(text, file)
    doc.only((), _TOP)
    doc.schema()
    classes: dict[str, EquipmentClass] = {}
    for i, name in enumerate(doc.items(("classes",))):
        if not isinstance(name, str):
            told = "names of class files are needed; with classes themselves it is a class file"
            raise doc.error(("classes", i), told)
        try:
            class_text = read(name)
        except UnicodeDecodeError as problem:
            raise doc.error(("classes", i), f"class file “{name}” is not UTF-8 text") from problem
        except (OSError, KeyError, ValueError) as problem:
            raise doc.error(("classes", i), f"class file “{name}” cannot be read") from problem
        for kind in load_classes(class_text, name):
            if kind.id in classes:
                raise doc.error(("classes", i), f"class “{kind.id}” is defined twice")
            classes[kind.id] = kind
    builder = _Builder(doc, classes)
    plant = builder.plant()
    try:
        if check is not None:
            check(plant)
    except Unusable as problem:
        raise builder.placed(problem) from problem
    return plant


class _Builder:
    """Puts the parts together; paths in the file are relative to the site."""

    def __init__(self, doc: Document, classes: dict[str, EquipmentClass]) -> None:
        self.doc = doc
        self.classes = classes
        self._taken: set[tuple[str, object]] = set()
        self._stands: dict[tuple[str, str], str] = {}  # source, address → point
        self._line_at: list[tuple[Loc, Line]] = []
        self._derived: list[Declared] = []
        self._at: dict[str, Loc] = {}  # where a source or point is told
        self._point_at: list[tuple[Loc, Point]] = []
        self.site = self._step(("site",))
        self.sources = tuple(
            self._source(("sources", i)) for i, _ in enumerate(doc.items(("sources",)))
        )
        self._pushed = [source.id for source in self.sources if source.pushed]

    def plant(self) -> Plant:
        doc = self.doc
        areas = tuple(self._area(("areas", i)) for i, _ in enumerate(doc.items(("areas",))))
        if not areas:
            raise doc.error(("areas",), "a plant has at least one area")
        units = {u.id: u for a in areas for line in a.lines for u in line.units}
        lines = {line.id for a in areas for line in a.lines}
        read = {name: p for u in units.values() for p in u.points for name in (p.id, *p.aliases)}
        derived = derive(doc, self._derived, read)
        places = {declared.path: declared.at for declared in self._derived}
        for point in derived:
            for alias in point.aliases:
                self._once((*places[point.id], "aliases"), "path", alias)
        making = Making(doc, self.site, lines, self.classes, self._once)
        products = making.products()
        for product in doc.mapping(("prices", "margin")):
            if product not in {p.id for p in products}:
                allowed = ", ".join(p.id for p in products) or "none"
                raise doc.error(("prices", "margin", product), f"no product “{product}”", allowed)
        plant = doc.model(
            Plant,
            (),
            {
                "site": self.site,
                "name": doc.text(("name",)),
                "timezone": self._timezone(),
                "areas": areas,
                "links": links(doc, self.site, units),
                "cells": cells(doc, self.site, units),
                "warehouses": warehouses(doc),
                "derived": derived,
                "classes": self.classes,
                "sources": self.sources,
                "products": products,
                "orders": making.orders({p.id for p in products}),
                "shifts": making.shifts(),
                "changeovers": making.changeovers({p.id for p in products}),
                "prices": doc.model(Prices, ("prices",))
                if doc.at(("prices",)) is not None
                else None,
            },
        )
        counted_finely(doc, plant, self._line_at)
        measured_twice(doc, plant, self._point_at)
        return plant

    def placed(self, problem: Unusable) -> PlantFileError:
        """What a connector said, at its place in the file."""
        at = self._at.get(problem.of, ())
        said = f"{problem.what}: {problem.given}"
        return self.doc.error((*at, *problem.keys), said, problem.allowed)

    def _timezone(self) -> str:
        name = self.doc.text(("timezone",))
        unknown = self.doc.error(
            ("timezone",), f"no time zone “{name}”", "an IANA name such as Europe/Copenhagen"
        )
        if _ZONE.fullmatch(name) is None:
            raise unknown
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError) as problem:
            raise unknown from problem
        return name

    def _once(self, at: Loc, kind: str, name: str | int) -> None:
        """Refuse a second thing of that kind and name."""
        if (kind, name) in self._taken:
            raise self.doc.error(at, f"{kind} “{name}” is defined twice")
        self._taken.add((kind, name))

    def _source(self, at: Loc) -> Source:
        source = self.doc.model(Source, at)
        self._once((*at, "id"), "source", source.id)
        if source.id == DERIVED:
            raise self.doc.error((*at, "id"), f"“{DERIVED}” is what points without a source have")
        self._at[source.id] = at
        return source

    def _step(self, at: Loc) -> str:
        """The id at a place: one step of a path."""
        step = self.doc.text(at)
        if _STEP.fullmatch(step) is None:
            raise self.doc.error(at, f"“{step}” cannot be an id", _STEPS)
        return step

    def _path(self, at: Loc, *above: str) -> str:
        """The path of what stands at a place, by its id."""
        path = "/".join((*above, self._step((*at, "id"))))
        self._once((*at, "id"), "path", path)
        return path

    def _area(self, at: Loc) -> Area:
        doc = self.doc
        doc.only(at, {"id", "name", "names", "lines"})
        path = self._path(at, self.site)
        lines = tuple(
            self._line((*at, "lines", i), path) for i, _ in enumerate(doc.items((*at, "lines")))
        )
        data = {**doc.mapping(at), "id": path, "name": doc.text((*at, "name")), "lines": lines}
        return doc.model(Area, at, data)

    def _line(self, at: Loc, area: str) -> Line:
        doc = self.doc
        doc.only(at, {"id", "name", "names", "kind", "unit_of_flow", "counted_at", "units"})
        path = self._path(at, area)
        units = tuple(
            self._unit((*at, "units", i), path) for i, _ in enumerate(doc.items((*at, "units")))
        )
        data = {**doc.mapping(at), "id": path, "name": doc.text((*at, "name")), "units": units}
        if "counted_at" in data:
            data["counted_at"] = f"{path}/{data['counted_at']}"
            if data["counted_at"] not in {u.id for u in units if u.flow is not None}:
                allowed = ", ".join(u.id.rsplit("/", 1)[1] for u in units if u.flow is not None)
                raise doc.error((*at, "counted_at"), "no such machine on this line", allowed)
        line = doc.model(Line, at, data)
        self._line_at.append((at, line))
        return line

    def _unit(self, at: Loc, line: str) -> Unit:
        doc = self.doc
        doc.only(at, {"id", "name", "names", "class", "source", "parameters", "flow", "points",
                      "derived"})  # fmt: skip
        path = self._path(at, line)
        class_id = doc.text((*at, "class"))
        kind = self.classes.get(class_id)
        if kind is None:
            allowed = ", ".join(sorted(self.classes))
            raise doc.error((*at, "class"), f"no equipment class “{class_id}”", allowed)
        parameters = {name: p.value for name, p in kind.parameters.items()}
        for name, value in doc.mapping((*at, "parameters")).items():
            if name not in kind.parameters:
                allowed = ", ".join(kind.parameters) or "none"
                raise doc.error(
                    (*at, "parameters", name), f"class {class_id} has no “{name}”", allowed
                )
            parameters[name] = value
        if doc.at((*at, "source")) is not None:
            self._known_source((*at, "source"), doc.text((*at, "source")))
        flow = None
        if doc.at((*at, "flow")) is not None:
            doc.only((*at, "flow"), {"in", "takes", "out", "gives"})
            given = doc.mapping((*at, "flow"))
            renamed = {{"in": "unit_in", "out": "unit_out"}.get(k, k): v for k, v in given.items()}
            flow = doc.model(Flow, (*at, "flow"), renamed)
        points = tuple(
            self._point((*at, "points", name), path, kind, str(name), doc.at((*at, "source")))
            for name in doc.mapping((*at, "points"))
        )
        for name in doc.mapping((*at, "derived")):
            here = (*at, "derived", str(name))
            if _STEP.fullmatch(str(name)) is None:
                raise doc.error(here, f"“{name}” cannot be an id", _STEPS)
            self._once(here, "path", f"{path}/{name}")
            self._derived.append(Declared(here, path, str(name)))
        data = {
            "id": path,
            "name": doc.text((*at, "name")),
            "names": doc.items((*at, "names")),
            "class_id": class_id,
            "parameters": parameters,
            "flow": flow,
            "points": points,
        }
        return doc.model(Unit, at, data)

    def _point(
        self, at: Loc, unit: str, kind: EquipmentClass, name: str, source: str | None
    ) -> Point:
        doc = self.doc
        spec = kind.point(name)
        if spec is None:
            allowed = ", ".join(p.id for p in kind.points) or "none"
            raise doc.error(at, f"class {kind.id} has no point “{name}”", allowed)
        given = dict(doc.mapping(at))
        own = {k: given.pop(k) for k in ("address", "source", "names", "aliases") if k in given}
        own.setdefault("source", source)
        if own["source"] in self._pushed:
            own.setdefault("address", f"{unit}/{name}")
        if "address" not in own:
            raise doc.error(at, f"point “{name}” has no address")
        if own["source"] is None:
            raise doc.error(at, f"neither point “{name}” nor its unit names a source")
        self._known_source((*at, "source"), own["source"])
        if "id" in given:
            raise doc.error((*at, "id"), "unknown key “id”: a point is called by its key")
        if given:
            spec = doc.model(PointSpec, at, spec.overlaid(given))
        path = f"{unit}/{name}"
        self._once(at, "path", path)
        point = doc.model(Point, at, {"id": path, "unit_id": unit, "spec": spec, **own})
        for alias in point.aliases:
            self._once((*at, "aliases"), "path", alias)
        self._alone(at, point)
        self._at[path] = at
        self._point_at.append((at, point))
        return point

    def _alone(self, at: Loc, point: Point) -> None:
        """Refuse a second point at one address: one of the two would show the other's value."""
        other = self._stands.setdefault((point.source, _written(point.address)), point.id)
        if other != point.id:
            raise self.doc.error(
                (*at, "address"),
                f"“{point.id}” and “{other}” have one address of source “{point.source}”",
                "an address of its own for every point of a source",
            )

    def _known_source(self, at: Loc, source: object) -> None:
        if source not in [s.id for s in self.sources]:
            allowed = ", ".join(s.id for s in self.sources) or "none"
            raise self.doc.error(at, f"no source “{source}”", allowed)


def _written(address: Any) -> str:
    """One text for equal addresses, whatever the order of their keys."""
    return repr(sorted(address.items(), key=repr) if isinstance(address, Mapping) else address)
