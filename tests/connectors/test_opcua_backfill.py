"""Holes that a loss leaves are filled from the history of real servers: asyncua and node-opcua."""

import asyncio
from collections import Counter
from typing import Any

import asyncua.ua
import pytest

from api.clock import SystemClock
from api.service import Pump
from connectors import opcua_backfill
from connectors.gaps import newest
from connectors.opcua import OpcuaSource
from tests.connectors.histories import opened
from tests.contracts.test_reading_source import event, shows, until
from tests.devices import PATH, OpcUaTank
from tests.node_server import NodeServer, node
from twin_core.ingest import Twin
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND

__all__ = ["node"]  # a fixture
CLOCK = SystemClock()
ua: Any = asyncua.ua


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(opcua_backfill, "_SETTLE_S", 0.05)


@pytest.fixture(params=["asyncua", "node-opcua"])
async def tank(request):
    made = (
        OpcUaTank() if request.param == "asyncua" else NodeServer(request.getfixturevalue("node"))
    )
    made.history = True
    yield made
    await made.stop()


@pytest.fixture
async def python(monkeypatch):
    made = OpcUaTank()
    made.history = True
    yield made
    await made.stop()


def connector(tank, known=None, **options):
    source = tank.plant.sources[0]
    changed = {**source.options, "keepalive_s": 0.7, **options}
    source = source.model_copy(update={"options": changed})
    told = None if known is None else lambda: newest(known(), source.id)
    return OpcuaSource(tank.plant, source, CLOCK, jitter=lambda: 0.0, known=told)


async def begin(tank, now, ago_s):
    """The server runs and its values are so old; its clock is right."""
    tank.clock_offset_us = ago_s * SECOND
    await tank.start(now - ago_s * SECOND)


def told(tank, arrivals, name="temperature"):
    """How often each reading of a point came: (time, value) → count."""
    found: Counter[tuple[int, float]] = Counter()
    for batch in (a for a in arrivals if isinstance(a, Batch)):
        here = batch.point == tank.plant.index[PATH[name]]
        found.update(zip(batch.time[here].tolist(), batch.value[here].tolist(), strict=True))
    return found


async def gathered(tank, readings, times, name="temperature"):
    """What arrives until every one of these source times did."""
    seen = []
    wanted = set(times)
    async with asyncio.timeout(20):
        async for arrival in readings:
            seen.append(arrival)
            if isinstance(arrival, Batch):
                here = arrival.point == tank.plant.index[PATH[name]]
                wanted -= set(arrival.time[here].tolist())
                if not wanted:
                    return seen
    raise AssertionError("the source ended")


def last_known(tank, at, value=20.5):
    """Belief that ends with a temperature at a time."""
    twin = Twin(tank.plant)
    twin.apply(SourceEvent(source="plc", kind="up", time=at), at)
    index = tank.plant.index[PATH["temperature"]]
    twin.apply(Batch.of([(index, at, value, 0, at)]), at)
    return twin


async def test_what_came_while_nothing_ran_is_read_back_at_the_start(tank):
    """From the log's last time on, each value once, with its own time, and none of before."""
    now = CLOCK.plant() // 1000 * 1000
    await begin(tank, now, 900)
    times = [now - (700 - i) * SECOND for i in range(650)]
    for i, at in enumerate(times):
        await tank.show("temperature", 20.0 + i / 100, at)
    source = connector(tank, known=lambda: last_known(tank, times[49]).snapshot(now))
    try:
        readings = source.readings()
        seen = await gathered(tank, readings, times[50:])
        found = told(tank, seen)
        assert found == {(at, 20.0 + i / 100): 1 for i, at in enumerate(times) if i >= 50}
        assert "history" not in (await source.health()).detail
    finally:
        await source.close()


async def test_only_so_much_is_read_back(tank):
    """What is further back than `backfill_s` stays missing; with 0 nothing is asked for."""
    now = CLOCK.plant() // 1000 * 1000
    await begin(tank, now, 900)
    times = [now - (700 - i) * SECOND for i in range(0, 700, 10)]
    for at in times:
        await tank.show("temperature", 21.0, at)
    for span_s, expected in ((300.0, times[41:]), (0.0, times[-1:])):
        source = connector(
            tank, lambda: last_known(tank, times[0]).snapshot(now), backfill_s=span_s
        )
        try:
            readings = source.readings()
            seen = await gathered(tank, readings, expected)
            seen += await until(readings, event("alive"))
            assert sorted(at for at, _ in told(tank, seen)) == expected
        finally:
            await source.close()


