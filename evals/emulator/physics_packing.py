"""How the dry end really behaves: depalletizer, labeller, case packer, palletizer.

The stand-in's own laws and constants: pressures in bar, tension in N, vacuum in kPa below
atmosphere, temperatures in °C, levels in %. It must never read a class file's effects.
"""

import math

from evals.emulator.component import Recipe, fall, rise
from evals.emulator.physics_machine import Driven, restocked
from evals.emulator.utilities import at_voltage
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass


class _Lift(Driven):
    """A hoist with a pneumatic gripper: what depalletizer and palletizer have in common.

    Attributes:
        cylinder: bar lost by a leaking cylinder; brake: added share of hoist load by a brake that
            drags (0 … 1).
    """

    grip = ""  # the point id of the gripper's pressure
    motor = "hoist_current"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.cylinder = self.brake = 0.0
        self.held_bar = self.setpoints[f"{self.grip}_setpoint"]
        self.floor = self.true("floor", 0.4)
        self.bend = self.true("bend", 1.0)
        self.slips = self.true("slips", 30.0)

    def process(self, now: float, dt: float) -> None:  # noqa: ARG002
        """Gripper, hoist, gear."""
        asked = self.setpoints[f"{self.grip}_setpoint"]
        short = 0.0
        if self.air is not None:
            short = 2.0 * (1.0 - fall(self.air.held, 5.6, 3.6, 0.0, 1.05))
        bar = max(0.0, asked - self.cylinder - short)
        self.held_bar += (bar - self.held_bar) * min(1.0, dt / 6.0)
        reach = fall(self.held_bar, 4.3, 2.2, self.floor, self.bend)
        self.reach = reach * at_voltage(self.power) * (1.0 - 0.55 * self.brake)
        self.scrap = self.base_scrap + self.spoil + rise(self.held_bar, 6.0, 7.5, 0.05, 1.0)
        share = self.share
        self.trips = (
            rise(self.held_bar, 4.3, 2.2, self.slips, 1.0)
            + rise(self.vibration, 5.6, 11.0, 30.0, 0.9)
            + rise(share, 1.1, 1.28, 20.0, 1.0)
        )
        self.haul(dt, 0.9 * self.brake)

    @property
    def hoist_current(self) -> float:
        """Current of the hoist's motor, A."""
        return self.motor_current


class Depalletizer(_Lift):
    """Sweeps layers of bottles off pallets of empties."""

    grip = "sweep_pressure"

    @property
    def sweep_pressure(self) -> float:
        """Pressure at the sweep cylinder, bar."""
        return self.held_bar


class Palletizer(_Lift):
    """Clamps layers of cases and builds pallets."""

    grip = "clamp_pressure"

    @property
    def clamp_pressure(self) -> float:
        """Pressure at the layer clamp, bar."""
        return self.held_bar


