"""Which operation runs where and when, and the law that says whether a shop can do it so.

It must never look for a schedule, nor run one: the law is written from the shop's rules alone, so
that neither the search nor the simulation can be wrong in the same way.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field

from twin_core.simulation.scheduling.shop import Fleet, Job, Machine, Shop
from twin_core.value import Path, Slug, Value


class Stint(Value):
    """An operation of a job on a machine, from its first second to after its last.

    Attributes:
        operation: its place in the job, from 0.
    """

    job: Slug
    operation: int = Field(ge=0)
    machine: Path
    start: int
    end: int


class Changeover(Value):
    """A machine made ready for the operation that is next on it."""

    machine: Path
    start: int
    end: int
    job: Slug
    operation: int = Field(ge=0)


class Trip(Value):
    """A vehicle brings a job to an operation; its empty way before that is not told.

    Attributes:
        vehicle: which, from 0.
        operation: to which the job is brought.
        start, end: of the way with the job.
    """

    vehicle: int = Field(ge=0)
    job: Slug
    operation: int = Field(ge=0)
    origin: Path
    target: Path
    start: int
    end: int


class Use(Value):
    """What became of a machine's time up to the end of the schedule, in seconds.

    Attributes:
        working: of operations, without pauses; `changing` of changeovers.
        open: in which it was not closed.
    """

    machine: Path
    working: float
    changing: float
    open: float

    @property
    def share(self) -> float | None:
        """Working time over open time; None where it was never open."""
        return self.working / self.open if self.open > 0 else None


class Schedule(Value):
    """When everything is done; times in seconds after the shop's start."""

    stints: tuple[Stint, ...] = ()
    changeovers: tuple[Changeover, ...] = ()
    trips: tuple[Trip, ...] = ()

    @property
    def makespan(self) -> int:
        """When the last operation ends; 0 where there is none."""
        return max((stint.end for stint in self.stints), default=0)

    def order(self, machine: str) -> tuple[Stint, ...]:
        """What runs on a machine, first to last."""
        return tuple(sorted((s for s in self.stints if s.machine == machine), key=_begins))

    def round(self, vehicle: int) -> tuple[Trip, ...]:
        """What a vehicle brings, first to last."""
        return tuple(sorted((t for t in self.trips if t.vehicle == vehicle), key=_begins))

    def ends(self) -> dict[str, int]:
        """Job → when it is done."""
        found: dict[str, int] = {}
        for stint in self.stints:
            found[stint.job] = max(stint.end, found.get(stint.job, 0))
        return found


def _begins(thing: Stint | Trip | Changeover) -> tuple[int, int]:
    return thing.start, thing.end


def tardiness(shop: Shop, schedule: Schedule) -> int:
    """Weighted seconds of lateness over all jobs (Pinedo, *Scheduling*, 5th ed., 2016, 2.1)."""
    ends = schedule.ends()
    return sum(
        job.weight * max(0, ends[job.id] - job.due)
        for job in shop.jobs
        if job.due is not None and job.id in ends
    )


def use(shop: Shop, schedule: Schedule) -> tuple[Use, ...]:
    """What became of each machine's time up to the makespan, in the shop's order."""
    found = []
    for machine in shop.machines:
        stints = schedule.order(machine.id)
        changes = [c for c in schedule.changeovers if c.machine == machine.id]
        found.append(
            Use(
                machine=machine.id,
                working=sum(machine.open_s(s.start, s.end) for s in stints),
                changing=sum(machine.open_s(c.start, c.end) for c in changes),
                open=machine.open_s(0, schedule.makespan),
            )
        )
    return tuple(found)


def broken(shop: Shop, schedule: Schedule) -> tuple[str, ...]:
    """Every rule of the shop that the schedule breaks, a sentence each; none for a good one."""
    return (
        *_incomplete(shop, schedule),
        *_jobs(shop, schedule),
        *(p for machine in shop.machines for p in _machine(shop, machine, schedule)),
        *_trips(shop, schedule),
    )


