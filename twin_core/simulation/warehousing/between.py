"""Which stock should move between the warehouses of a plant, from what each holds and sells.

A pure function of storehouses and their days, to be run elsewhere. It must never move anything, nor
make up what a way costs: where none is told every unit that is moved counts the same.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from math import ceil
from typing import TypeAlias

from twin_core.errors import ImpossibleScenario
from twin_core.plant.warehouse import Lot, PickOrder, Storehouse
from twin_core.simulation.warehousing.rebalancing import (
    Covered,
    Haul,
    Need,
    Rebalanced,
    covered,
    rebalanced,
)
from twin_core.value import Value

Held: TypeAlias = tuple[Storehouse, Sequence[Sequence[PickOrder]]]
"""A warehouse and its days of orders."""


class Balanced(Rebalanced):
    """The moves, and how much of demand they would cover; see `Rebalanced`."""

    covered: Covered


class Places(Value):
    """What lies where, what will be wanted where, and what a way costs."""

    lots: tuple[Lot, ...]
    needs: tuple[Need, ...]
    hauls: tuple[Haul, ...]


def balanced(places: Places, seed: int) -> Balanced:
    """The cheapest moves that cover what will be wanted, and what they would do.

    Raises:
        ImpossibleScenario, TooLarge: as `rebalanced`.
    """
    found = rebalanced(places.lots, places.needs, places.hauls)
    share = covered(places.lots, places.needs, found.moves, seed)
    return Balanced(**dict(found), covered=share)


def between(held: Sequence[Held], seed: int) -> Balanced:
    """The same of the plant's warehouses: a day's mean demand of each, against all it holds.

    Raises:
        ImpossibleScenario: fewer than two warehouses, one without stock, or nothing was ordered.
    """
    return balanced(places_of(held), seed)


def places_of(held: Sequence[Held]) -> Places:
    """Warehouses as places: stock in slots and reserve, mean demand of a day, ways of cost 1.

    Raises:
        ImpossibleScenario: as `between`.
    """
    if len(held) < 2:
        raise ImpossibleScenario(
            "stock moved between warehouses where there is one" if held else "no warehouse",
            "two warehouses or more in the plant file, or places told in a file",
        )
    bare = [store.id for store, _ in held if not store.stocks]
    if bare:
        raise ImpossibleScenario(
            f"no stock of {bare[0]} is told", "articles with `stock`: capacity, forward, reserve"
        )
    lots = tuple(
        Lot(id=f"{store.id}:{stock.article}"[:80], article=stock.article, place=store.id,
            quantity=stock.forward + stock.reserve)
        for store, _ in held
        for stock in store.stocks
    )  # fmt: skip
    needs = tuple(
        Need(place=store.id, article=article, quantity=ceil(units / len(days)))
        for store, days in held
        for article, units in sorted(_units(days).items())
    )
    if not needs:
        raise ImpossibleScenario("no orders of any warehouse", "a day of orders of one at least")
    ways = permutations([store.id for store, _ in held], 2)
    return Places(lots=lots, needs=needs,
                  hauls=tuple(Haul(source=a, target=b, cost=1.0) for a, b in ways))  # fmt: skip


def _units(days: Sequence[Sequence[PickOrder]]) -> Counter[str]:
    """Units of each article over all days."""
    units: Counter[str] = Counter()
    for day in days:
        for order in day:
            for line in order.lines:
                units[line.article] += line.quantity
    return units
