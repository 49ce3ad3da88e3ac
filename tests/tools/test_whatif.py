"""Forecasts and comparisons: what was understood is said back, the impossible refused."""

import pytest

from tests.tools.box import Box
from tests.tools.scenery import LINE4, snapshot
from tests.tools.standins import forecast, forecaster
from tools.forecasts import beside_evidence, comparison_evidence
from twin_core.simulation.scenario import Comparison, Estimate, Scenario, Staffing


async def test_a_forecast_says_its_interval_and_horizon():
    """Simulated, and marked so."""
    found = await Box()("what_if", line="line 4", horizon="30 min")
    (seen,) = found.evidence
    assert seen.quality == "simulated"
    assert "403 bottles/min (90 % interval 391 to 415) over the next 30 min" in seen.statement


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"asset": "filler 4", "kind": "speed", "value": 90}, "filler 4 at 90 % of its speed"),
        ({"asset": "filler 4", "kind": "stop", "duration": "20 min"}, "stopped for 20 min"),
        ({"asset": "filler 4", "kind": "rejects", "value": 5}, "rejecting 5 % of what it makes"),
        (
            {"asset": "filler 4", "kind": "set", "measurement": "bowl pressure", "value": 2.4},
            "setpoint of filler 4 at 2.4 bar",
        ),
        (
            {"asset": "filler 4", "kind": "set", "measurement": "speed", "value": 512.5},
            "speed of filler 4 at 512.5 bottles/min",
        ),
        ({"asset": "filler 4", "kind": "speed", "value": 90.4}, "filler 4 at 90.4 % of its speed"),
    ],
)
async def test_a_change_is_said_back_as_it_was_understood(change, words):
    """Against as it is, with the difference."""
    found = await Box()("what_if", changes=[change])
    assert words in found.evidence[0].statement
    assert "difference" in found.evidence[0].statement


async def test_a_store_concerns_the_lines_it_feeds_and_those_that_feed_it():
    """The empties lane one, the pallet store all of them."""
    found = await Box()("what_if", changes=[{"asset": "empties lane 2", "kind": "stop"}])
    assert {e.subject for e in found.evidence} == {"riverside/packaging/line2"}
    found = await Box()("what_if", changes=[{"asset": "pallet store", "kind": "stop"}])
    assert {e.subject for e in found.evidence} == {
        f"riverside/packaging/line{n}" for n in (1, 2, 3, 4)
    }


async def test_a_shared_utility_concerns_every_line_it_supplies():
    """Compressor 1 feeds header A, and by the tie header B."""
    found = await Box()("what_if", changes=[{"asset": "compressor 1", "kind": "stop"}])
    assert [e.subject for e in found.evidence] == [
        f"riverside/packaging/line{n}" for n in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"asset": "filler 4", "kind": "set", "measurement": "bowl pressure", "value": 99},
            "outside",
        ),
        ({"asset": "filler 4", "kind": "speed"}, "no value"),
        ({"asset": "filler 4", "kind": "speed", "value": 900}, "outside 0 to 200"),
        ({"asset": "filler 4", "kind": "set", "measurement": "vibration", "value": 1}, "not set"),
        ({"asset": "line 4", "kind": "stop"}, "no machine"),
        ({"asset": "filler 4", "kind": "stop", "after": "10 h"}, "up to 8 h ahead"),
    ],
)
async def test_an_impossible_change_fails_with_what_was_allowed(change, says):
    """Nothing impossible is simulated."""
    asked = forecaster()
    found = await Box(forecaster=asked)("what_if", changes=[change])
    assert found.status == "failed"
    assert says in found.text
    assert asked.asked == []


async def test_what_is_told_to_be_two_things_is_none():
    """A speed of 50 % and of 80 % is not one of 40 %."""
    asked = forecaster()
    slow = [{"asset": "filler 4", "kind": "speed", "value": share} for share in (50, 80)]
    found = await Box(forecaster=asked)("what_if", changes=slow)
    assert found.status == "failed"
    assert "filler 4 changed twice" in found.text
    assert asked.asked == []


