"""The routes of local rules: what stands in the file, what is in force, by whom, and its end.

It must never take a rule from a request: what is signed is what the site's file says.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.freezing import Because
from api.routes import AskerOf, Reason, SystemOf
from twin_core.value import Slug

router = APIRouter()


class Signature(BaseModel):
    """By id, the digest of each rule that is signed, as it was read; and why."""

    model_config = ConfigDict(extra="forbid")

    digests: Annotated[dict[Slug, str], Field(min_length=1, max_length=200)]
    reason: Reason


@router.get("/local-rules")
async def local_rules(system: SystemOf, _asker: AskerOf) -> list[dict[str, Any]]:
    """The rules of the site's file, in order, with who signed those in force."""
    return [
        {
            "id": rule.id,
            "does": str(rule),
            "reason": rule.reason,
            "most": rule.most,
            "window_s": rule.window_s,
            "digest": rule.digest,
            "in_force": signed is not None,
            "signed": "" if signed is None else str(signed),
            "until": None if signed is None else signed.until,
            "why": why,
        }
        for rule, signed, why in await system.local.shown()
    ]


@router.post("/local-rules/signatures")
async def sign(system: SystemOf, asker: AskerOf, body: Signature) -> dict[str, list[str]]:
    """Put rules into force as they were read; an engineer's act, audited."""
    return {"in_force": await system.local.sign(body.digests, asker, body.reason)}


@router.post("/local-rules/{rule}/revocations")
async def revoke(system: SystemOf, asker: AskerOf, rule: Slug, body: Because) -> dict[str, str]:
    """End a rule at once; anybody who works there may."""
    await system.local.revoke(rule, asker, body.reason)
    return {"revoked": rule}
