"""A zone of people who take water: as much as they want while the pressure serves them.

Below the pressure of good service they get less, with its root (Wagner, Shamir and Marks, *Water
Distribution Reliability*, J. Water Resour. Plann. Manage. 114(3), 1988). It must never know why.
"""

import math

from evals.emulator.component import Component, Recipe
from evals.emulator.physics_water import Water
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass

_NOTHING_BAR = 0.5
"""Pressure at which nobody gets anything."""


class Zone(Component):
    """A district behind a meter and a zone valve.

    Attributes:
        taking: m³/h now; total_made: m³ metered since the start.
        course: multiple of the usual demand at this time of day; appetite: multiple that a large
            consumer or an open hydrant adds; passage: share of the zone valve that is free.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.water: Water | None = None
        self.demand = self.true("demand", 60.0 * unit.parameters["rated_speed"], 0.06)
        self.kv = self.true("kv", unit.parameters["kv"], 0.05)
        self.serves = self.true("serves", unit.parameters["service_pressure"], 0.02)
        self.course = self.appetite = self.passage = 1.0
        self.taking = self.demand
        self.speed = self.taking / 60.0
        self.total_made = 0.0
        self.produced = float(self.stream.randrange(20_000, 90_000))
        self.valve_position = self.setpoints["valve_position_setpoint"]
        self.valve_position_low, self.valve_position_high = 0.0, 100.0
        self.pressure = self.nominal("pressure")
        self._slow = self._quick = 0.0

    def run(self, dt: float) -> None:
        """Take a step's water."""
        assert self.water is not None
        self._slow += -self._slow * dt / 240.0 + 0.03 * math.sqrt(dt / 120.0) * self._chance()
        self._quick += -self._quick * dt / 6.0 + 0.012 * math.sqrt(dt / 3.0) * self._chance()
        aim = self.setpoints["valve_position_setpoint"]
        aim = min(max(aim, self.valve_position_low), self.valve_position_high)
        self.valve_position += max(-2.0 * dt, min(2.0 * dt, aim - self.valve_position))
        wants = self.demand * self.course * self.appetite * (1.0 + self._slow + self._quick)
        opens = max(self.kv * self.passage * self.valve_position / 100.0, 1e-3)
        behind = self.water.bar - (self.taking / opens) ** 2
        self.pressure += (max(behind, 0.0) - self.pressure) * min(1.0, dt / 3.0)
        served = (self.pressure - _NOTHING_BAR) / (self.serves - _NOTHING_BAR)
        self.taking = max(wants, 0.0) * math.sqrt(max(0.0, min(served, 1.0)))
        self.speed = self.taking / 60.0
        self.total_made += self.taking * dt / 3600.0
        self.produced += self.taking * dt / 3600.0

    def _chance(self) -> float:
        return self.stream.gauss(0.0, 1.0)
