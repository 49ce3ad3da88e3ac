"""The process alone: a pumping station, a plant in which no line counts anything."""

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import LOOP, MAIN, SAW, Mill
from tests.twin_core.simulation.station import (
    AREA_H,
    HIGH,
    LOW,
    PUMP,
    VALVE,
    WELL,
    Station,
    station,
)
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.processes.outlook import outlook
from twin_core.simulation.scenario import Capacity, Demand, Offset, Outage, Restored, SetPoint
from twin_core.value import SECOND

T0 = 1_750_000_000 * SECOND
RUNS = {f"{PUMP}/state": 6.0, f"{PUMP}/speed": 100.0, f"{PUMP}/speed_target": 100.0}
FLOW = 90.0 * np.sqrt((32 - 20) / 11)
"""m3/h of the pump against 20 m with its pipe's loss: (32 - 20) m over 11 m at 90 m3/h."""
FILLS = FLOW / AREA_H
"""m/s of the high tank while the pump runs and the valve is shut."""


def ahead(*changes, columns=None, switched=False, **span):
    snapshot = Station(station(switched=switched), columns or {}).snapshot()
    found = outlook(snapshot, changes, 1, replications=4, **{"horizon_s": 3600.0, **span})
    levels = (np.median(found.paths[f"{u}/level"], axis=0) for u in (WELL, HIGH, LOW))
    return found.t, *levels


def running(minutes_s=1200):
    """A pump that has lifted for so long what it takes from the well."""
    gained = FILLS * (np.arange(120) - 119) * 10.0
    return {
        **RUNS, f"{PUMP}/flow": FLOW, f"{HIGH}/level": 2.0 + gained, f"{WELL}/level": 2.0 - gained,
    }  # fmt: skip


def test_a_station_at_rest_stays_so():
    """Nothing runs, nothing moves."""
    _, well, high, low = ahead()
    for level in (well, high, low):
        assert level == pytest.approx(np.full(len(level), 2.0), abs=1e-6)


def test_a_pump_that_runs_moves_its_well_into_its_tank():
    """Mass is kept: the one loses what the other gains, as fast as the curves say."""
    t, well, high, _ = ahead(columns=running(), horizon_s=900.0)
    assert high[-1] - high[0] == pytest.approx(FILLS * t[-1], rel=0.05)
    assert (well + high) == pytest.approx(np.full(len(t), well[0] + high[0]), abs=0.01)


def test_a_pump_that_is_switched_on_runs_where_its_curves_cross():
    """From standstill to full speed: the tank fills by pump curve against lift and pipe."""
    full = SetPoint(point=f"{PUMP}/speed_target", value=100)
    t, well, high, _ = ahead(full, columns={f"{PUMP}/state": 6.0}, horizon_s=1200.0)
    late = t > 120
    rises = np.diff(high[late]) / np.diff(t[late])
    # the lift grows as the one tank empties into the other
    lift = (20 + high - well)[late][:-1]
    assert rises == pytest.approx(90 * np.sqrt((32 - lift) / 11) / AREA_H, rel=0.02)


def test_a_pump_that_stops_leaves_the_levels_where_they_are():
    """An outage is no flow."""
    _, well, high, _ = ahead(Outage(asset=PUMP, duration_s=3600), columns=running())
    assert well[-1] == pytest.approx(well[0], abs=0.02)
    assert high[-1] == pytest.approx(high[0], abs=0.02)


def test_a_tank_drains_through_a_valve_by_the_square_root_of_its_head():
    """Torricelli: between two equal tanks the root of the difference falls in a straight line."""
    t, _, high, low = ahead(SetPoint(point=f"{VALVE}/position_target", value=100), horizon_s=1800.0)
    head = 2.0 + high - low
    late = (t > 120) & (head > 0.1)
    slope = np.diff(np.sqrt(head[late])) / np.diff(t[late])
    assert slope == pytest.approx(np.full(late.sum() - 1, -50 / 10.1972**0.5 / AREA_H), rel=0.03)


def test_a_worn_pump_fills_more_slowly():
    """Half the flow is half as fast."""
    t, _, high, _ = ahead(Capacity(asset=PUMP, factor=0.5), columns=running(), horizon_s=900.0)
    assert high[-1] - high[0] == pytest.approx(0.5 * FILLS * t[-1], rel=0.06)


