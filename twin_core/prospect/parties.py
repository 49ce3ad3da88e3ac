"""What the crew and the planner have against a window: people and skills, orders and due times.

Each says why, and up to when no other start will do either. They must never weigh what the line
loses; what the plant file does not give is no constraint, and is said to be not given.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, inf

from twin_core.errors import ImpossibleScenario, OutOfRange, UnknownName
from twin_core.operations.calendar import Calendar, Span, union, without
from twin_core.plant.assets import Line, Plant
from twin_core.plant.production import Shift
from twin_core.prospect.window import Job
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.scenario import Change, ProductChange, StopMoved
from twin_core.simulation.scheduling.order_book import OrderBook, order_book
from twin_core.simulation.scheduling.plan import listed
from twin_core.simulation.scheduling.run import run, timed
from twin_core.simulation.scheduling.schedule import Schedule
from twin_core.simulation.scheduling.shop import Machine, Shop
from twin_core.simulation.scheduling.shop import Window as Closed
from twin_core.value import SECOND, Instant

_DAY = 86_400 * SECOND
_LATER_S = 60
"""An order that misses its time by no more is not held against a window."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a start will not do.

    Attributes:
        about: what stands against it: two objections about one thing are one.
        until: of the crew, from when on another may do.
    """

    reason: str
    about: str
    until: Instant | None = None


class Crew:
    """The people who would do the job, as the shifts of the plant file have them."""

    def __init__(self, plant: Plant, job: Job) -> None:
        self._plant, self.job = plant, job
        self._length = int(job.duration_s * SECOND)

    @property
    def content(self) -> str:
        """Why it has nothing against a window."""
        if any(shift.people is not None for shift in self._plant.shifts):
            return "enough people are there for all of it"
        return "nothing is known against it"

    @property
    def unsaid(self) -> Iterator[str]:
        """What is not given of it."""
        if not self._plant.shifts:
            yield "no shifts are given: people count as there at all times"
            return
        if all(shift.people is None for shift in self._plant.shifts):
            yield "how many people a shift has is not given: it counts as enough"
        if self.job.skill and all(shift.skills is None for shift in self._plant.shifts):
            yield f"which shift knows {self.job.skill} is not given: each counts as knowing it"

    def objection(self, start: Instant) -> Objection | None:
        """What speaks against the job from then on; None = nothing."""
        end = start + self._length
        if not self._plant.shifts:
            return self._taken(start, end, None)
        there: list[Span] = []
        for shift in self._plant.shifts:
            for span in self._spans(shift, start, end):
                if unfit := self._unfit(shift):
                    ends = self._spans(shift, span[0], span[0] + _DAY)[0][1]
                    return Objection(unfit, shift.id, ends)
                if (taken := self._taken(*span, shift.people)) is not None:
                    return taken
                there.append(span)
        gaps = without([(start, end)], union(there))
        about = "no shift is there for all of it"
        return Objection(about, about, gaps[-1][1]) if gaps else None

    def _spans(self, shift: Shift, start: Instant, end: Instant) -> list[Span]:
        """Where the shift overlaps a span."""
        alone = self._plant.model_copy(update={"shifts": (shift.model_copy(update={"stops": ()}),)})
        return Calendar(alone).busy("", start, end) or []

    def _unfit(self, shift: Shift) -> str:
        job = self.job
        if shift.people is not None and shift.people < job.people:
            had = "nobody" if not shift.people else f"only {shift.people}"
            return f"the {shift.name.lower()} has {had} of the {job.people} who are needed"
        if job.skill and shift.skills is not None and job.skill not in shift.skills:
            return f"nobody in the {shift.name.lower()} knows {job.skill}"
        return ""

    def _taken(self, start: Instant, end: Instant, people: int | None) -> Objection | None:
        """Another job has them."""
        if people is None:
            return None
        for busy in self.job.busy:
            if busy.start < end and busy.end > start and people - busy.people < self.job.people:
                left = max(0, people - busy.people)
                told = f"another job leaves only {left} of its people free"
                return Objection(told, f"{busy.start}", busy.end)
        return None


class Planner:
    """The orders of a line, one after the other as they are listed, and when they are due.

    Args:
        running: line → product it is set up for.
    """

    def __init__(
        self,
        plant: Plant,
        line: Line,
        at: Instant,
        job: Job,
        running: Mapping[str, str],
    ) -> None:
        self._plant, self._line, self._at, self._job = plant, line, at, job
        self._running = running
        self._book: OrderBook | None = None
        self._why = ""
        try:
            if any(order.line == line.id for order in plant.orders):
                self._book = order_book(plant, at, lines=(line.id,), running=running, made=job.made)
            else:
                self._why = f"no orders of {line.name} are given: none can get late"
        except (ImpossibleScenario, OutOfRange, UnknownName) as problem:
            self._why = f"the orders of {line.name} cannot be timed: {problem}"

    @property
    def unsaid(self) -> Iterator[str]:
        """What is not given of it."""
        if self._why:
            yield self._why
        if self._book is not None:
            yield from self._book.unsaid

    @cached_property
    def _listed(self) -> Schedule:
        assert self._book is not None
        return listed(self._plant, self._book.shop)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The change-overs that the orders bring, in the place of those the shifts plan.

        Only where it is known how much is made, and the first order is of what is made now.
        """
        line, job = self._line, self._job
        if self._book is None or job.made is None:
            return ()
        product = {order.id: order.product for order in self._plant.orders}
        stints = self._listed.order(line.id)
        if not stints or product[stints[0].job] != self._running.get(line.id):
            return ()
        until = job.horizon_s + job.duration_s
        found: list[Change] = [
            ProductChange(
                line=line.id,
                product=product[change.job],
                after_s=float(change.start),
                changeover_s=float(change.end - change.start),
            )
            for change in self._listed.changeovers
            if change.start < until
        ]
        end = self._at + int(until * SECOND)
        planned = planned_stops(self._plant, line.id, self._at, end)
        moved = [
            StopMoved(line=line.id, start=stop.start)
            for stop in planned
            if stop.reason == "changeover" and stop.start > self._at
        ]
        return (*found, *moved)

    @property
    def content(self) -> str:
        """Why it has nothing against a window."""
        return "nothing is known against it" if self._book is None else "no order gets late by it"

    def late_s(self, start: Instant, delay_s: float) -> float:
        """By how much orders that would be in time miss it if the line stands so long from then."""
        return sum(self._missed(start, delay_s).values())

    def objection(self, start: Instant, delay_s: float) -> Objection | None:
        """What speaks against the line's standing so long from then on; None = nothing."""
        missed = self._missed(start, delay_s)
        if not missed:
            return None
        worst = max(missed, key=lambda order: missed[order])
        told = f"order {worst} would be {ceil(missed[worst] / 60)} min late, and is in time without"
        return Objection(told, worst)

    def _missed(self, start: Instant, delay_s: float) -> dict[str, float]:
        """Order → seconds late by it alone: one that is late anyway speaks against no window."""
        if self._book is None or delay_s < 1:
            return {}
        shop = self._book.shop
        closed = self._closed(shop.by_id[self._line.id], start, delay_s)
        with_job = shop.model_copy(
            update={"machines": tuple(closed if m.id == closed.id else m for m in shop.machines)}
        )
        late, before = _late(with_job, timed(run(with_job, self._listed))), self._late_anyway
        return {job: s for job, s in late.items() if s > _LATER_S and before[job] <= 0}

    @cached_property
    def _late_anyway(self) -> dict[str, float]:
        assert self._book is not None
        return _late(self._book.shop, self._listed)

    def _closed(self, machine: Machine, start: Instant, delay_s: float) -> Machine:
        """The line, closed from a start on until it has lost so much open time."""
        low, length = max(0, (start - self._at) // SECOND), ceil(delay_s)
        end = low + length
        while (missing := length - machine.open_s(low, end)) > 0:
            end += missing
        spans = union([(low, end), *((w.start, w.end) for w in machine.closed)])
        return machine.model_copy(
            update={"closed": tuple(Closed(start=a, end=b) for a, b in spans)}
        )


def _late(shop: Shop, schedule: Schedule) -> dict[str, float]:
    """Order → seconds that it is done after it is due."""
    due = {job.id: job.due for job in shop.jobs if job.due is not None}
    return {job: max(0.0, end - due.get(job, inf)) for job, end in schedule.ends().items()}
