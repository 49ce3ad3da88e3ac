"""What an incident was, as people confirm it. Their word, with name and time; never a measurement.

It changes no belief. It is kept, audited, found by whoever asks of the like, and counted: how often
a failure mode was confirmed moves its prior, a little (`twin_core/diagnosis/experience.py`).
"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.confirming import Said
from api.routes import AskerOf, Called, Reason, SystemOf, may_report
from twin_core.diagnosis.experience import counts, version
from twin_core.plant.names import Names
from twin_core.value import Slug

router = APIRouter()


class Confirmation(BaseModel):
    """Where the cause was, which failure mode of its class it was (if one), and in his words."""

    model_config = ConfigDict(extra="forbid")

    asset: Called
    failure_mode: Slug | None = None
    words: Reason


@router.post("/incidents/{incident}/confirmations")
async def confirm(
    system: SystemOf, asker: AskerOf, incident: str, body: Confirmation
) -> dict[str, Any]:
    """Confirm the cause of an incident, open or closed however long ago.

    Said again, it takes the place of what was said before, which stays on record. Returned is
    with it the version of the weights that diagnoses go by now.
    """
    may_report(asker, "confirm a cause")
    said = Said(
        incident=incident, asset=Names(system.plant).asset(body.asset),
        failure_mode=body.failure_mode, words=body.words, name=asker.name, user=asker.user,
        at=system.clock.ledger(),
    )  # fmt: skip
    passage, told = await system.confirmer.confirm(said)
    return {
        "outcome": told.outcome,
        "passage": passage.model_dump(mode="json"),
        "weights": version(counts(system.casebook.cases(), system.plant)),
    }
