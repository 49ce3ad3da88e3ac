"""What could run better, as the agent hears it."""

from tests.tools.box import Box
from tests.tools.scenery import LINE3, LINE4, snapshot
from tools.improvements import improvements_told
from twin_core.prospect.improvement import Improved


async def test_each_is_told_with_gain_interval_and_what_was_tried():
    """At most three; numbers stand in the evidence."""
    told = await Box()("could_run_better")
    first, speed, order = told.evidence
    assert "2 could be found" in first.statement
    assert "660 bottles/min" in speed.statement
    assert "+18 bottles/min (90 % interval +14 to +22)" in speed.statement
    assert speed.subject == f"{LINE4}/labeller"
    assert "po-4108, po-4107" in order.statement
    assert order.subject == LINE3
    assert told.charts[0].values == (3.0, 1.0)


async def test_none_is_an_answer():
    """Nothing to better, and that it was looked for."""
    told = await Box()("could_run_better", asset="line 1")
    assert told.status == "ok"
    assert "nothing was found" in told.text
    assert "40 scenarios" in told.text
    assert told.charts == ()


async def test_what_was_not_looked_at_is_not_called_well():
    """Where something is wrong with each line, nothing was looked at."""
    now = snapshot()
    found = Improved(
        subject=LINE4, found=(), more=0, passed={LINE4: "something is wrong with it"}, looked=(),
        trials=0, at=now.now, seed=1, model_version="1", state_digest="0",
    )  # fmt: skip
    head, why = improvements_told(found, now)
    assert "nothing was looked at" in head.statement
    assert "was not looked at: something is wrong" in why.statement
