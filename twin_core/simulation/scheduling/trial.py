"""How schedules fare when durations vary and machines stop: makespan, lateness, use of machines.

Every schedule meets the same luck (common random numbers, Law, *Simulation Modeling and Analysis*,
5th ed., 2015, 11.2), so a difference between two is theirs. It must never change a sequence.
"""

from collections.abc import Sequence
from math import log1p, sqrt

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.forecaster import estimate
from twin_core.simulation.paired import paired
from twin_core.simulation.scenario import Estimate
from twin_core.simulation.scheduling.model import Aim
from twin_core.simulation.scheduling.run import Luck, Ran, run
from twin_core.simulation.scheduling.schedule import Schedule
from twin_core.simulation.scheduling.shop import Shop
from twin_core.simulation.stream import Stream
from twin_core.value import Path, Slug, Value

_AT_ONCE = 20
_TIGHT = 0.005
"""Enough runs when the mean of every makespan is known to this share of it (90 % interval)."""
_Z90 = 1.645
_SAME = 1e-9


class Stopping(Value):
    """How a machine stops: after so much work, for so long, on average, both exponential."""

    mtbf_s: float = Field(gt=0)
    mttr_s: float = Field(gt=0)


class Upsets(Value):
    """What is not as given.

    Attributes:
        spread: standard deviation over mean of a duration, lognormal, its mean as given.
        stops: machine → how it stops; one that is not in it never does.
    """

    spread: float = Field(default=0.0, ge=0, le=2)
    stops: dict[Path, Stopping] = Field(default_factory=dict)


class Outlook(Value):
    """What comes of a schedule; intervals of 90 % hold a single run.

    Attributes:
        makespan, tardiness: in s, the latter weighted.
        late: job with a due time → in what share of the runs it was late.
        use: machine → working time over the time it was open, mean over the runs.
    """

    makespan: Estimate
    tardiness: Estimate
    late: dict[Slug, float]
    use: dict[Path, float]


class Trial(Value):
    """Schedules under the same luck.

    Attributes:
        outlooks: in the order of the schedules.
        gains: of the aim, that of the first less that of each, in s: mean with its own 90 %
            interval.
        differ: whether that interval leaves out 0.
    """

    aim: Aim
    outlooks: tuple[Outlook, ...]
    gains: tuple[Estimate, ...]
    differ: tuple[bool, ...]
    runs: int
    seed: int


def trial(
    shop: Shop, schedules: Sequence[Schedule], aim: Aim, upsets: Upsets, seed: int, most: int = 400
) -> Trial:
    """Run schedules again and again until their means are tight.

    Args:
        shop: what the schedules are of.
        schedules: they break no law of the shop but deadlines.
        aim: of which the gains are.
        upsets: what varies.
        seed: of every random number; run `r` is the same whatever else is asked.
        most: runs at most; fewer than 2 count as 2.

    Raises:
        ImpossibleScenario: stops of what is no machine of the shop, no schedule at all, or one
            whose sequences wait for each other.
    """
    for name in upsets.stops:
        if name not in shop.by_id:
            raise ImpossibleScenario(f"{name} is no machine", ", ".join(shop.by_id))
    if not schedules:
        raise ImpossibleScenario("nothing is to be run", "a schedule at least")
    most = max(2, most)
    ran: list[list[Ran]] = []
    spans = np.empty((0, len(schedules)))
    while len(ran) < most and not _tight(spans):
        ran += [
            [_run(shop, schedule, _luck(shop, upsets, seed, r)) for schedule in schedules]
            for r in range(len(ran), min(most, len(ran) + _AT_ONCE))
        ]
        spans = np.array([[one.makespan for one in runs] for runs in ran], float)
    late = [np.array([_tardiness(shop, runs[i]) for runs in ran]) for i in range(len(schedules))]
    costs = list(spans.T) if aim == "makespan" else late
    gains = [paired(costs[0] - one, "s") for one in costs]
    return Trial(
        aim=aim,
        outlooks=tuple(
            _outlook(shop, [runs[i] for runs in ran], spans[:, i], late[i])
            for i in range(len(schedules))
        ),
        gains=tuple(gains),
        differ=tuple(gain.low > _SAME or gain.high < -_SAME for gain in gains),
        runs=len(ran),
        seed=seed,
    )


def _run(shop: Shop, schedule: Schedule, luck: Luck) -> Ran:
    ran = run(shop, schedule, luck)
    for problem in ran.waiting:
        raise ImpossibleScenario(problem, "sequences that do not wait for each other")
    return ran


def _tardiness(shop: Shop, ran: Ran) -> float:
    ends = ran.ends()
    return sum(
        job.weight * max(0.0, ends[job.id] - job.due) for job in shop.jobs if job.due is not None
    )


def _luck(shop: Shop, upsets: Upsets, seed: int, r: int) -> Luck:
    """Run `r`: durations by job and operation, stops by machine, whatever the sequences are."""
    most = max((len(job.operations) for job in shop.jobs), default=0)
    row = {job.id: i for i, job in enumerate(shop.jobs)}
    sigma = sqrt(log1p(upsets.spread**2))
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(r, 0))))
    factors = np.exp(sigma * generator.standard_normal((len(row), most)) - sigma**2 / 2)
    streams = {m.id: Stream((r, 1 + i), seed) for i, m in enumerate(shop.machines)}

    def stop(machine: str) -> tuple[float, float]:
        law = upsets.stops.get(machine)
        if law is None:
            return np.inf, 0.0
        life, repair = streams[machine].draw()
        return life * law.mtbf_s, repair * law.mttr_s

    return Luck(lambda job, operation: float(factors[row[job], operation]), stop)


def _tight(spans: NDArray[np.float64]) -> bool:
    if len(spans) < _AT_ONCE:
        return False
    half = _Z90 * spans.std(axis=0, ddof=1) / sqrt(len(spans))
    return bool(np.all(half <= _TIGHT * spans.mean(axis=0)))


def _outlook(
    shop: Shop, ran: Sequence[Ran], spans: NDArray[np.float64], late: NDArray[np.float64]
) -> Outlook:
    ends = [one.ends() for one in ran]
    dues = {job.id: job.due for job in shop.jobs if job.due is not None}
    return Outlook(
        makespan=estimate(spans, "s"),
        tardiness=estimate(late, "s"),
        late={job: sum(one[job] > due for one in ends) / len(ends) for job, due in dues.items()},
        use={m.id: _use(m.id, ran) for m in shop.machines},
    )


def _use(machine: str, ran: Sequence[Ran]) -> float:
    """Working over open time, both summed over the runs; 0 where it was never open."""
    opened = sum(one.makespan - one.shut[machine] for one in ran)
    return float(sum(one.working[machine] for one in ran) / opened) if opened > 0 else 0.0
