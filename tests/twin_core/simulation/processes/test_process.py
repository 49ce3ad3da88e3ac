"""The media: balances that reproduce what is believed, and what moves them."""

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import (
    COOLER,
    DAMPER,
    FAN,
    LINE,
    LOOP,
    MAIN,
    MAIN_2,
    SAW,
    T0,
    Mill,
    sawmill,
)
from twin_core.simulation.model import Model
from twin_core.simulation.scenario import Capacity, Demand, Offset, Outage, Restored, SetPoint
from twin_core.value import SECOND


def held(*changes, after_s=0.0, horizon_s=900.0, mill=None):
    model = Model((mill or Mill()).snapshot(), LINE, T0)
    found = model.simulate(changes, after_s, horizon_s, 3, 6).potentials
    return {path: column.mean(axis=0) for path, column in found.items()}


def test_nothing_changed_leaves_every_potential_where_it_is():
    """The balance is even at the start, and stays so."""
    found = held()
    assert set(found) == {MAIN, MAIN_2, LOOP}
    assert found[MAIN] == pytest.approx(np.full(46, 5.0))
    assert found[LOOP] == pytest.approx(np.full(46, 10.0))


def test_what_is_drawn_is_what_keeps_the_balance():
    """Fan 1 gives 50 with the damper closed, so 50 is drawn."""
    media = Model(Mill().snapshot(), LINE, T0).media
    assert media.headers[MAIN].drawn == pytest.approx(50, rel=0.01)
    assert media.producers[FAN].capacity == pytest.approx(100, rel=0.01)


def test_a_balance_that_is_not_even_goes_on_moving():
    """Coolant that warms by a kelvin a minute warms on, from where it is."""
    column = np.full(360, 10.0)
    column[-36:] += np.arange(36) / 6.0
    found = held(mill=Mill(columns={f"{LOOP}/temperature": column, f"{COOLER}/load": 100.0}))
    assert found[LOOP][0] == pytest.approx(column[-1], abs=0.2)
    assert 0.5 < found[LOOP][3] - found[LOOP][0] < 1.5


def test_half_the_capacity_is_made_up_by_load():
    """A fan that gives half regulates at full load and loses half its control band."""
    found = held(Capacity(asset=FAN, factor=0.6))
    assert 4.5 < found[MAIN][-1] < 4.99


def test_a_dead_fan_leaves_its_main_empty_and_the_other_alone():
    """With the damper closed nothing comes over."""
    found = held(Outage(asset=FAN, duration_s=900))
    assert found[MAIN][-1] < 1.0
    assert found[MAIN_2][-1] == pytest.approx(5.0, abs=0.02)


def test_an_opened_damper_lets_the_other_fan_help():
    """Opening it raises the empty main and lowers the full one."""
    dead = Outage(asset=FAN, duration_s=900)
    found = held(dead, SetPoint(point=f"{DAMPER}/position_target", value=100))
    assert found[MAIN][-1] > 2.0
    assert found[MAIN_2][-1] < 5.0


def test_a_setpoint_is_followed():
    """The draft goes where it is asked to."""
    found = held(SetPoint(point=f"{FAN}/draft_target", value=5.6))
    assert 5.3 < found[MAIN][-1] <= 5.61


@pytest.mark.parametrize(
    ("state", "target", "gives"), [(4.0, 3.0, True), (2.0, 3.0, False), (4.0, 5.6, False)]
)
def test_a_fan_that_is_ready_and_not_asked_gives_when_it_is(state, target, gives):
    """One that is stopped does not, nor one that is asked already and gives nothing."""
    quiet = {
        f"{FAN}/state": state, f"{FAN}/load": 0.0, f"{FAN}/flow": 0.0,
        f"{FAN}/draft_target": target, f"{MAIN}/draft": 4.5, f"{DAMPER}/position": 100.0,
        f"{DAMPER}/position_target": 100.0,
    }  # fmt: skip
    mill = Mill(columns=quiet)
    assert held(mill=mill)[MAIN][-1] == pytest.approx(4.5, abs=0.05)
    asked = held(SetPoint(point=f"{FAN}/draft_target", value=6.0), mill=mill)
    assert bool(asked[MAIN][-1] > 4.7) is gives


