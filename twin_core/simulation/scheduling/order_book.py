"""The orders of a plant as a shop: each line one machine, each order one operation on it.

Lines pause through their planned stops. What the plant file does not give is said, and nothing is
put in its place. It must never look for a schedule.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, inf

from pydantic import Field

from twin_core.errors import ImpossibleScenario, OutOfRange, UnknownName
from twin_core.operations.calendar import Calendar
from twin_core.plant.assets import Line, Plant
from twin_core.plant.production import Order
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.scheduling.shop import (
    LONGEST_S,
    Job,
    Machine,
    Operation,
    Shop,
    Way,
    Window,
)
from twin_core.value import SECOND, Instant, Slug, Value

FASTEST = 2.0
"""No line makes more than twice its nominal rate."""
_DAY_S = 86_400
_FURTHEST_S = 400 * _DAY_S
"""A line that is not open for its orders within so long is as good as closed."""


class OrderBook(Value):
    """Orders as a shop.

    Attributes:
        shop: second 0 is the moment asked for.
        left_out: order → why it is no job of the shop.
        unsaid: what is not given, a sentence each.
    """

    shop: Shop
    left_out: dict[Slug, str] = Field(default_factory=dict)
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An order with the lines that can make it, seconds on each."""

    order: Order
    on: tuple[tuple[str, int], ...]


def order_book(
    plant: Plant,
    at: Instant,
    *,
    lines: Collection[str] = (),
    orders: Collection[str] | None = None,
    running: Mapping[str, str] | None = None,
    made: Mapping[str, float] | None = None,
    pace: Mapping[str, float] | None = None,
    any_line: bool = False,
) -> OrderBook:
    """What is to be made from a moment on.

    Args:
        plant: its orders, rates, changeovers, shifts.
        at: the moment.
        lines: whose orders; empty = every line's.
        orders: these alone; None = all.
        running: line → product that it is set up for at the moment.
        made: order → how much of it is made already, in the order's unit.
        pace: line → share of its nominal rate at which orders are really made; absent = all of it.
        any_line: whether an order may be made on every one of the lines that has a rate for its
            product; else on its own line only.

    Raises:
        UnknownName: `lines`, `running`, `made` or `pace` names what the plant has not.
        OutOfRange: less than nothing is made; a pace of nothing, or above FASTEST.
        ImpossibleScenario: a changeover that is needed is not given while others of its line are;
            a line is not open long enough for its orders within 400 days.
    """
    tables = plant.changeovers
    asked = {plant.line(line).id for line in lines or (line.id for line in plant.lines)}
    running = {plant.line(line).id: product for line, product in (running or {}).items()}
    shares = {plant.line(line).id: share for line, share in (pace or {}).items()}
    for name, share in shares.items():
        if not 0 < share <= FASTEST:
            raise OutOfRange(f"pace of {name}", share, 0, FASTEST, "")
    _known("product", running.values(), [p.id for p in plant.products])
    made_of = dict(made or {})
    _known("order", made_of, [order.id for order in plant.orders])
    for name, quantity in made_of.items():
        if not 0 <= quantity < inf:
            raise OutOfRange(f"made of {name}", quantity, 0, inf, "")
    left_out: dict[str, str] = {}
    wanted = []
    for order in plant.orders:
        if order.line not in asked or (orders is not None and order.id not in orders):
            continue
        left = order.quantity - made_of.get(order.id, 0.0)
        if left <= 0:
            left_out[order.id] = "it is made"
            continue
        on = tuple(
            (line, seconds)
            for line, share in ((line, shares.get(line, 1.0)) for line in sorted(asked))
            if (any_line or line == order.line)
            and (seconds := _seconds(plant, plant.line(line), order, left / share)) is not None
        )
        if on:
            wanted.append(_Wanted(order, on))
        else:
            left_out[order.id] = _why_not(plant, order)
    machines = [
        _machine(plant, line, at, wanted, tables.get(line.id, {}), running.get(line.id))
        for line in plant.lines
        if any(line.id == on for one in wanted for on, _ in one.on)
    ]
    if not machines:
        of = f" of {', '.join(lines)}" if lines else ""
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise ImpossibleScenario(
            f"there is no order{of} to schedule" + (f" ({why})" if why else ""),
            "orders that are not made yet, and that a line can make",
        )
    jobs = tuple(_job(one, at, plant.timezone, changing=bool(tables)) for one in wanted)
    unsaid = tuple(_unsaid(plant, at, wanted, machines, made))
    return OrderBook(
        shop=Shop(machines=tuple(machines), jobs=jobs, start=at), left_out=left_out, unsaid=unsaid
    )


def _known(kind: str, said: Iterable[str], names: list[str]) -> None:
    for name in said:
        if name not in names:
            raise UnknownName(kind, name, names[:3])


def _seconds(plant: Plant, line: Line, order: Order, left: float) -> int | None:
    """Whole seconds that so much of an order takes on a line; None where it cannot be made."""
    rate = next(p for p in plant.products if p.id == order.product).rates.get(line.id)
    worth = _worth(plant, line, order.unit)
    if rate is None or worth is None:
        return None
    seconds = left * worth / rate * 60.0
    return ceil(seconds) if seconds <= LONGEST_S else None


