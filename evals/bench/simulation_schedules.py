"""`bench simulation`, schedules: published shops to their proven optimum, and shops of our own run.

The text of the ten by ten is Fisher and Thompson's ("Probabilistic learning combinations of local
job-shop scheduling rules", in Muth and Thompson, *Industrial Scheduling*, 1963); that its optimum
is 930 was first proven by Carlier and Pinson (*Management Science* 35, 1989). Machines and vehicles
together: job set 1 of Bilge and Ulusoy (*Operations Research* 43, 1995) in their four layouts. It
must never take a schedule's own word: every one is judged by the law and run.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np

from evals.bench.row import Bar, Row
from evals.datasets import jsplib
from twin_core.simulation.scheduling.dispatch import RULES, dispatch
from twin_core.simulation.scheduling.offer import faults
from twin_core.simulation.scheduling.run import run, timed
from twin_core.simulation.scheduling.schedule import broken
from twin_core.simulation.scheduling.search import Found, search
from twin_core.simulation.scheduling.shop import Fleet, Job, Machine, Operation, Shop, Way, Window
from twin_core.simulation.scheduling.solve import Limits

WITHIN_S = Bar(high=60.0)
NONE_WRONG = Bar(high=0.0)
PUBLISHED = ("ft06", *(f"la{i:02d}" for i in range(1, 11)))
FT10 = """
10 10
0 29 1 78 2  9 3 36 4 49 5 11 6 62 7 56 8 44 9 21
0 43 2 90 4 75 9 11 3 69 1 28 6 46 5 46 7 72 8 30
1 91 0 85 3 39 2 74 8 90 5 10 7 12 6 89 9 45 4 33
1 81 2 95 0 71 4 99 6  9 8 52 7 85 3 98 9 22 5 43
2 14 0  6 1 22 5 61 3 26 4 69 8 21 7 49 9 72 6 53
2 84 1  2 5 52 3 95 8 48 9 72 0 47 6 65 4  6 7 25
1 46 0 37 3 61 2 13 6 32 5 21 9 32 8 89 7 30 4 55
2 31 0 86 1 46 5 74 4 32 6 88 8 19 9 48 7 36 3 79
0 76 1 69 3 76 5 51 2 85 9 11 6 40 7 89 4 26 8 74
1 85 0 13 2 61 6  7 8 64 9 76 5 47 3 52 4 90 7 45
"""
FT10_OPTIMUM = 930
JOB_SET = "1-8 2-16 4-12 / 1-20 3-10 2-18 / 3-12 4-8 1-15 / 4-14 2-18 / 3-10 1-15"
LAYOUTS = (
    (96, "0 6 8 10 12 / 12 0 6 8 10 / 10 6 0 6 8 / 8 8 6 0 6 / 6 10 8 6 0"),
    (82, "0 4 6 8 6 / 6 0 2 4 2 / 8 12 0 2 4 / 6 10 12 0 2 / 4 8 10 12 0"),
    (84, "0 2 4 10 12 / 12 0 2 8 10 / 10 12 0 6 8 / 4 6 8 0 2 / 2 4 6 12 0"),
    (103, "0 4 8 10 14 / 18 0 4 6 10 / 20 14 0 8 6 / 12 8 6 0 6 / 14 14 12 6 0"),
)
_LIMITS = Limits(effort=600.0, seconds=60.0)
_OWN = 24
_QUICK_OWN = 6
_OWN_LIMITS = Limits(effort=1.0, seconds=60.0)


def rows(datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    """Every row; `datasets` is where published instances lie, None = nowhere."""
    known = {one.name: one for one in jsplib.instances(datasets)} if datasets is not None else {}
    for name in PUBLISHED:
        if name in known:
            instance = known[name]
            yield _proven(name, job_shop(instance.jobs), instance.optimum)
        else:
            yield Row(
                name=f"simulation.schedule_{name}", value=None, unit="s", n=0,
                load="a published job shop to its proven optimum", bar=WITHIN_S,
                why="the data set jsplib is not present",
            )  # fmt: skip
    yield _proven("ft10", job_shop(jsplib.table(FT10)), FT10_OPTIMUM)
    for i, (optimum, layout) in enumerate(LAYOUTS, 1):
        yield _proven(f"ex1{i}", with_vehicles(JOB_SET, layout), optimum)
    yield from _own(_QUICK_OWN if quick else _OWN)


def job_shop(jobs: Sequence[Sequence[tuple[int, int]]]) -> Shop:
    """A job shop of machines that neither close nor change over."""
    machines = 1 + max(machine for job in jobs for machine, _ in job)
    return Shop(
        machines=tuple(Machine(id=f"m{i}") for i in range(machines)),
        jobs=tuple(_job(i, job) for i, job in enumerate(jobs)),
    )


def with_vehicles(jobs: str, layout: str) -> Shop:
    """Machines 1 to 4 and two vehicles that begin where jobs are loaded, place 0."""
    steps = [[step.split("-") for step in job.split()] for job in jobs.split("/")]
    travel = [[int(one) for one in line.split()] for line in layout.split("/")]
    places = [f"m{i}" for i in range(len(travel))]
    table = {
        a: {b: s for b, s in zip(places, line, strict=True) if a != b}
        for a, line in zip(places, travel, strict=True)
    }
    return Shop(
        machines=tuple(Machine(id=name) for name in places[1:]),
        jobs=tuple(_job(i, [(int(m), int(s)) for m, s in job]) for i, job in enumerate(steps)),
        fleet=Fleet(vehicles=2, travel=table, dock=places[0]),
    )


def _job(i: int, steps: Sequence[tuple[int, int]]) -> Job:
    ways = (Way(machine=f"m{machine}", duration_s=duration) for machine, duration in steps)
    return Job(id=f"j{i}", operations=tuple(Operation(ways=(way,)) for way in ways))


def _proven(name: str, shop: Shop, optimum: int | None) -> Row:
    """Seconds until the published optimum is found and proven, and the schedule has been run."""
    began = perf_counter()
    found = search(shop, "makespan", _LIMITS)
    why = None
    if not isinstance(found, Found) or not found.proven:
        why = f"not proven within the limit: {found!r}"[:200]
    elif found.value != optimum:
        why = f"proven is {found.value}, published {optimum}"
    else:
        why = next(faults(shop, found.schedule, run(shop, found.schedule)), None)
    took = perf_counter() - began
    operations = sum(len(job.operations) for job in shop.jobs)
    best = min(dispatch(shop, rule).makespan for rule in RULES)
    return Row(
        name=f"simulation.schedule_{name}",
        # what is not proven, or not as published, took longer than any bar
        value=took if why is None else max(took, 1e4),
        unit="s",
        load=f"{operations} operations, {len(shop.machines)} machines"
        + (f", {shop.fleet.vehicles} vehicles" if shop.fleet is not None else "")
        + f", one worker; makespan {optimum} proven and run"
        + (f"; {why}" if why else ""),
        n=1,
        peer="makespan of the best dispatching rule over the optimum",
        peer_value=best / optimum if optimum else None,
        bar=WITHIN_S,
    )


def _own(count: int) -> Iterator[Row]:
    """Random shops with everything: what is found must keep the law and run as planned."""
    wrong: list[str] = []
    gains, proven, took = [], 0, 0.0
    for seed in range(count):
        shop = drawn(seed)
        best = min((dispatch(shop, rule) for rule in RULES), key=lambda s: s.makespan)
        began = perf_counter()
        found = search(shop, "makespan", _OWN_LIMITS, best)
        took += perf_counter() - began
        if not isinstance(found, Found):
            wrong.append(found.kind)
            continue
        ran = run(shop, found.schedule)
        wrong += [*faults(shop, found.schedule, ran)][:1]
        wrong += [*broken(shop, best)][:1]
        proven += found.proven
        gains.append(1 - timed(ran).makespan / best.makespan)
    load = (
        f"{count} drawn shops: 12 jobs, 4 machines, alternatives, changeovers, windows, 2 vehicles"
    )
    yield Row(
        name="simulation.schedule_faults", value=len(wrong), unit="1", load=load, n=count,
        peer="searches that were proven best", peer_value=proven, bar=NONE_WRONG,
    )  # fmt: skip
    half = 1.645 * float(np.std(gains, ddof=1)) / np.sqrt(len(gains))
    yield Row(
        name="simulation.schedule_gain", value=100 * float(np.mean(gains)), unit="%",
        load=f"{load}; makespan saved, as run, in {_OWN_LIMITS.effort:g} s of effort each",
        n=count, spread=100 * half,
        peer="seconds a search", peer_value=took / count,
    )  # fmt: skip


def drawn(seed: int, jobs: int = 12) -> Shop:
    """A shop with everything a shop can have; the same for a seed."""
    rng = np.random.default_rng(seed)
    names = [f"m{i}" for i in range(4)]
    families = ["red", "green", "blue"]
    places = [*names, "dock"]
    machines = []
    for i, name in enumerate(names):
        starts = np.cumsum(rng.integers(150, 400, 4))
        table = {a: {b: int(rng.integers(5, 40)) for b in families if b != a} for a in families}
        machines.append(
            Machine(
                id=name,
                closed=tuple(
                    Window(start=int(s), end=int(s + rng.integers(20, 60)), reason="maintenance")
                    for s in starts
                ),
                pauses=i % 2 == 0,
                changeovers=table if i < 3 else {},
                family=families[int(rng.integers(3))],
            )
        )
    made = []
    for j in range(jobs):
        steps = rng.permutation(4)[: rng.integers(2, 5)]
        operations = []
        for first in steps:
            others = rng.permutation([m for m in range(4) if m != first])[: rng.integers(0, 2)]
            ways = [Way(machine=names[m], duration_s=int(rng.integers(10, 80)))
                    for m in (first, *others)]  # fmt: skip
            operations.append(Operation(ways=tuple(ways)))
        made.append(
            Job(
                id=f"j{j}",
                operations=tuple(operations),
                family=families[int(rng.integers(3))],
                release=int(rng.integers(0, 100)),
                due=int(rng.integers(200, 800)),
            )
        )
    travel = {a: {b: int(rng.integers(5, 30)) for b in places if b != a} for a in places}
    fleet = Fleet(vehicles=2, travel=travel, dock="dock")
    return Shop(machines=tuple(machines), jobs=tuple(made), fleet=fleet)
