import asyncio

import pytest

from connectors.cmms import Maintenance
from connectors.work_records import SqlWorkRecords
from tests.maintenance_system import MaintenanceSystem
from twin_core.errors import SourceDown
from twin_core.governance.action import Command, Inspection, WorkOrder, WriteStep
from twin_core.plant.source import Source

ORDER = WorkOrder(asset="s/a/l/u", task="mend the valve", failure_mode="worn", priority="high")


@pytest.fixture
async def system():
    made = MaintenanceSystem()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def maintenance(system):
    made = Maintenance(Source(id="maintenance", name="M", kind="cmms", url=system.url))
    yield made
    await made.close()


def command(step=ORDER, deadline_s=5.0):
    return Command(
        key="p-1/0/execute", proposal="p-1", epoch=1, purpose="execute", step=step,
        deadline_s=deadline_s,
    )  # fmt: skip


async def test_an_order_is_made_under_our_key_and_found_again(system, maintenance):
    """A job becomes one order with asset, task, mode and priority, found by our key."""
    outcome = await maintenance.execute(command())
    assert (outcome.result, outcome.sent, outcome.acknowledged) == ("verified", True, True)
    assert outcome.reference == "wo-0001"
    assert system.posted == [
        {
            "key": "p-1/0/execute",
            "kind": "work_order",
            "asset": "s/a/l/u",
            "task": "mend the valve",
            "failure_mode": "worn",
            "priority": "high",
        }
    ]


async def test_an_inspection_is_a_job_without_a_mode(system, maintenance):
    """An inspection is asked for as such, at normal priority."""
    outcome = await maintenance.execute(command(Inspection(asset="s/a/l/u", task="look")))
    assert outcome.result == "verified"
    assert system.posted[0]["kind"] == "inspection"
    assert system.posted[0]["failure_mode"] is None


async def test_a_key_that_is_there_already_makes_no_second_order(system, maintenance):
    """An order whose key is known is not made again."""
    await maintenance.execute(command())
    again = await maintenance.execute(command())
    assert (again.result, again.sent, again.reference) == ("verified", False, "wo-0001")
    assert len(system.posted) == 1


@pytest.mark.catches("an order posted again because its answer was lost")
async def test_f33_a_lost_answer_is_unknown_and_looked_for(system, maintenance):
    """When the answer to an order is lost the outcome is unknown; a look finds the one order."""
    hung = asyncio.Event()

    async def lose(method, asked):
        if method == "POST":
            system.make(asked)
            await hung.wait()

    system.answer = lose
    outcome = await maintenance.execute(command(deadline_s=0.3))
    assert (outcome.result, outcome.sent, outcome.acknowledged) == ("unknown", True, False)
    assert (await maintenance.look(command())).result == "verified"
    assert len(system.posted) == 1
    hung.set()


async def test_a_refused_order_is_a_failure_with_the_reason(system, maintenance):
    """What the system says no to is failed, and its words are kept."""

    async def refuse(method, asked):
        return (400, {"error": "no asset s/a/l/u"}) if method == "POST" else None

    system.answer = refuse
    outcome = await maintenance.execute(command())
    assert (outcome.result, outcome.acknowledged) == ("failed", True)
    assert "no asset s/a/l/u" in outcome.detail
    assert (await maintenance.look(command())).result == "not_applied"


@pytest.mark.catches("an answer of 201 taken for an order")
async def test_f35_an_answer_without_an_order_is_a_failure(system, maintenance):
    """Answered 201 and nothing there by our key is failed."""

    async def lie(method, asked):
        return (201, {"reference": "wo-9"}) if method == "POST" else None

    system.answer = lie
    assert (await maintenance.execute(command())).result == "failed"


async def test_an_error_after_the_order_was_made_is_verified_by_reading(system, maintenance):
    """A system that makes the order and answers 500 is believed by what stands there."""

    async def stumble(method, asked):
        if method == "POST":
            system.make(asked)
            return 500, {}
        return None

    system.answer = stumble
    assert (await maintenance.execute(command())).result == "verified"


async def test_another_order_under_our_key_is_a_failure(system, maintenance):
    """An order with our key but for something else is not ours."""
    system.make({"key": "p-1/0/execute", "asset": "s/a/l/other", "task": "paint"})
    outcome = await maintenance.execute(command())
    assert (outcome.result, outcome.sent) == ("failed", False)
    assert "s/a/l/other" in outcome.detail


async def test_a_system_that_is_gone_gets_nothing(system, maintenance):
    """With nobody listening nothing is sent, a look knows nothing, and health says down."""
    await system.stop()
    outcome = await maintenance.execute(command())
    assert (outcome.result, outcome.sent) == ("not_applied", False)
    assert (await maintenance.look(command())).result == "unknown"
    assert not (await maintenance.health()).up
    with pytest.raises(SourceDown):
        await maintenance.records()


async def test_an_answer_that_is_no_list_of_orders_is_an_error(system, maintenance):
    """Nonsense from the system is one clear error, not a crash."""
    for nonsense in ({"a": 1}, "orders", [1], [{"reference": "x"}]):

        async def talk(method, asked, nonsense=nonsense):
            return 200, nonsense

        system.answer = talk
        with pytest.raises(SourceDown):
            await maintenance.records()


async def test_a_write_is_not_a_job(system, maintenance):
    """A write handed to the maintenance system is not sent."""
    step = WriteStep(point="s/a/l/u/x", unit="1", old=0, value=1, check=0)
    assert (await maintenance.execute(command(step))).result == "not_applied"
    assert system.posted == []


async def test_records_are_those_open_or_changed_since(system, maintenance):
    """Orders not done are always told, done ones only if made or closed since then."""
    for key in "abc":
        system.make({"key": key, "asset": "s", "task": "t"})
    system.orders[0] |= {"status": "done", "closed": 5, "created": 1}
    system.orders[1] |= {"status": "done", "closed": 9, "created": 2}
    system.orders[2] |= {"created": 3}
    assert [r.key for r in await maintenance.records(8)] == ["b", "c"]


async def test_what_was_last_known_is_read_while_the_system_is_down(system, maintenance, tmp_path):
    """Stored orders survive the system and the process."""
    system.make({"key": "a", "asset": "s/a", "task": "t"})
    url = f"sqlite:///{tmp_path}/records.db"
    records = SqlWorkRecords(url, maintenance)
    await records.refresh()
    await system.stop()
    with pytest.raises(SourceDown):
        await records.refresh()
    await records.close()
    again = SqlWorkRecords(url, maintenance)
    assert [r.key for r in await again.work_orders()] == ["a"]
    await again.close()


@pytest.mark.catches("a report that is dated back is never read")
async def test_a_report_dated_back_is_read(system, maintenance, tmp_path):
    """A crew may date its report before the newest order; it is read all the same."""
    records = SqlWorkRecords(f"sqlite:///{tmp_path}/records.db", maintenance)
    first = system.make({"key": "a", "asset": "s/a", "task": "t"})
    system.make({"key": "b", "asset": "s/a", "task": "t"})
    await records.refresh()
    first |= {"status": "done", "found_fault": True, "closed": first["created"]}
    await records.refresh()
    assert {r.key: r.status for r in await records.work_orders()} == {"a": "done", "b": "open"}
    await records.close()