def test_what_comes_from_outside_goes_on_coming():
    """A well that fills by itself fills on, and with more inflow faster."""
    fills = 2.0 + 0.0005 * (np.arange(120) - 119) * 10.0
    t, well, *_ = ahead(columns={f"{WELL}/level": fills}, horizon_s=900.0)
    assert well[-1] - well[0] == pytest.approx(0.0005 * t[-1], rel=0.1)
    rain = Demand(asset=WELL, factor=2.0)
    t, well, *_ = ahead(rain, columns={f"{WELL}/level": fills}, horizon_s=900.0)
    assert well[-1] - well[0] == pytest.approx(0.001 * t[-1], rel=0.1)


def test_level_switches_keep_a_well_between_them():
    """The pump starts at 3 m and stops at 1 m, again and again."""
    fills = 2.0 + 0.0005 * (np.arange(120) - 119) * 10.0
    _, well, *_ = ahead(columns={f"{WELL}/level": fills}, switched=True, horizon_s=6 * 3600.0)
    assert 0.95 < well.min() < 1.1
    assert 2.9 < well.max() < 3.05


def test_an_empty_well_gives_nothing():
    """A pump that has emptied its well moves no more than what runs into it."""
    columns = running()
    columns[f"{WELL}/level"] = columns[f"{WELL}/level"] - 1.95
    _, well, high, _ = ahead(columns=columns)
    assert well.min() >= 0.0
    assert high[-1] - high[0] < 0.1


def test_a_restored_pump_lifts_again():
    """It stands now; mended, it lifts as it did."""
    state = np.where(np.arange(120) < 80, 6.0, 9.0)
    flow = np.where(state == 6.0, FLOW, 0.0)
    ill = {**running(), f"{PUMP}/state": state, f"{PUMP}/flow": flow, f"{HIGH}/level": 2.0,
           f"{WELL}/level": 2.0}  # fmt: skip
    _, _, high, _ = ahead(columns=ill)
    assert high[-1] == pytest.approx(high[0], abs=0.01)
    mended = Restored(asset=PUMP, before=T0 - 500 * SECOND)
    _, _, high, _ = ahead(mended, columns=ill)
    assert high[-1] - high[0] > 0.5


def test_a_level_that_is_not_believed_breaks_nothing():
    """Without any reading of a tank the rest is forecast, finite and inside its instruments."""
    gone = {**running(), f"{HIGH}/level": np.nan, f"{PUMP}/flow": np.nan}
    for level in ahead(columns=gone)[1:]:
        assert np.isfinite(level).all()
        assert ((level >= 0) & (level <= 5)).all()


def test_it_shows_what_a_line_is_given():
    """Potentials are those of the balance, values those that follow them."""
    warm = Offset(point=f"{LOOP}/temperature", amount=12.0)
    found = outlook(Mill().snapshot(), [warm], 3, horizon_s=900.0)
    assert found.paths[f"{MAIN}/draft"] == pytest.approx(5.0, abs=0.01)
    assert found.paths[f"{SAW}/blade_heat"][:, -1] == pytest.approx(50.0, abs=0.3)


def test_what_follows_its_setpoint_arrives_there():
    """A value on its way after a step is no trend that goes on: it comes to rest where it is asked.

    The saw's blade settles within 90 s, its setpoint was moved 60 s ago.
    """
    asked = np.where(np.arange(360) < 354, 40.0, 30.0)
    heat = 30.0 + 10.0 * np.exp(-np.clip(np.arange(360) - 353, 0, None) * 10.0 / 30.0)
    columns = {f"{SAW}/blade_heat": heat, f"{SAW}/blade_heat_target": asked}
    found = outlook(Mill(columns=columns).snapshot(), [], 3, horizon_s=900.0)
    path = np.median(found.paths[f"{SAW}/blade_heat"], axis=0)
    assert path[0] > 31.0
    assert path[found.t > 120.0] == pytest.approx(30.0, abs=0.6)


@pytest.mark.parametrize("horizon_s", [0.0, -1.0, float("nan"), float("inf"), 90_000.0])
def test_a_horizon_that_is_none_is_refused(horizon_s):
    """With what is allowed."""
    with pytest.raises(ImpossibleScenario, match="86400"):
        outlook(Station().snapshot(), [], 1, horizon_s=horizon_s)


def test_the_same_seed_gives_the_same_paths():
    """Whatever else was asked before."""
    change = [Outage(asset=PUMP, duration_s=600)]
    one, two = (outlook(Station(columns=running()).snapshot(), change, 7) for _ in range(2))
    assert all((one.paths[p] == two.paths[p]).all() for p in one.paths)
