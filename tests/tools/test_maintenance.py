"""Work orders as the maintenance system has them."""

from tests.fakes import FakeWorkRecords
from tests.tools.box import Box
from tests.tools.scenery import FILLER4, NOW
from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND

HOUR = 3600 * SECOND


async def test_work_orders_say_what_the_crew_found():
    """Below the asset, newest first."""
    found = await Box()("work_orders", asset="line 3")
    assert "WO-12 on capper 3, done" in found.evidence[1].statement
    assert "clutch worn" in found.evidence[1].statement
    assert (
        "There are 2 work orders for Riverside Bottling, 1 of them open"
        in (await Box()("work_orders")).text
    )


async def test_what_work_orders_come_to_is_counted_exactly():
    """When last done, how often a fault was found, and which finding came again."""
    orders = [
        WorkOrderRecord(
            reference=f"WO-{n}", key=f"k{n}", asset=FILLER4, task="Look", status="done",
            finding="valve worn", found_fault=True, created=NOW - ago * HOUR,
            closed=NOW - (ago - 1) * HOUR,
        )
        for n, ago in ((1, 90), (2, 50), (3, 10))
    ]  # fmt: skip
    found = await Box(records=FakeWorkRecords(orders))("work_orders", asset="filler 4")
    told = found.evidence[-1]
    assert "Work was last done on filler 4: WO-3" in told.statement
    assert "A fault was found 3 times, on one machine every 40 h on average" in told.statement
    assert "“valve worn” came 3 times on filler 4 (WO-1, WO-2, WO-3), every 40 h" in told.statement
    assert told.data["between_faults_h"] == 40.0


async def test_where_nothing_was_done_nothing_is_told_of_it():
    """One open order: its record, and no history."""
    found = await Box()("work_orders", asset="line 4")
    assert [one.data.get("reference") for one in found.evidence] == [None, "WO-17"]
