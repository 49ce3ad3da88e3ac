"""Everything stopped at once, and let go again: by people, audited.

It never sends anything; the gate reads it before every vote, write and undoing.
"""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.routes import AskerOf, Reason, SystemOf
from api.system import System
from twin_core.governance.case import STANDS

router = APIRouter()


class Because(BaseModel):
    """Why, for everybody to read."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


@router.get("/freeze")
async def frozen(system: SystemOf, _asker: AskerOf) -> dict[str, str]:
    """Who stopped everything, when and why; empty if nobody did."""
    return {"frozen": await system.actuation.standing.frozen()}


@router.post("/freeze")
async def freeze(system: SystemOf, asker: AskerOf, body: Because) -> dict[str, str]:
    """Stop everything that waits, is approved or is to be undone; what was sent is read back."""
    return {"frozen": await system.actuation.freeze(asker, body.reason)}


@router.post("/lift")
async def lift(system: SystemOf, asker: AskerOf, body: Because) -> dict[str, Any]:
    """End the freeze: what has not expired and still holds goes on, and what that is."""
    await system.actuation.lift(asker, body.reason)
    return {"frozen": "", "goes_on": [line async for line in _going_on(system)]}


async def _going_on(system: System) -> AsyncIterator[str]:
    """What acts without another word of anybody."""
    standing, now = system.actuation.standing, await system.ledger.now()
    for case in await system.actuation.cases():
        if case.moving and case.stage != "pending":
            yield f"{case.id} “{case.proposal.draft.title}”: {STANDS[case.stage]}"
    for rule in await standing.rules.in_force(now):
        yield f"{rule} is in force"
    for local in await standing.local.in_force(now):
        yield f"local rule {local.local.id}, signed by {local.name}, is in force"
