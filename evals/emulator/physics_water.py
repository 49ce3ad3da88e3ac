"""How water is held and passed: tanks, mains, a suction manifold, valves between them.

What leaves one holder arrives at the next in the same step, so that not a litre is lost or made
but by leaks and spills, which are counted. Flows in m³/h, volumes in m³, pressures in bar (gauge)
at the station's datum. The stand-in's own laws. It must never read a class file's effects.
"""

import math
from typing import Protocol, runtime_checkable

from evals.emulator.component import Component, Recipe
from evals.emulator.utilities import Header, Tie
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass

BAR_PER_M = 0.0980665
"""Of a metre of water (1000 kg/m³, 9.80665 m/s²)."""
_CREEP_BAR = 0.02
"""Difference below which a valve's flow is laminar and falls in proportion to it."""


@runtime_checkable
class Taker(Protocol):
    """What takes water out of a holder: `taking` m³/h now."""

    taking: float


def root(bar: float) -> float:
    """Signed square root of a pressure difference, straight below creep."""
    if abs(bar) < _CREEP_BAR:
        return bar / math.sqrt(_CREEP_BAR)
    return math.copysign(math.sqrt(abs(bar)), bar)


class Water(Header):
    """A holder of water.

    Attributes:
        volume: m³ in it, from an arbitrary zero; lost: m³ that leaked or spilled out of it so far.
        leak: m³/h through a hole at the usual potential.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.volume = self.lost = 0.0
        self.takers: list[Taker] = []

    @property
    def bar(self) -> float:
        """Pressure at its floor."""
        return self.held

    def run(self, dt: float) -> None:
        """Balance what comes, what goes and what leaks."""
        supply = 0.0
        for producer in self.producers:
            supply += producer.given
        draw = 0.0
        for taker in self.takers:
            draw += taker.taking
        leaks = self.leak * self.pull() if self.leak > 0.0 else 0.0
        surplus = supply + self.tied - draw - leaks
        self.flow = self.metered(supply, draw)
        self.tied = 0.0
        self.volume += surplus * dt / 3600.0
        self.lost += leaks * dt / 3600.0
        self.hold(surplus, dt)
        self.process(dt)
        setattr(self, self.shown_as, self.held)

    def metered(self, supply: float, draw: float) -> float:
        """What its flow meter sees: what comes in."""
        del draw
        return supply + max(self.tied, 0.0)

    def hold(self, surplus: float, dt: float) -> None:
        """Its potential after a step with that surplus, m³/h."""
        self.held += surplus * dt / self.capacitance


class Main(Water):
    """A pressurised main with an air vessel; a hole in it is an orifice.

    Attributes:
        cushion: share of the vessel's air left.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.cushion = 1.0

    def pull(self) -> float:
        """With the root of the pressure."""
        return math.sqrt(max(self.held, 0.0) / self.kept_at)

    def hold(self, surplus: float, dt: float) -> None:
        """The air in vessel and pipes gives way."""
        self.held = max(self.held + surplus * dt / (self.capacitance * self.cushion), -0.9)


