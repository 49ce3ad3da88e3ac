"""Centrifugal pumps side by side on drives of their own, and the inlet that fills their tank.

Curve H = n²·H₀ - k·n^(2-e)·Q^e, which obeys the affinity laws for every exponent e (Karassik et
al., *Pump Handbook*, ch. 2.3); where it crosses what lift and pipe ask for, the pump runs. Q in
m³/h, H in m, n as a share of rated speed. The stand-in's own laws and constants. It must never read
a class file's effects.
"""

import math

from evals.emulator.component import Recipe, fall
from evals.emulator.physics_water import BAR_PER_M, Manifold
from evals.emulator.utilities import RUNNING, TRIPPED, Producer, at_voltage
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass

STANDBY = 4
_EXPONENT = 1.8
_STARTS, _STOPS = 0.15, 0.01
"""Share asked for at which a standing pump starts, and a running one stops after a while."""
_LINGERS_S = 45.0
_FLAP_S = 8.0
"""Time constant of the damped flap of a check valve."""
_BOILS_S = 6.0
"""Time constant of vapour in an impeller that is short of suction head."""


class Pump(Producer):
    """A centrifugal pump with motor, drive, check valve and isolating valve.

    Its controller asks for more the lower the main; one behind the other by their set-points.

    Attributes:
        n: share of rated speed; taking, given: m³/h out of the suction, and as much into the main;
            lifted: what its impeller moves for that; head: m.
        impeller: share of head left; recirculated: share of what the impeller lifts that goes back
            through worn rings; clog: multiple of its inner resistance; unbalance, bearing,
            alignment: multiples of healthy; seal: ml/min that drip; cooling: share of the motor's
            cooling; drive: share of speed that the drive can give; nonreturn: share to which the
            check valve opens; passing: share of the check valve that stays open; isolation:
            share to which the isolating valve is open.
    """

    setpoint = "pressure_setpoint"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.suction: Manifold | None = None
        self.shutoff = self.true("shutoff", unit.parameters["shutoff_head"], 0.03)
        rated = unit.parameters["rated_flow"]
        self.rated = self.true("rated", rated, 0.04)
        self.steep = (self.shutoff - unit.parameters["rated_head"]) / self.rated**_EXPONENT
        self.pipe = self.true("pipe", 2.0) / self.rated**_EXPONENT
        self.least = self.true("least", 0.83, 0.01)
        self.best = self.true("efficiency", 0.76, 0.03)
        self.impeller = self.clog = self.unbalance = self.bearing = self.alignment = 1.0
        self.cooling = self.drive = self.nonreturn = self.isolation = 1.0
        self.recirculated = self.seal = self.passing = 0.0
        self.outdoors = 20.0
        self.state = STANDBY
        self.n = self.head = self.taking = self.given = self.lifted = 0.0
        self.cavitates = 0.0
        self._idle_s = self._vapour = 0.0
        self.speed = 0.0
        self.discharge_pressure = self.suction_pressure = 0.0
        self.check_valve_position = 0.0
        self.isolation_position = 100.0
        self.motor_power = self.motor_current = 0.0
        self.vibration_0 = self.true("vibration", self.nominal("vibration"), 0.08)
        self.bearing_0 = self.true("bearing", 28.0, 0.06)
        self.winding_0 = self.true("winding", 55.0, 0.06)
        self.seal_0 = self.true("seal", self.nominal("seal_leakage"), 0.1)
        self.vibration, self.seal_leakage = 0.1, self.seal_0
        self.bearing_temperature = self.winding_temperature = 24.0

    def run(self, dt: float) -> None:
        """Control, turn, lift."""
        self.n += (self._turned(dt) - self.n) * min(1.0, dt / 2.5)
        self.speed = 100.0 * self.n
        self._lift(dt)
        self._heat(dt)

    def _turned(self, dt: float) -> float:
        """The speed that controller, limits and drive let it have; sets state and output."""
        ask = self.asked()
        if self.running < 0.5:
            self.state = TRIPPED
        elif self.state == RUNNING:
            self._idle_s = self._idle_s + dt if ask <= _STOPS else 0.0
            self.state = STANDBY if self._idle_s > _LINGERS_S else RUNNING
        else:
            self.state = RUNNING if ask >= _STARTS else STANDBY
        runs = self.state == RUNNING
        self.share = ask if runs else 0.0
        self.output = 100.0 * self.share
        hot = fall(self.winding_temperature, 125.0, 165.0, 0.75, 1.0)
        most = min(self.drive, hot, at_voltage(self.power))
        return min(self.least + self.share * (1.0 - self.least), most) if runs else 0.0

    def flow_at(self, lift: float, n: float, outer: float = 0.0, spoilt: float = 1.0) -> float:
        """Flow of its impeller, m³/h; 0 where the curve does not reach the lift.

        Args:
            lift: static head, m.
            n: share of rated speed.
            outer: m of head lost outside at 1 m³/h.
            spoilt: share of the head left by vapour and air.
        """
        left = n * n * self.shutoff * self.impeller * spoilt - lift
        if left <= 0.0 or n < 0.05:
            return 0.0
        inner = self.steep * self.clog * math.pow(n, 2.0 - _EXPONENT)
        return float(math.pow(left / (inner + outer), 1.0 / _EXPONENT))

    def _lift(self, dt: float) -> None:
        """Where its curve crosses lift and pipe."""
        assert self.header is not None
        assert self.suction is not None
        lift = (self.header.held - self.suction.held) / BAR_PER_M
        opens = max(self.nonreturn * self.isolation, 0.02)
        outer = self.pipe / (opens * opens)
        # vapour builds up over seconds: at once, flow and suction would swing from step to step
        self._vapour += (self._short_of_suction() - self._vapour) * min(1.0, dt / _BOILS_S)
        deficit = self._vapour
        spoilt = (1.0 - 0.5 * deficit) * (1.0 - 1.6 * min(self.suction.air, 0.5))
        self.lifted = self.flow_at(lift, self.n, outer, spoilt)
        if self.lifted > 0.0:
            self.given = self.lifted * (1.0 - self.recirculated)
        else:
            back = self.passing * self.isolation * self.rated
            self.given = 0.0 - back * math.sqrt(max(lift, 0.0) / self.shutoff)
        self.taking = self.flow = self.given
        self.cavitates = deficit if self.lifted > 0.0 else 0.0
        self.head = lift + outer * math.pow(max(self.given, 0.0), _EXPONENT)
        self.discharge_pressure = self.suction.held + self.head * BAR_PER_M
        self.suction_pressure = self.suction.held
        opened = min(1.0, self.lifted / (0.15 * self.rated)) * self.nonreturn
        flap = 100.0 * max(opened, self.passing)
        self.check_valve_position += (flap - self.check_valve_position) * min(1.0, dt / _FLAP_S)
        self.isolation_position = 100.0 * self.isolation

    def _short_of_suction(self) -> float:
        """Share by which the suction head lies below what it needs (NPSH), 0..1."""
        assert self.suction is not None
        there = (self.suction.held + 1.013) / BAR_PER_M - 0.2
        needs = 4.0 * self.n * self.n + 3.2 * (self.lifted / self.rated) ** 2
        return max(0.0, min(1.0, (needs + 1.0 - there) / 4.0))

    def _heat(self, dt: float) -> None:
        """Power, current, vibration, temperatures, seal."""
        n, q = self.n, self.lifted / self.rated
        off = q / max(n, 0.1) - 1.0
        efficiency = max(0.25, self.best * (1.0 - 0.75 * off * off))
        water = self.lifted * self.head * 9.80665 / 3600.0
        shaft = water / efficiency + 2.4 * n**3 * (1.0 + 0.25 * (self.bearing - 1.0))
        shaft *= 1.0 + 0.35 * (self.clog**0.5 - 1.0) + 0.05 * (self.alignment - 1.0)
        kw = shaft / 0.93 if n > 0.02 else 0.0
        volts = self.power.held if self.power is not None else 400.0
        self.motor_power += (kw - self.motor_power) * min(1.0, dt / 2.0)
        amps = self.motor_power * 1000.0 / (1.732 * max(volts, 100.0) * 0.88)
        self.motor_current += (amps - self.motor_current) * min(1.0, dt / 2.0)
        self.drawing = self.motor_power / self.unit.parameters["power_at_full_load"]
        shake = self.vibration_0 * n * n * (1.0 + 0.5 * off * off)
        shake *= self.unbalance * self.alignment * (1.0 + 0.6 * (self.bearing - 1.0))
        shake += 8.0 * self.cavitates + 12.0 * self.air_drawn
        shake *= 1.0 + 0.4 * min(1.0, self.cavitates + self.air_drawn) * self.stream.gauss(0.0, 1.0)
        self.vibration += (abs(shake) - self.vibration) * min(1.0, dt / 4.0)
        rise = self.bearing_0 * n * n * (self.bearing + 0.25 * (self.alignment - 1.0))
        warm = self.outdoors + 4.0 + rise
        self.bearing_temperature += (warm - self.bearing_temperature) * min(1.0, dt / 90.0)
        load = self.motor_power / self.unit.parameters["power_at_full_load"]
        hot = self.outdoors + 4.0 + self.winding_0 * load * load / max(self.cooling, 0.15)
        self.winding_temperature += (hot - self.winding_temperature) * min(1.0, dt / 120.0)
        drips = self.seal_0 * (0.3 + 0.7 * n) + self.seal
        self.seal_leakage += (drips - self.seal_leakage) * min(1.0, dt / 20.0)

    @property
    def air_drawn(self) -> float:
        """Share of air in what it lifts."""
        return self.suction.air if self.suction is not None and self.lifted > 0.0 else 0.0


