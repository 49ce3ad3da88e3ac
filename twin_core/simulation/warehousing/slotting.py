"""Where goods should lie: by popularity, cube per order, exact assignment, and swaps.

An article keeps the number of slots it has. It only says: nothing is moved here, and a slotting
is worth what `picking_ranked.compare` makes of it on orders it was not made from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.plant.warehouse import (
    Name,
    PickOrder,
    Slot,
    Times,
    Warehouse,
    Weight,
)
from twin_core.simulation.warehousing.slot_swaps import swapped
from twin_core.simulation.warehousing.wanted_slots import (
    Wanted,
    faces_of,
    may_lie,
    reach_s,
    wanted_of,
)
from twin_core.value import Value

Rule: TypeAlias = Literal["popularity", "cube_per_order", "assignment", "swaps"]

MOST_CELLS = 16_000_000
"""Slots wanted times slots there are, in an exact assignment (some seconds)."""


class Misplaced(Value):
    """An article that lies wrong, where it should lie, and what that saves.

    Attributes:
        saves_s: picker seconds over the history, its lines fetched one by one.
    """

    article: Name
    lies: tuple[Slot, ...]
    should: tuple[Slot, ...]
    saves_s: float


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
    wanted, limits = wanted_of(warehouse, orders), highest or {}
    match rule:
        case "popularity":
            return _greedy(warehouse, wanted, times, limits, per_slot=False)
        case "cube_per_order":
            return _greedy(warehouse, wanted, times, limits, per_slot=True)
        case "assignment":
            return _assigned(warehouse, wanted, times, limits)
        case "swaps":
            starts = [
                _greedy(warehouse, wanted, times, limits, per_slot=True),
                _assigned(warehouse, wanted, times, limits),
            ]
            lies = zip(wanted.owner, wanted.slots, strict=True)
            if all(may_lie(warehouse, article, slot, limits) for article, slot in lies):
                starts.append(warehouse)
            return swapped(starts, orders, times, limits, seed)


def one_by_one_s(warehouse: Warehouse, orders: Sequence[PickOrder], times: Times) -> float:
    """Walking and reaching seconds over the history, each line fetched by itself."""
    wanted = wanted_of(warehouse, orders)
    reach = np.array([reach_s(warehouse.layout, slot, times) for slot in wanted.slots])
    return float(wanted.lines @ reach)


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
    wanted = wanted_of(warehouse, orders)
    found: dict[str, float] = {}
    for owner, slot, lines in zip(wanted.owner, wanted.slots, wanted.lines, strict=True):
        seconds = float(lines) * reach_s(warehouse.layout, slot, times)
        found[owner] = found.get(owner, 0.0) + seconds
    return found


def _greedy(
    warehouse: Warehouse,
    wanted: Wanted,
    times: Times,
    limits: Mapping[Weight, int],
    *,
    per_slot: bool,
) -> Warehouse:
    """Each article in turn takes the nearest slots it may lie in; the most bound class first."""
    layout = warehouse.layout
    free = sorted(layout.slots(), key=lambda slot: reach_s(layout, slot, times))
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
            if may_lie(warehouse, owner, slot, limits) and left.spares(slot.level, bound):
                slots[u] = free.pop(i)
                left.take(slot.level, bound)
                break
        else:
            raise ImpossibleScenario(
                f"no slot for {owner}, a {warehouse.by_id[owner].weight} article",
                "more slots on the levels it may lie on",
            )
    return warehouse.moved(faces_of(wanted, [slot for slot in slots if slot is not None]))


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
    warehouse: Warehouse, wanted: Wanted, limits: Mapping[Weight, int], free: Sequence[Slot]
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
    warehouse: Warehouse, wanted: Wanted, times: Times, limits: Mapping[Weight, int]
) -> Warehouse:
    """Jonker–Volgenant, as in scipy (Crouse, *IEEE Trans. Aerospace* 52, 2016, 1679–1696)."""
    from scipy.optimize import linear_sum_assignment

    places, goods = warehouse.layout.places, len(wanted.owner)
    if places * goods > MOST_CELLS:
        raise TooLarge(
            f"an exact assignment of {goods} slots' goods to {places} slots", f"{MOST_CELLS} pairs"
        )
    slots = list(warehouse.layout.slots())
    reach = np.array([reach_s(warehouse.layout, slot, times) for slot in slots])
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
    return warehouse.moved(faces_of(wanted, [slots[k] for k in chosen]))
