"""Where goods should lie, when they are fetched, what should move: as an agent is told it."""

from tests.tools.box import Box
from tests.tools.scenery import Window, snapshot, two_warehouses
from twin_core.chart import Bars


async def test_slottings_are_ranked_beside_where_goods_lie_now():
    """The verdict first, each rule with its interval, what lies worst; two charts as data."""
    found = await Box()("slotting_rules")
    assert found.status == "ok"
    assert found.text.endswith("Nothing is moved.")
    verdict, *rest = found.evidence
    assert "others of 2026-03-04" in verdict.statement
    assert sum("of a picker per line" in one.statement for one in rest) == 5
    assert all(one.quality == "simulated" for one in found.evidence)
    if verdict.data["best"] is not None:
        assert "articles would change slots" in verdict.statement
        assert "What lies worst" in rest[-1].statement
    chart = found.charts[0]
    assert isinstance(chart, Bars)
    assert "as it is" in chart.labels


async def test_rules_of_fetching_are_told_as_they_are_and_as_drawn():
    found = await Box()("replenishment_rules", warehouse="picking hall")
    assert found.status == "ok"
    assert "of the day before" in found.evidence[0].statement
    told = [one.statement for one in found.evidence]
    assert any(one.startswith("Rules as they are: ") for one in told)
    assert any(one.startswith("Rules drawn for 99.9 %: ") for one in told)
    assert [chart.unit for chart in found.charts] == ["%", ""]


async def test_stock_is_rebalanced_between_warehouses_and_not_within_one():
    """With one warehouse what is needed is said; with two the moves and what they cover."""
    alone = await Box()("stock_rebalancing")
    assert alone.status == "failed"
    assert "two warehouses or more" in alone.text
    found = await Box(Window(snapshot(two_warehouses())))("stock_rebalancing")
    assert found.status == "ok", found.text
    assert "what a way costs is not told" in found.text
    assert "from annex to depot" in found.evidence[1].statement
    before, after = found.charts[0].values
    assert after > before


async def test_another_warehouse_is_told():
    found = await Box()("slotting_rules", warehouse="moon base")
    assert found.status == "failed"
    assert "depot" in found.text