async def test_a_gap_between_two_connections_is_filled_and_live_values_go_on(python):
    """Whatever was shown, before the loss, meanwhile and after it, arrives exactly once."""
    now = CLOCK.plant()
    await python.start(now)
    source = connector(python)
    try:
        readings = source.readings()
        seen = await until(readings, shows(python, "temperature", 20.5))
        shown = [(now, 20.5)]
        for round_ in range(3):
            python.cut()
            for i in range(5):
                at = CLOCK.plant()
                shown.append((at, 30.0 + round_ + i / 10))
                await python.show("temperature", shown[-1][1], at)
            seen += await gathered(python, readings, [at for at, _ in shown[-5:]])
        assert told(python, seen) == dict.fromkeys(shown, 1)
        kinds = [a.kind for a in seen if isinstance(a, SourceEvent) and a.kind != "alive"]
        assert kinds == ["up"] + 3 * ["down", "up"]
    finally:
        await source.close()


async def test_a_history_that_cannot_be_read_is_told_and_values_come(python):
    """Refused or broken, it is said in health, once; the source stays up, its values come."""
    now = CLOCK.plant()
    await begin(python, now, 60)
    source = connector(python, lambda: last_known(python, now - 90 * SECOND).snapshot(now))

    async def refuse(params):
        raise ua.uaerrors.BadHistoryOperationUnsupported

    python.server.iserver.history_manager.read_history = refuse
    try:
        readings = source.readings()
        await until(readings, event("up"))
        while "history not read back" not in (await source.health()).detail:
            await until(readings, event("alive"))
        await python.show("temperature", 44.0, CLOCK.plant())
        seen = await until(readings, shows(python, "temperature", 44.0))
        assert not any(isinstance(a, SourceEvent) and a.kind == "down" for a in seen)
    finally:
        await source.close()


async def test_what_is_not_remembered_is_not_asked_for(python):
    """A server without history is asked for none, and nothing is wrong with that."""
    python.history = False
    asked: list[Any] = []
    now = CLOCK.plant()
    await begin(python, now, 60)
    python.server.iserver.history_manager.read_history = asked.append
    source = connector(python, lambda: last_known(python, now - 90 * SECOND).snapshot(now))
    try:
        readings = source.readings()
        for _ in range(3):
            await until(readings, event("alive"))
        assert not asked
        assert (await source.health()).detail == "5 points"
    finally:
        await source.close()


async def stored(history, point, times):
    """The readings of a point, once all of these times are among them."""
    for _ in range(400):
        found = await history.raw([point], times[0], times[-1] + 1)
        if set(times) <= set(found.time.tolist()):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to be")


async def test_after_a_restart_the_history_has_no_hole(python, tmp_path):
    """What was shown while nothing ran is in the log as it is in the server, each value once."""
    points = [point.id for point in python.plant.points]
    sources = [point.source for point in python.plant.points]
    index = python.plant.index[PATH["temperature"]]
    shown = [CLOCK.plant()]
    await python.start(shown[0])
    for _ in range(2):
        async with opened(tmp_path / "h.duckdb", points, sources=sources) as history:
            pump: Pump
            source = connector(python, lambda: pump.recalled())  # noqa: B023, PLW0108
            pump = Pump(Twin(python.plant), {"plc": source}, history, CLOCK, 0.05)
            await pump.start()
            try:
                found = await stored(history, index, shown)
            finally:
                await pump.stop()
        times = Counter(found.time.tolist())
        assert sorted(times) == shown
        # A present value is told again by a connection that was lost under load.
        assert [times[at] for at in shown[1:-1]] == [1] * len(shown[1:-1])
        for i in range(300):
            shown.append(CLOCK.plant() + i)
            await python.show("temperature", 22.0 + i / 10, shown[-1])
