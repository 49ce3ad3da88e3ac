"""Scenario → Forecast, and scenarios against each other: the door of the simulation.

Pure functions of (snapshot, scenario, seed): picklable, the same on any number of workers. The
interval of a forecast is that of the rate that will be realised, what is not known of the plant
included; the gain of a comparison is the difference with the same random numbers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.errors import ImpossibleScenario
from twin_core.plant.classes import Role
from twin_core.simulation.model import Model, Result
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import Comparison, Estimate, Forecast, Scenario
from twin_core.twin import Snapshot
from twin_core.value import Instant

MODEL_VERSION = "line 1"
REPLICATIONS = 40
_LEVEL = 0.90
_SAME = 1e-9


def forecast(
    snapshot: Snapshot, scenario: Scenario, seed: int, replications: int = REPLICATIONS
) -> Forecast:
    """What the model says will happen.

    Args:
        snapshot: belief now; settled values are the start.
        scenario: what if, for which line, for how long.
        seed: of every random number.
        replications: fewer than 2 count as 2.

    Raises:
        UnknownName: an asset, point or line that does not exist.
        ImpossibleScenario: with what is allowed.
    """
    check(snapshot.plant, scenario)
    model = Model(snapshot, scenario.line, _start(snapshot))
    return _forecast(snapshot, scenario, _run(model, scenario, seed, replications), seed)


def compare(
    snapshot: Snapshot,
    baseline: Scenario,
    candidates: Sequence[Scenario],
    seed: int,
    replications: int = REPLICATIONS,
) -> tuple[Comparison, ...]:
    """Candidates against a baseline with common random numbers, in the order given.

    `gain` is candidate minus baseline with its 90 % interval; `distinguishable` if that does not
    hold 0. Every scenario must ask for the baseline's line and horizon.

    Raises:
        UnknownName: as `forecast`.
        ImpossibleScenario: as `forecast`, and for another line or horizon than the baseline's.
    """
    for scenario in (baseline, *candidates):
        check(snapshot.plant, scenario)
        if (scenario.line, scenario.horizon_s) != (baseline.line, baseline.horizon_s):
            raise ImpossibleScenario(
                f"“{scenario.name}” is about {scenario.line} over {scenario.horizon_s:g} s",
                f"{baseline.line} over {baseline.horizon_s:g} s, as in “{baseline.name}”",
            )
    model = Model(snapshot, baseline.line, _start(snapshot))
    first = _run(model, baseline, seed, replications)
    before = _forecast(snapshot, baseline, first, seed)
    found = []
    for scenario in candidates:
        second = _run(model, scenario, seed, replications)
        gain = estimate(second.rates - first.rates, before.rate.unit)
        found.append(
            Comparison(
                baseline=before,
                candidate=_forecast(snapshot, scenario, second, seed),
                gain=gain,
                distinguishable=gain.low > _SAME or gain.high < -_SAME,
            )
        )
    return tuple(found)


def estimate(sample: NDArray[np.float64], unit: str) -> Estimate:
    """Mean and 90 % predictive interval of a sample, widened to the mean where that lies outside.

    Quantiles of type 7 (Hyndman and Fan, *The American Statistician* 50, 1996). One realisation of
    very many that ends badly moves the mean and not the quantiles.
    """
    low, high = np.quantile(sample, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    mean = float(sample.mean())
    return Estimate(mean=mean, low=min(mean, float(low)), high=max(mean, float(high)), unit=unit)


def _start(snapshot: Snapshot) -> Instant:
    """Up to where belief is settled; now, while nothing is."""
    newest = int(snapshot.recent.time[-1]) if len(snapshot.recent.time) else 0
    return max(snapshot.watermark, newest) or snapshot.now


def _run(model: Model, scenario: Scenario, seed: int, replications: int) -> Result:
    return model.simulate(
        scenario.changes, scenario.after_s, scenario.horizon_s, seed, max(2, replications)
    )


def _forecast(snapshot: Snapshot, scenario: Scenario, result: Result, seed: int) -> Forecast:
    unit = snapshot.plant.line(scenario.line).unit_of_flow or "1"
    others = {
        "wip": estimate(result.contents.sum(axis=1), unit),
        "rejected": estimate(_rejected(result) * 100.0, "%"),
    }
    for path, held in result.potentials.items():
        point = snapshot.plant.unit(path).with_role(Role.POTENTIAL)
        if point is not None:
            name = "_".join(point.id.split("/")[1:])
            others[name] = estimate(held[:, -1], point.spec.unit)
    return Forecast(
        scenario=scenario,
        rate=estimate(result.rates, f"{unit}/min"),
        others=others,
        replications=len(result.counted),
        seed=seed,
        model_version=MODEL_VERSION,
        state_digest=snapshot.digest,
        start=result.model.at,
    )


def _rejected(result: Result) -> NDArray[np.float64]:
    thrown = result.rejected.sum(axis=1)
    return np.asarray(thrown / np.maximum(result.counted + thrown, 1e-9))
