"""Indicators that the plant file lets one tell, and those that it does not."""

import numpy as np
import pytest

from tests.twin_core.simulation.paid_sawmill import BREAK_S, paid_mill
from tests.twin_core.simulation.sawmill import FAN, LINE, MAIN, PLANER, SAW, STACKER, T0, Mill
from twin_core.reading import UNCERTAIN_SIMULATED_VALUE
from twin_core.simulation.forecaster import forecast
from twin_core.simulation.scenario import (
    AsOf,
    BufferSize,
    Capacity,
    Offset,
    Outage,
    Rejects,
    Running,
    Scenario,
    Speed,
    Staffing,
)
from twin_core.value import SECOND

GO_ON = Scenario(name="go on", line=LINE)
MILL = paid_mill().snapshot()
DUE_S = 53 * 60 + 20
"""Seconds from the start to when order o-1 is due."""


def told(*changes, snapshot=MILL, n=24, **more):
    scenario = GO_ON.model_copy(update={"changes": changes, **more})
    return forecast(snapshot, scenario, 1, n)


def given(found):
    """Risks of limits that somebody set: a buffer is made to be empty or full at times."""
    return [risk for risk in found.risks if risk.side in {"below", "above"}]


def test_every_value_is_a_simulated_one():
    """OPC UA's UncertainSimulatedValue."""
    assert told(n=2).status == UNCERTAIN_SIMULATED_VALUE == 0x42090000


def test_count_is_rate_times_time():
    """In the line's unit of flow."""
    found = told()
    assert found.others["count"].mean == pytest.approx(found.rate.mean * 15)
    assert found.indicator("count").unit == "{board}"
    assert found.indicator("rate") == found.rate
    assert found.indicator("joy") is None


def test_quantiles_run_from_the_worst_to_the_best():
    """Twenty-one of them, around the mean."""
    found = told()
    assert len(found.quantiles) == 21
    assert list(found.quantiles) == sorted(found.quantiles)
    assert found.quantiles[0] <= found.rate.mean <= found.quantiles[-1]


def test_oee_is_what_was_good_over_what_could_have_been():
    """ISO 22400-2: nominal time of the good ones over planned busy time, the break left out."""
    found = told()
    made = found.others["count"].mean
    assert found.others["oee"].mean == pytest.approx(made * 60 / 75 / (900 - 300))
    assert found.others["quality"].mean == pytest.approx(0.998, abs=1e-3)


def test_oee_is_availability_times_effectiveness_times_quality():
    """Of sums over sums, whatever the single runs were."""
    found = told(Rejects(asset=SAW, share=0.1)).others
    product = found["availability"].mean * found["effectiveness"].mean * found["quality"].mean
    assert found["oee"].mean == pytest.approx(product)
    assert 0 < found["availability"].mean <= 1


def test_a_counting_machine_that_stands_is_not_available():
    """Half of the planned time lost is half of the availability."""
    quiet = told(horizon_s=180.0).others["availability"].mean
    out = told(Outage(asset=STACKER, duration_s=90), horizon_s=180.0)
    assert out.others["availability"].mean == pytest.approx(quiet / 2, abs=0.12)


def test_rejects_cost_quality_and_oee():
    """A fifth thrown out."""
    found, before = told(Rejects(asset=SAW, share=0.2)), told()
    assert found.others["quality"].mean == pytest.approx(0.8, abs=0.01)
    assert found.others["oee"].mean < 0.9 * before.others["oee"].mean


def test_rejects_may_be_so_much_of_what_they_are_or_of_what_is_made():
    """Twice as much of it, or a level whatever they are; one after the other in order."""
    none, some, twice = (
        1 - told(Rejects(asset=SAW, factor=many)).others["quality"].mean for many in (0, 50, 100)
    )
    assert twice - none == pytest.approx(2 * (some - none), rel=0.15)
    assert some - none > 0.01
    level = Rejects(asset=SAW, share=0.2, factor=0)
    assert told(level).others["quality"].mean == pytest.approx(0.8, abs=0.01)
    both = told(level, Rejects(asset=SAW, factor=0.5))
    assert both.others["quality"].mean == pytest.approx(0.9, abs=0.01)


def test_without_shifts_there_is_no_oee():
    """And it is said why."""
    found = told(snapshot=paid_mill("shifts").snapshot())
    assert "oee" not in found.others
    assert 0 < found.others["availability"].mean < 1
    assert any("no shifts" in sentence for sentence in found.unsaid)


def test_in_no_planned_busy_time_there_is_no_oee():
    """Nothing over nothing is not 1 (ISO 22400-2): the shift ends at ten in the evening."""
    night = paid_mill(end=T0 + 6 * 3600 * SECOND).snapshot()
    assert not {"oee", "availability"} & set(told(snapshot=night, n=2).others)


def test_what_is_not_told_is_absent():
    """A plant that gives no power, price, limit, product or shift."""
    found = told(snapshot=Mill().snapshot(), n=2)
    names = {"oee", "energy", "cost", "margin", "risk", "lateness", "late", "crew_cost"}
    assert not names & set(found.others)
    assert found.risks == ()
    assert len(found.unsaid) >= 4