class Labeller(Driven):
    """A label web with a brake, hot-melt glue heated by steam, registration.

    Attributes:
        drag: N added by the reel brake; slack: N lost; swing: amplitude of a hunting tension, N;
            heater: share of the glue heater's transfer left; registration: mm off.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.drag = self.slack = self.swing = self.registration = 0.0
        self.heater = 1.0
        self.web_tension = self.setpoints["web_tension_setpoint"]
        self.glue_temperature = self.setpoints["glue_temperature_setpoint"]
        self.label_offset = 0.0
        self.heat_loss = self.true("heat_loss", 65.0)
        self.tears = self.true("tears", 46.0)
        self.scrap_slack = self.true("scrap_slack", 0.21)
        self.scrap_cold = self.true("scrap_cold", 0.23)
        self.scrap_askew = self.true("scrap_askew", 0.31)
        self.bend = self.true("bend", 1.0)

    def process(self, now: float, dt: float) -> None:
        """Web, glue, registration, drive."""
        points = self.setpoints
        share = self.share
        pull = max(0.0, points["web_tension_setpoint"] + self.drag - self.slack)
        if self.swing:
            pull = max(0.0, pull + self.swing * math.sin(now / 3.1))
            self.web_tension += (pull - self.web_tension) * 0.8
        else:
            self.web_tension += (pull - self.web_tension) * min(1.0, dt / 5.0)
        short = 0.0
        if self.steam is not None:
            short = 30.0 * (1.0 - fall(self.steam.held, 5.4, 2.4, 0.0, 1.1))
        warm = points["glue_temperature_setpoint"] - self.heat_loss * (1.0 - self.heater) - short
        self.glue_temperature += (warm - self.glue_temperature) * min(1.0, dt / 42.0)
        wander = 0.25 * self.stream.gauss(0.0, 1.0)
        if self.web_tension < 18.0:
            wander *= 1.0 + 0.35 * (18.0 - self.web_tension)
        off = self.registration + wander
        self.label_offset += (off - self.label_offset) * min(1.0, dt / 8.0)

        reach = 1.0
        if self.air is not None:
            reach = fall(self.air.held, 5.2, 3.2, 0.5, self.bend)
        self.reach = reach * at_voltage(self.power)
        n, g = self.web_tension, self.glue_temperature
        self.scrap = (
            self.base_scrap
            + self.spoil
            + rise(n, 19.0, 9.0, self.scrap_slack, 0.75)
            + rise(g, 141.0, 118.0, self.scrap_cold, 1.05)
            + rise(abs(self.label_offset), 1.0, 4.0, self.scrap_askew, 1.0)
        )
        self.trips = (
            rise(n, 31.0, 44.0, self.tears, 0.95)
            + rise(g, 165.0, 185.0, 25.0, 1.0)
            + rise(share, 1.1, 1.29, 25.0, 1.0)
        )
        self.haul(dt, 0.012 * self.drag)


class CasePacker(Driven):
    """Erects cases, lifts bottles with suction cups.

    Attributes:
        cups: kPa lost at the cups; generator: share of the vacuum generator's capacity; swing:
            amplitude of an unsteady vacuum, kPa; blank_feed: share of blanks brought.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.cups = self.swing = 0.0
        self.generator = self.blank_feed = 1.0
        self.vacuum = self.setpoints["vacuum_setpoint"]
        self.blank_usual = self.true("blank_usual", self.nominal("blank_level"), 0.05)
        self.blank_level = self.blank_usual
        self.blank_store_s = self.true("blank_store", 150.0)
        self.air_knee = self.true("air_knee", 5.75, 0.02)
        self.bend = self.true("bend", 1.0)
        self.drops = self.true("drops", 62.0)
        self.scrap_drop = self.true("scrap_drop", 0.085)

    def process(self, now: float, dt: float) -> None:
        """Vacuum, blanks, air, carriage."""
        short = 0.0
        if self.air is not None:
            short = 25.0 * (1.0 - fall(self.air.held, 5.6, 3.6, 0.0, 1.05))
        most = 88.0 * self.generator
        hold = max(0.0, min(self.setpoints["vacuum_setpoint"], most) - self.cups - short)
        if self.swing:
            hold = max(0.0, hold + self.swing * math.sin(now / 2.7))
            self.vacuum += (hold - self.vacuum) * 0.8
        else:
            self.vacuum += (hold - self.vacuum) * min(1.0, dt / 6.0)
        share = self.share
        self.blank_level = restocked(
            self.blank_level, self.blank_usual, self.blank_store_s, self.blank_feed, share, dt
        )

        reach = fall(self.blank_level, 2.0, 0.0, 0.0, 1.0)
        if self.air is not None:
            reach *= fall(self.air.held, self.air_knee, 3.75, 0.3, self.bend)
        self.reach = reach * at_voltage(self.power)
        v = self.vacuum
        self.scrap = self.base_scrap + self.spoil + rise(v, 53.0, 32.0, self.scrap_drop, 1.0)
        self.trips = (
            rise(v, 53.0, 32.0, self.drops, 0.9)
            + rise(self.blank_level, 15.0, 0.0, 60.0, 1.0)
            + rise(share, 1.11, 1.36, 25.0, 1.0)
            + rise(self.vibration, 5.6, 11.0, 30.0, 0.9)
        )
        self.haul(dt)
