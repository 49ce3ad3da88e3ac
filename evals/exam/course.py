"""What faults would cost: the stand-in with them beside the same stand-in without.

By true counters, never by what the product believes.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy

from evals.emulator.faults import Fault
from evals.emulator.standin import StandIn
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant


class Course:
    """A stand-in at the moment at which faults may strike.

    Args:
        plant: as the stand-in has it.
        seed, start: of the stand-in.
        usual_s: plant seconds it has run by then.
    """

    def __init__(self, plant: Plant, seed: int, start: Instant, usual_s: float) -> None:
        self.plant = plant
        self.standin = StandIn(plant, seed, start)
        for _ in range(round(usual_s)):
            self.standin.step()
        self._struck = self.standin.now
        self._healthy = copied(self.standin)

    def setpoint(self, unit: str, point: str) -> float:
        """What stands in the controller."""
        return self.standin.assembly.components[unit].setpoints[point]

    def cost(
        self, faults: Sequence[Fault], after_s: float, settled_s: float
    ) -> Mapping[str, float]:
        """Share of its output that each production line loses, from `settled_s` to `after_s`."""
        faulty = copied(self.standin)
        for fault in faults:
            faulty.inject(fault)
        self._run(faulty, after_s)
        self._run(self._healthy, after_s)
        since, until = (self._struck + int(s) * SECOND for s in (settled_s, after_s))
        found = {}
        for line in self.plant.lines:
            if line.kind == "production":
                usual = self._healthy.produced(line.id, since, until)
                found[line.id] = 1.0 - faulty.produced(line.id, since, until) / max(usual, 1e-9)
        return found

    def _run(self, standin: StandIn, after_s: float) -> None:
        while standin.now < self._struck + int(after_s) * SECOND:
            standin.step()


def copied(standin: StandIn) -> StandIn:
    """The same stand-in again, to be counted, not watched; what never changes is shared."""
    plant = standin.plant
    fixed: list[object] = [plant, *plant.units.values(), *plant.classes.values()]
    fixed += [*plant.lines, *plant.links, *plant.points]
    other = deepcopy(standin, {id(one): one for one in fixed})
    other.watched = False
    return other
