"""What limits a line is told by what its rate answers to, with what cannot be told said."""

import pytest

from tests.fakes import FakeForecaster
from tests.tools import standins
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4
from twin_core.simulation.scenario import Estimate

CAPPER4 = f"{LINE4}/capper"


def answered(**changed):
    """A forecaster whose answer differs so from the usual one."""

    def asked(*given):
        return standins.sensitivity(*given).model_copy(update=changed)

    return FakeForecaster(sensitivity=asked)


async def test_the_bottleneck_is_named_with_what_the_rate_answers():
    """In per cent for a per cent, with interval, horizon and moment; marked as simulated."""
    found = await Box()("bottleneck", line="line 4")
    assert found.text == (
        "The bottleneck of line 4 is filler 4: 1 % more speed of it makes the line's rate 0.69 % "
        "(90 % interval 0.61 to 0.77) higher, over the next 30 min from 14:00:00 GMT."
    )
    assert found.evidence[0].quality == "simulated"
    assert found.evidence[0].data["bottleneck"] == [FILLER4]


async def test_what_is_gained_where_is_told_the_most_first():
    """As far as was asked, and as far as it is surely gained."""
    found = await Box()("bottleneck", line="line 4", faster=10)
    told = [e.statement for e in found.evidence if "more speed of" in e.statement]
    assert told[1].startswith("10 % more speed of filler 4 gains +30 bottles/min")
    assert told[2].startswith("10 % more speed of capper 4 gains +4.6 bottles/min")
    assert len(told) == 3


async def test_a_bottleneck_at_the_end_of_its_range_is_called_so():
    """It cannot be turned up, so nothing is gained by it."""
    first, *others = standins.sensitivity(Box().window.now, LINE4, 900.0, 0.05).levers
    still = first.model_copy(update={"factor": 1.0, "gain": standins.estimate(0.0, 0.0)})
    around = answered(levers=(still, *others))
    found = await Box(forecaster=around)("bottleneck", line="line 4")
    assert "Filler 4 already runs at the end of its range of speed." in found.content()


async def test_fewer_stops_are_told_where_they_surely_gain_and_nothing_else():
    """The larger buffer may gain nothing, so it is not told."""
    found = await Box()("bottleneck", line="line 4")
    (told,) = [e.statement for e in found.evidence if "Beside speed" in e.statement]
    assert told.startswith("Beside speed, what surely gains: 50 % fewer stops of capper 4 +2.1")
    assert "room" not in told


async def test_rules_of_thumb_stand_beside_it_and_decide_nothing():
    """Only those that say something."""
    found = await Box()("bottleneck", line="line 4")
    assert found.evidence[-1].statement == (
        "Rules of thumb over the last half hour (they only see who waited for whom, and decide "
        "nothing here): by utilisation labeller 4."
    )


async def test_two_that_cannot_be_told_apart_are_both_named():
    """The bottleneck then is a set."""
    levers = tuple(
        x.model_copy(update={"limits": x.asset in {FILLER4, CAPPER4} and x.kind == "speed"})
        for x in standins.sensitivity(Box().window.now, LINE4, 900.0, 0.05).levers
    )
    around = answered(levers=levers, bottleneck=(FILLER4, CAPPER4))
    found = await Box(forecaster=around)("bottleneck", line="line 4")
    assert found.text.startswith(
        "Filler 4 and capper 4 cannot be told apart as the bottleneck of line 4."
    )


async def test_that_nothing_limits_is_said_with_the_strongest_there_is():
    """And how much of the rate is decided elsewhere, where that is much."""
    levers = tuple(
        x.model_copy(update={"limits": False})
        for x in standins.sensitivity(Box().window.now, LINE4, 900.0, 0.05).levers
    )
    rest = Estimate(mean=0.9, low=0.8, high=1.0, unit="1")
    around = answered(levers=levers, bottleneck=(), rest=rest)
    found = await Box(forecaster=around)("bottleneck", line="line 4")
    assert found.text.startswith("Nothing that was turned surely limits line 4")
    assert any("90 % of the rate of line 4 is decided by no speed" in e.statement
               for e in found.evidence)  # fmt: skip


async def test_of_a_machine_that_was_asked_about_it_is_told_what_it_does():
    """Although it limits nothing."""
    found = await Box()("bottleneck", line="capper 4")
    assert found.evidence[1].statement.startswith("1 % more speed of capper 4 makes the rate")


@pytest.mark.parametrize("horizon", ["3 days", "soon"])
async def test_an_impossible_horizon_fails(horizon):
    """Nothing is simulated."""
    asked = standins.forecaster()
    found = await Box(forecaster=asked)("bottleneck", line="line 4", horizon=horizon)
    assert found.status == "failed"
    assert "allowed" in found.text
    assert asked.asked == []


async def test_a_utility_has_no_bottleneck():
    """It makes nothing by the piece."""
    found = await Box()("bottleneck", line="compressor 1")
    assert found.status == "failed"
