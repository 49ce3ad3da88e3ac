"""Hours of the sawmill whose saw follows its setpoint and coolant as its own way is.

Its blade follows three times as fast as the nameplate says, and is warmed from 14 degrees of
coolant on, not from 12. Now and then its setpoint is moved and the coolant warms.
"""

import numpy as np

from tests.twin_core.simulation.sawmill import COOLER, LOOP, SAW
from twin_core.simulation.processes.history import ProcessHistory

STEP_S, TAU_S, KNEE, GAIN = 10.0, 10.0, 14.0, 0.8


def lived_mill(hours=30, *, seed=4, start=0, quiet=False):
    """A history of the saw's blade, its setpoint, its coolant, and the cooler's state."""
    random = np.random.default_rng(seed)
    n = int(hours * 360)
    asked = np.full(n, 40.0)
    water = np.full(n, 10.0)
    if not quiet:
        asked = np.repeat(np.tile([40.0, 46.0], n // 360 + 1), 180)[:n]
        water += 10.0 * np.clip(np.sin(np.arange(n) / 300.0), 0, 1) ** 2
    heat = np.empty(n)
    value = 40.0
    for k in range(n):
        course = []
        aim = asked[k] + GAIN * max(0.0, water[k] - KNEE)
        for _ in range(5):
            value += (aim - value) * (1 - np.exp(-2.0 / TAU_S))
            course.append(value)
        heat[k] = np.mean(course)
    columns = {
        f"{SAW}/blade_heat": heat + 0.05 * random.standard_normal(n),
        f"{SAW}/blade_heat_target": asked,
        f"{LOOP}/temperature": water + 0.02 * random.standard_normal(n),
        f"{COOLER}/state": np.full(n, 6.0),
    }  # fmt: skip
    return ProcessHistory(STEP_S, columns, start)
