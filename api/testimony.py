"""What people report, and the reasons of stops: in over HTTP, in their names, never by a tool.

A report is kept and audited as it was said, with what was understood of it; what was not is asked
back in one sentence. It changes no belief.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.aside import AsideRoute
from api.routes import AskerOf, Reason, SystemOf, may_report
from api.system import System
from tools.span import read_span
from tools.testimony import understood
from twin_core.answer import Asker
from twin_core.diagnosis.experience import counts, shifts, version
from twin_core.diagnosis.witness import meaning, worth
from twin_core.errors import UnknownName
from twin_core.plant.names import Names
from twin_core.testimony.stops import (
    LEAST_S,
    Stop,
    explained,
    explanations,
    reason_text,
    reasons,
    stops,
)
from twin_core.testimony.stops import Reason as Offer
from twin_core.testimony.testimony import Testimony
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Slug

router = APIRouter()
questions = APIRouter(route_class=AsideRoute)
"""What only reads; reports come in on the serving loop, whose lock keeps them in order."""

_LATELY_US = 1800 * SECOND
"""Stops that ended so long ago are still what somebody means who names no machine."""
_MOST = 200
Named = Annotated[str, Query(max_length=500)]
"""An asset as people call it, or its path; empty = the plant."""


class Report(BaseModel):
    """What somebody says, in his words; `asset` where he says of which machine or line."""

    model_config = ConfigDict(extra="forbid")

    words: Reason
    asset: str = Field(default="", max_length=500)


class StopReason(BaseModel):
    """One of the reasons that were offered for a stop, by its id; or another, in words."""

    model_config = ConfigDict(extra="forbid")

    option: Slug | None = None
    words: Reason | None = None

    @model_validator(mode="after")
    def _one(self) -> "StopReason":
        if (self.option is None) == (self.words is None):
            problem = "either an option or words"
            raise ValueError(problem)
        return self


@router.post("/testimony")
async def say(system: SystemOf, asker: AskerOf, body: Report) -> dict[str, Any]:
    """Report what happened: a planned act, what was put right, a cause, or that it was none.

    `understood` says what each part is taken to mean and what it is worth in a diagnosis; `assumed`
    of which stop it is taken to be, where no time was said; `question` asks back what is missing.
    The last two are empty where there is nothing to say.
    """
    may_report(asker, "report")
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    found = await asyncio.to_thread(
        lambda: understood(
            body.words,
            asker.name,
            snapshot.now,
            Names(plant),
            body.asset,
            stops=_lately(system, snapshot),
        )
    )
    await system.casebook.say(found.testimony, asker.user, plant.site)
    return {
        "understood": [_told(one, snapshot) for one in found.testimony],
        "assumed": found.assumed,
        "question": found.question,
        "timezone": plant.timezone,
    }


@questions.get("/testimony")
async def said(system: SystemOf, _asker: AskerOf, asset: Named = "") -> dict[str, Any]:
    """What was reported, the newest first; at or below `asset`, if one is given."""
    snapshot = system.pump.snapshot()
    root = _root(asset, snapshot)
    told = [
        one
        for one in system.casebook.testimony()
        if not asset or f"{one.asset}/".startswith(f"{root}/")
    ]
    told.sort(key=lambda one: -one.said)
    return {
        "timezone": snapshot.plant.timezone,
        "testimony": [_told(one, snapshot) for one in told[:_MOST]],
    }


@questions.get("/stops")
async def stopped(
    system: SystemOf,
    _asker: AskerOf,
    asset: Named = "",
    span: Annotated[str, Query(max_length=100)] = "last 8 h",
    least_s: Annotated[float, Query(ge=0, le=86_400)] = LEAST_S,
    *,
    every: bool = False,
) -> dict[str, Any]:
    """Stops of machines' own that nobody has given a reason for, each with the likely reasons.

    With `every` those with a reason too. An option's id is good for that stop alone.
    """
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    over = read_span(span, snapshot.now, plant)
    root, offer = _root(asset, snapshot), _offers(system, snapshot)
    known = stops(plant, snapshot.past, over.start, over.end)
    given = explanations(known, system.casebook.testimony())
    found = [
        stop
        for stop in known
        if stop.seconds >= least_s
        and f"{stop.machine}/".startswith(f"{root}/")
        and (every or stop.id not in given)
    ]
    return {
        "timezone": plant.timezone,
        "stops": [_stop(snapshot, stop, given.get(stop.id), offer) for stop in found[:_MOST]],
        "left_out": max(0, len(found) - _MOST),
    }


@questions.get("/stops/{stop}")
async def stop_named(system: SystemOf, _asker: AskerOf, stop: Slug) -> dict[str, Any]:
    """One stop, with the reason that was given, if one was, and those that are likely."""
    snapshot = system.pump.snapshot()
    found = _named(snapshot, stop)
    return {
        **_stop(snapshot, found, explained(found, system.casebook.testimony()), None),
        "options": _told_options(_offers(system, snapshot)(found)),
        "timezone": snapshot.plant.timezone,
    }


@router.post("/stops/{stop}/reasons")
async def give_reason(
    system: SystemOf, asker: AskerOf, stop: Slug, body: StopReason
) -> dict[str, Any]:
    """Say why a machine stood: by one of the options that came with it, or in words."""
    may_report(asker, "report")
    snapshot = system.pump.snapshot()
    found = _named(snapshot, stop)
    said = await asyncio.to_thread(_reason, system, snapshot, asker, found, body)
    await system.casebook.say([said], asker.user, snapshot.plant.site)
    given = explained(found, system.casebook.testimony())
    return _stop(snapshot, found, given, _offers(system, snapshot))


@questions.get("/weights")
async def weights(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """What confirmed incidents add to the priors of failure modes, natural logarithm."""
    confirmed = counts(system.casebook.cases(), system.plant)
    gains = shifts(confirmed, system.plant)
    return {
        "version": version(confirmed),
        "confirmed": confirmed,
        "gains": [{"class": kind, "failure_mode": m, "gain": g} for (kind, m), g in gains.items()],
    }


def _named(snapshot: Snapshot, stop: str) -> Stop:
    """The stop of that id, as far back as stops are remembered."""
    known = stops(snapshot.plant, snapshot.past, 0, snapshot.now)
    for found in known:
        if found.id == stop:
            return found
    raise UnknownName("stop", stop, [one.id for one in known if one.seconds >= LEAST_S][:5])


def _lately(system: System, snapshot: Snapshot) -> list[Stop]:
    """The stops that go on, then those of lately, of which nobody has said why."""
    known = stops(snapshot.plant, snapshot.past, snapshot.now - _LATELY_US, snapshot.now)
    given = explanations(known, system.casebook.testimony())
    lately = [stop for stop in known if stop.seconds >= LEAST_S and stop.id not in given]
    return sorted(lately, key=lambda stop: not stop.goes_on)


def _reason(
    system: System, snapshot: Snapshot, asker: Asker, stop: Stop, body: StopReason
) -> Testimony:
    own = {"stop": stop.id, "start": stop.start, "end": stop.end}
    if body.words is not None:
        names = Names(snapshot.plant)
        told = understood(body.words, asker.name, snapshot.now, names, stop.machine).testimony
        return max(told, key=lambda one: _says(one, stop)).model_copy(update=own)
    offered = _offers(system, snapshot)(stop)
    chosen = next((one for one in offered if one.id == body.option), None)
    if chosen is None:
        raise UnknownName("option", str(body.option), [one.id for one in offered])
    return Testimony(
        kind="planned" if chosen.act else "cause", asset=stop.machine,
        modes=(chosen.mode,) if chosen.mode is not None else (), act=chosen.act,
        words=chosen.text, who=asker.name, said=snapshot.now, **own,
    )  # fmt: skip


def _says(one: Testimony, stop: Stop) -> tuple[bool, bool, bool]:
    """How much a report says of why a machine stood, to be compared."""
    return (
        one.kind not in {"denied", "noted"},
        one.asset == stop.machine,
        bool(one.act or one.modes),
    )


def _root(asset: str, snapshot: Snapshot) -> str:
    return Names(snapshot.plant).asset(asset) if asset.strip() else snapshot.plant.site


def _offers(system: System, snapshot: Snapshot) -> Callable[[Stop], tuple[Offer, ...]]:
    """What offers the likely reasons of a stop."""
    book, plant = system.casebook, snapshot.plant
    cases = book.telling(snapshot.now)
    known = book.testimony(), cases, shifts(counts(cases, plant), plant)
    return lambda stop: reasons(stop, plant, *known)


def _stop(
    snapshot: Snapshot,
    stop: Stop,
    given: Testimony | None,
    offer: Callable[[Stop], tuple[Offer, ...]] | None,
) -> dict[str, Any]:
    plant = snapshot.plant
    options = offer(stop) if offer is not None and given is None else ()
    return {
        **stop.model_dump(mode="json"),
        "name": plant.unit(stop.machine).name,
        "line": plant.line(stop.machine).name,
        "seconds": stop.seconds,
        "reason": None if given is None else reason_text(given, plant),
        "who": None if given is None else given.who,
        "options": _told_options(options),
    }


def _told_options(options: Sequence[Offer]) -> list[dict[str, Any]]:
    return [{"id": one.id, "number": one.number, "text": one.text} for one in options]


def _told(one: Testimony, snapshot: Snapshot) -> dict[str, Any]:
    plant = snapshot.plant
    return {
        **one.model_dump(mode="json"),
        "meaning": meaning(one, plant),
        "worth": worth(one, plant),
    }


router.include_router(questions)
