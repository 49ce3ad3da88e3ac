"""Locks that people hang on assets and take off again: by their names, audited.

It never writes anything; the gate reads it before every vote, write and undoing.
"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.routes import AskerOf, Called, Reason, SystemOf
from api.system import System
from twin_core.plant.names import Names

router = APIRouter()


class Hang(BaseModel):
    """What is locked, and why."""

    model_config = ConfigDict(extra="forbid")

    asset: Called
    reason: Reason


class Open(Hang):
    """What is unlocked, and why; `of` is the user whose lock it is, empty = his own."""

    of: str = Field(default="", max_length=200)


@router.get("/locks")
async def locks(system: SystemOf, _asker: AskerOf) -> list[dict[str, Any]]:
    """Every lock that hangs, the oldest first."""
    return await _hanging(system)


@router.post("/locks")
async def lock(system: SystemOf, asker: AskerOf, body: Hang) -> list[dict[str, Any]]:
    """Lock an asset and all in it: nothing is written there while his lock hangs."""
    await system.actuation.standing.locks.hang(
        Names(system.plant).asset(body.asset), asker, body.reason
    )
    return await _hanging(system)


@router.post("/unlocks")
async def unlock(system: SystemOf, asker: AskerOf, body: Open) -> list[dict[str, Any]]:
    """Take a lock off, his own or, if policy lets him, another's; what hangs then."""
    locks = system.actuation.standing.locks
    hung = {lock.asset for lock in await locks.hanging()}
    # one may hang on what the plant file does not have any more
    asset = body.asset if body.asset in hung else Names(system.plant).asset(body.asset)
    await locks.open(asset, body.of, asker, body.reason)
    return await _hanging(system)


async def _hanging(system: System) -> list[dict[str, Any]]:
    hung = await system.actuation.standing.locks.hanging()
    return [{**lock.model_dump(mode="json"), "text": str(lock)} for lock in hung]
