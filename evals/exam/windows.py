"""Jobs that need a stop, drawn by lot, and the window that is agreed beside every other one.

The rules of crew and orders and the odds of failing are written here a second time, minute by
minute. Where an order's completion is too near to its date to be told from late, a minute counts as
neither allowed nor forbidden. It must never look at how parties come to a window.
"""

import datetime as dt
import random
from dataclasses import dataclass, replace
from math import exp
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from api.plant_file import read_plant
from evals.emulator.calendar import running_s, windows
from evals.emulator.faults import Fault, Size
from evals.emulator.machine import BREAK, Machine
from evals.emulator.standin import StandIn
from evals.exam.course import copied
from evals.exam.sitting import Sitting, moment
from evals.exam.telling import Telling
from evals.exam.worse import production, run
from twin_core.plant.assets import Plant
from twin_core.plant.production import Order
from twin_core.prospect.negotiate import agree
from twin_core.prospect.stopping import Stopping
from twin_core.prospect.window import Agreement, Busy, Job, Life
from twin_core.simulation.forecaster import compare
from twin_core.simulation.scenario import Estimate, Outage, Scenario
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

JOBS, QUICK_JOBS = 20, 4
NEAR = 0.03
"""Share of the best window's cost by which one that is agreed may cost more."""
_SEALED, _PRACTICE = 7_370_000, 9_070_000
_LIVED_S, _RECOVERS_S = 1800, 3600.0
_GRID, _MOMENTS, _RUNS = 5, 6, 32
_DOUBT_S = 1200.0
"""By how much an order may be done sooner or later than reckoned here."""
_DUE, _WEARS = 1.0 / 3.0, 0.5
"""Shares of jobs with an order that is due, and with a life."""
_LEAST, _STEP_S = 10, 900.0
"""Minutes at least at which a job may begin; seconds between points of a life."""
_CREWS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (3, ("mechanic", "electrician")), (2, ("mechanic",)), (1, ()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A job with all that binds it.

    Attributes:
        shape, scale_s: of its Weibull life; None = it lasts.
        due_s: when an order is done if nothing happens, from now; None = none is due. It is due
            `slack_s` later.
    """

    plant: Plant
    job: Job
    line: str
    shape: float
    scale_s: float | None
    due_s: float | None
    slack_s: float

    def fails_by(self, s: float) -> float:
        """Probability that the asset has failed by then."""
        return 0.0 if self.scale_s is None else 1.0 - exp(-((s / self.scale_s) ** self.shape))


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed, beside the best that could be.

    Attributes:
        start_s: from now; None where nothing was agreed.
        cost, best: of that window, and the least of all that are allowed; best_s where it is.
        minute: what the line makes in a minute: below it no difference counts.
        forbidden: crew or planner cannot have agreed to it.
        ended: whether the turns end in an agreement to that window, each with a reason.
        first, planned: cost of the first window that the crew is free in, and of that in the next
            planned stop; None where it is forbidden or there is none.
        off: median difference of a stop's loss by `compare` from that by `Stopping`, as a share.
        told, lost: what the stop that is agreed loses, as told, and on the stand-in.
    """

    seed: int
    drawn: Drawn
    start_s: float | None
    cost: float
    best_s: float
    best: float
    minute: float
    forbidden: bool
    ended: bool
    first: float | None
    planned: float | None
    off: float
    told: Estimate
    lost: float

    @property
    def inside(self) -> bool:
        """Whether what the agreed stop loses on the stand-in lies in the interval told."""
        return self.told.low <= self.lost <= self.told.high

    def excess(self, cost: float | None) -> float:
        """By how much a window costs more than the best, as a share of that; inf if it is none."""
        if cost is None:
            return float("inf")
        return (cost - self.best) / max(self.best, self.minute)

    @property
    def near(self) -> bool:
        """Whether the agreed one may be agreed and costs hardly more than the best."""
        return self.start_s is not None and not self.forbidden and self.excess(self.cost) <= NEAR

    @property
    def faultless(self) -> bool:
        """Whether it is near, and the turns end in it."""
        return self.near and self.ended

    def line(self) -> str:
        """In one line, for a person."""
        d, job = self.drawn, self.drawn.job
        life = "" if d.scale_s is None else f", life {d.scale_s / 3600.0:.1f} h ({d.shape:.1f})"
        due = (
            ""
            if d.due_s is None
            else f", order done {d.due_s / 60.0:.0f} min + {d.slack_s / 60:.0f}"
        )
        busy = ", ".join(f"{b.people} busy" for b in job.busy)
        at = "none" if self.start_s is None else f"{self.start_s / 60.0:.0f} min"
        return (
            f"seed {self.seed}: {job.asset.split('/', 1)[1]} {job.duration_s / 60.0:.0f} min,"
            f" {job.people} people {job.skill or 'any'}, within {job.earliest_s / 60:.0f} to"
            f" {job.horizon_s / 60.0:.0f} min{life}{due}{', ' + busy if busy else ''}: agreed {at}"
            f" at {self.cost:.0f}{' FORBIDDEN' if self.forbidden else ''}, best"
            f" {self.best_s / 60.0:.0f} min at {self.best:.0f},"
            f" excess {self.excess(self.cost if self.start_s is not None else None):.1%}, turns"
            f" {'end' if self.ended else 'DO NOT END'} in it, loss off by {self.off:.1%};"
            f" stop loses {self.told.mean:.0f} ({self.told.low:.0f} to {self.told.high:.0f}),"
            f" in truth {self.lost:.0f}"
        )


def seeds(*, quick: bool) -> range:
    """Sealed seeds; for practice, others and fewer."""
    first, n = (_PRACTICE, QUICK_JOBS) if quick else (_SEALED, JOBS)
    return range(first, first + n)


def agreed(plant_file: Path, seed: int) -> Agreed:
    """Draw a job, have it agreed, and look at every minute."""
    stream = random.Random(f"{seed}/windows")  # noqa: S311 (not for secrets)
    plant = _manned(read_plant(plant_file), stream)
    line = stream.choice(production(plant))
    sitting = Sitting(plant, seed, moment(seed), [Telling("as it is", plant)])
    sitting.turn(_LIVED_S)
    sitting.wait(line.id, 300.0)
    now, begun = sitting.now, sitting.now - _LIVED_S * SECOND
    rate = sitting.world.standin.produced(line.id, begun, now) / running_s(
        plant, line.id, begun // SECOND, now // SECOND
    )
    due = stream.random() < _DUE
    while True:
        drawn = _drawn(plant, line.id, stream, now, rate, due=due)
        starts = _starts(drawn.job)
        if (_manning(drawn, now, starts) & (starts >= _done_s(drawn))).sum() >= _LEAST:
            break
    snapshot = replace(sitting.snapshot(), plant=drawn.plant)
    return _judged(seed, drawn, snapshot, rate, sitting.world.standin)


def _manned(plant: Plant, stream: random.Random) -> Plant:
    """The plant with crews in its shifts, one product a line, and no change-overs."""
    crews = stream.sample(_CREWS, len(plant.shifts))
    shifts = tuple(
        shift.model_copy(
            update={
                "people": people, "skills": skills,
                "stops": tuple(x for x in shift.stops if x.reason != "changeover"),
            }
        )
        for shift, (people, skills) in zip(plant.shifts, crews, strict=True)
    )  # fmt: skip
    return plant.model_copy(update={"orders": (), "shifts": shifts})


def _drawn(
    plant: Plant, line: str, stream: random.Random, now: Instant, rate: float, *, due: bool
) -> Drawn:
    """A job at a machine or conveyor of the line; `rate` is that at which it runs, per second."""
    units = [u for u in plant.units.values() if plant.line(u.id).id == line]
    horizon_s = 60.0 * stream.randint(180, 360)
    at = now + int(stream.uniform(0.0, 0.7) * horizon_s) * SECOND
    taken = Busy(
        start=at, end=at + 60 * stream.randint(30, 90) * SECOND, people=stream.randint(1, 2)
    )
    asset, duration_s = stream.choice(units).id, 60.0 * stream.randint(10, 75)
    due_s = stream.uniform(0.3, 0.6) * horizon_s if due else None
    job = Job(
        asset=asset, task="a job", duration_s=duration_s, people=stream.randint(1, 2),
        skill=stream.choice(("", "mechanic", "electrician")), horizon_s=horizon_s,
        earliest_s=60.0 * stream.choice((0, 0, 30)),
        busy=(taken,) if stream.random() < 0.5 else (),
        made={} if due else None,
    )  # fmt: skip
    scale_s = horizon_s * stream.uniform(0.6, 4.0) if stream.random() < _WEARS else None
    drawn = Drawn(plant, job, line, stream.uniform(1.0, 3.0), scale_s, due_s, 300.0)
    if scale_s is not None:
        steps = np.arange(_STEP_S, horizon_s + 2 * _STEP_S, _STEP_S).tolist()
        life = Life(points=tuple((s, drawn.fails_by(s)) for s in steps), why="by its wear")
        drawn = replace(drawn, job=job.model_copy(update={"life": life}))
    if due_s is None:
        return drawn
    product = next(p.id for p in plant.products if line in p.rates)
    unit = plant.line(line).unit_of_flow or "1"
    first = rate * running_s(plant, line, now // SECOND, now // SECOND + int(due_s))
    orders = tuple(
        Order(
            id=name, product=product, line=line, quantity=quantity, unit=unit,
            due=now + int(due_s + drawn.slack_s) * SECOND if name == "first" else None,
        )
        for name, quantity in (("first", first), ("next", 500_000.0))
    )  # fmt: skip
    return replace(drawn, plant=plant.model_copy(update={"orders": orders}))


def _judged(seed: int, drawn: Drawn, snapshot: Snapshot, rate: float, standin: StandIn) -> Agreed:
    job = drawn.job
    found = agree(snapshot, job, seed)
    starts = _starts(job)
    stopping = Stopping(snapshot, job, seed)
    begin = int(stopping.at)
    lost = np.array([stopping.cost(s).lost.mean for s in starts.tolist()])
    grid, unplanned = _compared(drawn, snapshot, starts[:: max(1, len(starts) // _GRID)], seed)
    fails = np.array([drawn.fails_by(s) for s in starts.tolist()])
    cost = (1.0 - fails) * lost + fails * unplanned
    manned = _manning(drawn, begin, starts)
    late = _late(drawn, starts, lost / rate)
    allowed = manned & ~late & ((starts >= _done_s(drawn)) | (drawn.due_s is None))
    best = int(np.argmin(np.where(allowed, cost, np.inf)))
    at = None if found.window is None else (found.window.start - begin) / SECOND
    here = None if at is None else int(np.argmin(np.abs(starts - at)))
    stops = [w.start - begin // SECOND for w in windows(drawn.plant, drawn.line, begin // SECOND,
             begin // SECOND + int(job.horizon_s))]  # fmt: skip
    ahead = [s for s in stops if s >= job.earliest_s]
    plain = [int(np.argmax(manned)) if manned.any() else None]
    plain.append(int(np.argmin(np.abs(starts - ahead[0]))) if ahead else None)
    first, planned = (
        None if i is None or not manned[i] or late[i] else float(cost[i]) for i in plain
    )
    by = {s: lost[np.argmin(np.abs(starts - s))] for s in grid}
    minute, stopped = 60.0 * rate, float(starts[best]) if at is None else at
    off = [abs(grid[s] - by[s]) / max(by[s], minute) for s in grid]
    return Agreed(
        seed=seed, drawn=drawn, start_s=at,
        cost=float("inf") if here is None else float(cost[here]),
        best_s=float(starts[best]), best=float(cost[best]), minute=minute,
        forbidden=here is not None and bool(late[here] or not manned[here]),
        ended=_ends(found), first=first, planned=planned, off=float(np.median(off)),
        told=stopping.cost(stopped).lost, lost=_lost(standin, drawn, stopped),
    )  # fmt: skip


def _compared(
    drawn: Drawn, snapshot: Snapshot, starts: NDArray[np.float64], seed: int
) -> tuple[dict[float, float], float]:
    """What a stop loses by the general forecast: at some starts, and unplanned on average."""
    job = drawn.job
    reach = job.horizon_s + max(job.duration_s, job.failed_s) + _RECOVERS_S
    at = [((i + 0.5) / _MOMENTS * job.horizon_s, job.failed_s) for i in range(_MOMENTS)]
    asked = [*((s, job.duration_s) for s in starts.tolist()), *(at if drawn.scale_s else ())]
    base = Scenario(name="as it is", line=drawn.line, horizon_s=reach)
    tried = [
        Scenario(
            name=f"{n}", line=drawn.line, horizon_s=reach,
            changes=(Outage(asset=job.asset, after_s=s, duration_s=length),),
        )
        for n, (s, length) in enumerate(asked)
    ]  # fmt: skip
    lost = [-c.gain.mean * reach / 60.0 for c in compare(snapshot, base, tried, seed, _RUNS)]
    n = len(starts)
    return dict(zip(starts.tolist(), lost, strict=False)), float(np.mean(lost[n:] or [0.0]))


def _lost(standin: StandIn, drawn: Drawn, start_s: float) -> float:
    """What the line makes less by the stop, on the stand-in."""
    job, made = drawn.job, []
    until = standin.now + int(start_s + job.duration_s + _RECOVERS_S) * SECOND
    stands = isinstance(standin.assembly.components[job.asset], Machine)
    stop = Fault(
        id="job", component=job.asset, parameter="planned" if stands else "powered", shape="step",
        size=Size(value=float(BREAK) if stands else 0.0), onset=start_s,
        end=start_s + job.duration_s,
    )  # fmt: skip
    for stopped in (False, True):
        other = copied(standin)
        if stopped:
            other.inject(stop)
        run(other, until)
        made.append(other.produced(drawn.line, standin.now, until))
    return made[0] - made[1]


def _starts(job: Job) -> NDArray[np.float64]:
    """Every minute at which it may begin, seconds from now."""
    return np.arange(job.earliest_s, job.horizon_s + 1.0, 60.0)


def _done_s(drawn: Drawn) -> float:
    """From when on no order that is due is in the making, for sure."""
    return 0.0 if drawn.due_s is None else drawn.due_s + _DOUBT_S


def _manning(drawn: Drawn, now: Instant, starts: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the crew is there and free for the whole job, minute by minute."""
    job, length = drawn.job, int(drawn.job.duration_s)
    able = np.array([_able(drawn, now + int(s) * SECOND) for s in np.arange(
        0.0, job.horizon_s + length + 60.0, 60.0)])  # fmt: skip
    minutes = -(-length // 60)
    first = (starts // 60).astype(int)
    return np.array([bool(able[i : i + minutes + 1].all()) for i in first])


def _able(drawn: Drawn, at: Instant) -> bool:
    """Whether at that moment so many people are there, with the skill, who are not taken."""
    zone = ZoneInfo(drawn.plant.timezone)
    local = dt.datetime.fromtimestamp(at / SECOND, zone)
    minute = 60 * local.hour + local.minute
    taken = sum(b.people for b in drawn.job.busy if b.start <= at < b.end)
    for shift in drawn.plant.shifts:
        hour, past = (int(part) for part in shift.start.split(":"))
        if (minute - 60 * hour - past) % 1440 < shift.duration_min:
            skilled = not drawn.job.skill or drawn.job.skill in (shift.skills or ())
            return skilled and (shift.people or 0) - taken >= drawn.job.people
    return False


def _late(
    drawn: Drawn, starts: NDArray[np.float64], delay_s: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether the order that is due misses its date by it, for sure."""
    if drawn.due_s is None:
        return np.zeros(len(starts), bool)
    over = starts + drawn.job.duration_s <= drawn.due_s - _DOUBT_S
    return over & (delay_s >= drawn.slack_s + _DOUBT_S)


def _ends(found: Agreement) -> bool:
    """Whether the turns end in an agreement to the window, each with a reason."""
    if found.window is None or not found.turns or any(not t.reason.strip() for t in found.turns):
        return False
    last = {t.by: t for t in found.turns}
    return all(
        by in last
        and last[by].says in {"agrees", "concedes", "proposes"}
        and last[by].start == found.window.start
        for by in ("line", "crew", "planner")
    )
