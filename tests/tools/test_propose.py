"""Handing in: the best or the named remedy, in the asker's name, once."""

from dataclasses import replace

import pytest

from tests.fakes import FakeForecaster
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, NOW, OPERATOR, VIEWER, Window, snapshot, waiting
from tests.tools.standins import advise, diagnose
from twin_core.answer import Grant
from twin_core.governance.action import WritePlan, WriteStep
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


def raised(value):
    """The bowl pressure set to a value, by way of another."""
    point = f"{FILLER4}/bowl_pressure_setpoint"
    ways = [WriteStep(point=point, unit="bar", old=1.9, value=v, check=0.05) for v in (2.2, value)]
    return WritePlan(steps=tuple(ways))


@pytest.mark.catches("every ask hands in another draft")
async def test_f63_what_waits_already_is_not_handed_in_again():
    """The same remedy is answered with the proposal that waits."""
    same = waiting().model_copy(update={"title": "By any other name", "action": raised(2.4)})
    box = Box(Window(proposals=[same]))
    found = await box("propose", asset="line 4")
    assert box.desk.submitted == []
    assert found.proposals == (same.proposal,)


@pytest.mark.parametrize("value", [2.39, 2.41, 24.0])
async def test_another_value_under_the_same_title_is_not_the_same(value):
    """What would be written is compared, not what it is called."""
    title = "Raise the bowl pressure of filler 4 to 2.4 bar"
    other = waiting().model_copy(update={"title": title, "action": raised(value)})
    box = Box(Window(proposals=[other]))
    await box("propose", asset="line 4")
    assert [draft.title for draft, _ in box.desk.submitted] == [title]


@pytest.mark.parametrize("kind", ["work order", "inspection"])
async def test_the_same_job_waits_already_however_urgent(kind):
    """A job is what is to be done on what."""
    first = Box()
    await first("propose", asset="line 4", remedy=kind)
    action = first.desk.submitted[0][0].action
    if kind == "work order":
        action = action.model_copy(update={"priority": "low"})
    box = Box(Window(proposals=[waiting().model_copy(update={"action": action})]))
    await box("propose", asset="line 4", remedy=kind)
    assert box.desk.submitted == []


@pytest.mark.parametrize("said", ["2.6 bar", "2.41", "from 2 to 2.6 bar", "25 bar"])
async def test_a_value_nobody_found_is_not_taken_for_one_like_it(said):
    """Failed, with the titles there are; nothing is handed in."""
    box = Box()
    remedy = f"Raise the bowl pressure of filler 4 {said}"
    found = await box("propose", asset="line 4", remedy=remedy)
    assert found.status == "failed"
    assert box.desk.submitted == []


async def test_where_a_value_comes_from_may_have_moved_since():
    """Only where it goes must be what was found."""
    box = Box()
    await box("propose", asset="line 4", remedy="bowl pressure of filler 4 from 1.9 to 2.4 bar")
    assert len(box.desk.submitted) == 1


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


@pytest.mark.catches("a token for looking lets its operator's assistant propose")
def test_only_an_asker_who_came_to_propose_has_the_tool():
    """An operator of one line has it; with a token that is not good for proposing he has not."""
    grant = Grant.parse("operator@riverside/packaging/line4")
    local = VIEWER.model_copy(update={"grants": (grant,)})
    assert "propose" in Box(asker=local).tools
    looking = OPERATOR.model_copy(update={"scopes": ("read",)})
    assert "propose" not in Box(asker=looking).tools
    assert "propose" in Box().tools


async def test_what_is_approved_already_waits_for_nobody():
    """An empty need is not worded."""
    same = waiting().model_copy(
        update={
            "action": raised(2.4),
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