async def test_each_line_is_told_what_it_can_feel():
    """People of one line are no people of another; nothing is told of a line as it is."""
    asked = forecaster()
    crews = [{"asset": f"line {n}", "kind": "people", "value": n - 2} for n in (3, 4)]
    found = await Box(forecaster=asked)("what_if", changes=crews)
    assert found.status == "ok"
    seen = {one.line[-5:]: one.changes for _, (_, _, (one,)) in asked.asked}
    assert seen == {"line3": (Staffing(people=1),), "line4": (Staffing(people=2),)}
    none = await Box(forecaster=asked)("what_if", line="line 3", changes=crews[1:])
    assert none.status == "failed"
    assert "changes nothing on line 3; allowed: a question about line 4" in none.text


async def test_options_of_several_lines_are_not_compared():
    """Whose rate counts must be said; people of the other line count there in no way."""
    crews = [{"asset": f"line {n}", "kind": "people", "value": 1} for n in (3, 4)]
    found = await Box()("compare_options", options=crews)
    assert found.status == "failed"
    assert "say whose rate counts; allowed: line 3 or line 4" in found.text


@pytest.mark.parametrize("horizon", ["0 min", "3 days", "soon"])
async def test_an_impossible_horizon_fails(horizon):
    """Up to eight hours."""
    found = await Box()("what_if", line="line 4", horizon=horizon)
    assert found.status == "failed"
    assert "allowed" in found.text


async def test_options_are_compared_best_first():
    """On the same random numbers, with a verdict and bars."""
    found = await Box()(
        "compare_options",
        options=[
            {"asset": "filler 4", "kind": "speed", "value": 80},
            {"asset": "filler 4", "kind": "speed", "value": 120},
        ],
    )
    assert found.text == "Best for line 4: filler 4 at 120 % of its speed."
    assert found.charts[0].labels[0] == "filler 4 at 120 % of its speed"


async def test_what_is_supposed_carries_its_chances():
    """Before and after, by quantiles, under the title of the line."""
    change = {"asset": "filler 4", "kind": "speed", "value": 90}
    (chart,) = (await Box()("what_if", changes=[change])).charts
    assert chart.kind == "distribution"
    assert [spread.name for spread in chart.spreads] == [
        "as it is", "filler 4 at 90 % of its speed",
    ]  # fmt: skip
    assert chart.spreads[0].mean == pytest.approx(402.6)


async def test_options_carry_bars_with_intervals_and_what_they_gain():
    """The best first; then each difference from things as they are."""
    options = [{"asset": "filler 4", "kind": "speed", "value": value} for value in (80, 120)]
    bars, gains = (await Box()("compare_options", options=options)).charts
    assert bars.labels[1:] == ("as it is", "filler 4 at 80 % of its speed")
    each = zip(bars.low, bars.values, bars.high, strict=True)
    assert all(low < value < high for low, value, high in each)
    assert bars.reference == pytest.approx(402.6)
    assert len(gains.labels) == 2
    assert gains.reference == 0


async def test_options_that_cannot_be_told_apart_are_said_to_be_so():
    """A tie with things as they are is no gain; a tie of the two best is told."""
    box = Box()
    tie = await box("compare_options", options=[{"asset": "filler 4", "kind": "speed",
                                                 "value": 100.5}])  # fmt: skip
    assert tie.text == "Best for line 4: leave it as it is; no option is surely better."
    both = await box(
        "compare_options",
        options=[{"asset": "filler 4", "kind": "speed", "value": v} for v in (120, 120.5)],
    )
    assert "It cannot be told apart from filler 4 at 120 % of its speed." in both.text


