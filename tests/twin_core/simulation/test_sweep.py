"""Sweeps: the product of what is varied, forecast scenario by scenario."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.compute import ProcessPool
from tests.fakes import InlineCompute
from tests.twin_core.simulation.sawmill import LINE, PLANER, SAW, Mill
from twin_core.errors import ImpossibleScenario, TooLarge
from twin_core.simulation.forecaster import forecast
from twin_core.simulation.scenario import Change, Outage, Scenario, Speed, Stops
from twin_core.simulation.sweep import MOST, Axis, Each, Sweep, Swept

GO_ON = Scenario(name="go on", line=LINE, horizon_s=300)


def speeds(asset, *percents):
    return Axis(
        name=f"{asset} at … %",
        values=percents,
        changes=tuple(Speed(asset=asset, factor=p / 100) for p in percents),
    )


SWEEP = Sweep(baseline=GO_ON, axes=(speeds(SAW, 80, 90, 100), speeds(PLANER, 50, 100)))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
def test_the_scenarios_are_the_product_the_last_axis_fastest(lengths):
    """Scenario n has the changes that n, written in the axes' lengths, says."""
    axes = tuple(
        Axis(
            name=f"axis {k} …",
            values=tuple(range(n)),
            changes=tuple(Stops(asset=SAW, per_hour=k * 10 + i) for i in range(n)),
        )
        for k, n in enumerate(lengths)
    )
    sweep = Sweep(baseline=GO_ON, axes=axes)
    assert len(sweep.scenarios) == sweep.size
    for number, scenario in enumerate(sweep.scenarios):
        rest, expected = number, list[Change]()
        for axis in reversed(axes):
            rest, at = divmod(rest, len(axis.values))
            expected.insert(0, axis.changes[at])
        assert scenario.changes == tuple(expected)
        assert (scenario.line, scenario.horizon_s) == (GO_ON.line, GO_ON.horizon_s)


def test_a_scenario_is_called_by_its_values():
    """Each name says every axis at its value; what the baseline changes stays."""
    stopped = Outage(asset=PLANER, duration_s=60)
    kept = SWEEP.model_copy(update={"baseline": GO_ON.model_copy(update={"changes": (stopped,)})})
    assert SWEEP.scenarios[1].name == f"{SAW} at 80 %, {PLANER} at 100 %"
    assert kept.scenarios[-1].changes == (
        stopped,
        Speed(asset=SAW, factor=1.0),
        Speed(asset=PLANER, factor=1.0),
    )


async def test_its_results_are_the_same_on_any_number_of_workers():
    """One digest here and in three workers; each forecast is the one asked for alone."""
    snapshot = Mill().snapshot()
    found = []
    for compute in (InlineCompute(), ProcessPool(3)):
        forecasts = await compute.map(Each(snapshot, 7, 4), SWEEP.scenarios)
        found.append(Swept(sweep=SWEEP, forecasts=tuple(forecasts)))
        await compute.close()
    assert len({swept.digest for swept in found}) == 1
    assert found[0].forecasts[3] == forecast(snapshot, SWEEP.scenarios[3], 7, 4)
    other = found[0].model_copy(update={"forecasts": found[0].forecasts[::-1]})
    assert Swept.model_validate(other.model_dump()).digest != found[0].digest


async def test_the_best_is_the_first_of_the_highest_mean_rate():
    snapshot = Mill().snapshot()
    one = Each(snapshot, 7, 4)
    swept = Swept(sweep=SWEEP, forecasts=tuple(map(one, SWEEP.scenarios)))
    rates = [found.rate.mean for found in swept.forecasts]
    assert rates[swept.best] == max(rates)
    assert f"{PLANER} at 100 %" in swept.sweep.scenarios[swept.best].name


def test_a_sweep_the_plant_could_not_be_in_is_refused_as_a_whole():
    """Too many, one impossible among many, or the same thing varied twice."""
    snapshot = Mill().snapshot()
    assert SWEEP.checked(snapshot) is SWEEP
    long = Axis(
        name="… stops", values=tuple(range(200)), changes=(Stops(asset=SAW, per_hour=1),) * 200
    )
    with pytest.raises(TooLarge, match=f"{MOST:,}"):
        Sweep(baseline=GO_ON, axes=(long, long)).checked(snapshot)
    with pytest.raises(ImpossibleScenario, match="varied twice"):
        Sweep(baseline=GO_ON, axes=(speeds(SAW, 80, 90), speeds(SAW, 100))).checked(snapshot)
    mains = Axis(
        name="main …", values=(1,), changes=(Speed(asset="holm/house/suction/main_1", factor=1),)
    )
    with pytest.raises(ImpossibleScenario, match="machine"):
        Sweep(baseline=GO_ON, axes=(speeds(SAW, 80), mains)).checked(snapshot)


def test_an_axis_has_a_change_for_each_value():
    with pytest.raises(ValueError, match="1 changes for 2 values"):
        Axis(name="…", values=(1, 2), changes=(Stops(asset=SAW, per_hour=1),))
