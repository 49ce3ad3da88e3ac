"""What a large plant is made to work out beside belief: derived points, and models of points.

The formulas are the plant file's own, as often as wanted; the models are as `fitting.py` makes
them, with their weights set from what `plant_load.py` lets neighbours have in common.
"""

from itertools import cycle, islice

from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import Role
from twin_core.soft_sensor import Input, SoftSensor, SoftSensors
from twin_core.value import SECOND, Instant

_LEARNED_ROWS = 1440
_INPUTS = 2


def with_derived(plant: Plant, n: int) -> Plant:
    """The plant with exactly `n` derived points, its own over and over."""
    derived = [
        point.model_copy(update={"id": f"{point.id}_{k}", "names": (), "aliases": ()})
        for k, point in enumerate(islice(cycle(plant.derived), n))
    ]
    return plant.model_copy(update={"derived": tuple(derived)})


def soft_sensors(plant: Plant, n: int, start: Instant) -> SoftSensors:
    """Models of `n` measurements, each told by two others of its machine, to be learned at once."""
    sensors = []
    for unit in plant.units.values():
        told = [p for p in unit.points if p.spec.role is Role.PROCESS and p.spec.noise > 0]
        sensors += [_sensor(p, told) for p in told if len(told) > _INPUTS]
    kept = tuple(sensors[:n])
    return SoftSensors(start=start - _LEARNED_ROWS * 10 * SECOND, end=start, sensors=kept)


def _sensor(point: Point, told: list[Point]) -> SoftSensor:
    others = [p for p in told if p is not point][:_INPUTS]
    weights = [_span(point) / _span(p) / len(others) for p in others]
    return SoftSensor(
        point=point.id,
        inputs=tuple(
            Input(point=p.id, weight=w, low=p.spec.limits.low, high=p.spec.limits.high)
            for p, w in zip(others, weights, strict=True)
        ),
        intercept=_middle(point)
        - sum(w * _middle(p) for p, w in zip(others, weights, strict=True)),
        scale=max(point.spec.noise, 0.01 * _span(point)),
        fit=0.9,
        accuses=True,
        rows=_LEARNED_ROWS,
    )


def _span(point: Point) -> float:
    return point.spec.limits.high - point.spec.limits.low


def _middle(point: Point) -> float:
    usual = point.spec.normal or point.spec.limits
    return usual.low / 2 + usual.high / 2
