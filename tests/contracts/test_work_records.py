"""What every WorkRecords does: the SQL copy of a maintenance system and the fake."""

from typing import Any

import pytest

from connectors.cmms import Maintenance
from connectors.work_records import SqlWorkRecords
from tests.fakes import FakeWorkRecords
from tests.maintenance_system import MaintenanceSystem
from twin_core.plant.source import Source
from twin_core.ports import WorkOrderRecord


@pytest.fixture(params=["sql", "imported", "fake"])
async def held(request, tmp_path):
    """Work records, and the maintenance system whose orders they are."""
    system = MaintenanceSystem()
    await system.start()
    if request.param == "sql":
        source = Source(id="maintenance", name="M", kind="cmms", url=system.url)
        maintenance = Maintenance(source)
        records: Any = SqlWorkRecords(f"sqlite:///{tmp_path}/records.db", maintenance)
        refresh = records.refresh

        async def close():
            await records.close()
            await maintenance.close()

    elif request.param == "imported":
        records = SqlWorkRecords(f"sqlite:///{tmp_path}/records.db")
        close = records.close

        async def refresh():
            await records.keep([WorkOrderRecord.model_validate(o) for o in system.orders])

    else:
        records = FakeWorkRecords()

        async def refresh():
            records.records = [WorkOrderRecord.model_validate(o) for o in system.orders]

        async def close():
            return None

    yield system, records, refresh
    await close()
    await system.stop()


def order(key, asset):
    return {"key": key, "asset": asset, "task": f"mend {asset}"}


async def test_orders_are_found_by_asset_and_below_newest_first(held):
    """An asset's orders are its own and those of everything below it, newest first."""
    system, records, refresh = held
    for key, asset in (("a", "s/a/l/u"), ("b", "s/a/l"), ("c", "s/a/l2/u"), ("d", "s/a/l/u2")):
        system.make(order(key, asset))
    await refresh()
    assert [r.key for r in await records.work_orders()] == ["d", "c", "b", "a"]
    assert [r.key for r in await records.work_orders("s/a/l")] == ["d", "b", "a"]
    assert [r.key for r in await records.work_orders("s/a/l/u")] == ["a"]
    assert list(await records.work_orders("s/none")) == []


async def test_an_order_is_seen_as_it_stands(held):
    """After a refresh an order shows its new status, finding and end."""
    system, records, refresh = held
    made = system.make(order("a", "s/a/l/u"))
    await refresh()
    assert (await records.work_orders())[0].found_fault is None
    made |= {"status": "done", "finding": "worn valve", "found_fault": True, "closed": 10**16}
    await refresh()
    (record,) = await records.work_orders()
    assert (record.status, record.finding, record.found_fault, record.closed) == (
        "done",
        "worn valve",
        True,
        10**16,
    )
