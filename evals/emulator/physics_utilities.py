"""How compressors, chiller and boiler really behave besides their balances.

The stand-in's own laws and constants. It must never read a class file's effects.
"""

import math

from evals.emulator.component import Recipe, fall
from evals.emulator.utilities import Header, Producer, at_voltage
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass


class Compressor(Producer):
    """An oil-injected screw compressor.

    Attributes:
        filter_dirt: multiple of the clean inlet filter's resistance; oil_cooler: share of its
            transfer left; wear: multiple of usual vibration; valve: share of the inlet valve's
            opening that is reached.
    """

    setpoint = "pressure_setpoint"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.filter_dirt = self.oil_cooler = self.wear = self.valve = 1.0
        self.discharge_pressure = 7.0
        self.dp_0 = self.true("dp", 42.0)
        self.inlet_filter_dp = 24.0
        self.oil_0 = self.true("oil", 83.0, 0.03)
        self.oil_temperature = self.oil_0
        self.current_0 = self.true("current", 270.0, 0.06)
        self.motor_current = 190.0
        self.vibration_0 = self.true("vibration", self.nominal("vibration"), 0.08)
        self.vibration = self.vibration_0
        self.outdoors = 20.0

    def limit(self) -> float:
        """Dirty filter, hot oil, a valve that does not open, weak power."""
        able = self.valve
        able *= fall(self.inlet_filter_dp, 52.0, 160.0, 0.53, 0.95)
        able *= fall(self.oil_temperature, 103.0, 118.0, 0.38, 1.0)
        return able * at_voltage(self.power)

    def process(self, dt: float) -> None:
        """Pressure at the flange, filter, oil, motor, bearings."""
        assert self.header is not None
        share = self.share
        self.discharge_pressure = self.header.held + 0.09 * share * share
        dp = self.dp_0 * (0.15 + 0.85 * share * self.valve) ** 2 * self.filter_dirt
        self.inlet_filter_dp += (dp - self.inlet_filter_dp) * min(1.0, dt / 8.0)
        oil = self.oil_0 + 14.0 * (share - 0.65) + 0.3 * (self.outdoors - 20.0)
        oil += 55.0 * (1.0 - self.oil_cooler)
        if not self.running:
            oil = 40.0
        self.oil_temperature += (oil - self.oil_temperature) * min(1.0, dt / 55.0)
        amps = self.current_0 * (0.28 + 0.72 * share) * (1.0 if self.running else 0.0)
        self.motor_current += (amps - self.motor_current) * min(1.0, dt / 3.0)
        shake = self.vibration_0 * (0.4 + 0.6 * min(1.0, share / 0.65)) * self.wear * self.running
        self.vibration += (shake - self.vibration) * min(1.0, dt / 6.0)


