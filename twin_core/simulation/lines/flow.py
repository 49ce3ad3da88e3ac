"""A line as a calendar of events, in SimPy: the general engine, and the examiner of the fast one.

It takes the lines of `line.py`, and besides machines side by side, on which parts overtake one
another, and crews whom the calendar calls. Where both can run a line they agree part by part, to
the microsecond: nothing is shared with the recursion but what a line is and the numbers drawn.
"""

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines.allowed import check, check_crews, check_rework
from twin_core.simulation.lines.belt import Belt
from twin_core.simulation.lines.line import (
    NEVER,
    Crew,
    Duration,
    Failure,
    Line,
    Machine,
    Outcomes,
    Rework,
    Setting,
    coded,
    moments,
    one_by_one,
    us,
)
from twin_core.simulation.lines.menders import Last, People
from twin_core.simulation.lines.work import CYCLE, LIFE, REJECT, REPAIR, draw, key, uniform

_COUNTS = ("cycles", "rejected", "worked", "down", "starved", "blocked", "again")
_APART = 1 << 40  # numbers between those of machines side by side


def run(
    line: Line,
    seed: int,
    replications: int,
    first: int = 0,
    *,
    crews: Sequence[Crew] = (),
    beside: Sequence[int] = (),
    rework: Sequence[Rework] = (),
    steps: int = 0,
) -> Outcomes:
    """As `recursion.run`, one line for all, with what a fixed order cannot say.

    `crews` mend failures; a machine without one is mended at once. `beside` says by machine how
    many of it stand side by side; absent: one of each. `rework` sends back what is thrown out, in
    a row of machines, part by part.

    Raises:
        ImpossibleScenario: as `recursion.run`.
    """
    check(line)
    many = tuple(beside) or (1,) * len(line.machines)
    if len(many) != len(line.machines) or min(many) < 1:
        raise ImpossibleScenario(f"{many} side by side", "a number ≥ 1 for each machine")
    check_crews(crews, len(line.machines))
    back = {one.machine: one for one in rework}
    carriers = [one.target for one in line.buffers if one.until is not None]
    if back and not one_by_one(line):
        raise ImpossibleScenario(f"{tuple(rework)}", "in a row of machines, part by part")
    links = [(one.source, one.target) for one in line.buffers]
    check_rework(rework, len(line.machines), links, carriers)
    runs = [_Run(line, seed, first + r, crews, many, back) for r in range(replications)]
    times = moments(us(line.horizon_s), steps)
    courses = [one.course(times) for one in runs]
    told = [one.told() for one in runs]
    rows = [[[getattr(m, name) for m in one] for one in told] for name in _COUNTS]
    contents = np.array([[len(belt.parts) for belt in one.belts] for one in runs], np.int64)
    ends = [[(b.least, b.most)[: len(times)] for b in one.belts] for one in runs]
    shape = (replications, len(line.machines))
    return Outcomes.of(
        np.array(rows, np.int64).reshape(len(_COUNTS), *shape),
        contents,
        np.array([good for good, _ in courses], np.int64).reshape(*shape, len(times)),
        np.array([held for _, held in courses], np.int64).reshape(*contents.shape, len(times)),
        np.array(ends, np.int64).reshape(*contents.shape, 2 if times else 0),
    )


@dataclass(slots=True)
class _Told:
    """What one machine did, in cycles and microseconds; `state` since when."""

    cycles: int = 0
    rejected: int = 0
    worked: int = 0
    down: int = 0
    starved: int = 0
    blocked: int = 0
    again: int = 0
    state: str = "starved"
    since: int = 0

    def enter(self, state: str, now: int) -> None:
        """From now on it is in another state."""
        setattr(self, self.state, getattr(self, self.state) + now - self.since)
        self.state, self.since = state, now


