"""How fast a line is simulated part by part, that it is exact, and what the textbooks say of it.

Speed is CPU seconds, beside lean SimPy models of the same lines as SimPy's documentation would
write them; of those a twentieth is run. Exactness is held against `flow.py`, SimPy too.
"""

import itertools
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial

import numpy as np

from evals.bench.lean_lines import lots, serial
from evals.bench.row import Bar, Row
from evals.bench.stations import Stations
from twin_core.simulation.lines import flow, recursion
from twin_core.simulation.lines.line import (
    ENDLESS,
    SHAPES,
    Buffer,
    Crew,
    Duration,
    Failure,
    Line,
    Machine,
    Outcomes,
    Rework,
    Setting,
    one_by_one,
)

SHIFT_S = 8 * 3600.0
PLAIN, MIXED, SHARED = Bar(low=800), Bar(low=300), Bar(low=200)
AGAIN, EXACT = Bar(low=50), Bar(high=0)
_STEPS = 7
"""Of the courses that are compared."""
_SURE = 2.576
"""Standard errors to each side that hold 99 of 100 estimates."""


@dataclass(frozen=True, slots=True)
class Load:
    """Replications of ours, of the peers, lines compared, and how long the textbooks' lines run."""

    replications: int
    peers: int
    lines: int
    textbook: int


FULL = Load(replications=1000, peers=50, lines=1000, textbook=50)
QUICK = Load(replications=1000, peers=2, lines=60, textbook=30)


def rows(*, quick: bool) -> Iterator[Row]:
    """Speed, exactness, textbooks."""
    load = QUICK if quick else FULL
    yield _speed("simulation.line", "7 machines at 1 part/s, failures by work, buffers of 20",
                 plain_line(), serial, PLAIN, load)  # fmt: skip
    yield _speed("simulation.line.mixed", "7 machines, failures by work and by the calendar, a "
                 "join, twelve bottles a case, forty cases a pallet, 10 % slower from half time on",
                 mixed_line(), lots, MIXED, load)  # fmt: skip
    yield _speed("simulation.line.shared", "7 machines at 1 part/s, failures by work, buffers of "
                 "20, one mechanic for all", plain_line(), partial(serial, people=1), SHARED, load,
                 [Crew(tuple(range(7)))])  # fmt: skip
    yield _speed("simulation.line.again", "7 machines at 1 part/s, failures by work, buffers of "
                 "20, a twentieth rejected at the last but one and fed again at the second",
                 rejecting_line(), partial(serial, rejects=0.05), AGAIN, load,
                 rework=[Rework(5, 1, 1.0)])  # fmt: skip
    yield _exact(load)
    yield from _textbook(load)


def plain_line() -> Line:
    """Seven alike."""
    law = Failure(Duration(600, "exponential"), Duration(60, "exponential"))
    return Line.serial([Machine(Duration(1.0), failures=(law,))] * 7, [20] * 6, SHIFT_S)


def rejecting_line() -> Line:
    """The same, of which the last but one throws out a twentieth."""
    plain = plain_line()
    rejects = replace(plain.machines[5], settings=(Setting(0.0, rejects=0.05),))
    return replace(plain, machines=(*plain.machines[:5], rejects, plain.machines[6]))


def mixed_line() -> Line:
    """Bottles and caps, filler, labeller, packer, palletizer, wrapper."""
    work = Failure(Duration(600, "exponential"), Duration(60, "exponential"))
    calendar = Failure(Duration(1200, "exponential"), Duration(60, "exponential"), calendar=True)
    return Line(
        (
            Machine(Duration(1.0), failures=(work,)),
            Machine(Duration(0.9), failures=(work,)),
            Machine(Duration(1.0), settings=(Setting(SHIFT_S / 2, 0.9),), failures=(work,)),
            Machine(Duration(1.0), failures=(calendar,)),
            Machine(Duration(11.0), failures=(calendar,)),
            Machine(Duration(400.0), failures=(work,)),
            Machine(Duration(300.0)),
        ),
        (
            Buffer(0, 2, 20), Buffer(1, 2, 20), Buffer(2, 3, 20), Buffer(3, 4, 60, takes=(12,)),
            Buffer(4, 5, 80, takes=(40,)), Buffer(5, 6, 5),
        ),
        SHIFT_S,
    )  # fmt: skip


