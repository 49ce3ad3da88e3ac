"""Scenarios the plant could not be in get a sentence that says what is allowed."""

import pytest

from tests.twin_core.simulation.paid_sawmill import BREAK_S, paid_sawmill
from tests.twin_core.simulation.sawmill import (
    DAMPER,
    FAN,
    LINE,
    PLANER,
    SAW,
    STACKER,
    T0,
    Mill,
    sawmill,
)
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import (
    AsOf,
    BufferSize,
    Capacity,
    Demand,
    Failures,
    Offset,
    Outage,
    PlannedStop,
    ProductChange,
    Rejects,
    Restored,
    Rework,
    Running,
    Scenario,
    SetPoint,
    Speed,
    Staffing,
    StopMoved,
    Stops,
)
from twin_core.value import SECOND

PLANT = sawmill()
PAID = paid_sawmill()
BREAK = T0 + BREAK_S * SECOND
OTHER = "holm/house/suction"


def what_if(*changes, **more):
    return Scenario(name="what if", line=more.pop("line", LINE), changes=changes, **more)


@pytest.mark.parametrize(
    ("scenario", "allowed"),
    [
        (what_if(SetPoint(point=f"{SAW}/pace", value=200)), "30 to 90 {board}/min"),
        (what_if(SetPoint(point=f"{SAW}/speed", value=50)), "a setpoint of the asset"),
        (what_if(Speed(asset=FAN, factor=0.5)), "allowed: machine"),
        (what_if(Stops(asset=DAMPER, per_hour=3)), "allowed: machine"),
        (what_if(BufferSize(source=SAW, target=f"{LINE}/stacker", capacity=3)), "saw to"),
        (what_if(Demand(asset=f"{LINE}/belt_a", factor=2)), "header or machine"),
        (what_if(Offset(point=f"{SAW}/blade_heat", amount=900)), "-200 to 200 Cel"),
        (what_if(after_s=1000), "0 to 900 s"),
        (what_if(line="holm/house/suction"), "a production line"),
        (what_if(horizon_s=0), "1 to 86400 s, a second to a day"),
        (what_if(horizon_s=1e6), "1 to 86400 s, a second to a day"),
        (what_if(after_s=-1), "0 to 900 s"),
        (what_if(*[Speed(asset=SAW, factor=1)] * 101), "0 to 100"),
        (what_if(Restored(asset=SAW, before=10**40)), "a moment"),
        (what_if(Restored(asset=SAW, before=-5)), "a moment"),
        (what_if(BufferSize(source=SAW, target=PLANER, capacity=-20)), "0 to 10000000"),
        (what_if(Speed(asset=SAW, factor=-0.1)), "0 to 2"),
        (what_if(Speed(asset=SAW, factor=2.1)), "0 to 2"),
        (what_if(Speed(asset=SAW, factor=1.6)), "up to 1.5 times it, 90 boards/min"),
        (what_if(Capacity(asset=SAW, factor=1.6)), "up to 1.5 times it"),
        (what_if(Speed(asset=SAW, factor=1.3), Speed(asset=SAW, factor=1.3)), "up to 1.5 times"),
        (what_if(SetPoint(point=f"{SAW}/pace", value=90), Speed(asset=SAW, factor=1.1)), "1 times"),
        (what_if(Stops(asset=SAW, per_hour=3, mean_s=0)), "0.001"),
        (what_if(Stops(asset=SAW, per_hour=1e9)), "-3600 to 3600"),
        (what_if(Failures(asset=FAN)), "allowed: machine"),
        (what_if(Failures(asset=SAW, life=0)), "0.01 to 100"),
        (what_if(Failures(asset=SAW, repair=1e9)), "0.01 to 100"),
        (what_if(Failures(asset=SAW, repair_s=0)), "1 to 86400 s"),
        (what_if(Rejects(asset=SAW, share=2)), "-1 to 1"),
        (what_if(Rejects(asset=SAW, factor=-1)), "0 to 100"),
        (what_if(Outage(asset=SAW, duration_s=0)), "three years"),
        (what_if(Outage(asset=SAW, duration_s=5, after_s=-5)), "0 to 86400 s"),
        (what_if(Capacity(asset=FAN, factor=4)), "0 to 3"),
        (what_if(Demand(asset=SAW, factor=-1)), "0 to 10"),
        (what_if(Rework(asset=PLANER, target=STACKER, share=1)), f"{SAW}, {PLANER}"),
        (what_if(Rework(asset=PLANER, target=SAW, share=1.5)), "0 to 1"),
        (what_if(Rework(asset=FAN, target=SAW, share=1)), "machine"),
        (what_if(*[Rework(asset=PLANER, target=SAW, share=0.5)] * 2), "one of each machine"),
        (what_if(Staffing(people=1, first=(SAW, SAW))), "each of them once"),
        (what_if(Staffing(people=0)), "1 to 100"),
        (what_if(Staffing(people=1, machines=(FAN,))), f"{SAW}, {PLANER}"),
        (what_if(Staffing(people=1, first=(FAN,))), f"{SAW}, {PLANER}"),
        (what_if(Staffing(people=1, machines=(SAW,), first=(PLANER,))), SAW),
        (what_if(Staffing(people=1), Staffing(people=1, machines=(SAW,))), "one crew"),
        (what_if(PlannedStop(line=OTHER, duration_s=5)), LINE),
        (what_if(PlannedStop(line=LINE, duration_s=-5)), "three years"),
        (what_if(StopMoved(line=LINE, start=T0)), "such as 2025-06-15T15:10:00Z"),
        (what_if(StopMoved(line=LINE, start=10**18)), "0 to"),
        (what_if(StopMoved(line=LINE, start=BREAK, by_s=1e9)), "-86400 to 86400 s"),
        (what_if(ProductChange(line=LINE, product="lath")), "plank, beam"),
        (what_if(ProductChange(line=OTHER, product="beam")), LINE),
        (what_if(ProductChange(line=LINE, product="beam", changeover_s=-1)), "0 to 604800 s"),
        (what_if(ProductChange(line=LINE, product="beam", after_s=-1)), "0 to 86400 s"),
        (what_if(running=Running(order="o-1", made=6001)), "0 to 6000 {board}"),
        (what_if(start=AsOf(at=-(10**18))), "1 to "),
        (what_if(start=AsOf(at=10**30)), "1 to "),
    ],
)
def test_what_cannot_be_says_what_could(scenario, allowed):
    """The sentence carries the range or the kinds."""
    with pytest.raises(ImpossibleScenario) as found:
        check(PAID, scenario)
    assert allowed in str(found.value)


