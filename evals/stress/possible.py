"""What in a forecast cannot be, whatever was asked. It must never judge how likely something is."""

import numpy as np

from twin_core.plant.assets import Plant
from twin_core.plant.classes import Role
from twin_core.simulation.scenario import Forecast


def wrong(plant: Plant, forecast: Forecast) -> list[str]:
    """What in a forecast cannot be: out of order, below nothing, above all.

    (What is no number is no Estimate: it breaks the forecast.)
    """
    line = plant.line(forecast.scenario.line)
    counter = plant.counter(line)
    speed = counter.with_role(Role.SPEED) if counter is not None else None
    most = {"wip": _holds(plant, forecast.scenario.line), "rejected": 100.0}
    least = {"wip": 0.0, "rejected": 0.0}
    if counter is not None and speed is not None:
        most["rate"] = speed.spec.limits.high * plant.in_flow(line, counter)
        least["rate"] = 0.0
    for header in plant.units.values():
        point = header.with_role(Role.POTENTIAL)
        if point is not None:
            name = "_".join(point.id.split("/")[1:])
            least[name], most[name] = point.spec.limits.low, point.spec.limits.high
    found = []
    for name, e in {"rate": forecast.rate, **forecast.others}.items():
        if not e.low <= e.mean <= e.high:
            found.append(f"{name} {e.mean:g} outside its interval")
        elif e.low < least.get(name, -np.inf) - 1e-9 or e.high > most.get(name, np.inf) + 1e-9:
            found.append(f"{name} {e.low:g} to {e.high:g} {e.unit}")
    return found


def _holds(plant: Plant, path: str) -> float:
    """What fits between the machines of a line, by its buffers or what their levels can show."""
    line = plant.line(path)
    own = {unit.id: unit for unit in plant.machines(line)}
    most = 0.0
    for link in plant.links:
        if link.kind == "feeds" and link.source in own and link.target in own and link.buffer:
            carrier = plant.units.get(link.buffer.conveyor or "")
            level = carrier.with_role(Role.LEVEL) if carrier is not None else None
            shown = level.spec.limits.high if level is not None else 0.0
            most += max(link.buffer.capacity, shown) * plant.in_flow(line, own[link.source])
    return most
