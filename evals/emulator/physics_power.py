"""How the power supply really behaves: a transformer on a grid, and its busbar.

The stand-in's own laws and constants. It must never read a class file's effects.
"""

from evals.emulator.component import Recipe
from evals.emulator.utilities import RUNNING, TRIPPED, Header, Producer
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass


class Incomer(Producer):
    """The grid behind a transformer with a tap changer: a voltage source with a drop.

    Attributes:
        dip: volts that the grid is low; cooling: share of the transformer's cooling left.
    """

    setpoint = "voltage_setpoint"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.dip = 0.0
        self.cooling = 1.0
        self.voltage = 400.0
        self.tap = self.setpoints["voltage_setpoint"]
        self.tap_low, self.tap_high = 0.0, 520.0
        self.heat_0 = self.true("heat", 48.0, 0.06)
        self.transformer_temperature = 72.0

    def run(self, dt: float) -> None:
        """The header follows it at once; it only says what passes."""
        assert self.header is not None
        self.state = RUNNING if self.running >= 0.5 else TRIPPED
        aim = min(max(self.setpoints["voltage_setpoint"], self.tap_low), self.tap_high)
        self.tap += max(-0.8 * dt, min(0.8 * dt, aim - self.tap))
        self.given = self.flow = self.header.drawn if self.running >= 0.5 else 0.0
        load = self.given / self.capacity
        self.share, self.output = load, 100.0 * load
        self.voltage = (
            (self.tap - self.dip + self.band * (0.5 - load)) if self.running >= 0.5 else 0.0
        )
        hot = 24.0 + self.heat_0 * (0.4 + 1.1 * load) / max(self.cooling, 0.2)
        self.transformer_temperature += (hot - self.transformer_temperature) * min(1.0, dt / 90.0)


class Busbar(Header):
    """Power at 400 V."""

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.frequency = 50.0
        self.power_factor = self.true("power_factor", 0.96, 0.015)
        self.power_factor_0 = self.power_factor
        self.compensation = 1.0
        self.joint = 0.0  # volts lost at a loose joint at nominal load
        self.size = 0.0

    def run(self, dt: float) -> None:
        """The voltage of the incomer less what a joint loses."""
        draw = 0.0
        for consumer, share in self.consumers:
            draw += consumer.drawing * share
        self.drawn = self.flow = draw * self.bleed + self.leak
        if not self.size:
            self.size = sum(share for _, share in self.consumers) or 1.0
        source = 0.0
        for producer in self.producers:
            source = max(source, getattr(producer, "voltage", 0.0))
        aim = source - self.joint * self.drawn / self.size
        self.held += (max(0.0, aim) - self.held) * min(1.0, dt / 2.0)
        self.frequency += 0.05 * (50.0 - self.frequency) * dt + 0.003 * self.stream.gauss(0.0, 1.0)
        factor = self.power_factor_0 - 0.18 * (1.0 - self.compensation)
        self.power_factor += (factor - self.power_factor) * min(1.0, dt / 10.0)
        setattr(self, self.shown_as, self.held)
