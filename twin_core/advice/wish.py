"""What a person wants set, drawn up as a remedy is: checked, simulated, with its basis. Pure.

It asks for no cause and claims to cure none. It must never go outside what the plant file and the
product allow, nor touch what is safety-critical.
"""

from collections.abc import Sequence

from twin_core.advice.advise import risks
from twin_core.advice.draw import WRITE_S, Option, titled
from twin_core.advice.plan import effect_of, written
from twin_core.advice.points import Lever, allowed, standing
from twin_core.advice.remedy import Remedy
from twin_core.advice.trial import HORIZON_S, Tried, together
from twin_core.errors import NoData, NotWritable, OutOfRange, WrongKind
from twin_core.plant.assets import Line, Point
from twin_core.simulation.scenario import Comparison, Scenario, SetPoint
from twin_core.twin import Snapshot
from twin_core.units import exact


def wish(snapshot: Snapshot, point: Point, value: float) -> Option:
    """One set-point at the value that a person wants.

    Raises:
        NotWritable: it is safety-critical, or the plant file does not offer it.
        OutOfRange: beyond what may be proposed.
        NoData: where it stands is not believed.
        WrongKind: it stands there already.
    """
    name = f"{point.spec.name} of {snapshot.plant.units[point.unit_id].name}"
    if point.spec.safety_critical:
        raise NotWritable(name, "it is safety-critical and belongs to the controller alone")
    span = allowed(snapshot, point)
    if span is None:
        raise NotWritable(name, "the plant file does not offer it")
    if not span.holds(value):
        raise OutOfRange(name, value, span.low, span.high, point.spec.unit)
    now = standing(snapshot, point)
    if now is None:
        raise NoData(name, "the last look")
    if abs(value - now) <= max(point.spec.resolution, 1e-9) / 2:
        raise WrongKind(name, f"{exact(value, point.spec.unit)}, where it stands,", "another value")
    moves = ((Lever(point, now, (value,), cures=False, task=""), value),)
    return Option(
        title=titled(snapshot.plant, moves),
        kind="write",
        changes=(SetPoint(point=point.id, value=value),),
        after_s=WRITE_S,
        cures=False,
        moves=moves,
    )


def tried(option: Option, line: Line) -> tuple[Scenario, Scenario]:
    """What to simulate of it on a line: nothing done, and it."""
    nothing = Scenario(name="do nothing", line=line.id, horizon_s=HORIZON_S)
    changed = {"name": option.title, "changes": option.changes, "after_s": option.after_s}
    return nothing, nothing.model_copy(update=changed)


def granted(snapshot: Snapshot, option: Option, found: Sequence[Comparison]) -> Remedy:
    """It with what is forecast of the line that feels it most; of no line, if none can feel it.

    What the others would lose is its risk, as it is any remedy's.
    """
    felt = sorted((together([one]) for one in found), key=lambda one: -abs(one.gain.mean))
    most, others = (felt[0] if felt else None), felt[1:]
    elsewhere = {one.baseline.scenario.line: one.gain.mean for one in others}
    return Remedy(
        title=option.title,
        action=written(option),
        effect=effect_of(snapshot, option, most) if most is not None else None,
        acts_after_s=option.after_s,
        risks=risks(snapshot, Tried(option, most, elsewhere)),
    )
