"""What there is to schedule: machines that close and change over, jobs, vehicles between machines.

Whole plant seconds after the shop's start, so that every sum is exact. It must never hold an order
of work: that is a schedule.

The rules, of which `schedule.broken` is the law:

- A machine does one thing at a time: an operation, or a changeover to the family that follows.
- While a machine is closed nothing begins and nothing goes on there. On a machine that `pauses`
  what is under way waits and goes on afterwards; on any other, operations and changeovers lie
  between two closed windows in one piece.
- A changeover needs the machine, not the job: it may be made before the job arrives.
- The operations of a job follow each other. Without vehicles a job is at its next machine at once;
  with them, one vehicle takes one job from machine to machine, may wait at either end, and comes
  empty from where it was last. Places for waiting jobs are not limited.
- With a `dock` jobs and vehicles begin there; without one a job begins at its first machine and a
  vehicle wherever it is needed first. The way of a finished job is not looked at.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from twin_core.value import Instant, Path, Slug, Value

LONGEST_S = 10 * 366 * 86_400
"""No time of a shop lies further off: ten years."""

Seconds = Annotated[int, Field(ge=0, le=LONGEST_S)]
"""Whole plant seconds, a length or a time after the shop's start."""


class Window(Value):
    """Seconds in which a machine is closed, `start` included, `end` not."""

    start: Seconds
    end: Seconds
    reason: str = Field(default="closed", max_length=200)

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: int, others: object) -> int:
        start = getattr(others, "data", {}).get("start")
        if start is not None and end <= start:
            raise PydanticCustomError(
                "window", "{end} s is not after {start} s", {"end": end, "start": start}
            )
        return end


class Machine(Value):
    """A machine, or a line taken as one.

    Attributes:
        closed: ascending and apart.
        pauses: whether what is under way waits through a closed window, or may not meet one.
        changeovers: family → next family → seconds; the same family again takes none unless it is
            said. Empty: none is needed.
        family: what it is set up for at the start; None = for anything.
    """

    id: Path
    closed: tuple[Window, ...] = ()
    pauses: bool = True
    changeovers: dict[Slug, dict[Slug, Seconds]] = Field(default_factory=dict)
    family: Slug | None = None

    @field_validator("closed")
    @classmethod
    def _apart(cls, closed: tuple[Window, ...]) -> tuple[Window, ...]:
        for one, other in pairwise(closed):
            if other.start <= one.end:
                raise PydanticCustomError(
                    "closed",
                    "a window from {start} s does not lie after the one before, to {end} s",
                    {"start": other.start, "end": one.end},
                )
        return closed

    def changeover_s(self, before: str | None, after: str | None) -> int:
        """Seconds from one family to the next; None before = what it is set up for at the start."""
        was = self.family if before is None else before
        if not self.changeovers or was is None or after is None:
            return 0
        return self.changeovers.get(was, {}).get(after, 0)

    def open_s(self, start: int, end: int) -> int:
        """Seconds of `start`..`end` in which it is open."""
        shut = sum(max(0, min(end, w.end) - max(start, w.start)) for w in self.closed)
        return max(0, end - start) - shut

    def moment(self, worked: int, least: int) -> int:
        """When so much open time was since the start, as what ends then has it (`least` 1).

        As what begins then has it (0) it is later where a window lies just there.
        """
        at = worked
        for window in self.closed:
            if window.start > at - least:
                break
            at += window.end - window.start
        return at


class Way(Value):
    """A machine on which an operation can be done, and how long it takes there."""

    machine: Path
    duration_s: int = Field(ge=1, le=LONGEST_S)


class Operation(Value):
    """A step of a job, by one of its ways."""

    ways: tuple[Way, ...] = Field(min_length=1)

    def way(self, machine: str) -> Way | None:
        """Its way on that machine."""
        return next((way for way in self.ways if way.machine == machine), None)


class Job(Value):
    """Operations one after the other.

    Attributes:
        family: what machines change over to; None where no machine changes over.
        release: nothing of it begins before.
        due: it is late after; None = never late.
        weight: what a second of its lateness counts.
        deadline: a schedule in which it ends later is none; None = it may end at any time.
    """

    id: Slug
    operations: tuple[Operation, ...] = Field(min_length=1)
    family: Slug | None = None
    release: Seconds = 0
    due: Seconds | None = None
    weight: int = Field(default=1, ge=1, le=1000)
    deadline: Seconds | None = None


class Fleet(Value):
    """Vehicles that bring jobs from machine to machine.

    Attributes:
        vehicles: how many, all alike.
        travel: place → place → seconds; from a place to itself it takes none.
        dock: where jobs and vehicles begin.
    """

    vehicles: int = Field(ge=1, le=1000)
    travel: dict[Path, dict[Path, Seconds]]
    dock: Path | None = None

    def travel_s(self, origin: str, target: str) -> int:
        """Seconds from place to place."""
        return 0 if origin == target else self.travel[origin][target]


class Shop(Value):
    """Machines, jobs and vehicles, from a moment on.

    Attributes:
        start: the moment that is second 0.
    """

    machines: tuple[Machine, ...] = Field(min_length=1)
    jobs: tuple[Job, ...] = ()
    fleet: Fleet | None = None
    start: Instant = 0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for problem in self._problems():
            raise PydanticCustomError("shop", "{problem}", {"problem": problem})
        return self

    @property
    def by_id(self) -> Mapping[str, Machine]:
        """Id → machine."""
        return {machine.id: machine for machine in self.machines}

    def _problems(self) -> Iterator[str]:
        """What is not said that must be, or is said twice."""
        machines = self.by_id
        if len(machines) < len(self.machines):
            yield "two machines have one id"
        if len({job.id for job in self.jobs}) < len(self.jobs):
            yield "two jobs have one id"
        families: dict[str, set[str | None]] = {m: set() for m in machines}
        for job in self.jobs:
            for operation in job.operations:
                for way in operation.ways:
                    if way.machine not in machines:
                        yield f"job {job.id} needs {way.machine}, which is no machine of the shop"
                    families.setdefault(way.machine, set()).add(job.family)
                if len({way.machine for way in operation.ways}) < len(operation.ways):
                    yield f"job {job.id} has two ways on one machine"
        for machine in self.machines:
            if machine.changeovers:
                yield from _unsaid(machine, families[machine.id])
        if self.fleet is not None:
            yield from self._nowhere(self.fleet)

    def _nowhere(self, fleet: Fleet) -> Iterator[str]:
        places = {w.machine for job in self.jobs for o in job.operations for w in o.ways}
        places |= {fleet.dock} if fleet.dock is not None and places else set()
        for origin in sorted(places):
            for target in sorted(places - {origin}):
                if target not in fleet.travel.get(origin, {}):
                    yield f"no travel time is given from {origin} to {target}"


def _unsaid(machine: Machine, families: set[str | None]) -> Iterator[str]:
    """Changeovers that may be needed on a machine and are not given."""
    if None in families:
        yield f"{machine.id} changes over, and a job for it has no family"
    known = sorted(f for f in families if f is not None)
    for before in sorted({*known, *([machine.family] if machine.family else [])}):
        for after in known:
            if after != before and after not in machine.changeovers.get(before, {}):
                yield f"no changeover is given from {before} to {after} on {machine.id}"
