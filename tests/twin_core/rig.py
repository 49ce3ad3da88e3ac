"""A pump on a rig: five instruments that follow one load, each in its own way, and one that rests.

Learned from a healthy day by `fitting.fit`; then rows are made, bent and judged by `Drift` alone.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import numpy as np

from twin_core.columns import Columns
from twin_core.drift import Drift
from twin_core.fitting import Lesson, fit
from twin_core.soft_sensor import SoftSensors
from twin_core.value import SECOND

NAMES = ("flow", "head", "power", "current", "heat", "oil")
PATHS = tuple(f"s/a/l/pump/{name}" for name in NAMES)
GAIN = np.array([8.0, -3.0, 20.0, 12.0, 4.0, 0.0])
REST = np.array([50.0, 30.0, 200.0, 90.0, 60.0, 20.0])
NOISE = np.array([0.2, 0.1, 0.5, 0.3, 0.2, 0.2])
SPAN = np.array([100.0, 50.0, 400.0, 200.0, 120.0, 60.0])
ROW = 10 * SECOND


def rows(seed, n, load=None):
    """Ten-second rows of a healthy rig, float64[n, 6]; the load wanders by itself."""
    rng = np.random.default_rng(seed)
    if load is None:
        load, at = np.empty(n), 0.0
        for i, kick in enumerate(rng.standard_normal(n)):
            at = 0.995 * at + 0.1 * kick
            load[i] = at
    return REST + np.outer(load, GAIN) + NOISE * rng.standard_normal((n, 6))


def lesson(value, told=("",) * 6, steady=None):
    """What is learned from rows."""
    steady = np.ones(value.shape, bool) if steady is None else steady
    return Lesson(PATHS, told, PATHS, value, steady, NOISE, np.full(6, 0.01))


@dataclass
class Judged:
    """What became of rows: accused (row, point index) and let go."""

    accused: list
    agreed: list
    drift: Drift


def judge(value, seed=1, told=("",) * 6, learned=8640):
    """Judge rows by what a healthy day of another seed taught."""
    index = {path: i for i, path in enumerate(PATHS)}
    drift = Drift(index, cast("Columns", SimpleNamespace(low=np.zeros(6), high=SPAN)))
    sensors = fit(lesson(rows(seed, learned), told))
    drift.learn(SoftSensors(start=0, end=learned * ROW, sensors=sensors), 0)
    held, steady = np.zeros(6, bool), np.ones(6, bool)
    found = Judged([], [], drift)
    for k, row in enumerate(value):
        accused, agreed = drift.step((k + 1) * ROW, row, steady, held)
        for one in accused:
            held[one.point] = True
            found.accused.append((k, one))
        for p in agreed:
            held[p] = False
            found.agreed.append((k, p))
    return found
