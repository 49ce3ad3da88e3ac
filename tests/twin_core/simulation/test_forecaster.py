"""Forecasts and comparisons on a plant the code has never seen."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np
import pytest

from tests.twin_core.simulation.sawmill import (
    BELT,
    COOLER,
    DEBARKER,
    FAN,
    LINE,
    MAIN,
    PLANER,
    SAW,
    T0,
    YARD,
    Mill,
    sawmill,
)
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.forecaster import compare, estimate, forecast
from twin_core.simulation.live.start import start_of
from twin_core.simulation.live.unknown import Unknown
from twin_core.simulation.model import Held, Model
from twin_core.simulation.numbers import Draws
from twin_core.simulation.plans.plan import machine_plan
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Demand,
    Offset,
    Outage,
    Rejects,
    Restored,
    Rework,
    Scenario,
    SetPoint,
    Speed,
    Staffing,
    Stops,
)
from twin_core.value import SECOND

GO_ON = Scenario(name="go on", line=LINE)


def late(before, after, rows=360, last=48):
    column = np.full(rows, float(before))
    column[-last:] = after
    return column


def gain(*changes, mill=None, replications=24, **more):
    scenario = Scenario(name="change", line=LINE, changes=changes, **more)
    horizon = GO_ON.model_copy(update={"horizon_s": scenario.horizon_s})
    snapshot = (mill or Mill()).snapshot()
    (found,) = compare(snapshot, horizon, [scenario], 1, replications)
    return found


def test_a_steady_line_goes_on_as_it_is():
    """The saw sets the rate; its minor stops cost a little."""
    found = forecast(Mill().snapshot(), GO_ON, 1)
    assert 57 < found.rate.mean < 60
    assert found.rate.low < 59.5 < found.rate.high
    assert found.rate.unit == "{board}/min"
    assert found.precise
    assert found.replications <= 240
    assert found.start == T0


def test_the_same_question_has_the_same_answer_here_and_elsewhere():
    """A forecast is a function of snapshot, scenario and seed, and survives a pickle."""
    snapshot = Mill().snapshot()
    elsewhere, asked = pickle.loads(pickle.dumps((snapshot, GO_ON)))  # noqa: S301
    assert forecast(snapshot, GO_ON, 4, 8) == forecast(elsewhere, asked, 4, 8)
    assert forecast(snapshot, GO_ON, 5, 8).rate != forecast(snapshot, GO_ON, 4, 8).rate


def test_the_same_question_has_the_same_answer_on_any_number_of_workers():
    """Fresh interpreters, each with hash seeds of its own, give what this one gives."""
    snapshot = Mill().snapshot()
    asked = [
        GO_ON.model_copy(update={"changes": changes})
        for changes in ((), (Speed(asset=SAW, factor=0.9), Restored(asset=MAIN, before=T0)))
    ]
    jobs = ([snapshot] * 4, asked * 2, [4, 4, 5, 5], [6] * 4)
    here = list(map(forecast, *jobs))
    for workers in (1, 2):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            assert list(pool.map(forecast, *jobs)) == here


def test_a_repair_leaves_what_is_not_repaired_as_drawn():
    """The machine is the same up to the repair, so that the difference is the repair's alone."""
    state, speed = late(6, 11), late(60, 0)
    ill = Mill(columns={f"{SAW}/state": state, f"{SAW}/speed": speed}, rate=late(60, 0)).snapshot()
    now = next(m for m in start_of(ill, LINE, T0).machines if m.unit.id == SAW)
    then = start_of(ill, LINE, T0 - 520 * SECOND, usual=True)
    again = next(m for m in then.machines if m.unit.id == SAW)
    left = Unknown.draw(now, None, Draws(1, 1000).of(0))
    mended = Unknown.draw(now, again, Draws(1, 1000).of(0))
    for name in ("remaining_s", "halts", "slows", "held"):
        assert (getattr(mended, name) == getattr(left, name)).all()


def test_what_is_reworked_is_won_back():
    """Half of what is lost where half is fed again; nothing where the bottleneck has to do it."""
    spoilt = Rejects(asset=PLANER, share=0.1)
    lost, half, in_vain = (
        gain(spoilt, Rework(asset=PLANER, target=to, share=share), replications=20).gain.mean
        for to, share in ((PLANER, 0.0), (PLANER, 0.5), (SAW, 0.5))
    )
    assert lost < -4
    assert half == pytest.approx(lost / 2, abs=1.0)
    assert in_vain == pytest.approx(lost, abs=0.5)


def test_an_interval_holds_its_mean():
    """One bad realisation in forty pulls the mean below the quantiles."""
    found = estimate(np.array([0.0] + [60.0] * 39), "{board}/min")
    assert found.low <= found.mean <= found.high


