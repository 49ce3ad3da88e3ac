"""What was done on the stand-in plant, as it itself recorded it; the answer key judges by it.

It must never hold what a twin believes.
"""

from typing import Self

from evals.emulator.crew import Crew
from evals.emulator.standin import StandIn
from twin_core.value import Instant, Value


class Treated(Value):
    """A write by a client: not by a fault, not by the crew."""

    time: Instant
    point: str


class Ordered(Value):
    """A job of the crew: what was asked for, what the crew reports, which faults it mended."""

    asset: str
    failure_mode: str | None
    created: Instant
    closed: Instant | None
    found_fault: bool | None
    mended: tuple[str, ...]


class Account(Value):
    """Everything that was done until `now`, the plant time of the stand-in's state."""

    now: Instant
    writes: tuple[Treated, ...]
    jobs: tuple[Ordered, ...]

    @classmethod
    def of(cls, standin: StandIn, crew: Crew) -> Self:
        """The account of a stand-in and its crew."""
        points = standin.plant.points
        return cls(
            now=standin.now,
            writes=tuple(
                Treated(time=w.time, point=points[w.point].id)
                for w in standin.written
                if w.by == "client"
            ),
            jobs=tuple(
                Ordered(
                    asset=j.order.asset,
                    failure_mode=j.order.failure_mode,
                    created=j.created,
                    closed=j.closed,
                    found_fault=j.found_fault,
                    mended=tuple(j.mended),
                )
                for j in crew.jobs.values()
            ),
        )
