"""POST /proposals: what a person asks for himself, of the kinds that move no point.

A write is proposed with its forecast and what it rests on, which nobody writes by hand. It must
never approve: whoever asks is the requester, and others decide.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.routes import AskerOf, Reason, SystemOf, handed_in
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, ConfirmCause, Draft, Job, Release

router = APIRouter()

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Asked(BaseModel):
    """A job, a release or a cause to be confirmed; as what people are told it, and why."""

    model_config = ConfigDict(extra="forbid")

    action: Annotated[Job | Release | ConfirmCause, Field(discriminator="kind")]
    title: Title
    reason: Reason


@router.post("/proposals")
async def propose(system: SystemOf, asker: AskerOf, body: Asked) -> dict[str, Any]:
    """Hand an action in for others to approve; its ground is the asker's own word."""
    snapshot = system.pump.snapshot()
    word = Evidence(
        kind="testimony",
        subject=system.plant.site,
        statement=f"{asker.name} asks for it: {body.reason}",
        time=snapshot.now,
        origin=asker.name,
    )
    draft = Draft(
        action=body.action,
        title=body.title,
        reason=body.reason,
        evidence=(word,),
        basis=Basis(points=(), revision=snapshot.revision),
    )
    return handed_in(await system.actuation.submit(draft, asker, "api"))
