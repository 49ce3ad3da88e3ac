"""The best order of the jobs as an agent is told it: what is planned, what is offered, how sure."""

import pytest

from tests.fakes import FakeForecaster
from tests.tools.box import Box
from tests.tools.scenery import LINE4, NOW
from tests.tools.standins import schedule as planned
from twin_core.chart import Gantt
from twin_core.simulation.scheduling.offer import Withheld
from twin_core.simulation.scheduling.plan import Plans


async def test_a_better_order_is_told_beside_the_planned_one():
    """In the order of work, with what it is proven to be, marked as simulated."""
    found = await Box()("schedule", line="line 4")
    best, assumed = found.evidence
    assert best.subject == LINE4
    assert best.quality == "simulated"
    assert best.data["better"]
    assert best.data["proven"]
    orders = best.data["orders"]
    assert isinstance(orders, list)
    assert len(orders) == 6
    assert (
        f"a better order of its 6 jobs is {', '.join(map(str, orders))}: done at" in best.statement
    )
    assert "3 changeovers of 65 min, instead of" in best.statement
    assert "nothing better exists, and the simulation ran it so" in best.statement
    assert "set up for is not given" in assumed.statement
    assert "counted at its nominal rate" in assumed.statement
    assert "riverside/" not in assumed.statement


async def test_every_line_is_told_by_itself():
    """A machine means its line; nothing named means every line that has orders."""
    whole = await Box()("schedule")
    assert {e.subject for e in whole.evidence} == {
        f"riverside/packaging/line{n}" for n in (1, 2, 3, 4)
    }
    machine = await Box()("schedule", line="filler 4")
    assert {e.subject for e in machine.evidence} == {LINE4}


async def test_both_plans_are_carried_as_charts():
    """Every line a row; jobs, changeovers, what is closed, due times; as planned, then offered."""
    found = await Box()("schedule")
    before, after = found.charts
    assert isinstance(before, Gantt)
    assert isinstance(after, Gantt)
    assert before.rows == after.rows == ("Line 1", "Line 2", "Line 3", "Line 4")
    assert before.start == NOW
    assert before.due == after.due
    for chart in (before, after):
        assert {span.doing for span in chart.spans} == {"work", "changeover", "closed"}
        assert len([span for span in chart.spans if span.doing == "work"]) == 24
    changes = [sum(s.doing == "changeover" for s in c.spans) for c in (before, after)]
    assert changes[0] > changes[1]


async def test_a_planned_order_that_cannot_be_bettered_is_said_to_be_good():
    """In five minutes one job begins."""
    found = await Box()("schedule", line="line 4", horizon="5 min")
    assert "the planned order of its only job is as good as any" in found.evidence[0].statement
    assert not found.evidence[0].data["better"]


async def test_what_the_simulation_does_not_bear_out_is_not_offered():
    """Why is told, and nothing else."""

    def withheld(snapshot, wish):
        (plan,) = planned(snapshot, wish).plans
        other = plan.model_copy(
            update={"outcome": Withheld(why=("it ends later",)), "turns": (), "before": None,
                    "offered": None}
        )  # fmt: skip
        return Plans(plans=(other,), unplanned={f"{LINE4[:-1]}1": "It is closed."})

    box = Box(forecaster=FakeForecaster(schedule=withheld))
    first, _, closed = (await box("schedule", line="line 4")).evidence
    assert first.statement == "Line 4: nothing is offered, for it ends later."
    assert closed.statement == "Line 1 has no plan: It is closed."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"line": "line 9"}, "There is no asset"),
        ({"horizon": "soon"}, "“tonight”"),
        ({"line": "compressor 1"}, "there is no order of"),
    ],
)
async def test_what_cannot_be_is_told_with_what_can(said, told):
    found = await Box()("schedule", **said)
    assert found.status == "failed"
    assert told in found.text
