"""Whether a job could be done at all: known places, orders and items, a time that is still to come.

It must never say who may ask for it, or who does it.
"""

import difflib
import math
from collections.abc import Iterable

from twin_core.errors import OutOfRange, UnknownName, WrongKind
from twin_core.governance.action import ScheduleChange, StockMove
from twin_core.plant.assets import Plant
from twin_core.plant.warehouse import Storehouse
from twin_core.value import SECOND, Instant

LONGEST_STOP_S: float = 2_592_000.0
"""Plant seconds that a planned stop may last, 30 days; what stands longer is no stop any more."""
_EACH = "1"
"""The unit in which a warehouse counts its articles."""


def admit_schedule(plant: Plant, change: ScheduleChange, now: Instant) -> None:
    """Return if a line's schedule could be changed so, at plant time `now`.

    Raises:
        UnknownName: no such line, or an order that the line has not.
        WrongKind: it changes nothing, an order stands twice, or half a stop is given.
        OutOfRange: a stop that has begun already, takes no time or too much.
    """
    line = plant.line(change.line)
    if line.id != change.line:
        raise UnknownName("line", change.line, [line.id])
    there = [order.id for order in plant.orders if order.line == line.id]
    _all_known(f"order of {line.id}", change.orders, there)
    if len(set(change.orders)) < len(change.orders):
        raise WrongKind(f"sequence of {line.id}", "an order twice", "each once")
    if (change.stop_at is None) != (change.stop_s is None):
        raise WrongKind(f"stop of {line.id}", "half of it", "when it begins and how long it lasts")
    if change.stop_at is None or change.stop_s is None:
        if not change.orders:
            raise WrongKind(f"schedule of {line.id}", "no change", "a sequence of orders or a stop")
        return
    if not 0 < change.stop_s <= LONGEST_STOP_S:  # NaN neither
        raise OutOfRange(f"stop of {line.id}", change.stop_s, 0, LONGEST_STOP_S, "s")
    ahead_s = (change.stop_at - now) / SECOND
    if not 0 < ahead_s <= LONGEST_STOP_S:
        raise OutOfRange(f"time until the stop of {line.id}", ahead_s, 0, LONGEST_STOP_S, "s")


def admit_move(plant: Plant, move: StockMove, places: Iterable[str]) -> None:
    """Return if stock could be moved so between these assets and the plant's warehouses.

    Raises:
        UnknownName: no such place, or nothing that is known there.
        WrongKind: no number above 0, another unit than it is counted in, or nowhere to go.
    """
    stores = {store.id: store for store in plant.warehouses}
    ends = (move.source, move.target)
    _all_known("place", ends, (*stores, *places))
    if not (math.isfinite(move.quantity) and move.quantity > 0):
        raise WrongKind(f"quantity of {move.item}", repr(move.quantity), "a number above 0")
    if move.source == move.target and move.strategy == "move":
        raise WrongKind(f"target of {move.item}", move.target, "another place than its source")
    units = _units(plant, move.item)
    for store in (stores[end] for end in ends if end in stores):
        _all_known(f"article of {store.id}", (move.item,), _articles(store))
        units = {_EACH}
    if move.unit not in units:
        raise WrongKind(f"unit of {move.item}", move.unit, " or ".join(sorted(units)))


def _units(plant: Plant, item: str) -> set[str]:
    """What an item is counted in: by the orders and lines that make it, or in a warehouse."""
    known = [product.id for product in plant.products]
    stored = [article for store in plant.warehouses for article in _articles(store)]
    _all_known("item", (item,), (*known, *stored))
    made = {order.unit for order in plant.orders if order.product == item}
    for product in plant.products:
        if product.id == item:
            made |= {plant.line(path).unit_of_flow or _EACH for path in product.rates}
    return made | ({_EACH} if item in stored else set())


def _articles(store: Storehouse) -> Iterable[str]:
    return (article.id for article in store.warehouse.articles)


def _all_known(what: str, said: Iterable[str], there: Iterable[str]) -> None:
    known = tuple(there)
    for name in said:
        if name not in known:
            raise UnknownName(what, name, difflib.get_close_matches(name, known, 3))