def test_a_leak_costs_pressure_when_the_fan_is_at_its_limit():
    """Two and a half times the draw is more than the fan can give."""
    found = held(Demand(asset=MAIN, factor=2.5))
    assert found[MAIN][-1] < 4.6


def test_changes_wait_for_their_time():
    """Nothing moves before a change takes effect."""
    found = held(Outage(asset=FAN, duration_s=900), after_s=300.0)
    assert found[MAIN][14] == pytest.approx(5.0, abs=0.01)
    assert found[MAIN][-1] < 1.0


def test_a_shifted_potential_is_what_consumers_see():
    """An offset on a header's potential holds whatever the balance does."""
    assert held(Offset(point=f"{MAIN}/draft", amount=-2.0))[MAIN][-1] == pytest.approx(
        3.0, abs=0.01
    )


def test_a_line_in_its_break_draws_little():
    """The draft rises when the line is planned to stand, and falls back after."""
    midday = T0 - T0 % (86_400 * SECOND) + (8 * 60 - 5) * 60 * SECOND  # 9:55 in Oslo, summer
    mill = Mill(plant=sawmill(shifts=True), end=midday)
    found = Model(mill.snapshot(), LINE, midday).simulate([], 0.0, 3600.0, 3, 4).potentials
    draft = found[MAIN].mean(axis=0)
    assert draft[0] == pytest.approx(5.0)
    assert draft[60] > 5.3
    assert draft[-1] == pytest.approx(5.0, abs=0.05)


def test_a_restored_fan_gives_again_what_it_gave():
    """A fan that fell to a third an hour's half ago is mended: the main recovers."""
    flow, load, draft = np.full(360, 50.0), np.full(360, 50.0), np.full(360, 5.0)
    flow[-60:], load[-60:], draft[-60:] = 25.0, 100.0, 2.5
    ill = {f"{FAN}/flow": flow, f"{FAN}/load": load, f"{MAIN}/draft": draft, f"{FAN}/draft": draft}
    mill = Mill(columns=ill)
    assert held(mill=mill)[MAIN][-1] == pytest.approx(2.5, abs=0.1)
    mended = Restored(asset=FAN, before=T0 - 620 * SECOND)
    assert held(mended, mill=mill)[MAIN][-1] > 4.0
    main = Restored(asset=MAIN, before=T0 - 620 * SECOND)
    assert held(mended, main, mill=mill)[MAIN][-1] == pytest.approx(5.0, abs=0.05)


def test_a_restored_main_holds_again_what_it_held():
    """A leak that took all the fan has is closed: draw and draft are those of before."""
    flow, load, draft = np.full(360, 50.0), np.full(360, 50.0), np.full(360, 5.0)
    flow[-60:], load[-60:], draft[-60:] = 100.0, 100.0, 3.0
    ill = {f"{FAN}/flow": flow, f"{FAN}/load": load, f"{MAIN}/draft": draft, f"{FAN}/draft": draft}
    mill = Mill(columns=ill)
    assert held(mill=mill)[MAIN][-1] == pytest.approx(3.0, abs=0.05)
    mended = Restored(asset=MAIN, before=T0 - 620 * SECOND)
    assert held(mended, mill=mill)[MAIN][-1] == pytest.approx(5.0, abs=0.05)
    later = held(mended, mill=mill, after_s=300.0)[MAIN]
    assert later[14] == pytest.approx(3.0, abs=0.05)
    assert later[-1] == pytest.approx(5.0, abs=0.05)


def test_a_main_restored_in_a_break_holds_when_the_line_runs_again():
    """What was drawn before belongs to a line that ran, what is drawn now to one that stands."""
    plant = sawmill(shifts=True)
    midday = T0 - T0 % (86_400 * SECOND) + (8 * 60 + 15) * 60 * SECOND  # 10:15 in Oslo, summer
    flow, draft = np.full(360, 50.0), np.full(360, 5.0)
    flow[-90:], draft[-90:] = 5.0, 5.45
    columns = {f"{FAN}/flow": flow, f"{FAN}/load": flow, f"{MAIN}/draft": draft}
    model = Model(Mill(plant=plant, end=midday, columns=columns).snapshot(), LINE, midday)
    mended = Restored(asset=MAIN, before=midday - 1800 * SECOND)
    found = model.simulate([mended], 0.0, 3600.0, 3, 4).potentials[MAIN].mean(axis=0)
    assert found[-1] == pytest.approx(5.0, abs=0.1)