async def test_options_are_ranked_by_what_is_asked_for():
    """The objective goes to whoever ranks; an unknown one is refused before anything runs."""
    asked = forecaster()
    box = Box(forecaster=asked)
    options = [{"asset": "filler 4", "kind": "speed", "value": 80}]
    await box("compare_options", options=options, by="throughput")
    ((_, (_, scenarios, objective)),) = asked.asked
    assert [scenario.name for scenario in scenarios] == [
        "as it is", "filler 4 at 80 % of its speed",
    ]  # fmt: skip
    assert [term.indicator for term in objective.terms] == ["rate"]
    found = await box("compare_options", options=options, by="beauty")
    assert found.status == "failed"
    assert "There is no indicator “beauty”" in found.text
    assert len(asked.asked) == 1


@pytest.mark.parametrize(
    ("gained", "sure", "says"),
    [
        ((5.0, 1.0, 9.0, 1.0), True, None),
        ((5.0, 0.0, 9.0, 1.0), False, "That holds on average; a single run may show none."),
        ((0.5, -9.0, 9.0, 1.0), False, "The difference may be chance."),
        ((5.0, 0.0, 9.0, None), False, "The difference may be chance."),
        ((0.0, 0.0, 0.0, 0.0), False, "In no replication was there a difference."),
    ],
)
def test_how_sure_a_difference_is_is_said(gained, sure, says):
    """Chance in what was simulated is one thing, chance in what will come another."""
    mean, low, high, half = gained
    now = snapshot()
    scenario = Scenario(name="x", line=LINE4)
    gain = Estimate(mean=mean, low=low, high=high, unit="{bottle}/min", half=half)
    found = Comparison(
        baseline=forecast(now, scenario), candidate=forecast(now, scenario), gain=gain,
        distinguishable=sure,
    )  # fmt: skip
    told = comparison_evidence(found, "x", now.plant.line(LINE4), now.plant).statement
    if says is None:
        assert told.endswith(").")
    else:
        assert told.endswith(says)


def test_other_indicators_are_told_where_they_change():
    """Shares in per cent; what stays as it is is left out; no cost stands beside another kind."""
    now = snapshot()
    plant, scenario = now.plant, Scenario(name="x", line=LINE4)

    def share(mean):
        return Estimate(mean=mean, low=mean - 0.1, high=mean + 0.1, unit="1")

    def amount(mean, unit):
        return Estimate(mean=mean, low=mean, high=mean, unit=unit)

    before = forecast(now, scenario).model_copy(update={"others": {
        "oee": share(0.8), "wip": amount(200, "{bottle}"), "cost": amount(4, "EUR"),
        "energy_cost": amount(4, "EUR")}})  # fmt: skip
    after = before.model_copy(update={"others": {
        "oee": share(0.7), "wip": amount(200, "{bottle}"), "cost": amount(19, "EUR"),
        "energy_cost": amount(3, "EUR"), "crew_cost": amount(16, "EUR")}})  # fmt: skip
    told = beside_evidence(after, before, "x", plant.line(LINE4), plant)
    assert told is not None
    assert told.statement == (
        "Line 4 with x, beside its rate: OEE 70 % (90 % interval 60 % to 80 %), as it is 80 %; "
        "cost of energy 3 EUR (90 % interval 3 to 3), as it is 4 EUR; cost of people 16 EUR (90 % "
        "interval 16 to 16), as it is not counted."
    )
    assert beside_evidence(before, before, "x", plant.line(LINE4), plant) is None


@pytest.mark.parametrize("length", ["0 min", "a while", "1.200 s"])
async def test_a_stop_of_no_known_length_fails(length):
    """It is not simulated over the usual quarter of an hour instead."""
    change = {"asset": "filler 4", "kind": "stop", "duration": length}
    asked = forecaster()
    found = await Box(forecaster=asked)("what_if", changes=[change])
    assert found.status == "failed"
    assert "a time such as “20 min” is needed" in found.text
    assert asked.asked == []
