"""How the wet end really behaves: rinser, filler, capper. The stand-in's own laws and constants.

Temperatures in °C, pressures in bar (gauge), torque in N·m, levels in %. Curves have bends and
thresholds that no nameplate tells. It must never read a class file's effects or failure modes.
"""

import math

from evals.emulator.component import Recipe, fall, rise
from evals.emulator.physics_machine import Carousel, Driven, restocked
from evals.emulator.utilities import at_voltage
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass


class Rinser(Carousel):
    """Jets rinse bottles on a carousel.

    Attributes:
        nozzles: share of the nozzle area that is open; pump: share of the pump's head left;
            heater: share of the heat exchanger's transfer left.
    """

    rub, strain = 0.55, 0.35

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.nozzles = self.pump = self.heater = 1.0
        self.water_pressure = self.setpoints["water_pressure_setpoint"]
        self.water_temperature = self.setpoints["water_temperature_setpoint"]
        self.loss = self.true("loss", 2.6)
        self.heat_loss = self.true("heat_loss", 30.0)
        self.air_knee = self.true("air_knee", 5.75, 0.02)
        self.bend = self.true("bend", 1.0)
        self.scrap_cold = self.true("scrap_cold", 0.065)
        self.scrap_weak = self.true("scrap_weak", 0.125)

    def process(self, now: float, dt: float) -> None:  # noqa: ARG002
        """Water, heat, air, bearing."""
        points = self.setpoints
        # plugged nozzles lose pressure at the jets, a worn pump loses head
        lost = self.loss * ((1.0 - self.nozzles) + (1.0 - self.pump))
        jets = max(0.0, min(points["water_pressure_setpoint"] - lost, 5.2 * self.pump))
        self.water_pressure += (jets - self.water_pressure) * min(1.0, dt / 12.0)
        short = 0.0
        if self.steam is not None:
            short = 24.0 * (1.0 - fall(self.steam.held, 5.4, 2.4, 0.0, 1.1))
        warm = points["water_temperature_setpoint"] - self.heat_loss * (1.0 - self.heater) - short
        self.water_temperature += (warm - self.water_temperature) * min(1.0, dt / 45.0)

        reach = 1.0
        if self.air is not None:
            reach = fall(self.air.held, self.air_knee, 3.75, 0.34, self.bend)
        self.reach = reach * at_voltage(self.power)
        p, t = self.water_pressure, self.water_temperature
        self.scrap = (
            self.base_scrap
            + self.spoil
            + rise(p, 2.4, 1.0, self.scrap_weak, 0.9)
            + rise(t, 37.0, 21.0, self.scrap_cold, 1.1)
        )
        self.trips = rise(p, 4.6, 6.0, 18.0, 1.0) + rise(
            self.bearing_temperature, 76.0, 99.0, 32.0, 0.9
        )
        self.haul(dt)