class AirHeader(Header):
    """Compressed air: what leaves through machines and holes grows with absolute pressure.

    Attributes:
        dryer: share of the dryer's effect left; dirt: multiple of the clean line filter.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.dryer = self.dirt = 1.0
        self.dew_point = self.true("dew", self.nominal("dew_point"))
        self.dew_0 = self.dew_point
        self.dp_0 = self.true("dp", self.nominal("filter_dp"), 0.08)
        self.filter_dp = self.dp_0
        self.size = 0.0

    def pull(self) -> float:
        """In proportion to absolute pressure."""
        return (self.held + 1.01) / (self.kept_at + 1.01)

    def process(self, dt: float) -> None:
        """Dew point and filter."""
        wet = self.dew_0 + 22.0 * (1.0 - self.dryer)
        self.dew_point += (wet - self.dew_point) * min(1.0, dt / 50.0)
        if not self.size:
            self.size = sum(share for _, share in self.consumers) or 1.0
        dp = self.dp_0 * (self.drawn / self.size) ** 2 * self.dirt
        self.filter_dp += (dp - self.filter_dp) * min(1.0, dt / 5.0)
        self.passage = fall(self.filter_dp, 380.0, 1400.0, 0.45, 1.0)


class Chiller(Producer):
    """A water chiller with a screw compressor.

    Attributes:
        condenser, evaporator: share of the exchangers' transfer left.
    """

    setpoint = "supply_temperature_setpoint"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.condenser = self.evaporator = 1.0
        self.direction = -1.0
        self.supply_temperature = 4.0
        self.condenser_0 = self.true("condenser", 11.4, 0.03)
        self.condenser_pressure = self.condenser_0
        self.approach_0 = self.true("approach", 2.3)
        self.evaporator_approach = self.approach_0
        self.current_0 = self.true("current", 285.0, 0.06)
        self.motor_current = 205.0
        self.outdoors = 20.0

    def limit(self) -> float:
        """High condensing pressure, a poor evaporator, weak power."""
        able = fall(self.condenser_pressure, 14.4, 22.0, 0.28, 0.95)
        able *= fall(self.evaporator_approach, 4.1, 12.0, 0.38, 1.0)
        return able * at_voltage(self.power)

    def process(self, dt: float) -> None:
        """Temperatures, pressures, motor."""
        assert self.header is not None
        share = self.share
        flow = self.header.felt() - 0.25 * share
        self.supply_temperature += (flow - self.supply_temperature) * min(1.0, dt / 10.0)
        bar = self.condenser_0 + 2.0 * (share - 0.65) + 0.11 * (self.outdoors - 20.0)
        bar += 11.0 * (1.0 - self.condenser) * (0.4 + 0.6 * share)
        self.condenser_pressure += (bar - self.condenser_pressure) * min(1.0, dt / 15.0)
        approach = self.approach_0 * (0.35 + 0.65 * share / 0.65) / max(self.evaporator, 0.1)
        self.evaporator_approach += (approach - self.evaporator_approach) * min(1.0, dt / 25.0)
        amps = self.current_0 * (0.2 + 0.8 * share) * (1.0 if self.running else 0.0)
        self.motor_current += (amps - self.motor_current) * min(1.0, dt / 4.0)


class ChilledWater(Header):
    """Chilled water: warm when too little cooling comes, or when little of it gets round.

    `held` is what the consumers feel: the tank's temperature, and what weak circulation adds.

    Attributes:
        tank: °C in the tank that the chiller cools.
        pump: share of the pump's head left; bypass: share of the water that misses the coolers.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.pump, self.bypass = 1.0, 0.0
        self.tank, self.mixed = self.held, 0.0
        self.mixing = self.true("mixing", 26.0)
        self.pump_pressure = self.setpoints["pump_pressure_setpoint"]
        self.return_0 = self.true("return", 6.0, 0.08)
        self.return_temperature = self.held + self.return_0
        self.size = 0.0

    def felt(self) -> float:
        """The chiller feels the tank."""
        return self.tank

    def run(self, dt: float) -> None:
        """Balance the tank, mix, pump."""
        self.held = self.tank
        super().run(dt)
        self.tank = self.held
        bar = min(self.setpoints["pump_pressure_setpoint"], 3.0) * self.pump
        self.pump_pressure += (bar - self.pump_pressure) * min(1.0, dt / 8.0)
        short = 1.0 - fall(self.pump_pressure, 1.68, 0.5, 0.22, 1.0) * (1.0 - self.bypass)
        self.mixed += (self.mixing * short - self.mixed) * min(1.0, dt / 25.0)
        self.held = self.tank + self.mixed
        if not self.size:
            self.size = sum(share for _, share in self.consumers) or 1.0
        flow = math.sqrt(max(self.pump_pressure, 0.04) / 2.0)
        back = self.return_0 * self.drawn / self.size / flow * (1.0 - self.bypass)
        back += self.tank + 0.6 * self.mixed
        self.return_temperature += (back - self.return_temperature) * min(1.0, dt / 20.0)
        setattr(self, self.shown_as, self.held)


class Boiler(Producer):
    """A shell boiler.

    Attributes:
        tubes: share of the tubes' transfer left; feed: share of the feed pump's capacity.
    """

    setpoint = "steam_pressure_setpoint"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.tubes = self.feed = 1.0
        self.steam_pressure = 8.0
        self.drum_level = self.setpoints["drum_level_setpoint"]
        self.flue_0 = self.true("flue", self.nominal("flue_gas_temperature"), 0.03)
        self.flue_gas_temperature = self.flue_0

    def limit(self) -> float:
        """Scaled tubes waste heat up the stack."""
        able = fall(self.flue_gas_temperature, 232.0, 320.0, 0.48, 1.0)
        return able * at_voltage(self.power)

    def process(self, dt: float) -> None:
        """Drum and stack."""
        assert self.header is not None
        share = self.share
        self.steam_pressure = self.header.held + 0.12 * share
        level = self.setpoints["drum_level_setpoint"] - 24.0 * (1.0 - self.feed)
        self.drum_level += (level - self.drum_level) * min(1.0, dt / 20.0)
        flue = self.flue_0 + 28.0 * (share - 0.65) + 130.0 * (1.0 - self.tubes)
        if not self.running:
            flue = 120.0
        self.flue_gas_temperature += (flue - self.flue_gas_temperature) * min(1.0, dt / 30.0)


class SteamHeader(Header):
    """Steam; what escapes grows with pressure."""

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.condensate_0 = self.true("condensate", self.nominal("condensate_temperature"), 0.02)
        self.condensate_temperature = self.condensate_0
        self.traps = 1.0  # share of steam traps that close

    def pull(self) -> float:
        """In proportion to absolute pressure."""
        return (self.held + 1.01) / (self.kept_at + 1.01) * (1.0 + 0.5 * (1.0 - self.traps))

    def process(self, dt: float) -> None:
        """Condensate."""
        warm = self.condensate_0 + 30.0 * (1.0 - self.traps) + 1.5 * (self.held - self.kept_at)
        self.condensate_temperature += (warm - self.condensate_temperature) * min(1.0, dt / 40.0)
