"""The HTTP routes. Each checks who asks, calls one thing, returns its view. No law lives here."""

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from api import views
from api.scopes import fits
from api.system import System
from twin_core.answer import Answer, Ask, Asker, Progress, Role, Words
from twin_core.errors import Denied, NotAllowed, NotSignedIn
from twin_core.governance.desk import Receipt
from twin_core.governance.track_record import track_record
from twin_core.plant.names import Names
from twin_core.reader import READER, Reader
from twin_core.value import SECOND, Slug

router = APIRouter()


def _system(request: Request) -> System:
    system: System = request.app.state.system
    return system


SystemOf = Annotated[System, Depends(_system)]


async def bearer(
    system: SystemOf, request: Request, authorization: Annotated[str, Header()] = ""
) -> Asker:
    """Whose token came with the request: a person, or a machine that pushes.

    Raises:
        NotSignedIn: no token, or one that is not known or has expired.
        NotAllowed: it is not good at this site, or not for this.
        SourceDown: a provider's token, and its keys are not to be had.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("no bearer token was given")
    if token.count(".") == 2 and system.provided is not None:  # a JWT, which none of ours is
        asker = await system.provided.bearer(token.strip())
    else:
        asker = await asyncio.to_thread(system.identity.bearer, token.strip())
    reader = READER.get()
    if reader is not None:
        reader.who = asker.user
    if system.plant.site not in asker.sites:
        raise NotAllowed(asker.name, f"see site {system.plant.site}", f"site {system.plant.site}")
    fits(asker, request, lambda: system.actuation.damage)
    return asker.within(system.plant.site)


async def _asker(asker: Annotated[Asker, Depends(bearer)]) -> Asker:
    if asker.may("pusher"):
        raise NotAllowed(asker.name, "do anything but push readings", "a role for people")
    return asker


AskerOf = Annotated[Asker, Depends(_asker)]


def _readable(text: str) -> str:
    hidden = next((c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\r\t"), None)
    if hidden is not None:
        problem = f"control character U+{ord(hidden):04X}; only line ends and tabs are allowed"
        raise ValueError(problem)
    return text


Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_readable),
]
"""Why a person does something that takes a reason; blanks are none, nor control characters."""
Called = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
"""An asset as people call it, or its path."""


_REPORTING: tuple[Role, ...] = ("operator", "supervisor", "engineer", "admin")


def may_report(asker: Asker, what: str) -> None:
    """Refuses whoever may not say, in his name, what happened.

    Raises:
        NotAllowed: with the roles that may.
    """
    if not any(asker.may(role) for role in _REPORTING):
        raise NotAllowed(asker.name, what, ", ".join(_REPORTING[:-1]) + f" or {_REPORTING[-1]}")


def handed_in(receipt: Receipt) -> dict[str, Any]:
    """What the desk said to a draft, as JSON.

    Raises:
        Denied: it was refused there and then.
    """
    if receipt.state == "denied":
        raise Denied(receipt.proposal, receipt.reason)
    return receipt.model_dump(mode="json")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Question(_Body):
    """A question in plain words; `thread` continues a conversation."""

    text: str = Field(min_length=1, max_length=4000)
    thread: str | None = Field(default=None, max_length=100)
    locale: str = Field(default="en", max_length=20)


class Decision(_Body):
    """A signature: what it means and why."""

    meaning: Literal["approved", "rejected"]
    reason: str = Field(default="", max_length=2000)

    @model_validator(mode="after")
    def _reasoned(self) -> "Decision":
        if self.meaning == "rejected" and not self.reason.strip():
            problem = "a rejection gives its reason"
            raise ValueError(problem)
        return self


class Rollback(_Body):
    """Why what was written shall be undone."""

    reason: str = Field(default="", max_length=2000)


class Resolution(_Body):
    """What a person found at equipment that was left uncertain, and did about it."""

    reason: Reason


class JobReport(_Body):
    """What became of a job that people were told of, and what was done and found."""

    became: Literal["done", "failed"]
    reason: Reason


class Trust(_Body):
    """The step an asset shall stand on."""

    asset: Called
    step: Literal["observe", "advise", "act_on_approval", "act_by_standing_rule"]
    reason: str = Field(default="", max_length=2000)


@router.get("/health")
async def health(system: SystemOf) -> JSONResponse:
    """Whether the service lives, and each of its parts. Needs no token, tells no value."""
    report = await system.health()
    return JSONResponse(report, status_code=200 if report["ok"] else 503)


@router.post("/ask")
async def ask(
    system: SystemOf, asker: AskerOf, body: Question, accept: Annotated[str, Header()] = ""
) -> Any:
    """Ask. JSON, or server-sent events if the client accepts them.

    They are `progress`, `words` as they come, then `answer`, which alone counts.
    """
    question = Ask(
        text=body.text,
        asker=asker,
        thread=body.thread or system.new_id(),
        channel="api",
        locale=body.locale,
    )
    READER.set(kept := Reader())  # a graph takes a node that ends from within for a broken one
    kept.who = asker.user
    steps = system.ask(question)
    if "text/event-stream" in accept:
        return StreamingResponse(
            _events(steps, system.plant.timezone), media_type="text/event-stream"
        )
    answer: Answer | None = None
    async for step in steps:
        if isinstance(step, Answer):
            answer = step
    assert answer is not None
    return views.answer_json(answer, system.plant.timezone)


async def _events(
    steps: AsyncIterator[Progress | Words | Answer], timezone: str
) -> AsyncIterator[str]:
    async for step in steps:
        if isinstance(step, Answer):
            yield f"event: answer\ndata: {json.dumps(views.answer_json(step, timezone))}\n\n"
        else:
            name = "words" if isinstance(step, Words) else "progress"
            yield f"event: {name}\ndata: {step.model_dump_json()}\n\n"


@router.get("/state")
async def state(
    system: SystemOf,
    _asker: AskerOf,
    asset: str = "",
    point: Annotated[tuple[str, ...], Query()] = (),
) -> dict[str, Any]:
    """Believed values: of the points named, or of every point at or below `asset`."""
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    if point:
        paths = [plant.point(p).id for p in point]
    else:
        root = asset or plant.site
        paths = [p.id for p in plant.points if p.id == root or p.id.startswith(f"{root}/")]
        if not paths:
            plant.unit(root)
    return {
        "time": snapshot.now,
        "watermark": snapshot.watermark,
        "digest": snapshot.digest,
        "points": [snapshot.latest(p).model_dump(mode="json") for p in paths],
    }


@router.get("/sources")
async def sources(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """Whether each source can be heard, and since when."""
    snapshot = system.pump.snapshot()
    return {
        "time": snapshot.now,
        "sources": [s.model_dump(mode="json") for s in snapshot.sources.values()],
    }


@router.get("/indicators")
async def indicators(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """Rate, availability, effectiveness, quality, OEE and state times of each line."""
    snapshot = system.pump.snapshot()
    return {
        "time": snapshot.now,
        "lines": [i.model_dump(mode="json") for i in snapshot.indicators.values()],
    }


@router.get("/history")
async def history(
    system: SystemOf,
    asker: AskerOf,
    point: str,
    minutes: Annotated[float, Query(gt=0, le=7 * 1440)] = 30,
    n: Annotated[int, Query(ge=1, le=2000)] = 120,
) -> dict[str, Any]:
    """`n` buckets of one point over the last plant minutes: mean, extremes, count."""
    view = system.view_for(asker)
    now = view.snapshot().now
    found = await view.history(point, now - int(minutes * 60 * SECOND), now, n)
    columns = {
        name: [None if v != v else float(v) for v in column]  # noqa: PLR0124 NaN has no JSON
        for name, column in found.items()
    }
    return {"point": point, "unit": view.snapshot().plant.point(point).spec.unit, **columns}


@router.get("/incidents")
async def incidents(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """Incidents, open or of the last hour; our alarms and the controllers'; quarantined points."""
    snapshot = system.pump.snapshot()
    return {
        "time": snapshot.now,
        "incidents": [i.model_dump(mode="json") for i in snapshot.incidents],
        "alarms": [a.model_dump(mode="json") for a in snapshot.alarms],
        "conditions": [c.model_dump(mode="json") for c in snapshot.conditions],
        "conditions_left_out": snapshot.conditions_left_out,
        "quarantined": [q.model_dump(mode="json") for q in snapshot.quarantined.values()],
    }


