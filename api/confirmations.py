"""What an incident was, as people confirm it. Their word, with name and time; never a measurement.

It changes no belief and no diagnosis: it is kept, audited, and found by whoever asks of the like.
"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.reports import incident_named
from api.routes import AskerOf, Reason, SystemOf
from knowledge.records import confirmed_incident
from twin_core.errors import NotAllowed
from twin_core.value import Path, Slug

router = APIRouter()


class Confirmation(BaseModel):
    """Where the cause was, which failure mode of its class it was (if one), and in his words."""

    model_config = ConfigDict(extra="forbid")

    asset: Path
    failure_mode: Slug | None = None
    words: Reason


@router.post("/incidents/{incident}/confirmations")
async def confirm(
    system: SystemOf, asker: AskerOf, incident: str, body: Confirmation
) -> dict[str, Any]:
    """Confirm the cause of an incident that is open or closed within the last hour.

    Said again, it takes the place of what was said before, which stays on record.
    """
    if not any(asker.may(role) for role in ("operator", "supervisor", "engineer", "admin")):
        raise NotAllowed(asker.name, "confirm a cause", "operator, supervisor, engineer or admin")
    found = incident_named(system.pump.snapshot(), incident)
    passage = confirmed_incident(
        found, system.plant, body.asset, body.failure_mode or "", body.words, asker.name,
        system.clock.ledger(),
    )  # fmt: skip
    said = {"asset": body.asset, "failure_mode": body.failure_mode, "words": body.words}
    await system.ledger.record("confirmed", asker.user, found.id, said)
    told = await system.librarian.keep(passage, asker.user)
    return {"outcome": told.outcome, "passage": passage.model_dump(mode="json")}
