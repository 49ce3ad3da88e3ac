"""What each arm of the evaluation is told of the plant, and hears of it.

The control arms show what a score is worth: an assistant that knows nothing, or what is not so,
must not have it. It must never change the plant that is played.
"""

from collections.abc import Mapping

from evals.harness.history import Lived
from evals.harness.scored import Arm
from evals.harness.turned import Renamed
from evals.inprocess import World
from twin_core.plant.assets import Plant
from twin_core.ports import ReadingSource

HEARD: frozenset[Arm] = frozenset({"product", "shuffled", "scripted"})
"""Arms in which readings arrive."""


def told(plant: Plant, arm: Arm) -> Plant:
    """The plant as the system is told it."""
    return emptied(plant) if arm == "empty_twin" else plant


def sources(lived: Lived, world: World, arm: Arm) -> Mapping[str, ReadingSource]:
    """What the system reads."""
    if arm == "empty_twin":
        return {}
    if lived.renamed is None:
        return world.sources
    return {name: Renamed(source, lived.renamed) for name, source in world.sources.items()}


def emptied(plant: Plant) -> Plant:
    """The site with its areas and lines, and nothing that stands on them."""
    areas = tuple(
        area.model_copy(
            update={
                "lines": tuple(
                    line.model_copy(update={"units": (), "counted_at": None}) for line in area.lines
                )
            }
        )
        for area in plant.areas
    )
    nothing = ("links", "products", "orders", "shifts", "derived", "cells", "warehouses")
    return plant.model_copy(
        update={"areas": areas, "changeovers": {}, "prices": None, **dict.fromkeys(nothing, ())}
    )
