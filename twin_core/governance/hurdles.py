"""What stands between an approved proposal and its write, looked at again just before it.

Content, time, rights, policy, grounds: whatever no longer holds stops it. It must never wait or
remember; the gate does both.
"""

from typing import Literal

from twin_core.canonical import digest
from twin_core.governance.action import Step, WritePlan, WriteStep
from twin_core.governance.admission import pace_s
from twin_core.governance.case import Case, Stage, Wait, clock_text
from twin_core.governance.grounds import broken
from twin_core.governance.ruling import rule
from twin_core.governance.voting import counted, weight
from twin_core.governance.world import World
from twin_core.value import SECOND, Instant


def obstacle(case: Case, world: World, now: Instant) -> tuple[Stage, str] | None:
    """Why the write may not happen now, and where that leaves the proposal."""
    if digest(case.proposal) != case.digest:
        return "denied", "its content is not what was approved"
    if now >= case.proposal.expires:
        return "expired", f"expired at {clock_text(case.proposal.expires)}"
    ours = {step.point for step, _ in case.written()}
    step = step_of(case)
    target = step.point if case.started and isinstance(step, WriteStep) else None
    grounds = broken(case.proposal.draft.basis, world.seen, ours, only=target)
    if grounds:
        return "stale", f"{grounds}; propose again"
    ruling = rule(case.proposal, world, begun=case.started)
    if not ruling.allowed:
        return "denied", f"denied by {ruling.rule}: {ruling.why}"
    if case.tier == "routine" and ruling.tier != "routine":
        return "pending", "no standing rule covers it any more"
    if ruling.needed > case.needed or (ruling.tier == "major" and case.tier != "major"):
        return "denied", f"policy {ruling.version[:12]} now needs {ruling.needs}"
    votes, void = counted(case, world, weight(case, ruling))
    if len(votes) < case.needed:
        return "pending", void or "approvals are missing"
    return None


def handshake(case: Case, world: World) -> Literal["done", "waiting", "missed"]:
    """Whether what must be read back between the last step and this one has been."""
    previous = step_of(case, case.at - 1) if case.at else None
    wait = case.wait
    if wait is None or not isinstance(previous, WriteStep) or previous.handshake is None:
        return "done"
    path, value = previous.handshake
    here = world.seen.get(path)
    width = max(world.plant.point(path).spec.resolution / 2, 1e-9)
    good = here is not None and here.state == "good" and here.value is not None
    if good and here is not None and abs((here.value or 0.0) - value) <= width:
        return "done"
    return "missed" if wait.until is not None and world.plant_now >= wait.until else "waiting"


def paced(step: Step, since: Instant) -> Wait | None:
    """How long a step must wait for its pace, from a plant time on; None if it need not."""
    seconds = pace_s(step) if isinstance(step, WriteStep) else 0.0
    return (
        Wait(what="ramp", since=since, until=since + round(seconds * SECOND)) if seconds else None
    )


def ramping(case: Case, world: World) -> bool:
    """Whether the step under way still waits for its pace."""
    wait = case.wait
    if wait is None or wait.what != "ramp" or wait.until is None:
        return False
    return world.plant_now < wait.until


def step_of(case: Case, at: int | None = None) -> Step:
    """Step `at` of the plan (by default the one under way); of every other kind the action."""
    action = case.proposal.draft.action
    if isinstance(action, WritePlan):
        return action.steps[case.at if at is None else at]
    return action
