"""What a commissioner tries: writes at and beyond a point's limits, proposals that must be denied.

Everything goes through the real desk, gate and connector. So that a write beyond the limits gets
as far as the controller, the gate is given a plant file with wider ones (`widened`): then the
controller alone stands between it and the machine. It must never be used on a real one.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.virtual import packml
from evals.virtual.private import Private, unshaken
from twin_core.errors import OpsTwinError
from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Basis,
    BasisPoint,
    Compensation,
    Draft,
    WritePlan,
    WriteStep,
)
from twin_core.governance.case import Case
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.plant.survey import Tag
from twin_core.units import unit_text
from twin_core.value import Range

_BEYOND = 0.05  # share of the range
_FOLLOWED_S = 60.0  # plant seconds in which a machine must have followed a command
_ANSWER_S = 60.0  # host seconds a case has to come to its end
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Trial:
    """One thing tried."""

    about: str
    what: str
    found: str
    held: bool


def widened(plant: Plant) -> Plant:
    """The plant with limits so wide that every write beyond the true ones passes the gate."""

    def unit(one: Unit) -> Unit:
        return one.model_copy(update={"points": tuple(point(p) for p in one.points)})

    def point(one: Point) -> Point:
        span = one.spec.adjustable
        if span is None:
            return one
        low, high = _beyond(one)
        wide = Range(low=min(low, span.low), high=max(high, span.high))
        limits = Range(low=min(one.spec.limits.low, low), high=max(one.spec.limits.high, high))
        told = {"adjustable": wide, "limits": limits, "step": None}
        return one.model_copy(update={"spec": one.spec.model_copy(update=told)})

    areas = tuple(
        area.model_copy(
            update={
                "lines": tuple(
                    line.model_copy(update={"units": tuple(unit(u) for u in line.units)})
                    for line in area.lines
                )
            }
        )
        for area in plant.areas
    )
    return plant.model_copy(update={"areas": areas})


async def tried(house: Private, point: Point) -> list[Trial]:
    """Both limits of a point, back to where it stood, and beyond both: five writes at most."""
    span = point.spec.adjustable
    assert span is not None
    here = house.system.pump.snapshot().latest(point.id).value
    if here is None:
        return [Trial(point.id, "may be written", "what stands there cannot be read", held=False)]
    found = []
    unit = unit_text(point.spec.unit)
    values = [v for v in (span.low, span.high, here) if span.holds(v)]
    case = await _carried(house, point, here, values)
    for value, record in zip(_moves(point, here, values), case.steps, strict=False):
        said = record.detail or case.result or record.state
        held = record.state == "verified"
        found.append(Trial(point.id, f"takes {value:g} {unit}".rstrip(), said, held=held))
    stands = values[-1] if values and case.stage == "verified" else here
    for value in _beyond(point):
        case = await _carried(house, point, stands, [value])
        state = case.steps[0].state
        held = state in {"failed", "not_applied"} and case.stage in {"failed", "not_applied"}
        said = case.steps[0].detail or case.result
        if state == "verified":
            said = f"it was taken: {said}"
            await _undone(house, case)
        found.append(Trial(point.id, f"refuses {value:g} {unit}".rstrip(), said, held=held))
    return found


async def commanded(house: Private, unit: Unit) -> list[Trial]:
    """A PackML machine is held and let go again: command, then the request, with its handshake."""
    state = unit.with_role(Role.STATE)
    command, request = unit.with_role(Role.COMMAND), unit.with_role(Role.CHANGE_REQUEST)
    if state is None or command is None or request is None:
        return []
    pump, actuation = house.system.pump, house.system.actuation
    found = []
    for word, number, rests in (
        ("hold", packml.HOLD, packml.HELD),
        ("unhold", packml.UNHOLD, packml.EXECUTE),
    ):
        here = pump.snapshot().latest(command.id).value or 0.0
        first = _draft(house, command, here, [float(number)])
        second = _draft(house, request, 0.0, [1.0])
        assert isinstance(first.action, WritePlan)
        assert isinstance(second.action, WritePlan)
        ready = first.action.steps[0].model_copy(update={"handshake": (request.id, 0.0)})
        basis = (*first.basis.points, *second.basis.points)
        draft = first.model_copy(
            update={
                "action": WritePlan(steps=(ready, *second.action.steps)),
                "basis": first.basis.model_copy(update={"points": basis}),
            }
        )
        case = await _signed(house, (await actuation.submit(draft, house.author)).proposal)

        def followed(rests: int = rests) -> bool:
            snapshot = pump.snapshot()
            seen = snapshot.latest(state.id).value, snapshot.latest(request.id).value
            return seen == (rests, 0)

        done = case.stage == "verified" and await house.until(followed, _FOLLOWED_S)
        stands = pump.snapshot().latest(state.id).value
        said = f"{case.result}; state {stands:g}" if stands is not None else case.result
        found.append(Trial(unit.id, f"follows the command {word} ({number})", said, held=done))
    return found


async def denials(house: Private, points: Sequence[Point]) -> list[Trial]:
    """What must be denied, at the first writable point, and at one that is nobody's."""
    actuation, plant = house.system.actuation, house.system.plant
    if not points:
        return []
    point, found = points[0], []
    span = point.spec.adjustable
    assert span is not None
    here = house.system.pump.snapshot().latest(point.id).value or span.low
    inside = span.low if abs(here - span.low) > abs(here - span.high) else span.high
    if point.spec.step is not None:
        inside = here + max(-point.spec.step, min(point.spec.step, inside - here))
    inside = float(round(inside)) if point.spec.type != "float" else inside

    async def denied(what: str, by: str, at: Point, value: float, about: str = "") -> None:
        receipt = await actuation.submit(_draft(house, at, here, [value]), house.author)
        held = receipt.state == "denied" and by in receipt.reason
        said = receipt.reason or f"it is {receipt.state}, and needs {receipt.needs}"
        found.append(Trial(about or at.id, what, said, held=held))

    await denied("is not written at the step observe", "trust", point, inside)
    actuation.standing.trust.ladder = unshaken({plant.site: "act_on_approval"})
    await denied("is not written beyond its range", "bounds", point, _beyond(point)[1])
    if point.spec.step is not None:
        far = span.low if abs(here - span.low) > abs(here - span.high) else span.high
        if abs(far - here) > point.spec.step * 1.001:
            await denied("is not moved further than one step", "bounds", point, far)
    offered = {p.id for p in points}
    shut = next((p for p in plant.read if p.id not in offered and not p.writable), None)
    if shut is not None:
        await denied("is not written: nobody offers it", "bounds", shut, here + 1)
    critical = next((p for p in plant.read if p.spec.safety_critical), None)
    if critical is not None:
        await denied("is never written: safety", "bounds", critical, here + 1)
    receipt = await actuation.submit(_draft(house, point, here, [inside]), house.author)
    for who, what in (
        (house.author, "is not approved by its author"),
        (house.person(0, "viewer"), "is not approved by a viewer"),
        (house.person(0, "service"), "is not approved by a service"),
        (house.person(0, "operator"), "is not approved by an operator"),
    ):
        try:
            status = await actuation.vote(receipt.proposal, who, "approved", "rehearsal")
        except OpsTwinError as refusal:
            found.append(Trial(who.name, what, str(refusal), held=True))
        else:
            found.append(Trial(who.name, what, f"it is {status.state}", held=False))
    return found


