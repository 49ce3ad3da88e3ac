"""The best schedule of a shop that can be found with so much effort, and how good it surely is.

Where none exists, as few jobs as can be found whose deadlines exclude each other. It must never
offer a schedule: one is offered only when it has been run.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.scheduling.dispatch import RULES, dispatch
from twin_core.simulation.scheduling.model import Aim
from twin_core.simulation.scheduling.schedule import Schedule, broken, tardiness
from twin_core.simulation.scheduling.shop import Job, Shop
from twin_core.simulation.scheduling.solve import (
    Ended,
    Ending,
    Limits,
    Progress,
    refuse_too_large,
    solve,
)
from twin_core.value import Slug, Value


class Found(Value):
    """A schedule; `value` of its aim, no schedule has less than `bound`; `start` it began with."""

    kind: Literal["found"] = "found"
    schedule: Schedule
    aim: Aim
    value: int
    bound: int
    ended: Ended
    start: Schedule

    @property
    def proven(self) -> bool:
        """Whether nothing better exists."""
        return self.ended == "proven"


class NoneYet(Value):
    """None was found before a limit ended the search; there may be one."""

    kind: Literal["none_yet"] = "none_yet"
    aim: Aim
    bound: int
    ended: Ended


class NoneExists(Value):
    """No schedule keeps every deadline: proven.

    Attributes:
        jobs: whose deadlines cannot all be kept, even with no other job in the shop; as few as
            could be found.
        told: the same, as a sentence.
    """

    kind: Literal["none_exists"] = "none_exists"
    jobs: tuple[Slug, ...]
    told: str


Answer = Annotated[Found | NoneYet | NoneExists, Field(discriminator="kind")]


def search(
    shop: Shop,
    aim: Aim,
    limits: Limits,
    start: Schedule | None = None,
    told: Callable[[Progress], bool] | None = None,
    ending: Ending | None = None,
) -> Answer:
    """The best schedule that can be found.

    Args:
        shop: what to schedule.
        aim: what to make small; of schedules equally late one that is done soon.
        limits: how long to look.
        start: where to begin, a schedule that breaks deadlines at most; None = the best that a
            dispatching rule makes.
        told: hears of every better schedule and bound, on the solver's thread; False ends the
            search with the best so far.
        ending: who may end it at any time, in the same way.

    Raises:
        ImpossibleScenario: lateness is to be made small, and nothing is ever late; or `start`
            breaks other rules than deadlines.
        TooLarge: more to be ordered than can be weighed.
    """
    refuse_too_large(shop)
    if aim == "tardiness" and all(job.due is None for job in shop.jobs):
        raise ImpossibleScenario("no job has a due time, so none can be late", "makespan as aim")
    given = start or min((dispatch(shop, rule) for rule in RULES), key=lambda s: cost(shop, aim, s))
    without = [job.model_copy(update={"deadline": None}) for job in shop.jobs]
    for problem in broken(shop.model_copy(update={"jobs": tuple(without)}), given):
        raise ImpossibleScenario(f"where to begin: {problem}", "a schedule that keeps every rule")
    known = [] if broken(shop, given) else [given]
    by = given.makespan if known and aim == "makespan" else None
    solved = solve(shop, aim, limits, given, _of_aim(told, aim), by, ending=ending)
    if not solved.exists:
        assert not known, "the model excludes a schedule that breaks no rule"
        return _conflict(shop, limits)
    known += [] if solved.schedule is None else [solved.schedule]
    if not known:
        return NoneYet(aim=aim, bound=solved.bound, ended=solved.ended)
    schedule = min(reversed(known), key=lambda s: cost(shop, aim, s))
    value = cost(shop, aim, schedule)
    bound = min(solved.bound, value)
    if aim == "tardiness" and solved.ended != "told":
        schedule = _soonest(shop, schedule, limits, told, ending)
    return Found(
        schedule=schedule, aim=aim, value=value, bound=bound, ended=solved.ended, start=given
    )


def _soonest(
    shop: Shop,
    schedule: Schedule,
    limits: Limits,
    told: Callable[[Progress], bool] | None,
    ending: Ending | None,
) -> Schedule:
    """Of the schedules that are no later than this one, one that is done as soon as can be.

    Lateness alone often leaves many equal, and some of them change over for nothing (the aims one
    after the other: T'kindt and Billaut, *Multicriteria Scheduling*, 2nd ed., 2006, ch. 1).
    """
    late = tardiness(shop, schedule)
    hears, by = _of_aim(told, "makespan"), schedule.makespan
    found = solve(shop, "makespan", limits, schedule, hears, by, late, ending).schedule
    if found is None or found.makespan >= schedule.makespan:
        return schedule
    return found


def _of_aim(told: Callable[[Progress], bool] | None, aim: Aim) -> Callable[[Progress], bool] | None:
    """Who is told, told also what is made small."""
    if told is None:
        return None
    return lambda progress: told(progress.model_copy(update={"aim": aim}))


def cost(shop: Shop, aim: Aim, schedule: Schedule) -> int:
    """What a schedule is by an aim: seconds, or weighted seconds of lateness."""
    return schedule.makespan if aim == "makespan" else tardiness(shop, schedule)


def _conflict(shop: Shop, limits: Limits) -> NoneExists:
    """As few jobs as can be found whose deadlines cannot be kept together.

    A deletion filter (Chinneck, *Feasibility and Infeasibility in Optimization*, 2008, ch. 6):
    whatever can go while it stays proven that none exists, goes.
    """
    share = max(4, len(shop.jobs))
    limits = limits.model_copy(
        update={"effort": limits.effort / share, "seconds": limits.seconds / share}
    )
    jobs = list(shop.jobs)
    for one in shop.jobs:
        if one.deadline is not None and _none(shop, [one], limits):
            alone = shop.model_copy(update={"jobs": (one.model_copy(update={"deadline": None}),)})
            found = search(alone, "makespan", limits)
            least = found.bound if isinstance(found, Found) else 0
            told = (
                f"{one.id} cannot end by its deadline at {one.deadline} s even with no other job "
                f"in the shop; at the earliest it ends at {least} s"
            )
            return NoneExists(jobs=(one.id,), told=told)
    for one in sorted(shop.jobs, key=lambda job: (job.deadline is not None, -(job.deadline or 0))):
        left = [job for job in jobs if job is not one]
        if _none(shop, left, limits):
            jobs = left
    names = tuple(job.id for job in jobs)
    told = f"not all of {', '.join(names)} can end by their deadlines, even with no other job"
    return NoneExists(jobs=names, told=f"{told} in the shop")


def _none(shop: Shop, jobs: list[Job], limits: Limits) -> bool:
    """Whether it is proven that no schedule of these jobs alone keeps every deadline."""
    part = shop.model_copy(update={"jobs": tuple(jobs)})
    rules = (dispatch(part, rule) for rule in RULES)
    return all(broken(part, made) for made in rules) and not solve(part, None, limits).exists
