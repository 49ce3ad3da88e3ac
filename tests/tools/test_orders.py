"""A line's orders as an agent is told them: in their turn, with times, and what these rest on."""

from itertools import pairwise

import pytest

from tests.tools.box import Box
from tests.tools.scenery import LINE4, NOW, Window, riverside, snapshot
from twin_core.value import SECOND


async def test_the_orders_of_a_line_are_told_in_their_turn():
    """Each with its product, when it is made, by when it is wanted, and how late it is."""
    turn, basis = (await Box()("production_orders", line="line 4")).evidence
    assert turn.subject == LINE4
    assert turn.statement.startswith("Line 4 by its plan: first po-4110 (150000 bottles of Cola")
    assert "; then po-4111 (100000 bottles of Lemonade 330 ml), from " in turn.statement
    assert "wanted by 22:00:00 GMT" in turn.statement
    orders = turn.data["orders"]
    assert isinstance(orders, list)
    assert [one["order"] for one in orders][:2] == ["po-4110", "po-4111"]
    assert all(a["end"] <= b["start"] for a, b in pairwise(orders))
    assert "how much of po-4110 is made already is not known" in basis.statement


async def test_how_late_an_order_comes_is_its_end_after_its_due_time():
    """None where it is in time, or wanted by no time."""
    (turn, _) = (await Box()("production_orders", line="line 4")).evidence
    for one in turn.data["orders"]:
        if one["due"] is None:
            assert one["late_s"] is None
        else:
            assert one["late_s"] == max(0, (one["end"] - one["due"]) / SECOND)


@pytest.mark.parametrize("said", ["po-4111", "PO-4111"])
async def test_one_order_is_told_alone(said):
    """With its place among those of its line."""
    found = await Box()("production_orders", order=said)
    assert found.evidence[0].statement.startswith(
        "Order po-4111 (100000 bottles of Lemonade 330 ml) is the second of 6 on line 4: from "
    )


async def test_an_order_that_is_none_gets_those_that_are():
    """Never another one in its place."""
    found = await Box()("production_orders", order="po-9999")
    assert found.status == "failed"
    assert "po-9999" in found.text
    assert "po-4101" in found.text


async def test_a_machine_means_its_line_and_nothing_named_every_line_with_orders():
    """One after the other."""
    machine = await Box()("production_orders", line="filler 4")
    assert {e.subject for e in machine.evidence} == {LINE4}
    whole = await Box()("production_orders")
    assert [e.subject for e in whole.evidence[::2]] == [
        f"riverside/packaging/line{n}" for n in (1, 2, 3, 4)
    ]


async def test_where_no_orders_are_given_none_are_made_up():
    """Of a line, and of the whole plant."""
    bare = Box(Window(snapshot(riverside().model_copy(update={"orders": ()}))))
    for line in ("line 4", ""):
        found = await bare("production_orders", line=line)
        assert found.status == "no_data"
        assert "has no orders for" in found.text


async def test_where_rates_are_not_given_an_order_is_told_without_times():
    """And why."""
    plant = riverside()
    products = tuple(p.model_copy(update={"rates": {}}) for p in plant.products)
    box = Box(Window(snapshot(plant.model_copy(update={"products": products}))))
    turn, _ = (await box("production_orders", line="line 4")).evidence
    assert "when is not known (" in turn.statement
    assert turn.data["orders"][0]["end"] is None
    assert turn.time == NOW
