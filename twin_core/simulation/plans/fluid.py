"""A serial line as a fluid between events: stops, full and empty buffers, travel, rejects.

Material moves at rates that are constant between events, and every instant at which a rate can
change is an event in SimPy's queue, so nothing is stepped and nothing is lost: what goes in
comes out, is rejected, or lies on a conveyor. Stops depend on operation (Gershwin, *Manufacturing
Systems Engineering*, 1994, ch. 3: a machine that runs at half its speed uses up its life half as
fast); a machine that is blocked slows to what follows, a starved one to what arrives.

All quantities are in the line's unit of flow and plant seconds. It must never know a plant, a
snapshot or a medium: `model.py` writes the plan.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from math import inf
from typing import Any

import simpy

from twin_core.simulation.plans.layout import (
    BufferPlan,
    BufferSetting,
    LinePlan,
    MachineSetting,
    Outcome,
)
from twin_core.simulation.stream import Stream

_EPS = 1e-9
_SOONEST_S = 1e-10
"""No event is nearer than this, so that the clock moves: a double of a day is exact to 1.5e-11."""
_ROUNDING = 1.0 + 1e-12


@dataclass(slots=True)
class _Machine:
    setting: MachineSetting
    stops: int = 0
    lives: list[float] = field(default_factory=list)
    failed: list[simpy.Event] = field(default_factory=list)
    flow: float = 0.0
    taken: float = 0.0
    down: float = 0.0
    made: float = 0.0


@dataclass(slots=True)
class _Buffer:
    """`comes` has travelled the whole way, `arriving` is brought to the far end, per second."""

    setting: BufferSetting
    travel: float
    contents: float
    queue: float
    held_back: float
    reaching: float
    put: float
    comes: float = 0.0
    arriving: float = 0.0
    coming: deque[tuple[float, float]] = field(default_factory=deque)


def run(plan: LinePlan, stream: Callable[[int, int], Stream]) -> Outcome:
    """One realisation of the plan.

    Args:
        plan: the line over the horizon.
        stream: (machine, law) → its random numbers.
    """
    return _Line(plan, stream).run()


class _Line:
    def __init__(self, plan: LinePlan, stream: Callable[[int, int], Stream]) -> None:
        self.plan = plan
        self.env = simpy.Environment()
        self.since = 0.0
        self.due: simpy.Event | None = None
        self.machines = [_Machine(m.settings[0]) for m in plan.machines]
        self.buffers = [self._buffer(b) for b in plan.buffers]
        for i, machine in enumerate(plan.machines):
            self.machines[i].lives = [inf] * len(machine.laws)
            self.machines[i].failed = [self.env.event() for _ in machine.laws]
            for law, mean_s in enumerate(machine.laws):
                self._process(self._law(i, law, mean_s, stream(i, law)))
            if machine.down_s > 0:
                self._process(self._outage(i, 0.0, machine.down_s))
            for start, duration in machine.outages:
                self._process(self._outage(i, start, duration))
            if len(machine.settings) > 1:
                self._process(self._machine_settings(i, machine.settings[1:]))
        for j, buffer in enumerate(plan.buffers):
            if len(buffer.settings) > 1:
                self._process(self._buffer_settings(j, buffer.settings[1:]))

    @staticmethod
    def _buffer(plan: BufferPlan) -> _Buffer:
        on_the_way = min(plan.contents, plan.arriving * plan.travel_s)
        arriving = on_the_way / plan.travel_s if plan.travel_s > 0 else 0.0
        held_back = min(plan.held_back, plan.contents - on_the_way)
        queue = plan.contents - on_the_way - held_back
        # put starts as what arrives, so that the first change of it travels like any other
        return _Buffer(
            plan.settings[0], plan.travel_s, plan.contents, queue, held_back, arriving, arriving
        )

    def _process(self, steps: Generator[simpy.Event, Any, None]) -> None:
        self.env.process(steps)

    def run(self) -> Outcome:
        start = self.env.event()
        start.callbacks.append(lambda _: self._changed())
        start.succeed()
        self.env.run(until=self.plan.horizon_s)
        self._advance()
        return Outcome(
            counted=self.machines[self.plan.counted].made,
            taken=tuple(m.taken for m in self.machines),
            made=tuple(m.made for m in self.machines),
            rejected=tuple(m.taken - m.made for m in self.machines),
            down=tuple(m.down for m in self.machines),
            contents=tuple(b.contents for b in self.buffers),
        )

    def _law(
        self, i: int, law: int, mean_s: float, stream: Stream
    ) -> Generator[simpy.Event, Any, None]:
        machine = self.machines[i]
        while True:
            life, repair = stream.draw()
            machine.lives[law] = life
            machine.failed[law] = self.env.event()
            self._changed()
            yield machine.failed[law]
            machine.lives[law] = inf
            yield from self._outage(i, 0.0, repair * mean_s)

    def _outage(self, i: int, start: float, duration: float) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(start)
        self.machines[i].stops += 1
        self._changed()
        yield self.env.timeout(duration)
        self.machines[i].stops -= 1
        self._changed()

    def _machine_settings(
        self, i: int, settings: tuple[MachineSetting, ...]
    ) -> Generator[simpy.Event, Any, None]:
        for setting in settings:
            yield self.env.timeout(max(0.0, setting.at_s - self.env.now))
            self._advance()
            self.machines[i].setting = setting
            self._changed()

    def _buffer_settings(
        self, j: int, settings: tuple[BufferSetting, ...]
    ) -> Generator[simpy.Event, Any, None]:
        for setting in settings:
            yield self.env.timeout(max(0.0, setting.at_s - self.env.now))
            self._advance()
            self.buffers[j].setting = setting
            self._changed()

    def _changed(self) -> None:
        """Bring everything up to now, work out the rates again, arm the next event."""
        self._advance()
        self._arrivals()
        self._rates()
        self.due = self.env.timeout(self._until_next())
        self.due.callbacks.append(self._on_due)

    def _on_due(self, event: simpy.Event) -> None:
        if event is not self.due:
            return
        self._advance()
        for machine in self.machines:
            for law, life in enumerate(machine.lives):
                if life <= _EPS and not machine.failed[law].triggered:
                    machine.failed[law].succeed()
        self._changed()

    def _advance(self) -> None:
        dt = self.env.now - self.since
        self.since = self.env.now
        if dt <= 0:
            return
        for machine in self.machines:
            if machine.stops:
                machine.down += dt
            elif machine.flow > 0:
                setting = machine.setting
                share = machine.flow / setting.rate
                taken = machine.flow * dt
                machine.taken += taken
                machine.made += taken * (1.0 - setting.rejects)
                for law, hazard in enumerate(setting.hazards):
                    machine.lives[law] -= hazard * share * dt
        for j, buffer in enumerate(self.buffers):
            take = self.machines[j + 1].flow
            buffer.contents = max(0.0, buffer.contents + (buffer.put - take) * dt)
            held_back = buffer.held_back + (buffer.comes - buffer.arriving) * dt
            buffer.held_back = held_back if held_back > _EPS else 0.0
            queue = buffer.queue + (buffer.arriving - take) * dt
            buffer.queue = queue if queue > _EPS else 0.0

    def _arrivals(self) -> None:
        now = self.env.now + _EPS
        for buffer in self.buffers:
            while buffer.coming and buffer.coming[0][0] <= now:
                buffer.reaching = buffer.coming.popleft()[1]

    def _rates(self) -> None:
        """The largest flows that no empty, full or slow buffer forbids (a fixed point)."""
        machines, buffers = self.machines, self.buffers
        flow = [0.0 if m.stops else m.setting.rate for m in machines]
        gives = [1.0 - m.setting.rejects for m in machines]
        settled = False
        while not settled:
            settled = True
            for j, buffer in enumerate(buffers):
                carries = buffer.setting.carries
                most = inf if carries > 0 else 0.0
                if buffer.queue <= _EPS:
                    reaching = buffer.reaching if buffer.travel > 0 else flow[j] * gives[j]
                    most = carries if buffer.held_back > _EPS else min(carries, reaching)
                if flow[j + 1] > most * _ROUNDING + _EPS:
                    flow[j + 1] = most
                    settled = False
            for j in range(len(buffers) - 1, -1, -1):
                buffer = buffers[j]
                most = inf if buffer.setting.carries > 0 else 0.0
                if buffer.contents >= buffer.setting.capacity - _EPS:
                    over = buffer.contents > buffer.setting.capacity + 1e-6
                    most = 0.0 if over else min(most, flow[j + 1])
                if flow[j] * gives[j] > most * _ROUNDING + _EPS:
                    flow[j] = most / gives[j]
                    settled = False
        for machine, rate in zip(machines, flow, strict=True):
            machine.flow = rate
        for j, buffer in enumerate(buffers):
            put = flow[j] * gives[j]
            if abs(put - buffer.put) > _EPS and buffer.travel > 0:
                buffer.coming.append((self.env.now + buffer.travel, put))
            buffer.put = put
            carries = buffer.setting.carries
            buffer.comes = buffer.reaching if buffer.travel > 0 else put
            buffer.arriving = carries if buffer.held_back > _EPS else min(carries, buffer.comes)

    def _until_next(self) -> float:
        """Seconds until a life, a queue or a place runs out, or an arrival changes."""
        soon = self.plan.horizon_s
        for machine in self.machines:
            if machine.flow > 0 and not machine.stops:
                share = machine.flow / machine.setting.rate
                for law, hazard in enumerate(machine.setting.hazards):
                    if hazard > 0:
                        soon = min(soon, max(0.0, machine.lives[law]) / (hazard * share))
        for j, buffer in enumerate(self.buffers):
            take = self.machines[j + 1].flow
            arriving = buffer.arriving
            losing = arriving - buffer.comes
            if buffer.held_back > _EPS and losing > _EPS:
                soon = min(soon, buffer.held_back / losing)
            if buffer.queue > _EPS and take > arriving + _EPS:
                soon = min(soon, buffer.queue / (take - arriving))
            room = buffer.setting.capacity - buffer.contents
            if room > _EPS and buffer.put > take + _EPS:
                soon = min(soon, room / (buffer.put - take))
            elif room < -1e-6 and take > buffer.put + _EPS:
                soon = min(soon, -room / (take - buffer.put))
            if buffer.coming:
                soon = min(soon, max(0.0, buffer.coming[0][0] - self.env.now))
        return max(soon, _SOONEST_S)
