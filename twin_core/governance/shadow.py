"""What came of a proposal that was only thought: at assets that are observed or advised.

Pure. People may have done the same by hand or not; the forecast of what they did is held against
what the line made. It must never judge what was not seen.
"""

import numpy as np

from twin_core.governance.action import Effect, WritePlan
from twin_core.governance.case import Case
from twin_core.governance.verification import horizon_s, realised
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Value


class Shadow(Value):
    """One such proposal, looked at when its forecast was over.

    Attributes:
        taken: whether people set what would have been proposed; None: not to be seen.
        held: whether the line made what was forecast for what people did, inside its 90 %
            interval; None: not to be told.
        why: in one clause.
    """

    proposal: str
    taken: bool | None
    held: bool | None
    why: str


def due(case: Case) -> Instant | None:
    """Plant time at which a shadow can be judged; None if it is none, or forecasts nothing."""
    effect = case.proposal.draft.effect
    if not case.shadow or effect is None:
        return None
    return effect.forecast.start + round(horizon_s(effect) * SECOND)


def judged(case: Case, effect: Effect, snapshot: Snapshot) -> Shadow:
    """What the snapshot shows of a shadow that is due."""
    start = effect.forecast.start
    action = case.proposal.draft.action
    reached = _reached(action, snapshot, start) if isinstance(action, WritePlan) else None
    taken = None if not isinstance(action, WritePlan) else reached is not None
    if taken is None:
        return Shadow(
            proposal=case.id, taken=None, held=None, why="whether a job was done cannot be seen"
        )
    told = effect.forecast.rate if taken else effect.baseline.rate
    since = start if reached is None else reached + round(effect.settle_s * SECOND)
    rate = realised(snapshot, effect.line, since)
    done = "people set the same" if taken else "nobody set it"
    if rate is None or snapshot.recent.time[0] > since:
        return Shadow(proposal=case.id, taken=taken, held=None, why=f"{done}; no rate was seen")
    held = told.low <= rate <= told.high
    return Shadow(
        proposal=case.id, taken=taken, held=held,
        why=f"{done}; {rate:.4g} came, {told.low:.4g} to {told.high:.4g} {told.unit} was forecast",
    )  # fmt: skip


def _reached(plan: WritePlan, snapshot: Snapshot, start: Instant) -> Instant | None:
    """Plant time since `start` from which all that was planned stood as planned; None: never."""
    recent = snapshot.recent
    rows = recent.span(start, snapshot.watermark)
    there = np.ones(len(recent.time[rows]), dtype=bool)
    for step in plan.steps:
        if step.point not in snapshot.plant.index:
            return None
        seen = recent.mean[rows, snapshot.plant.index[step.point]]
        there &= np.abs(seen - step.value) <= step.check
    return int(recent.time[rows][there.argmax()]) if there.any() else None
