"""The routes of rehearsals: what one starts from, and the door for what it found.

Neither is a tool's: a person, or a service in his own name, takes the scene and hands in the
report. It must never run a rehearsal; that is done elsewhere, on a virtual controller.
"""

import asyncio
from typing import Any

from fastapi import APIRouter, Response

from api.routes import AskerOf, SystemOf
from api.scene import Belief, Scene
from twin_core.errors import BadInput, Conflict, NotAllowed
from twin_core.governance.policy import Policy
from twin_core.governance.rehearsal import Rehearsal
from twin_core.value import Slug

router = APIRouter()


@router.get("/proposals/{proposal}/scene")
async def scene(system: SystemOf, asker: AskerOf, proposal: Slug) -> Response:
    """The state from which a pending proposal is rehearsed: plant, belief, policy, trust."""
    if asker.only_looks:
        raise NotAllowed(asker.name, "rehearse a proposal", "another role than viewer alone")
    case = await system.actuation.proposal(proposal)
    if case.stage != "pending":
        raise Conflict(proposal, f"it is {case.stage}; only what waits for approval is rehearsed")
    policy = system.actuation.standing.policy
    if not isinstance(policy, Policy):
        raise Conflict(proposal, "its policy is no document that a rehearsal could hold itself to")
    author = case.proposal.requester.user
    requester = (await system.actuation.standing.people((author,))).get(author)
    if requester is None:
        raise Conflict(proposal, f"its requester {author} is not known any more")
    snapshot = system.pump.snapshot()
    shown = tuple(source.public for source in snapshot.plant.sources)

    def made() -> str:
        return Scene(
            plant=snapshot.plant.model_copy(update={"sources": shown}),
            version=snapshot.plant.version,
            belief=Belief.of(snapshot),
            proposal=case.proposal,
            digest=case.digest,
            tier=case.tier,
            needed=case.needed,
            requester=requester,
            policy=policy,
            trust=dict(system.actuation.trust()),
        ).model_dump_json(by_alias=True)

    return Response(await asyncio.to_thread(made), media_type="application/json")


@router.post("/proposals/{proposal}/rehearsals")
async def rehearsed(
    system: SystemOf, asker: AskerOf, proposal: Slug, body: Rehearsal
) -> dict[str, Any]:
    """Hand in what a rehearsal found; it stays with the proposal as evidence, in your name."""
    if body.proposal != proposal:
        raise BadInput(f"The report is about {body.proposal}, not about {proposal}.")
    found = await system.actuation.rehearsed(body, asker)
    return {"id": found.id, **found.model_dump(mode="json")}
