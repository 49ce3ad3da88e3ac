"""Places in the warehouse: empties released to a line on call, finished pallets taken in.

The stand-in's own laws. Amounts are pallets, rates pallets per minute.
"""

from evals.emulator.component import Component, Recipe
from evals.emulator.conveyor import Conveyor
from twin_core.plant.assets import Unit
from twin_core.plant.classes import EquipmentClass


class EmptiesStore(Component):
    """Pallets of empties, a shuttle that brings them to the lane of the line on call.

    Attributes:
        shuttle: share of the shuttle's speed left; gate: share of pallets that pass the contour
            check; powered: 1, or 0 when the shuttle stands; yard: share of ordered pallets that
            the yard brings; stock: pallets there; shortage: 0, or the share of what the yard
            brings that is missing while the lane is empty.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.capacity = unit.parameters["capacity"]
        self.able = self.true("release_rate", 1.3 * unit.parameters["release_rate"])
        self.brings = self.true("replenish_rate", unit.parameters["replenish_rate"])
        self.call = self.true("call", 0.3)
        self.shuttle = self.gate = self.powered = self.yard = 1.0
        self.shortage = 0.0
        self.stock = self.stream.uniform(0.55, 0.85) * self.capacity
        self.ordering = False
        self.lane: Conveyor | None = None
        self.current_0 = self.true("current", self.nominal("shuttle_current"), 0.06)
        self.shuttle_current = self.current_0
        self.level, self.flow, self.waiting = self.stock, 0.0, 0
        self._usual = unit.parameters["release_rate"] * 0.7

    def run(self, dt: float) -> None:
        """Release on call, order from the yard, be brought."""
        able = self.able * self.shuttle * self.powered
        most = min(self.setpoints["release_rate_setpoint"], able) * self.gate
        if self.shortage:  # the lane is empty: only what the yard brings goes through
            most = min(most, self.brings * (1.0 - self.shortage))
        ask = 0.0
        if self.lane is not None:
            ask = max(0.0, self.call - self.lane.queue) * 5.0
        rate = max(0.0, min(ask, most, self.stock * 60.0 / dt))
        self.flow += (rate - self.flow) * min(1.0, dt / 6.0)
        moved = min(self.flow * dt / 60.0, self.stock)
        self.stock -= moved
        if self.lane is not None:
            self.lane.put(moved)
            self.waiting = 1 if self.lane.queue < 0.03 else 0
        if self.stock <= self.setpoints["reorder_level_setpoint"]:
            self.ordering = True
        elif self.stock >= 0.8 * self.capacity:
            self.ordering = False
        if self.ordering:
            self.stock += self.brings * self.yard * dt / 60.0
        self.stock = max(0.0, min(self.stock, self.capacity))
        self.level = int(self.stock * (1.0 - min(1.0, self.shortage * 4.0)))
        load = 0.35 + 0.65 * min(self.flow / self._usual, 1.4)
        amps = self.current_0 * load * self.powered * (1.0 + 0.5 * (1.0 - self.shuttle))
        self.shuttle_current += (amps - self.shuttle_current) * min(1.0, dt / 4.0)


class PalletStore(Component):
    """A high bay with a crane; lines deliver, trucks take.

    Attributes:
        crane: share of the crane's speed left; gate: share of pallets that pass the intake gate;
            powered: 1 or 0; trucks: share of the dispatch rate that trucks take.
    """

    def __init__(self, unit: Unit, kind: EquipmentClass, seed: int, recipe: Recipe) -> None:
        super().__init__(unit, kind, seed, recipe)
        self.capacity = unit.parameters["capacity"]
        self.able = self.true("intake_rate", 1.15 * unit.parameters["intake_rate"], 0.05)
        self.crane = self.gate = self.powered = self.trucks = 1.0
        self.stock = self.stream.uniform(0.45, 0.7) * self.capacity
        self.lanes: list[Conveyor] = []
        self.current_0 = self.true("current", self.nominal("crane_current"), 0.06)
        self.crane_current = self.current_0
        self.level, self.flow, self.waiting = self.stock, 0.0, 0
        self._usual = unit.parameters["intake_rate"] * 0.58

    def run(self, dt: float) -> None:
        """Take in what waits, load trucks."""
        able = self.able * self.crane * self.powered
        most = min(self.setpoints["intake_rate_setpoint"], able) * self.gate * dt / 60.0
        most = min(most, self.capacity - self.stock)
        waits = sum(lane.queue for lane in self.lanes)
        taken = min(waits, most)
        if waits > 0.0:
            for lane in self.lanes:
                lane.take(taken * lane.queue / waits)
        self.flow += (taken * 60.0 / dt - self.flow) * min(1.0, dt / 12.0)
        self.waiting = 1 if waits - taken > 0.6 else 0
        loaded = self.setpoints["dispatch_rate_setpoint"] * self.trucks * dt / 60.0
        self.stock = max(0.0, self.stock + taken - loaded)
        self.level = int(self.stock)
        load = 0.3 + 0.7 * min(self.flow / self._usual, 1.4)
        amps = self.current_0 * load * self.powered * (1.0 + 0.5 * (1.0 - self.crane))
        self.crane_current += (amps - self.crane_current) * min(1.0, dt / 4.0)
