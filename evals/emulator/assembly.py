"""From a plant file to components that are wired to each other.

Classes that the stand-in has physics for are listed here; others get the laws of their `model`,
and process values that follow their set-points or rest where the class keeps them. It must never
look at effects or failure modes.
"""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from evals.emulator.component import SETPOINTS, Component, Recipe
from evals.emulator.conveyor import Conveyor
from evals.emulator.demand import Zone
from evals.emulator.machine import Machine
from evals.emulator.physics_filling import Capper, Filler, Rinser
from evals.emulator.physics_packing import CasePacker, Depalletizer, Labeller, Palletizer
from evals.emulator.physics_power import Busbar, Incomer
from evals.emulator.physics_pumping import Inlet, Pump
from evals.emulator.physics_utilities import (
    AirHeader,
    Boiler,
    ChilledWater,
    Chiller,
    Compressor,
    SteamHeader,
)
from evals.emulator.physics_water import Main, Manifold, ReducingValve, Taker, Tank, Valve, Water
from evals.emulator.storage import EmptiesStore, PalletStore
from evals.emulator.utilities import Consumer, Header, Producer, Tie
from twin_core.plant.assets import Buffer, Line, Link, Plant, Unit
from twin_core.plant.classes import EquipmentClass, Role
from twin_core.plant.production import Product

LAWS: Mapping[str, type[Component]] = {
    "depalletizer": Depalletizer,
    "rinser": Rinser,
    "rotary_filler": Filler,
    "capper": Capper,
    "labeller": Labeller,
    "case_packer": CasePacker,
    "palletizer": Palletizer,
    "air_compressor": Compressor,
    "air_header": AirHeader,
    "water_chiller": Chiller,
    "chilled_water_header": ChilledWater,
    "steam_boiler": Boiler,
    "steam_header": SteamHeader,
    "power_incomer": Incomer,
    "power_busbar": Busbar,
    "empties_store": EmptiesStore,
    "pallet_store": PalletStore,
    "booster_pump": Pump,
    "town_inlet": Inlet,
    "water_tank": Tank,
    "water_main": Main,
    "suction_manifold": Manifold,
    "water_valve": Valve,
    "pressure_reducing_valve": ReducingValve,
    "supply_zone": Zone,
}
MODELS: Mapping[str, type[Component]] = {
    "machine": Machine,
    "producer": Producer,
    "header": Header,
    "tie": Tie,
}


@runtime_checkable
class Running(Protocol):
    """A component with a step of its own."""

    def run(self, dt: float) -> None:
        """One step."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A component that counts what a line puts out, in its `unit_out`."""

    unit: Unit
    total_made: float


class Follower:
    """A process value without a law of its own: it follows its set-point with a lag."""

    def __init__(self, component: Component, setpoint: str, value: str, lag_s: float) -> None:
        self.component, self.setpoint, self.value, self.lag_s = component, setpoint, value, lag_s

    def run(self, dt: float) -> None:
        """One step."""
        here = getattr(self.component, self.value)
        aim = self.component.setpoints[self.setpoint]
        setattr(self.component, self.value, here + (aim - here) * min(1.0, dt / self.lag_s))


def products_of(plant: Plant, line: Line) -> list[Product]:
    """What the line makes, one change-over after the other (its orders in file order)."""
    by_id = {p.id: p for p in plant.products}
    made = [by_id[o.product] for o in plant.orders if o.line == line.id]
    return made or [p for p in plant.products if line.id in p.rates][:1]


def recipe_for(plant: Plant, line: Line, unit: Unit, product: Product | None) -> Recipe:
    """The set-points that the product calls for on that unit (plants/README.md, nominal)."""
    if product is None:
        return {}
    recipe = dict(product.recipe.get(unit.class_id, {}))
    kind = plant.classes[unit.class_id]
    speed = next((s.id for s in kind.points if s.role is Role.SPEED_SETPOINT), None)
    rated = unit.parameters.get("rated_speed")
    if speed is not None and rated is not None and speed not in recipe and line.id in product.rates:
        machines = plant.machines(line)
        slowest = min(m.parameters["rated_speed"] * plant.in_flow(line, m) for m in machines)
        recipe[speed] = rated * product.rates[line.id] / slowest
    return recipe


