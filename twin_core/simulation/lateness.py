"""By how much the order that runs will be late, if the line goes on as in the horizon.

Lateness is completion less due time, L = C - d, negative where it is early (Pinedo, *Scheduling*,
5th ed., 2016, section 2.1). It must never guess which order runs, or how much of it is made.
"""

import numpy as np

from twin_core.simulation.measured import Measured
from twin_core.simulation.model import Result
from twin_core.simulation.scenario import Scenario
from twin_core.value import SECOND

_MOST_S = 365 * 86_400.0
"""An order that would take longer than a year is said to take a year."""


def lateness(result: Result, scenario: Scenario, unsaid: list[str]) -> dict[str, Measured]:
    """`lateness` in s and `late`, its probability, of the order the scenario says is running.

    What is left of it past the horizon is made at the mean rate of the horizon.
    """
    plant, line = result.model.plant, result.model.start.line
    due = {
        order.id: moment
        for order in plant.orders
        if order.line == line.id
        and (moment := order.due_from(result.model.at, plant.timezone)) is not None
    }
    if scenario.running is None:
        if due:
            unsaid.append(f"Which order of {line.name} runs is not told: no lateness.")
        return {}
    name = scenario.running.order
    order = next((o for o in plant.orders if o.id == name), None)
    if order is None or name not in due:
        unsaid.append(f"The order {name} has no due time: no lateness.")
        return {}
    if order.unit != line.unit_of_flow:
        unsaid.append(f"The order {name} is not in {line.unit_of_flow}: no lateness.")
        return {}
    left = order.quantity - scenario.running.made
    made = np.maximum(result.counted, left * result.horizon_s / _MOST_S)
    takes_s = result.horizon_s * left / made if left > 0 else np.zeros(len(made))
    late_s = (result.model.at - due[name]) / SECOND + takes_s
    return {
        "lateness": Measured(np.asarray(late_s, np.float64), "s"),
        "late": Measured((late_s > 0).astype(np.float64), "1", chance=True),
    }
