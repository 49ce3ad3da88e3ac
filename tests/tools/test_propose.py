"""Handing in: the best or the named remedy, in the asker's name, once."""

from dataclasses import replace

import pytest

from tests.fakes import FakeForecaster
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, NOW, OPERATOR, VIEWER, Window, snapshot, waiting
from tests.tools.standins import advise, diagnose
from twin_core.twin import Quarantine


async def test_a_proposal_is_the_best_remedy_in_the_askers_name():
    """The draft carries cause, counterfactual, signs, forecast and basis; the desk the person."""
    box = Box()
    found = await box("propose", asset="line 4")
    ((draft, asker),) = box.desk.submitted
    assert asker == OPERATOR
    assert found.proposals == ("p-00000001",)
    assert draft.title == "Raise the bowl pressure of filler 4 to 2.4 bar"
    assert [e.kind for e in draft.evidence] == ["cause", "counterfactual", "symptom", "forecast"]
    assert draft.basis.points[0].point == f"{FILLER4}/bowl_pressure_setpoint"
    assert draft.effect is not None
    assert "1 supervisor, not the requester" in found.text


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("best", "Raise the bowl pressure of filler 4 to 2.4 bar"),
        ("replace the bowl seal", "Replace the bowl seal of filler 4"),
        ("work order", "Replace the bowl seal of filler 4"),
        ("inspection", "Inspect filler 4"),
    ],
)
async def test_a_named_remedy_is_the_one_proposed(said, title):
    """By its title or its kind."""
    box = Box()
    await box("propose", asset="line 4", remedy=said)
    assert box.desk.submitted[0][0].title == title


async def test_a_remedy_nobody_found_is_not_proposed():
    """Failed, with the titles there are."""
    box = Box()
    found = await box("propose", asset="line 4", remedy="paint it green")
    assert found.status == "failed"
    assert found.choices
    assert box.desk.submitted == []


async def test_doing_nothing_is_not_handed_in():
    """Better wait is an answer, not a draft."""
    box = Box()
    found = await box("propose", asset="line 4", remedy="do nothing")
    assert found.status == "ok"
    assert box.desk.submitted == []
    found = await box("propose", asset="line 2")
    assert found.status == "ok"
    assert box.desk.submitted == []


@pytest.mark.catches("every ask hands in another draft")
async def test_f63_what_waits_already_is_not_handed_in_again():
    """The same remedy is answered with the proposal that waits."""
    same = waiting().model_copy(update={"title": "Raise the bowl pressure of filler 4 to 2.4 bar"})
    box = Box(Window(proposals=[same]))
    found = await box("propose", asset="line 4")
    assert box.desk.submitted == []
    assert found.proposals == (same.proposal,)


async def test_a_write_to_a_point_that_is_not_believed_is_not_proposed():
    """No fresh reading, no basis, no proposal."""
    point = f"{FILLER4}/bowl_pressure_setpoint"
    held = Quarantine(point=point, rule="stuck", since=NOW, value=2.0, reason="stuck")
    asked = FakeForecaster(
        diagnose=diagnose,
        advise=lambda *given: advise(*given).model_copy(update={"basis": None}),
    )
    box = Box(Window(replace(snapshot(), quarantined={point: held})), forecaster=asked)
    found = await box("propose", asset="line 4")
    assert found.status == "no_data"
    assert box.desk.submitted == []


def test_who_may_not_propose_is_not_shown_the_tool():
    """A viewer's box has no `propose`."""
    assert "propose" not in Box(asker=VIEWER).tools
    assert "propose" in Box().tools


async def test_what_is_approved_already_waits_for_nobody():
    """An empty need is not worded."""
    same = waiting().model_copy(
        update={
            "title": "Raise the bowl pressure of filler 4 to 2.4 bar",
            "state": "approved",
            "needs": "",
        }
    )
    found = await Box(Window(proposals=[same]))("propose", asset="line 4")
    assert found.text == f"The same is already proposed: {same.proposal}, approved."


async def test_a_cause_that_is_not_the_likeliest_is_not_called_that():
    """The draft's evidence has the cause at its own rank."""

    def two(now, subject, span_s):
        found = diagnose(now, subject, span_s)
        (cause,) = found.causes
        first = cause.model_copy(update={"name": "Filler 4: something else", "failure_mode": None})
        return found.model_copy(update={"causes": (first, cause)})

    around = FakeForecaster(diagnose=two, advise=advise)
    box = Box(forecaster=around)
    mode = snapshot().plant.class_of(FILLER4).failure_modes[0]
    await box("propose", asset="line 4", cause=mode.name)
    ((draft, _),) = box.desk.submitted
    assert draft.evidence[0].statement.startswith("Another possibility")
