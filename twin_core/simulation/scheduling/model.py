"""A shop as a CP-SAT model, and a solution of it as a schedule.

Operations are intervals that may not overlap on a machine (Laborie, Rogerie, Shaw and Vilím, "IBM
ILOG CP optimizer for scheduling", *Constraints* 23, 2018, has the form); the order on a machine
that changes over is a circuit through what runs there. On a machine that pauses, intervals lie on
the clock of its open time, where no window is, and moments of the job follow from that. It must
never decide how long to look, nor know what runs a schedule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from twin_core.simulation.scheduling.schedule import Changeover, Schedule, Stint
from twin_core.simulation.scheduling.shop import Job, Machine, Shop

Aim = Literal["makespan", "tardiness"]
"""When all is done, or weighted seconds of lateness; the less the better."""
Arcs = dict[tuple[int, int], Any]
"""(i, j) → literal: j follows i; 0 stands before the first and after the last."""


@dataclass(slots=True, eq=False)
class On:
    """An operation on one of its machines.

    Attributes:
        here: whether it is; None where it has no other.
        begins, ends: on the clock on which the machine's intervals lie.
        change: (start, end) of the changeover before it, on a machine that may not pause.
    """

    op: "Op"
    machine: Machine
    duration_s: int
    here: Any
    begins: Any
    ends: Any
    interval: Any
    change: tuple[Any, Any] | None = None


@dataclass(slots=True, eq=False)
class Op:
    """Operation `k` of a job, in seconds after the shop's start."""

    job: Job
    k: int
    start: Any
    end: Any
    ways: list[On] = field(default_factory=list)

    def follows(self, other: "Op") -> bool:
        """Whether it may come after another in an order: not after one behind it in its own job."""
        return self.job is not other.job or self.k > other.k


