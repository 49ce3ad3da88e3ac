"""Every slot that goods take, how often it is picked, and how far it is.

The common ground of slotting rules. It must never say where goods should lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.warehouse import (
    Layout,
    PickOrder,
    Slot,
    Times,
    Warehouse,
    Weight,
)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Every slot that goods take, as `owner` article and lines it is picked, int64[units]."""

    owner: tuple[str, ...]
    slots: tuple[Slot, ...]
    lines: NDArray[np.float64]


def reach_s(layout: Layout, slot: Slot, times: Times) -> float:
    """There and back for one line."""
    walk = 2.0 * layout.walk_m(layout.home, layout.spot(slot)) / times.speed_m_s
    return walk + slot.level * times.level_s


def wanted_of(warehouse: Warehouse, orders: Sequence[PickOrder]) -> Wanted:
    """The slots of a warehouse, the lines of an article shared evenly among its own."""
    lines: dict[str, int] = {}
    for order in orders:
        for line in order.lines:
            lines[line.article] = lines.get(line.article, 0) + 1
    units = [(a, slot, len(slots)) for a, slots in warehouse.faces.items() for slot in slots]
    return Wanted(
        tuple(a for a, _, _ in units),
        tuple(slot for _, slot, _ in units),
        np.array([lines.get(a, 0) / n for a, _, n in units]),
    )


def may_lie(warehouse: Warehouse, article: str, slot: Slot, limits: Mapping[Weight, int]) -> bool:
    """Whether an article may lie in a slot, by the highest level of its weight class."""
    return slot.level <= limits.get(warehouse.by_id[article].weight, slot.level)


def faces_of(wanted: Wanted, slots: Sequence[Slot]) -> dict[str, tuple[Slot, ...]]:
    """Article → its slots, where what took each slot before takes another now."""
    found: dict[str, tuple[Slot, ...]] = {}
    for owner, slot in zip(wanted.owner, slots, strict=True):
        found[owner] = (*found.get(owner, ()), slot)
    return found
