"""A schedule's sequences, executed: what really comes of them, with given times or with upsets.

Every machine and every vehicle does what the schedule says it does, in that order, each thing as
soon as it can; the schedule's own times are not looked at. It is the examiner of whoever made the
schedule, so it must never use anything of search, dispatcher or law: only the nouns.

Where times are as given, nothing ends later than planned. With upsets a duration varies and a
machine stops while it works; on a machine that may not pause, what runs over its time is finished
and the closed window begins that much later, at its full length.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from math import inf
from typing import Any

import simpy

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.scheduling.schedule import Changeover, Schedule, Stint, Trip
from twin_core.simulation.scheduling.shop import Machine, Shop

Steps = Generator[simpy.Event, Any, None]
Seconds = int | float
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Luck:
    """One realisation of what varies.

    Attributes:
        factor: (job, operation) → its duration over the given one.
        stop: machine → the next (seconds it works until it stops, seconds it then stands).
    """

    factor: Callable[[str, int], Seconds]
    stop: Callable[[str], tuple[Seconds, Seconds]]


AS_GIVEN = Luck(lambda _job, _operation: 1, lambda _machine: (inf, 0))


@dataclass(slots=True)
class Ran:
    """What came of it, in seconds after the shop's start.

    Attributes:
        stints, changeovers, trips: each with its start and end.
        working: machine → seconds of operations, pauses and stops not counted; `shut` seconds in
            which it was closed, up to the end of the run.
        waiting: what never began, a sentence each: the sequences wait for each other.
    """

    stints: list[tuple[Stint, Seconds, Seconds]] = field(default_factory=list)
    changeovers: list[tuple[Stint, Seconds, Seconds]] = field(default_factory=list)
    trips: list[tuple[Trip, Seconds, Seconds]] = field(default_factory=list)
    working: dict[str, Seconds] = field(default_factory=dict)
    shut: dict[str, Seconds] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()

    @property
    def makespan(self) -> Seconds:
        """When the last operation ended."""
        return max((end for _, _, end in self.stints), default=0)

    def ends(self) -> dict[str, Seconds]:
        """Job → when its last operation ended."""
        found: dict[str, Seconds] = {}
        for stint, _, end in self.stints:
            found[stint.job] = max(end, found.get(stint.job, 0))
        return found


@dataclass(slots=True)
class _Tool:
    """A machine as it stands: its windows still ahead, and what is left until it stops."""

    machine: Machine
    windows: list[list[Seconds]]
    life: Seconds
    repair: Seconds
    worked: Seconds = 0


def run(shop: Shop, schedule: Schedule, luck: Luck = AS_GIVEN) -> Ran:
    """Execute the sequences.

    Raises:
        ImpossibleScenario: something in it that the shop has not, or that is in it twice.
    """
    return _Floor(shop, schedule, luck).run()


def timed(ran: Ran) -> Schedule:
    """What ran as a schedule; only of a run with times as given."""
    return Schedule(
        stints=tuple(
            stint.model_copy(update={"start": int(start), "end": int(end)})
            for stint, start, end in ran.stints
        ),
        changeovers=tuple(
            Changeover(
                machine=stint.machine,
                start=int(start),
                end=int(end),
                job=stint.job,
                operation=stint.operation,
            )
            for stint, start, end in ran.changeovers
        ),
        trips=tuple(
            trip.model_copy(update={"start": int(start), "end": int(end)})
            for trip, start, end in ran.trips
        ),
    )


class _Floor:
    def __init__(self, shop: Shop, schedule: Schedule, luck: Luck) -> None:
        self.env = simpy.Environment()
        self.shop, self.luck, self.ran = shop, luck, Ran()
        self.needs: dict[tuple[str, int, str], int] = {
            (job.id, k, way.machine): way.duration_s
            for job in shop.jobs
            for k, operation in enumerate(job.operations)
            for way in operation.ways
        }
        self.families = {job.id: job.family for job in shop.jobs}
        keys = [(job.id, k) for job in shop.jobs for k, _ in enumerate(job.operations)]
        self.ready = {key: self.env.event() for key in keys}
        self.there = {key: self.env.event() for key in keys}
        self.done = {key: self.env.event() for key in keys}
        self.brought = {(trip.job, trip.operation) for trip in schedule.trips}
        self.tools = {m.id: self._tool(m) for m in shop.machines}
        self._refuse(schedule)
        queues: dict[str, list[Stint]] = {m.id: [] for m in shop.machines}
        for stint in sorted(schedule.stints, key=lambda s: (s.start, s.end)):
            queues[stint.machine].append(stint)
        rounds: dict[int, list[Trip]] = {}
        for trip in sorted(schedule.trips, key=lambda t: (t.start, t.end)):
            rounds.setdefault(trip.vehicle, []).append(trip)
        for job in shop.jobs:
            self.env.process(self._job(job.id, job.release, len(job.operations)))
        for machine, queue in queues.items():
            self.env.process(self._machine(self.tools[machine], queue))
        for trips in rounds.values():
            self.env.process(self._vehicle(trips))

    def _refuse(self, schedule: Schedule) -> None:
        """What cannot be executed at all."""
        travel = self.shop.fleet.travel if self.shop.fleet is not None else {}
        seen: set[object] = set()
        things: list[Stint | Trip] = [*schedule.stints, *schedule.trips]
        for thing in things:
            name = f"operation {thing.operation + 1} of {thing.job}"
            if isinstance(thing, Stint):
                known = (thing.job, thing.operation, thing.machine) in self.needs
                name += f" on {thing.machine}"
            else:
                known = (thing.job, thing.operation) in self.there
                known = known and thing.target in travel.get(thing.origin, {})
                name = f"the trip from {thing.origin} to {thing.target} for {name}"
            key = (type(thing), thing.job, thing.operation)
            if not known or key in seen:
                raise ImpossibleScenario(name, "what the shop has, each once")
            seen.add(key)

    def _tool(self, machine: Machine) -> _Tool:
        life, repair = self.luck.stop(machine.id)
        return _Tool(machine, [[w.start, w.end] for w in machine.closed], life, repair)

    def run(self) -> Ran:
        self.env.run()
        ran, end = self.ran, self.ran.makespan
        for name, tool in self.tools.items():
            ran.working[name] = tool.worked
            ran.shut[name] = sum(max(0, min(b, end) - max(a, 0)) for a, b in tool.windows)
        ran.waiting = tuple(
            f"operation {k + 1} of {job} never ends: what it waits for waits for it"
            for (job, k), event in self.done.items()
            if not event.triggered
        )
        return ran

    def _job(self, job: str, release: int, operations: int) -> Steps:
        yield self.env.timeout(release)
        for key in ((job, k) for k in range(operations)):
            self.ready[key].succeed()
            if key not in self.brought:
                self.there[key].succeed()
            yield self.done[key]

    def _vehicle(self, trips: list[Trip]) -> Steps:
        fleet = self.shop.fleet
        assert fleet is not None
        place = fleet.dock
        for trip in trips:
            if place is not None and place != trip.origin:
                yield self.env.timeout(fleet.travel[place][trip.origin])
            key = (trip.job, trip.operation)
            yield self.ready[key]
            start = self.env.now
            yield self.env.timeout(fleet.travel[trip.origin][trip.target])
            self.ran.trips.append((trip, start, self.env.now))
            self.there[key].succeed()
            place = trip.target

    def _machine(self, tool: _Tool, queue: list[Stint]) -> Steps:
        machine = tool.machine
        family = machine.family
        for stint in queue:
            after = self.families[stint.job]
            needed = 0
            if family is not None and after is not None:
                needed = machine.changeovers.get(family, {}).get(after, 0)
            family = after
            if needed:
                start = yield from self._work(tool, needed, needed)
                self.ran.changeovers.append((stint, start, self.env.now))
            key = (stint.job, stint.operation)
            yield self.there[key]
            given = self.needs[*key, machine.id]
            needs = given * self.luck.factor(*key)
            start = yield from self._work(tool, needs, given)
            tool.worked += needs
            self.ran.stints.append((stint, start, self.env.now))
            self.done[key].succeed()

    def _work(
        self, tool: _Tool, needs: Seconds, planned: Seconds
    ) -> Generator[simpy.Event, Any, Seconds]:
        """Work so long; returns when it began. Planned is what is believed of it beforehand."""
        pauses = tool.machine.pauses
        yield from self._opened(tool, 0 if pauses else planned)
        start: Seconds = self.env.now
        left = needs
        while left > 0:
            if tool.life <= 0:
                yield self.env.timeout(tool.repair)
                tool.life, tool.repair = self.luck.stop(tool.machine.id)
                if pauses:
                    yield from self._opened(tool, 0)
            span = min(left, tool.life, self._closes(tool) if pauses else inf)
            yield self.env.timeout(span)
            left -= span
            tool.life -= span
            if pauses and left > 0:
                yield from self._opened(tool, 0)
        if not pauses:
            self._put_off(tool, start)
        return start

    def _opened(self, tool: _Tool, room: Seconds) -> Steps:
        """Wait until it is open, and stays so for so long."""
        at: Seconds = self.env.now
        for shut, opens in tool.windows:
            if opens > at and (shut <= at or shut - at < room):
                at = opens
        yield self.env.timeout(at - self.env.now)

    def _closes(self, tool: _Tool) -> Seconds:
        """Seconds until it closes next."""
        return min((shut - self.env.now for shut, _ in tool.windows if shut > self.env.now),
                   default=inf)  # fmt: skip

    def _put_off(self, tool: _Tool, start: Seconds) -> None:
        """Windows that should have begun while something was finished begin when it is."""
        free: Seconds = self.env.now
        for window in tool.windows:
            if start < window[1] and window[0] < free:
                late = free - window[0]
                window[0] += late
                window[1] += late
                free = window[1]
