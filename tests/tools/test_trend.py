"""Curves: directions that are surer than noise, gaps that are told."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE4, Window, snapshot


async def test_a_trend_reads_the_last_hour_from_the_snapshot_and_draws_it():
    """First, last, mean, extremes, direction, and the curve."""
    found = await Box()("trend", measurement="bowl pressure", asset="filler 4", span="last 20 min")
    (seen,) = found.evidence
    assert seen.data["direction"] == "steady"
    assert "from 13:40:00 to 14:00:00 GMT" in seen.statement
    (chart,) = found.charts
    assert len(chart.series[0].time) == 120


async def test_a_trend_of_a_rate_counts_what_left_the_line_and_leaves_out_a_restart():
    """7 cases in ten seconds are 504 bottles a minute; a counter at 0 again is no loss."""
    now = snapshot()
    i = now.plant.index[f"{LINE4}/packer/produced"]
    high = now.recent.high.copy()
    high[300:, i] -= high[300, i]
    window = Window(replace(now, recent=replace(now.recent, high=high)))
    found = await Box(window)("trend", measurement="rate", asset="line 4", span="last 30 min")
    seen = found.evidence[0]
    assert seen.data["mean"] == pytest.approx(504)
    assert seen.data["low"] > 0


async def test_a_rising_value_is_rising_and_a_gap_is_told():
    """The direction needs more than noise; what was not heard is not bridged."""
    now = snapshot()
    i = now.plant.index[f"{FILLER4}/product_temperature"]
    mean = now.recent.mean.copy()
    mean[240:, i] += 0.05 * (1 + np.arange(120))
    mean[280:300, i] = float("nan")
    recent = replace(now.recent, mean=mean, low=mean, high=mean)
    found = await Box(Window(replace(now, recent=recent)))(
        "trend", measurement="product temperature", asset="filler 4", span="last 20 min"
    )
    seen = found.evidence[0]
    assert seen.data["direction"] == "rising"
    assert "Heard for 83 % of the span" in seen.statement


async def test_a_longer_trend_asks_the_history_and_no_readings_are_no_data():
    """Empty buckets are not zeros."""
    found = await Box()("trend", measurement="bowl pressure", asset="filler 4", span="last 5 h")
    assert found.status == "no_data"
    assert "There is no data of the filler bowl counter-pressure of filler 4" in found.text


@pytest.mark.parametrize(
    ("span", "ahead"),
    [
        ("at 4pm", "at 16:00"),
        ("at four this afternoon", "at 16:00"),
        ("until 18:30", "until 18:30"),
        ("this evening", "this evening"),
    ],
)
@pytest.mark.catches("yesterday's values told for a time that is yet to come")
async def test_a_time_that_is_yet_to_come_has_no_course(span, ahead):
    """It is said, and how far ahead it is, so that the forecast can be asked."""
    found = await Box()("trend", measurement="bowl pressure", asset="filler 4", span=span)
    assert found.status == "no_data"
    assert found.evidence[0].data == {"ahead": ahead}
    assert "is yet to come" in found.text


async def test_the_time_of_day_of_yesterday_is_past():
    """And so is one of today that is over."""
    for span in ("yesterday at 4pm", "at eight last night", "at 13:30", "until 13:30"):
        found = await Box()("trend", measurement="bowl pressure", asset="filler 4", span=span)
        assert "yet to come" not in found.text