def _speed(
    name: str,
    what: str,
    asked: Line,
    peer: Callable[[float, int], int],
    bar: Bar,
    load: Load,
    crews: Sequence[Crew] = (),
    rework: Sequence[Rework] = (),
) -> Row:
    recursion.run(
        asked, seed=1, replications=1, crews=crews, rework=rework
    )  # compiled, or read from the cache
    took = []
    for seed in range(3):
        began = time.process_time()
        found = recursion.run(asked, seed, load.replications, crews=crews, rework=rework)
        made = found.cycles
        took.append(time.process_time() - began)
    began = time.process_time()
    theirs = [peer(asked.horizon_s, seed) for seed in range(load.peers)]
    each = (time.process_time() - began) / load.peers
    ours = float(np.median(took))
    return Row(
        name=name, value=each * load.replications / ours, unit="x SimPy",
        spread=1.645 * float(np.std(took, ddof=1)) / math.sqrt(3) / ours * each
        * load.replications / ours,
        load=f"{load.replications:,} replications of 8 h of {what}; {ours:.3g} CPU s, "
        f"{made.sum() / ours / 1e6:.0f} M cycles/CPU s; {made[:, -1].mean():.0f} made, SimPy "
        f"{np.mean(theirs):.0f}",
        n=load.replications, bar=bar,
        peer=f"a lean SimPy model, CPU s for as many; {load.peers} run, scaled",
        peer_value=each * load.replications,
    )  # fmt: skip


def _exact(load: Load) -> Row:
    wrong, parts, waited, again = 0, 0, 0, 0
    for number in range(load.lines):
        draw = random.Random(number)  # noqa: S311 (not for secrets)
        drawn, crews, rework = any_line(draw), list[Crew](), list[Rework]()
        if number % 2:
            drawn, crews = any_crews(draw, drawn)
        if number % 3:
            drawn, rework = any_rework(draw, drawn)
        fast = recursion.run(drawn, number, 2, crews=crews, rework=rework, steps=_STEPS)
        slow = flow.run(drawn, number, 2, crews=crews, rework=rework, steps=_STEPS)
        wrong += not _same(fast, slow)
        parts += int(fast.cycles.sum())
        if crews:
            alone = recursion.run(drawn, number, 2, rework=rework)
            waited += not np.array_equal(alone.down, fast.down)
        again += bool(fast.again.any())
    return Row(
        name="simulation.exact", value=wrong, unit="lines that differ", n=load.lines, bar=EXACT,
        load="random lines of 1 to 6 machines, twice each: every figure of every machine and "
        f"buffer to the microsecond, and over time, against SimPy; {parts:,} cycles; machines "
        f"had to wait for people who mend in {waited}, parts came back in {again}",
    )  # fmt: skip


def _same(a: Outcomes, b: Outcomes) -> bool:
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))


def any_line(draw: random.Random) -> Line:
    """A line of any kind: laws, speeds, outages, rejects, lots, branches that meet again, joins."""
    n, horizon_s = draw.randint(1, 6), draw.choice([30.0, 100.0, 300.0])
    machines = tuple(_any_machine(draw, horizon_s) for _ in range(n))
    ends = list(itertools.pairwise(range(n)))
    ends += [(j, j + 2) for j in range(n - 2) if draw.random() < 0.3]
    lots_too = draw.random() < 0.5
    buffers = []
    for source, target in ends:
        puts = draw.choice([(1,), (1,), (2,), (1, 0), (3, 1)]) if lots_too else (1,)
        takes = draw.choice([(1,), (1,), (2,), (12,), (0, 1), (1, 2)]) if lots_too else (1,)
        travel_s, contents = draw.choice([0.0, draw.uniform(0, 5)]), draw.randint(0, max(puts))
        underway = draw.choice([0, 2])
        least = max(*puts, *takes, contents + underway)
        capacity = draw.choice([least, least + draw.randint(0, 10), ENDLESS])
        later = (draw.uniform(0, horizon_s), draw.randint(max(*puts, *takes), least + 8))
        buffers.append(
            Buffer(
                source, target, capacity, travel_s, puts, takes, contents, underway,
                _any_spans(draw, horizon_s), later if draw.random() < 0.3 else None,
            )
        )  # fmt: skip
    line = Line(machines, tuple(buffers), horizon_s)
    if not one_by_one(line):
        line = replace(line, buffers=tuple(replace(one, resized=None) for one in buffers))
    return replace(line, buffers=tuple(_conveyors(draw, line)))


