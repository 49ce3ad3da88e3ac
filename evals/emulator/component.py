"""A unit of the stand-in plant: its true numbers as plain attributes, drawn once from the seed.

Every attribute that `true` made is a healthy constant, known to nobody outside; a fault may act on
it. Attributes named like points are what the sensors look at. It must never read a twin's model.
"""

import math
import random

from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass, Role

Recipe = dict[str, float]

SETPOINTS = (Role.SETPOINT, Role.SPEED_SETPOINT)


def fall(x: float, full: float, none: float, floor: float, bend: float) -> float:
    """1 on the side of `full`, `floor` beyond `none`, a curve of exponent `bend` between."""
    s = (x - full) / (none - full)
    if s <= 0.0:
        return 1.0
    if s >= 1.0:
        return floor
    return 1.0 - (1.0 - floor) * math.pow(s, bend)


def rise(x: float, full: float, none: float, ceiling: float, bend: float) -> float:
    """0 on the side of `full`, `ceiling` beyond `none`, a curve of exponent `bend` between."""
    s = (x - full) / (none - full)
    if s <= 0.0:
        return 0.0
    if s >= 1.0:
        return ceiling
    return ceiling * math.pow(s, bend)


class Component:
    """A unit with true numbers.

    Args:
        unit: nameplate and points.
        kind: its class.
        seed: of the whole plant; every number has a stream of its own.
        recipe: set-points called for by what is being made, by point id.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        self.unit = unit
        self.kind = kind
        self.seed = f"{seed}/{unit.id}"
        self.stream = random.Random(self.seed)
        self.setpoints: dict[str, float] = {}
        self.called_for(recipe)

    def true(self, name: str, nominal: float, spread: float = 0.1) -> float:
        """A healthy constant: `nominal` off by up to ±`spread`, from its own stream."""
        stream = random.Random(f"{self.seed}/{name}")
        return nominal * (1.0 + spread * stream.uniform(-1.0, 1.0))

    def nominal(self, point_id: str) -> float:
        """Where class or plant file says a healthy unit keeps this point; 0 if it does not say."""
        point = self.unit.point(point_id)
        spec = point.spec if point else self.kind.point(point_id)
        if spec is None or spec.normal is None:
            return 0.0
        return (spec.normal.low + spec.normal.high) / 2

    def called_for(self, recipe: Recipe) -> None:
        """Put every set-point where recipe or class calls for it (what a change-over does)."""
        for spec in self.kind.points:
            if spec.role in SETPOINTS:
                self.write(spec.id, recipe.get(spec.id, self.usual(spec.id)))

    def usual(self, point_id: str) -> float:
        """Where a set-point stands when no product says otherwise."""
        spec = self.kind.point(point_id)
        if spec is not None and spec.role is Role.SPEED_SETPOINT:
            return self.unit.parameters.get("rated_speed", self.nominal(point_id))
        return self.nominal(point_id)

    def write(self, point_id: str, value: float) -> None:
        """Set a set-point; the process follows by its own laws."""
        self.setpoints[point_id] = value
        setattr(self, point_id, value)