class Filler(Carousel):
    """A counter-pressure rotary filler with its product cooler.

    Attributes:
        cooler: share of the cooler's transfer left; cooler_valve: opening beyond which it does
            not go (0 … 1, healthy 1); warmth: °C added to the product before the cooler.
        valve_leak: bar of counter-pressure lost; feed: share of the product feed's capacity;
        fill_valves: added share of wrong fill levels at rated speed; level_swing: amplitude of a
            hunting bowl level, %.
    """

    bearing_spread = 0.06

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.cooler = self.feed = self.cooler_valve = 1.0
        self.warmth = self.valve_leak = self.fill_valves = self.level_swing = 0.0
        points = self.setpoints
        self.bowl_level = points["bowl_level_setpoint"]
        self.bowl_pressure = points["bowl_pressure_setpoint"]
        self.product_temperature = points["product_temperature_setpoint"]
        self.cooler_loss = self.true("cooler_loss", 11.0)
        self.water_gain = self.true("water_gain", 0.95)
        self.ambient_gain = self.true("ambient_gain", 0.03)
        self.foam_knee = self.true("foam_knee", 10.0, 0.02)
        self.foam_bend = self.true("foam_bend", 0.96, 0.08)
        self.foam_floor = self.true("foam_floor", 0.44)
        self.droop = self.true("droop", 16.0)
        self.scrap_gas = self.true("scrap_gas", 0.125)
        self.gas_bend = self.true("gas_bend", 0.72, 0.08)
        self.outdoors = 20.0

    def process(self, now: float, dt: float) -> None:
        """Cooler, bowl, foam, drive."""
        points = self.setpoints
        asked = points["product_temperature_setpoint"]
        water = self.chilled_water
        warmer = (water.held - water.kept_at) if water is not None else 0.0
        shift = (
            self.cooler_loss * (1.0 - self.cooler)
            + self.warmth
            + self.water_gain * max(0.0, warmer - 0.8)
            + self.ambient_gain * (self.outdoors - 20.0)
        )
        # the valve's share of the cooling: 0.55 open at the usual set-point, wide open at 1
        opening = 0.55 + 0.065 * (8.0 - asked + 0.25 * shift)
        if opening > self.cooler_valve:
            shift += (opening - self.cooler_valve) * 14.0
        aim = max(asked + shift, 2.5)
        self.product_temperature += (aim - self.product_temperature) * min(1.0, dt / 38.0)

        draw = self.share / max(self.feed, 0.05)
        level = points["bowl_level_setpoint"] - self.droop * max(0.0, draw - 1.12)
        level = max(level, 4.0)
        if self.level_swing:
            level += self.level_swing * math.sin(now / 5.3)
        self.bowl_level += (level - self.bowl_level) * min(
            1.0, dt / (3.0 if self.level_swing else 14.0)
        )
        bar = max(0.0, points["bowl_pressure_setpoint"] - self.valve_leak)
        self.bowl_pressure += (bar - self.bowl_pressure) * min(1.0, dt / 9.0)

        t, p, lv = self.product_temperature, self.bowl_pressure, self.bowl_level
        reach = (
            fall(t, self.foam_knee, 20.0, self.foam_floor, self.foam_bend)
            * fall(lv, 48.0, 15.0, 0.33, 1.05)
            * fall(p, 1.6, 0.6, 0.46, self.gas_bend)
        )
        self.reach = reach * at_voltage(self.power)
        share = self.share
        self.scrap = (
            self.base_scrap
            + self.spoil
            + self.fill_valves * share * share
            + rise(t, 11.0, 20.0, 0.095, 1.0)
            + rise(p, 1.66, 0.8, self.scrap_gas, self.gas_bend)
            + rise(p, 2.6, 3.4, 0.085, 1.0)
            + rise(lv, 78.0, 95.0, 0.105, 1.0)
            + rise(share, 1.11, 1.3, 0.075, 1.0)
        )
        self.trips = rise(self.vibration, 4.6, 9.0, 30.0, 0.9)
        self.haul(dt)


class Capper(Driven):
    """A turret with magnetic torque heads and a cap hopper.

    Attributes:
        clutch: N·m of torque lost; binding: N·m added; scatter: N·m standard deviation between
            heads; cap_feed: share of the cap elevator's capacity.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.clutch = self.binding = self.scatter = 0.0
        self.cap_feed = 1.0
        self.torque = self.setpoints["torque_setpoint"]
        self.cap_usual = self.true("cap_usual", self.nominal("cap_level"), 0.04)
        self.cap_level = self.cap_usual
        self.cap_store_s = self.true("cap_store", 170.0)
        self.air_knee = self.true("air_knee", 5.75, 0.02)
        self.bend = self.true("bend", 1.0)
        self.scrap_loose = self.true("scrap_loose", 0.26)
        self.scrap_tight = self.true("scrap_tight", 0.155)

    def process(self, now: float, dt: float) -> None:  # noqa: ARG002
        """Torque, caps, air, turret."""
        aim = max(0.0, self.setpoints["torque_setpoint"] - self.clutch + self.binding)
        if self.scatter:
            aim += self.scatter * self.stream.gauss(0.0, 1.0)
            self.torque += (aim - self.torque) * 0.8
        else:
            self.torque += (aim - self.torque) * min(1.0, dt / 7.0)
        self.cap_level = restocked(
            self.cap_level, self.cap_usual, self.cap_store_s, self.cap_feed, self.share, dt
        )

        reach = fall(self.cap_level, 2.0, 0.0, 0.0, 1.0)
        if self.air is not None:
            reach *= fall(self.air.held, self.air_knee, 3.75, 0.29, self.bend)
        self.reach = reach * at_voltage(self.power)
        t = self.torque
        self.scrap = (
            self.base_scrap
            + self.spoil
            + rise(t, 1.66, 1.1, self.scrap_loose, 0.95)
            + rise(t, 2.24, 2.8, self.scrap_tight, 1.0)
        )
        self.trips = (
            rise(self.cap_level, 20.0, 0.0, 58.0, 1.0)
            + rise(self.speed, 690.0 / 630.0 * self.rated, 800.0 / 630.0 * self.rated, 20.0, 1.0)
            + rise(self.vibration, 4.6, 9.0, 30.0, 0.9)
        )
        self.haul(dt, 0.35 * self.binding)