def any_crews(draw: random.Random, line: Line) -> tuple[Line, list[Crew]]:
    """It with an end to every buffer, failures by work, and one or two crews who mend all."""

    def law(low: float, high: float) -> Duration:
        return Duration(draw.uniform(low, high), draw.choice(SHAPES[1:]), draw.choice([0.5, 1.5]))

    machines = tuple(
        replace(one, failures=tuple(Failure(law(2, 15), law(3, 20)) for _ in one.failures)
                or (Failure(law(2, 15), law(3, 20)),))
        for one in line.machines
    )  # fmt: skip
    buffers = tuple(replace(b, capacity=50) if b.capacity == ENDLESS else b for b in line.buffers)
    order = draw.sample(range(len(machines)), len(machines))
    cut = draw.randint(1, len(order))
    parts = [tuple(part) for part in (order[:cut], order[cut:]) if part]
    crews = [Crew(part, draw.randint(1, 2), part[: draw.randint(0, 2)]) for part in parts]
    return replace(line, machines=machines, buffers=buffers), crews


def any_rework(draw: random.Random, line: Line) -> tuple[Line, list[Rework]]:
    """A row of its machines, part by part, of which some send back what they throw out."""
    n = len(line.machines)
    machines = tuple(
        one if one.settings
        else replace(one, settings=(Setting(0.0, rejects=draw.choice([0.0, 0.2, 0.6])),))
        for one in line.machines
    )  # fmt: skip
    buffers = tuple(
        Buffer(
            j, j + 1, draw.randint(2, 12), draw.choice([0.0, draw.uniform(0, 5)]),
            contents=draw.randint(0, 1), closed=line.buffers[j].closed,
        )
        for j in range(n - 1)
    )  # fmt: skip
    row = Line(machines, buffers, line.horizon_s)
    row = replace(row, buffers=tuple(_conveyors(draw, row)))
    carriers = {one.target for one in row.buffers if one.until is not None}
    able = [m for m in range(n) if m not in carriers]
    return row, [
        Rework(m, draw.choice([t for t in able if t <= m]), draw.choice([0.5, 1.0]))
        for m in able
        if draw.random() < 0.6
    ]


def _conveyors(draw: random.Random, line: Line) -> Iterator[Buffer]:
    """Here and there a machine only passes on, and what is before it fills the room of both."""
    lasts: set[int] = set()
    for b, one in enumerate(line.buffers):
        m = one.target
        into = sum(other.target == m for other in line.buffers)
        after = [k for k, other in enumerate(line.buffers) if other.source == m]
        until = None
        passes = b not in lasts and not any(s.rejects for s in line.machines[m].settings)
        if into == len(after) == 1 and passes:
            last = line.buffers[after[0]]
            lies = one.contents + one.underway + last.contents + last.underway
            ones = {one.puts, one.takes, last.puts, last.takes} == {(1,)}
            if ones and lies <= one.capacity and draw.random() < 0.7:
                until = after[0]
                lasts.add(until)
        yield replace(one, until=until)


