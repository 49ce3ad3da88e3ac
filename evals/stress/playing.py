"""An extreme played by the stand-in: what its changes are there, and what the twin then believes.

Each plant starts from the same lived half hour. It must never use the twin's models: what a change
does is the stand-in's own physics, and a change that it has no word for is told, not played.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.emulator.faults import Fault, Size
from evals.inprocess import World
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.simulation.scenario import (
    Capacity,
    Change,
    Demand,
    Outage,
    Rejects,
    Speed,
    Stops,
)
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

_START: Instant = 1_767_593_400 * SECOND
_USUAL_S = 30 * 60
_PLAYED_S = 420
_COUNTED_S = 180
_FEED_S = 10
_OUT = {"machine": "drive", "conveyor": "lane", "producer": "health", "store": "gate"}
_CARRIES = {**_OUT, "header": "passage", "tie": "conductance"}


@dataclass(frozen=True, slots=True)
class Played:
    """What came of an extreme.

    Attributes:
        snapshot: belief some minutes after it struck.
        share: what the line makes at the end, of what it made before, by its true count.
        unplayed: kinds of changes that the stand-in has no word for.
    """

    snapshot: Snapshot
    share: float
    unplayed: tuple[str, ...]


class Stage:
    """A plant that has lived half an hour well, to be struck again and again."""

    def __init__(self, plant: Plant, seed: int) -> None:
        self.plant = plant
        world, twin = World(plant, seed, _START, crew=False), Twin(plant)
        _turn(world, twin, _USUAL_S)
        self.healthy = twin.snapshot(world.standin.now)
        self._kept = pickle.dumps((world, twin))

    def play(self, line: str, changes: Sequence[Change]) -> Played:
        """The changes, at once and lasting, and what the twin believes of them."""
        world, twin = pickle.loads(self._kept)  # noqa: S301 (our own bytes)
        standin = world.standin
        before = standin.produced(line, standin.now - _COUNTED_S * SECOND, standin.now)
        unplayed = []
        for number, change in enumerate(changes):
            fault = next(_faults(self.plant, world, change, number), None)
            if fault is None:
                unplayed.append(change.kind)
            else:
                standin.inject(fault)
        _turn(world, twin, _PLAYED_S)
        after = standin.produced(line, standin.now - _COUNTED_S * SECOND, standin.now)
        return Played(twin.snapshot(standin.now), after / max(before, 1e-9), tuple(unplayed))


def _turn(world: World, twin: Twin, seconds: int) -> None:
    for _ in range(0, seconds, _FEED_S):
        for arrival in world.turn(_FEED_S):
            twin.apply(arrival, world.standin.now)
        twin.tick(world.standin.now)


def _faults(plant: Plant, world: World, change: Change, number: int) -> Iterator[Fault]:
    """The change as a fault of a true number of its component, if there is one."""
    asset = getattr(change, "asset", None)
    if asset is None:
        return
    component = world.standin.assembly.components.get(asset)
    parameter, size = _acted(plant.class_of(asset).model, change, component)
    if size is not None and hasattr(component, parameter):
        yield Fault(
            id=f"extreme-{number}", component=asset.split("/", 1)[1], parameter=parameter,
            shape="step", size=size,
        )  # fmt: skip


def _acted(model: str, change: Change, component: object) -> tuple[str, Size | None]:
    """The number of the stand-in's and how far it goes; None for what it has no word for."""
    match change:
        case Outage():
            return _OUT.get(model, ""), Size(factor=0.0)
        case Capacity():
            return _CARRIES.get(model, ""), Size(factor=change.factor)
        case Speed():
            return "drive", Size(factor=change.factor)
        case Rejects():
            return "spoil", Size(offset=change.share)
        case Stops():
            return "jams", Size(offset=change.per_hour)
        case Demand() if model == "header":
            drawn = float(getattr(component, "drawn", 0.0))
            return "leak", Size(offset=(change.factor - 1.0) * drawn)
        case _:
            return "", None
