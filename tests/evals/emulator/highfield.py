"""The pumping station and a time of day at which two pumps run and two stand by."""

import datetime as dt
from functools import cache
from typing import Any

from evals.emulator.faults import Fault
from evals.emulator.standin import StandIn
from tests.evals.emulator.riverside import PLANTS
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.value import SECOND

NOON = int(dt.datetime(2026, 3, 2, 12, 30, tzinfo=dt.UTC).timestamp()) * SECOND
NIGHT = int(dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC).timestamp()) * SECOND
PUMPS = [f"station/pumps/pump_{n}" for n in (1, 2, 3, 4)]


@cache
def plant() -> Plant:
    """Highfield."""
    file = PLANTS / "pumping_station.yaml"
    return load(file.read_text(), file.name, lambda name: (PLANTS / name).read_text())


def station(seconds: int, *faults: Fault, seed: int = 1, start: int = NOON) -> StandIn:
    """The station that many seconds after the faults were put in."""
    standin = StandIn(plant(), seed, start, faults)
    for _ in range(seconds):
        standin.step()
    return standin


def part(standin: StandIn, path: str) -> Any:
    """A component by its path below the site."""
    return standin.assembly.components[f"highfield/{path}"]