class Assembly:
    """Every component of a plant, wired.

    Attributes:
        components: unit path → component.
        machines: line path → machines in the order of flow; conveyors: line path → conveyors;
            counters: line path → what counts the line's output, of lines that have it.
        running: everything else with a step of its own, in order.
        followers: process values that no law moves.
    """

    def __init__(self, plant: Plant, seed: int) -> None:
        self.plant = plant
        self.seed = seed
        self.components: dict[str, Component] = {}
        self.machines: dict[str, list[Machine]] = {}
        self.conveyors: dict[str, list[Conveyor]] = {}
        self.counters: dict[str, Counting] = {}
        self.running: list[Running] = []
        self.followers: list[Follower] = []
        self._carried = {
            k.buffer.conveyor: k.buffer for k in plant.links if k.buffer and k.buffer.conveyor
        }
        for line in plant.lines:
            products = products_of(plant, line)
            for unit in line.units:
                recipe = recipe_for(plant, line, unit, products[0] if products else None)
                self.components[unit.id] = self._component(unit, recipe)
        for line in plant.lines:
            found = [self.components[u.id] for u in plant.machines(line)]
            self.machines[line.id] = [m for m in found if isinstance(m, Machine)]
            self.conveyors[line.id] = []
            last = plant.counter(line)
            counter: object = self.components[last.id] if last is not None else None
            if isinstance(counter, Counting):
                self.counters[line.id] = counter
        for link in plant.links:
            if link.kind == "feeds":
                self._feed(link)
            elif link.kind == "supplies":
                self._supply(link)
        self._order()

    def _component(self, unit: Unit, recipe: Recipe) -> Component:
        kind = self.plant.classes[unit.class_id]
        made: Component
        if kind.model == "conveyor":
            buffer = self._carried.get(unit.id, Buffer(capacity=100.0, travel_s=10.0))
            made = Conveyor(unit, kind, self.seed, recipe, buffer)
        else:
            law = LAWS.get(unit.class_id) or MODELS.get(kind.model, Component)
            if law is Producer:
                made = _plain_producer(unit, kind, self.seed, recipe)
            else:
                made = law(unit, kind, self.seed, recipe)
        lags = {s.measures: (s.id, (s.settle_s or 30.0) / 3.0) for s in kind.points if s.measures}
        for point in unit.points:
            spec = point.spec
            if hasattr(made, spec.id):
                continue
            if spec.id in lags and spec.role not in SETPOINTS:
                setpoint, lag = lags[spec.id]
                setattr(made, spec.id, made.setpoints[setpoint])
                self.followers.append(Follower(made, setpoint, spec.id, lag))
            else:
                setattr(made, spec.id, made.true(spec.id, made.nominal(spec.id), 0.03))
        return made

    def _feed(self, link: Link) -> None:
        source, target = self.components[link.source], self.components[link.target]
        buffer = link.buffer or Buffer(capacity=20.0, travel_s=2.0)
        if buffer.conveyor is not None:
            carrier = self.components[buffer.conveyor]
            assert isinstance(carrier, Conveyor)
        else:
            name = f"{link.source}-{link.target.rsplit('/', 1)[1]}"
            bare = Unit(id=name, name=name, class_id="buffer")
            kind = EquipmentClass(id="buffer", name="buffer", model="conveyor")
            carrier = Conveyor(bare, kind, self.seed, {}, buffer)
        home = link.target if isinstance(target, Machine) else link.source
        self.conveyors[self.plant.line(home).id].append(carrier)
        if isinstance(source, Machine):
            source.outfeed = carrier
        elif isinstance(source, EmptiesStore):
            source.lane = carrier
            carrier.restart = 0.05
            carrier.queue, carrier.transit = source.call * 0.7, 0.4
            carrier.level = carrier.queue + carrier.transit
        if isinstance(target, Machine):
            target.infeed = carrier
        elif isinstance(target, PalletStore):
            target.lanes.append(carrier)
            carrier.queue = carrier.transit = carrier.level = 0.0

    def _supply(self, link: Link) -> None:
        source, target = self.components[link.source], self.components[link.target]
        if isinstance(source, Producer) and isinstance(target, Header):
            source.header = target
            target.producers.append(source)
        elif isinstance(source, Header) and isinstance(target, Tie):
            _joined(target, source)
        elif isinstance(source, Tie) and isinstance(target, Header):
            _joined(source, target)
        elif isinstance(source, Header):
            if link.medium and hasattr(target, link.medium):
                setattr(target, link.medium, source)
            if isinstance(source, Water) and isinstance(target, Taker):
                source.takers.append(target)
            elif isinstance(target, Consumer):
                source.consumers.append((target, link.share or 0.0))

    def _order(self) -> None:
        every = self.components.values()
        self.running += [c for c in every if isinstance(c, Producer) and c.header is not None]
        self.running += [c for c in every if isinstance(c, Zone)]
        self.running += [c for c in every if isinstance(c, Tie)]
        self.running += [c for c in every if isinstance(c, Header)]
        self.running += [c for c in every if isinstance(c, EmptiesStore | PalletStore)]
        self.running += self.followers


def _joined(tie: Tie, header: Header) -> None:
    """The tie ends at the header, if it does not already."""
    if header not in tie.ends:
        tie.ends.append(header)
    if isinstance(tie, Valve) and isinstance(header, Manifold) and tie.ends[0] is not header:
        header.inlet = tie


def _plain_producer(unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> Producer:
    potential = next((p.id for p in kind.points if p.role is Role.POTENTIAL), None)
    setpoint = next(
        (p.id for p in kind.points if p.role is Role.SETPOINT and p.measures == potential), ""
    )
    plain = type("PlainProducer", (Producer,), {"setpoint": setpoint})
    made = plain(unit, kind, seed, recipe)
    assert isinstance(made, Producer)
    return made