def _incomplete(shop: Shop, schedule: Schedule) -> Iterator[str]:
    """What is not done, done twice, or done that nobody asked for."""
    wanted = {(job.id, k) for job in shop.jobs for k, _ in enumerate(job.operations)}
    seen: dict[tuple[str, int], int] = defaultdict(int)
    for stint in schedule.stints:
        seen[stint.job, stint.operation] += 1
    for key in sorted(wanted - set(seen)):
        yield f"{_op(*key)} is not scheduled"
    for key in sorted(seen):
        if key not in wanted:
            yield f"{_op(*key)} is no operation of the shop"
        elif seen[key] > 1:
            yield f"{_op(*key)} is scheduled {seen[key]} times"
    for change in schedule.changeovers:
        if change.machine not in shop.by_id:
            yield f"{_thing(change)} is on {change.machine}, which is no machine of the shop"


def _jobs(shop: Shop, schedule: Schedule) -> Iterator[str]:
    """Machine and length of each operation, order inside jobs, releases and deadlines."""
    jobs = {job.id: job for job in shop.jobs}
    machines = shop.by_id
    by_job: dict[str, list[Stint]] = defaultdict(list)
    for stint in schedule.stints:
        job = jobs.get(stint.job)
        if job is None or stint.operation >= len(job.operations):
            continue
        by_job[stint.job].append(stint)
        way = job.operations[stint.operation].way(stint.machine)
        name = _op(stint.job, stint.operation)
        if way is None:
            yield f"{name} cannot be done on {stint.machine}"
        else:
            yield from _work(machines[stint.machine], stint, way.duration_s, name)
    for job in shop.jobs:
        stints = sorted(by_job[job.id], key=lambda s: s.operation)
        if stints and min(s.start for s in stints) < job.release:
            yield f"{job.id} begins before its release at {job.release} s"
        for one, other in pairwise(stints):
            if other.start < one.end:
                before = _op(one.job, one.operation)
                yield f"{_op(other.job, other.operation)} begins before {before} has ended"
        if job.deadline is not None and stints and max(s.end for s in stints) > job.deadline:
            yield f"{job.id} ends after its deadline at {job.deadline} s"


def _work(machine: Machine, span: Stint | Changeover, needed_s: int, name: str) -> Iterator[str]:
    """Whether a span holds so many open seconds, and none that it may not touch."""
    if span.start < 0:
        yield f"{name} begins before the shop's start"
    worked = machine.open_s(span.start, span.end)
    if worked != needed_s:
        yield f"{name} has {worked} open s on {machine.id}, and needs {needed_s}"
    for window in machine.closed:
        told = f"while {machine.id} is closed from {window.start} to {window.end} s"
        if window.start <= span.start < window.end:
            yield f"{name} begins {told}"
        elif window.start < span.end <= window.end:
            yield f"{name} ends {told}"
        elif not machine.pauses and span.start < window.start < span.end:
            yield f"{name} runs on {told}, and may not pause"


def _machine(shop: Shop, machine: Machine, schedule: Schedule) -> Iterator[str]:
    """One thing at a time, and the changeovers between."""
    families = {job.id: job.family for job in shop.jobs}
    changes = [c for c in schedule.changeovers if c.machine == machine.id]
    stints = schedule.order(machine.id)
    both: list[Stint | Changeover] = [*stints, *changes]
    things = sorted(both, key=_begins)
    for one, other in pairwise(things):
        if other.start < one.end:
            yield f"{_thing(one)} and {_thing(other)} overlap on {machine.id}"
    family: str | None = None
    before_end = 0
    for stint in stints:
        needed = machine.changeover_s(family, families.get(stint.job))
        made = [c for c in changes if (c.job, c.operation) == (stint.job, stint.operation)]
        if needed and not made:
            yield f"the changeover to {_op(stint.job, stint.operation)} is missing"
        for change in made:
            changes.remove(change)
            yield from _work(machine, change, needed, _thing(change))
            if change.start < before_end or change.end > stint.start:
                yield f"{_thing(change)} does not lie between it and what is before it"
        if len(made) > 1:
            yield f"{_thing(made[0])} is made {len(made)} times"
        family, before_end = families.get(stint.job), stint.end
    for change in changes:
        yield f"{_thing(change)} is made for nothing"


