"""Forecasts and comparisons: what was understood is said back, the impossible refused."""

import pytest

from tests.tools.box import Box
from tests.tools.standins import forecaster


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
        ({"asset": "filler 4", "kind": "rejects", "value": 5}, "rejecting 5 % more"),
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
    ],
)
async def test_an_impossible_change_fails_with_what_was_allowed(change, says):
    """Nothing impossible is simulated."""
    asked = forecaster()
    found = await Box(forecaster=asked)("what_if", changes=[change])
    assert found.status == "failed"
    assert says in found.text
    assert asked.asked == []


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


@pytest.mark.parametrize("length", ["0 min", "a while", "1.200 s"])
async def test_a_stop_of_no_known_length_fails(length):
    """It is not simulated over the usual quarter of an hour instead."""
    change = {"asset": "filler 4", "kind": "stop", "duration": length}
    asked = forecaster()
    found = await Box(forecaster=asked)("what_if", changes=[change])
    assert found.status == "failed"
    assert "a time such as “20 min” is needed" in found.text
    assert asked.asked == []
