"""The maintenance crew: one, with a queue; it travels, works, mends what it finds, reports.

It knows only the job it was given and what is really wrong at the asset. It must never look for a
fault anywhere else. Times are plant microseconds, turned by whoever runs the plant.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from evals.emulator.faults import Trouble
from evals.emulator.standin import StandIn
from twin_core.value import SECOND, Instant, Value

Priority = Literal["low", "normal", "high", "urgent"]
_RANK = {"urgent": 0, "high": 1, "normal": 2, "low": 3}

TRAVEL_S = (110.0, 170.0)
INSPECT_S = 120.0
"""Plant seconds after which the crew gives up at an asset where nothing is wrong."""
SEARCH_S = 75.0
"""Plant seconds it takes to find out what is wrong when the order does not say."""


class Order(Value):
    """What is asked of the crew.

    Attributes:
        key: business key; the same key is the same order.
        kind: a `work_order` mends what it finds, an `inspection` only says what it sees.
        failure_mode: absent means unknown: find out.
    """

    key: str
    asset: str
    task: str
    kind: Literal["work_order", "inspection"] = "work_order"
    failure_mode: str | None = None
    priority: Priority = "normal"


@dataclass
class Job:
    """An order and how far it is.

    Attributes:
        status: `open`, `travelling`, `working`, `done`.
        mended: ids of the faults that are gone because of it.
    """

    reference: str
    order: Order
    created: Instant
    status: str = "open"
    until: Instant = 0
    closed: Instant | None = None
    finding: str = ""
    found_fault: bool | None = None
    mended: list[str] = field(default_factory=list)

    def record(self) -> dict[str, object]:
        """As the maintenance system shows it."""
        return {
            "reference": self.reference,
            "key": self.order.key,
            "asset": self.order.asset,
            "task": self.order.task,
            "status": self.status,
            "finding": self.finding,
            "found_fault": self.found_fault,
            "created": self.created,
            "closed": self.closed,
        }


class Crew:
    """Does jobs one after the other, most urgent first.

    Args:
        standin: the plant it works in.
        present: without a crew, orders stay open.
    """

    def __init__(self, standin: StandIn, *, present: bool = True) -> None:
        self.standin = standin
        self.present = present
        self.jobs: dict[str, Job] = {}
        self._stream = random.Random(f"{standin.seed}/crew")
        self._current: Job | None = None

    def take(self, order: Order) -> tuple[Job, bool]:
        """The job for that order, and whether it is new (a known key is the job it made)."""
        for job in self.jobs.values():
            if job.order.key == order.key:
                return job, False
        job = Job(f"wo-{len(self.jobs) + 1:04d}", order, self.standin.now)
        self.jobs[job.reference] = job
        return job, True

    def about(self, asset: str | None) -> list[Job]:
        """Jobs on an asset and everything below it, or all; newest first."""
        found: Iterable[Job] = self.jobs.values()
        if asset is not None:
            found = [
                j for j in found if j.order.asset == asset or j.order.asset.startswith(f"{asset}/")
            ]
        return sorted(found, key=lambda j: (j.created, j.reference), reverse=True)

    def run(self) -> None:
        """Call after every step of the plant."""
        if not self.present or (self._current is None and not self.jobs):
            return
        now = self.standin.now
        job = self._current
        if job is None:
            waiting = [j for j in self.jobs.values() if j.status == "open"]
            if not waiting:
                return
            job = min(waiting, key=lambda j: (_RANK[j.order.priority], j.created, j.reference))
            job.status = "travelling"
            job.until = now + round(self._stream.uniform(*TRAVEL_S)) * SECOND
            self._current = job
        elif job.status == "travelling" and now >= job.until:
            job.status = "working"
            job.until = now + round(self._length(job)) * SECOND
        elif job.status == "working" and now >= job.until:
            self._finish(job)
            self._current = None

    def _found(self, job: Job) -> list[Trouble]:
        now = float(self.standin.second - self.standin.start_s)
        site = self.standin.plant.site
        return [
            t
            for t in self.standin.troubles
            if t.standing(now) and t.matches(job.order.asset, job.order.failure_mode, site)
        ]

    def _length(self, job: Job) -> float:
        found = self._found(job)
        search = SEARCH_S if job.order.failure_mode is None else 0.0
        if not found or job.order.kind == "inspection":
            return INSPECT_S + search
        return search + sum(t.fault.repair_s for t in found)

    def _finish(self, job: Job) -> None:
        found = self._found(job)
        job.status, job.closed, job.found_fault = "done", self.standin.now, bool(found)
        if not found:
            job.finding = "Nothing found: the equipment was checked and is in order."
            return
        texts = [t.fault.finding or f"Found {t.fault.failure_modes[0]}." for t in found]
        if job.order.kind == "inspection":
            job.finding = " ".join(texts) + " Not repaired; a work order is needed."
            return
        for trouble in found:
            self.standin.mend(trouble)
            job.mended.append(trouble.fault.id)
        job.finding = " ".join(texts) + " Put in order."