@router.get("/proposals")
async def proposals(system: SystemOf, _asker: AskerOf) -> list[dict[str, Any]]:
    """Every proposal, newest first."""
    return [p.model_dump(mode="json") for p in await system.actuation.proposals()]


@router.get("/proposals/{proposal}")
async def proposal(system: SystemOf, _asker: AskerOf, proposal: Slug) -> dict[str, Any]:
    """One proposal whole: action, evidence, forecast, basis, requester, votes, state."""
    return (await system.actuation.proposal(proposal)).model_dump(mode="json")


@router.post("/proposals/{proposal}/decisions")
async def decide(
    system: SystemOf, asker: AskerOf, proposal: Slug, body: Decision
) -> dict[str, Any]:
    """Approve or reject, in the name of the token's holder."""
    status = await system.actuation.vote(proposal, asker, body.meaning, body.reason, "api")
    return status.model_dump(mode="json")


@router.post("/proposals/{proposal}/cancellations")
async def cancel(system: SystemOf, asker: AskerOf, proposal: Slug) -> dict[str, Any]:
    """Take a proposal back, as long as nothing was sent."""
    return (await system.actuation.cancel(proposal, asker)).model_dump(mode="json")


@router.post("/proposals/{proposal}/rollbacks")
async def roll_back(
    system: SystemOf, asker: AskerOf, proposal: Slug, body: Rollback
) -> dict[str, Any]:
    """Begin to undo what was written, as approved with it, where it is still our own value."""
    status = await system.actuation.roll_back(proposal, asker, body.reason)
    return status.model_dump(mode="json")


