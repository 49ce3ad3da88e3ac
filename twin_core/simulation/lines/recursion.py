"""The fast engine: the exact recursion over every part's way through a line, once a replication.

What it takes is said in `line.py`; the recursion, compiled when it is first used and kept, in
`kernel.py`. It must never answer otherwise than `flow.py`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.lines.allowed import check, check_crews, check_rework
from twin_core.simulation.lines.columns import Row
from twin_core.simulation.lines.line import (
    ENDLESS,
    NEVER,
    Crew,
    Line,
    Outcomes,
    Rework,
    moments,
    one_by_one,
)


def run(
    line: Line | Sequence[Line] | Row,
    seed: int,
    replications: int,
    first: int = 0,
    *,
    crews: Sequence[Crew] = (),
    rework: Sequence[Rework] = (),
    steps: int = 0,
) -> Outcomes:
    """Every part's way through the line, once a replication.

    Args:
        line: the same for all replications, or one for each, of the same structure or in columns.
        seed: of every random number.
        replications: how many.
        first: number of the first; replication `r` is the same in whatever share it is run.
        crews: who mends which machines; one without is mended at once. What they mend fails by
            laws of work, and there is an end to every buffer.
        rework: what is sent back, in a row of machines, part by part, where every buffer has an
            end.
        steps: of the courses over the horizon that are told; 0 = none, which costs nothing.

    Raises:
        ImpossibleScenario: a line that cannot be, with what is allowed.
    """
    from twin_core.simulation.lines.coded import Coded
    from twin_core.simulation.lines.kernel import simulate
    from twin_core.simulation.lines.work import LIFE

    lines = [line] if isinstance(line, Line) else line
    n = lines.replications if isinstance(lines, Row) else len(lines)
    if replications < 1 or n not in {1, replications}:
        raise ImpossibleScenario(
            f"{n} lines for {replications} replications", "one, or one for each"
        )
    if isinstance(lines, Row):
        c = Coded.of_row(lines)
    else:
        for one in lines:
            check(one)
        c = Coded.of(lines)
    check_crews(crews, c.machines.shape[1] - 1)
    called = [m for crew in crews for m in crew.machines]
    if c.laws[-1][:, called].any():
        raise ImpossibleScenario(f"{tuple(crews)}", "laws of work, where people are shared")
    if rework and not (isinstance(lines, Row) or one_by_one(lines[0])):
        raise ImpossibleScenario(f"{tuple(rework)}", "in a row of machines, part by part")
    between = c.buffers[0]
    ends = list(zip(between["source"].tolist(), between["target"].tolist(), strict=True))
    carriers = between["target"][between["last"] != np.arange(len(between))]
    check_rework(rework, c.machines.shape[1] - 1, ends, carriers.tolist())
    if (crews or rework) and (c.buffers["capacity"] >= ENDLESS).any():
        raise ImpossibleScenario(
            "a buffer without end", "some end, where people are shared or parts come back"
        )
    told = np.zeros((7, replications, c.machines.shape[1] - 1), np.int64)
    shape = (replications, c.buffers.shape[1])
    contents = np.zeros(shape, np.int64)
    count = c.laws[-1].shape[1:]
    put_at, took_at = np.full(c.parts, -NEVER), np.zeros(c.parts, np.int64)
    keys = np.zeros((count[0], LIFE + 2 * count[1]), np.uint64)
    fates = (
        keys,
        *(np.zeros(count, np.int64) for _ in range(4)),
        *_people(crews, count[0]),
        *_backs(rework, count[0], c.parts),
    )
    horizons, which = np.unique(c.horizon, return_inverse=True)
    at = np.array([moments(int(h), steps) for h in horizons], np.int64)[which]
    good = np.zeros((*told.shape[1:], at.shape[1]), np.int64)
    levels = np.zeros((*shape, at.shape[1]), np.int64)
    extremes = np.zeros((*shape, 2 if steps else 0), np.int64)
    simulate(
        c.horizon, c.machines, c.laws, c.closed, c.buffers, c.puts, c.takes, c.into, c.out, put_at,
        took_at, fates, seed, first, told, contents, at, good, levels, extremes,
    )  # fmt: skip
    return Outcomes.of(told, contents, good, levels, extremes)


def _people(crews: Sequence[Crew], machines: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Who mends which machine, and how many they are, as the kernel has them."""
    from twin_core.simulation.lines.work import CALL

    calls = np.zeros(machines, CALL)
    calls["crew"] = -1
    people = np.zeros((len(crews), 2 + max((crew.size for crew in crews), default=0)), np.int64)
    for number, crew in enumerate(crews):
        people[number, 0] = crew.size
        for m in crew.machines:
            rank = crew.first.index(m) if m in crew.first else len(crew.first)
            calls["crew"][m], calls["rank"][m] = number, rank
    return calls, people


def _backs(
    rework: Sequence[Rework], machines: int, parts: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """What is sent back where, and a ring for each machine that sends.

    A fresh part is taken only when none waits that came back, so no more do than there are places.
    """
    from twin_core.simulation.lines.work import BACK

    backs = np.zeros(machines, BACK)
    backs["target"] = -1
    places = 1 << (parts + machines).bit_length()
    for number, one in enumerate(rework):
        backs["target"][one.machine], backs["share"][one.machine] = one.target, one.share
        backs["base"][one.machine], backs["mask"][one.machine] = number * places, places - 1
        backs["fed"][one.target] = 1
    return backs, np.zeros(max(1, len(rework) * places), np.int64)
