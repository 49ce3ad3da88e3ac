"""Which way to pick today's orders: batch, zone, wave and order by order, simulated on them.

It must never change how anybody picks: it compares, and people decide.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.store_charts import ranked_chart
from tools.stores import day_of, store_called
from tools.view import Forecaster
from tools.wording import local
from twin_core.evidence import Evidence
from twin_core.plant.warehouse import Storehouse
from twin_core.simulation.scenario import Estimate
from twin_core.simulation.warehousing.choices import Picking
from twin_core.simulation.warehousing.picking_ranked import PickObjective, Ranked
from twin_core.units import number_text

NAMES = {
    "single": "order by order", "batch": "in batches", "zone": "by zones", "wave": "in waves",
}  # fmt: skip
"""What each way to pick is called."""

OBJECTIVES: dict[PickObjective, str] = {
    "labour": "picker time per line",
    "flow": "time from arrival to done",
    "tardiness": "time after the due time",
}
"""What is to be little."""


class PickingStrategies(Arguments):
    """Which way to pick a warehouse's orders is best: order by order, in batches, zones or waves.

    Use it for "which picking strategy is best for today's orders?".
    """

    doing: ClassVar[tuple[str, str]] = ("Picking the orders in simulation", "in")

    warehouse: str = Field(default="", description="which; empty = the only one")
    objective: PickObjective = Field(
        default="labour",
        description="what is to be little: labour (picker time per line), flow (time to done) or "
        "tardiness (lateness)",
    )


async def picking_strategies(
    scene: Scene, forecaster: Forecaster, warehouse: str = "", objective: PickObjective = "labour"
) -> ToolResult:
    """Every way on the same days like the day's, the best first, and what cannot be told apart."""
    snapshot = scene.look()
    store = store_called(warehouse, snapshot.plant)
    days = await scene.pick_orders(store)
    today = local(snapshot.now, snapshot.plant).date()
    day = day_of(days, today)
    found = await forecaster.picking(store, days[day], objective)
    whose = "today's" if day == today else f"{day.isoformat()}'s (the newest there are)"
    evidence = [
        _verdict(found, store, objective, whose, snapshot.now),
        *(_way(one, store, found.now, snapshot.now) for one in found.ranked),
    ]
    title = f"{store.name}: {OBJECTIVES[objective]}"
    chart = ranked_chart(title, found.ranked, NAMES, objective)
    return ToolResult(
        status="ok", text=evidence[0].statement, evidence=tuple(evidence), charts=(chart,)
    )


def _verdict(
    found: Picking, store: Storehouse, objective: PickObjective, whose: str, now: int
) -> Evidence:
    first, *others = found.ranked
    best, tied = NAMES[first.picked.option], [NAMES[name] for name in first.tied]
    by = f"by {OBJECTIVES[objective]}"
    of = f"{store.name}, {whose} {found.orders} orders of {found.lines} lines"
    if tied:
        told = f"picking {' and '.join((best, *tied))} cannot be told apart {by}"
    else:
        told = f"picking {best} is best {by}"
        if others:
            behind = others[0]
            told += f"; {NAMES[behind.picked.option]} takes {_more(behind.behind)} more"
    return Evidence(
        kind="plan",
        subject=store.id,
        statement=f"{of}: {told}, on {first.picked.days} simulated days alike.",
        data={
            "best": first.picked.option, "tied": list(first.tied), "objective": objective,
            "orders": found.orders, "lines": found.lines, "days": first.picked.days,
            "seed": first.picked.seed,
        },
        time=now,
        quality="simulated",
    )  # fmt: skip


def _way(one: Ranked, store: Storehouse, today: str, now: int) -> Evidence:
    seen = one.picked.indicators
    name = NAMES[one.picked.option]
    mark = ", as it is done now" if one.picked.option == today else ""
    return Evidence(
        kind="plan",
        subject=store.id,
        statement=(
            f"Picking {name}{mark}: {_single(seen['labour'])} of a picker per line, of it "
            f"{_single(seen['travel'])} walking; {_single(seen['throughput'], '/h')} orders; "
            f"{_single(seen['late'], '%')} late."
        ),
        data={key: value.model_dump() for key, value in seen.items()},
        time=now,
        quality="simulated",
    )


def _single(value: Estimate, unit: str = "s") -> str:
    """A mean with the 90 % interval of a single day."""
    gap = "" if unit == "/h" else " "
    low, high = number_text(value.low), number_text(value.high)
    return f"{number_text(value.mean)}{gap}{unit} ({low} to {high})"


def _more(value: Estimate) -> str:
    low, high = number_text(value.low), number_text(value.high)
    return f"{number_text(value.mean)} s ({low} to {high})"
