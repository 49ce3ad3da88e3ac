"""Scenarios the plant could not be in get a sentence that says what is allowed."""

import pytest

from tests.twin_core.simulation.sawmill import DAMPER, FAN, LINE, PLANER, SAW, sawmill
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import (
    BufferSize,
    Capacity,
    Demand,
    Offset,
    Outage,
    Rejects,
    Restored,
    Scenario,
    SetPoint,
    Speed,
    Stops,
)

PLANT = sawmill()


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
    ],
)
def test_what_cannot_be_says_what_could(scenario, allowed):
    """The sentence carries the range or the kinds."""
    with pytest.raises(ImpossibleScenario) as found:
        check(PLANT, scenario)
    assert allowed in str(found.value)


@pytest.mark.parametrize(
    "scenario",
    [
        what_if(Speed(asset=f"{LINE}/nothing", factor=1)),
        what_if(SetPoint(point=f"{SAW}/nothing", value=1)),
        what_if(BufferSize(source=SAW, target="holm/x/y/z", capacity=3)),
        what_if(line="holm/mill/other"),
    ],
)
def test_unknown_names_are_unknown(scenario):
    """A name nobody has is not an impossible state, it is an unknown name."""
    with pytest.raises(UnknownName):
        check(PLANT, scenario)


def test_everything_else_can_be():
    """One of each kind, inside its range."""
    check(
        PLANT,
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
        ),
    )
