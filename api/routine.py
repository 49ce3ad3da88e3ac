"""The routes of standing rules: what is approved in advance, by whom, and the way to end it.

A rule lets nothing happen that a person could not have been asked about: the gate goes the same
way, reads back and tells. It must never make a proposal.
"""

from typing import Any

from fastapi import APIRouter

from api.freezing import Because
from api.routes import AskerOf, SystemOf
from twin_core.governance.standing_rule import Terms
from twin_core.value import Slug

router = APIRouter()


@router.get("/standing-rules")
async def standing_rules(system: SystemOf, _asker: AskerOf) -> list[dict[str, Any]]:
    """Those in force, with who signed them."""
    found = await system.actuation.standing.rules.in_force(await system.ledger.now())
    return [rule.model_dump(mode="json") for rule in found]


@router.post("/standing-rules")
async def sign(system: SystemOf, asker: AskerOf, body: Terms) -> dict[str, Any]:
    """Approve in advance what the terms cover; an engineer's act, audited."""
    return (await system.actuation.sign_rule(body, asker)).model_dump(mode="json")


@router.post("/standing-rules/{rule}/revocations")
async def revoke(system: SystemOf, asker: AskerOf, rule: Slug, body: Because) -> dict[str, str]:
    """End a rule at once; anybody who works there may."""
    await system.actuation.revoke_rule(rule, asker, body.reason)
    return {"revoked": rule}