def test_a_speed_is_judged_by_what_is_asked_for_now():
    """At 45 a minute the saw may double its speed, at 60 it may not; 200 was asked for already."""
    double = what_if(Speed(asset=SAW, factor=2.0))
    slow = Mill(columns={f"{SAW}/pace": 45.0}).snapshot()
    check(slow.plant, double, slow)
    with pytest.raises(ImpossibleScenario, match=r"60 boards/min; allowed: up to 1\.5 times"):
        check(slow.plant, double, Mill().snapshot())
    fast = Mill(columns={f"{SAW}/pace": 200.0}).snapshot()
    check(fast.plant, what_if(Speed(asset=SAW, factor=0.9)), fast)
    with pytest.raises(ImpossibleScenario, match="up to 1 times it"):
        check(fast.plant, what_if(Speed(asset=SAW, factor=1.1)), fast)


def test_a_stop_can_only_be_moved_where_one_is_planned():
    """A plant without a calendar plans none."""
    with pytest.raises(ImpossibleScenario, match="plans none near"):
        check(PLANT, what_if(StopMoved(line=LINE, start=BREAK)))


@pytest.mark.parametrize(
    "scenario",
    [
        what_if(Speed(asset=f"{LINE}/nothing", factor=1)),
        what_if(SetPoint(point=f"{SAW}/nothing", value=1)),
        what_if(BufferSize(source=SAW, target="holm/x/y/z", capacity=3)),
        what_if(line="holm/mill/other"),
        what_if(Failures(asset=f"{LINE}/sow")),
        what_if(PlannedStop(line="holm/x/y", duration_s=5)),
        what_if(ProductChange(line=LINE, product="x" * 100)),
        what_if(running=Running(order="po-9")),
    ],
)
def test_unknown_names_are_unknown(scenario):
    """A name nobody has is not an impossible state, it is an unknown name."""
    with pytest.raises(UnknownName):
        check(PAID, scenario)


def test_an_unknown_machine_is_answered_with_the_nearest():
    """A slip of the finger is helped."""
    with pytest.raises(UnknownName, match=SAW):
        check(PAID, what_if(Speed(asset=f"{LINE}/sow", factor=1)))


def test_everything_else_can_be():
    """One of each kind, inside its range."""
    check(
        PAID,
        what_if(
            SetPoint(point=f"{SAW}/pace", value=66),
            Speed(asset=SAW, factor=0.9),
            Stops(asset=SAW, per_hour=-2),
            Rejects(asset=SAW, share=-0.1),
            Outage(asset=FAN, duration_s=60),
            BufferSize(source=SAW, target=PLANER, capacity=0),
            Capacity(asset=DAMPER, factor=2),
            Demand(asset=SAW, factor=2),
            Offset(point=f"{SAW}/blade_heat", amount=-3),
            Restored(asset=SAW, before=1),
            Failures(asset=SAW, life=2, repair=0.5, repair_s=600),
            Staffing(people=1, machines=(SAW, PLANER)),
            Staffing(people=1, machines=(STACKER,)),
            PlannedStop(line=LINE, duration_s=60, after_s=60),
            StopMoved(line=LINE, start=BREAK, by_s=-30),
            StopMoved(line=LINE, start=BREAK),
            ProductChange(line=LINE, product="beam", after_s=30, changeover_s=0),
            running=Running(order="o-1", made=10),
        ),
    )
