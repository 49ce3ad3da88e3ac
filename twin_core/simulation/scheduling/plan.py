"""What is planned for a plant's orders, beside the best order of work that could be found.

The door of this room: a pure function of plant, moment and wish, to be run elsewhere. It must
never change a plan: whoever wants the offered one proposes it to people.
"""

from collections.abc import Collection
from functools import partial
from typing import Self

from pydantic import Field, model_validator

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant
from twin_core.simulation.scheduling.model import Aim
from twin_core.simulation.scheduling.offer import Offer, Outcome, offer
from twin_core.simulation.scheduling.order_book import OrderBook, order_book
from twin_core.simulation.scheduling.run import run, timed
from twin_core.simulation.scheduling.schedule import Schedule, Stint
from twin_core.simulation.scheduling.search import Found, search
from twin_core.simulation.scheduling.shop import Operation, Seconds, Shop
from twin_core.simulation.scheduling.solve import Ending, Limits, Progress, Watch
from twin_core.simulation.scheduling.trial import Upsets
from twin_core.value import SECOND, Instant, Path, Slug, Value

LIMITS = Limits(effort=2.5, seconds=20.0)
"""So long a person waits; lines share it, and lateness first takes it twice."""

_FAR = "it neither begins nor is due so soon"


class Wish(Value):
    """What is to be planned, and how.

    Attributes:
        lines: whose orders; empty = every line's.
        aim: None = lateness where an order has a due time, else when all is done.
        horizon_s: orders that begin as planned, or are due, within so long, and those planned
            before them; None = all.
        any_line: whether an order may go to another of the lines that can make its product.
        running: line → product it is set up for now.
        made: order → how much of it is made, in its unit.
        pace: line → share of its nominal rate at which orders are really made; absent = all.
        upsets: under which both plans are tried; None = they are not.
    """

    lines: tuple[Path, ...] = ()
    aim: Aim | None = None
    horizon_s: float | None = Field(default=None, gt=0, le=366 * 86_400)
    any_line: bool = False
    running: dict[Path, Slug] = Field(default_factory=dict)
    made: dict[Slug, float] | None = None
    pace: dict[Path, float] = Field(default_factory=dict)
    upsets: Upsets | None = None
    limits: Limits = LIMITS


class Turn(Value):
    """One operation of an order, as planned and as offered.

    Attributes:
        order, product: `line` on which, from `start` to `end`, plant time.
        line_before, start_before, end_before: as planned now.
        due: None where it is not said; `late_s`, `late_before_s` are 0 then.
    """

    order: Slug
    product: Slug
    line: Path
    start: Instant
    end: Instant
    line_before: Path
    start_before: Instant
    end_before: Instant
    due: Instant | None
    late_s: Seconds
    late_before_s: Seconds


class Totals(Value):
    """What a plan comes to: when all is done, lateness, changeovers.

    Attributes:
        end: of the last operation, plant time.
        late_s: over all orders; `late` how many of them.
        changeovers: how many; `changeover_s` of a machine's open time in them.
    """

    end: Instant
    late_s: Seconds
    late: int
    changeovers: int
    changeover_s: Seconds


class Plan(Value):
    """Orders of some lines, as planned now and as offered.

    Attributes:
        at: second 0 of every schedule.
        outcome: what the search came to; only an Offer has been run by the simulation.
        turns: by line as offered, then start; empty without an offer, as are the totals.
        left_out: order → why it is not in the plan.
        unsaid: what is not given, a sentence each.
    """

    lines: tuple[Path, ...]
    at: Instant
    aim: Aim
    shop: Shop
    outcome: Outcome
    turns: tuple[Turn, ...] = ()
    before: Totals | None = None
    offered: Totals | None = None
    left_out: dict[Slug, str] = Field(default_factory=dict)
    unsaid: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        assert (self.offered is not None) == isinstance(self.outcome, Offer)
        return self

    @property
    def better(self) -> bool:
        """Whether what is offered is less late, or as late and done sooner."""
        if self.before is None or self.offered is None:
            return False
        aims = [(t.late_s, t.end, t.changeover_s) for t in (self.offered, self.before)]
        return aims[0] < aims[1]