@dataclass(slots=True)
class _Body:
    """What keeps a machine from its work, what it can do now, and whom it tells of a change.

    `fails` is the work after which each law of work fails next, `left` the life it has left while
    nothing uses it up, `fallen` how often it failed.
    """

    env: simpy.Environment
    settings: Sequence[Setting]
    standing: int = 0
    setting: Setting = field(default_factory=lambda: Setting(0.0))
    used: int = 0
    fails: dict[int, int] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)
    fallen: dict[int, int] = field(default_factory=dict)
    changed: simpy.Event = field(init=False)

    def __post_init__(self) -> None:
        self.changed = self.env.event()

    def change(self, standing: int = 0) -> None:
        """More or fewer reasons to stand, or another setting."""
        self.standing += standing
        told, self.changed = self.changed, self.env.event()
        told.succeed()

    def settle(self) -> None:
        """What holds by now, holds."""
        while self.settings and us(self.settings[0].at_s) <= self.env.now:
            was = {f: self.haste(f) for f in self.fails}
            self.setting, self.settings = self.settings[0], self.settings[1:]
            for f, old in was.items():
                if old == self.haste(f):
                    continue
                life = self.left[f]
                if old == 1.0:
                    life = self.fails[f] - self.used
                elif old > 0.0:
                    life = max(1, int(min((self.fails[f] - self.used) * old, 1e15)))
                self.live_on(f, life)

    def haste(self, f: int) -> float:
        """How many times as fast work uses up the life of law f."""
        return self.setting.haste[f] if f < len(self.setting.haste) else 1.0

    def live_on(self, f: int, life: int) -> None:
        """Law f has so much life left."""
        self.left[f], haste = life, self.haste(f)
        if haste == 1.0:
            self.fails[f] = self.used + life
        elif haste * float(NEVER) <= life:
            self.fails[f] = NEVER if haste == 0.0 else self.used + NEVER
        else:
            self.fails[f] = self.used + max(1, math.ceil(life / haste))


