"""`POST /values`: what is believed now of as many points as named, in columns.

For screens and programs that look at much at once and often; `GET /state` tells more of few. It
must never be slower for what else the asker could see.
"""

from typing import Annotated

import orjson
from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.routes import AskerOf, SystemOf
from twin_core.latest import latest

router = APIRouter()


MOST_BYTES = 1 << 20
"""Of the names of all the points of a large plant."""


class Wanted(BaseModel):
    """Paths or aliases of points."""

    model_config = ConfigDict(extra="forbid")

    points: Annotated[list[str], Field(min_length=1, max_length=10_000)]


@router.post("/values")
async def values(system: SystemOf, _asker: AskerOf, body: Wanted) -> Response:
    """Value, source time, status code and state of each point, in the order asked for."""
    snapshot = system.pump.snapshot()
    told = {"now": snapshot.now, **latest(snapshot, body.points)._asdict()}
    return Response(orjson.dumps(told), media_type="application/json")
