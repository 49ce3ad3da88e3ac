"""Scenario → Forecast, and scenarios against each other: the door of the simulation.

Pure functions of (snapshot, scenario, seed): picklable, the same on any number of workers. The
interval of a forecast is that of the rate that will be realised, what is not known of the plant
included; how well its mean is known stands beside it. The gain of a comparison is the difference
with the same random numbers.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from twin_core.errors import ImpossibleScenario
from twin_core.simulation.courses import told as courses_told
from twin_core.simulation.measured import chance, estimate
from twin_core.simulation.model import Held
from twin_core.simulation.possible import check
from twin_core.simulation.sampling import Sampled, sampled
from twin_core.simulation.scenario import Comparison, Forecast, Precision, Risk, Scenario
from twin_core.simulation.starting import model_of
from twin_core.twin import Snapshot

__all__ = ["MODEL_VERSION", "compare", "estimate", "forecast", "forecast_of", "same_luck"]

MODEL_VERSION = "line 1"
_SAME = 1e-9
_QUANTILES = np.linspace(0.0, 1.0, 21)
_ENOUGH = Precision()


def forecast(
    snapshot: Snapshot,
    scenario: Scenario,
    seed: int,
    replications: int | None = None,
    precision: Precision = _ENOUGH,
    *,
    courses: bool = False,
) -> Forecast:
    """What the model says will happen.

    Args:
        snapshot: belief now; settled values are the start.
        scenario: what if, for which line, for how long, from where.
        seed: of every random number.
        replications: so many, fewer than 2 count as 2; None = as many as the precision takes.
        precision: how well the mean rate is to be known.
        courses: whether it is told how things go over the horizon, too, and whether buffers run
            empty or full.

    Raises:
        UnknownName: an asset, point or line that does not exist.
        ImpossibleScenario: with what is allowed.
    """
    (found,) = same_luck(snapshot, [scenario], seed, replications, precision, courses=courses)
    return forecast_of(found, seed, courses=courses)


def compare(
    snapshot: Snapshot,
    baseline: Scenario,
    candidates: Sequence[Scenario],
    seed: int,
    replications: int | None = None,
    precision: Precision = _ENOUGH,
    *,
    courses: bool = False,
    held: Held | None = None,
) -> tuple[Comparison, ...]:
    """Candidates against a baseline with common random numbers, in the order given.

    `gain` is candidate minus baseline with its 90 % interval; `distinguishable` if that does not
    hold 0. Every scenario must ask for the baseline's line and horizon. `courses` as `forecast`;
    `held` of other comparisons on this snapshot changes no number, it only saves work.

    Raises:
        UnknownName: as `forecast`.
        ImpossibleScenario: as `forecast`, and for another line or horizon than the baseline's.
    """
    asked = [baseline, *candidates]
    first, *others = same_luck(
        snapshot, asked, seed, replications, precision, courses=courses, held=held
    )
    before = forecast_of(first, seed, courses=courses)
    found = []
    for other in others:
        gain = estimate(other.told.rates - first.told.rates, before.rate.unit)
        found.append(
            Comparison(
                baseline=before,
                candidate=forecast_of(other, seed, courses=courses),
                gain=gain,
                distinguishable=gain.low > _SAME or gain.high < -_SAME,
            )
        )
    return tuple(found)


def same_luck(
    snapshot: Snapshot,
    scenarios: Sequence[Scenario],
    seed: int,
    replications: int | None,
    precision: Precision,
    *,
    courses: bool = False,
    held: Held | None = None,
) -> list[Sampled]:
    """Scenarios about one line and horizon, run with common random numbers, in the order given.

    Raises:
        UnknownName, ImpossibleScenario: as `compare`.
    """
    for scenario in scenarios:
        check(snapshot.plant, scenario, snapshot)
    for one, other in pairwise(scenarios):
        if (other.line, other.horizon_s) != (one.line, one.horizon_s):
            raise ImpossibleScenario(
                f"“{other.name}” is about {other.line} over {other.horizon_s:g} s",
                f"{one.line} over {one.horizon_s:g} s, as in “{one.name}”",
            )
    models = {s.start: model_of(snapshot, s) for s in scenarios}
    if held is not None:
        models = {start: replace(one, held=held.found) for start, one in models.items()}
    asked = [(models[s.start], s) for s in scenarios]
    at_once = None if held is None else held.at_once
    return sampled(asked, seed, replications, precision, courses=courses, at_once=at_once)


def forecast_of(found: Sampled, seed: int, *, courses: bool = False) -> Forecast:
    """What was sampled of a scenario, as it is told."""
    told, model = found.told, found.experiment.model
    estimates = {name: one.estimate() for name, one in told.measured.items()}
    rate = estimates.pop("rate")
    n = len(told.rates)
    return Forecast(
        scenario=found.scenario,
        rate=rate,
        others=estimates,
        risks=tuple(
            Risk(
                subject=limit.point, side=limit.side, limit=limit.limit, unit=limit.unit,
                probability=chance(float(broken.sum()), n),
            )
            for limit, broken in told.broken.items()
            if broken.any()
        ),
        courses=courses_told(told.courses) if courses else (),
        quantiles=tuple(np.quantile(told.rates, _QUANTILES).tolist()),
        unsaid=told.unsaid,
        replications=n,
        precise=found.precise,
        seed=seed,
        model_version=_version(model.snapshot, found.scenario.line),
        state_digest=model.snapshot.digest,
        start=model.at,
    )  # fmt: skip


def _version(snapshot: Snapshot, line: str) -> str:
    """Of the engine, and of the promoted parameters that it was given, if any."""
    learnt = snapshot.calibrated.version(line)
    return f"{MODEL_VERSION} {learnt}" if learnt else MODEL_VERSION
