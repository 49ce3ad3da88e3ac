"""The warehouse routes: picking, slotting, replenishing, rebalancing, weighed on orders.

Worked out in the pool, and only told: nothing here moves goods.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from api.system import System
from tools.picking import NAMES, OBJECTIVES
from tools.store_charts import (
    ranked_chart,
    rebalancing_charts,
    replenishing_charts,
    slotting_charts,
)
from tools.stores import day_of, days_until, store_called
from twin_core.chart import ChartData
from twin_core.plant.warehouse import Lot, PickOrder, Storehouse
from twin_core.simulation.warehousing.between import Places, balanced
from twin_core.simulation.warehousing.picking_ranked import PickObjective
from twin_core.simulation.warehousing.rebalancing import Haul, Need
from twin_core.value import SECOND

router = APIRouter(prefix="/warehouses", route_class=AsideRoute)

MOST_BYTES = 16 << 20
"""Of orders, or of what lies where."""
WEIGHED = ("picking", "slotting", "replenishing", "rebalancing")

Days = Annotated[dict[date, tuple[PickOrder, ...]], Field(max_length=400)]


class Asked(BaseModel):
    """Whose orders, and which day's.

    Attributes:
        warehouse: its id or name; empty = the only one.
        days: day → orders, times in seconds after its midnight; None = what the server has.
        day: None = today, or the newest day there is.
    """

    model_config = ConfigDict(extra="forbid")

    warehouse: str = Field(default="", max_length=200)
    days: Days | None = None
    day: date | None = None


class AskedPicking(Asked):
    """With what is to be little: picker time per line, time to done, or lateness."""

    objective: PickObjective = "labour"


class PlacesTold(BaseModel):
    """What lies where, what will be wanted where, and what a way costs; nothing = the plant's own.

    A day's mean demand of each of its warehouses, against what it holds; every way costs the same.
    """

    model_config = ConfigDict(extra="forbid")

    lots: Annotated[tuple[Lot, ...], Field(max_length=100_000)] = ()
    needs: Annotated[tuple[Need, ...], Field(min_length=1, max_length=100_000)] | None = None
    hauls: Annotated[tuple[Haul, ...], Field(max_length=40_000)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.needs is None and (self.lots or self.hauls):
            problem = "needs are told with lots and hauls, or nothing is"
            raise ValueError(problem)
        return self


@router.get("")
async def warehouses(system: SystemOf, _asker: AskerOf) -> list[dict[str, Any]]:
    """The warehouses of the plant file."""
    return [
        {
            "id": store.id, "name": store.name, "picks": store.picks, "orders": store.orders,
            "articles": len(store.warehouse.articles), "slots": store.warehouse.layout.places,
            "pickers": store.crew.pickers,
        }
        for store in system.plant.warehouses
    ]  # fmt: skip


@router.post("/rebalancing")
async def rebalancing(system: SystemOf, _asker: AskerOf, told: PlacesTold) -> dict[str, Any]:
    """The cheapest moves that cover what will be wanted, and what they would do."""
    plant = system.plant
    if told.needs is None:
        held = []
        for store in plant.warehouses:
            _, past = days_until(await system.pick_orders(store), _today(system))
            held.append((store, past))
        found = await system.forecaster.rebalancing(held)
    else:
        places = Places(lots=told.lots, needs=told.needs, hauls=told.hauls)
        look = partial(balanced, seed=system.settings.seed)
        (found,) = await system.compute.map(look, [places], long=True)
    return found.model_dump(mode="json") | _charts(rebalancing_charts(plant.name, found))


@router.post("/picking")
async def picking(system: SystemOf, _asker: AskerOf, asked: AskedPicking) -> dict[str, Any]:
    """Order by order, in batches, by zones and in waves, on the same days."""
    store, days, day, of = await _given(system, asked)
    found = await system.forecaster.picking(store, days[day], asked.objective)
    title = f"{store.name}: {OBJECTIVES[asked.objective]}"
    chart = ranked_chart(title, found.ranked, NAMES, asked.objective)
    told = _told(store, day, found.model_dump(mode="json"), of)
    return told | {"objective": asked.objective} | _charts((chart,))


@router.post("/slotting")
async def slotting(system: SystemOf, _asker: AskerOf, asked: Asked) -> dict[str, Any]:
    """Where goods should lie, made from the days before and judged on this one."""
    store, days, day, of = await _given(system, asked)
    found = await system.forecaster.slotting(store, days_until(days, day)[1])
    told = _told(store, day, found.model_dump(mode="json"), of)
    return told | _charts(slotting_charts(store.name, found))


@router.post("/replenishing")
async def replenishing(system: SystemOf, _asker: AskerOf, asked: Asked) -> dict[str, Any]:
    """When goods should be fetched from reserve, drawn from the day before."""
    store, days, day, of = await _given(system, asked)
    found = await system.forecaster.replenishing(store, days_until(days, day)[1])
    told = _told(store, day, found.model_dump(mode="json"), of)
    return told | _charts(replenishing_charts(store.name, found))


async def _given(
    system: System, asked: Asked
) -> tuple[Storehouse, Mapping[date, Sequence[PickOrder]], date, str]:
    """The warehouse, its days, the day that is meant, and whether it is today, asked or newest."""
    plant = system.plant
    store = store_called(asked.warehouse, plant)
    days = await system.pick_orders(store) if asked.days is None else asked.days
    today = _today(system)
    day = day_of(days, today, asked.day)
    of = "today" if day == today else "newest" if asked.day is None else "asked"
    return store, days, day, of


def _today(system: System) -> date:
    now = datetime.fromtimestamp(system.clock.plant() / SECOND, UTC)
    return now.astimezone(ZoneInfo(system.plant.timezone)).date()


def _told(store: Storehouse, day: date, found: dict[str, Any], of: str) -> dict[str, Any]:
    return {"warehouse": store.name, "day": day.isoformat(), "of": of, **found}


def _charts(charts: Sequence[ChartData]) -> dict[str, Any]:
    return {"charts": [chart.model_dump(mode="json") for chart in charts]}
