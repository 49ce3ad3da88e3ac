"""What a run costs and earns, from prices and powers that the plant file gives. No others.

It must never speak of money where no price is given.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.plant.production import Product
from twin_core.simulation.live.machine import MachineStart
from twin_core.simulation.measured import Measured
from twin_core.simulation.model import Result
from twin_core.simulation.processes.activity import STANDSTILL
from twin_core.simulation.scenario import Scenario, Staffing

_KW = {"W": 1e-3, "kW": 1.0, "MW": 1e3}
_VOLTAGES = {"V", "kV", "mV"}
"""A header whose potential is a voltage, and whose flow is a power, carries electricity."""


def spending(
    result: Result, scenario: Scenario, product: Product | None, unsaid: list[str]
) -> dict[str, Measured]:
    """`energy` of the line's machines; with prices `energy_cost`, `crew_cost`, `cost`, `margin`.

    `cost` is the sum of what is given of the two before it, `unit_cost` over what is made; people
    are paid for the horizon where the scenario says how many there are. `margin` is what the
    product earns on what is made.
    """
    found: dict[str, Measured] = {}
    plant = result.model.plant
    prices = plant.prices
    energy = _energy(result)
    if energy is None:
        unsaid.append("The plant file does not say what power the machines draw: no energy.")
    else:
        found["energy"] = Measured(energy, "kW.h")
    if prices is None:
        unsaid.append("The plant file gives no prices: no cost.")
        return found
    costs = []
    if energy is not None and prices.energy_kwh is not None:
        costs.append(energy * prices.energy_kwh)
        found["energy_cost"] = Measured(costs[-1], prices.currency)
    people = sum(c.people for c in scenario.changes if isinstance(c, Staffing))
    if people and prices.crew_hour is not None:
        paid = people * prices.crew_hour * result.horizon_s / 3600.0
        costs.append(np.full(len(result.counted), paid))
        found["crew_cost"] = Measured(costs[-1], prices.currency)
    if costs:
        total = np.asarray(sum(costs), np.float64)
        found["cost"] = Measured(total, prices.currency)
        flow = result.model.start.line.unit_of_flow or "1"
        found["unit_cost"] = Measured(total, f"{prices.currency}/{flow}", result.counted)
    if product is not None and product.id in prices.margin:
        found["margin"] = Measured(result.counted * prices.margin[product.id], prices.currency)
    return found


def _energy(result: Result) -> NDArray[np.float64] | None:
    """Of the line's machines in kWh, float64[R]; None where none says what power it draws.

    A machine at nominal speed draws its share, a standing one `STANDSTILL` of it, and between them
    it is in proportion to what it makes (Gutowski, Dahmus and Thiriez, *Electrical energy
    requirements for manufacturing processes*, CIRP LCE 2006).
    """
    drawn, known = np.zeros(len(result.counted)), False
    for m, machine in enumerate(result.frame.start.machines):
        power_kw, most = power_of(result.model.plant, machine.unit.id), _nominal(machine)
        if power_kw <= 0 or most <= 0:
            continue
        known = True
        taken = result.made[:, m] + result.rejected[:, m] + result.again[:, m]
        load = np.minimum(taken / (most * result.horizon_s), 1.0)
        drawn += power_kw * (STANDSTILL + (1.0 - STANDSTILL) * load)
    return drawn * result.horizon_s / 3600.0 if known else None


def power_of(plant: Plant, unit: str) -> float:
    """Electrical power a unit draws at nominal speed, in kW, by its links; 0 where none says."""
    total = 0.0
    for link in plant.links_into(unit, "supplies"):
        source = plant.unit(link.source)
        potential, flow = source.with_role(Role.POTENTIAL), source.with_role(Role.FLOW)
        if link.share is None or potential is None or flow is None:
            continue
        if potential.spec.unit in _VOLTAGES and flow.spec.unit in _KW:
            total += link.share * _KW[flow.spec.unit]
    return total


def _nominal(machine: MachineStart) -> float:
    """Units of flow per second at nominal speed."""
    return machine.unit.parameters.get("rated_speed", 0.0) / 60.0 * machine.worth