def _any_machine(draw: random.Random, horizon_s: float) -> Machine:
    def law(low: float, high: float) -> Duration:
        return Duration(draw.uniform(low, high), draw.choice(SHAPES), draw.choice([0.5, 1.5, 3.0]))

    times = sorted(draw.sample(range(int(horizon_s)), draw.choice([0, 0, 1, 3])))
    laws = draw.choice([0, 0, 1, 2])
    return Machine(
        cycle=draw.choice([Duration(1.0), law(0.3, 3)]),
        failures=tuple(Failure(law(5, 60), law(1, 10), draw.random() < 0.4) for _ in range(laws)),
        outages=_any_spans(draw, horizon_s),
        settings=tuple(
            Setting(
                t, draw.choice([0.0, 0.5, 0.9, 1.0, 1.3, 2.0]), draw.choice([0.0, 0.0, 0.1, 1.0]),
                tuple(draw.choice([0.0, 0.3, 1.0, 4.0]) for _ in range(laws)),
            )
            for t in times
        ),
    )  # fmt: skip


def _any_spans(draw: random.Random, horizon_s: float) -> tuple[tuple[float, float], ...]:
    many = draw.choice([0, 0, 1, 2])
    return tuple((draw.uniform(0, horizon_s), draw.uniform(0, 20)) for _ in range(many))


def _textbook(load: Load) -> Iterator[Row]:
    """Each inside the interval that holds 99 of 100 estimates."""
    arrival, busy = Duration(1.25, "exponential"), Duration(1.0, "exponential")
    queue = Line((Machine(arrival), Machine(busy)), (Buffer(0, 1, ENDLESS),), horizon_s=4000.0)
    waiting = recursion.run(queue, 1, 40 * load.textbook).contents[:, 0]
    yield _checked("mm1", "M/M/1 at 80 %: parts that wait", waiting, 0.8**2 / 0.2, "rho²/(1 - rho)")
    three = Line(
        (Machine(Duration(1.25 / 3, "exponential")), Machine(busy)),
        (Buffer(0, 1, ENDLESS),), horizon_s=400.0,
    )  # fmt: skip
    waiting = flow.run(three, 1, 6 * load.textbook, beside=[1, 3]).contents[:, 0]
    yield _checked("mmc", "M/M/3 at 80 %: parts that wait", waiting, _erlang(3, 2.4), "Erlang C")
    tandem = Line.serial([Machine(busy)] * 3, [1, 1], 100_000.0)
    rate = recursion.run(tandem, 1, load.textbook).cycles[:, -1] / 100_000.0
    exact = Stations((1.0,) * 3, (0.0,) * 3, (1.0,) * 3, (1, 1)).rate
    yield _checked("tandem", "three exponential stations, a place between each two: parts/s", rate,
                   exact, "its Markov chain (Hunt 1956: 0.6705)")  # fmt: skip
    law = Failure(Duration(50, "exponential"), Duration(10, "exponential"))
    quick = Machine(Duration(0.8, "exponential"), failures=(law,))
    two = Line.serial([Machine(busy, failures=(law,)), quick], [4], 100_000.0)
    rate = recursion.run(two, 1, load.textbook).cycles[:, -1] / 100_000.0
    exact = Stations((1.0, 1.25), (0.02, 0.02), (0.1, 0.1), (4,)).rate
    yield _checked("two", "two unreliable exponential machines, four places: parts/s", rate, exact,
                   "its Markov chain (Gershwin and Berman 1981)")  # fmt: skip


def _checked(name: str, what: str, sample: np.ndarray, exact: float, source: str) -> Row:
    error = float(np.std(sample, ddof=1)) / math.sqrt(len(sample))
    system, figure = what.split(": ")
    return Row(
        name=f"simulation.textbook.{name}", value=float(np.mean(sample)), unit=figure,
        spread=1.645 * error, load=f"{system}; inside what holds 99 of 100 estimates",
        n=len(sample), peer=source, peer_value=exact,
        bar=Bar(low=exact - _SURE * error, high=exact + _SURE * error),
    )  # fmt: skip


def _erlang(servers: int, offered: float) -> float:
    """Mean number waiting in M/M/c, Erlang C (Gross et al., *Queueing Theory*, 4th ed., 2.3)."""
    terms = [offered**k / math.factorial(k) for k in range(servers)]
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    wait = last / (sum(terms) + last)
    return wait * offered / (servers - offered)
