"""How one comes in: which ways there are, a token for a password, and whose token one has.

It must never say whether it was the user or the password that was wrong.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from api.routes import AskerOf, SystemOf

router = APIRouter()


class Login(BaseModel):
    """User id and password."""

    model_config = ConfigDict(extra="forbid")

    user: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


@router.get("/login")
async def ways_in(system: SystemOf) -> dict[str, Any]:
    """How one signs in: by password, and at which provider. Needs no token."""
    provider = None if system.provided is None else system.provided.way_in
    return {"password": True, "provider": provider}


@router.post("/login")
async def login(system: SystemOf, request: Request, body: Login) -> dict[str, str]:
    """A token for a user who knows his password; after too many wrong ones, wait."""
    address = "" if request.client is None else request.client.host
    token = await asyncio.to_thread(system.identity.log_in, body.user, body.password, address)
    return {"token": token}


@router.get("/me")
async def me(asker: AskerOf) -> dict[str, Any]:
    """Whose token this is."""
    return asker.model_dump(mode="json")