def _worth(plant: Plant, line: Line, unit: str) -> float | None:
    """How many of the line's unit of flow a unit is; None where the line never has that unit."""
    if unit == line.unit_of_flow:
        return 1.0
    for machine in plant.machines(line):
        if machine.flow is not None and machine.flow.unit_out == unit:
            return plant.in_flow(line, machine)
    return None


def _why_not(plant: Plant, order: Order) -> str:
    product = next(p for p in plant.products if p.id == order.product)
    if order.line not in product.rates:
        return f"no rate of {order.product} on {order.line} is given"
    if _worth(plant, plant.line(order.line), order.unit) is None:
        return f"{order.line} counts no {order.unit}"
    return "it would take more than ten years"


def _job(one: _Wanted, at: Instant, timezone: str, *, changing: bool) -> Job:
    order, due = one.order, None
    wanted = order.due_from(at, timezone)
    if wanted is not None:
        due = min(max(0, floor((wanted - at) / SECOND)), LONGEST_S)
    ways = tuple(Way(machine=line, duration_s=seconds) for line, seconds in one.on)
    return Job(
        id=order.id,
        operations=(Operation(ways=ways),),
        family=order.product if changing else None,
        due=due,
    )


def _machine(
    plant: Plant,
    line: Line,
    at: Instant,
    wanted: list[_Wanted],
    table: Mapping[str, Mapping[str, float]],
    family: str | None,
) -> Machine:
    """A line, closed as its shifts have it for as long as its orders may take."""
    here = [
        (one.order.product, seconds) for one in wanted for on, seconds in one.on if on == line.id
    ]
    products = {product for product, _ in here}
    for before in sorted(products | ({family} if family else set())):
        for after in sorted(products - {before}):
            if table and after not in table.get(before, {}):
                raise ImpossibleScenario(
                    f"no changeover from {before} to {after} on {line.id} is given",
                    "every changeover that orders may need, or none of the line",
                )
    seconds_of = {a: {b: ceil(m * 60) for b, m in row.items()} for a, row in table.items()}
    longest = max((s for row in seconds_of.values() for s in row.values()), default=0)
    needs = sum(seconds + longest for _, seconds in here)
    return Machine(
        id=line.id,
        closed=_closed(plant, line.id, at, needs, changing=bool(table)),
        changeovers=seconds_of,
        family=family,
    )


def _closed(
    plant: Plant, line: str, at: Instant, needs_s: int, *, changing: bool
) -> tuple[Window, ...]:
    """When the line is not meant to run, until it has been open for so long.

    Where changeovers are given, those that the shifts have planned are not counted twice.
    """
    if changing:
        shifts = tuple(
            shift.model_copy(
                update={"stops": tuple(s for s in shift.stops if s.reason != "changeover")}
            )
            for shift in plant.shifts
        )
        plant = plant.model_copy(update={"shifts": shifts})
    calendar = Calendar(plant)
    if not calendar.known:
        return ()
    span = _DAY_S
    while (calendar.busy_s(line, at, at + span * SECOND) or 0.0) < needs_s:
        span *= 2
        if span > _FURTHEST_S:
            raise ImpossibleScenario(
                f"{line} is not open for {needs_s} s within {_FURTHEST_S // _DAY_S} days",
                "shifts that leave it time for its orders",
            )
    end = at + span * SECOND
    stops = planned_stops(plant, line, at, end)
    busy = calendar.busy(line, at, end) or []
    found: list[Window] = []
    for (_, shut), (opens, _) in pairwise([(at, at), *busy, (end, end)]):
        # whole seconds: what is closed for a part of one is closed for all of it
        low, high = floor((shut - at) / SECOND), ceil((opens - at) / SECOND)
        reason = next((s.reason for s in stops if s.start < opens and s.end > shut), "no shift")
        if found and low <= found[-1].end:
            low, reason = found[-1].start, found.pop().reason
        if high > low:
            found.append(Window(start=low, end=high, reason=reason))
    return tuple(found)


def _unsaid(
    plant: Plant,
    at: Instant,
    wanted: list[_Wanted],
    machines: list[Machine],
    made: Mapping[str, float] | None,
) -> Iterator[str]:
    if not plant.shifts:
        yield "no shifts are given: every line counts as open at all times"
    for machine in machines:
        if not machine.changeovers:
            yield f"no changeovers of {machine.id} are given: none is counted"
        elif machine.family is None:
            told = "its first order takes no changeover"
            yield f"what {machine.id} is set up for is not given: {told}"
    undue = [one.order.id for one in wanted if one.order.due_from(at, plant.timezone) is None]
    if undue:
        yield f"no due time is given of {', '.join(undue)}: they are never late"
    for one in wanted:
        if one.order.due is not None and one.order.due < at:
            yield f"{one.order.id} is late already: what counts is how much later it gets"
    if made is None:
        yield "what is made already is not given: every order counts whole"
