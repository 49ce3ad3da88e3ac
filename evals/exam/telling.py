"""What the twin is told of the plant: its file, or one with less in it.

The stand-in keeps the plant as it is. It must never change the order of points: the wires are read
by it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.exam.question import Withheld
from twin_core.diagnosis.cause import Diagnosis
from twin_core.plant.assets import Plant, Unit
from twin_core.value import Range


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """A description of the plant.

    Attributes:
        plant: what the twin is told.
        told: path of an asset or line as the stand-in has it → as the twin is told it; what is
            not in it has one name.
        tried: whether the twin may put suspects into its model.
    """

    name: str
    plant: Plant
    told: Mapping[str, str] = field(default_factory=dict)
    tried: bool = True

    def path(self, real: str) -> str:
        """The twin's name of it."""
        return self.told.get(real, real)

    def real_path(self, told: str) -> str:
        """The stand-in's name of it."""
        return next((real for real, name in self.told.items() if name == told), told)

    def real(self, diagnosis: Diagnosis) -> Diagnosis:
        """The diagnosis in the stand-in's names, without its evidence."""
        back = {told: real for real, told in self.told.items()}
        causes = tuple(
            c.model_copy(update={"asset": back.get(c.asset, c.asset)}) for c in diagnosis.causes
        )
        return diagnosis.model_copy(update={"causes": causes, "evidence": ()})


def at_load(plant: Plant, load: float) -> Plant:
    """The plant with every nominal rate of every product times `load`."""
    products = tuple(
        p.model_copy(update={"rates": {line: rate * load for line, rate in p.rates.items()}})
        for p in plant.products
    )
    return plant.model_copy(update={"products": products})


def withholding(plant: Plant, withheld: Collection[Withheld]) -> Plant:
    """The plant with classes that do not list those failure modes."""
    if not withheld:
        return plant
    classes = {
        name: kind.model_copy(
            update={
                "failure_modes": tuple(
                    m for m in kind.failure_modes if (name, m.id) not in withheld
                )
            }
        )
        for name, kind in plant.classes.items()
    }
    return plant.model_copy(update={"classes": classes})


def without_supplies(plant: Plant) -> Plant:
    """The plant as if nothing were known of what supplies what; lines keep their order of flow."""
    return plant.model_copy(update={"links": tuple(k for k in plant.links if k.kind != "supplies")})


def without_signatures(plant: Plant) -> Plant:
    """The plant with classes that list no failure mode at all."""
    every = {(name, m.id) for name, kind in plant.classes.items() for m in kind.failure_modes}
    return withholding(plant, every)


def discovered(plant: Plant) -> Plant:
    """The plant as a draft of `discover` leaves it, its classes accepted and nothing decided.

    Every tag is a point of its class; nameplates and ranges are the classes'; no links, flow,
    products, calendar or prices. Which tag is which point is not tried here: each is right.
    """
    areas = tuple(
        area.model_copy(
            update={
                "lines": tuple(
                    line.model_copy(
                        update={
                            "counted_at": None,
                            "units": tuple(_drafted(plant, u) for u in line.units),
                        }
                    )
                    for line in area.lines
                )
            }
        )
        for area in plant.areas
    )
    nothing = ("links", "products", "orders", "shifts", "derived", "cells", "warehouses")
    update: dict[str, Any] = {
        "areas": areas,
        "changeovers": {},
        "prices": None,
        **dict.fromkeys(nothing, ()),
    }
    return plant.model_copy(update=update)


def _drafted(plant: Plant, unit: Unit) -> Unit:
    kind = plant.classes[unit.class_id]
    points = []
    for point in unit.points:
        usual = kind.point(point.spec.id)
        spec = point.spec if usual is None else usual
        limits = Range(
            low=min(spec.limits.low, point.spec.limits.low),
            high=max(spec.limits.high, point.spec.limits.high),
        )
        spec = spec.model_copy(update={"limits": limits})
        points.append(point.model_copy(update={"spec": spec, "names": ()}))
    nameplate = {name: parameter.value for name, parameter in kind.parameters.items()}
    update = {"points": tuple(points), "parameters": nameplate, "flow": None, "names": ()}
    return unit.model_copy(update=update)
