"""The plant file and times that the emulator's tests use."""

from functools import cache
from pathlib import Path

from evals.emulator.calendar import calm_start
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.value import SECOND

PLANTS = Path(__file__).resolve().parents[3] / "plants"
LINE1, LINE2, LINE3, LINE4 = (f"riverside/packaging/line{n}" for n in (1, 2, 3, 4))


@cache
def plant() -> Plant:
    """Riverside."""
    file = PLANTS / "riverside.yaml"
    return load(file.read_text(), file.name, lambda name: (PLANTS / name).read_text())


@cache
def calm() -> int:
    """A plant time after which no line has a planned stop for an hour."""
    at = 1_790_000_000 * SECOND
    while True:
        starts = [calm_start(plant(), line, at, 3600) for line in (LINE1, LINE2, LINE3, LINE4)]
        if max(starts) == at:
            return at
        at = max(starts)