class Inlet(Producer):
    """The town's main behind a control valve that keeps a tank's level.

    Attributes:
        dip: bar that the town's pressure is low; dirt: multiple of the clean inlet strainer's
            resistance; opening: true, %; opening_low, opening_high: between which it can move.
    """

    setpoint = "level_setpoint"

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.dip, self.dirt = 0.0, 1.0
        self.town = self.true("town", self.nominal("inlet_pressure") + 0.3, 0.03)
        self.inlet_pressure = self.town
        self.dp_0 = self.true("dp", self.nominal("strainer_dp"), 0.06)
        self.strainer_dp = self.dp_0
        self.opening_low, self.opening_high = 0.0, 100.0
        self.opening = self.position = 50.0
        self.given = 0.5 * self.capacity

    def run(self, dt: float) -> None:
        """Open the further the lower the level."""
        self.output = 100.0 * self.asked()
        aim = min(max(self.output, self.opening_low), self.opening_high)
        self.opening += max(-2.5 * dt, min(2.5 * dt, aim - self.opening))
        self.position = self.opening
        share = self.given / self.capacity
        dp = self.dp_0 * (share / 0.5) ** 2 * self.dirt
        self.strainer_dp += (min(dp, 2500.0) - self.strainer_dp) * min(1.0, dt / 5.0)
        bar = self.town - self.dip - 0.25 * share * share
        self.inlet_pressure += (bar - self.inlet_pressure) * min(1.0, dt / 3.0)
        left = max(0.0, self.inlet_pressure - self.strainer_dp / 1000.0) / self.town
        given = self.capacity * self.opening / 100.0 * math.sqrt(left)
        self.given += (given - self.given) * min(1.0, dt / 4.0)
        self.flow, self.share, self.drawing = self.given, self.opening / 100.0, 1.0
