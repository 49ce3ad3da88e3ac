"""Whether what was asked has happened: at the far side by reading back, then in the process.

A good status is not success: only the value read back is, and it is compared here again, whatever
the connector concluded. It must never guess: what cannot be seen is `unknown`.
"""

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np

from twin_core.governance.action import (
    ConfirmCause,
    Effect,
    ModelPromotion,
    Outcome,
    Release,
    WriteStep,
    confirmed_as,
)
from twin_core.governance.case import Wait
from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.reading import (
    GOOD_CLAMPED,
    GOOD_COMPLETES_ASYNCHRONOUSLY,
    GOOD_LOCAL_OVERRIDE,
    Quality,
    quality,
)
from twin_core.twin import GRID_S, Snapshot
from twin_core.units import unit_text
from twin_core.value import SECOND, Instant

_CODE: int = 0xFFFF0000
"""The part of a status that is its code; the rest are flags."""

RATE_S: float = 120.0
"""Plant seconds over which a line's rate is taken when an effect is judged, at least."""

COUNTED: float = 24.0
"""Things to be counted in that time: one more or less, as the reading falls, is then 4 % of it."""

PATIENCE: float = 2.0
"""Horizons beyond its own that an effect is waited for which could not be seen meanwhile."""

_FLOAT32: float = 1e-6
"""Relative difference that a 32-bit float on the wire may make."""

Finding = Literal["verified", "settling", "failed", "not_applied", "unknown"]


def replied(step: object, outcome: Outcome) -> tuple[Finding, str]:
    """What the answer to a command that was sent says, with one clause of why."""
    if not isinstance(step, WriteStep):
        return _found_out(step, outcome)
    there = _at(outcome.read_back, step.value, step.check)
    unit = step.unit
    code = None if outcome.status is None else outcome.status & _CODE
    if code == GOOD_LOCAL_OVERRIDE:
        return "failed", "a person at the panel owns the value (GoodLocalOverride)"
    if code == GOOD_CLAMPED:
        return "failed", f"the device clamped it to {_number(outcome.read_back, unit)}"
    if outcome.status is not None and quality(outcome.status) is not Quality.GOOD:
        # refused, and yet our value stands or nothing could be read: it is to be looked at
        open_ = there or outcome.read_back is None
        finding: Finding = "unknown" if open_ else "failed"
        return finding, f"answered {outcome.status:#010x}, {_found(outcome, unit)}"
    if code == GOOD_COMPLETES_ASYNCHRONOUSLY and not there:
        return "settling", "the device completes it by itself"
    if outcome.result == "verified":
        if there:
            return "verified", f"read back {_number(outcome.read_back, unit)}"
        return "failed", f"answered Good, {_found(outcome, unit)}"
    if outcome.result == "not_applied" and outcome.acknowledged:
        return "failed", f"answered Good, {_found(outcome, unit)}"
    why = outcome.detail or _found(outcome, unit)
    return outcome.result, why


def astray(step: object, outcome: Outcome) -> bool:
    """Whether a write that failed left something else than the old value, or nobody knows what."""
    return isinstance(step, WriteStep) and not _at(outcome.read_back, step.old, step.check)


def looked(step: object, outcome: Outcome) -> tuple[Finding, str]:
    """What a look says after an answer was lost: target seen, old value seen, or neither."""
    if not isinstance(step, WriteStep):
        return _found_out(step, outcome)
    found = outcome.read_back
    if _at(found, step.value, step.check):
        return "verified", f"{_number(found, step.unit)} is there"
    if _at(found, step.old, step.check):
        return "not_applied", f"the old value {_number(found, step.unit)} stands"
    if found is None:
        return "unknown", outcome.detail or "it cannot be read"
    return "unknown", f"{_number(found, step.unit)} is there, neither the old nor the new value"


@dataclass(frozen=True, slots=True)
class Observation:
    """The process as seen while an effect is awaited.

    Attributes:
        at: plant time.
        value: of the effect's point, read since the effect is awaited; None when it is not
            believed, or not read since.
        rate: of the line over the last `watched_s`, unit of flow per minute; None if not known.
        sight_s: plant seconds of the wait in which the point was in sight.
        due: the point is believed, and only its first reading since the wait began is missing.
    """

    at: Instant
    value: float | None = None
    rate: float | None = None
    sight_s: float = inf
    due: bool = False


