"""Causes with their counterfactual, or that nothing is wrong."""

from tests.tools.box import Box
from tests.tools.scenery import FILLER4, forecaster


async def test_a_cause_has_its_counterfactual_and_its_signs():
    """Cause, simulated check with 90 % interval, and the evidence it rests on."""
    found = await Box()("find_cause", asset="line 4")
    kinds = [e.kind for e in found.evidence]
    assert kinds == ["cause", "indicator", "counterfactual", "symptom"]
    check = found.evidence[2]
    assert check.quality == "simulated"
    assert "399 bottles/min (90 % interval 387 to 411)" in check.statement
    assert found.evidence[0].data["asset"] == FILLER4


async def test_nothing_abnormal_is_an_answer():
    """Not every line has a cause to find."""
    found = await Box()("find_cause", asset="line 2")
    assert found.status == "ok"
    assert found.text.startswith("Nothing abnormal was found on line 2")


async def test_diagnosis_and_advice_are_worked_out_once_a_run():
    """Cause, remedies and proposal of one run share them."""
    asked = forecaster()
    box = Box(forecaster=asked)
    for tool in ("find_cause", "find_remedies", "propose"):
        await box(tool, asset="line 4")
    assert [verb for verb, _ in asked.asked] == ["diagnose", "advise"]
