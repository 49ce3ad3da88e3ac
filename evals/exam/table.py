"""A table that others measured, as a plant: columns are points, rows come ten plant seconds apart.

What is usual is taken from healthy rows alone. It must never look at a row before it came.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.cause import Diagnosis
from twin_core.diagnosis.diagnose import diagnose
from twin_core.ingest import Twin
from twin_core.plant.assets import Area, Line, Link, Plant, Point, Unit
from twin_core.plant.classes import EquipmentClass, PointSpec
from twin_core.plant.source import Source
from twin_core.reading import GOOD, Batch, SourceEvent
from twin_core.twin import GRID_S
from twin_core.value import SECOND, Range

_START = 1_000_000 * SECOND
_USUAL = (0.01, 0.99)
"""Quantiles of the healthy rows between which a value is usual."""


def plant_of(
    columns: Sequence[str],
    healthy: NDArray[np.float64],
    links: Sequence[tuple[str, str]] = (),
    *,
    together: bool = False,
) -> tuple[Plant, Mapping[str, str]]:
    """A plant in which each name in `columns` is an asset with a point a column.

    Args:
        columns: what each column belongs to.
        healthy: rows from which ranges and noise are taken, float64[T, P]; NaN = not measured.
        links: from the asset that supplies to the one that is supplied.
        together: all are asked about at once; else each with what supplies it.

    Returns:
        The plant, and for each name its asset.
    """
    names = list(dict.fromkeys(columns))
    unit = {
        name: f"table/set/{'all' if together else f'l{n}'}/u{n}" for n, name in enumerate(names)
    }
    units: dict[str, list[Unit]] = {}
    specs = []
    for name in names:
        points = []
        for i, owner in enumerate(columns):
            if owner == name:
                spec = _spec(f"c{i}", healthy[:, i])
                specs.append(spec)
                points.append(
                    Point(
                        id=f"{unit[name]}/{spec.id}", unit_id=unit[name], spec=spec,
                        source="file", address=i,
                    )
                )  # fmt: skip
        made = Unit(id=unit[name], name=name, class_id="thing", points=tuple(points))
        units.setdefault(unit[name].rsplit("/", 1)[0], []).append(made)
    lines = [Line(id=x, name=x, kind="utility", units=tuple(some)) for x, some in units.items()]
    kind = EquipmentClass(id="thing", name="thing", model="other", points=tuple(specs))
    return Plant(
        site="table", name="table", timezone="UTC", classes={"thing": kind},
        areas=(Area(id="table/set", name="set", lines=tuple(lines)),),
        links=tuple(
            Link(kind="supplies", source=unit[a], target=unit[b])
            for a, b in links
            if a in unit and b in unit
        ),
        sources=(Source(id="file", name="file", kind="replay", url="file://table"),),
    ), unit  # fmt: skip


class Reader:
    """A twin that is read rows to, and asked between them.

    Args:
        plant: of `plant_of`.
        order: column of each point of the plant.
    """

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self._twin = Twin(plant)
        self._now = _START
        self._order = np.array([int(p.address) for p in plant.points])
        self._twin.apply(SourceEvent(source="file", kind="up", time=self._now), self._now)

    def read(self, rows: NDArray[np.float64]) -> None:
        """Hear rows, float64[T, P] in the order of the table's columns."""
        for row in rows:
            self._now += GRID_S * SECOND
            value = row[self._order]
            point = np.flatnonzero(np.isfinite(value)).astype(np.int32)
            at = np.full(len(point), self._now - SECOND, dtype=np.int64)
            status = np.full(len(point), GOOD, dtype=np.uint32)
            batch = Batch(point=point, time=at, value=value[point], status=status, received=at)
            self._twin.apply(batch, self._now)
            self._twin.tick(self._now)

    def ask(self, asset: str, rows: int) -> Diagnosis:
        """Why an asset does what it does, over so many rows."""
        snapshot = self._twin.snapshot(self._now)
        return diagnose(snapshot, asset, float(rows * GRID_S), 1)


def _spec(name: str, seen: NDArray[np.float64]) -> PointSpec:
    known = seen[np.isfinite(seen)]
    if not len(known):
        wide = Range(low=-1e12, high=1e12)
        return PointSpec(id=name, name=name, unit="1", limits=wide, period_s=GRID_S)
    low, high = (float(x) for x in np.quantile(known, _USUAL))
    step = np.abs(np.diff(known)) if len(known) > 1 else np.zeros(1)
    span = max(float(np.ptp(known)), 1e-6)
    noise = max(1.4826 / np.sqrt(2.0) * float(np.median(step)), 1e-3 * span)
    return PointSpec(
        id=name, name=name, unit="1", period_s=GRID_S, noise=noise,
        normal=Range(low=low, high=high) if high > low else None,
        limits=Range(low=float(known.min()) - 1e3 * span, high=float(known.max()) + 1e3 * span),
    )  # fmt: skip
