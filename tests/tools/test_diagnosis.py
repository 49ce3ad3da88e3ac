"""Causes with their counterfactual, or that nothing is wrong."""

import pytest

from tests.agents.house import House
from tests.fakes import FakeForecaster
from tests.tools.box import Box
from tests.tools.scenery import FILLER4
from tests.tools.standins import diagnose, forecaster
from twin_core.diagnosis.cause import Diagnosis, FirstOut
from twin_core.evidence import Evidence


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


async def test_a_check_says_since_when_it_was_measured():
    """It is another mean than the line's rate now; without its span the two would not agree."""

    def dated(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        (cause,) = found.causes
        assert cause.check is not None
        check = cause.check.model_copy(update={"since": cause.onset})
        return found.model_copy(update={"causes": (cause.model_copy(update={"check": check}),)})

    found = await Box(forecaster=FakeForecaster(diagnose=dated))("find_cause", asset="line 4")
    assert "measured 403 bottles/min since 13:51:00 GMT." in found.evidence[2].statement


async def test_a_second_cause_is_called_possible_where_it_stands():
    """In its own sentence, not under a heading that says it again."""

    def two(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        (cause,) = found.causes
        second = cause.model_copy(update={"failure_mode": None, "probability": 0.1})
        return found.model_copy(update={"causes": (cause, second)})

    found = await Box(forecaster=FakeForecaster(diagnose=two))("find_cause", asset="line 4")
    assert found.evidence[1].statement.startswith(
        "Another possibility (10 %): something that is not"
    )


@pytest.mark.parametrize("through", ["tool", "assistant"])
async def test_without_failure_modes_the_first_out_is_said_and_no_cause(through):
    """Where to look first and what shows itself there, in the tool's answer and the operator's."""

    def bare(now, subject, span_s):
        del span_s
        at = now.now
        sign = Evidence(kind="symptom", subject=FILLER4, statement="It is slow.", time=at)
        first = Evidence(
            kind="symptom", subject=FILLER4, statement="First out is filler 4.", time=at,
            data={"first_out": True},
        )  # fmt: skip
        origin = FirstOut(asset=FILLER4, sign=sign.id, onset=at, onset_s=15.0, accounts=0.8)
        return Diagnosis(
            subject=subject, start=at - 1, end=at, verdict="unclear", rate=None, usual=None,
            unit="{bottle}/min", first_out=(origin,), evidence=(first, sign), summary="s",
        )  # fmt: skip

    asked = FakeForecaster(diagnose=bare)
    if through == "tool":
        found = await Box(forecaster=asked)("find_cause", asset="line 4")
        text = " ".join(e.statement for e in found.evidence)
        assert not [e for e in found.evidence if e.kind == "cause"]
    else:
        text = (await House(forecaster=asked).ask("why is line 4 slow?")).text
    assert "no failure mode is known there" in text
    assert "First out is filler 4" in text
    assert "It is slow" in text
