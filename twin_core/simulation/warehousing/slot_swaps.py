"""Slots exchanged as long as that shortens the tours of whole orders.

It must never leave goods without a slot, nor lay them where they may not lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin_core.plant.warehouse import (
    Layout,
    PickOrder,
    Slot,
    Times,
    Warehouse,
    Weight,
)
from twin_core.simulation.warehousing.tours import farthest, s_shape_m
from twin_core.simulation.warehousing.wanted_slots import Wanted, faces_of, may_lie, wanted_of

_PASSES = 60
_ALL_PAIRS = 10_000
"""Up to so many exchanges every one is tried, from every start; beyond, one at random a pass."""


def by_order_s(warehouse: Warehouse, orders: Sequence[PickOrder], times: Times) -> float:
    """Walking (S-shape as in one block) and reaching seconds, order by order."""
    wanted = wanted_of(warehouse, orders)
    asked = asked_of(wanted, orders)
    return sum(
        order_s(warehouse.layout, [wanted.slots[u] for u in units], times) for units in asked
    )


def swapped(
    starts: Sequence[Warehouse],
    orders: Sequence[PickOrder],
    times: Times,
    limits: Mapping[Weight, int],
    seed: int,
) -> Warehouse:
    """Exchanges of two slots' contents in random order while that shortens the tours.

    Of few goods every exchange is tried, from every start; of many one at random a pass, from the
    best start.

    An interchange for slotting by orders as in Mantel, R. J., Schuur, P. C. and Heragu, S. S.:
    Order oriented slotting. *European J. of Industrial Engineering* 1 (2007), 301–316.
    """
    every = list(starts[0].layout.slots())
    units = sum(len(slots) for slots in starts[0].faces.values())
    few = units * len(every) <= _ALL_PAIRS
    if not few:
        starts = [min(starts, key=lambda start: by_order_s(start, orders, times))]
    searches = [_Search.of(start, orders, times) for start in starts]
    random = np.random.Generator(np.random.PCG64(seed))
    for search in searches:
        for _ in range(_PASSES):
            gained = False
            for u in random.permutation(units).tolist():
                tried = (
                    random.permutation(len(every)) if few else random.integers(len(every), size=1)
                )
                for to in (every[k] for k in tried.tolist()):
                    gained |= search.may(u, to, limits) and search.swap(u, to)
            if few and not gained:
                break
    best = min(searches, key=lambda search: sum(search.seconds))
    return best.start.moved(faces_of(wanted_of(best.start, orders), best.slots))


@dataclass(eq=False)
class _Search:
    """A slotting under way: what lies where, and what each order takes."""

    start: Warehouse
    times: Times
    owner: tuple[str, ...]
    slots: list[Slot]
    at: dict[Slot, int]
    asked: list[list[int]]
    orders_of: list[list[int]]
    seconds: list[float]

    @classmethod
    def of(cls, start: Warehouse, orders: Sequence[PickOrder], times: Times) -> "_Search":
        wanted = wanted_of(start, orders)
        asked = asked_of(wanted, orders)
        orders_of: list[list[int]] = [[] for _ in wanted.owner]
        for k, units in enumerate(asked):
            for u in dict.fromkeys(units):
                orders_of[u].append(k)
        slots = list(wanted.slots)
        at = {slot: u for u, slot in enumerate(slots)}
        search = cls(start, times, wanted.owner, slots, at, asked, orders_of, [])
        search.seconds = [search.order_s(k) for k in range(len(asked))]
        return search

    def order_s(self, k: int) -> float:
        return order_s(self.start.layout, [self.slots[u] for u in self.asked[k]], self.times)

    def may(self, u: int, to: Slot, limits: Mapping[Weight, int]) -> bool:
        """Whether it is another slot, and both may lie where they would come to lie."""
        other = self.at.get(to)
        if other == u or not may_lie(self.start, self.owner[u], to, limits):
            return False
        return other is None or may_lie(self.start, self.owner[other], self.slots[u], limits)

    def swap(self, u: int, to: Slot) -> bool:
        """Exchange what lies in the unit's slot and in another if that saves time."""
        here, other = self.slots[u], self.at.get(to)
        touched = set(self.orders_of[u]) | set(self.orders_of[other] if other is not None else ())
        self._put(u, to, other, here)
        after = {k: self.order_s(k) for k in touched}
        if sum(after.values()) < sum(self.seconds[k] for k in touched) - 1e-9:
            for k, seconds in after.items():
                self.seconds[k] = seconds
            return True
        self._put(u, here, other, to)
        return False

    def _put(self, u: int, to: Slot, other: int | None, here: Slot) -> None:
        self.at.pop(here if other is None else to, None)
        self.slots[u] = to
        self.at[to] = u
        if other is not None:
            self.slots[other] = here
            self.at[here] = other


def asked_of(wanted: Wanted, orders: Sequence[PickOrder]) -> list[list[int]]:
    """Units by order; the lines of an article take its slots in turn."""
    of: dict[str, list[int]] = {}
    for u, owner in enumerate(wanted.owner):
        of.setdefault(owner, []).append(u)
    turn: dict[str, int] = {}
    found = []
    for order in orders:
        units = []
        for line in order.lines:
            turn[line.article] = turn.get(line.article, -1) + 1
            own = of[line.article]
            units.append(own[turn[line.article] % len(own)])
        found.append(units)
    return found


def order_s(layout: Layout, slots: Sequence[Slot], times: Times) -> float:
    """Walking and reaching seconds of one order."""
    walk = s_shape_m(layout, farthest([layout.spot(slot) for slot in slots]))
    return walk / times.speed_m_s + sum(slot.level for slot in slots) * times.level_s
