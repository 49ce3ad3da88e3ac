"""A line's production orders by their plan: which is first, what follows, when each is done, late.

It tells the plan as it stands; a better order of the jobs is another tool's. It must never say that
anything of an order is made: the plan does not know.
"""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.schedule import lines_with_orders
from tools.view import Forecaster
from tools.wording import called, duration, moment, period, sentence
from twin_core.errors import UnknownName
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.simulation.scheduling.standing import LinePlan, Standing
from twin_core.twin import Snapshot
from twin_core.units import quantity

_MOST = 8
"""Orders of a line that are told with their times."""


class ProductionOrders(Arguments):
    """A line's production orders as planned: which is first, which next, when done, which late.

    Use it for "which order comes next on …?", "what will … make after this?", "when is the order on
    … done?", "will po-12 be ready in time?". For a better order of the jobs use schedule.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking into the orders", "of")

    line: str = Field(default="", description="whose orders; empty = every line's")
    order: str = Field(default="", description="id of one order, as “po-12”; empty = all")


async def production_orders(
    scene: Scene, forecaster: Forecaster, line: str = "", order: str = ""
) -> ToolResult:
    """How the orders of lines stand by their plan, line by line; or one of them."""
    snapshot = scene.look()
    plant = snapshot.plant
    lines = (_line_of(order, plant),) if order.strip() else lines_with_orders(scene, line)
    plans = await forecaster.line_plans(snapshot, lines)
    if not plans:
        of = " or ".join(called(one, plant) for one in lines) or plant.name
        return no_data(f"The plant file has no orders for {of}.")
    evidence = [told for plan in plans for told in _evidence(plan, order.strip(), snapshot)]
    return ToolResult(status="ok", text=evidence[0].statement, evidence=tuple(evidence))


def _line_of(order: str, plant: Plant) -> str:
    """The line of an order.

    Raises:
        UnknownName: there is no such order.
    """
    said = order.strip().casefold()
    for one in plant.orders:
        if one.id.casefold() == said:
            return one.line
    raise UnknownName("order", order, tuple(one.id for one in plant.orders)[:6])


def _evidence(plan: LinePlan, order: str, snapshot: Snapshot) -> Iterator[Evidence]:
    asked = [one for one in plan.orders if one.order.id.casefold() == order.casefold()]
    if asked:
        (one,) = asked
        place = f"{_nth(one.place)} of {len(plan.orders)} on {called(plan.line, snapshot.plant)}"
        told = f"Order {_named(one, snapshot.plant)} is the {place}: {_when(one, plan, snapshot)}."
    else:
        told = _in_turn(plan, snapshot)
    yield Evidence(
        kind="plan",
        subject=plan.line,
        statement=told,
        data={"orders": [_data(one) for one in asked or plan.orders], "running": plan.running},
        time=plan.at,
        origin="plant file",
    )
    yield Evidence(
        kind="plan",
        subject=plan.line,
        statement=_basis(plan, snapshot.plant),
        data={"as_set_up": plan.as_set_up},
        time=plan.at,
        origin="plant file",
    )


def _in_turn(plan: LinePlan, snapshot: Snapshot) -> str:
    """All orders, the first first; of many, those that come first."""
    plant = snapshot.plant
    told = [f"{_named(o, plant)}, {_when(o, plan, snapshot)}" for o in plan.orders[:_MOST]]
    first, *others = told
    then = "; then ".join(("", *others))
    more = len(plan.orders) - len(told)
    rest = f"; and {more} more" if more > 0 else ""
    return f"{sentence(called(plan.line, plant))} by its plan: first {first}{then}{rest}."


def _named(one: Standing, plant: Plant) -> str:
    order = one.order
    product = next((p.name for p in plant.products if p.id == order.product), order.product)
    return f"{order.id} ({quantity(order.quantity, order.unit)} of {product})"


def _when(one: Standing, plan: LinePlan, snapshot: Snapshot) -> str:
    """From when to when by the plan, and how that fits its due time."""
    plant, now = snapshot.plant, snapshot.now
    if one.start is None or one.end is None:
        told = f"when is not known ({one.why})"
    elif one.start <= plan.at:
        told = f"until {moment(one.end, plant, now)}"
    else:
        told = period(one.start, one.end, plant, now)
    if one.due is None:
        return told
    wanted = f"{told}, wanted by {moment(one.due, plant, now)}"
    return f"{wanted}: {duration(one.late_s)} late" if one.late_s else wanted


def _data(one: Standing) -> dict[str, object]:
    return {
        "order": one.order.id, "product": one.order.product, "quantity": one.order.quantity,
        "start": one.start, "end": one.end, "due": one.due, "late_s": one.late_s,
    }  # fmt: skip


def _basis(plan: LinePlan, plant: Plant) -> str:
    """What the times rest on, and what speaks against them."""
    first = plan.orders[0].order
    told = (
        "each follows the one before from now on, at the line's nominal rate; how much of "
        f"{first.id} is made already is not known, so it counts whole"
    )
    if not plan.as_set_up:
        names = {product.id: product.name for product in plant.products}
        line, made = called(plan.line, plant), names.get(plan.running or "", plan.running)
        told += f"; {line} makes {made} now, not what {first.id} wants"
    return f"{sentence(told)}."


_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def _nth(place: int) -> str:
    return _PLACES[place - 1] if place <= len(_PLACES) else f"number {place}"
