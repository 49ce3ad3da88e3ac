"""Lines that give what is taken from them: water, air, heat; less of it is no loss.

It must never be asked of a line whose pace somebody sets.
"""

import numpy as np
from numpy.typing import NDArray

from twin_core.diagnosis.window import Window
from twin_core.plant.assets import Line, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.effects import SUPPLY, bend

_WHOLE = 0.02
"""Share of the way from unharmed to worst below which a law leaves a machine whole."""


def gives_what_is_taken(window: Window, line: Line, after: NDArray[np.bool_]) -> bool:
    """Whether the line gives what is taken from it and was not kept from giving more.

    Nobody sets its pace, and all by which its class says that it is slowed leaves it whole.
    """
    plant, counter = window.plant, window.plant.counter(line)
    paced = any(line.id in p.rates for p in plant.products)
    if counter is None or paced or counter.with_role(Role.SPEED_SETPOINT) is not None:
        return False
    laws = [e for e in plant.class_of(counter.id).effects if e.on == "speed"]
    seen = [(law, _by(window, counter, law)) for law in laws]
    known = [(law, x[after & np.isfinite(x)]) for law, x in seen if x is not None]
    known = [(law, x) for law, x in known if len(x)]
    return bool(known) and all(bend(law, float(np.median(x))) < _WHOLE for law, x in known)


def _by(window: Window, unit: Unit, law: Effect) -> NDArray[np.float64] | None:
    """What an effect follows, float64[T]: a point of the unit, or the header that supplies it."""
    plant = window.plant
    point = unit.point(law.by)
    if law.by.startswith(SUPPLY):
        header = plant.supplier(unit.id, law.by.removeprefix(SUPPLY))
        point = plant.units[header].with_role(Role.POTENTIAL) if header is not None else None
    return None if point is None else window.mean[:, plant.index[point.id]]