@router.post("/proposals/{proposal}/resolutions")
async def resolve(
    system: SystemOf, asker: AskerOf, proposal: Slug, body: Resolution
) -> dict[str, Any]:
    """Close an uncertain end after a look at the equipment, and lift its lock."""
    return (await system.actuation.resolve(proposal, asker, body.reason)).model_dump(mode="json")


@router.post("/proposals/{proposal}/reports")
async def report_job(
    system: SystemOf, asker: AskerOf, proposal: Slug, body: JobReport
) -> dict[str, Any]:
    """Say that a job is done, or why it is not: his statement, with his name."""
    status = await system.actuation.reported(proposal, asker, body.became, body.reason)
    return status.model_dump(mode="json")


@router.get("/trust")
async def trust(system: SystemOf, _asker: AskerOf) -> dict[str, str]:
    """The step of the ladder each raised asset stands on; all others observe."""
    return dict(system.actuation.trust())


@router.get("/trust/record")
async def trust_record(system: SystemOf, _asker: AskerOf, asset: Called) -> dict[str, Any]:
    """What speaks for trusting an asset and all below it further, or less, with its step."""
    path, desk = Names(system.plant).asset(asset), system.actuation
    ladder, cases = desk.standing.ladder, await desk.cases()
    incidents, shadows = system.casebook.cases(), desk.shadows.known
    found = track_record(system.plant, path, ladder, cases, incidents, shadows)
    return found.model_dump(mode="json")


@router.post("/trust")
async def set_trust(system: SystemOf, asker: AskerOf, body: Trust) -> dict[str, str]:
    """Set the step of an asset and all below it; an engineer's act, audited."""
    asset = Names(system.plant).asset(body.asset)
    await system.actuation.set_trust(asset, body.step, asker, body.reason)
    return dict(system.actuation.trust())
