"""How the values of a virtual plant move, plant second by plant second, by the twin's own laws.

Setpoints are followed with the lag the twin assumes; headers, rates and counts go as `course.py`
foresees; instruments show their noise, step and limits as the plant file has them. It must never
know anything of a machine that the plant file and the twin's models do not say.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evals.virtual import packml
from evals.virtual.course import ENDS_S, Course, interval
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Effect, Role
from twin_core.simulation.live.effects import SUPPLY, amount
from twin_core.simulation.scenario import SetPoint

_EXECUTE = 6.0
_NONE = (0.0,) * len(ENDS_S)
_FOLLOWED_S = 5.0  # plant seconds in which a command is followed
_LAG_S = 20.0  # of what has no settle time of its own
_COUNTS = (Role.PRODUCED, Role.DEFECTIVE)


class Movement:
    """The values of every point that sources read, in the order of `plant.read`.

    Args:
        plant: of which.
        start: by point, its value; NaN = nobody knows.
        seed: of the instruments' noise.
    """

    def __init__(self, plant: Plant, start: NDArray[np.float64], seed: int) -> None:
        self.plant = plant
        self.first = np.where(np.isfinite(start), start, usual(plant))
        self.value = self.first.copy()
        self.since_s = 0.0
        self._at = 0
        self._random = np.random.Generator(np.random.PCG64(seed))
        self._course: Course | None = None
        self._usual: Course | None = None
        specs = [point.spec for point in plant.read]
        self._noise = np.array([spec.noise for spec in specs])
        self._step = np.array([spec.resolution for spec in specs])
        self._low = np.array([spec.limits.low for spec in specs])
        self._high = np.array([spec.limits.high for spec in specs])
        self._whole = np.array([spec.type != "float" for spec in specs])
        self._machines = [_Machine(plant, unit) for unit in plant.units.values() if unit.flow]
        self._counts = [i for i, spec in enumerate(specs) if spec.role in _COUNTS]
        machines = {machine.unit.id for machine in self._machines}
        self._follows: list[tuple[int, int, float]] = []
        self._shifts: list[tuple[int, int, float, Effect]] = []
        self._headers: list[tuple[int, str]] = []
        for unit in plant.units.values():
            self._wire(unit, is_machine=unit.id in machines)

    def write(self, index: int, value: float) -> None:
        """A client has written a setpoint."""
        self.value[index] = value

    @property
    def changes(self) -> tuple[SetPoint, ...]:
        """The setpoints that stand elsewhere than at the start."""
        led = {lead for lead, _, _ in self._follows} | {
            machine.asked for machine in self._machines if machine.asked is not None
        }
        moved = [i for i in sorted(led) if self.value[i] != self.first[i]]
        return tuple(SetPoint(point=self.plant.read[i].id, value=self.value[i]) for i in moved)

    def take(self, course: Course) -> None:
        """From now on it goes as foreseen; the first course is that of a plant left alone."""
        self._usual = self._usual or course
        self._course = course

    def step(self) -> None:
        """One plant second passes."""
        self.since_s += 1.0
        self._at = interval(self.since_s)
        target = self.first.copy()
        for lead, led, _ in self._follows:
            target[led] += self.value[lead] - self.first[lead]
        for header, led, _, effect in self._shifts:
            here, there = float(self.value[header]), float(self.first[header])
            target[led] += amount(effect, here) - amount(effect, there)
        lags = {led: lag for _, led, lag in self._follows}
        lags |= {led: lag for _, led, lag, _ in self._shifts if led not in lags}
        for header, path in self._headers:
            if self._course is not None and path in self._course.potentials:
                target[header] = self.first[header] + self._course.moved(path, self.since_s)
                lags[header] = 1.0
        for led, lag in lags.items():
            self._approach(led, float(target[led]), lag)
        for machine in self._machines:
            self._run(machine)
        np.clip(self.value, self._low, self._high, out=self.value)

    def shown(self) -> NDArray[np.float64]:
        """What the instruments show of it now."""
        noise = self._random.standard_normal(len(self.value)) * self._noise
        seen = self.value + noise
        stepped = self._step > 0
        seen[stepped] = np.round(seen[stepped] / self._step[stepped]) * self._step[stepped]
        seen[self._whole] = np.floor(seen[self._whole] + 0.5)
        seen[self._counts] = np.floor(self.value[self._counts])
        return np.asarray(np.clip(seen, self._low, self._high))

    def _approach(self, index: int, target: float, lag_s: float) -> None:
        share = 1.0 - math.exp(-1.0 / max(lag_s, 1e-3))
        self.value[index] += (target - self.value[index]) * share

    def _obey(self, machine: "_Machine") -> None:
        """Follow the command that is asked for, once, and take the request back."""
        state, command, request = machine.state, machine.command, machine.request
        if state is None or command is None or request is None or self.value[request] < 0.5:
            machine.asked_s = 0.0
            return
        machine.asked_s += 1.0
        if machine.asked_s >= _FOLLOWED_S:
            now = packml.after(round(self.value[state]), round(self.value[command]))
            self.value[state], self.value[request] = float(now), 0.0
            machine.commanded = True

    def _run(self, machine: "_Machine") -> None:
        self._obey(machine)
        path = machine.unit.id
        course, usual_ = self._course, self._usual
        made = course.made[path][self._at] if course is not None and path in course.made else None
        before = usual_.made[path][self._at] if usual_ is not None and made is not None else None
        if made is not None and made > 0 and machine.state is not None and not machine.commanded:
            self.value[machine.state] = _EXECUTE
        running = machine.state is None or self.value[machine.state] == _EXECUTE
        made = 0.0 if made is not None and not running else made
        if machine.speed is not None:
            ratio = made / before if made is not None and before else 1.0
            target = self._speed(machine, ratio) if running else 0.0
            self._approach(machine.speed, target, machine.lag_s)
            if made is None:
                made = float(self.value[machine.speed]) / 60.0 if running else 0.0
        if machine.produced is not None and made is not None:
            self.value[machine.produced] += made
        if machine.defective is not None and course is not None:
            self.value[machine.defective] += course.rejected.get(path, _NONE)[self._at]

    def _speed(self, machine: "_Machine", ratio: float) -> float:
        """The speed it tends to: as commanded, and no more of it than it reaches."""
        assert machine.speed is not None
        first = float(self.first[machine.speed])
        if machine.asked is None:
            return first * ratio
        then, now = float(self.first[machine.asked]), float(self.value[machine.asked])
        if first <= 0 or then <= 0:
            return now
        moved = now / then if now != then else ratio
        return min(first * moved, now * max(1.0, first / then))

    def _wire(self, unit: Unit, *, is_machine: bool) -> None:
        index = self.plant.index
        kind = self.plant.class_of(unit.id)
        for leader in unit.points:
            led = unit.point(leader.spec.measures or "")
            if led is None or led.spec.role is Role.STATE:
                continue
            if is_machine and led.spec.role is Role.SPEED:
                continue
            lag_s = (leader.spec.settle_s or 3 * _LAG_S) / 3.0
            self._follows.append((index[leader.id], index[led.id], lag_s))
        potential = unit.with_role(Role.POTENTIAL)
        if potential is not None:
            self._headers.append((index[potential.id], header_at(self.plant, unit)))
        for effect in kind.effects:
            led = unit.point(effect.point or "")
            if effect.on != "offset" or led is None or not effect.by.startswith(SUPPLY):
                continue
            header = self.plant.supplier(unit.id, effect.by.removeprefix(SUPPLY))
            seen = self.plant.unit(header).with_role(Role.POTENTIAL) if header else None
            if seen is not None:
                self._shifts.append((index[seen.id], index[led.id], _LAG_S, effect))


class _Machine:
    """Where a machine's values stand in the columns; None = it has no such point."""

    def __init__(self, plant: Plant, unit: Unit) -> None:
        def place(role: Role) -> int | None:
            point = unit.with_role(role)
            return None if point is None else plant.index[point.id]

        asked = unit.with_role(Role.SPEED_SETPOINT)
        self.unit = unit
        self.state = place(Role.STATE)
        self.speed = place(Role.SPEED)
        self.command = place(Role.COMMAND)
        self.request = place(Role.CHANGE_REQUEST)
        self.commanded = False
        self.asked_s = 0.0
        self.asked = place(Role.SPEED_SETPOINT)
        self.produced = place(Role.PRODUCED)
        self.defective = place(Role.DEFECTIVE)
        self.lag_s = ((asked.spec.settle_s if asked is not None else None) or 3 * _LAG_S) / 3.0


