"""What an incident was, as people confirm it. Their word, with name and time; never a measurement.

It changes no belief. It is kept, audited, found by whoever asks of the like, and counted: how often
a failure mode was confirmed moves its prior, a little (`twin_core/diagnosis/experience.py`).
"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.routes import AskerOf, Called, Reason, SystemOf, may_report
from knowledge.records import confirmed_incident
from twin_core.case import Case
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
    book, at = system.casebook, system.clock.ledger()
    found = book.incident(system.pump.snapshot(), incident)
    asset = Names(system.plant).asset(body.asset)
    passage = confirmed_incident(
        found, system.plant, asset, body.failure_mode or "", body.words, asker.name, at
    )
    known = book.case(found.id)
    case = Case(
        incident=found, asset=asset, failure_mode=body.failure_mode,
        probability=known.probability if known is not None else None,
        confirmed_by=asker.name, confirmed_at=at, words=body.words,
    )  # fmt: skip
    await book.confirm(case, asker.user)
    told = await system.librarian.keep(passage, asker.user)
    return {
        "outcome": told.outcome,
        "passage": passage.model_dump(mode="json"),
        "weights": version(counts(book.cases(), system.plant)),
    }
