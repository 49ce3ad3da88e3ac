"""POST and GET /disputes: an answer was wrong, and what it was; in a person's own name."""

import asyncio
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.disputes import Dispute, draft_of, first_cause, incident_of, said_of
from api.routes import AskerOf, Reason, SystemOf, handed_in, may_report
from tools.testimony import understood

router = APIRouter()


class Wrong(BaseModel):
    """What it was, in his words; `thread` the conversation, empty = that of the last answer."""

    model_config = ConfigDict(extra="forbid")

    words: Reason
    thread: str = Field(default="", max_length=200)


@router.post("/disputes")
async def dispute(system: SystemOf, asker: AskerOf, body: Wrong) -> dict[str, Any]:
    """Say that the last answer was wrong. It is kept, and put before those who confirm causes.

    `proposal` is empty where no machine was understood in the words, or no incident is known that
    the answer was about; then it is kept as it was said, and `lacking` says what is missing.
    """
    may_report(asker, "report")
    ask, answer = system.disputes.last(asker, body.thread)
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    names = system.assistant.names(plant)
    near = tuple({e.subject for e in answer.evidence if e.subject in plant.units})
    found = await asyncio.to_thread(
        understood, body.words, asker.name, snapshot.now, names, "", near
    )
    said, cause = said_of(found.testimony), first_cause(answer)
    incident = incident_of(answer, snapshot)
    handed: dict[str, Any] = {"proposal": "", "needs": ""}
    if said is not None and said.asset in plant.units and incident:
        draft = draft_of(said, incident, cause, snapshot)
        handed = handed_in(await system.actuation.submit(draft, asker, "api"))
    one = Dispute(
        question=ask.text, answer=answer.text, model=answer.model,
        cause="" if cause is None else f"{cause.subject}:{cause.data.get('failure_mode') or ''}",
        evidence=tuple(e.id for e in answer.evidence), words=body.words,
        asset=None if said is None else said.asset, modes=() if said is None else said.modes,
        incident=incident, proposal=handed["proposal"], user=asker.user, at=snapshot.now,
    )  # fmt: skip
    await system.disputes.keep(one, plant.site)
    lacking = found.question if incident else _NO_INCIDENT
    return {**one.model_dump(mode="json"), "needs": handed["needs"], "lacking": lacking}


_NO_INCIDENT = "It is about no incident that is known, so that there is nothing to confirm."


@router.get("/disputes")
async def disputes(system: SystemOf, _asker: AskerOf) -> list[dict[str, Any]]:
    """Every answer that was called wrong, the oldest first."""
    return [one.model_dump(mode="json") for one in await system.disputes.all()]
