"""Slack's own requests, and who is whom there. No law here: Slack's signature is the door's."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from api.routes import AskerOf, SystemOf
from api.system import System
from twin_core.errors import BadInput

router = APIRouter()


def _slack(system: System) -> Any:
    if system.slack is None:
        raise BadInput("Slack is not set up here: see OPSTWIN_SLACK_BOT_TOKEN.")
    return system.slack


@router.post("/slack/events", include_in_schema=False)
async def events(system: SystemOf, request: Request) -> Response:
    """What Slack sends where `slack_mode` is `http`; signed by it, and by nobody else."""
    reply = await _slack(system).door.posted(await request.body(), request.headers)
    if isinstance(reply.body, str):
        return PlainTextResponse(reply.body, reply.status)
    return JSONResponse(reply.body, reply.status)


@router.post("/slack/codes")
async def code(system: SystemOf, asker: AskerOf) -> dict[str, Any]:
    """A code that links the token's holder to the member of Slack who says it there."""
    from api.slack_links import CODE_S

    made = await asyncio.to_thread(_slack(system).links.code, asker.user)
    return {"code": made, "seconds": CODE_S}


@router.get("/slack/links")
async def links(system: SystemOf, asker: AskerOf) -> list[dict[str, Any]]:
    """The members of Slack that the token's holder is."""
    found = await asyncio.to_thread(_slack(system).links.members, asker.user)
    return [one.model_dump(mode="json") for one in found]


@router.post("/slack/unlinkings")
async def unlink(system: SystemOf, asker: AskerOf) -> dict[str, int]:
    """Take every link from the token's holder."""
    return {"unlinked": await asyncio.to_thread(_slack(system).links.unlink, asker.user)}
