"""The best schedule of a shop that can be found with so much effort, and how good it surely is.

CP-SAT with one worker, a fixed seed and a limit of *deterministic* time: its own count of work
done, the same on every machine. So the answer to the same question is the same wherever it is
asked, unless the limit of seconds ended the search first, and then it says so.

It must never offer a schedule: one is offered only when it has been run.
"""

from collections import Counter
from collections.abc import Callable
from math import ceil
from typing import Annotated, Any, Literal

from pydantic import Field

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.simulation.dispatch import RULES, dispatch
from twin_core.simulation.schedule import Schedule, broken, tardiness
from twin_core.simulation.schedule_model import Aim, Model
from twin_core.simulation.schedule_rounds import Rounds
from twin_core.simulation.shop import Job, Shop
from twin_core.value import Slug, Value

Ended = Literal["proven", "effort", "seconds", "told"]
"""What ended a search: nothing better exists; a limit; whoever was told of progress."""

_MOST_ARCS = 300_000
"""Orders of two things that are weighed against each other; more fill memory before any time."""
_ROUNDING = 1e-6
_SPENT = 0.999
"""Share of the effort that counts as all of it."""


class Limits(Value):
    """How long to look.

    Attributes:
        effort: deterministic seconds; the answer depends on it and on the seed alone.
        seconds: of the host's clock, a fence; an answer that ran into it need not come again.
    """

    effort: float = Field(default=20.0, gt=0, le=86_400)
    seconds: float = Field(default=60.0, gt=0, le=86_400)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)


class Progress(Value):
    """How far a search is: the best found so far (None = none yet) and what none can be below."""

    value: int | None
    bound: int


class Found(Value):
    """A schedule; `value` of its aim, no schedule has less than `bound`."""

    kind: Literal["found"] = "found"
    schedule: Schedule
    aim: Aim
    value: int
    bound: int
    ended: Ended

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
) -> Found | NoneYet | NoneExists:
    """The best schedule that can be found.

    Args:
        shop: what to schedule.
        aim: what to make small.
        limits: how long to look.
        start: where to begin, a schedule that breaks deadlines at most; None = the best that a
            dispatching rule makes.
        told: hears of every better schedule and bound, on the solver's thread; False ends the
            search with the best so far.

    Raises:
        ImpossibleScenario: lateness is to be made small, and nothing is ever late; or `start`
            breaks other rules than deadlines.
        TooLarge: more to be ordered than can be weighed.
    """
    _refuse_too_large(shop)
    if aim == "tardiness" and all(job.due is None for job in shop.jobs):
        raise ImpossibleScenario("no job has a due time, so none can be late", "makespan as aim")
    given = start or min((dispatch(shop, rule) for rule in RULES), key=lambda s: cost(shop, aim, s))
    without = [job.model_copy(update={"deadline": None}) for job in shop.jobs]
    for problem in broken(shop.model_copy(update={"jobs": tuple(without)}), given):
        raise ImpossibleScenario(f"where to begin: {problem}", "a schedule that keeps every rule")
    model = Model(shop, _horizon(shop, aim, given))
    rounds = Rounds(model, shop.fleet) if shop.fleet is not None else None
    model.aim(aim)
    model.hint(given)
    if rounds is not None:
        rounds.hint(given)
    solver, status, ended = _solve(model, limits, told)
    known = [] if broken(shop, given) else [given]
    if status == "INFEASIBLE":
        assert not known, "the model excludes a schedule that breaks no rule"
        return _conflict(shop, limits)
    bound = max(0, ceil(solver.best_objective_bound - _ROUNDING))
    if status != "UNKNOWN":
        schedule = model.schedule(solver.value)
        known.append(rounds.schedule(schedule, solver.value) if rounds is not None else schedule)
    if not known:
        return NoneYet(aim=aim, bound=bound, ended=ended)
    schedule = min(reversed(known), key=lambda s: cost(shop, aim, s))
    value = cost(shop, aim, schedule)
    return Found(schedule=schedule, aim=aim, value=value, bound=min(bound, value), ended=ended)


def cost(shop: Shop, aim: Aim, schedule: Schedule) -> int:
    """What a schedule is by an aim: seconds, or weighted seconds of lateness."""
    return schedule.makespan if aim == "makespan" else tardiness(shop, schedule)