def test_energy_is_a_tenth_at_rest_and_the_rest_by_output():
    """Saw and planer share 30 kW; a line that stands draws a tenth of it."""
    stands = told(Outage(asset=SAW, duration_s=1e6), horizon_s=150.0)
    rest = 0.1 * 30 * 150 / 3600
    assert rest < stands.others["energy"].mean < 2.2 * rest
    runs = told(horizon_s=150.0)
    assert runs.others["energy"].mean == pytest.approx(
        150 / 3600 * (20 * (0.1 + 0.9) + 10 * (0.1 + 0.9 * 60 / 66)), rel=0.06
    )
    assert runs.others["energy_cost"].mean == pytest.approx(1.5 * runs.others["energy"].mean)
    assert runs.others["energy"].unit == "kW.h"


def test_people_are_paid_where_it_is_said_how_many_there_are():
    """Two of them for a quarter of an hour at 600 an hour."""
    assert "crew_cost" not in told(n=2).others
    found = told(Staffing(people=2), n=2).others
    assert found["crew_cost"].mean == 300.0
    assert found["cost"].mean == pytest.approx(300.0 + found["energy_cost"].mean)
    assert found["unit_cost"].mean == pytest.approx(found["cost"].mean / found["count"].mean)
    assert found["margin"].mean == pytest.approx(2 * found["count"].mean)


@pytest.mark.parametrize(("made", "late"), [(5900, 0.0), (0, 1.0)])
def test_an_order_is_late_by_when_it_ends_less_when_it_is_due(made, late):
    """A hundred boards are done inside the horizon, six thousand long after the due time."""
    found = told(running=Running(order="o-1", made=made))
    takes_s = 900 * (6000 - made) / found.others["count"].mean
    assert found.others["lateness"].mean == pytest.approx(takes_s - DUE_S, abs=0.02 * takes_s)
    assert found.others["late"].mean == late


@pytest.mark.parametrize(
    ("running", "why"),
    [
        (None, "not told"),
        (Running(order="o-2"), "no due time"),
        (Running(order="o-3"), "not in {board}"),
    ],
)
def test_lateness_that_cannot_be_known_is_absent(running, why):
    """Nobody said which order, it is due at no time, or it counts something else."""
    found = told(running=running, n=2)
    assert "lateness" not in found.others
    assert any(why in sentence for sentence in found.unsaid)


def test_an_order_that_is_made_is_as_late_as_it_is_now():
    """Nothing is left to make, and nothing is divided by."""
    stands = told(Outage(asset=SAW, duration_s=1e6), running=Running(order="o-1", made=6000))
    assert stands.others["lateness"].mean == pytest.approx(-DUE_S)


def test_a_header_below_its_alarm_limit_is_a_risk():
    """Both with its probability and among all that may break."""
    found = told(Capacity(asset=FAN, factor=0.2))
    (risk,) = [r for r in found.risks if r.subject == f"{MAIN}/draft"]
    assert (risk.side, risk.limit, risk.unit) == ("below", 4.0, "kPa")
    assert risk.probability.mean > 0.9
    assert found.others["risk"].mean >= risk.probability.mean
    assert given(told(n=8)) == []


def test_what_the_product_does_not_tolerate_is_a_risk():
    """A plank is spoilt above 45 degrees at the blade; without products there is no such limit."""
    found = told(Offset(point=f"{SAW}/blade_heat", amount=8))
    assert [(r.subject, r.limit) for r in given(found)] == [(f"{SAW}/blade_heat", 45.0)]
    beam = paid_mill(columns={f"{LINE}/stacker/product": 2.0}).snapshot()
    assert given(told(Offset(point=f"{SAW}/blade_heat", amount=8), snapshot=beam, n=8)) == []


def test_a_break_that_is_worked_through_is_planned_busy_time():
    """Two minutes into the break the line runs: OEE stays below what the speed can give."""
    through = paid_mill(end=T0 + (BREAK_S + 120) * SECOND).snapshot()
    assert told(snapshot=through).others["oee"].mean < 60 / 75 + 0.02


def test_a_forecast_of_then_is_about_then():
    """Busy time, energy and due times count from the start asked for."""
    then = told(start=AsOf(at=T0 - 600 * SECOND), running=Running(order="o-1", made=5900))
    assert then.others["lateness"].mean < -DUE_S - 400
    assert then.others["oee"].mean == pytest.approx(59 / 75, abs=0.05)


def test_slower_is_less_of_everything_that_is_made():
    """Rate, margin and energy fall together; the saving a unit is no saving."""
    slow, base = told(Speed(asset=SAW, factor=0.7)), told()
    for name in ("count", "margin", "energy", "oee"):
        assert slow.others[name].mean < base.others[name].mean
    assert slow.others["unit_cost"].mean > base.others["unit_cost"].mean
    assert np.isfinite([e.mean for e in slow.others.values()]).all()


def test_what_is_counted_too_coarsely_is_said():
    """Room for less than is counted at a time."""
    assert not any("at a time" in sentence for sentence in told(n=2).unsaid)
    small = BufferSize(source=SAW, target=PLANER, capacity=1)
    tiny = told(small, n=2, horizon_s=86_400.0).unsaid
    assert any("ask for a shorter time" in sentence for sentence in tiny)
    assert not any("shorter time" in sentence for sentence in told(small, n=2).unsaid)
