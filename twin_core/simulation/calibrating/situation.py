"""What a line is asked to do, now or in a scenario, as a set of parameters is held against it.

It must never judge: `usable.py` does.
"""

from collections.abc import Sequence

from twin_core.plant.classes import Role
from twin_core.simulation.calibrating.usable import Situation
from twin_core.simulation.scenario import Change, SetPoint
from twin_core.twin import Snapshot


def situation(snapshot: Snapshot, line: str, changes: Sequence[Change] = ()) -> Situation:
    """The line as it is commanded now, with the setpoints that a scenario changes.

    Raises:
        UnknownName: no such line.
    """
    plant = snapshot.plant
    found = plant.line(line)
    changed = {c.point: c.value for c in changes if isinstance(c, SetPoint)}
    rates: dict[str, float] = {}
    products: set[int] = set()
    for unit in plant.machines(found):
        asked = unit.with_role(Role.SPEED_SETPOINT)
        if asked is not None:
            value = changed.get(asked.id, snapshot.latest(asked.id).value)
            if value is not None and value > 0:
                rates[unit.id] = value
        product = unit.with_role(Role.PRODUCT)
        number = None if product is None else snapshot.latest(product.id).value
        if number is not None:
            products.add(round(number))
    return Situation(products=tuple(sorted(products)) or (-1,), rates=rates, plant=plant.version)
