"""Where goods should lie, when they should be fetched, and what should move between warehouses.

Worked out on the plant's own orders and only told: it must never move anything, people decide.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.store_charts import (
    RULES,
    rebalancing_charts,
    replenishing_charts,
    slotting_charts,
)
from tools.stores import days_until, store_called
from tools.view import Forecaster
from tools.wording import duration, local
from twin_core.evidence import Evidence
from twin_core.plant.warehouse import Storehouse
from twin_core.simulation.scenario import Estimate
from twin_core.simulation.warehousing.choices import NOW, Replenishing, Slotting
from twin_core.simulation.warehousing.picking_ranked import Ranked
from twin_core.simulation.warehousing.replenishing import Supplied
from twin_core.units import number_text
from twin_core.value import JSON

_NAMED = 5


class SlottingRules(Arguments):
    """Where the goods of a warehouse should lie, beside where they lie now.

    Use it for "where should the goods lie?", "how should we slot the warehouse?".
    """

    doing: ClassVar[tuple[str, str]] = ("Laying goods out in simulation", "in")

    warehouse: str = Field(default="", description="which; empty = the only one")


class ReplenishmentRules(Arguments):
    """When goods should be fetched from reserve (min/max rules), beside the rules that are.

    Use it for "when should we replenish?", "are the replenishment rules any good?".
    """

    doing: ClassVar[tuple[str, str]] = ("Fetching goods in simulation", "in")

    warehouse: str = Field(default="", description="which; empty = the only one")


class StockRebalancing(Arguments):
    """Which stock should move between the plant's warehouses, so that each covers its orders.

    Use it for "how should stock be rebalanced?", "which stock is in the wrong warehouse?".
    """

    doing: ClassVar[tuple[str, str]] = ("Rebalancing stock", "between")


async def slotting_rules(scene: Scene, forecaster: Forecaster, warehouse: str = "") -> ToolResult:
    """Rules of slotting, the best first, and the articles that lie worst."""
    snapshot = scene.look()
    store = store_called(warehouse, snapshot.plant)
    days = await scene.pick_orders(store)
    day, past = days_until(days, local(snapshot.now, snapshot.plant).date())
    found = await forecaster.slotting(store, past)
    told = [_slotted(found, store, day.isoformat())]
    told += [(_picked(one), {k: v.model_dump() for k, v in one.picked.indicators.items()})
             for one in found.ranked]  # fmt: skip
    if found.best is not None:
        worst = found.misplaced[:_NAMED]
        named = ", ".join(f"{one.article} ({duration(one.saves_s)})" for one in worst)
        told.append(
            (f"What lies worst, with the picker time that it costs over the history: {named}.",
             {"misplaced": [one.model_dump(mode="json") for one in worst]})
        )  # fmt: skip
    return _answer(told, store.id, snapshot.now, slotting_charts(store.name, found))


async def replenishment_rules(
    scene: Scene, forecaster: Forecaster, warehouse: str = ""
) -> ToolResult:
    """Rules as they are and as drawn, on the same days alike."""
    snapshot = scene.look()
    store = store_called(warehouse, snapshot.plant)
    days = await scene.pick_orders(store)
    day, past = days_until(days, local(snapshot.now, snapshot.plant).date())
    found = await forecaster.replenishing(store, past)
    told = [_replenished(found, store, day.isoformat()), _rules("as they are", found.now)]
    told += [_rules(f"drawn for {100 * level.served:g} %", level.supplied)
             for level in found.levels]  # fmt: skip
    if found.best is not None and found.changes:
        some = found.changes[:_NAMED]
        named = ", ".join(f"{new.article} at {new.low} up to {new.high}" for _, new in some)
        told.append(
            (f"{len(found.changes)} rules would change, among them: fetch {named}.",
             {"changes": len(found.changes), "rules": [new.model_dump() for _, new in some]})
        )  # fmt: skip
    return _answer(told, store.id, snapshot.now, replenishing_charts(store.name, found))


async def stock_rebalancing(scene: Scene, forecaster: Forecaster) -> ToolResult:
    """The moves, what they would cover, and what none can."""
    snapshot = scene.look()
    plant = snapshot.plant
    today = local(snapshot.now, plant).date()
    held = []
    for store in plant.warehouses:
        _, past = days_until(await scene.pick_orders(store), today)
        held.append((store, past))
    found = await forecaster.rebalancing(held)
    share = found.covered
    units = sum(move.quantity for move in found.moves)
    first = (
        f"{len(found.moves)} moves of {units} units in all would bring the demand that lies where "
        f"it is wanted from {_single(share.before, '%')} to {_single(share.after, '%')}, on "
        f"{share.days} simulated days of mean demand; what a way costs is not told, so every unit "
        "counts the same."
    )
    told: list[tuple[str, dict[str, JSON]]] = [
        (first, {"moves": len(found.moves), "units": units, "covered": share.model_dump()})
    ]
    told += [
        (f"{move.quantity} units of {move.article} from {move.source} to {move.target}.",
         move.model_dump())
        for move in found.moves[:_NAMED]
    ]  # fmt: skip
    short = sum(need.quantity for need in found.uncovered)
    if short:
        told.append((f"No move covers {short} units more.", {"uncovered": short}))
    charts = rebalancing_charts(plant.name, found)
    return _answer(told, plant.site, snapshot.now, charts)


def _slotted(found: Slotting, store: Storehouse, day: str) -> tuple[str, dict[str, JSON]]:
    of = (
        f"{store.name}, made from {found.made_from} orders and judged on {found.judged_on} others "
        f"of {day}"
    )
    first = found.ranked[0].picked
    data: dict[str, JSON] = {
        "best": found.best, "moves": found.moves, "made_from": found.made_from,
        "judged_on": found.judged_on, "days": first.days, "seed": first.seed,
        "left_out": dict(found.left_out),
    }  # fmt: skip
    if found.best is None:
        return f"{of}: no rule is surely better than where goods lie now.", data
    now = next((one for one in found.ranked if one.picked.option == NOW), None)
    gain = "" if now is None else f", {_single(now.behind, 's')} less of a picker per line than now"
    said = (
        f"{of}: {RULES[found.best]} is best{gain}, on {first.days} simulated days alike; "
        f"{found.moves} articles would change slots."
    )
    return said, data


def _picked(one: Ranked) -> str:
    seen = one.picked.indicators
    name = RULES[one.picked.option]
    return (
        f"Goods {'laid by: ' if one.picked.option != NOW else ''}{name}: "
        f"{_single(seen['labour'], 's')} of a picker per line, of it {_single(seen['travel'], 's')}"
        " walking."
    )


def _replenished(found: Replenishing, store: Storehouse, day: str) -> tuple[str, dict[str, JSON]]:
    from_day = "the same day" if found.same else "the day before"
    of = (
        f"{store.name}, drawn from {found.made_from} orders of {from_day} and judged on "
        f"{found.judged_on} of {day}"
    )
    data: dict[str, JSON] = {
        "best": found.best, "best_percent": None if found.best is None else 100 * found.best,
        "made_from": found.made_from, "judged_on": found.judged_on, "same": found.same,
    }  # fmt: skip
    if found.best is None:
        return f"{of}: no rules drawn are better than those that are.", data
    return f"{of}: rules drawn for {100 * found.best:g} % of trips' demand are best.", data


def _rules(name: str, of: Supplied) -> tuple[str, dict[str, JSON]]:
    said = (
        f"Rules {name}: {_single(of.stock_outs, '%')} of lines find too little, "
        f"{_single(of.trips, '')} trips a day, {_single(of.urgent, '')} of them urgent."
    )
    return said, {**of.model_dump(), "rules": name}


def _answer(
    told: list[tuple[str, dict[str, JSON]]], subject: str, now: int, charts: tuple[object, ...]
) -> ToolResult:
    evidence = tuple(
        Evidence(
            kind="plan", subject=subject, statement=statement, data=data, time=now,
            quality="simulated",
        )
        for statement, data in told
    )  # fmt: skip
    return ToolResult(
        status="ok",
        text=f"{evidence[0].statement} Nothing is moved.",
        evidence=evidence,
        charts=charts,
    )


def _single(value: Estimate, unit: str) -> str:
    """A mean with its 90 % interval."""
    low, high = number_text(value.low), number_text(value.high)
    mean = f"{number_text(value.mean)} {unit}".rstrip()
    return mean if low == high else f"{mean} ({low} to {high})"
