"""What the machines of both ends share: a main drive, a carousel's bearing, a magazine.

The stand-in's own laws and constants: A, mm/s, °C, %. It must never read a class file's effects.
"""

from evals.emulator.component import Recipe
from evals.emulator.machine import Machine
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass


class Driven(Machine):
    """A machine with a main drive: what its motor draws and how its gear shakes.

    Attributes:
        motor_current: A; vibration: velocity, mm/s.
    """

    motor = "motor_current"  # the point id of its motor's current
    rub = 0.5  # share of the current that doubled friction adds
    strain = 0.3  # share of the current that a drive adds which gives nothing

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.current_0 = self.true("current", self.nominal(self.motor), 0.06)
        self.motor_current = self.current_0
        self.vibration_0 = self.true("vibration", self.nominal("vibration"), 0.08)
        self.vibration = self.vibration_0

    def haul(self, dt: float, added: float = 0.0) -> None:
        """Current and vibration; `added` is the share of load that the process puts on."""
        share = self.share
        amps = self.current_0 * (0.4 + 0.6 * share) * (1.0 + self.rub * (self.friction - 1.0))
        amps *= 1.0 + added
        if self.drive < 1.0:
            amps *= 1.0 + self.strain * (1.0 - self.drive)
        self.motor_current += (amps - self.motor_current) * min(1.0, dt / 3.0)
        shake = self.vibration_0 * (0.25 + 0.75 * share) * self.wear
        self.vibration += (shake - self.vibration) * min(1.0, dt / 6.0)


class Carousel(Driven):
    """A driven machine that turns on one large bearing.

    Attributes:
        bearing_temperature: °C.
    """

    bearing_spread = 0.08

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        usual = self.nominal("bearing_temperature") - 22.0
        self.bearing_rise = self.true("bearing", usual, self.bearing_spread)
        self.bearing_temperature = 22.0 + self.bearing_rise

    def haul(self, dt: float, added: float = 0.0) -> None:
        """Current, vibration, and how warm the bearing runs."""
        super().haul(dt, added)
        hot = 22.0 + self.bearing_rise * (0.55 + 0.45 * self.share) * self.friction
        self.bearing_temperature += (hot - self.bearing_temperature) * min(1.0, dt / 70.0)


def restocked(
    level: float, usual: float, store_s: float, feed: float, share: float, dt: float
) -> float:
    """A magazine's level, %, one step on.

    Args:
        level: now, %.
        usual: where its feeder keeps it, %.
        store_s: seconds that a full magazine lasts at rated speed.
        feed: share of the feeder's capacity, which is 1.8 times the use at rated speed.
        share: of rated speed.
        dt: seconds.
    """
    used = share * dt / store_s * 100.0
    wanted = used + 0.05 * (usual - level) * dt
    brought = min(max(wanted, 0.0), 1.8 * dt / store_s * 100.0) * feed
    return max(0.0, min(100.0, level + brought - used))
