"""Everything stopped at once, and let go again: by people, audited.

It never sends anything; the gate reads it before every vote, write and undoing.
"""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.routes import AskerOf, Reason, SystemOf

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
async def lift(system: SystemOf, asker: AskerOf, body: Because) -> dict[str, str]:
    """End the freeze: what has not expired and still holds goes on."""
    await system.actuation.lift(asker, body.reason)
    return {"frozen": ""}
