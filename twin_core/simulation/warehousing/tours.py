"""A picker's way past the places of a tour: S-shape, largest gap, and the shortest there is.

Lengths are metres on the floor, from the depot and back to it. It must never look at a clock.
"""

from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.warehouse import Layout, Spot
from twin_core.simulation.warehousing.shortest_tour import shortest

Routing: TypeAlias = Literal["s_shape", "largest_gap", "shortest"]


def tour(layout: Layout, places: Collection[Spot], routing: Routing) -> tuple[Spot, ...]:
    """The spots a picker walks through, straight from one to the next; depot first and last.

    Raises:
        ImpossibleScenario: S-shape or largest gap across the middle cross-aisles of a layout
            (they are rules for one block).
    """
    if not places:
        return ()
    if routing == "shortest":
        return shortest(layout, places)
    if layout.crossings:
        raise ImpossibleScenario(
            f"{routing} routes past {len(layout.crossings)} middle cross-aisles",
            "“shortest”, or a layout without them",
        )
    aisles = _by_aisle(places)
    corners = s_shape(layout, aisles) if routing == "s_shape" else largest_gap(layout, aisles)
    return tuple(corners)


def length_m(layout: Layout, walk: Iterable[Spot]) -> float:
    """Of a walk from spot to spot."""
    spots = list(walk)
    return sum(layout.walk_m(a, b) for a, b in pairwise(spots))


def s_shape(layout: Layout, aisles: dict[int, list[float]]) -> list[Spot]:
    """Through every aisle with a pick, end to end; into an odd last one and back.

    Hall, R. W.: Distance approximations for routing manual pickers in a warehouse. *IIE
    Transactions* 25 (1993), 76–87 (there “traversal”).
    """
    back, home = layout.depth_m, layout.home
    walk: list[Spot] = [home]
    y = 0.0
    order = sorted(aisles)
    for i, aisle in enumerate(order):
        ys = aisles[aisle]
        if i == len(order) - 1 and y == 0.0:
            walk += [(aisle, 0.0), *((aisle, at) for at in ys), (aisle, 0.0)]
            break
        walk.append((aisle, y))
        walk += [(aisle, at) for at in (ys if y == 0.0 else ys[::-1])]
        y = back - y
        walk.append((aisle, y))
    walk.append(home)
    return walk


def s_shape_m(layout: Layout, aisles: dict[int, float]) -> float:
    """Length of the S-shape tour, from each aisle's farthest pick alone (see `s_shape`)."""
    if not aisles:
        return 0.0
    first, last = min(aisles), max(aisles)
    across = abs(layout.depot - first) + (last - first) + abs(last - layout.depot)
    through, odd = divmod(len(aisles), 2)
    inside = 2 * through * layout.depth_m + (2.0 * aisles[last] if odd else 0.0)
    return across * layout.gap_m + inside


def farthest(spots: Iterable[Spot]) -> dict[int, float]:
    """Aisle → its farthest spot, metres."""
    far: dict[int, float] = {}
    for aisle, y in spots:
        far[aisle] = max(y, far.get(aisle, 0.0))
    return far


def s_shapes_m(layout: Layout, far: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `s_shape_m` for many tours at once, float64[tours].

    Args:
        layout: of all.
        far: metres of the farthest pick by tour and aisle, float64[tours, aisles]; 0 = none.
    """
    visited = far > 0
    aisles = visited.sum(axis=1)
    first = visited.argmax(axis=1)
    last = far.shape[1] - 1 - visited[:, ::-1].argmax(axis=1)
    across = np.abs(layout.depot - first) + (last - first) + np.abs(last - layout.depot)
    into = np.where(aisles % 2 == 1, 2.0 * far[np.arange(len(far)), last], 0.0)
    return np.where(
        aisles > 0, across * layout.gap_m + 2 * (aisles // 2) * layout.depth_m + into, 0.0
    )


def largest_gap(layout: Layout, aisles: dict[int, list[float]]) -> list[Spot]:
    """Through the first and the last aisle; into each other from both ends up to its largest gap.

    Hall (1993), as `s_shape`.
    """
    order = sorted(aisles)
    if len(order) == 1:
        return s_shape(layout, aisles)
    back, home = layout.depth_m, layout.home
    first, *between, last = order
    walk: list[Spot] = [home, (first, 0.0), *((first, y) for y in aisles[first]), (first, back)]
    near: dict[int, list[float]] = {}
    for aisle in between:
        ys = aisles[aisle]
        edges = [0.0, *ys, back]
        gaps = [above - below for below, above in pairwise(edges)]
        cut = gaps.index(max(gaps))
        near[aisle], far = ys[:cut], ys[cut:]
        if far:
            walk += [(aisle, back), *((aisle, y) for y in far[::-1]), (aisle, back)]
    walk += [(last, back), *((last, y) for y in aisles[last][::-1]), (last, 0.0)]
    for aisle in between[::-1]:
        if near[aisle]:
            walk += [(aisle, 0.0), *((aisle, y) for y in near[aisle]), (aisle, 0.0)]
    walk.append(home)
    return walk


def _by_aisle(places: Collection[Spot]) -> dict[int, list[float]]:
    found: dict[int, set[float]] = {}
    for aisle, y in places:
        found.setdefault(aisle, set()).add(y)
    return {aisle: sorted(ys) for aisle, ys in found.items()}
