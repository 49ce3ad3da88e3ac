"""Which orders share a tour: the seed algorithm, and savings. It must never drop an order.

How well orders go together is judged by the length of their common S-shape tour, whatever route
is walked in the end: it needs each aisle's farthest pick alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.simulation.tours import s_shape_m
from twin_core.simulation.warehouse import Crew, Layout, PickOrder, Spot, Times, Warehouse

Method: TypeAlias = Literal["seed", "savings"]


@dataclass(frozen=True, slots=True, eq=False)
class Basket:
    """What one order asks a picker to do.

    Attributes:
        spots: one a line; `seconds` of each line at the slot, float64[lines], on average.
        m3: on the cart.
        far: aisle → its farthest spot, metres.
    """

    spots: tuple[Spot, ...]
    seconds: NDArray[np.float64]
    m3: float
    far: dict[int, float]


def baskets_of(
    warehouse: Warehouse, orders: Sequence[PickOrder], times: Times
) -> tuple[Basket, ...]:
    """One a order; the lines of an article take its slots in turn."""
    turn: dict[str, int] = {}
    found = []
    for order in orders:
        spots, seconds, m3 = list[Spot](), list[float](), 0.0
        for line in order.lines:
            article, slots = warehouse.by_id[line.article], warehouse.faces[line.article]
            turn[article.id] = turn.get(article.id, -1) + 1
            slot = slots[turn[article.id] % len(slots)]
            spots.append(warehouse.layout.spot(slot))
            handled = line.quantity * times.unit_s(article.weight)
            seconds.append(times.search_s + slot.level * times.level_s + handled)
            m3 += line.quantity * article.volume_m3
        found.append(Basket(tuple(spots), np.array(seconds), m3, farthest(spots)))
    return tuple(found)


def farthest(spots: Sequence[Spot]) -> dict[int, float]:
    """Aisle → its farthest spot, metres."""
    far: dict[int, float] = {}
    for aisle, y in spots:
        far[aisle] = max(y, far.get(aisle, 0.0))
    return far


def batches(
    layout: Layout, crew: Crew, baskets: Sequence[Basket], method: Method
) -> list[tuple[int, ...]]:
    """Indices of `baskets` by tour, each once; the most urgent must come first in `baskets`.

    An order beyond the cart is alone.
    """
    makes = _by_seed if method == "seed" else _by_savings
    return makes(layout, crew, baskets)


def _by_seed(layout: Layout, crew: Crew, baskets: Sequence[Basket]) -> list[tuple[int, ...]]:
    """The most urgent order is the seed; what lengthens its tour least joins, while it fits.

    De Koster, R., van der Poort, E. and Wolters, M.: Efficient orderbatching methods in
    warehouses. *Int. J. of Production Research* 37 (1999), 1479–1504.
    """
    left, found = list(range(len(baskets))), []
    while left:
        members = [left.pop(0)]
        far, m3 = dict(baskets[members[0]].far), baskets[members[0]].m3
        while len(members) < crew.most_orders:
            fits = [i for i in left if m3 + baskets[i].m3 <= crew.most_m3]
            if not fits:
                break
            nearest = min(fits, key=lambda i: s_shape_m(layout, _both(far, baskets[i].far)))
            left.remove(nearest)
            members.append(nearest)
            far, m3 = _both(far, baskets[nearest].far), m3 + baskets[nearest].m3
        found.append(tuple(members))
    return found


def _by_savings(layout: Layout, crew: Crew, baskets: Sequence[Basket]) -> list[tuple[int, ...]]:
    """Pairs in the order of what they save by going together; tours grow while they fit.

    Clarke, G. and Wright, J. W., *Operations Research* 12 (1964), 568–581, as the algorithm
    C&W(i) of De Koster et al. (1999).
    """
    alone = [s_shape_m(layout, b.far) for b in baskets]
    pairs = [
        (alone[i] + alone[j] - s_shape_m(layout, _both(baskets[i].far, baskets[j].far)), i, j)
        for i, j in combinations(range(len(baskets)), 2)
    ]
    tours = {i: [i] for i in range(len(baskets))}
    for saved, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        a, b = tours[i], tours[j]
        # two tours that have both grown stay apart: C&W(i) adds single orders
        if saved <= 0 or a is b or (len(a) > 1 and len(b) > 1):
            continue
        if len(a) + len(b) > crew.most_orders:
            continue
        if sum(baskets[k].m3 for k in (*a, *b)) > crew.most_m3:
            continue
        a += b
        for k in b:
            tours[k] = a
    return sorted({min(tour): tuple(sorted(tour)) for tour in tours.values()}.values())


def _both(a: dict[int, float], b: dict[int, float]) -> dict[int, float]:
    return {aisle: max(a.get(aisle, 0.0), b.get(aisle, 0.0)) for aisle in {*a, *b}}
