"""Work orders as the maintenance system has them."""

from tests.tools.box import Box


async def test_work_orders_say_what_the_crew_found():
    """Below the asset, newest first."""
    found = await Box()("work_orders", asset="line 3")
    assert "WO-12 on capper 3, done" in found.evidence[1].statement
    assert "clutch worn" in found.evidence[1].statement
    assert (
        "There are 2 work orders for Riverside Bottling, 1 of them open"
        in (await Box()("work_orders")).text
    )
