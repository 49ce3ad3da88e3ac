"""How the orders of lines stand by their plan: which is first, when each begins and is done.

As planned they follow each other as the plant lists them, each as soon as it can. It must never
look for a better order, nor count as made what nobody told is made.
"""

from collections.abc import Mapping
from itertools import groupby

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant
from twin_core.plant.production import Order
from twin_core.simulation.scheduling.order_book import OrderBook, order_book
from twin_core.simulation.scheduling.plan import listed
from twin_core.value import SECOND, Instant, Path, Slug, Value


class Standing(Value):
    """One order of a line's plan.

    Attributes:
        place: 1 is the first.
        start, end: by the plan, plant time; None where that cannot be told, and `why` not.
        due: by when it is wanted; None where that is not said.
    """

    order: Order
    place: int
    start: Instant | None = None
    end: Instant | None = None
    due: Instant | None = None
    why: str = ""

    @property
    def late_s(self) -> float | None:
        """Seconds after its due time at which it is done, 0 if in time; None if not known."""
        if self.end is None or self.due is None:
            return None
        return max(0.0, (self.end - self.due) / SECOND)


class LinePlan(Value):
    """The orders of a line, in the order of its plan.

    Attributes:
        at: the moment from which the first counts.
        running: product that the line is set up for, as seen; None where that is not.
        unsaid: what is not given, a sentence each.
    """

    line: Path
    at: Instant
    orders: tuple[Standing, ...]
    running: Slug | None = None
    unsaid: tuple[str, ...] = ()

    @property
    def as_set_up(self) -> bool:
        """Whether the line is set up for what its first order wants, as far as that is seen."""
        return self.running in {None, self.orders[0].order.product}


def line_plans(
    plant: Plant, at: Instant, lines: tuple[Path, ...], running: Mapping[Path, Slug]
) -> tuple[LinePlan, ...]:
    """The plans of those of the lines that have orders.

    Args:
        plant: its orders, rates, changeovers, shifts.
        at: the moment that they are told at.
        lines: whose.
        running: line → product that it is set up for at the moment.

    Raises:
        UnknownName: as `order_book`.
    """
    asked = set(lines)
    mine = sorted((o for o in plant.orders if o.line in asked), key=lambda o: lines.index(o.line))
    return tuple(
        _line_plan(plant, at, line, tuple(orders), running.get(line))
        for line, orders in groupby(mine, key=lambda order: order.line)
    )


def _line_plan(
    plant: Plant, at: Instant, line: Path, orders: tuple[Order, ...], running: Slug | None
) -> LinePlan:
    book, why = None, ""
    try:
        book = order_book(
            plant, at, lines=(line,), running={} if running is None else {line: running}
        )
    except ImpossibleScenario as problem:
        why = str(problem)
    when = {} if book is None else _when(plant, book)
    left_out = {} if book is None else book.left_out
    unsaid = () if book is None else book.unsaid
    standing = tuple(
        Standing(
            order=order,
            place=place,
            start=when[order.id][0] if order.id in when else None,
            end=when[order.id][1] if order.id in when else None,
            due=order.due_from(at, plant.timezone),
            why=left_out.get(order.id, why),
        )
        for place, order in enumerate(orders, start=1)
    )
    return LinePlan(line=line, at=at, orders=standing, running=running, unsaid=unsaid)


def _when(plant: Plant, book: OrderBook) -> dict[str, tuple[Instant, Instant]]:
    shop = book.shop
    return {
        stint.job: (shop.start + stint.start * SECOND, shop.start + stint.end * SECOND)
        for stint in listed(plant, shop).stints
    }
