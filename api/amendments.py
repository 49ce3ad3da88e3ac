"""POST /amendments and /releases: what is to be believed, as people say. Their acts, audited."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.routes import AskerOf, Reason, SystemOf
from twin_core.amendment import Amendment
from twin_core.errors import BadInput, Conflict, NotAllowed, OutOfRange
from twin_core.governance.admission import unit_of
from twin_core.settling import Edit
from twin_core.value import Instant, Path

router = APIRouter()

_Time = Annotated[Instant, Field(ge=0, le=2**53 - 1)]


class Amend(BaseModel):
    """What is to be believed of a point, or, without one, from when late readings count."""

    model_config = ConfigDict(extra="forbid")

    point: Path | None = None
    start: _Time
    end: _Time | None = None
    value: float | None = Field(default=None, allow_inf_nan=False)
    reason: Reason


class ReleasePoint(BaseModel):
    """A quarantined point that shall be believed again."""

    model_config = ConfigDict(extra="forbid")

    point: Path
    reason: Reason


@router.post("/amendments", status_code=202)
async def amend(system: SystemOf, asker: AskerOf, body: Amend) -> dict[str, Any]:
    """Settle the past again as if it had been so; original readings stay in the log.

    With `point` and `value`: it had that value from `start` to `end` (plant time, microseconds;
    absent = up to what is settled). With `point` alone: what it showed then is not believed.
    Without: readings that came late from `start` on count. `/health` tells when it is done.
    """
    point = None if body.point is None else system.plant.point(body.point)
    if not asker.may("engineer", system.plant.site if point is None else point.id):
        raise NotAllowed(asker.name, "amend the past there", "engineer")
    settled = system.pump.snapshot().watermark
    end = settled if body.end is None else body.end
    if end > settled:
        raise BadInput(f"end: {end} is not settled yet; allowed: up to {settled}.")
    if body.start >= end:
        raise BadInput(f"start: {body.start} is not before the end, {end}.")
    if point is None and body.value is not None:
        raise BadInput("value: of which point? Without `point`, only late readings are counted.")
    if point is not None and point.id not in {p.id for p in system.plant.read}:
        raise BadInput(f"point: {point.id} is derived; amend what it rests on.")
    if point is not None and body.value is not None:
        limits = point.spec.limits
        if not limits.low <= body.value <= limits.high:
            raise OutOfRange(point.id, body.value, limits.low, limits.high, point.spec.unit)
    made = Amendment(
        point=None if point is None else point.id, start=body.start, end=end, value=body.value,
        user=asker.user, reason=body.reason,
    )  # fmt: skip
    subject = made.point or system.plant.site
    await system.ledger.record("amended", asker.user, subject, made.model_dump(mode="json"))
    await system.pump.edit(made)
    return made.model_dump(mode="json")


@router.post("/releases")
async def release(system: SystemOf, asker: AskerOf, body: ReleasePoint) -> dict[str, str]:
    """Believe a quarantined point again, if policy lets him; audited."""
    point = system.plant.point(body.point).id
    await system.actuation.standing.permitted(
        asker, "release", "release", (unit_of(system.plant, point),), f"release {point}",
        {"point": point, "reason": body.reason},
    )  # fmt: skip
    if system.plant.point(point).formula is not None:
        inputs = ", ".join(p.id for p in system.plant.rests_on(point))
        raise BadInput(f"{point} is derived: it is believed when what it rests on is: {inputs}.")
    if point not in system.pump.snapshot().quarantined:
        raise Conflict(point, "it is not in quarantine, so there is nothing to release")
    await system.ledger.record("released", asker.user, point, {"reason": body.reason})
    await system.pump.edit(Edit(kind="release", point=point, user=asker.user, reason=body.reason))
    return {"released": point}
