"""Whatever a connector hands over: the thread that owns the twin lives, the log is whole, no 500.

Times from the smallest to the largest, values that are no numbers, statuses of any bits, texts of
any characters, at any place among readings of a steady plant; through twin, file, export and HTTP.
"""

import asyncio
import contextlib
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest

from api.identity import Identity
from api.replaying import entry_of, put
from api.server import application
from api.sight import SiteView
from connectors.history_duckdb import HistoryDuckDB
from tests.api.test_service import World
from tests.fakes import FakeClock
from tests.twin_core.plant_fixture import OVEN, T0, Feed, bakery
from twin_core.ingest import Twin
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND

PLANT = bakery()
N = len(PLANT.read)
Y2038 = 2**31 * SECOND
TIMES = [
    0,
    -1,
    1,
    -(2**63),
    2**63 - 1,
    -(2**62),
    2**53,
    Y2038,
    Y2038 - 1,
    T0,
    T0 - 1,
    T0 + 30 * SECOND,
]
VALUES = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1.7976931348623157e308, -1e300]
TEXTS = ["", "n/a", "\x00", "\U0001f6d1", None]


def odd_rows(seed, n=40):
    """What no controller should say: point, time, value, status, text."""
    rng = np.random.default_rng(seed)
    return [
        (
            int(rng.integers(N)),
            TIMES[k % len(TIMES)] if k % 2 else int(rng.integers(-(2**63), 2**63 - 1)),
            VALUES[rng.integers(len(VALUES))],
            int(rng.integers(2**32)),
            TEXTS[rng.integers(len(TEXTS))],
        )
        for k in range(n)
    ]


def mixed(steady, rows, seed):
    """A steady batch with odd readings among the others, and their texts."""
    made = Batch.of([(p, t, v, s, T0 + 60 * SECOND) for p, t, v, s, _ in rows])
    whole = Batch.joined([steady, made])
    order = np.random.default_rng(seed).permutation(len(whole))
    texts = {
        int(place): rows[at - len(steady)][4]
        for place, at in enumerate(order)
        if at >= len(steady) and rows[at - len(steady)][4] is not None
    }
    columns = {
        n: getattr(whole, n)[order] for n in ("point", "time", "value", "status", "received")
    }
    return replace(whole, **columns, original=texts)


async def none():
    """No proposals."""
    return ()


async def no_picks(_store):
    """No orders to pick."""
    return {}


async def asked(world, identity, token):
    """Every answer about the plant that rests on readings: path → status."""
    system: Any = SimpleNamespace(
        identity=identity, plant=world.plant, pump=world.pump, historian=world.historian,
        clock=world.clock, running=contextlib.AsyncExitStack,
        casebook=SimpleNamespace(testimony=tuple),
        view_for=lambda who: SiteView(who, world.pump.snapshot, world.historian, none, no_picks),
    )  # fmt: skip
    transport = httpx.ASGITransport(app=application(system))
    point, span = f"{OVEN}/temperature", f"start={T0}&end={T0 + 600 * SECOND}"
    paths = [
        "/state", "/sources", "/indicators", "/incidents", "/alarms",
        f"/history?point={point}&minutes=10", f"/export?point={point}&{span}",
        f"/export?point={point}&{span}&format=parquet",
        f"/lineage?point={point}", "/lots", "/alarms/metrics?span=last+10+min",
        "/reports?asset=northmill",
    ]  # fmt: skip
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        http.headers["Authorization"] = f"Bearer {token}"
        found = {path: (await http.get(path)).status_code for path in paths}
        found["/values"] = (await http.post("/values", json={"points": [point]})).status_code
    return found


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_is_read_the_twin_lives_the_log_is_whole_and_questions_are_answered(
    tmp_path, seed
):
    folder, rows = tmp_path, odd_rows(seed)
    history = HistoryDuckDB(
        folder / "h.duckdb", [p.id for p in PLANT.read],
        sources=[p.source for p in PLANT.read], commit_every_s=0,
    )  # fmt: skip
    identity = Identity(folder / "identity.db", FakeClock().ledger)
    identity.add("vera", "Vera", ["viewer"], [PLANT.site])
    token = identity.issue("vera")
    world = World(history)
    await world.pump.start()
    feed, source = Feed(world.plant), next(iter(world.sources.values()))
    for event in feed.up():
        source.say(event)
    batches = [
        mixed(feed.readings(0, 60), rows, seed),
        Batch.of([]),
        mixed(feed.readings(60, 120), rows[:3], seed),
    ]
    for batch in batches:
        source.say(batch)
    world.clock.set_plant(T0 + 120 * SECOND)
    source.say(SourceEvent(source="house_plc", kind="alive", time=T0 + 119 * SECOND))
    async with asyncio.timeout(20):
        while not world.pump.failure and (source._queue.qsize() or world.pump._unstored):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not world.pump.failure
    answers = await asked(world, identity, token)
    assert {path: code for path, code in answers.items() if code != 200} == {}
    await world.pump.stop()
    assert not world.pump.failure
    await history.rested()
    log = [entry async for entry in history.replay()]
    stored = [entry for _, entry in log if isinstance(entry, Batch)]
    assert [len(batch) for batch in stored] == [len(batch) for batch in batches]
    for told, found in zip(batches, stored, strict=True):
        assert np.array_equal(told.value, found.value, equal_nan=True)
        assert np.array_equal(told.time, found.time)
        assert told.original == found.original
    again = Twin(world.plant)
    put(again, [entry_of(*logged) for logged in log])
    assert again.snapshot(world.clock.plant()).digest == world.pump.snapshot().digest
    await history.close()
    identity.close()
