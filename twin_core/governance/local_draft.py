"""What a local rule hands in when it is due: its writes as a plan, and what was seen as grounds.

Pure. It must never change what was signed: what stands already is left out, nothing is added.
"""

from collections.abc import Iterator

from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Basis,
    BasisPoint,
    Compensation,
    Draft,
    WritePlan,
    WriteStep,
)
from twin_core.governance.local_rule import Condition, LocalRule
from twin_core.governance.local_watch import Due
from twin_core.twin import Snapshot
from twin_core.value import Range

STANDS = "all that it writes stands there already"


def drafted(snapshot: Snapshot, due: Due) -> Draft | str:
    """The draft of a rule that is due, or why there is none, one clause.

    It rests on each condition that holds and can be seen, within its bound, and on each point
    written, where it stands.
    """
    for write in due.rule.write:
        here = snapshot.latest(write.point)
        if here.value is None:
            return f"{write.point} is to be written and cannot be seen: {here.why or here.state}"
    steps = [step for step in _steps(snapshot, due.rule) if abs(step.value - step.old) > step.check]
    if not steps:
        return STANDS
    grounds = {step.point: _written(snapshot, step) for step in steps}
    evidence = []
    for number, value, since in due.shown:
        condition = due.rule.condition[number]
        if value is None:
            said = f"{condition.point} is lost or not Good, and was seen before."
        else:
            grounds[condition.point] = _seen(snapshot, condition, value)
            said = f"{condition.point} is at {value:g} {condition.unit}: {condition}."
        evidence.append(
            Evidence(
                kind="state",
                subject=condition.point,
                statement=said,
                data={"value": value, "since": since, "rule": due.rule.id},
                time=due.at,
                quality="bad" if value is None else "good",
            )
        )
    return Draft(
        action=WritePlan(steps=tuple(steps)),
        title=f"Local rule {due.rule.id}",
        reason=due.rule.reason,
        evidence=tuple(evidence),
        basis=Basis(points=tuple(grounds.values()), revision=snapshot.revision),
    )


def _steps(snapshot: Snapshot, rule: LocalRule) -> Iterator[WriteStep]:
    for write in rule.write:
        old = snapshot.latest(write.point).value
        if old is not None:
            yield WriteStep(
                point=write.point,
                unit=write.unit,
                old=old,
                value=write.value,
                check=write.check,
                compensation=Compensation(point=write.point, value=old),
            )


def _written(snapshot: Snapshot, step: WriteStep) -> BasisPoint:
    return _point(
        snapshot, step.point, Range(low=step.old - step.check, high=step.old + step.check)
    )


def _seen(snapshot: Snapshot, condition: Condition, value: float) -> BasisPoint:
    limits = snapshot.plant.point(condition.point).spec.limits
    if condition.below is not None:
        band = Range(low=min(limits.low, value), high=condition.below)
    else:
        band = Range(low=condition.above or 0.0, high=max(limits.high, value))
    return _point(snapshot, condition.point, band)


def _point(snapshot: Snapshot, path: str, band: Range) -> BasisPoint:
    here = snapshot.latest(path)
    return BasisPoint(
        point=path,
        value=here.value if here.value is not None else band.low,
        time=here.time or snapshot.now,
        status=here.status,
        band=band,
        stale_after_s=snapshot.stale_after_s(path),
    )