class _Run:
    def __init__(
        self,
        line: Line,
        seed: int,
        replication: int,
        crews: Sequence[Crew],
        many: Sequence[int],
        back: Mapping[int, Rework],
    ) -> None:
        self._horizon = us(line.horizon_s)
        self.env = simpy.Environment()
        self._seed, self._replication = seed, replication
        self.belts = [Belt(self.env, buffer) for buffer in line.buffers]
        for belt in self.belts:
            if belt.buffer.until is not None:
                belt.until(self.belts[belt.buffer.until])
        self._told: list[list[_Told]] = []
        self._begun = [0] * len(line.machines)
        self._back = back
        self._beside = {one.target: 0 for one in back.values()}
        self._menders = {m: one for crew in crews for one in [People(self.env, crew)]
                         for m in crew.machines}  # fmt: skip
        for m, machine in enumerate(line.machines):
            self._told.append([])
            for twin in range(many[m]):
                self._told[m].append(_Told())
                self._installed(m, machine, twin)

    def course(self, times: Sequence[int]) -> tuple[list[list[int]], list[list[int]]]:
        """By machine what it let go of, by belt what takes up room, when all is done at `times`."""
        good: list[list[int]] = [[] for _ in self._told]
        held: list[list[int]] = [[] for _ in self.belts]
        for time in times:
            if time >= self.env.now:
                self.env.run(until=time + 1)
            for found, twins in zip(good, self._told, strict=True):
                found.append(sum(twin.cycles - twin.rejected for twin in twins))
            for found, belt in zip(held, self.belts, strict=True):
                found.append(belt.holds)
        return good, held

    def told(self) -> list[_Told]:
        """What each machine did up to the horizon, all side by side together."""
        if self._horizon >= self.env.now:
            self.env.run(until=self._horizon + 1)
        for belt in self.belts:
            belt.weigh()
        for twins in self._told:
            for twin in twins:
                twin.enter(twin.state, self._horizon)
        return [
            _Told(*(sum(getattr(twin, name) for twin in twins) for name in _COUNTS))
            for twins in self._told
        ]

    def _key(self, m: int, purpose: int) -> np.uint64:
        return np.uint64(key(self._seed, self._replication, m, purpose))

    @property
    def _now(self) -> int:
        return int(self.env.now)

    def _installed(self, m: int, machine: Machine, twin: int) -> None:
        body = _Body(self.env, machine.settings)
        for f, failure in enumerate(machine.failures):
            if failure.calendar:
                self.env.process(self._fate(m, twin, f, failure, body))
            else:
                body.fallen[f] = 0
                body.live_on(f, self._number(failure.life, m, LIFE + 2 * f, twin * _APART))
        for start, seconds in machine.outages:
            self.env.process(self._outage(us(start), us(start + seconds) - us(start), body))
        if machine.settings:
            self.env.process(self._settings(machine.settings, body))
        self.env.process(self._cycles(m, machine, twin, body))

    def _number(self, law: Duration, m: int, purpose: int, n: int) -> int:
        return int(draw(*coded(law), self._key(m, purpose), n))

    def _fate(
        self, m: int, twin: int, f: int, failure: Failure, body: _Body
    ) -> Generator[simpy.Event, Any, None]:
        n = 0
        while True:
            yield self.env.timeout(self._number(failure.life, m, LIFE + 2 * f, twin * _APART + n))
            body.change(standing=1)
            repair = self._number(failure.repair, m, REPAIR + 2 * f, twin * _APART + n)
            yield from self._mended(m, repair)
            body.change(standing=-1)
            n += 1

    def _outage(self, start: int, lasts: int, body: _Body) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(start)
        if lasts:
            body.change(standing=1)
            yield self.env.timeout(lasts)
            body.change(standing=-1)

    def _settings(
        self, settings: Sequence[Setting], body: _Body
    ) -> Generator[simpy.Event, Any, None]:
        for one in settings:
            yield self.env.timeout(us(one.at_s) - self.env.now)
            body.change()

    def _mended(self, m: int, repair: int) -> Generator[simpy.Event, Any, None]:
        if m not in self._menders:
            yield self.env.timeout(repair)
            return
        people = self._menders[m]
        yield people.come(m)
        yield self.env.timeout(repair)
        people.leave()

    def _cycles(
        self, m: int, machine: Machine, twin: int, body: _Body
    ) -> Generator[simpy.Event, Any, None]:
        told = self._told[m][twin]
        before = [belt for belt in self.belts if belt.buffer.target == m]
        after = [belt for belt in self.belts if belt.buffer.source == m]
        while True:
            yield from self._taking(m, before)
            n = self._begun[m]
            self._begun[m] += 1
            work = self._number(machine.cycle, m, CYCLE, n)
            yield from self._working(m, twin, machine, work, body)
            share, back = body.setting.rejects, self._back.get(m)
            luck = float(uniform(self._key(m, REJECT), n)) if share > 0 else 1.0
            thrown = luck < share
            told.enter("blocked", self._now)
            yield from self._putting(after, thrown=thrown)
            told.enter("starved", self._now)
            if back is not None and luck < share * back.share:
                told.again += 1
                self._send(back.target)
                continue
            told.cycles += 1
            told.rejected += thrown

    def _send(self, target: int) -> None:
        """A part that was put right waits beside a machine."""
        self._beside[target] += 1
        for belt in self.belts:
            if belt.buffer.target == target:
                belt.tell()

    def _taking(self, m: int, before: Sequence[Belt]) -> Generator[simpy.Event, Any, None]:
        """Wait until all that a cycle takes is there; take it."""
        asked = -1
        while True:
            if self._beside.get(m):
                self._beside[m] -= 1
                return
            for belt in (one for one in before if one.takes):
                ready = belt.ready_at(belt.takes)
                if ready is None:
                    yield belt.changed
                    break
                opens = belt.opens(max(ready, self._now))
                if opens > self.env.now:
                    comes = self.env.timeout(opens - self.env.now)
                    yield comes | belt.changed if m in self._beside else comes
                    break
            else:
                if m in self._beside and asked < self.env.now:
                    asked = self._now
                    yield Last(self.env)
                    continue
                for belt in before:
                    belt.take()
                return

    def _putting(self, after: Sequence[Belt], *, thrown: bool) -> Generator[simpy.Event, Any, None]:
        """Wait until there is room for all that a cycle puts; put it."""
        while not thrown:
            for belt in (one for one in after if one.puts):
                if not belt.has_room:
                    yield belt.changed
                    break
                opens = belt.opens(self._now)
                if opens > self.env.now:
                    yield self.env.timeout(opens - self.env.now)
                    break
            else:
                break
        for belt in after:
            belt.put(thrown=thrown)

    def _working(
        self, m: int, twin: int, machine: Machine, work: int, body: _Body
    ) -> Generator[simpy.Event, Any, None]:
        """Work, as far as failures and what keeps the machine from it allow."""
        env, told, left = self.env, self._told[m][twin], work
        while True:
            body.settle()
            while body.standing or body.setting.speed == 0:
                told.enter("down", self._now)
                yield body.changed
                body.settle()
            told.enter("worked", self._now)
            until = {f: at for f, at in body.fails.items() if at - body.used < left}
            failing = min(until, key=lambda f: (until[f], f), default=None)
            step = left if failing is None else until[failing] - body.used
            factor, began = body.setting.speed, self._now
            takes = step if factor == 1 else math.ceil(step / factor)
            yield env.timeout(takes) | body.changed
            passed = self._now - began
            done = step if passed == takes else min(step, int(passed * factor))
            body.used += done
            left -= done
            if done < step:
                continue
            if failing is None:
                return
            told.enter("down", self._now)
            failure, n = machine.failures[failing], twin * _APART + body.fallen[failing]
            yield from self._mended(m, self._number(failure.repair, m, REPAIR + 2 * failing, n))
            body.live_on(failing, self._number(failure.life, m, LIFE + 2 * failing, n + 1))
            body.fallen[failing] += 1