class Plans(Value):
    """Plans of lines that share nothing; `unplanned` are lines of which there is none, and why."""

    plans: tuple[Plan, ...]
    unplanned: dict[Path, str] = Field(default_factory=dict)


def plans(
    plant: Plant, at: Instant, wish: Wish, seed: int = 1, watch: Watch | None = None
) -> Plans:
    """A plan of each line by itself, or one of all together where orders may change lines.

    Lines share nothing, so that the best of each is the best of all. Who watches hears of each
    search under the names of its lines; once he ends one, those after it are ended too.

    Raises:
        UnknownName, OutOfRange, ImpossibleScenario, TooLarge: as `planned`; of several lines only
            where none can be planned.
    """
    asked = [plant.line(line).id for line in wish.lines]
    with_orders = {order.line for order in plant.orders}
    lines = asked or [line.id for line in plant.lines if line.id in with_orders]
    if wish.any_line or len(lines) < 2:
        return Plans(plans=(planned(plant, at, wish, seed, watch),))
    share = {"limits": _shared(wish.limits, len(lines))}
    found: list[Plan] = []
    refused: dict[str, ImpossibleScenario] = {}
    for line in lines:
        alone = wish.model_copy(update={**share, "lines": (line,)})
        try:
            found.append(planned(plant, at, alone, seed, watch))
        except ImpossibleScenario as problem:
            refused[line] = problem
    if not found:
        raise next(iter(refused.values()))
    return Plans(plans=tuple(found), unplanned={line: str(why) for line, why in refused.items()})


def planned(
    plant: Plant, at: Instant, wish: Wish, seed: int = 1, watch: Watch | None = None
) -> Plan:
    """The orders of a wish from a moment on, as listed and as well as can be found.

    As planned they follow each other on their own lines as the plant lists them, each as soon as
    it can; the simulation says when that is.

    Raises:
        UnknownName, OutOfRange, ImpossibleScenario: as `order_book`.
        ImpossibleScenario: nothing lies within the horizon; lateness of what has no due time.
        TooLarge: more orders than can be weighed.
    """
    book = _book(plant, at, wish)
    if wish.horizon_s is not None:
        near = _near(wish.horizon_s, plant, book.shop)
        far = {job.id: _FAR for job in book.shop.jobs if job.id not in near}
        left_out = {**book.left_out, **far}
        book = _book(plant, at, wish, near).model_copy(update={"left_out": left_out})
    now = listed(plant, book.shop)
    shop = book.shop
    aim = wish.aim or ("makespan" if all(job.due is None for job in shop.jobs) else "tardiness")
    limits = wish.limits.model_copy(update={"seed": seed})
    ending = None if watch is None else watch.ending
    start = _line_by_line(shop, aim, limits, now, ending) if wish.any_line else None
    of = tuple(machine.id for machine in shop.machines)
    told = None if watch is None else partial(_told, watch, of)
    outcome = offer(shop, aim, limits, now, start, wish.upsets, told, ending)
    made = outcome.schedule if isinstance(outcome, Offer) else None
    return Plan(
        lines=of,
        at=at,
        aim=aim,
        shop=shop,
        outcome=outcome,
        turns=_turns(plant, shop, now, made) if made is not None else (),
        before=_totals(shop, now) if made is not None else None,
        offered=_totals(shop, made) if made is not None else None,
        left_out=book.left_out,
        unsaid=book.unsaid,
    )


def listed(plant: Plant, shop: Shop) -> Schedule:
    """The jobs of an order book one after the other on their own lines, in the shop's order."""
    home = {order.id: order.line for order in plant.orders}
    stints = []
    for place, job in enumerate(shop.jobs):
        (operation,) = job.operations
        way = operation.way(home[job.id]) or operation.ways[0]
        stints.append(Stint(job=job.id, operation=0, machine=way.machine, start=place, end=place))
    return timed(run(shop, Schedule(stints=tuple(stints))))


def _told(watch: Watch, of: tuple[str, ...], progress: Progress) -> bool:
    return watch.told(progress.model_copy(update={"of": of}))