def header_at(plant: Plant, unit: Unit) -> str:
    """The header whose potential a unit shows: itself, or the one that it supplies."""
    if plant.class_of(unit.id).model != "producer":
        return unit.id
    return next((link.target for link in plant.links_from(unit.id, "supplies")), unit.id)


def usual(plant: Plant) -> NDArray[np.float64]:
    """What every point shows of a plant that runs as its file says it should."""
    return np.array([
        _usual(plant, plant.unit(point.unit_id), point) for point in plant.read
    ])  # fmt: skip


def _usual(plant: Plant, unit: Unit, point: Point) -> float:
    spec = point.spec
    fixed: Mapping[Role, float] = {
        Role.STATE: _EXECUTE,
        Role.MODE: 1.0,
        Role.PRODUCT: float(plant.products[0].number) if plant.products else 0.0,
    }
    none = {*_COUNTS, Role.STARVED, Role.BLOCKED, Role.STOP_REASON}
    none |= {Role.COMMAND, Role.CHANGE_REQUEST}
    leader = next((p for p in unit.points if p.spec.measures == spec.id), None)
    rated = unit.parameters.get("rated_speed")
    if spec.role in fixed:
        value = fixed[spec.role]
    elif spec.role in none:
        value = 0.0
    elif rated is not None and spec.role in {Role.SPEED, Role.SPEED_SETPOINT}:
        value = rated
    elif leader is not None and leader is not point:
        value = _usual(plant, unit, leader)
    else:
        recipes = (product.recipe.get(unit.class_id, {}) for product in plant.products)
        told = next((recipe[spec.id] for recipe in recipes if spec.id in recipe), None)
        span = spec.normal or spec.adjustable or spec.limits
        value = told if told is not None else (span.low + span.high) / 2.0
        value = 0.0 if spec.type == "bool" else value
    if spec.type != "float":
        value = float(math.floor(value))
    return min(max(value, spec.limits.low), spec.limits.high)
