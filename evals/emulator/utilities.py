"""Headers that hold a medium, producers that keep it up, a tie between two headers.

Balances that any medium shares; what a compressor or chiller does besides is in
`physics_utilities.py`. Flows are in the header's unit (m³/min, kW, kg/h).
"""

from typing import Protocol, runtime_checkable

from evals.emulator.component import Component, Recipe, fall
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass, Role

RUNNING, TRIPPED = 6, 9


@runtime_checkable
class Consumer(Protocol):
    """What draws on a header: `drawing` is 1 at nominal speed."""

    drawing: float


class Producer(Component):
    """Gives a medium under proportional control of its header's potential.

    Attributes:
        given: what it gives now; output: the same as a share of its capacity, %.
        health: true share of its capacity left; running: 1, or 0 when it has tripped.
        drawing: for what supplies it (power).
    """

    setpoint = ""  # point id of its main set-point

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.capacity = self.true("capacity", unit.parameters["capacity"], 0.06)
        self.band = self.true("band", unit.parameters["control_band"], 0.06)
        self.health = self.running = 1.0
        self.state = RUNNING
        self.header: Header | None = None
        self.power: Header | None = None
        self.share = 0.65
        self.given = self.flow = 0.0
        self.output = 65.0
        self.drawing = 1.0
        self.able = 1.0
        self.direction = 1.0

    def limit(self) -> float:
        """Share of its capacity that the plant's state allows (by the class's physics)."""
        return 1.0

    def process(self, dt: float) -> None:
        """Its other process values (by the class's physics)."""

    def asked(self) -> float:
        """Share of its capacity that its controller asks for: the more, the less is held."""
        assert self.header is not None
        error = (self.setpoints[self.setpoint] - self.header.felt()) * self.direction
        top = min(self.setpoints.get("load_limit", 100.0) / 100.0, 1.0)
        return top * max(0.0, min(0.5 + error / self.band, 1.0))

    def run(self, dt: float) -> None:
        """Give what the controller asks for."""
        self.state = RUNNING if self.running >= 0.5 else TRIPPED
        ask = self.asked() if self.running >= 0.5 else 0.0
        self.share += (ask - self.share) * min(1.0, dt / 4.0)
        self.able = self.health * self.limit()
        self.given = self.share * self.capacity * self.able
        self.flow = self.given
        self.output = 100.0 * self.share
        self.drawing = self.share
        self.process(dt)


class Header(Component):
    """Holds a medium at a potential.

    Attributes:
        held: its true potential (pressure, temperature, voltage); kept_at: where it stands healthy.
        leak: what is lost besides, in its unit of flow at usual potential; bleed: multiple of what
            the consumers draw (1 healthy); passage: share of the supply that gets through.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.capacitance = self.true("capacitance", unit.parameters["capacitance"])
        self.direction = unit.parameters.get("direction", 1.0)
        self.kept_at = unit.parameters.get("nominal", 1.0)
        self.held = self.kept_at
        self.leak = 0.0
        self.bleed = self.passage = 1.0
        self.producers: list[Producer] = []
        self.consumers: list[tuple[Consumer, float]] = []
        self.tied = 0.0  # flow that came through ties
        self.drawn = self.flow = 0.0
        spec = next((p for p in kind.points if p.role is Role.POTENTIAL), None)
        self.shown_as = spec.id if spec else "held"

    def felt(self) -> float:
        """The potential that its producers regulate."""
        return self.held

    def pull(self) -> float:
        """How strongly consumers and leaks draw at the present potential; 1 at usual."""
        return 1.0

    def process(self, dt: float) -> None:
        """Its other process values (by the class's physics)."""

    def run(self, dt: float) -> None:
        """Balance supply and draw."""
        draw = 0.0
        for consumer, share in self.consumers:
            draw += consumer.drawing * share
        draw = (draw * self.bleed + self.leak) * self.pull()
        supply = 0.0
        for producer in self.producers:
            supply += producer.given
        surplus = supply * self.passage + self.tied - draw
        self.tied = 0.0
        self.held += self.direction * surplus * dt / self.capacitance
        if self.held < 0.0 and self.direction > 0.0:
            self.held = 0.0
        self.drawn = self.flow = draw
        self.process(dt)
        setattr(self, self.shown_as, self.held)


class Tie(Component):
    """A valve between two headers of one medium.

    Attributes:
        position: true opening, %; position_low, position_high: between which the stem can move.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.conductance = self.true("conductance", unit.parameters["conductance"])
        self.stroke = self.true("stroke", unit.parameters.get("stroke_s", 20.0))
        self.position_low, self.position_high = 0.0, 100.0
        self.position = self.setpoints["position_setpoint"]
        self.flow = 0.0
        self.ends: list[Header] = []

    def run(self, dt: float) -> None:
        """Move the stem, pass the medium."""
        step = 100.0 * dt / self.stroke
        aim = min(max(self.setpoints["position_setpoint"], self.position_low), self.position_high)
        self.position += max(-step, min(step, aim - self.position))
        if len(self.ends) == 2:
            first, second = self.ends
            self.flow = self.conductance * self.position / 100.0 * (first.held - second.held)
            first.tied -= self.flow
            second.tied += self.flow


def at_voltage(power: Header | None) -> float:
    """Share of their speed that motors reach at the voltage of their busbar (V); 1 without one."""
    return 1.0 if power is None else fall(power.held, 371.0, 341.0, 0.05, 1.0)