def _line_by_line(
    shop: Shop, aim: Aim, limits: Limits, now: Schedule, ending: Ending | None
) -> Schedule:
    """The best of each line alone: soon found, and a far better beginning for all together."""
    found = []
    limits = _shared(limits, len(shop.machines))
    for machine in shop.machines:
        here = {stint.job for stint in now.order(machine.id)}
        alone = _only(shop, machine.id, here)
        if alone.jobs:
            late = aim == "tardiness" and any(job.due is not None for job in alone.jobs)
            part = search(alone, "tardiness" if late else "makespan", limits, ending=ending)
            if not isinstance(part, Found):
                return now
            found.append(part.schedule)
    return Schedule(
        stints=tuple(stint for part in found for stint in part.stints),
        changeovers=tuple(change for part in found for change in part.changeovers),
    )


def _shared(limits: Limits, by: int) -> Limits:
    """What each of so many searches gets."""
    return limits.model_copy(update={"effort": limits.effort / by, "seconds": limits.seconds / by})


def _only(shop: Shop, machine: str, jobs: Collection[str]) -> Shop:
    """These jobs, done on one machine."""
    kept = []
    for job in shop.jobs:
        if job.id in jobs:
            ways = tuple(way for way in job.operations[0].ways if way.machine == machine)
            kept.append(job.model_copy(update={"operations": (Operation(ways=ways),)}))
    update = {"machines": (shop.by_id[machine],), "jobs": tuple(kept)}
    return shop.model_copy(update=update)


def _book(
    plant: Plant, at: Instant, wish: Wish, orders: Collection[str] | None = None
) -> OrderBook:
    return order_book(
        plant, at, lines=wish.lines, orders=orders, running=wish.running, made=wish.made,
        pace=wish.pace, any_line=wish.any_line,
    )  # fmt: skip


def _near(horizon_s: float, plant: Plant, shop: Shop) -> set[str]:
    """What begins as planned, or is due, within so long; and on its line all that is before it."""
    now = listed(plant, shop)
    due = {job.id for job in shop.jobs if job.due is not None and job.due <= horizon_s}
    near: set[str] = set()
    for machine in shop.machines:
        order = now.order(machine.id)
        asked = [i for i, s in enumerate(order) if s.start < horizon_s or s.job in due]
        near |= {stint.job for stint in order[: max(asked, default=-1) + 1]}
    if not near:
        first = min(stint.start for stint in now.stints) / 3600
        raise ImpossibleScenario(
            f"no order begins or is due within {horizon_s / 3600:.3g} h", f"over {first:.3g} h"
        )
    return near


def _turns(plant: Plant, shop: Shop, now: Schedule, made: Schedule) -> tuple[Turn, ...]:
    orders = {order.id: order for order in plant.orders}
    jobs = {job.id: job for job in shop.jobs}
    before = {stint.job: stint for stint in now.stints}
    place = {machine.id: i for i, machine in enumerate(shop.machines)}
    found = []
    for stint in sorted(made.stints, key=lambda s: (place[s.machine], s.start)):
        was, due = before[stint.job], jobs[stint.job].due
        found.append(
            Turn(
                order=stint.job, product=orders[stint.job].product,
                line=stint.machine, start=_at(shop, stint.start), end=_at(shop, stint.end),
                line_before=was.machine,
                start_before=_at(shop, was.start), end_before=_at(shop, was.end),
                due=orders[stint.job].due_from(shop.start, plant.timezone),
                late_s=_late_s(stint, due), late_before_s=_late_s(was, due),
            )
        )  # fmt: skip
    return tuple(found)


def _totals(shop: Shop, schedule: Schedule) -> Totals:
    jobs = {job.id: job for job in shop.jobs}
    late = [_late_s(stint, jobs[stint.job].due) for stint in schedule.stints]
    machines = shop.by_id
    return Totals(
        end=_at(shop, schedule.makespan),
        late_s=sum(late),
        late=sum(1 for seconds in late if seconds),
        changeovers=len(schedule.changeovers),
        changeover_s=sum(machines[c.machine].open_s(c.start, c.end) for c in schedule.changeovers),
    )


def _late_s(stint: Stint, due: int | None) -> int:
    return 0 if due is None else max(0, stint.end - due)


def _at(shop: Shop, second: int) -> Instant:
    return shop.start + second * SECOND
