"""Delegation: what a person lends another of his own rights, until when, and how it ends before.

It is he who lends it, by his own token: nobody lends in another's name. No law lives here.
"""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.grants import Delegation, Delegations
from api.routes import AskerOf, Called, SystemOf
from api.system import System
from twin_core.answer import Grant
from twin_core.plant.names import Names

router = APIRouter()


class Lending(BaseModel):
    """A right lent: the role, to whom, until when (ledger time, microseconds), at which asset."""

    model_config = ConfigDict(extra="forbid")

    user: Annotated[str, Field(min_length=1, max_length=200)]
    role: Literal["operator", "supervisor", "engineer", "admin"]
    until: Annotated[int, Field(ge=0, le=2**53 - 1)]
    at: Called | None = None


@router.get("/delegations")
async def standing(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """Every delegation that has not ended: whose right, to whom, at which asset, until when."""
    found = await asyncio.to_thread(_lent(system).standing, await system.ledger.now())
    return {"timezone": system.plant.timezone, "delegations": [_told(one) for one in found]}


@router.post("/delegations")
async def lend(system: SystemOf, asker: AskerOf, body: Lending) -> dict[str, Any]:
    """Lend a role of your own to somebody until a time; at an asset, or where none is named, all.

    He then acts on your behalf, beside you: a proposal of yours he cannot approve with it, and you
    and he count once. It ends by itself, or when you no longer have the role.
    """
    asset = system.plant.site if body.at is None else Names(system.plant).asset(body.at)
    grant = Grant(role=body.role, at=asset, until=body.until)
    people = system.identity.person
    owner = await asyncio.to_thread(people, asker.user)
    deputy = await asyncio.to_thread(people, body.user)
    now = await system.ledger.now()
    made = await asyncio.to_thread(_lent(system).lend, owner, deputy, grant, now)
    await _record(system)
    return _told(made)


@router.post("/delegations/{delegation}/endings")
async def end(system: SystemOf, asker: AskerOf, delegation: str) -> dict[str, Any]:
    """End a delegation at once: whoever lent it, to whom it was lent, or an administrator."""
    ended = await asyncio.to_thread(_lent(system).end, delegation, asker)
    await _record(system)
    return _told(ended)


def _lent(system: System) -> Delegations:
    return Delegations(system.identity.store)


async def _record(system: System) -> None:
    if system.changes is not None:
        await system.changes()


def _told(one: Delegation) -> dict[str, Any]:
    return {"id": one.id, "of": one.of, "to": one.to, **one.grant.model_dump(exclude={"lent_by"})}
