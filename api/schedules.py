"""POST /schedules and /schedules/shop: the best order of work, beside the one that is planned.

Worked out in the pool, and only told: nothing here changes a plan.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from api.system import System
from tools.ahead import read_ahead
from tools.gantt import plan_charts, shop_charts
from twin_core.answer import Asker
from twin_core.errors import BadInput
from twin_core.plant.names import Names
from twin_core.simulation.scheduling.model import Aim
from twin_core.simulation.scheduling.offer import Offer, Outcome, offer
from twin_core.simulation.scheduling.plan import LIMITS, Plans, Wish
from twin_core.simulation.scheduling.schedule import Schedule
from twin_core.simulation.scheduling.seen import pace
from twin_core.simulation.scheduling.shop import Shop
from twin_core.simulation.scheduling.solve import Watch
from twin_core.simulation.scheduling.trial import Upsets
from twin_core.twin import Snapshot
from twin_core.value import Slug

router = APIRouter(route_class=AsideRoute)

MOST_BYTES = 16 << 20
"""Of a shop told whole."""
_LINE = 2
"""Slashes in the path of a line."""


_MOST_ORDERS = 10_000
Amount = Annotated[float, Field(ge=0, le=1e9)]
"""Of an order, in its unit."""


class Wanted(BaseModel):
    """Which orders, how far ahead, and what is known of them.

    Attributes:
        lines: paths or names; empty = every line that has orders.
        horizon: “12 h”, “tonight”, “this week”; empty = all orders.
        aim: lateness (`tardiness`) or when all is done (`makespan`); None = lateness if any is due.
        any_line: whether orders may go to another of the lines.
        made: order → how much of it is made.
        pace: share of the nominal rate at which orders are really made.
        spread: standard deviation over mean of how long orders take: both plans are tried under it.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    lines: list[str] = Field(default_factory=list, max_length=200)
    horizon: str = Field(default="", max_length=100)
    aim: Aim | None = None
    any_line: bool = False
    made: Annotated[dict[Slug, Amount], Field(max_length=_MOST_ORDERS)] | None = None
    pace: float | None = Field(default=None, gt=0, le=2)
    spread: float | None = Field(default=None, gt=0, le=2)


class WantedShop(BaseModel):
    """A shop of its own: machines, jobs of several operations, vehicles; nothing of the plant.

    Attributes:
        before: what is planned; None = what a plain rule of the floor would make.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    shop: Shop
    aim: Aim = "makespan"
    before: Schedule | None = None
    upsets: Upsets | None = None


@router.post("/schedules", response_model=None)
async def schedules(
    request: Request,
    system: SystemOf,
    asker: AskerOf,
    wanted: Wanted,
    accept: Annotated[str, Header()] = "",
) -> dict[str, Any] | StreamingResponse:
    """Orders as planned and as offered, line by line; every offer was run by the simulation.

    JSON, or server-sent events if the client accepts them: the search's id, its progress, the same.
    """
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    lines = tuple(dict.fromkeys(_line(system, said) for said in wanted.lines))
    horizon_s = read_ahead(wanted.horizon, snapshot.now, plant) if wanted.horizon.strip() else None
    wish = Wish(
        lines=lines,
        aim=wanted.aim,
        horizon_s=horizon_s,
        any_line=wanted.any_line,
        made=wanted.made,
        pace=dict.fromkeys((line.id for line in plant.lines), wanted.pace) if wanted.pace else {},
        upsets=Upsets(spread=wanted.spread) if wanted.spread else None,
    )

    async def run(watch: Watch | None = None) -> dict[str, Any]:
        return _planned(await system.forecaster.schedule(snapshot, wish, watch), snapshot)

    return await _answered(request, system, asker, run, accept)


@router.post("/schedules/shop", response_model=None)
async def shop(
    request: Request,
    system: SystemOf,
    asker: AskerOf,
    wanted: WantedShop,
    accept: Annotated[str, Header()] = "",
) -> dict[str, Any] | StreamingResponse:
    """The best schedule of a shop that is told whole, beside what is planned in it."""

    async def run(watch: Watch | None = None) -> dict[str, Any]:
        (found,) = await system.compute.map(partial(_shop, watch), [wanted], long=True)
        charts = shop_charts(wanted.shop, found) if isinstance(found, Offer) else ()
        return {
            **found.model_dump(mode="json"),
            "proven": _proven(found),
            "timezone": system.plant.timezone,
            "charts": [chart.model_dump(mode="json") for chart in charts],
        }

    return await _answered(request, system, asker, run, accept)


@router.post("/schedules/{search}/endings")
async def end(
    system: SystemOf, asker: AskerOf, search: Annotated[str, Path(max_length=40)]
) -> dict[str, str]:
    """End a search that one began, with the best it has found so far."""
    await asyncio.to_thread(system.searches.end, search, asker.user)
    return {"ended": search}


async def _answered(
    request: Request,
    system: System,
    asker: Asker,
    run: Callable[[Watch | None], Awaitable[dict[str, Any]]],
    accept: str,
) -> dict[str, Any] | StreamingResponse:
    if "text/event-stream" not in accept:
        return await run(None)

    async def gone() -> bool:
        return request.app.state.leaving() or await request.is_disconnected()

    told = system.searches.events(run, asker.user, gone)
    return StreamingResponse(told, media_type="text/event-stream")


def _shop(watch: Watch | None, wanted: WantedShop) -> Outcome:
    told, ending = (None, None) if watch is None else (watch.told, watch.ending)
    return offer(
        wanted.shop, wanted.aim, LIMITS, wanted.before, upsets=wanted.upsets, told=told,
        ending=ending,
    )  # fmt: skip


def _planned(found: Plans, snapshot: Snapshot) -> dict[str, Any]:
    plant = snapshot.plant
    touched = {line for plan in found.plans for line in plan.lines}
    seen = {line: pace(snapshot, line) for line in sorted(touched)}
    return {
        "time": snapshot.now,
        "timezone": plant.timezone,
        "lines": {line.id: line.name for line in plant.lines},
        "products": {product.id: product.name for product in plant.products},
        "pace": {line: one.model_dump() for line, one in seen.items() if one is not None},
        "plans": [
            {**plan.model_dump(mode="json"), "better": plan.better, "proven": _proven(plan.outcome)}
            for plan in found.plans
        ],
        "unplanned": found.unplanned,
        "charts": [chart.model_dump(mode="json") for chart in plan_charts(found.plans, plant)],
    }


def _proven(outcome: Outcome) -> bool:
    return isinstance(outcome, Offer) and outcome.proven


def _line(system: System, said: str) -> str:
    """The line that is meant, by its path or by a name that people have for it."""
    plant = system.plant
    path = said if said in {line.id for line in plant.lines} else Names(plant).asset(said)
    if path.count("/") != _LINE:
        allowed = ", ".join(line.name for line in plant.lines if line.kind == "production")
        raise BadInput(f"“{said[:80]}” is no line; allowed: {allowed}.")
    return path