class Tank(Water):
    """An open tank: its level, m, is its volume over its surface; too much spills.

    Attributes:
        warmth: kelvin that the sun or the town adds.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.surface = self.capacitance / 3600.0
        self.elevation = unit.parameters["elevation"]
        self.full = unit.parameters["full"]
        self.volume = self.held * self.surface
        self.outdoors = 15.0
        self.warmth = 0.0
        self.temperature = self.true("temperature", 12.0, 0.05)
        self._cool = self.temperature

    @property
    def bar(self) -> float:
        """Of the column over the datum."""
        return (self.elevation + self.held) * BAR_PER_M

    def pull(self) -> float:
        """A hole in its floor: with the root of the level (Torricelli)."""
        return math.sqrt(max(self.held, 0.0) / self.kept_at)

    def metered(self, supply: float, draw: float) -> float:
        """What goes out."""
        return draw + supply - self.incoming

    @property
    def incoming(self) -> float:
        """What ties and producers bring beyond what ties take."""
        return sum(p.given for p in self.producers) + self.tied

    def hold(self, surplus: float, dt: float) -> None:
        """A level between empty and the overflow."""
        del surplus, dt
        spilled = max(0.0, self.volume - self.full * self.surface)
        self.volume -= spilled
        self.lost += spilled
        self.held = max(self.volume / self.surface, 0.0)

    def process(self, dt: float) -> None:
        """Slowly as warm as what comes and the air."""
        warm = self._cool + 0.1 * (self.outdoors - 15.0) + self.warmth
        self.temperature += (warm - self.temperature) * min(1.0, dt / 300.0)


class Manifold(Water):
    """A suction pipe with a strainer: it holds nothing, what pumps take comes through at once.

    Attributes:
        dirt: multiple of the clean strainer's resistance; air: share of its flow that is air drawn
            in; strainer_dp: mbar.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.dirt, self.air = 1.0, 0.0
        self.usual_flow = unit.parameters["usual_flow"]
        self.dp_0 = self.true("dp", self.nominal("strainer_dp"), 0.06)
        self.strainer_dp = self.dp_0
        self.inlet: Valve | None = None

    @property
    def asked(self) -> float:
        """What the pumps take now and what leaks before them, m³/h."""
        return sum(taker.taking for taker in self.takers) + self.leak

    def metered(self, supply: float, draw: float) -> float:
        """What passes."""
        del supply
        return draw

    def hold(self, surplus: float, dt: float) -> None:
        """As high as the tank, less what valve and strainer take."""
        del surplus
        flow = self.asked
        dp = self.dp_0 * (flow / self.usual_flow) ** 2 * self.dirt
        self.strainer_dp += (min(dp, 1800.0) - self.strainer_dp) * min(1.0, dt / 4.0)
        if self.inlet is not None:
            aim = self.inlet.ends[0].bar - self.inlet.loss - self.strainer_dp / 1000.0
            self.held += (max(aim, -0.95) - self.held) * min(1.0, dt / 3.0)


class Valve(Tie):
    """A throttling valve: m³/h by its Kv, the opening and the root of the difference.

    Attributes:
        kv: m³/h at 1 bar, fully open; bore: share of its passage that is free.
    """

    ends: list[Water]  # type: ignore[assignment]

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        Component.__init__(self, unit, kind, seed, recipe)
        self.kv = self.true("kv", unit.parameters["kv"], 0.06)
        self.stroke = self.true("stroke", unit.parameters["stroke_s"])
        self.position_low, self.position_high = 0.0, 100.0
        self.bore = 1.0
        self.position = self.aim()
        self.flow = self.loss = 0.0
        self.ends = []

    def aim(self) -> float:
        """Where the stem is to be, %."""
        return self.setpoints["position_setpoint"]

    def run(self, dt: float) -> None:
        """Move the stem, pass the water."""
        step = 100.0 * dt / self.stroke
        aim = min(max(self.aim(), self.position_low), self.position_high)
        self.position += max(-step, min(step, aim - self.position))
        if len(self.ends) != 2:
            return
        first, second = self.ends
        opens = max(self.kv * self.bore * self.position / 100.0, 1e-3)
        if isinstance(second, Manifold):
            self.flow = second.asked
            self.loss = min((self.flow / opens) ** 2, 3.0)
        else:
            self.flow = opens * root(first.bar - second.bar)
        first.tied -= self.flow
        second.tied += self.flow


class ReducingValve(Valve):
    """A valve whose pilot keeps the pressure behind it.

    Attributes:
        pilot: bar by which the pilot is off; sluggish: multiple of its usual time.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        self.pilot, self.sluggish = 0.0, 1.0
        self._aim = 40.0
        super().__init__(unit, kind, seed, recipe)
        self.outlet_pressure = self.setpoints["pressure_setpoint"]
        self.inlet_pressure = self.nominal("inlet_pressure")
        self.gain = self.true("gain", 2.5)

    def aim(self) -> float:
        """Where the pilot has brought it."""
        return self._aim

    def run(self, dt: float) -> None:
        """Open while the pressure behind is too low, as far as allowed."""
        if len(self.ends) == 2:
            first, second = self.ends
            short = self.setpoints["pressure_setpoint"] + self.pilot - second.bar
            self._aim += self.gain / self.sluggish * short * dt
            self._aim = max(2.0, min(self._aim, 100.0))
            if first.bar <= second.bar:  # it is a check valve as well
                self._aim = 2.0
        super().run(dt)
        if len(self.ends) == 2:
            self.inlet_pressure, self.outlet_pressure = self.ends[0].bar, self.ends[1].bar