def test_scenarios_are_compared_over_the_same_line_and_time():
    """Half an hour is no candidate for a quarter's baseline."""
    longer = GO_ON.model_copy(update={"name": "longer", "horizon_s": 1800.0})
    with pytest.raises(ImpossibleScenario, match="900 s, as in “go on”"):
        compare(Mill().snapshot(), GO_ON, [longer], 1)


def test_no_readings_make_a_machine_faster_than_its_instrument_shows():
    """A commanded speed of next to nothing for an hour, then the usual one."""
    pace = np.full(360, 1e-3)
    pace[-1] = 60.0
    frame = (
        Model(Mill(columns={f"{SAW}/pace": pace}).snapshot(), LINE, T0)
        .simulate([], 0.0, 60.0, 1, 4)
        .frame
    )
    saw = next(m for m in frame.start.machines if m.unit.id == SAW)
    assert machine_plan(frame, saw).rate.max() <= 200 / 60 + 1e-9


def test_a_comparison_is_paired():
    """Nothing changed gains exactly nothing, although the line itself is uncertain."""
    found = gain(Speed(asset=SAW, factor=1.0))
    assert found.gain.mean == 0.0
    assert (found.gain.low, found.gain.high) == (0.0, 0.0)
    assert not found.distinguishable
    assert found.baseline.rate.high - found.baseline.rate.low > 1


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        (Speed(asset=SAW, factor=0.5), -31, -26),
        (SetPoint(point=f"{SAW}/pace", value=45), -17, -11),
        (Stops(asset=PLANER, per_hour=60, mean_s=60), -40, -15),
        (Rejects(asset=PLANER, share=0.2), -13, -8),
        (Outage(asset=SAW, duration_s=450), -32, -22),
        (Outage(asset=BELT, duration_s=450), -33, -22),
        (Capacity(asset=BELT, factor=0.3), -32, -22),
        (SetPoint(point=f"{BELT}/pace", value=10), -32, -20),
        (Outage(asset=YARD, duration_s=900), -50, -38),
        (Offset(point=f"{SAW}/blade_heat", amount=30), -26, -10),
        (Capacity(asset=FAN, factor=0.25), -40, -8),
        (Capacity(asset=COOLER, factor=0.0), -12, -0.2),
        (Demand(asset=MAIN, factor=4.0), -40, -4),
        (Outage(asset=FAN, duration_s=900), -55, -35),
    ],
)
def test_every_kind_of_harm_costs_output(change, low, high):
    """Each change costs what the laws of the plant say, and is told apart from chance."""
    found = gain(change)
    assert low < found.gain.mean < high
    assert found.distinguishable


def test_more_speed_at_the_bottleneck_gains_until_the_next_machine():
    """From 60 to 75 the planer's 66 becomes the limit."""
    found = gain(SetPoint(point=f"{SAW}/pace", value=75), horizon_s=3600)
    assert 3.5 < found.gain.mean < 6.5


def test_more_speed_elsewhere_gains_nothing():
    """A faster debarker only waits more."""
    found = gain(SetPoint(point=f"{DEBARKER}/pace", value=85))
    assert abs(found.gain.mean) < 0.3


def test_past_its_knee_speed_costs_rejects():
    """At 90 a minute every tenth board is thrown out."""
    found = gain(SetPoint(point=f"{SAW}/pace", value=90))
    assert found.candidate.others["rejected"].mean > found.baseline.others["rejected"].mean + 5


def test_more_room_helps_a_machine_that_stops():
    """With a planer that stops often, a longer belt before it saves output."""
    ill = Stops(asset=PLANER, per_hour=40, mean_s=40)
    base = Scenario(name="ill", line=LINE, horizon_s=3600, changes=(ill,))
    size = BufferSize(source=SAW, target=PLANER, capacity=0)
    worse = base.model_copy(update={"changes": (ill, size)})
    (found,) = compare(Mill().snapshot(), base, [worse], 2, 24)
    assert found.gain.mean < -1.0


def test_a_machine_limited_in_itself_may_not_follow_its_setpoint():
    """A saw at 70 % of what it is asked may or may not answer to more: the interval says so."""
    ill = Mill(columns={f"{SAW}/speed": late(60, 42)}, rate=late(60, 42))
    found = gain(SetPoint(point=f"{SAW}/pace", value=66), mill=ill)
    assert found.gain.low < 0.5
    assert found.gain.high > 2.5


def test_cooling_a_hot_blade_wins_back_what_it_lost():
    """A target 24 degrees lower takes as much off the blade: speed and quality come back."""
    heat, speed = late(40, 66), late(60, 42)
    target = f"{SAW}/blade_heat_target"
    ill = Mill(columns={f"{SAW}/blade_heat": heat, f"{SAW}/speed": speed, target: 50.0}, rate=speed)
    found = gain(SetPoint(point=target, value=26), mill=ill)
    assert 11 < found.gain.mean < 18
    assert found.distinguishable


