"""GET /prognosis, POST /windows, GET /improvements: what lies ahead, and what could be better.

The assistant's own tools, asked by programs; worked out in the pool. Nothing is handed in here:
that is the assistant's desk and a person's word.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from api.system import System
from tools.improvements import could_run_better, improvements_told
from tools.prognosis import likely_to_fail
from tools.result import ToolResult
from tools.scene import Scene
from tools.window import Windows, maintenance_window
from twin_core.answer import Asker
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.plant.names import Names

router = APIRouter(route_class=AsideRoute)

Asset = Annotated[str, Query(max_length=500)]


class WindowAsked(BaseModel):
    """A job for which a window is looked for; see `tools.window.MaintenanceWindow`."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    asset: str = Field(min_length=1, max_length=500)
    duration: str = Field(default="", max_length=100)
    task: str = Field(default="", max_length=500)
    people: int = Field(default=1, ge=1, le=20)
    skill: str = Field(default="", max_length=100)
    horizon: str = Field(default="", max_length=100)


@router.get("/prognosis")
async def prognosis(
    system: SystemOf,
    asker: AskerOf,
    asset: Asset = "",
    horizon: Annotated[str, Query(max_length=100)] = "",
) -> dict[str, Any]:
    """What is likely to fail at or below an asset within a time ahead, ranked.

    `asset` as people call it or its path, empty = the plant; `horizon` such as “8 h”.
    """
    scene = await _scene(system, asker)
    found = await likely_to_fail(scene, system.forecaster, system.records, asset, horizon)
    return _answered(found, system)


@router.post("/windows")
async def windows(system: SystemOf, asker: AskerOf, asked: WindowAsked) -> dict[str, Any]:
    """The window for a job that costs least, what each party said, and what was tried."""
    scene = await _scene(system, asker)
    find = Windows(system.forecaster, system.records)
    found = await maintenance_window(scene, find, **asked.model_dump())
    return _answered(found, system)


@router.get("/improvements")
async def improvements(system: SystemOf, asker: AskerOf, asset: Asset = "") -> dict[str, Any]:
    """What could run better at or below an asset, tried now: at most three, or none."""
    scene = await _scene(system, asker)
    return _answered(await could_run_better(scene, system.forecaster, asset), system)


@router.get("/improvements/shift")
async def of_shift(system: SystemOf, asker: AskerOf) -> dict[str, Any]:
    """What was found at the last change of shift, on the whole site."""
    scene = await _scene(system, asker)
    found = system.improving.latest
    if found is None:
        raise NoData("what could run better at a change of shift", "the server's start")
    told = improvements_told(found, scene.look())
    result = ToolResult(status="ok", text=told[0].statement, evidence=told)
    return _answered(result, system)


async def _scene(system: System, asker: Asker) -> Scene:
    names = await asyncio.to_thread(Names, system.plant)
    return Scene(system.view_for(asker), asker, names)


def _answered(found: ToolResult, system: System) -> dict[str, Any]:
    return {
        "status": found.status,
        "text": found.text,
        "evidence": [_told(one) for one in found.evidence],
        "charts": [chart.model_dump(mode="json") for chart in found.charts],
        "timezone": system.plant.timezone,
    }


def _told(one: Evidence) -> dict[str, Any]:
    return {"id": one.id, **one.model_dump(mode="json")}
