"""POST /ingest: who may push, what is taken, and that 200 means durable."""

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from datetime import UTC, datetime

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api import inlet, service
from api.clock import SystemClock
from api.directory import DataDirectory
from api.identity import Identity
from connectors.history_duckdb import HistoryDuckDB
from evals.virtual.loopback import free_port
from tests.api.pushing import ONE, PLANT, Door, plant
from tests.devices import CLASSES
from tests.fakes import FakeHistorian
from twin_core.errors import BadInput, PlantFileError, StoreDown
from twin_core.ingest import Twin
from twin_core.reading import Batch, SourceEvent
from twin_core.value import SECOND

T, COUNT = "s/a/l/t/temperature", "s/a/l/t/count"


def at(clock, seconds=0.0):
    """Plant time, some seconds on, as a pusher writes it."""
    return datetime.fromtimestamp(clock.plant() / SECOND + seconds, UTC).isoformat()


def reading(clock, value=20.5, seconds=0.0, point=T, **more):
    return {"point": point, "time": at(clock, seconds), "value": value, **more}


@pytest.fixture
async def door(tmp_path):
    async with Door(FakeHistorian(), tmp_path).opened() as made:
        yield made


async def until(holds):
    """Let the pump run until something holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 nothing signals what is waited for
            await asyncio.sleep(0.01)


def stored(door):
    """Every reading in the log."""
    return Batch.joined([Batch.of([]), *(b for _, b in door.historian.log if isinstance(b, Batch))])


async def test_what_is_pushed_is_stored_and_believed(door):
    """One reading, a list, lines; numbers, truth values and status codes; by path or address."""
    one = await door.push(reading(door.clock))
    assert one.status_code == 200
    assert one.json() == {"source": "gw", "stored": 1, "rejected": [], "repeated": False}
    many = [
        reading(door.clock, 21, 1, "T1"),
        reading(door.clock, 7, 1, COUNT),
        reading(door.clock, value=True, seconds=1, point="s/a/l/t/running", status=0x40000000),
        reading(door.clock, None, 2, status=0x808C0000),
    ]
    assert (await door.push(many)).json()["stored"] == 4
    lines = b"\n".join(json.dumps(reading(door.clock, v, 3 + v)).encode() for v in range(3))
    ndjson = {"Content-Type": "application/x-ndjson"}
    assert (await door.push(lines + b"\n\n", **ndjson)).json()["stored"] == 3
    found = stored(door)
    index = door.plant.index
    assert found.point.tolist() == [index[p] for p in (T, T, COUNT, "s/a/l/t/running", *[T] * 4)]
    assert np.array_equal(found.value, [20.5, 21, 7, 1, np.nan, 0, 1, 2], equal_nan=True)
    assert found.status.tolist() == [0, 0, 0, 0x40000000, 0x808C0000, 0, 0, 0]
    assert found.original == {4: "null"}
    assert found.time[0] == door.clock.plant()
    latest = await door.http.get("/state", params={"point": T}, headers=door.signed("eve"))
    assert latest.json()["points"][0]["value"] == 2.0


async def test_a_reading_that_cannot_be_taken_is_told_by_its_place(door):
    """The others are stored; each that is not is told, with near names where its point is none."""
    wrong = [
        reading(door.clock, point="s/a/l/t/temprature"),
        reading(door.clock, point="s/a/l/p/temperature"),
        {"point": T, "time": "2026-11-25T10:00:00", "value": 1},
        {"point": T, "time": 1764000000, "value": 1},
        {"point": T, "time": "1969-12-31T23:00:00Z", "value": 1},
        reading(door.clock, "20.5"),
        reading(door.clock, None),
        reading(door.clock, status=2**32),
        reading(door.clock, unit="Cel"),
        {"point": T, "time": at(door.clock)},
        7,
    ]
    done = await door.push([*wrong, reading(door.clock)])
    assert done.status_code == 200
    body = done.json()
    assert body["stored"] == len(stored(door)) == 1
    assert [row["index"] for row in body["rejected"]] == list(range(len(wrong)))
    assert body["rejected"][0]["nearest"][0] == T
    why = [row["why"] for row in body["rejected"]]
    assert "told by source plc" in why[1]
    assert "timezone" in why[2]
    assert "offset" in why[3]
    assert "1970" in why[4]
    for place, word in enumerate(["value", "value", "status", "unit", "value"], 5):
        assert why[place].startswith(word), why[place]
    nothing = await door.push(wrong)
    assert nothing.status_code == 422
    assert nothing.json()["stored"] == 0
    assert len(stored(door)) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1,", b"\xff", b'{"value": NaN}', b"[" * 100_000, b'"x\xed"'],
)
async def test_f56_what_is_no_json_is_refused_whole(door, body):
    """Bytes that are no JSON: 422, nothing stored, the server lives."""
    done = await door.push(body)
    assert done.status_code == 422
    assert "not JSON" in done.json()["message"]
    assert (await door.push(reading(door.clock))).status_code == 200


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "point": st.sampled_from([T, COUNT, "T1", "x"]) | JSONS,
        "time": st.datetimes().map(lambda t: f"{t.isoformat()}Z") | st.just("2026-01-01") | JSONS,
        "value": st.floats() | st.integers() | st.just(10**400) | st.booleans() | JSONS,
        "status": st.integers() | JSONS,
    },
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROWS | JSONS, max_size=6))
def test_f56_any_push_is_taken_or_refused_by_its_readings(rows):
    """Whatever stands in it: each reading is stored or told, none is both or neither."""
    door = inlet.Inlet(plant(), {"gw": ()}, None, None)  # type: ignore[arg-type]
    try:
        body = json.dumps(rows).encode()
        batch, rejected = door._read("gw", body, 5, lines=False)
    except BadInput:
        assert any(word in body for word in (b"NaN", b"Infinity", b"000000"))
        return
    assert len(batch) + len(rejected) == len(rows)
    places = [row.index for row in rejected]
    assert places == sorted(set(places))
    assert np.isfinite(batch.value[[i not in batch.original for i in range(len(batch))]]).all()
    Twin(plant()).apply(batch, 5)


@pytest.mark.catches("a machine's token that reads, asks or approves")
async def test_a_pusher_can_do_nothing_else_and_nobody_else_can_push(door):
    """Every other door is closed to a pusher; a person, a stranger and nobody cannot push."""
    body = reading(door.clock)
    assert (await door.push(body, "eve")).status_code == 403
    assert (await door.push(body, "away")).status_code == 403
    assert (await door.push(body, source="meter")).status_code == 403
    assert (await door.push(body, Authorization="Bearer x")).status_code == 401
    assert (await door.http.post("/ingest", json=body)).status_code == 401
    assert not len(stored(door))
    told = (await door.http.get("/openapi.json")).json()["paths"]
    others = set(told) - {"/ingest", "/health", "/login"}
    assert len(others) > 15
    for path in others:
        for method in told[path]:
            url = path.replace("{", "").replace("}", "")
            done = await door.http.request(method, url, headers=door.signed(), json={})
            assert done.status_code == 403, (method, path, done.text)
    with pytest.raises(BadInput, match="no other role"):
        door.identity.add("gw9", "Gateway 9", ["pusher", "operator"], ["s"])
    with pytest.raises(BadInput, match="token alone"):
        door.identity.add("gw9", "Gateway 9", ["pusher"], ["s"], "secret")
    login = await door.http.post("/login", json={"user": "gw7", "password": "x"})
    assert login.status_code == 401


async def test_the_source_is_named_unless_there_is_one(door, tmp_path):
    """With several pushed sources the push says which; an unknown one is told the nearest."""
    body = reading(door.clock)
    assert "gw, meter" in (await door.push(body, source="")).json()["message"]
    assert (await door.push(body, source="")).status_code == 422
    unknown = await door.push(body, source="plc")
    assert (unknown.status_code, "gw, meter" in unknown.text) == (404, True)
    assert (
        await door.push(reading(door.clock, point="s/a/l/m/temperature"), "gw8", "meter")
    ).json()["stored"] == 1
    (tmp_path / "one").mkdir()
    async with Door(FakeHistorian(), tmp_path / "one", ONE).opened() as single:
        assert (await single.push(body, source="")).json()["source"] == "gw"


async def test_a_source_is_up_while_it_speaks(door):
    """Up at its first push, with an empty one too; down after a minute of silence; up again."""
    states = lambda: door.pump.snapshot().sources  # noqa: E731
    assert not states()
    assert (await door.push([])).json()["stored"] == 0
    assert states()["gw"].up
    door.clock.turn(50)
    await door.push([])
    door.clock.turn(50)
    await asyncio.sleep(0.2)
    assert states()["gw"].up
    door.clock.turn(30)
    await until(lambda: not states()["gw"].up)
    assert states()["gw"].reason == "silent"
    await door.push(reading(door.clock))
    assert states()["gw"].up
    kinds = [e.body["kind"] for _, e in door.historian.log if getattr(e, "kind", "") == "event"]
    assert kinds == ["up", "alive"]


@pytest.mark.catches("a first push whose older readings are late")
async def test_the_first_push_may_tell_the_last_minute(door):
    """Its readings settle, all of them, though some are older than the lateness."""
    await door.push([reading(door.clock, 20 + s / 8, s - 60) for s in range(0, 60, 2)])
    door.clock.turn(10)
    await door.push([reading(door.clock, 30, 0)])
    assert not any(b.late for _, b in door.historian.log if isinstance(b, Batch))
    assert door.pump.snapshot().watermark > door.clock.plant() - 10 * SECOND


@pytest.mark.catches("a retried push that is counted twice")
async def test_the_same_push_again_is_harmless(door):
    """Known by its bytes it is not stored again; stored again after a restart, believed once."""
    body = [reading(door.clock, 20 + s, s) for s in range(9)]
    first, again = await door.push(body), await door.push(body)
    assert again.json() == first.json() | {"repeated": True}
    assert len(stored(door)) == 9
    before = door.pump.snapshot().digest
    door.inlet._known.clear()
    assert not (await door.push(body)).json()["repeated"]
    assert door.pump.snapshot().digest == before
    await door.push([])
    await door.push([])
    beats = [e for _, e in door.historian.log if getattr(e, "kind", "") == "event"]
    assert len(beats) == 3


class Gate(FakeHistorian):
    """A historian that makes nothing durable until it is let."""

    def __init__(self):
        super().__init__()
        self.open = asyncio.Event()

    async def append(self, entries):
        await self.open.wait()
        await super().append(entries)


@pytest.mark.catches("a push acknowledged before it is durable")
async def test_nothing_is_acknowledged_before_it_is_durable(tmp_path):
    """The answer waits for the commit, and comes after it."""
    historian = Gate()
    async with Door(historian, tmp_path).opened() as door:
        pushing = asyncio.create_task(door.push(reading(door.clock)))
        await until(lambda: T in _believed(door))
        await asyncio.sleep(0.1)
        assert not pushing.done()
        assert not historian.log
        historian.open.set()
        assert (await pushing).json()["stored"] == 1
        assert len(stored(door)) == 1


def _believed(door):
    snapshot = door.pump.snapshot()
    return {p.id for p, v in zip(door.plant.points, snapshot.value, strict=True) if np.isfinite(v)}


@pytest.mark.catches("memory that grows with what cannot be stored yet")
async def test_too_much_is_refused_with_a_time_to_come_again(tmp_path, monkeypatch):
    """429 with Retry-After, nothing of it taken, while too many readings wait for their commit."""
    monkeypatch.setattr(service, "_UNSTORED", 20)
    historian = Gate()
    async with Door(historian, tmp_path).opened() as door:
        full = asyncio.create_task(door.push([reading(door.clock, s, s) for s in range(20)]))
        await until(lambda: not door.pump._drained.is_set())
        busy = await door.push(reading(door.clock, 40, 30))
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
        historian.open.set()
        assert (await full).status_code == 200
        assert len(stored(door)) == 20
        assert (await door.push(reading(door.clock, 40, 30))).status_code == 200


async def test_only_so_many_wait_at_once(tmp_path, monkeypatch):
    """However small they are, pushes that wait for their commit are bounded."""
    monkeypatch.setattr(inlet, "_IN_FLIGHT", 3)
    historian = Gate()
    async with Door(historian, tmp_path).opened() as door:
        waiting = [asyncio.create_task(door.push(reading(door.clock, s, s))) for s in range(3)]
        await until(lambda: door.inlet._waiting == 3)
        assert (await door.push([])).status_code == 429
        historian.open.set()
        assert {done.status_code for done in await asyncio.gather(*waiting)} == {200}


class FullDisk(FakeHistorian):
    full = True

    async def append(self, entries):
        if self.full:
            raise StoreDown("history", "no space left on device")
        await super().append(entries)


async def test_what_is_not_known_to_be_durable_is_no_success(tmp_path, monkeypatch):
    """503 while the disk is full or too slow; the same push afterwards is stored."""
    disk = FullDisk()
    async with Door(disk, tmp_path).opened() as door:
        for _ in range(2):
            refused = await door.push(reading(door.clock))
            assert refused.status_code == 503
            assert "no space" in refused.json()["message"]
        disk.full = False
        await until(lambda: not door.pump.failure)
        assert (await door.push(reading(door.clock))).status_code == 200
    monkeypatch.setattr(inlet, "_DURABLE_S", 0.05)
    (tmp_path / "slow").mkdir()
    historian = Gate()
    async with Door(historian, tmp_path / "slow").opened() as door:
        slow = await door.push(reading(door.clock))
        assert (slow.status_code, "0.05 s" in slow.text) == (503, True)
        historian.open.set()


async def test_a_push_too_large_is_not_taken(door, monkeypatch):
    """More readings or more bytes than are allowed: 413, said how many."""
    monkeypatch.setattr(inlet, "MOST_READINGS", 5)
    many = await door.push([reading(door.clock, s, s) for s in range(6)])
    assert (many.status_code, "at most 5 readings" in many.text) == (413, True)
    bytes_ = await door.push(b" " * (inlet.MOST_BYTES + 1))
    assert (bytes_.status_code, "4 MiB" in bytes_.text) == (413, True)
    assert not len(stored(door))


async def test_the_api_docs_tell_how_to_push(door):
    """The reading's schema, its fields, and every answer stand in OpenAPI."""
    told = (await door.http.get("/openapi.json")).json()["paths"]["/ingest"]["post"]
    assert {"200", "401", "403", "413", "422", "429", "503"} <= set(told["responses"])
    one = told["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0]
    assert set(one["properties"]) == {"point", "time", "value", "status"}
    assert "offset" in told["description"]


def test_a_source_that_is_not_pushed_needs_an_address():
    """Only `http` has no URL, only `replay` a file; only pushed points need no address."""
    found = plant()
    assert found.point(T).address == "T1"
    assert found.point(COUNT).address == COUNT
    for old, new in (
        ("kind: http}", "kind: opcua}"),
        ("kind: http}", 'kind: http, url: "http://gw7"}'),
        ("kind: http}", 'kind: replay, url: "http://gw7/a.csv"}'),
        ('kind: modbus, url: "modbus://127.0.0.1:502"', 'kind: modbus, url: "file:a.csv"'),
        ("temperature: {address: {table: input, register: 0}}", "temperature: {}"),
    ):
        with pytest.raises(PlantFileError):
            plant(PLANT.replace(old, new))


@pytest.mark.catches("a log that forgets what was acknowledged")
def test_f32_killed_right_after_the_answer_nothing_is_lost(tmp_path):
    """A real server, killed as soon as it has answered: every acknowledged reading is there."""
    (tmp_path / "classes.yaml").write_text(CLASSES)
    (tmp_path / "plant.yaml").write_text(ONE)
    data = tmp_path / "data"
    identity = Identity(DataDirectory(data).identity, SystemClock().ledger)
    identity.add("gw7", "Gateway", ["pusher"], ["s"])
    token = identity.issue("gw7")
    identity.close()
    port, clock = free_port(), SystemClock()
    rows = [{"point": T, "time": at(clock, i / 1000), "value": i % 400} for i in range(5000)]
    with (tmp_path / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "serve", "--plant", str(tmp_path / "plant.yaml"),
             "--data", str(data), "--port", str(port)], stdout=log, stderr=log,
        )  # fmt: skip
    try:
        acknowledged = _pushed(f"http://127.0.0.1:{port}", token, rows, process)
    finally:
        process.kill()
        process.wait(timeout=10)
    assert acknowledged == {"source": "gw", "stored": 5000, "rejected": [], "repeated": False}, (
        tmp_path / "serve.log"
    ).read_text()
    found, twin = asyncio.run(_restarted(data, plant(ONE)))
    assert len(found) == 5000
    assert found.value.tolist() == [row["value"] for row in rows]
    assert twin.snapshot(clock.plant()).sources["gw"].up


def _pushed(url, token, rows, process):
    pause = threading.Event()
    for _ in range(200):
        assert process.poll() is None
        with contextlib.suppress(httpx.ConnectError):
            done = httpx.post(
                f"{url}/ingest", json=rows, headers={"Authorization": f"Bearer {token}"}, timeout=20
            )
            process.kill()
            return done.json()
        pause.wait(0.1)
    raise AssertionError("it never listened")


async def _restarted(data, plant_):
    """What a server that starts again on that data finds in its log."""
    points, sources = [p.id for p in plant_.points], [p.source for p in plant_.points]
    historian = HistoryDuckDB(data / "history.duckdb", points, {}, sources)
    twin, batches = Twin(plant_), [Batch.of([])]
    async for _, entry in historian.replay():
        if isinstance(entry, Batch):
            batches.append(entry)
            twin.apply(entry, int(entry.received.max()))
        elif entry.kind == "event":
            twin.apply(SourceEvent.model_validate(entry.body), entry.time)
    await historian.close()
    return Batch.joined(batches), twin
