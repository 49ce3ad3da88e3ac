"""A plant as large as wanted, with a small one's mix: the small one many times over.

Each copy has areas, lines, links, sources and derived points of its own; classes, products and
shifts are shared. It must never have a point of a kind that the plant file has not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twin_core.plant.assets import Plant, Unit
from twin_core.value import Path

_SHARED = {"classes", "products", "orders", "shifts", "prices"}
_WORDS = {"suppressed_while"}
"""Keys under which words stand that may also be the name of a source."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """Names of one copy: areas and sources carry its number; the first keeps its names."""

    site: str
    sources: frozenset[str]
    number: int

    def of(self, part: Any) -> Any:
        """A part of the plant's tree with the copy's names."""
        if not self.number:
            return part
        if isinstance(part, Mapping):
            return {
                self.of(key): value if key in _WORDS else self.of(value)
                for key, value in part.items()
            }
        if isinstance(part, list | tuple):
            return [self.of(item) for item in part]
        if part in self.sources:
            return f"{part}_{self.number}"
        if isinstance(part, str):
            return re.sub(rf"\b({self.site}/[^/]+)", rf"\1_{self.number}", part)
        return part


def enlarged(plant: Plant, points: int) -> Plant:
    """`plant` as often as it takes to read `points` points; the last copy is cut short."""
    own = {source.id for source in plant.sources}
    one = sum(point.source in own for point in plant.points)
    names = frozenset(own)
    copies = [_Copy(plant.site, names, k) for k in range(-(-points // one))]
    tree = plant.model_dump()
    for name, part in tree.items():
        if name not in _SHARED and isinstance(part, list | tuple):
            whole = copies if name in {"areas", "links", "sources"} else copies[: points // one]
            tree[name] = [item for copy in whole for item in copy.of(part)]
    for product in tree["products"]:
        product["rates"] = {
            line: rate for copy in copies for line, rate in copy.of(product["rates"]).items()
        }
    for shift in tree["shifts"]:
        shift["stops"] = [stop for copy in copies for stop in copy.of(shift["stops"])]
    return _cut(Plant.model_validate(tree), points)


def _cut(plant: Plant, points: int) -> Plant:
    """The plant with only the first `points` of the points that are read."""
    kept: dict[Path, Unit] = {}
    for unit in plant.units.values():
        kept[unit.id] = unit.model_copy(update={"points": unit.points[: max(0, points)]})
        points -= len(unit.points)
    areas = tuple(
        area.model_copy(
            update={
                "lines": tuple(
                    line.model_copy(update={"units": tuple(kept[unit.id] for unit in line.units)})
                    for line in area.lines
                )
            }
        )
        for area in plant.areas
    )
    read = {point.source for unit in kept.values() for point in unit.points}
    sources = tuple(source for source in plant.sources if source.id in read)
    return plant.model_copy(update={"areas": areas, "sources": sources})
