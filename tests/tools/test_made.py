"""What left a line or a machine over a span, by its own counter."""

from dataclasses import replace

import pytest

from tests.tools.box import Box
from tests.tools.scenery import LINE4, Window, snapshot


async def test_a_machine_is_counted_in_its_own_unit_and_a_line_in_its_own():
    """7 cases in ten seconds, for half an hour; twelve bottles a case."""
    packer = (await Box()("made", asset="packer 4", span="last 30 min")).evidence[0]
    line = (await Box()("made", asset="line 4", span="last 30 min")).evidence[0]
    assert packer.data["made"] == pytest.approx(7 * 180, rel=0.01)
    assert packer.data["unit"] == "{case}"
    assert line.data["made"] == pytest.approx(12 * packer.data["made"])
    assert "bottles from 13:30:00 to 14:00:00" in line.statement


async def test_a_counter_that_starts_anew_is_gone_on_with():
    """Nothing is lost, and nothing is counted twice."""
    now = snapshot()
    i = now.plant.index[f"{LINE4}/packer/produced"]
    high = now.recent.high.copy()
    high[300:, i] -= high[299, i]
    window = Window(replace(now, recent=replace(now.recent, high=high)))
    seen = (await Box(window)("made", asset="packer 4", span="last 30 min")).evidence[0]
    assert seen.data["made"] == pytest.approx(7 * 180, rel=0.01)


async def test_what_was_not_heard_is_said():
    """Half of the span is gone."""
    now = snapshot()
    i = now.plant.index[f"{LINE4}/packer/produced"]
    high = now.recent.high.copy()
    high[270:, i] = float("nan")
    window = Window(replace(now, recent=replace(now.recent, high=high)))
    seen = (await Box(window)("made", asset="packer 4", span="last 30 min")).evidence[0]
    assert "15 min of the span was not heard" in seen.statement


async def test_what_counts_nothing_says_so():
    """A header, and a place of many lines."""
    for asset in ("air header a", "packaging"):
        found = await Box()("made", asset=asset, span="last 30 min")
        assert found.status == "no_data"


async def test_a_measurement_with_a_word_that_nothing_here_bears_is_not_taken_for_another():
    """A noise level is no bowl level; a machine's rate is its speed."""
    box = Box()
    for said in ("noise level", "CO2 content of the product", "turbidity"):
        found = await box("latest_values", measurement=said, asset="filler 4")
        assert found.status == "failed"
        assert f"There is no measurement “{said}”" in found.text
    seen = (await box("latest_values", measurement="rate", asset="filler 4")).evidence[0]
    assert seen.subject == f"{LINE4}/filler/speed"


async def test_a_lines_rate_over_a_span_stands_beside_its_nominal():
    """As a share of it."""
    beside = (await Box()("trend", measurement="rate", asset="line 4", span="last 30 min")).evidence
    assert "the nominal rate of line 4" in beside[1].statement
