"""Remaining life, quality and what forecasts miss, through the tools."""

import pytest

from tests.tools.box import Box
from twin_core.chart import Bars, Scatter, Waterfall


async def test_a_life_has_its_interval_its_calibration_and_its_reasons():
    """Running hours, what was held on machines left out, what adds and takes; charts as data."""
    found = await Box()("remaining_life", asset="filler 4")
    assert found.status == "ok"
    assert "running time until it fails: about" in found.text
    assert "in 90% of such cases" in found.text
    assert "blocks left out the model was off by" in found.text
    assert "Why: usual is" in found.text
    why, held = found.charts
    assert isinstance(why, Waterfall)
    assert isinstance(held, Bars)
    total = why.value + sum(step.value for step in why.steps)
    assert total == pytest.approx(found.evidence[0].data["prediction"]["value"])


async def test_a_quality_has_the_chance_to_stay_below_a_limit():
    """A machine on the line stands for the line."""
    found = await Box()("quality", line="filler 4", limit=2.0)
    assert found.status == "ok"
    assert found.text.startswith("Line 4 will throw out")
    assert "That it stays at 2 % or below has a probability of" in found.text
    bare = await Box()("quality", line="line 4")
    assert "probability" not in bare.text


async def test_forecasts_are_held_against_what_came_and_corrected_beside_them():
    """Coverage, bias, score beside the last value; the correction changes no other forecast."""
    found = await Box()("model_error", line="line 4")
    assert found.status == "ok"
    score, corrected = found.evidence
    assert "forecasts of line 4 by the plant file" in score.statement
    assert "corrected by what such forecasts missed it is" in corrected.statement
    assert "Other forecasts and advice are not corrected." in corrected.statement
    assert isinstance(found.charts[0], Scatter)


async def test_without_a_correction_the_error_is_told_and_what_would_correct_it():
    found = await Box()("model_error", line="line 3")
    assert found.status == "ok"
    assert "It is not corrected." in found.evidence[1].statement
    assert "no model of it was promoted" in found.evidence[1].statement


@pytest.mark.parametrize(
    ("tool", "asked", "status", "said"),
    [
        ("remaining_life", {"asset": "capper 4"}, "no_data", "no model of it was promoted"),
        ("remaining_life", {"asset": "line 4"}, "failed", "name the machine"),
        ("quality", {"line": "line 3"}, "no_data", "no model of it was promoted"),
        ("quality", {"line": "riverside"}, "failed", "name the line"),
        ("model_error", {"line": "line 2"}, "no_data", "none of them has been held"),
        ("model_error", {"line": "packaging"}, "failed", "name the line"),
    ],
)
async def test_what_is_not_learnt_or_not_meant_is_said(tool, asked, status, said):
    found = await Box()(tool, **asked)
    assert found.status == status
    assert said in found.text