def told(point: Point, tag: Tag) -> Iterator[tuple[str, str]]:
    """Where what a server says of a point is not what the plant file says; usually nothing."""
    yield from ()
    spec = point.spec
    if tag.type != spec.type and (tag.type, spec.type) != ("int", "float"):
        yield f"is of type {spec.type}", f"the server says {tag.type}"
    if tag.unit is not None and tag.unit != spec.unit:
        yield f"is in {unit_text(spec.unit) or '1'}", f"the server says {tag.unit_said or tag.unit}"
    if (
        tag.range is not None
        and spec.adjustable is not None
        and not (tag.range.low <= spec.adjustable.low and spec.adjustable.high <= tag.range.high)
    ):
        yield (
            f"may be set from {spec.adjustable.low:g} to {spec.adjustable.high:g}",
            f"the server says {tag.range.low:g} to {tag.range.high:g}",
        )
    if point.writable and not tag.writable:
        yield "may be written", "the server says it may not"


def _beyond(point: Point) -> tuple[float, float]:
    """A value below what a point takes, and one above."""
    span = point.spec.adjustable
    assert span is not None
    more = max(_BEYOND * (span.high - span.low), point.spec.resolution, 1e-3)
    if point.spec.type != "float":
        more = max(1.0, float(round(more)))
    return span.low - more, span.high + more


