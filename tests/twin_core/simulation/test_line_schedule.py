"""Planned stops and products of a line, as a scenario has them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.simulation.paid_sawmill import BREAK_S, paid_mill
from tests.twin_core.simulation.sawmill import LINE, T0, Mill
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.forecaster import compare, forecast
from twin_core.simulation.line_schedule import LineSchedule
from twin_core.simulation.scenario import PlannedStop, ProductChange, Scenario, StopMoved
from twin_core.value import SECOND

GO_ON = Scenario(name="go on", line=LINE)
BREAK = T0 + BREAK_S * SECOND
MILL = paid_mill().snapshot()


def what_if(*changes, snapshot=MILL, **more):
    scenario = GO_ON.model_copy(update={"name": "what if", "changes": changes, **more})
    return compare(snapshot, GO_ON, [scenario], 1, 24)[0]


spans = st.lists(st.tuples(st.floats(-500, 900), st.floats(1, 600)), max_size=5)


@given(added=spans, planned=spans)
def test_no_stop_begins_before_the_start(added, planned):
    """One that is added earlier is there for what is left of it; others stay as they are."""
    found = LineSchedule(added=tuple(added)).stops(planned)
    assert set(planned) <= set(found)
    extra = [f for f in found if f not in planned]
    assert all(at >= 0 and duration > 0 for at, duration in extra)
    assert sum(d for _, d in extra) <= sum(d for _, d in added) + 1e-6


def test_another_planned_stop_costs_its_time():
    """Besides the break; after each of them people are half a minute late on average."""
    found = what_if(PlannedStop(line=LINE, after_s=600, duration_s=200))
    assert found.candidate.rate.mean == pytest.approx(59 * (900 - 330 - 230) / 900, rel=0.06)


def test_a_stop_that_is_left_out_gives_its_time_back():
    """The break does not come; the line is planned to be busy all the time."""
    found = what_if(StopMoved(line=LINE, start=BREAK))
    assert found.candidate.rate.mean == pytest.approx(59, abs=1.5)
    assert found.candidate.others["oee"].mean == pytest.approx(59 / 75, abs=0.03)
    late = 30 / 600  # of the time beside the break, on average
    assert found.baseline.others["oee"].mean == pytest.approx(59 / 75 * (1 - late), abs=0.03)


@pytest.mark.parametrize(("by_s", "stands_s"), [(100, 300), (500, 200), (-150, 300), (-1000, 0)])
def test_a_stop_moves(by_s, stands_s):
    """Later it may end beyond the horizon, or before the start be over."""
    found = what_if(StopMoved(line=LINE, start=BREAK, by_s=by_s))
    assert found.candidate.rate.mean == pytest.approx(59 * (900 - stands_s) / 900, rel=0.1)


def test_a_stop_from_beyond_the_horizon_comes_in():
    """What is planned for later may be asked for now."""
    short = GO_ON.model_copy(update={"horizon_s": 150.0})
    sooner = short.model_copy(
        update={"changes": (StopMoved(line=LINE, start=BREAK, by_s=-BREAK_S),)}
    )
    (found,) = compare(MILL, short, [sooner], 1, 8)
    assert found.baseline.rate.mean > 50
    assert found.candidate.rate.mean < 8


def test_a_stop_that_has_begun_is_not_moved():
    """It is too late for that."""
    late = paid_mill(end=T0 + (BREAK_S + 10) * SECOND).snapshot()
    with pytest.raises(ImpossibleScenario, match="yet to come"):
        forecast(
            late, GO_ON.model_copy(update={"changes": (StopMoved(line=LINE, start=BREAK),)}), 1
        )


def test_another_product_comes_after_its_changeover():
    """Five minutes of standing, then four fifths of the speed; planned time shrinks with it."""
    quiet = (StopMoved(line=LINE, start=BREAK),)
    found = what_if(*quiet, ProductChange(line=LINE, product="beam"))
    assert found.candidate.rate.mean == pytest.approx(59 * 0.8 * 600 / 900, rel=0.08)
    assert found.candidate.others["oee"].mean == pytest.approx(59 * 0.8 / 60, rel=0.08)


def test_a_mix_of_products_takes_one_changeover_after_the_other():
    """Five minutes to the one, four back; and which product earned what is not told."""
    quiet = (StopMoved(line=LINE, start=BREAK),)
    mix = (
        ProductChange(line=LINE, product="beam", after_s=100),
        ProductChange(line=LINE, product="plank", after_s=200),
    )
    found = what_if(*quiet, *mix)
    assert found.candidate.rate.mean == pytest.approx(59 * (900 - 540) / 900, rel=0.12)
    assert "margin" not in found.candidate.others
    assert "oee" not in found.candidate.others


def test_the_same_product_needs_no_changeover():
    """Unless the scenario says how long it takes."""
    same = what_if(ProductChange(line=LINE, product="plank"))
    assert same.gain.mean == 0.0
    said = what_if(ProductChange(line=LINE, product="plank", changeover_s=100))
    assert said.gain.mean < -4


def test_what_is_made_now_must_be_known():
    """Without a product that is believed there is nothing to change from."""
    blind = paid_mill(columns={f"{LINE}/stacker/product": np.nan}).snapshot()
    with pytest.raises(ImpossibleScenario, match="is not known"):
        what_if(ProductChange(line=LINE, product="beam"), snapshot=blind)


def test_a_changeover_that_is_not_given_is_not_guessed():
    """From plank to plank's beam is given, from lath nothing is."""
    lath = paid_mill(columns={f"{LINE}/stacker/product": 2.0}).snapshot()
    assert what_if(ProductChange(line=LINE, product="plank"), snapshot=lath).gain.mean < 0
    bare = paid_mill("changeovers").snapshot()
    with pytest.raises(ImpossibleScenario, match="gives no changeovers"):
        what_if(ProductChange(line=LINE, product="beam"), snapshot=bare)


def test_a_line_without_a_schedule_is_as_planned():
    """No change of it, no difference."""
    assert LineSchedule().stops([(5.0, 10.0)]) == ((5.0, 10.0),)
    assert Mill().snapshot().plant.shifts == ()
    assert LineSchedule().pace(np.array([0.0, 9.0])).tolist() == [1.0, 1.0]
