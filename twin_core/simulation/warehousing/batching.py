"""Which orders share a tour: the seed algorithm, and savings. It must never drop an order.

How well orders go together is judged by the length of their common S-shape tour, whatever route
is walked in the end: it needs each aisle's farthest pick alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import TooLarge
from twin_core.plant.warehouse import (
    Crew,
    Layout,
    PickOrder,
    Spot,
    Times,
    Warehouse,
)
from twin_core.simulation.warehousing.tours import s_shapes_m

Method: TypeAlias = Literal["seed", "savings"]

MOST_TOGETHER = 2_000
"""Orders whose pairs are all weighed at once; two million of them."""
MOST_BY_SEED = 6_000
"""Orders of which each seed looks at all that are left: some seconds."""
_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Basket:
    """What one order asks a picker to do.

    Attributes:
        spots: one a line; `seconds` of each line at the slot, float64[lines], on average.
        m3: on the cart.
        far: metres of the farthest spot by aisle, float64[aisles]; 0 = none.
    """

    spots: tuple[Spot, ...]
    seconds: NDArray[np.float64]
    m3: float
    far: NDArray[np.float64]


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
        far = np.zeros(warehouse.layout.aisles)
        for aisle, y in spots:
            far[aisle] = max(y, far[aisle])
        found.append(Basket(tuple(spots), np.array(seconds), m3, far))
    return tuple(found)


def batches(
    layout: Layout, crew: Crew, baskets: Sequence[Basket], method: Method
) -> list[tuple[int, ...]]:
    """Indices of `baskets` by tour, each once; the most urgent must come first in `baskets`.

    An order beyond the cart is alone.

    Raises:
        TooLarge: more than MOST_TOGETHER by savings, or MOST_BY_SEED.
    """
    if len(baskets) > MOST_BY_SEED:
        raise TooLarge(
            f"{len(baskets):,} orders that go out together, each weighed against each,",
            f"{MOST_BY_SEED:,} of them",
        )
    if method == "savings" and len(baskets) > MOST_TOGETHER:
        raise TooLarge(
            f"{len(baskets):,} orders that go out together, by savings",
            f"{MOST_TOGETHER:,} of them, a shorter window, or “seed” as method",
        )
    makes = _by_seed if method == "seed" else _by_savings
    return makes(layout, crew, baskets)


def _by_seed(layout: Layout, crew: Crew, baskets: Sequence[Basket]) -> list[tuple[int, ...]]:
    """The most urgent order is the seed; what lengthens its tour least joins, while it fits.

    De Koster, R., van der Poort, E. and Wolters, M.: Efficient orderbatching methods in
    warehouses. *Int. J. of Production Research* 37 (1999), 1479–1504.
    """
    every, m3 = np.stack([b.far for b in baskets]), np.array([b.m3 for b in baskets])
    left, found = np.arange(len(baskets)), []
    while len(left):
        members, far, load = [int(left[0])], every[left[0]], m3[left[0]]
        left = left[1:]
        while len(members) < crew.most_orders:
            fits = left[load + m3[left] <= crew.most_m3]
            if not len(fits):
                break
            nearest = int(fits[s_shapes_m(layout, np.maximum(far, every[fits])).argmin()])
            left = left[left != nearest]
            members.append(nearest)
            far, load = np.maximum(far, every[nearest]), load + m3[nearest]
        found.append(tuple(members))
    return found


def _by_savings(layout: Layout, crew: Crew, baskets: Sequence[Basket]) -> list[tuple[int, ...]]:
    """Pairs in the order of what they save by going together; tours grow while they fit.

    Clarke, G. and Wright, J. W., *Operations Research* 12 (1964), 568–581, as the algorithm
    C&W(i) of De Koster et al. (1999).
    """
    every = np.stack([b.far for b in baskets])
    alone = s_shapes_m(layout, every)
    first, second = np.triu_indices(len(baskets), 1)
    together = [s_shapes_m(layout, np.maximum(every[i], every[i + 1 :])) for i in range(len(every))]
    saves = alone[first] + alone[second] - np.concatenate(together)
    # the most saved first; of equal ones the most urgent
    gains = np.flatnonzero(saves > 0)
    best = gains[np.argsort(-saves[gains], kind="stable")]
    tours = {i: [i] for i in range(len(baskets))}
    orders, m3 = np.ones(len(baskets), np.int64), np.array([b.m3 for b in baskets])
    for start in range(0, len(best), _AT_ONCE):
        # most pairs are of two tours that have grown, or that do not fit: those go in one look
        block = best[start : start + _AT_ONCE]
        a, b = first[block], second[block]
        open_ = (orders[a] == 1) | (orders[b] == 1)
        open_ &= orders[a] + orders[b] <= crew.most_orders
        open_ &= m3[a] + m3[b] <= crew.most_m3 * (1 + 1e-9)
        for k in block[open_].tolist():
            tour = _joined(tours[int(first[k])], tours[int(second[k])], crew, baskets)
            for i in tour:
                tours[i] = tour
            orders[tour], m3[tour] = len(tour), sum(baskets[i].m3 for i in tour)
    return sorted({min(tour): tuple(sorted(tour)) for tour in tours.values()}.values())


def _joined(a: list[int], b: list[int], crew: Crew, baskets: Sequence[Basket]) -> list[int]:
    """Both tours as one; none where they stay apart.

    Two that have both grown do: C&W(i) adds single orders.
    """
    if a is b or (len(a) > 1 and len(b) > 1) or len(a) + len(b) > crew.most_orders:
        return []
    both = [*a, *b]
    return both if sum(baskets[i].m3 for i in both) <= crew.most_m3 else []
