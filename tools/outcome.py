"""What a measured value comes to by a simulation, beside where it goes as it is.

It must never tell a value that the simulation does not follow: then it says so.
"""

from tools.wording import called, duration, moment, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import Role
from twin_core.simulation.processes.passing import DEPTHS
from twin_core.simulation.scenario import Course, Forecast
from twin_core.twin import Snapshot
from twin_core.units import number_text, quantity
from twin_core.value import SECOND

_FOLLOWED = 0.25
"""Share of its normal range by which a potential may leave its place as it is."""


def outcome_evidence(
    after: Forecast, before: Forecast | None, point: Point, words: str, snapshot: Snapshot
) -> Evidence | None:
    """Where a value stands at the end with the changes, and as it is; None if no course tells.

    Without changes `before` is None, and it is told as it is.
    """
    with_it, as_it_is = _course(after, point), _course(before or after, point)
    if with_it is None or as_it_is is None:
        return None
    plant = snapshot.plant
    name, unit = called(point.id, plant), point.spec.unit
    ahead = after.scenario.horizon_s
    now = snapshot.latest(point.id).value
    data = {
        "with": with_it.mean[-1], "low": with_it.low[-1], "high": with_it.high[-1],
        "as_it_is": as_it_is.mean[-1], "now": now, "unit": unit, "interval": 90,
        "horizon_s": ahead, "replications": after.replications, "seed": after.seed,
    }  # fmt: skip
    low, high = number_text(with_it.low[-1]), number_text(with_it.high[-1])
    comes = (
        f"the {name} comes to {quantity(with_it.mean[-1], unit)} (90 % interval "
        f"{low} to {high}) {duration(ahead)} from {moment(after.start, plant)}"
    )
    statement = f"As it is, {comes}."
    if before is not None:
        statement = f"With {words}, {comes}; as it is, to {quantity(as_it_is.mean[-1], unit)}."
    if now is not None and not _followed(point, float(now), as_it_is.mean[-1]):
        statement = (
            f"What the {name} would be cannot be told: as it is it stands at "
            f"{quantity(float(now), unit)}, and the simulation does not hold it there."
        )
        data = {"now": now, "as_it_is": as_it_is.mean[-1], "unit": unit}
    return Evidence(
        kind="forecast",
        subject=point.id,
        statement=sentence(statement),
        data=data,
        time=after.start + round(ahead * SECOND),
        quality="simulated",
        origin=after.model_version,
    )


def not_simulated(point: Point, plant: Plant, after: Forecast) -> Evidence:
    """That the simulation does not tell a value."""
    return Evidence(
        kind="forecast",
        subject=point.id,
        statement=f"What the {called(point.id, plant)} would be is not simulated.",
        data={},
        time=after.start,
        quality="simulated",
        origin=after.model_version,
    )


def _course(found: Forecast, point: Point) -> Course | None:
    return next((c for c in found.courses if c.subject == point.id), None)


def _followed(point: Point, now: float, then: float) -> bool:
    """Whether a simulation keeps a potential about where it is, as nothing is changed.

    How full a tank is, goes where it goes.
    """
    normal = point.spec.normal
    if point.spec.role is not Role.POTENTIAL or normal is None or point.spec.unit in DEPTHS:
        return True
    return abs(then - now) <= _FOLLOWED * (normal.high - normal.low)