def observe(snapshot: Snapshot, effect: Effect, since: Instant, plant_now: Instant) -> Observation:
    """What the snapshot shows of an effect awaited since `since`.

    A reading that is not newer than `since` says nothing, however well it is still believed.
    """
    value, due, sight_s = None, False, inf
    if effect.point is not None and effect.point in snapshot.plant.index:
        believed = snapshot.latest(effect.point)
        age_s = (plant_now - (believed.time or 0)) / SECOND
        good = believed.state == "good" and age_s <= snapshot.stale_after_s(effect.point)
        due = good and (believed.time or 0) <= since
        value = believed.value if good and not due else None
        sight_s = _in_sight(snapshot, effect.point, since)
    start = snapshot.watermark - round(watched_s(snapshot.plant, effect) * SECOND)
    rate = realised(snapshot, effect.line, start) if start >= since else None
    return Observation(at=plant_now, value=value, rate=rate, sight_s=sight_s, due=due)


def watched_s(plant: Plant, effect: Effect) -> float:
    """Plant seconds over which the rate of an effect's line is taken.

    As long as a line that counts large things takes to count enough of them as it is forecast
    without the action, and no longer than half of what the effect may take.
    """
    line = plant.line(effect.line)
    unit, rate = plant.counter(line), effect.baseline.rate.mean
    if unit is None or rate <= 0:
        return RATE_S
    counted_s = 60.0 * COUNTED * plant.in_flow(line, unit) / rate
    return max(RATE_S, min(counted_s, horizon_s(effect) / 2.0))


def _in_sight(snapshot: Snapshot, path: str, since: Instant) -> float:
    """Plant seconds since `since` in which the point was believed, on the recent past's grid.

    Each bucket with readings vouches for itself, or for two periods of a point read more rarely.
    """
    recent = snapshot.recent
    rows = recent.span(since, snapshot.watermark)
    times = recent.time[rows][np.isfinite(recent.mean[rows, snapshot.plant.index[path]])]
    reach = max(GRID_S, 2.0 * snapshot.plant.point(path).spec.period_s) * SECOND
    return float(np.minimum(np.diff(times, prepend=since), reach).sum()) / SECOND


def realised(snapshot: Snapshot, line: str, start: Instant) -> float | None:
    """The line's mean rate since `start` by its counter, unit of flow per plant minute.

    Increments of the believed PRODUCED count on the grid of the recent past, up to when it was
    last read; a count that restarts at 0 adds nothing in that bucket. None when fewer than two
    buckets are believed.
    """
    plant = snapshot.plant
    unit = plant.counter(plant.line(line))
    counter = unit.with_role(Role.PRODUCED) if unit is not None else None
    if unit is None or counter is None:
        return None
    rows = snapshot.recent.span(start - 1, snapshot.watermark)
    column = plant.index[counter.id]
    counts = snapshot.recent.mean[rows, column]
    times = snapshot.recent.time[rows]
    known = ~np.isnan(counts)
    counts, times = counts[known], times[known]
    if len(counts) < 2:
        return None
    made = float(np.clip(np.diff(counts), 0.0, None).sum())
    # the newest bucket ends where its count was read, not where the bucket does
    read = int(np.clip(snapshot.settled_time[column], times[-2] + 1, times[-1]))
    minutes = (read - int(times[0])) / SECOND / 60.0
    return made * plant.in_flow(plant.line(line), unit) / minutes


Verdict = Literal["seen", "none", "waiting", "hidden", "given_up"]


def answered(effect: Effect, wait: Wait, seen: Observation) -> tuple[Verdict, str]:
    """Whether the process has answered as forecast, with one clause of why.

    The effect's point must reach its target within the settle time, of which only what was in
    sight counts; the line's rate must pass
    what was forecast (at least half of the gain, or the forecast's lower end where no gain was
    promised) before the forecast's horizon ends. Better than forecast is an answer too.

    What cannot be seen is `hidden`, never a missing answer; it is `given_up` when what could be
    seen has decided nothing `PATIENCE` horizons after the wait should have ended.
    """
    verdict, why = _judged(effect, wait, seen)
    until = wait.until if wait.until is not None else wait.since + _horizon(effect)
    if verdict in {"waiting", "hidden"} and seen.at >= until + round(PATIENCE * _horizon(effect)):
        return "given_up", why or "it could not be seen for long enough"
    return verdict, why


def _judged(effect: Effect, wait: Wait, seen: Observation) -> tuple[Verdict, str]:
    elapsed = (seen.at - wait.since) / SECOND
    if effect.point is not None and effect.target is not None:
        if seen.value is None:
            if seen.due and wait.blind is None and elapsed < effect.settle_s:
                return "waiting", ""
            return "hidden", f"{effect.point} cannot be seen"
        if not _at(seen.value, effect.target, effect.tolerance or 0.0):
            if min(elapsed, seen.sight_s) < effect.settle_s:
                return "waiting", ""
            return "none", (
                f"{effect.point} is at {seen.value:g} after {effect.settle_s:g} s; "
                f"forecast {effect.target:g}"
            )
    unit = unit_text(effect.gain.unit)
    due = enough(effect)
    if seen.rate is not None and seen.rate >= due:
        return "seen", f"the line makes {seen.rate:.0f} {unit}; at least {due:.0f} was forecast"
    if elapsed < horizon_s(effect):
        return "waiting", ""
    if seen.rate is None:
        return "hidden", "the line's rate cannot be seen"
    return "none", f"the line makes {seen.rate:.0f} {unit}; at least {due:.0f} was forecast"


