"""What a plant file says of one place must fit what it says of others; errors name the place.

It must never change a plant.
"""

from collections.abc import Sequence

from twin_core.plant.assets import Line, Plant, Point
from twin_core.plant.marked import Document, Loc

COARSEST_S = 10.0
"""Longest time between two counts of a line at its nominal rate: a row of the twin's grid."""


def counted_finely(doc: Document, plant: Plant, lines: Sequence[tuple[Loc, Line]]) -> None:
    """Refuse a line counted in lumps: between two of them nobody could say that it runs."""
    for at, line in lines:
        rates = [p.rates[line.id] for p in plant.products if line.id in p.rates]
        counter = plant.counter(line)
        if counter is None or not rates:
            continue
        every_s = 60.0 * plant.in_flow(line, counter) / min(rates)
        if every_s > COARSEST_S:
            raise doc.error(
                (*at, "counted_at"),
                f"{counter.name} counts once in {every_s:.0f} s at the nominal rate",
                f"a machine that counts at least once in {COARSEST_S:.0f} s",
            )


def measured_twice(doc: Document, plant: Plant, points: Sequence[tuple[Loc, Point]]) -> None:
    """Refuse a redundant point whose fellow is not there, or measures something else."""
    for at, point in points:
        fellow = plant.fellow(point)
        if fellow is None:
            continue
        place = (*at, "redundant_with")
        if fellow not in plant.index or fellow == point.id:
            raise doc.error(
                place, f"no other point “{fellow}”", "a point's id, or its path below the site"
            )
        unit = plant.point(fellow).spec.unit
        if unit != point.spec.unit:
            raise doc.error(place, f"“{fellow}” is in {unit}", point.spec.unit)
