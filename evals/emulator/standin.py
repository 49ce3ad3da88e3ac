"""The stand-in plant: a deterministic process of one-second steps, with sensors and faults.

Same plant file, seed, start, faults and timed commands: same bytes. It does no I/O and reads no
clock. It shares the plant file with the twin and nothing else.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from evals.emulator.assembly import Assembly, Counting, products_of, recipe_for
from evals.emulator.calendar import Window, windows
from evals.emulator.component import SETPOINTS, Component
from evals.emulator.faults import Fault, Trouble, full_path
from evals.emulator.machine import BREAK, CHANGEOVER, NONE
from evals.emulator.mischief import Mischief
from evals.emulator.sensing import Sensors
from evals.emulator.surroundings import Surroundings
from twin_core.errors import UnknownName
from twin_core.plant.assets import Line, Plant
from twin_core.value import SECOND, Instant

WARM_S = 600
OUTSIDE = ("outdoors", "course")
"""What every component is told of its surroundings that asks for it by an attribute."""
_HORIZON_S = 86_400


@dataclass(frozen=True, slots=True)
class Write:
    """A set-point that somebody wrote: index into `Plant.points`, value in its unit."""

    point: int
    value: float


@dataclass(frozen=True, slots=True)
class Written:
    """A write as it took effect: at plant time, before that second's step."""

    time: Instant
    point: int
    value: float
    by: str