def _trips(shop: Shop, schedule: Schedule) -> Iterator[str]:
    """Every job is where its next operation is, brought by a vehicle that could be there."""
    fleet = shop.fleet
    made: dict[tuple[str, int], list[Trip]] = defaultdict(list)
    for trip in schedule.trips:
        made[trip.job, trip.operation].append(trip)
    if fleet is not None:
        stints = {(s.job, s.operation): s for s in schedule.stints}
        for job in shop.jobs:
            for k, _ in enumerate(job.operations):
                brought = made.pop((job.id, k), [])
                yield from _brought(fleet, job, k, stints, brought)
        for vehicle in sorted({trip.vehicle for trip in schedule.trips}):
            yield from _round(fleet, vehicle, schedule.round(vehicle))
    for trips in made.values():
        yield from (f"{_trip(trip)} is made for nothing" for trip in trips)


def _brought(
    fleet: Fleet, job: Job, k: int, stints: dict[tuple[str, int], Stint], trips: list[Trip]
) -> Iterator[str]:
    """The way of a job to its operation `k`."""
    stint, before = stints.get((job.id, k)), stints.get((job.id, k - 1))
    if stint is None or (before is None and k > 0):
        return
    origin = fleet.dock if before is None else before.machine
    ready = job.release if before is None else before.end
    needed = 0 if origin is None or origin == stint.machine else 1
    if len(trips) != needed:
        yield f"{_op(job.id, k)} has {len(trips)} trips, and needs {needed}"
    for trip in trips:
        if (trip.origin, trip.target) != (origin, stint.machine):
            yield f"{_trip(trip)} goes from {trip.origin} to {trip.target}"
            continue
        if trip.start < ready:
            yield f"{_trip(trip)} begins before the job is ready at {ready} s"
        if trip.end > stint.start:
            yield f"{_trip(trip)} ends after the operation has begun at {stint.start} s"
        travel_s = _travel_s(fleet, trip.origin, trip.target)
        if trip.end - trip.start != travel_s:
            yield f"{_trip(trip)} takes {trip.end - trip.start} s, and needs {travel_s}"


def _round(fleet: Fleet, vehicle: int, trips: tuple[Trip, ...]) -> Iterator[str]:
    """The trips of one vehicle, one after the other, with the empty ways between."""
    if vehicle >= fleet.vehicles:
        yield f"there is no vehicle {vehicle}"
    place, free = fleet.dock, 0
    for trip in trips:
        empty_s = 0 if place is None else _travel_s(fleet, place, trip.origin)
        if empty_s is None:
            yield f"{_trip(trip)} begins where vehicle {vehicle} cannot come"
        elif trip.start < free + empty_s:
            yield f"{_trip(trip)} begins before vehicle {vehicle} can be there"
        place, free = trip.target, trip.end


def _travel_s(fleet: Fleet, origin: str, target: str) -> int | None:
    """Seconds from place to place; None where no way is given."""
    return 0 if origin == target else fleet.travel.get(origin, {}).get(target)


def _op(job: str, operation: int) -> str:
    return f"operation {operation + 1} of {job}"


def _trip(trip: Trip) -> str:
    return f"the trip to {_op(trip.job, trip.operation)}"


def _thing(thing: Stint | Changeover) -> str:
    name = _op(thing.job, thing.operation)
    return name if isinstance(thing, Stint) else f"the changeover to {name}"
