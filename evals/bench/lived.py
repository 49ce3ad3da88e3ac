"""What the twin believes of the stand-in after a while of its life, well or with a fault."""

from evals.emulator.faults import Case
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot
from twin_core.value import SECOND

_SEED = 20260302
_START = 1_772_600_000 * SECOND
_USUAL_S = 30 * 60
_FAULT_S = 7 * 60
_FEED_S = 10


def lived(plant: Plant, case: Case | None = None, seed: int = _SEED) -> Snapshot:
    """What the twin believes after half an hour, and then seven minutes with the case's faults."""
    world, twin = World(plant, seed, _START, crew=False), Twin(plant)
    for second in range(0, _USUAL_S + _FAULT_S, _FEED_S):
        if case is not None and second == _USUAL_S:
            for fault in case.faults:
                world.standin.inject(fault)
        for arrival in world.turn(_FEED_S):
            twin.apply(arrival, world.standin.now)
        twin.tick(world.standin.now)
    return twin.snapshot(world.standin.now)