def test_a_restored_main_stands_to_its_fan_as_before():
    """A plugged main holds two units less than its regulated fan; cleaned, it holds as much."""
    draft, flow = np.full(360, 5.0), np.full(360, 50.0)
    draft[-60:], flow[-60:] = 3.0, 40.0
    mill = Mill(columns={f"{MAIN}/draft": draft, f"{FAN}/flow": flow, f"{FAN}/load": flow})
    assert held(mill=mill)[MAIN][-1] == pytest.approx(3.0, abs=0.05)
    mended = Restored(asset=MAIN, before=T0 - 620 * SECOND)
    assert held(mended, mill=mill)[MAIN][-1] == pytest.approx(5.0, abs=0.05)


def test_a_shifted_potential_stays_within_its_instrument():
    """Eight less than five is nothing, not minus three."""
    assert held(Offset(point=f"{MAIN}/draft", amount=-8.0))[MAIN][-1] == 0.0


def test_a_strong_fan_and_a_wide_damper_do_not_swing():
    """The steps are short enough for the fastest answer of any header."""
    changes = (
        Capacity(asset=FAN, factor=3.0),
        Capacity(asset=DAMPER, factor=3.0),
        SetPoint(point=f"{DAMPER}/position_target", value=100),
        SetPoint(point=f"{FAN}/draft_target", value=6.0),
    )
    found = held(*changes)
    for path in (MAIN, MAIN_2):
        assert np.abs(np.diff(found[path])[-20:]).max() < 0.01


@pytest.mark.parametrize(
    ("changes", "main", "main_2"),
    [
        ((), 5.0, 5.0),
        ((SetPoint(point=f"{FAN}/draft_target", value=5.6),), 5.6, 5.0),
        ((SetPoint(point=f"{DAMPER}/position_target", value=100),), 5.0, 5.0),
    ],
)
def test_a_header_that_is_small_beside_what_flows_holds_what_a_large_one_does(
    changes, main, main_2
):
    """It settles in a hundredth of a second: a step of four does not throw it from end to end."""
    stores = "value: 600, description: stored"
    small = Mill(plant=sawmill(without=stores, instead=stores.replace("600", "0.01")))
    found, large = held(*changes, mill=small, after_s=120.0), held(*changes, after_s=120.0)
    for path, goal in ((MAIN, main), (MAIN_2, main_2)):
        assert found[path][-1] == pytest.approx(goal, abs=0.3)
        assert found[path][-10:] == pytest.approx(large[path][-10:], abs=0.02)
        assert np.abs(np.diff(found[path])[-10:]).max() < 1e-3


def test_a_header_without_a_nominal_potential_or_any_reading_stands_somewhere():
    """Nothing says what it holds: no traceback."""
    plant = sawmill(without="nominal: {unit: kPa, value: 5, description: of the shares}")
    gone = {f"{a}/draft": np.nan for a in (FAN, MAIN)} | {f"{FAN}/draft_target": np.nan}
    found = held(mill=Mill(plant=plant, columns=gone))
    assert np.isfinite(found[MAIN]).all()


def test_warm_coolant_warms_what_it_cools():
    """The saw's blade follows its coolant by the class's offset."""
    model = Model(Mill().snapshot(), LINE, T0)
    result = model.simulate([Offset(point=f"{LOOP}/temperature", amount=12.0)], 0.0, 900.0, 1, 4)
    saw = next(m for m in result.frame.start.machines if m.unit.id == SAW)
    paths = result.frame.paths(saw.unit, saw.values, {})
    assert paths["blade_heat"][:, -1] == pytest.approx(40 + 20 * 10 / 20, abs=0.2)
