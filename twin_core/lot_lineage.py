"""How a lot was made: on which machines, under which settings, with which readings.

Readings are folded as they come; what was not believed counts for nothing and is told. It must
never say that a lot is good: it says what was read and against which limits.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from twin_core.columns import count_cap
from twin_core.lineage import Doubt, before
from twin_core.lot_folds import Check, Count, Setting, Steps, Toleranced, Written
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.production import Lot, Product
from twin_core.ports import Historian
from twin_core.provenance import Spell
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Path, Value


class Doubted(Value):
    """A point that was in quarantine while the lot was made."""

    point: Path
    doubt: Doubt


class LotLineage(Value):
    """A lot and how it was made.

    Attributes:
        made: counted in the line's unit of flow, None if nothing counts it.
        machines, supplies: units of the line, and those that supply or control them.
        missing: what is not there to tell, one clause each.
    """

    lot: Lot
    product: str
    unit_of_flow: str
    made: float | None
    machines: tuple[Path, ...]
    supplies: tuple[Path, ...]
    settings: tuple[Setting, ...]
    tolerances: tuple[Toleranced, ...]
    doubted: tuple[Doubted, ...]
    plant_version: str
    missing: tuple[str, ...]


async def lot_lineage(
    snapshot: Snapshot, historian: Historian, lot: Lot, written: Sequence[Written] = ()
) -> LotLineage:
    """How a lot was made, so far.

    Args:
        snapshot: belief now, with what it remembers of quarantine.
        historian: where readings are.
        lot: one of `twin_core.lots`.
        written: approved writes that were sent, any points and times.

    Raises:
        StoreDown: the history cannot be read.
    """
    plant, line = snapshot.plant, snapshot.plant.line(lot.line)
    end = snapshot.now if lot.end is None else lot.end
    product = next((p for p in plant.products if p.id == lot.product), None)
    limits = _tolerances(plant, line.units, product)
    settings = {p.id: Steps() for u in line.units for p in u.points if p.spec.role in SETTINGS}
    checks = {path: Check(*limit) for path, limit in limits.items()}
    counter = plant.counter(line)
    counted = None if counter is None else counter.with_role(Role.PRODUCED)
    count = Count()
    folds: dict[str, Steps | Check | Count] = {**settings, **checks}
    if counter is not None and counted is not None:
        count = Count(end=counted.spec.limits.high, cap=count_cap(counter))
        folds[counted.id] = count
    supplies = _suppliers(plant, line.units)
    around = {p.id for u in (*line.units, *supplies) for p in u.points}
    spells = [
        s for s in snapshot.provenance.spells if s.point in around and s.overlaps(lot.start, end)
    ]
    await _fold(snapshot, historian, folds, lot.start, end)
    recipe = {} if product is None else product.recipe
    return LotLineage(
        lot=lot,
        product=f"number {lot.number}" if product is None else product.name,
        unit_of_flow=line.unit_of_flow or "1",
        made=count.made * plant.in_flow(line, counter) if counted and counter else None,
        machines=tuple(u.id for u in line.units),
        supplies=tuple(u.id for u in supplies),
        settings=tuple(
            settings[p.id].told(p, recipe.get(u.class_id, {}).get(p.spec.id), written)
            for u in line.units
            for p in u.points
            if p.id in settings
        ),
        tolerances=tuple(
            check.told(plant.point(path), _covered(spells, path, lot.start, end), end)
            for path, check in checks.items()
        ),
        doubted=tuple(Doubted(point=s.point, doubt=Doubt.of(s)) for s in spells),
        plant_version=plant.version,
        missing=_missing(lot, product, limits, counted),
    )


async def _fold(
    snapshot: Snapshot,
    historian: Historian,
    folds: Mapping[str, "Steps | Check | Count"],
    start: Instant,
    end: Instant,
) -> None:
    """Let every fold see the believed readings of its point, in order of plant time.

    Where a source tells only changes, what stood when the span began is the first of them.
    """
    plant = snapshot.plant
    by_index = {plant.index[path]: (plant.point(path), fold) for path, fold in folds.items()}
    standing = [point for point, _ in by_index.values() if plant.tells_changes(point)]
    for index, last in (await before(snapshot, historian, standing, start)).items():
        point, fold = by_index[index]
        time = np.array([start])
        value = snapshot.provenance.believed(point, time, last.value, last.status)
        known = np.isfinite(value)
        fold.add(time[known], value[known])
    async for batch in historian.heard(list(by_index), start, end):
        for index in np.unique(batch.point).tolist():
            point, fold = by_index[index]
            mine = batch.point == index
            time = batch.time[mine]
            value = snapshot.provenance.believed(point, time, batch.value[mine], batch.status[mine])
            known = np.isfinite(value)
            fold.add(time[known], value[known])


def _tolerances(
    plant: Plant, units: Sequence[Unit], product: Product | None
) -> dict[str, tuple[float, float]]:
    """Point → limits that the product allows, of the line's own machines."""
    allowed = {} if product is None else product.tolerances
    return {
        point.id: allowed[unit.class_id][point.spec.id]
        for unit in units
        for point in plant.points_of(unit)
        if point.formula is None and point.spec.id in allowed.get(unit.class_id, {})
    }


def _suppliers(plant: Plant, units: Sequence[Unit]) -> list[Unit]:
    """Units beyond the line that supply, control or measure its machines."""
    own = {u.id for u in units}
    found = dict.fromkeys(
        link.source
        for unit in units
        for link in plant.links_into(unit.id)
        if link.source not in own and link.kind != "feeds"
    )
    return [plant.unit(path) for path in found]


def _covered(spells: Sequence[Spell], path: str, start: Instant, end: Instant) -> float:
    """Plant seconds of a span in which the point was in quarantine."""
    return sum(
        (min(end, end if s.until is None else s.until) - max(start, s.since)) / SECOND
        for s in spells
        if s.point == path
    )


def _missing(
    lot: Lot, product: Product | None, limits: Mapping[str, object], counted: Point | None
) -> tuple[str, ...]:
    found = ["no source tells of lots: it is a run of one product number on the line"]
    if not lot.begun:
        found.append("its beginning was not seen")
    if len(lot.orders) != 1:
        many = f"{len(lot.orders)} orders" if lot.orders else "no order"
        found.append(f"the plant file has {many} for it, and no time of any")
    else:
        found.append(f"the plant file has one order for it, {lot.orders[0]}, and no time of it")
    if product is None:
        found.append(f"the plant file has no product number {lot.number}")
    elif not limits:
        found.append("the product has no tolerance for any point of this line")
    if counted is None:
        found.append("nothing counts what the line makes")
    return tuple(found)
