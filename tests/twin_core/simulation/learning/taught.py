"""A small press whose wear is known, and models of it that tests share."""

from functools import cache

import numpy as np

from twin_core.simulation.learning.examples import Examples, Feature, Target, contiguous
from twin_core.simulation.learning.failure_risk import fit_failure_risk
from twin_core.simulation.learning.growing import Recipe
from twin_core.simulation.learning.regression import fit_value

QUICK = (Recipe(trees=40, rate=0.15, leaves=6, least=10, share=1.0),)
FEATURES = (
    Feature(name="oil temperature", unit="Cel"),
    Feature(name="bearing temperature", unit="Cel"),
    Feature(name="speed", unit="/min"),
    Feature(name="mains frequency", unit="Hz"),
)
TARGET = Target(name="thickness", unit="mm")


def lived(rows=600, seed=1, blocks=30):
    """Bearing follows oil, frequency never moves, thickness follows oil and speed."""
    random = np.random.default_rng(seed)
    oil = random.normal(50.0, 5.0, rows)
    bearing = oil + 10 + random.normal(0.0, 0.5, rows)
    speed = random.uniform(80.0, 120.0, rows)
    x = np.column_stack([oil, bearing, speed, np.full(rows, 50.0)])
    y = 0.2 * oil + 0.05 * np.abs(speed - 100) + random.normal(0.0, 0.3, rows)
    return Examples(TARGET, FEATURES, x, y, contiguous(rows, blocks))


def failing(rows=1500, seed=2, blocks=30):
    """The same press, which fails now and then where it is hot and fast."""
    examples = lived(rows, seed, blocks)
    oil, speed = examples.x[:, 0], examples.x[:, 2]
    odds = -4.0 + 0.35 * (oil - 50) + 0.08 * (speed - 100)
    random = np.random.default_rng(seed + 1)
    fails = (random.uniform(size=rows) < 1 / (1 + np.exp(-odds))).astype(float)
    return examples.told(fails, Target(name="failure in the next shift", unit="1"))


def usual(**changed):
    """Values of an ordinary row by name, some of them changed (blanks as underscores)."""
    row = {
        "oil temperature": 50.0,
        "bearing temperature": 60.0,
        "speed": 110.0,
        "mains frequency": 50.0,
    }
    return row | {name.replace("_", " "): value for name, value in changed.items()}


@cache
def thickness():
    return fit_value(lived(), 3, QUICK)


@cache
def risk():
    return fit_failure_risk(failing(), 3, QUICK)
