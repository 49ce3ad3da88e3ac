"""The schedule a floor makes without planning: whatever can begin first does, by a plain rule.

It is what a search is compared with, and where it starts from. It must never look ahead.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from twin_core.simulation.scheduling.schedule import Changeover, Schedule, Stint, Trip
from twin_core.simulation.scheduling.shop import Job, Machine, Shop, Way

Rule = Literal["fifo", "due", "shortest"]
"""First in, first out; earliest due date; shortest processing time."""
RULES: tuple[Rule, ...] = get_args(Rule)

_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class _Choice:
    """The next operation of a job on one of its machines, as early as it can be there."""

    job: Job
    place: int
    operation: int
    way: Way
    ready: int
    changeover: tuple[int, int] | None
    trip: Trip | None
    start: int
    end: int


@dataclass(slots=True)
class _State:
    """What is done so far."""

    done: dict[str, int] = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=dict)
    ready: dict[str, int] = field(default_factory=dict)
    free: dict[str, int] = field(default_factory=dict)
    family: dict[str, str | None] = field(default_factory=dict)
    vehicles: list[tuple[str | None, int]] = field(default_factory=list)


def dispatch(shop: Shop, rule: Rule) -> Schedule:
    """The non-delay schedule of a rule (Baker, *Introduction to Sequencing and Scheduling*, 1974).

    Of everything that can begin earliest, the rule takes one; then the order of the shop's jobs
    and of an operation's ways decides. Deadlines are not looked at; every other law is kept.
    """
    state = _State()
    if shop.fleet is not None:
        state.vehicles = [(shop.fleet.dock, 0)] * shop.fleet.vehicles
    key = _KEYS[rule]
    stints, changes, trips = [], [], []
    while True:
        choices = list(_choices(shop, state))
        if not choices:
            break
        first = min(choice.start for choice in choices)
        c = min(
            (choice for choice in choices if choice.start == first),
            key=lambda c: (key(c), c.place, c.end),
        )
        job, machine = c.job.id, c.way.machine
        stints.append(
            Stint(job=job, operation=c.operation, machine=machine, start=c.start, end=c.end)
        )
        if c.changeover is not None:
            start, end = c.changeover
            changes.append(
                Changeover(machine=machine, start=start, end=end, job=job, operation=c.operation)
            )
        if c.trip is not None:
            trips.append(c.trip)
            state.vehicles[c.trip.vehicle] = (c.trip.target, c.trip.end)
        state.done[job] = c.operation + 1
        state.at[job], state.ready[job] = machine, c.end
        state.free[machine], state.family[machine] = c.end, c.job.family
    return Schedule(stints=tuple(stints), changeovers=tuple(changes), trips=tuple(trips))


def _choices(shop: Shop, state: _State) -> Iterator[_Choice]:
    """Everything that could be done next."""
    machines = shop.by_id
    for place, job in enumerate(shop.jobs):
        k = state.done.get(job.id, 0)
        if k == len(job.operations):
            continue
        ready = state.ready.get(job.id, job.release)
        for way in job.operations[k].ways:
            machine = machines[way.machine]
            free = state.free.get(machine.id, 0)
            changeover_s = machine.changeover_s(state.family.get(machine.id), job.family)
            changeover = None
            if changeover_s:
                changeover = _earliest(machine, free, changeover_s)
                free = changeover[1]
            trip = _trip(shop, state, job, k, machine.id, ready)
            there = ready if trip is None else trip.end
            start, end = _earliest(machine, max(there, free), way.duration_s)
            yield _Choice(job, place, k, way, ready, changeover, trip, start, end)


def _trip(shop: Shop, state: _State, job: Job, k: int, target: str, ready: int) -> Trip | None:
    """By the vehicle that can bring it first; None where nothing has to be brought."""
    fleet = shop.fleet
    if fleet is None:
        return None
    origin = state.at.get(job.id, fleet.dock)
    if origin is None or origin == target:
        return None
    starts = []
    for vehicle, (place, free) in enumerate(state.vehicles):
        empty_s = 0 if place is None else fleet.travel_s(place, origin)
        starts.append((max(ready, free + empty_s), -free, vehicle))
    start, _, vehicle = min(starts)
    return Trip(
        vehicle=vehicle, job=job.id, operation=k, origin=origin, target=target,
        start=start, end=start + fleet.travel_s(origin, target),
    )  # fmt: skip


def _earliest(machine: Machine, after: int, work_s: int) -> tuple[int, int]:
    """When so much work begins and ends, not before a moment."""
    if machine.pauses:
        worked = machine.open_s(0, after)
        return machine.moment(worked, 0), machine.moment(worked + work_s, 1)
    start = after
    for window in machine.closed:
        if window.end > start and window.start < start + work_s:
            start = window.end
    return start, start + work_s


_KEYS: dict[Rule, Callable[[_Choice], int]] = {
    "fifo": lambda c: c.ready,
    "due": lambda c: _NEVER if c.job.due is None else c.job.due,
    "shortest": lambda c: c.way.duration_s,
}
