"""Where goods should lie: by popularity, cube per order, exact assignment, and swaps.

An article keeps the number of slots it has. It only says: nothing is moved here, and a slotting
is worth what `picking_ranked.compare` makes of it on orders it was not made from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.simulation.batching import farthest
from twin_core.simulation.tours import s_shape_m
from twin_core.simulation.warehouse import (
    Layout,
    Name,
    PickOrder,
    Slot,
    Times,
    Warehouse,
    Weight,
)
from twin_core.value import Value

Rule: TypeAlias = Literal["popularity", "cube_per_order", "assignment", "swaps"]

MOST_CELLS = 16_000_000
"""Slots wanted times slots there are, in an exact assignment (some seconds)."""

_PASSES = 60
_ALL_PAIRS = 10_000
"""Up to so many exchanges every one is tried, from every start; beyond, one at random a pass."""


class Misplaced(Value):
    """An article that lies wrong, where it should lie, and what that saves.

    Attributes:
        saves_s: picker seconds over the history, its lines fetched one by one.
    """

    article: Name
    lies: tuple[Slot, ...]
    should: tuple[Slot, ...]
    saves_s: float


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """Every slot that goods take, as `owner` article and lines it is picked, int64[units]."""

    owner: tuple[str, ...]
    slots: tuple[Slot, ...]
    lines: NDArray[np.float64]


def slotted(
    warehouse: Warehouse,
    orders: Sequence[PickOrder],
    times: Times,
    rule: Rule,
    *,
    highest: Mapping[Weight, int] | None = None,
    seed: int = 0,
) -> Warehouse:
    """The same goods, lying by a rule.

    - `popularity`: what is wanted most often nearest.
    - `cube_per_order`: what has the least space per line nearest (Heskett, J. L., *Transportation
      and Distribution Management* 3, 1963, 27–31); the optimum where each line is fetched by
      itself and every slot takes everything (Kallina and Lynn, *Interfaces* 7, 1976, 37–46).
    - `assignment`: the optimum for lines fetched by themselves, whatever may lie where.
    - `swaps`: the better of the last two and the present one for tours order by order, then slots
      exchanged as long as that shortens them; a local optimum. It learns from whole orders, and
      from few of them it learns chance too: judge it on others.

    Args:
        warehouse: with the slots that each article has now.
        orders: the history it is made from.
        times: walking and reaching.
        rule: one of the above.
        highest: weight class → the highest level it may lie on; absent = anywhere.
        seed: of the order in which swaps are tried.

    Raises:
        UnknownName, ImpossibleScenario: orders that cannot be picked here; goods that find no
            slot they may lie in.
        TooLarge: an exact assignment of more than MOST_CELLS.
    """
    warehouse.check(orders)
    wanted, limits = _wanted(warehouse, orders), highest or {}
    match rule:
        case "popularity":
            return _greedy(warehouse, wanted, times, limits, per_slot=False)
        case "cube_per_order":
            return _greedy(warehouse, wanted, times, limits, per_slot=True)
        case "assignment":
            return _assigned(warehouse, wanted, times, limits)
        case "swaps":
            return _swapped(warehouse, orders, wanted, times, limits, seed)


def one_by_one_s(warehouse: Warehouse, orders: Sequence[PickOrder], times: Times) -> float:
    """Walking and reaching seconds over the history, each line fetched by itself."""
    wanted = _wanted(warehouse, orders)
    reach = np.array([_reach_s(warehouse.layout, slot, times) for slot in wanted.slots])
    return float(wanted.lines @ reach)


def by_order_s(warehouse: Warehouse, orders: Sequence[PickOrder], times: Times) -> float:
    """Walking (S-shape as in one block) and reaching seconds, order by order."""
    wanted = _wanted(warehouse, orders)
    asked = _asked(wanted, orders)
    return sum(
        _order_s(warehouse.layout, [wanted.slots[u] for u in units], times) for units in asked
    )


def misplaced(
    now: Warehouse, better: Warehouse, orders: Sequence[PickOrder], times: Times, most: int = 10
) -> tuple[Misplaced, ...]:
    """What lies wrong beside a better slotting of the same goods, the dearest first."""
    seconds = {
        name: _by_article(warehouse, orders, times)
        for name, warehouse in (("now", now), ("better", better))
    }
    saves = {a: seconds["now"][a] - seconds["better"].get(a, 0.0) for a in seconds["now"]}
    worst = sorted((a for a in saves if saves[a] > 0), key=lambda a: (-saves[a], a))
    return tuple(
        Misplaced(article=a, lies=now.faces[a], should=better.faces[a], saves_s=saves[a])
        for a in worst[:most]
    )


def _by_article(
    warehouse: Warehouse, orders: Sequence[PickOrder], times: Times
) -> dict[str, float]:
    wanted = _wanted(warehouse, orders)
    found: dict[str, float] = {}
    for owner, slot, lines in zip(wanted.owner, wanted.slots, wanted.lines, strict=True):
        seconds = float(lines) * _reach_s(warehouse.layout, slot, times)
        found[owner] = found.get(owner, 0.0) + seconds
    return found


def _reach_s(layout: Layout, slot: Slot, times: Times) -> float:
    """There and back for one line."""
    walk = 2.0 * layout.walk_m(layout.home, layout.spot(slot)) / times.speed_m_s
    return walk + slot.level * times.level_s


def _wanted(warehouse: Warehouse, orders: Sequence[PickOrder]) -> _Wanted:
    lines: dict[str, int] = {}
    for order in orders:
        for line in order.lines:
            lines[line.article] = lines.get(line.article, 0) + 1
    units = [(a, slot, len(slots)) for a, slots in warehouse.faces.items() for slot in slots]
    return _Wanted(
        tuple(a for a, _, _ in units),
        tuple(slot for _, slot, _ in units),
        np.array([lines.get(a, 0) / n for a, _, n in units]),
    )


def _may(warehouse: Warehouse, article: str, slot: Slot, limits: Mapping[Weight, int]) -> bool:
    return slot.level <= limits.get(warehouse.by_id[article].weight, slot.level)


def _faces(wanted: _Wanted, slots: Sequence[Slot]) -> dict[str, tuple[Slot, ...]]:
    found: dict[str, tuple[Slot, ...]] = {}
    for owner, slot in zip(wanted.owner, slots, strict=True):
        found[owner] = (*found.get(owner, ()), slot)
    return found


def _greedy(
    warehouse: Warehouse,
    wanted: _Wanted,
    times: Times,
    limits: Mapping[Weight, int],
    *,
    per_slot: bool,
) -> Warehouse:
    """Each article in turn takes the nearest slots it may lie in; the most bound class first."""
    layout = warehouse.layout
    free = sorted(layout.slots(), key=lambda slot: _reach_s(layout, slot, times))
    slots: list[Slot | None] = [None] * len(wanted.owner)
    count = {a: len(faces) for a, faces in warehouse.faces.items()}
    lines = [
        float(wanted.lines[u]) * (1 if per_slot else count[a]) for u, a in enumerate(wanted.owner)
    ]
    order = sorted(range(len(slots)), key=lambda u: (-lines[u], wanted.owner[u]))
    left = _left_for_others(warehouse, wanted, limits, free)
    for u in order:
        owner = wanted.owner[u]
        bound = limits.get(warehouse.by_id[owner].weight)
        for i, slot in enumerate(free):
            if _may(warehouse, owner, slot, limits) and left.spares(slot.level, bound):
                slots[u] = free.pop(i)
                left.take(slot.level, bound)
                break
        else:
            raise ImpossibleScenario(
                f"no slot for {owner}, a {warehouse.by_id[owner].weight} article",
                "more slots on the levels it may lie on",
            )
    return warehouse.moved(_faces(wanted, [slot for slot in slots if slot is not None]))


@dataclass
class _Room:
    """Free slots and goods still to come by the highest level they may lie on.

    So that what may lie anywhere does not take the last low slot of what may not: by Hall's
    theorem on nested sets it is enough that, for each limit, as many slots at or below it are
    free as goods bound to it or below are to come.
    """

    free: dict[int, int]
    to_come: dict[int, int]

    def spares(self, level: int, bound: int | None) -> bool:
        """Whether one with that limit may take a slot on that level."""
        for limit in self.to_come:
            if limit < level or (bound is not None and bound <= limit):
                continue
            below = sum(n for at, n in self.free.items() if at <= limit)
            if below - 1 < sum(n for at, n in self.to_come.items() if at <= limit):
                return False
        return True

    def take(self, level: int, bound: int | None) -> None:
        """It has taken it."""
        self.free[level] -= 1
        if bound is not None:
            self.to_come[bound] -= 1


def _left_for_others(
    warehouse: Warehouse, wanted: _Wanted, limits: Mapping[Weight, int], free: Sequence[Slot]
) -> _Room:
    levels: dict[int, int] = {}
    for slot in free:
        levels[slot.level] = levels.get(slot.level, 0) + 1
    to_come: dict[int, int] = {}
    for owner in wanted.owner:
        bound = limits.get(warehouse.by_id[owner].weight)
        if bound is not None:
            to_come[bound] = to_come.get(bound, 0) + 1
    return _Room(levels, to_come)


def _assigned(
    warehouse: Warehouse, wanted: _Wanted, times: Times, limits: Mapping[Weight, int]
) -> Warehouse:
    """Jonker–Volgenant, as in scipy (Crouse, *IEEE Trans. Aerospace* 52, 2016, 1679–1696)."""
    from scipy.optimize import linear_sum_assignment

    places, goods = warehouse.layout.places, len(wanted.owner)
    if places * goods > MOST_CELLS:
        raise TooLarge(
            f"an exact assignment of {goods} slots' goods to {places} slots", f"{MOST_CELLS} pairs"
        )
    slots = list(warehouse.layout.slots())
    reach = np.array([_reach_s(warehouse.layout, slot, times) for slot in slots])
    cost = np.outer(wanted.lines, reach)
    level = np.array([slot.level for slot in slots])
    for u, owner in enumerate(wanted.owner):
        bound = limits.get(warehouse.by_id[owner].weight)
        if bound is not None:
            cost[u, level > bound] = np.inf
    try:
        _, chosen = linear_sum_assignment(cost)
    except ValueError as why:  # scipy's word for a matrix without a finite assignment
        raise ImpossibleScenario(
            "goods that find no slot they may lie in", "more slots on low levels, or higher limits"
        ) from why
    return warehouse.moved(_faces(wanted, [slots[k] for k in chosen]))


def _asked(wanted: _Wanted, orders: Sequence[PickOrder]) -> list[list[int]]:
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


def _order_s(layout: Layout, slots: Sequence[Slot], times: Times) -> float:
    walk = s_shape_m(layout, farthest([layout.spot(slot) for slot in slots]))
    return walk / times.speed_m_s + sum(slot.level for slot in slots) * times.level_s


def _swapped(
    warehouse: Warehouse,
    orders: Sequence[PickOrder],
    wanted: _Wanted,
    times: Times,
    limits: Mapping[Weight, int],
    seed: int,
) -> Warehouse:
    """Exchanges of two slots' contents in random order while that shortens the tours.

    An interchange for slotting by orders as in Mantel, R. J., Schuur, P. C. and Heragu, S. S.:
    Order oriented slotting. *European J. of Industrial Engineering* 1 (2007), 301–316.
    """
    starts = [
        _greedy(warehouse, wanted, times, limits, per_slot=True),
        _assigned(warehouse, wanted, times, limits),
    ]
    if all(_may(warehouse, a, s, limits) for a, s in zip(wanted.owner, wanted.slots, strict=True)):
        starts.append(warehouse)
    every = list(warehouse.layout.slots())
    few = len(wanted.owner) * len(every) <= _ALL_PAIRS
    if not few:
        starts = [min(starts, key=lambda start: by_order_s(start, orders, times))]
    searches = [_Search.of(start, orders, times) for start in starts]
    random = np.random.Generator(np.random.PCG64(seed))
    for search in searches:
        for _ in range(_PASSES):
            gained = False
            for u in random.permutation(len(wanted.owner)).tolist():
                tried = (
                    random.permutation(len(every)) if few else random.integers(len(every), size=1)
                )
                for to in (every[k] for k in tried.tolist()):
                    gained |= search.may(u, to, limits) and search.swap(u, to)
            if few and not gained:
                break
    best = min(searches, key=lambda search: sum(search.seconds))
    return warehouse.moved(_faces(wanted, best.slots))


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
        wanted = _wanted(start, orders)
        asked = _asked(wanted, orders)
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
        return _order_s(self.start.layout, [self.slots[u] for u in self.asked[k]], self.times)

    def may(self, u: int, to: Slot, limits: Mapping[Weight, int]) -> bool:
        """Whether it is another slot, and both may lie where they would come to lie."""
        other = self.at.get(to)
        if other == u or not _may(self.start, self.owner[u], to, limits):
            return False
        return other is None or _may(self.start, self.owner[other], self.slots[u], limits)

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