class StandIn:
    """A running plant.

    Args:
        plant: the plant file.
        seed: of everything that is drawn.
        start: plant time, microseconds; floored to the second. The plant has then run for ten
            minutes.
        faults: put in at `start`.

    Attributes:
        watched: whether its sensors look; what is true is the same where they do not, and a course
            that is only counted is a fifth cheaper.
    """

    def __init__(
        self, plant: Plant, seed: int, start: Instant, faults: Sequence[Fault] = ()
    ) -> None:
        self.plant = plant
        self.seed = seed
        self.watched = True
        self.start_s = start // SECOND
        self.second = self.start_s - WARM_S
        self.assembly = Assembly(plant, seed)
        self.sensors = Sensors(plant, seed)
        self.surroundings = Surroundings(seed)
        self.written: list[Written] = []
        self.troubles: list[Trouble] = []
        self._mischief = Mischief()
        self._shown = [
            (self.assembly.components[u.id], [p.spec.id for p in u.points])
            for u in plant.units.values()
        ]
        self._outside = [
            (component, name)
            for component in self.assembly.components.values()
            for name in OUTSIDE
            if hasattr(component, name)
        ]
        counters = self.assembly.counters
        self._lines = [line for line in plant.lines if line.id in counters]
        self._order = {line.id: 0 for line in self._lines}
        self._stops: dict[str, list[Window]] = {}
        self._planned_until = 0
        for line in self._lines:
            self._announce(line)
        self._worth = {line.id: plant.in_flow(line, counters[line.id].unit) for line in self._lines}
        self._tally: dict[str, list[float]] = {line.id: [] for line in self._lines}
        self._due = np.empty(0, dtype=np.int32)
        self._minute(self.second)
        for _ in range(WARM_S):
            self._advance()
        self._sense(whole=True)
        for line in self._lines:
            self._tally[line.id] = [self._made(line.id)]
        for fault in faults:
            self.inject(fault)

    @property
    def now(self) -> Instant:
        """Plant time of the state, microseconds."""
        return self.second * SECOND

    @property
    def values(self) -> NDArray[np.float64]:
        """What every sensor showed last, by point index."""
        return self.sensors.values

    @property
    def status(self) -> NDArray[np.uint32]:
        """OPC UA status codes, by point index."""
        return self.sensors.status

    @property
    def due(self) -> NDArray[np.int32]:
        """Points sampled by the last step; empty if that second samples none."""
        return self._due

    def step(self, commands: Iterable[Write] = (), by: str = "") -> None:
        """One plant second, after the commands have been written."""
        for command in commands:
            self.write(command, by)
        self._advance()
        if self.watched and self.second % self.sensors.every == 0:
            self._sense(whole=False)
        else:
            self._due = np.empty(0, dtype=np.int32)
        for line in self._lines:
            self._tally[line.id].append(self._made(line.id))

    def write(self, command: Write, by: str) -> None:
        """A set-point changes at once; the process follows."""
        point = self.plant.points[command.point]
        self.assembly.components[point.unit_id].write(point.spec.id, command.value)
        self.written.append(Written(self.now, command.point, command.value, by))

    def value(self, point: int) -> float:
        """What the sensor of that point shows; for a set-point what stands in the controller."""
        spec = self.plant.points[point].spec
        if spec.role in SETPOINTS:
            component = self.assembly.components[self.plant.points[point].unit_id]
            return component.setpoints[spec.id]
        return float(self.values[point])

    def inject(self, fault: Fault) -> Trouble:
        """Put a fault in now; its onset counts from now.

        Raises:
            UnknownName: no such component, parameter or point.
        """
        trouble = Trouble(fault, float(self.second - self.start_s), str(self.seed))
        target = self._target(fault.component)
        if fault.parameter.startswith("sensor:"):
            point = fault.parameter.removeprefix("sensor:")
            path = f"{full_path(fault.component, self.plant.site)}/{point}"
            if path not in self.plant.index:
                raise UnknownName("point", path, get_close_matches(path, self.plant.index))
            self.sensors.fail(self.plant.index[path], trouble)
        elif not isinstance(target, Component) or fault.parameter not in target.setpoints:
            self._mischief.act_on(target, trouble)
        self.troubles.append(trouble)
        return trouble

    def mend(self, trouble: Trouble) -> None:
        """The crew removes it. A wrong set-point is put back to what is called for."""
        trouble.mended = True
        fault = trouble.fault
        target = self._target(fault.component)
        if isinstance(target, Component) and fault.parameter in target.setpoints:
            line = self.plant.line(target.unit.id)
            recipe = self._recipe(line, target)
            value = recipe.get(fault.parameter, target.usual(fault.parameter))
            self._put(target, fault.parameter, value, "crew")

    def produced(self, line: str, since: Instant, until: Instant) -> float:
        """True output of a line in its unit of flow between two plant times."""
        tally = self._tally[line]
        last = len(tally) - 1
        first = min(max(since // SECOND - self.start_s, 0), last)
        final = min(max(until // SECOND - self.start_s, 0), last)
        return (tally[final] - tally[first]) * self._worth[line]

    def truth(self) -> list[float]:
        """What is true at every point that a source reads, in the order of `Plant.read`."""
        for machines in self.assembly.machines.values():
            for machine in machines:
                machine.show()
        return [getattr(component, name) for component, names in self._shown for name in names]

    @property
    def made(self) -> dict[str, float]:
        """What every unit that counts has put out since it began, in its own unit, by path."""
        components = self.assembly.components.items()
        return {path: one.total_made for path, one in components if isinstance(one, Counting)}

    @property
    def counters(self) -> dict[str, str]:
        """By line, the unit that counts what leaves it."""
        return {line: one.unit.id for line, one in self.assembly.counters.items()}

    def digest(self) -> str:
        """A fingerprint of truth and readings."""
        state = np.asarray(self.truth(), dtype=np.float64).tobytes()
        return hashlib.sha256(state + self.values.tobytes() + self.status.tobytes()).hexdigest()

    def _made(self, line: str) -> float:
        return self.assembly.counters[line].total_made

    def _advance(self) -> None:
        self.second += 1
        second = self.second
        now = float(second - self.start_s)
        if self.troubles:
            self._misset(now)
            self._mischief.run(now)
        if second % 60 == 0:
            self._minute(second)
        for thing in self.assembly.running:
            thing.run(1.0)
        for line in self._lines:
            stops = self._stops[line.id]
            if stops and second >= stops[0].start:
                self._plan(line, stops, second)
            for machine in self.assembly.machines[line.id]:
                machine.process(now, 1.0)
                machine.run(now, 1.0)
            for conveyor in self.assembly.conveyors[line.id]:
                conveyor.run(1.0)

    def _minute(self, second: int) -> None:
        self.surroundings.run(second)
        for component, name in self._outside:
            setattr(component, name, getattr(self.surroundings, name))
        if second >= self._planned_until:
            self._planned_until = second + _HORIZON_S
            for line in self._lines:  # a stop that ends this very second has yet to be ended
                self._stops[line.id] = windows(
                    self.plant, line.id, second - 1, second + 2 * _HORIZON_S
                )

    def _plan(self, line: Line, stops: list[Window], second: int) -> None:
        machines = self.assembly.machines[line.id]
        reason = CHANGEOVER if stops[0].reason == "changeover" else BREAK
        if second >= stops[0].end:
            stops.pop(0)
            for machine in machines:
                machine.planned = NONE
            if reason == CHANGEOVER:
                self._order[line.id] += 1
                self._announce(line)
        else:
            for machine in machines:
                machine.planned = reason

    def _announce(self, line: Line) -> None:
        """A new order: product number, recipe, counters."""
        products = products_of(self.plant, line)
        if not products:
            return
        product = products[self._order[line.id] % len(products)]
        for machine in self.assembly.machines[line.id]:
            machine.product = product.number
            machine.called_for(self._recipe(line, machine))
            if self._order[line.id]:
                machine.reset()

    def _recipe(self, line: Line, component: Component) -> dict[str, float]:
        products = products_of(self.plant, line)
        product = products[self._order.get(line.id, 0) % len(products)] if products else None
        return recipe_for(self.plant, line, component.unit, product)

    def _sense(self, *, whole: bool) -> None:
        now = float(self.second - self.start_s)
        self.sensors.sample(self.truth(), self.second, now, whole=whole)
        self._due = self.sensors.due

    def _target(self, component: str) -> object:
        if component == self.plant.site:
            return self.surroundings
        path = full_path(component, self.plant.site)
        if path not in self.assembly.components:
            known = self.assembly.components
            raise UnknownName("component", path, get_close_matches(path, known))
        return self.assembly.components[path]

    def _misset(self, now: float) -> None:
        """Set-points that a fault writes: once, at onset."""
        for trouble in self.troubles:
            fault = trouble.fault
            if trouble.fired or "sensor:" in fault.parameter:
                continue
            target = self._target(fault.component)
            if not isinstance(target, Component) or fault.parameter not in target.setpoints:
                continue
            if trouble.level(now) <= 0.0:
                continue
            trouble.fired = True
            value = fault.size.of(target.setpoints[fault.parameter], 1.0)
            self._put(target, fault.parameter, value, "fault")

    def _put(self, target: Component, setpoint: str, value: float, by: str) -> None:
        index = self.plant.index.get(f"{target.unit.id}/{setpoint}")
        if index is None:
            target.write(setpoint, value)
        else:
            self.write(Write(index, value), by)