def _solve(
    model: Model, limits: Limits, told: Callable[[Progress], bool] | None
) -> tuple[Any, str, Ended]:
    """Solver, status and what ended it."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    # without linear relaxation the 10×10 of Fisher and Thompson is proven in a tenth of the time
    solver.parameters.linearization_level = 0
    solver.parameters.random_seed = limits.seed
    solver.parameters.max_deterministic_time = limits.effort
    solver.parameters.max_time_in_seconds = limits.seconds
    listener = _Listener(solver, told)
    if told is not None:
        solver.best_bound_callback = listener.bounded
        status = solver.solve(model.proto, listener.callback())
    else:
        status = solver.solve(model.proto)
    if listener.raised is not None:
        raise listener.raised
    name = solver.status_name(status)
    spent = solver.response_proto.deterministic_time
    if name in {"OPTIMAL", "INFEASIBLE"}:
        return solver, name, "proven"
    if listener.stopped:
        return solver, name, "told"
    return solver, name, "effort" if spent >= limits.effort * _SPENT else "seconds"


class _Listener:
    """Tells of progress, and stops the solver when told so or when telling fails."""

    def __init__(self, solver: Any, told: Callable[[Progress], bool] | None) -> None:
        self._solver, self._told = solver, told
        self._value: int | None = None
        self._bound = 0
        self.stopped = False
        self.raised: Exception | None = None

    def callback(self) -> Any:
        """What the solver calls at every better schedule."""
        from ortools.sat.python import cp_model

        listener = self

        class Better(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                listener.better(self.objective_value, self.best_objective_bound)

        return Better()

    def better(self, value: float, bound: float) -> None:
        """A better schedule was found."""
        self._value = round(value)
        self.bounded(bound)

    def bounded(self, bound: float) -> None:
        """The bound, as far as it is known."""
        self._bound = max(self._bound, ceil(bound - _ROUNDING))
        if self._told is None or self.stopped:
            return
        try:
            going_on = self._told(Progress(value=self._value, bound=self._bound))
        except Exception as problem:  # noqa: BLE001  told again once the solver has returned
            self.raised, going_on = problem, False
        if not going_on:
            self.stopped = True
            self._solver.stop_search()


def _horizon(shop: Shop, aim: Aim, start: Schedule) -> int:
    """By when everything can be done without being worse than need be.

    For a makespan, that of a schedule that exists. Else: in a schedule that delays nothing
    needlessly somebody works or drives at every moment after the last release, or waits for a
    machine to open; so the sum of all of it, and for every window that begins in that time its
    length and what may not be begun before it.
    """
    if aim == "makespan" and not broken(shop, start):
        return start.makespan
    operations = [o for job in shop.jobs for o in job.operations]
    longest = [max(way.duration_s for way in o.ways) for o in operations]
    change = max(
        (s for m in shop.machines for to in m.changeovers.values() for s in to.values()), default=0
    )
    fleet = shop.fleet
    travel = (
        max((s for to in fleet.travel.values() for s in to.values()), default=0) if fleet else 0
    )
    piece = max([change, *longest])
    base = max((job.release for job in shop.jobs), default=0)
    base += sum(longest) + len(operations) * (change + 2 * travel)
    windows = sorted((w.start, w.end, m.pauses) for m in shop.machines for w in m.closed)
    for shut, opens, pauses in windows:
        if shut < base:
            base += opens - shut + (0 if pauses else piece)
    return base


def _refuse_too_large(shop: Shop) -> None:
    on = Counter(way.machine for job in shop.jobs for o in job.operations for way in o.ways)
    arcs = sum(n**2 for m, n in on.items() if shop.by_id[m].changeovers)
    arcs += sum(on[machine.id] * len(machine.closed) for machine in shop.machines)
    if shop.fleet is not None:
        arcs += sum(len(job.operations) for job in shop.jobs) ** 2
    if arcs > _MOST_ARCS:
        raise TooLarge(f"a shop with {arcs} orders to weigh", f"{_MOST_ARCS} of them")


def _conflict(shop: Shop, limits: Limits) -> NoneExists:
    """As few jobs as can be found whose deadlines cannot be kept together.

    A deletion filter (Chinneck, *Feasibility and Infeasibility in Optimization*, 2008, ch. 6):
    whatever can go while it stays proven that none exists, goes.
    """
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
    given = min((dispatch(part, rule) for rule in RULES), key=lambda s: len(broken(part, s)))
    if not broken(part, given):
        return False
    model = Model(part, _horizon(part, "tardiness", given))
    if part.fleet is not None:
        Rounds(model, part.fleet)
    return _solve(model, limits, None)[1] == "INFEASIBLE"