def _moves(point: Point, here: float, values: Sequence[float]) -> list[float]:
    """The values that differ from what stands there before."""
    least = max(point.spec.resolution, 1e-6 * max(1.0, abs(here)))
    found, old = [], here
    for value in values:
        if abs(value - old) > least:
            found.append(value)
            old = value
    return found


def _draft(house: Private, point: Point, here: float, values: Sequence[float]) -> Draft:
    steps, old = [], here
    for value in _moves(point, here, values) or [values[-1]]:
        check = min(max(point.spec.resolution, abs(value) * 1e-5, 1e-6), abs(value - old) / 2)
        steps.append(
            WriteStep(
                point=point.id, unit=point.spec.unit, old=old, value=value, check=check,
                compensation=Compensation(point=point.id, value=old),
            )
        )  # fmt: skip
        old = value
    snapshot = house.system.pump.snapshot()
    seen = snapshot.latest(point.id)
    wide = abs(here) + abs(point.spec.limits.high) + abs(point.spec.limits.low) + 1.0
    return Draft(
        action=WritePlan(steps=tuple(steps)),
        title=f"Commissioning of {point.id}",
        reason="it is tried before its line is switched on",
        evidence=(
            Evidence(
                kind="state", subject=point.id, time=snapshot.now,
                statement=f"{point.id} stands at {here:g}.", data={"value": here},
            ),
        ),
        basis=Basis(
            points=(
                BasisPoint(
                    point=point.id, value=here, time=seen.time or snapshot.now, status=seen.status,
                    band=Range(low=here - wide, high=here + wide),
                    stale_after_s=snapshot.stale_after_s(point.id),
                ),
            ),
            revision=snapshot.revision,
        ),
    )  # fmt: skip


async def _carried(house: Private, point: Point, here: float, values: Sequence[float]) -> Case:
    actuation = house.system.actuation
    receipt = await actuation.submit(_draft(house, point, here, values), house.author)
    return await _signed(house, receipt.proposal)


async def _signed(house: Private, name: str) -> Case:
    """Approved by as many as it needs, and carried out."""
    actuation = house.system.actuation
    case = await actuation.proposal(name)
    if case.stage == "pending":
        for number in range(case.needed):
            who = house.person(number, "supervisor")
            await actuation.vote(case.id, who, "approved", "rehearsal")
    return await _ended(house, case.id)


async def _undone(house: Private, case: Case) -> Case:
    await house.system.actuation.roll_back(case.id, house.person(0, "supervisor"), "rehearsal")
    return await _ended(house, case.id, "rolled_back")


async def _ended(house: Private, name: str, stage: str = "") -> Case:
    """The case once nothing changes it any more, or it had its time."""
    driver = house.system.actuation.driver
    deadline = time.monotonic() + _ANSWER_S
    while True:
        case = driver.cases.one(name)
        if time.monotonic() > deadline or (not case.moving and stage in {"", case.stage}):
            return case
        await asyncio.sleep(_LOOK_S)