class Model:
    """A shop as constraints, without its vehicles.

    Args:
        shop: what to schedule.
        horizon: everything ends by then.

    Attributes:
        proto: the CP-SAT model.
        jobs: operations by job, in the shop's order.
    """

    def __init__(self, shop: Shop, horizon: int) -> None:
        from ortools.sat.python import cp_model

        self.proto = cp_model.CpModel()
        self.horizon = horizon
        self._machines = shop.by_id
        self.jobs = [list(self._job(job)) for job in shop.jobs]
        self._orders: dict[str, tuple[list[On], Arcs]] = {}
        self._loads: dict[str, Any] = {}
        for machine in shop.machines:
            ways = (on for ops in self.jobs for op in ops for on in op.ways)
            self._machine(machine, [on for on in ways if on.machine is machine])

    def add(self, holds: Any, *literals: Any) -> None:
        """A constraint that holds where every literal does; None is a literal that always does."""
        self.proto.add(holds).only_enforce_if([one for one in literals if one is not None])

    def time(self) -> Any:
        """A moment up to the horizon."""
        return self.proto.new_int_var(0, self.horizon, "")

    def truth(self) -> Any:
        """A literal."""
        return self.proto.new_bool_var("")

    def aim(self, aim: Aim) -> None:
        """What to make small."""
        if aim == "makespan":
            makespan = self.time()
            for ops in self.jobs:
                self.add(makespan >= ops[-1].end)
            if any(len(op.ways) > 1 for ops in self.jobs for op in ops):
                self._load(makespan)
            self.proto.minimize(makespan)
        else:
            self.proto.minimize(self._late())

    def at_most_late(self, seconds: int) -> None:
        """Exclude whatever is later than so many weighted seconds."""
        self.add(self._late() <= seconds)

    def _late(self) -> Any:
        """Weighted seconds of lateness."""
        late = []
        for ops in self.jobs:
            job = ops[-1].job
            if job.due is not None:
                by = self.time()
                self.add(by >= ops[-1].end - job.due)
                late.append(job.weight * by)
        return sum(late)

    def _load(self, makespan: Any) -> None:
        """The open time of all machines up to the makespan holds all the work there is.

        It follows from the rest, but not before every operation has its machine.
        """
        open_time = []
        for name, load in self._loads.items():
            worked = self.time()
            self.add(worked >= load)
            self.add(makespan >= worked + self._closed_by(self._machines[name], worked, 1))
            open_time.append(worked)
        least = (min(on.duration_s for on in op.ways) for ops in self.jobs for op in ops)
        self.add(sum(open_time) >= sum(least))

    def _job(self, job: Job) -> Iterator[Op]:
        ready: Any = job.release
        for k, operation in enumerate(job.operations):
            op = Op(job, k, self.time(), self.time())
            alone = len(operation.ways) == 1
            for way in operation.ways:
                machine = self._machines[way.machine]
                op.ways.append(self._on(op, machine, way.duration_s, alone=alone))
            if not alone:
                self.proto.add_exactly_one([on.here for on in op.ways])
            self.add(op.start >= ready)
            ready = op.end
            yield op
        if job.deadline is not None:
            self.add(ready <= job.deadline)

    def _on(self, op: Op, machine: Machine, duration_s: int, *, alone: bool) -> On:
        """An operation on a machine: an interval of its length, and what moments that means."""
        here = None if alone else self.truth()
        begins = self.time() if machine.pauses and machine.closed else op.start
        ends = begins + duration_s
        if machine.pauses:
            self.add(op.start == begins + self._closed_by(machine, begins, 0), here)
            self.add(op.end == ends + self._closed_by(machine, ends, 1), here)
        else:
            self.add(op.end == ends, here)
        return On(op, machine, duration_s, here, begins, ends, self._span(begins, duration_s, here))

    def _span(self, start: Any, size: int, here: Any) -> Any:
        if here is None:
            return self.proto.new_fixed_size_interval_var(start, size, "")
        return self.proto.new_optional_fixed_size_interval_var(start, size, here, "")

    def _closed_by(self, machine: Machine, worked: Any, least: int) -> Any:
        """Seconds closed until so much open time was: `least` 1 where it ends then, 0 begins."""
        closed: Any = 0
        before = None
        for window in machine.closed:
            at = machine.open_s(0, window.start)
            if window.start >= self.horizon:
                break
            past = self.truth()
            self.add(worked >= at + least, past)
            self.add(worked < at + least, ~past)
            if before is not None:
                self.proto.add_implication(past, before)
            before = past
            closed += (window.end - window.start) * past
        return closed

    def _machine(self, machine: Machine, ways: Sequence[On]) -> None:
        busy = [on.interval for on in ways]
        self._loads[machine.id] = sum(
            on.duration_s * (1 if on.here is None else on.here) for on in ways
        )
        closed = [w for w in machine.closed if w.start < self.horizon and not machine.pauses]
        busy += [self._span(window.start, window.end - window.start, None) for window in closed]
        if machine.changeovers and ways:
            arcs = self.circuit(
                [on.here for on in ways], lambda i, j: ways[j].op.follows(ways[i].op)
            )
            self.proto.add_circuit([(i, j, literal) for (i, j), literal in arcs.items()])
            self._orders[machine.id] = (list(ways), arcs)
            for j in range(1, len(ways) + 1):
                busy += self._change(machine, ways, arcs, j, closes=bool(closed))
        self.proto.add_no_overlap(busy)

    def circuit(self, present: Sequence[Any], may_follow: Callable[[int, int], bool]) -> Arcs:
        """Literals for every order of things that may be absent (`present` None: it is not)."""
        arcs: Arcs = {}
        for j, here in enumerate(present, 1):
            arcs[0, j], arcs[j, 0] = self.truth(), self.truth()
            if here is not None:
                arcs[j, j] = ~here
            for i in range(1, len(present) + 1):
                if i != j and may_follow(i - 1, j - 1):
                    arcs[i, j] = self.truth()
        if all(here is not None for here in present):
            arcs[0, 0] = self.truth()
        return arcs

    def _change(
        self, machine: Machine, ways: Sequence[On], arcs: Arcs, j: int, *, closes: bool
    ) -> list[Any]:
        """The changeover before an operation: a gap, or an interval that meets no window."""
        on = ways[j - 1]
        into = {i: literal for (i, to), literal in arcs.items() if to == j != i}
        takes = {
            i: machine.changeover_s(ways[i - 1].op.job.family if i else None, on.op.job.family)
            for i in into
        }
        work = sum(takes[i] * literal for i, literal in into.items())
        self._loads[machine.id] += work
        ready = self.time() if closes else on.begins
        for i, literal in into.items():
            free = ways[i - 1].ends if i else 0
            self.add(ready >= free + (0 if closes else takes[i]), literal)
        if not closes:
            return []
        size = self.proto.new_int_var(0, max(takes.values()), "")
        self.add(size == work)
        done = self.time()
        self.add(done <= on.begins, on.here)
        on.change = (ready, done)
        if on.here is None:
            return [self.proto.new_interval_var(ready, size, done, "")]
        return [self.proto.new_optional_interval_var(ready, size, done, on.here, "")]

    def schedule(self, value: Any) -> Schedule:
        """A solution, without trips; `value` of a variable is what the solver found."""
        stints, found = [], {}
        for ops in self.jobs:
            for op in ops:
                on = next(on for on in op.ways if on.here is None or value(on.here))
                stint = Stint(
                    job=op.job.id, operation=op.k, machine=on.machine.id,
                    start=value(op.start), end=value(op.end),
                )  # fmt: skip
                stints.append(stint)
                found[stint] = on
        schedule = Schedule(stints=tuple(stints))
        changes = []
        for machine in self._machines.values():
            family = None
            for stint in schedule.order(machine.id):
                on = found[stint]
                needed = machine.changeover_s(family, on.op.job.family)
                family = on.op.job.family
                if needed:
                    start, end = self._changed(on, needed, value)
                    changes.append(
                        Changeover(
                            machine=machine.id, start=start, end=end,
                            job=stint.job, operation=stint.operation,
                        )
                    )  # fmt: skip
        return Schedule(stints=schedule.stints, changeovers=tuple(changes))

    @staticmethod
    def _changed(on: On, needed: int, value: Any) -> tuple[int, int]:
        """When a changeover is made: where the solver put it, else as late as can be."""
        if on.change is not None:
            return value(on.change[0]), value(on.change[1])
        done = value(on.begins)
        if not on.machine.pauses:
            return done - needed, done
        return on.machine.moment(done - needed, 0), on.machine.moment(done, 1)

    def hint(self, schedule: Schedule) -> None:
        """Where to begin to look: operations, their machines, and the orders on those."""
        stints = {(s.job, s.operation): s for s in schedule.stints}
        changes = {(c.job, c.operation): c for c in schedule.changeovers}
        for ops in self.jobs:
            for op in ops:
                stint = stints[op.job.id, op.k]
                self.proto.add_hint(op.start, stint.start)
                self.proto.add_hint(op.end, stint.end)
                for on in op.ways:
                    here = on.machine.id == stint.machine
                    if on.here is not None:
                        self.proto.add_hint(on.here, here)
                    if here and on.begins is not op.start:
                        self.proto.add_hint(on.begins, on.machine.open_s(0, stint.start))
                    change = changes.get((op.job.id, op.k))
                    if here and on.change is not None and change is not None:
                        self.proto.add_hint(on.change[0], change.start)
                        self.proto.add_hint(on.change[1], change.end)
        for machine, (ways, arcs) in self._orders.items():
            place = {(on.op.job.id, on.op.k): i for i, on in enumerate(ways, 1)}
            order = [place[s.job, s.operation] for s in schedule.order(machine)]
            self.hint_circuit(arcs, [order])

    def hint_circuit(self, arcs: Arcs, rounds: Iterable[Sequence[int]]) -> None:
        """Hint the arcs of these orders, and none of the others."""
        taken = {pair for one in rounds if one for pair in zip([0, *one], [*one, 0], strict=True)}
        for (i, j), literal in arcs.items():
            if i != j:
                self.proto.add_hint(literal, (i, j) in taken)
