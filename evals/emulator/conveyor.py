"""An accumulation conveyor: things on the way, things that queue, and how much it can carry.

Transit is a first-order lag with the travel time (Little's law holds in steady flow). It must
never count a thing twice: `level` is transit plus queue.
"""

from evals.emulator.component import Component, Recipe
from twin_core.plant.assets import Buffer, Unit
from twin_core.plant.classes import EquipmentClass


class Conveyor(Component):
    """What lies between two machines; `unit` may be absent from the plant (a bare buffer).

    Attributes:
        level: things on it; `queue` of them wait at its end; `transit` are on the way.
        full: level at which the machine before it is blocked; `resume` where it starts again.
        restart: queue at which the machine behind it starts again.
        grip, lane, friction, powered: true numbers for faults: share of the commanded chain speed
            that arrives, share of the flow that passes, multiple of friction, 1 or 0.
    """

    def __init__(
        self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe, buffer: Buffer
    ) -> None:
        super().__init__(unit, kind, seed, recipe)
        capacity = max(buffer.capacity, 1e-3)
        self.full = self.true("capacity", capacity, 0.06)
        self.resume = 0.85 * self.full
        self.restart = 0.1 * self.full
        self.travel = self.true("travel", max(buffer.travel_s, 0.5))
        self.rated_speed = unit.parameters.get("speed", 0.0)
        self.max_flow = self.true("max_flow", unit.parameters.get("max_flow", 1e9), 0.05)
        self.bend = self.true("bend", 1.25, 0.05)
        self.grip = self.lane = self.friction = self.powered = 1.0
        self.speed = self.setpoints.get("speed_setpoint", self.rated_speed)
        self.motor_current = 0.0
        self.base_current = self.true("current", self.nominal("motor_current") or 5.5)
        self.transit, self.queue = 0.1 * self.full, 0.15 * self.full
        self.level = self.transit + self.queue

    def put(self, amount: float) -> None:
        """Things come on at its head."""
        self.transit += amount
        self.level += amount

    def take(self, amount: float) -> None:
        """Things leave at its end; at most what queues there."""
        self.queue -= amount
        self.level -= amount

    def run(self, dt: float) -> None:
        """Move things along."""
        share = 1.0
        if self.rated_speed:
            target = self.setpoints["speed_setpoint"] * self.grip * self.powered
            self.speed += (target - self.speed) * min(1.0, dt / 4.0)
            share = self.speed / self.rated_speed
            load = 0.55 + 0.45 * self.level / self.full
            current = self.base_current * share * load * self.friction * 1.25
            self.motor_current += (current - self.motor_current) * min(1.0, dt / 5.0)
        moved = self.transit * min(1.0, dt * share / self.travel)
        most = self.max_flow * min(share, 1.3) ** self.bend * self.lane * dt / 60.0
        moved = min(moved, most)
        self.transit -= moved
        self.queue += moved