def enough(effect: Effect) -> float:
    """The line's rate that counts as an answer, unit of flow per minute."""
    if effect.gain.mean > 0:
        return effect.baseline.rate.mean + 0.5 * effect.gain.mean
    return effect.forecast.rate.low


def horizon_s(effect: Effect) -> float:
    """Plant seconds until the effect must have been seen."""
    return max(effect.settle_s, effect.forecast.scenario.horizon_s, 2 * RATE_S)


def _horizon(effect: Effect) -> Instant:
    return round(horizon_s(effect) * SECOND)


def _found_out(step: object, outcome: Outcome) -> tuple[Finding, str]:
    match step:
        case ModelPromotion():
            return _champion(step, outcome)
        case Release():
            return _released(step, outcome)
        case ConfirmCause():
            return _confirmed(step, outcome)
        case _:
            return _job(outcome)


def _job(outcome: Outcome) -> tuple[Finding, str]:
    if outcome.result == "verified":
        if outcome.reference:
            return "verified", f"order {outcome.reference} is there"
        return "unknown", "it is said to be there, but has no number"
    return outcome.result, outcome.detail or "no order with our key is there"


def _champion(step: ModelPromotion, outcome: Outcome) -> tuple[Finding, str]:
    """What stands as champion tells it all: it is read back in the same breath."""
    if outcome.reference is None:
        return _unseen(outcome, "the champion cannot be read")
    who = f"champion of {step.asset} ({step.model})"
    if outcome.reference == step.version:
        return "verified", f"{step.version or 'none'} is the {who}"
    finding: Finding = "not_applied" if outcome.reference == step.replaces else "failed"
    why = f"; {outcome.detail}" if outcome.detail else ""
    return finding, f"{outcome.reference or 'none'} is the {who}{why}"


def _released(step: Release, outcome: Outcome) -> tuple[Finding, str]:
    """Whether the quarantine still stands; a release that may be taken ends it at the watermark."""
    if outcome.reference is None:
        return _unseen(outcome, "whether it is believed cannot be seen")
    if not outcome.reference:
        return "verified", f"{step.point} is believed again"
    if outcome.reference != str(step.since):
        other: Finding = "not_applied" if outcome.result == "not_applied" else "failed"
        return other, f"{step.point} is in another quarantine than was to be ended"
    if outcome.status == GOOD_COMPLETES_ASYNCHRONOUSLY:
        return "settling", f"{step.point} is still in quarantine; what is taken is being settled"
    return "not_applied", outcome.detail or f"{step.point} is still in quarantine"


def _confirmed(step: ConfirmCause, outcome: Outcome) -> tuple[Finding, str]:
    """What the incident stands confirmed as tells it all."""
    if outcome.reference is None:
        return _unseen(outcome, "what it is confirmed as cannot be seen")
    same = outcome.reference == confirmed_as(step.asset, step.failure_mode)
    finding: Finding = "verified" if same else "not_applied"
    why = f"; {outcome.detail}" if outcome.detail else ""
    return finding, f"{step.incident} is confirmed as {outcome.reference or 'nothing'}{why}"


def _unseen(outcome: Outcome, why: str) -> tuple[Finding, str]:
    """Success that nobody saw is none."""
    finding: Finding = "unknown" if outcome.result == "verified" else outcome.result
    return finding, outcome.detail or why


def told(outcome: Outcome) -> str | None:
    """What was read back, for people: a number, or a champion's version; None = nothing."""
    if outcome.read_back is not None:
        return f"{outcome.read_back:g}"
    return None if outcome.reference is None else outcome.reference or "none"


def _at(value: float | None, target: float, tolerance: float) -> bool:
    return value is not None and abs(value - target) <= tolerance + _FLOAT32 * max(1.0, abs(target))


def _number(value: float | None, unit: str) -> str:
    return "nothing" if value is None else f"{value:g} {unit_text(unit)}".rstrip()


def _found(outcome: Outcome, unit: str) -> str:
    if outcome.read_back is None:
        return "nothing could be read back"
    return f"{_number(outcome.read_back, unit)} was read back"
