"""A shop solved by CP-SAT: with so much effort, and the same answer wherever it is asked.

One worker, a fixed seed and a limit of *deterministic* time, the solver's own count of work done,
which is the same on every machine. A limit of seconds stands beside it as a fence; an answer says
which of the two ended it. It must never judge a schedule.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal, Protocol, TypeAlias

from pydantic import Field

from twin_core.errors import TooLarge
from twin_core.simulation.scheduling.model import Aim, Model
from twin_core.simulation.scheduling.rounds import Rounds
from twin_core.simulation.scheduling.schedule import Schedule
from twin_core.simulation.scheduling.shop import Shop
from twin_core.value import Value

Ended = Literal["proven", "effort", "seconds", "told"]
"""What ended a search: nothing better exists; a limit; whoever was told of progress."""

_MOST_ARCS = 300_000
"""Orders of two things that are weighed against each other; more fill memory before any time."""
_MOST_WAYS = 2_000
_ROUNDING = 1e-6
_SPENT = 0.999
"""Share of the effort that counts as all of it."""


class Limits(Value):
    """How long to look.

    Attributes:
        effort: deterministic seconds, each some seconds of a machine; the answer depends on it and
            on the seed alone.
        seconds: of the host's clock, a fence; an answer that ran into it need not come again.
    """

    effort: float = Field(default=4.0, gt=0, le=86_400)
    seconds: float = Field(default=60.0, gt=0, le=86_400)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)


class Progress(Value):
    """How far a search is.

    Attributes:
        value: of the best found so far, in seconds of its aim; None = none yet.
        bound: none can be below.
        of: whose search it is, for who watches several; `aim` what is to be small.
    """

    value: int | None
    bound: int
    of: tuple[str, ...] = ()
    aim: Aim | None = None


Ending: TypeAlias = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Given what ends a search; entered while it runs, it may call that, from any thread."""


class Watch(Protocol):
    """Whoever waits for a search. He changes what is found only by ending it early."""

    def told(self, progress: Progress) -> bool:
        """Hear of a better schedule or bound; False ends the search with the best so far."""
        ...

    def ending(self, end: Callable[[], None]) -> AbstractContextManager[None]:
        """See `Ending`."""
        ...


@dataclass(frozen=True, slots=True)
class Solved:
    """What the solver says.

    Attributes:
        schedule: the best it found; None where it found none.
        exists: False where it has proven that there is none.
        bound: none can be below.
    """

    schedule: Schedule | None
    exists: bool
    bound: int
    ended: Ended


def solve(
    shop: Shop,
    aim: Aim | None,
    limits: Limits,
    start: Schedule | None = None,
    told: Callable[[Progress], bool] | None = None,
    by: int | None = None,
    late: int | None = None,
    ending: Ending | None = None,
) -> Solved:
    """Solve a shop.

    Args:
        shop: what to schedule.
        aim: what to make small; None = any schedule will do.
        limits: how long to look.
        start: where to begin, a schedule that breaks deadlines at most.
        told: hears of every better schedule and bound; False ends the search.
        by: everything ends by then; None = late enough for any aim.
        late: weighted seconds of lateness at most; None = as late as may be.
        ending: who may end the search at any time.
    """
    model = Model(shop, _horizon(shop) if by is None else by)
    rounds = Rounds(model, shop.fleet) if shop.fleet is not None else None
    if aim is not None:
        model.aim(aim)
    if late is not None:
        model.at_most_late(late)
    if start is not None:
        model.hint(start)
        if rounds is not None:
            rounds.hint(start)
    solver, status, ended = _run(model, limits, told, ending)
    schedule = None
    if status in {"OPTIMAL", "FEASIBLE"}:
        schedule = model.schedule(solver.value)
        if rounds is not None:
            schedule = rounds.schedule(schedule, solver.value)
    bound = max(0, ceil(solver.best_objective_bound - _ROUNDING)) if aim is not None else 0
    return Solved(schedule, status != "INFEASIBLE", bound, ended)


def _run(
    model: Model,
    limits: Limits,
    told: Callable[[Progress], bool] | None,
    ending: Ending | None,
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
    with nullcontext() if ending is None else ending(listener.stop):
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
            self.stop()

    def stop(self) -> None:
        """End the search; nothing happens where it does not run yet or any more."""
        self.stopped = True
        self._solver.stop_search()


def _horizon(shop: Shop) -> int:
    """By when everything can be done without being worse than need be.

    In a schedule that delays nothing needlessly somebody works or drives at every moment after the
    last release, or waits for a machine to open; so the sum of all of it, and for every window that
    begins in that time its length and what may not be begun before it.
    """
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


def refuse_too_large(shop: Shop) -> None:
    """Refuse what would take more memory and time than there is.

    Raises:
        TooLarge: with what is taken.
    """
    on = Counter(way.machine for job in shop.jobs for o in job.operations for way in o.ways)
    if on.total() > _MOST_WAYS:
        raise TooLarge(f"a shop with {on.total()} ways to do things", f"{_MOST_WAYS} of them")
    arcs = sum(n**2 for m, n in on.items() if shop.by_id[m].changeovers)
    arcs += sum(on[machine.id] * len(machine.closed) for machine in shop.machines)
    if shop.fleet is not None:
        arcs += sum(len(job.operations) for job in shop.jobs) ** 2
    if arcs > _MOST_ARCS:
        raise TooLarge(f"a shop with {arcs} orders to weigh", f"{_MOST_ARCS} of them")
