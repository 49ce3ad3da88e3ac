"""When a job costs least, as the agent hears it, and the proposal of it."""

from dataclasses import replace

from tests.tools.box import Box
from tests.tools.scenery import LINE4, VIEWER, Window, snapshot
from tests.tools.standins import desk
from twin_core.governance.action import WorkOrder
from twin_core.value import SECOND

PACKER = f"{LINE4}/packer"
ASKED = {"asset": "packer 4", "duration": "10 min", "horizon": "1 h"}


def box(**around):
    return Box(Window(snapshot()), **around)


async def test_the_window_is_told_with_its_cost_and_what_each_party_said():
    """First the window, then the turns, then what is not given."""
    told = await box()("maintenance_window", **ASKED)
    assert told.status == "ok"
    assert told.text.startswith("The window of 10 min for packer 4 that costs least is")
    assert "(90 % interval" in told.text
    assert "are lost on average" in told.text
    said = [e.data["by"] for e in told.evidence if "by" in e.data]
    assert said[0] == "line"
    assert {"crew", "planner"} <= set(said)
    assert any(e.statement.startswith("Not given:") for e in told.evidence)
    (chart,) = told.charts
    assert chart.kind == "series"


async def test_what_a_slow_line_loses_until_then_is_told_beside_the_costs():
    """The costs are those of the job; who waits with a standing fault pays for that too."""
    slow = (await box()("maintenance_window", **ASKED)).text
    assert "its usual is 561 bottles/min: if the job cures that, waiting until" in slow
    well = Box(Window(replace(snapshot(), incidents=())))
    assert "if the job cures that" not in (await well("maintenance_window", **ASKED)).text


async def test_a_window_is_handed_in_by_propose_alone():
    """As a job for the crew, with its window in words; who only looked left nothing."""
    around = desk()
    await box(desk=around)("maintenance_window", **ASKED)
    assert around.submitted == []
    told = await box(desk=around)("propose", asset="packer 4", window="10 min", horizon="1 h")
    ((draft, _),) = around.submitted
    assert isinstance(draft.action, WorkOrder)
    assert draft.action.asset == PACKER
    assert "Begin at " in draft.action.task
    assert told.proposals == ("p-00000001",)
    assert told.evidence[0].kind == "proposal"


async def test_a_denied_window_says_why():
    """And what it would have been."""
    around = desk()
    around.reason = "no jobs on Sundays"
    told = await box(desk=around)("propose", asset="packer 4", window="usual", horizon="30 min")
    assert told.status == "failed"
    assert "no jobs on Sundays" in told.text
    assert told.evidence


async def test_who_may_not_propose_may_look():
    """A viewer."""
    viewer = box(asker=VIEWER)
    assert "propose" not in viewer.tools
    assert (await viewer("maintenance_window", **ASKED)).status == "ok"


async def test_the_usual_job_is_the_longest_that_cures():
    """Where nobody says how long, a window must hold it."""
    told = await box()("maintenance_window", asset="packer 4", horizon="30 min")
    kind = snapshot().plant.class_of(PACKER)
    longest = max(r.duration_s for m in kind.failure_modes for r in m.remedies)
    window = told.evidence[0].data["window"]
    assert (window["end"] - window["start"]) / SECOND == longest


async def test_what_cannot_be_is_refused_with_what_is_allowed():
    """A length that is none, and what no line stands for."""
    told = await box()("maintenance_window", asset="packer 4", duration="a while")
    assert told.status == "failed"
    assert "20 min" in told.text
    told = await box()("maintenance_window", asset="compressor 1")
    assert "machine or conveyor" in told.text
