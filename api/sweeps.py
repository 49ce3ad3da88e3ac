"""`POST /sweeps`: a sweep as server-sent events: `progress`, again and again, then `sweep`.

The connection is the sweep: when its reader goes, or the server is told to stop, what has not
begun is not simulated any more. What goes wrong on the way is an event `problem`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api import views
from api.routes import AskerOf, SystemOf
from api.sweeping import understand_sweep
from tools.scene import Scene
from twin_core.errors import OpsTwinError
from twin_core.plant.names import Names
from twin_core.simulation.sweep import REPLICATIONS, Swept

router = APIRouter()

_LOOK_S = 0.25  # host seconds between two looks
_BEAT_S = 10.0  # host seconds without progress after which it is told again


class SweepAsked(BaseModel):
    """What is varied, in plain words with a range each; on which line, how far ahead."""

    model_config = ConfigDict(extra="forbid")

    vary: tuple[str, ...] = Field(min_length=1, max_length=4)
    line: str = Field(default="", max_length=200)
    horizon: str = Field(default="", max_length=50)
    replications: int = Field(default=REPLICATIONS, ge=2, le=1000)


@router.post("/sweeps")
async def sweep(
    request: Request, system: SystemOf, asker: AskerOf, body: SweepAsked
) -> StreamingResponse:
    """Forecast a grid of scenarios from the state now."""
    view = system.view_for(asker)
    snapshot = view.snapshot()

    def understood() -> Any:
        names = Names(snapshot.plant)
        scene = Scene(view, asker, names)
        return understand_sweep(scene, names, body.vary, body.line, body.horizon)

    asked = await asyncio.to_thread(understood)  # reading a thousand changes takes a second

    async def gone() -> bool:
        return request.app.state.leaving() or await request.is_disconnected()

    def run(told: Callable[[int], None]) -> Awaitable[Swept]:
        return system.sweeper.run(snapshot, asked, body.replications, told)

    told = stream(run, asked.size, gone)
    return StreamingResponse(told, media_type="text/event-stream")


async def stream(
    run: Callable[[Callable[[int], None]], Awaitable[Swept]],
    size: int,
    gone: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[str]:
    """The events of a run, until it is done or the reader or the server is `gone`."""
    loop = asyncio.get_running_loop()
    began = said_at = loop.time()
    done, said = 0, -1

    def told(so_far: int) -> None:
        nonlocal done
        done = so_far

    task = asyncio.ensure_future(run(told))
    try:
        while True:
            await asyncio.wait({task}, timeout=_LOOK_S)
            if await gone():
                return
            if done != said or loop.time() - said_at > _BEAT_S:
                said, said_at = done, loop.time()
                yield _event("progress", {"done": done, "of": size, "took_s": said_at - began})
            if task.done():
                break
        try:
            swept = task.result()
        except OpsTwinError as error:
            yield _event("problem", views.problem(error))
            return
        took_s = loop.time() - began
        yield _event("sweep", await asyncio.to_thread(_told, swept, took_s))
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, OpsTwinError):
            await task


def _told(swept: Swept, took_s: float) -> dict[str, Any]:
    first = swept.forecasts[0]
    return {
        "sweep": swept.sweep.model_dump(mode="json", exclude={"axes": {"__all__": {"changes"}}}),
        "names": [scenario.name for scenario in swept.sweep.scenarios],
        "rate": {
            "unit": first.rate.unit,
            **{
                part: [getattr(found.rate, part) for found in swept.forecasts]
                for part in ("mean", "low", "high")
            },
        },
        "best": swept.best,
        "replications": first.replications,
        "seed": first.seed,
        "model_version": first.model_version,
        "state_digest": first.state_digest,
        "start": first.start,
        "digest": swept.digest,
        "took_s": took_s,
    }


def _event(name: str, body: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(body)}\n\n"
