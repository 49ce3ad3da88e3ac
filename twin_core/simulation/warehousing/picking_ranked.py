"""Ways to run a warehouse against each other on one order history, and what cannot be told apart.

The door of the warehouse's simulation: a pure function of its arguments and the seed. It must
never recommend what it has not simulated, and nothing here moves goods.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np

from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.plant.warehouse import Crew, Name, PickOrder, Times, Warehouse
from twin_core.simulation.forecaster import estimate
from twin_core.simulation.paired import paired
from twin_core.simulation.scenario import Estimate
from twin_core.simulation.warehousing.batching import Basket, baskets_of
from twin_core.simulation.warehousing.picking import Day, day_of, work
from twin_core.simulation.warehousing.strategy import Strategy
from twin_core.value import Value

REPLICATIONS = 20
MOST_LINES = 5_000_000
"""Lines, days and options multiplied: some minutes."""

PickObjective: TypeAlias = Literal["labour", "flow", "tardiness"]

_UNITS = {
    "labour": "s", "flow": "s", "tardiness": "s", "late": "%", "walk": "m", "travel": "s",
    "blocked": "s",
    "throughput": "1/h", "utilisation": "%",
}  # fmt: skip


class Option(Value):
    """What a planner may choose: where goods lie, who picks, how."""

    name: Name
    warehouse: Warehouse
    crew: Crew
    strategy: Strategy


class Picked(Value):
    """One option on days like the history's.

    Attributes:
        indicators: mean over days with the 90 % interval of a single day. `labour` picker seconds
            per line (tours and putting together), `walk` metres and `travel` seconds of walking
            per line, `blocked` seconds per line before narrow aisles, `flow` seconds from arrival
            to done, `tardiness` mean seconds after the due time (0 for orders in time), `late` %
            of orders after it, `throughput` orders an hour from the first arrival to the last one
            done, `utilisation` % of the pickers' time in that span.
        days: replications.
    """

    option: Name
    indicators: dict[str, Estimate]
    days: int
    seed: int


class Ranked(Value):
    """An option's place.

    Attributes:
        behind: how much more of the objective than the first, mean over the same days with its
            confidence interval (90 % for all pairs together: Student's t, Bonferroni).
        tied: names of the options from which these days do not tell it.
    """

    picked: Picked
    behind: Estimate
    tied: tuple[str, ...]


def compare(
    options: Sequence[Option],
    orders: Sequence[PickOrder],
    times: Times,
    seed: int,
    *,
    days: int = REPLICATIONS,
    objective: PickObjective = "labour",
    alike: bool = True,
) -> tuple[Ranked, ...]:
    """Options on the same days, the best by the objective first.

    Args:
        options: at least one, each with a name of its own.
        orders: the history, any order.
        times: how fast one picks.
        seed: of every random number.
        days: fewer than 2 count as 2.
        objective: what is to be little.
        alike: see `day_of`; False = the history's own orders on every day.

    Returns:
        Paired differences: Law, A. M.: *Simulation Modeling and Analysis*, 10.2 and 10.4.

    Raises:
        UnknownName: an article nobody has.
        ImpossibleScenario: what cannot be picked so, with what is allowed.
        TooLarge: more lines, days and options together than MOST_LINES.
    """
    names = [option.name for option in options]
    if not names or len(set(names)) < len(names):
        raise ImpossibleScenario(f"options named {', '.join(names) or 'nothing'}", "a name each")
    days = max(2, days)
    lines = sum(len(order.lines) for order in orders)
    if lines * days * len(options) > MOST_LINES:
        asked = f"{lines} lines on {days} days by {len(options)} options"
        raise TooLarge(asked, f"{MOST_LINES} lines in all")
    for option in options:
        option.warehouse.check(orders)
    orders = sorted(orders, key=lambda o: (o.arrival_s, o.id))
    drawn = [day_of(orders, times.scatter, _random(seed, r), alike=alike) for r in range(days)]
    samples = []
    for option in options:
        baskets = baskets_of(option.warehouse, orders, times)
        samples.append([_measured(option, times, day, baskets) for day in drawn])
    return _ranked(names, samples, objective, seed)


def _random(seed: int, day: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(day,))))


def _measured(
    option: Option, times: Times, day: Day, baskets: Sequence[Basket]
) -> dict[str, float]:
    crew = option.crew
    worked = work(option.warehouse.layout, crew, times, option.strategy, day, baskets)
    lines = sum(len(luck) for luck in day.luck)
    late_s = np.maximum(0.0, worked.done_s - day.due_s)
    span_s = float(worked.done_s.max() - day.arrival_s.min())
    return {
        "labour": (worked.busy_s + worked.beside_s) / lines,
        "walk": worked.walked_m / lines,
        "travel": worked.walked_m / times.speed_m_s / lines,
        "blocked": worked.blocked_s / lines,
        "flow": float((worked.done_s - day.arrival_s).mean()),
        "tardiness": float(late_s.mean()),
        "late": float((late_s > 0).mean() * 100.0),
        "throughput": len(day.asks) / span_s * 3600.0 if span_s > 0 else 0.0,
        "utilisation": worked.busy_s / (crew.pickers * span_s) * 100.0 if span_s > 0 else 0.0,
    }


def _ranked(
    names: Sequence[str],
    samples: Sequence[Sequence[dict[str, float]]],
    objective: PickObjective,
    seed: int,
) -> tuple[Ranked, ...]:
    cost = np.array([[day[objective] for day in days] for days in samples])
    pairs = max(1, len(cost) * (len(cost) - 1) // 2)
    tied: dict[int, list[int]] = {i: [] for i in range(len(cost))}
    for i, j in combinations(range(len(cost)), 2):
        apart = paired(cost[i] - cost[j], "s", pairs)
        if apart.low <= 0.0 <= apart.high:
            tied[i].append(j)
            tied[j].append(i)
    order = sorted(range(len(cost)), key=lambda i: (cost[i].mean(), i))
    return tuple(
        Ranked(
            picked=Picked(
                option=names[i],
                indicators={
                    name: estimate(np.array([day[name] for day in samples[i]]), unit)
                    for name, unit in _UNITS.items()
                },
                days=len(samples[i]),
                seed=seed,
            ),
            behind=paired(cost[i] - cost[order[0]], "s", pairs),
            tied=tuple(names[j] for j in tied[i]),
        )
        for i in order
    )