def test_a_repair_brings_back_what_there_was():
    """The restored saw reaches its old speed from the time of the repair on."""
    ill = Mill(columns={f"{SAW}/speed": late(60, 42)}, rate=late(60, 42))
    now = gain(Restored(asset=SAW, before=T0 - 520 * SECOND), mill=ill)
    assert now.baseline.rate.mean == pytest.approx(41, abs=2)
    assert 13 < now.gain.mean < 20
    later = gain(Restored(asset=SAW, before=T0 - 520 * SECOND), mill=ill, after_s=450)
    assert later.gain.mean == pytest.approx(now.gain.mean / 2, rel=0.25)


def test_a_repair_ends_a_stop():
    """A saw that has stood for eight minutes runs again when it is mended."""
    state, speed = late(6, 11), late(60, 0)
    ill = Mill(columns={f"{SAW}/state": state, f"{SAW}/speed": speed}, rate=late(60, 0))
    found = gain(Restored(asset=SAW, before=T0 - 520 * SECOND), mill=ill)
    assert found.baseline.rate.mean < 35
    assert found.candidate.rate.mean > 45


def test_a_restored_machine_loses_its_rejects_and_its_stops():
    """Rejects of the last minutes go with the repair."""
    ill = Mill(columns={f"{SAW}/scrap": np.cumsum(late(0, 3))})
    found = gain(Restored(asset=SAW, before=T0 - 520 * SECOND), mill=ill)
    assert found.baseline.others["rejected"].mean > 15
    assert found.candidate.others["rejected"].mean < 2


def test_a_planned_stop_is_in_the_forecast():
    """A break in five minutes leaves ten minutes of standing in the next fifteen."""
    midday = T0 - T0 % (86_400 * SECOND) + (8 * 60 - 5) * 60 * SECOND  # 9:55 in Oslo, summer
    snapshot = Mill(plant=sawmill(shifts=True), end=midday).snapshot()
    found = forecast(snapshot, GO_ON, 1)
    assert found.rate.mean == pytest.approx(20, abs=3)


def test_an_impossible_scenario_is_refused():
    """By forecast and by comparison alike."""
    wrong = GO_ON.model_copy(update={"changes": (SetPoint(point=f"{SAW}/pace", value=1),)})
    with pytest.raises(ImpossibleScenario, match="30 to 90"):
        forecast(Mill().snapshot(), wrong, 1)
    with pytest.raises(ImpossibleScenario, match="30 to 90"):
        compare(Mill().snapshot(), GO_ON, [wrong], 1)


def test_a_plant_without_any_reading_is_forecast_from_its_nameplate():
    """Nothing believed: the nameplate, with a wide interval, and no error."""
    gone = {p.id: np.nan for p in sawmill().points}
    found = forecast(Mill(columns=gone).snapshot(), GO_ON, 1)
    assert 40 < found.rate.mean < 65
    assert found.rate.high - found.rate.low > 3


def test_a_forecast_without_a_past_still_stands():
    """One bucket of history is enough to start from."""
    found = forecast(Mill(rows=1).snapshot(), GO_ON, 1)
    assert 40 < found.rate.mean < 65


def test_a_forecast_before_the_first_bucket_is_the_nameplate_s():
    """Nothing settled yet: no error, no warning, and it starts now."""
    found = forecast(replace(Mill(rows=0).snapshot(), watermark=0), GO_ON, 1)
    assert 40 < found.rate.mean < 65
    assert found.start == T0


def test_one_person_for_all_machines_mends_them_one_after_the_other():
    """Fewer people never make a line faster, and enough of them are as good as any number."""
    often = [Stops(asset=machine, per_hour=20, mean_s=60) for machine in (DEBARKER, SAW, PLANER)]
    alone = gain(*often, Staffing(people=1), replications=20)
    many = gain(*often, Staffing(people=3), replications=20)
    everyone = gain(*often, replications=20)
    assert alone.candidate.rate.mean < many.candidate.rate.mean - 1.0
    assert many.candidate.rate.mean == pytest.approx(everyone.candidate.rate.mean, rel=0.02)


def test_what_headers_hold_is_found_once_for_comparisons_that_share_it():
    """With the numbers of one that shares nothing, whatever share of the replications it runs."""
    snapshot, held = Mill(rate=1.3).snapshot(), Held(8)
    nothing, more = (
        Scenario(name=name, line=LINE, horizon_s=900.0, changes=changes)
        for name, changes in (("nothing", ()), ("more", (Demand(asset=MAIN, factor=1.3),)))
    )
    for n in (4, 8):
        (alone,) = compare(snapshot, nothing, [more], 3, n)
        (shared,) = compare(snapshot, nothing, [more], 3, n, held=held)
        assert shared == alone
    assert len(held.found) == 2
