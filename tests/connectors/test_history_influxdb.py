"""InfluxDB as a history: outages, refusals, restarts; what the contract suite does not ask.

Faults are met over HTTP on loopback; what is read back is answered by a real engine.
"""

import asyncio
import json
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from structlog.testing import capture_logs

from connectors import influx_shipper
from connectors.backoff import Backoff
from connectors.history_influxdb import HistoryInfluxDB
from connectors.influx_server import Access, InfluxServer
from connectors.influx_spool import Spool
from tests.contracts.test_historian import POINTS, SOURCES, T0, batch, replayed, rows, up
from tests.influx import Endpoint, got, influxdb_1, victoria_metrics
from twin_core.errors import Conflict, StoreDown, WrongKind
from twin_core.ports import LogEntry
from twin_core.reading import BAD_SENSOR_FAILURE, GOOD, Batch
from twin_core.value import SECOND

END = 4_000_000_000 * SECOND


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with influxdb_1(tmp_path_factory.mktemp("influxd")) as url:
        yield url


@pytest.fixture
def endpoint():
    """Takes and counts; no engine behind."""
    with Endpoint().open() as made:
        yield made


@pytest.fixture
async def opened(tmp_path):
    """Opens histories that try again soon; closes them."""
    made = []

    def opener(endpoint, folder=tmp_path / "buffer", bucket="opstwin", points=POINTS, **given):
        access = endpoint.access(bucket=bucket, timeout_s=given.pop("timeout_s", 5.0))
        history = HistoryInfluxDB(
            access, folder, points, send_every_s=0, backoff=Backoff(lambda: 0.0, 0.02, 0.1), **given
        )
        made.append(history)
        return history

    yield opener
    for history in made:
        await history.close()


def one(seq, point=0, value=1.0):
    return seq, batch((point, seq, value, GOOD))


async def arrived(endpoint, count):
    """Wait until the endpoint has so many lines of the log."""
    async with asyncio.timeout(10):
        await asyncio.to_thread(endpoint.wait, "opstwin_log", count)


def seqs(endpoint):
    return [int(line.rsplit(b" ", 1)[1]) for line in endpoint.lines["opstwin_log"]]


@pytest.mark.parametrize(
    "fault",
    [(503, {}, "unavailable"), (500, {}, "internal error"), (401, {}, "unauthorized"), "cut",
     (429, {"Retry-After": "0"}, "org 1234 has exceeded limited_write plan limit")],
)  # fmt: skip
async def test_what_the_server_does_not_take_now_it_gets_later(endpoint, opened, fault):
    """After 429, 503 and their like, or a cut connection, all arrives, in order, and is told."""
    history = opened(endpoint)
    assert await history.last_seq() == 0
    with capture_logs() as told:
        endpoint.faults.extend([fault] * 3)
        for seq in (1, 2, 3):
            await history.append([one(seq)])
        await arrived(endpoint, 3)
        await history.last_seq()
    assert seqs(endpoint) == [1, 2, 3]
    assert (await history.health()).detail == "all is with the server"
    assert [line["event"] for line in told] == [
        "readings wait on disk for InfluxDB",
        "InfluxDB takes readings again",
    ]


async def test_a_server_that_is_silent_is_asked_again(endpoint, opened):
    """A request that is never answered ends at its time-out, and is repeated."""
    history = opened(endpoint, timeout_s=0.2)
    assert await history.last_seq() == 0
    endpoint.faults.append("stall")
    await history.append([one(1)])
    await arrived(endpoint, 1)


async def test_a_server_that_asks_for_a_pause_gets_it(endpoint, opened):
    """Retry-After is kept to, and who would read meanwhile is told at once."""
    history = opened(endpoint)
    assert await history.last_seq() == 0
    endpoint.faults.append((429, {"Retry-After": "1"}, "slow down"))
    began = time.monotonic()
    await history.append([one(1)])
    with pytest.raises(StoreDown, match="429: slow down"):
        await history.last_seq()
    assert time.monotonic() - began < 0.9
    await arrived(endpoint, 1)
    assert time.monotonic() - began >= 1.0


async def test_an_outage_is_bridged_by_the_disk(endpoint, opened):
    """While it is away appends succeed, reads fail aloud; then all is there, in order."""
    history = opened(endpoint)
    await history.append([one(1)])
    await arrived(endpoint, 1)
    endpoint.down = True
    for seq in range(2, 30):
        await history.append([one(seq)])
    with pytest.raises(StoreDown, match="no InfluxDB at"):
        await history.raw([0], 0, END)
    health = await history.health()
    assert not health.up
    assert "MiB of readings wait on disk" in health.detail
    endpoint.down = False
    await arrived(endpoint, 29)
    await asyncio.to_thread(history._shipper.flush)
    assert seqs(endpoint) == list(range(1, 30))
    assert (await history.health()).up


@pytest.mark.catches("readings acknowledged and lost with the process")
async def test_what_waits_survives_the_process(endpoint, opened, tmp_path):
    """A history that ends while the server is away is sent after the next start."""
    history = opened(endpoint)
    await history.append([one(1)])
    await arrived(endpoint, 1)
    endpoint.down = True
    await history.append([one(2), one(3)])
    began = time.monotonic()
    await history.close()
    assert time.monotonic() - began < 3
    endpoint.down = False
    endpoint.lines.clear()  # so that it may say that it has nothing
    again = opened(endpoint)
    with pytest.raises(StoreDown):  # it has now, and has no engine to say how far it is
        await again.last_seq()
    await arrived(endpoint, 2)
    assert seqs(endpoint)[-2:] == [2, 3]


@pytest.mark.catches("a stop that waits until an outage's readings are all with the server")
async def test_a_stop_does_not_wait_for_a_long_queue(endpoint, opened, tmp_path, monkeypatch):
    """Whoever waits for all that is on disk is told that it is closed; the rest stays there."""
    monkeypatch.setattr(influx_shipper, "LINES", 1)
    monkeypatch.setattr(influx_shipper, "_CLOSING_S", 0.1)
    write = InfluxServer.write

    def slow(self, *given):
        threading.Event().wait(0.05)
        write(self, *given)

    monkeypatch.setattr(InfluxServer, "write", slow)
    queue = Spool(tmp_path / "buffer")
    queue.put([f"log,kind=tick at=1i {seq}" for seq in range(1, 301)])
    queue.close()
    history = opened(endpoint)
    waiting = asyncio.create_task(history.last_seq())
    await arrived(endpoint, 2)
    began = time.monotonic()
    await history.close()
    assert time.monotonic() - began < 5
    with pytest.raises(StoreDown, match="closed"):
        await waiting
    assert list((tmp_path / "buffer").glob("*.lp"))


APPENDING = """
import asyncio, sys
from pathlib import Path
from connectors.history_influxdb import HistoryInfluxDB
from connectors.influx_server import Access
from tests.contracts.test_historian import POINTS, T0
from twin_core.reading import Batch

async def main(url, folder):
    access = Access(url=url, org="plant", token="secret-token", bucket="killed")
    history = HistoryInfluxDB(access, Path(folder), POINTS)
    for seq in range(1, 100_000):
        await history.append([(seq, Batch.of([(0, T0 + seq, float(seq), 0, T0)] * 20))])
        print(seq, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_nothing_acknowledged_is_lost_when_it_is_killed(engine, opened, tmp_path):
    """Kill -9 while the server comes and goes: every acknowledged entry is whole in a replay."""
    folder = tmp_path / "killed"
    with Endpoint(engine).open() as endpoint:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", APPENDING, endpoint.url, str(folder),
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        said, output = b"", process.stdout
        assert output is not None
        async with asyncio.timeout(20):
            while (lines := said.count(b"\n")) < 300:
                endpoint.down = lines > 50
                said += await output.read(64)
        process.kill()
        said += await output.read()
        await process.wait()
        endpoint.down = False
        last = int(said[: said.rindex(b"\n")].split()[-1])
        history = opened(endpoint, folder, bucket="killed")
        log = await replayed(history)
        assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
        assert len(log) >= last
        assert all(len(b) == 20 and set(b.value) == {seq} for seq, b in log)


async def test_the_buffer_is_bounded_and_says_so(endpoint, opened):
    """At the bound an append is refused whole; once there is room the same entries go in."""
    history = opened(endpoint, buffer_bytes=600)
    assert await history.last_seq() == 0
    endpoint.down = True
    seq = 0
    with pytest.raises(StoreDown, match=r"full, nothing more is taken; bring InfluxDB back"):  # noqa: PT012
        while seq < 100:
            await history.append([one(seq + 1)])
            seq += 1
    assert 0 < seq < 100
    endpoint.down = False
    await arrived(endpoint, seq)
    async with asyncio.timeout(10):
        while True:  # what the endpoint has seen is let go of a moment later
            try:
                await history.append([one(seq + 1)])
                break
            except StoreDown:
                await asyncio.sleep(0.01)
    await arrived(endpoint, seq + 1)
    assert seqs(endpoint) == list(range(1, seq + 2))
    assert not any(b"lane=1" in line for line in endpoint.lines["opstwin"])


async def test_nothing_is_taken_before_the_server_was_ever_reached(endpoint, opened):
    """Where the log stands only the server knows: until it said so, an append fails aloud."""
    endpoint.down = True
    history = opened(endpoint)
    with pytest.raises(StoreDown, match="no InfluxDB at"):
        await history.append([one(1)])
    endpoint.down = False
    await history.append([one(1)])
    await arrived(endpoint, 1)


async def test_batches_are_of_five_thousand_lines(endpoint, opened):
    """Many readings go in requests of 5,000 lines at most, gzipped, readings first."""
    history = opened(endpoint)
    assert await history.last_seq() == 0
    many = Batch.of([(0, T0 + i, 1.0, GOOD, T0) for i in range(12_000)])
    await history.append([(1, many)])
    await arrived(endpoint, 1)
    assert endpoint.requests == [5000, 5000, 2000, 1]
    assert len(set(endpoint.lines["opstwin"])) == 12_000


@pytest.mark.catches("a refused line that takes its batch along, or is lost in silence")
async def test_refused_lines_are_kept_with_the_reason(endpoint, opened, tmp_path):
    """Those that the server refuses, and no others, are in a file, with its words; it is told."""
    endpoint.refuses = b"place=7i"
    history = opened(endpoint)
    with capture_logs() as told:
        many = Batch.of([(0, T0 + i, float(i), GOOD, T0) for i in range(400)])
        await history.append([(1, many), (2, many), one(3)])
        await arrived(endpoint, 3)
    assert len(set(endpoint.lines["opstwin"])) == 799
    kept = (tmp_path / "buffer" / "refused.txt").read_text().splitlines()
    reasons, lines = kept[0::2], kept[1::2]
    assert [line.split()[1].split(",")[:2] for line in lines] == [
        ["value=7.0", "seq=1i"],
        ["value=7.0", "seq=2i"],
    ]
    assert set(reasons) == {
        "# opstwin: failure writing points to database: partial write: dropped=1"
    }
    assert [(line["lines"], line["log_level"]) for line in told] == [(1, "warning")] * 2
    assert len(endpoint.requests) < 50
    health = await history.health()
    assert health.up
    assert "2 lines refused since the start, kept in refused.txt" in health.detail


@pytest.mark.catches("a file of refused lines that fills the disk")
async def test_the_refused_are_bounded_too(endpoint, opened, tmp_path):
    """Once the file of refused lines is as long as the buffer may be, sending stops, aloud."""
    endpoint.refuses = b"seq="
    history = opened(endpoint, buffer_bytes=2000)
    assert await history.last_seq() == 0
    with pytest.raises(StoreDown, match=r"refused\.txt is full; see why, and move it elsewhere"):  # noqa: PT012
        for seq in range(1, 100):
            await history.append([one(seq)])
            await asyncio.to_thread(history._shipper.flush)
    (tmp_path / "buffer" / "refused.txt").unlink()
    endpoint.refuses = None
    await asyncio.to_thread(history._shipper.flush)
    assert (await history.health()).up


@pytest.mark.parametrize("status", [400, 413, 422, 500])
async def test_a_server_that_refuses_everything_stops_nothing(endpoint, opened, tmp_path, status):
    """However it words a refusal, requests are bounded, every line is kept, later ones go on."""
    history = opened(endpoint)
    assert await history.last_seq() == 0
    endpoint.faults.extend([(status, {}, "partial write: beyond retention")] * 300)
    many = Batch.of([(0, T0 + i, 1.0, GOOD, T0) for i in range(1000)])
    await history.append([(1, many)])
    await asyncio.to_thread(history._shipper.flush)
    assert 100 < 300 - len(endpoint.faults) < 300
    kept = (tmp_path / "buffer" / "refused.txt").read_text().splitlines()
    assert sum(not line.startswith("#") for line in kept) == 1001
    endpoint.faults.clear()
    await history.append([one(2)])
    await arrived(endpoint, 1)


async def test_a_real_partial_write_is_sorted_out(engine, opened, tmp_path):
    """The engine's own field type conflict: the one reading is put aside, the rest can be read."""
    with Endpoint(engine).open() as endpoint:
        history = opened(endpoint, bucket="conflict")
        assert await history.last_seq() == 0
        form = urlencode({"db": "conflict", "precision": "ns"})
        status, said = got(f"{engine}/write?{form}", f"reading special=1.0 {T0}000".encode())
        assert status == 204, said
        values = [(0, 1, 1.0, GOOD), (0, 2, float("nan"), GOOD), (0, 3, 3.0, GOOD)]
        await history.append([(1, batch(*values))])
        assert [r[2] for r in rows(await history.raw([0], 0, END))] == [1.0, 3.0]
        kept = (tmp_path / "buffer" / "refused.txt").read_text()
        assert "field type conflict" in kept
        assert 'special="nan"' in kept


async def test_everything_a_reading_is_comes_back(engine, opened, tmp_path):
    """Any time, value, status, text and mark survives a restart and a replay, bit for bit."""
    largest = 2**63 - 1
    odd = Batch(
        point=np.array([0, 1, 0, 1, 2, 2, 0, 0], np.int32),
        time=np.array([0, largest, -largest, 1, 253_402_300_799 * SECOND, T0, T0, T0], np.int64),
        value=np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1, 1e21]),
        status=np.array([0, 1, 2**32 - 1, 2**31, 2**31 - 1, 0x40900000, 0, 0], np.uint32),
        received=np.array([0, largest, -largest, 2**53 + 1, 1, 2, 3, 4], np.int64),
        original={0: "", 3: 'a "b" \\n \n # c\0 ü 💧', 5: "x" * 100_000},
        late=frozenset({1, 7}),
    )
    edit = LogEntry(seq=9, kind="edit", time=-5, body={"by": 'o\'la "x"\n', "n": [1.5, None, {}]})
    with Endpoint(engine).open() as endpoint:
        history = opened(endpoint, bucket="odd", sources=SOURCES)
        await history.append(
            [(2**40, odd), (2**40 + 9, edit.model_copy(update={"seq": 2**40 + 9}))]
        )
        await history.close()
        again = opened(endpoint, bucket="odd", sources=SOURCES)
        assert await again.last_seq() == 2**40 + 9
        (_, back), (_, entry) = await replayed(again)
        for name in ("point", "time", "status", "received"):
            assert getattr(back, name).tolist() == getattr(odd, name).tolist(), name
            assert getattr(back, name).dtype == getattr(odd, name).dtype
        assert back.value.tobytes() == odd.value.tobytes()
        assert back.original == odd.original
        assert back.late == odd.late
        assert entry.body == edit.body
        found = await again.raw([0, 1, 2], -largest, largest)
        assert sorted(found.time.tolist()) == sorted(odd.time.tolist())[:-1]
        with pytest.raises(Conflict):
            await again.append([(2**40 + 9, Batch.of([]))])


async def test_the_same_moment_again_and_again_loses_nothing(engine, opened):
    """1,500 readings of one point at one microsecond, over restarts, are 1,500 readings."""
    later = 7_258_118_400 * SECOND  # in the year 2200: beyond the server's own clock
    with Endpoint(engine).open() as endpoint:
        for part in range(3):
            history = opened(endpoint, bucket="same")
            same = Batch.of([(0, later, float(i), GOOD, T0) for i in range(500)])
            await history.append([(part + 1, same)])
            await history.close()
        history = opened(endpoint, bucket="same")
        assert len(await history.raw([0], later, later + 1)) == 1500
        found = await history.buckets(0, later, later + 2, 2)
        assert found["count"].tolist() == [1500, 0]
        assert found["high"][0] == 499
        assert [len(b) for _, b in await replayed(history)] == [500] * 3


async def test_a_clock_keeps_its_offset_over_a_restart(engine, opened):
    """What a source's clock was ahead is asked of the server; `raw` still finds every reading."""
    with Endpoint(engine).open() as endpoint:
        history = opened(endpoint, bucket="clocks", sources=SOURCES)
        await history.append([up(1, "plc", 90), up(2, "other", -30), up(3, "plc", 60)])
        await history.close()
        history = opened(endpoint, bucket="clocks", sources=SOURCES)
        await history.append([(4, batch((0, 61, 1.0, GOOD), (1, -29, 2.0, GOOD)))])
        found = [b async for b in history.heard([0, 1], T0, T0 + 5 * SECOND)]
        assert found[0].point.tolist() == [0, 1]
        assert (found[0].time - T0).tolist() == [SECOND, SECOND]
        assert len(await history.raw([0], T0 + 61 * SECOND, T0 + 61 * SECOND + 1)) == 1
        assert len(await history.raw([1], T0 - 29 * SECOND, T0 - 29 * SECOND + 1)) == 1


async def test_a_renamed_point_keeps_its_past(engine, opened):
    """What was stored under a former id is the point's; a point that is gone is left out."""
    with Endpoint(engine).open() as endpoint:
        first = opened(endpoint, bucket="names", points=["s/a/l/u/x", "s/a/l/u/y"])
        await first.append([(1, batch((0, 0, 1.0, GOOD), (1, 0, 9.0, GOOD)))])
        await first.close()
        second = opened(
            endpoint, bucket="names", points=["s/a/l/u/z"], aliases={"s/a/l/u/x": "s/a/l/u/z"}
        )
        await second.append([(2, batch((0, 2, 3.0, GOOD)))])
        assert [r[2] for r in rows(await second.raw([0], 0, END))] == [1.0, 3.0]
        found = await second.buckets(0, T0, T0 + 4 * SECOND, 1)
        assert (found["mean"][0], found["count"][0]) == (2.0, 2)
        assert [len(b) for _, b in await replayed(second)] == [1, 1]


async def test_long_spans_come_in_parts(engine, opened, monkeypatch):
    """`heard` and `replay` hold few readings at once; a frame has them all, in plant time."""
    monkeypatch.setattr("connectors.history_cuts.BATCH", 100)
    with Endpoint(engine).open() as endpoint:
        history = opened(endpoint, bucket="long")
        for seq in range(1, 11):
            part = Batch.of(
                [(i % 2, T0 + (seq * 60 + i) * SECOND, float(i), GOOD, T0) for i in range(60)]
            )
            await history.append([(seq, part)])
        old = batch((0, -10_000_000, 5.0, BAD_SENSOR_FAILURE))  # a clock that was far off
        await history.append([(11, old)])
        parts = [b async for b in history.heard([0, 1], 0, END)]
        assert len(parts) > 5
        times = np.concatenate([b.time for b in parts])
        assert (np.diff(times) > 0).all()
        assert len(times) == 601
        assert [len(b) for _, b in await replayed(history)] == [60] * 10 + [1]
        frame = await history.frame([0, 1], T0, END)
        assert len(frame) == 600
        assert str(frame.index.tz) == "UTC"
        assert set(frame["quality"]) == {"good"}


async def test_readings_are_kept_as_long_as_settings_say(engine, opened, tmp_path):
    """The bucket's retention follows the setting; a reading older than it is put aside, told."""

    def kept(bucket):
        form = urlencode({"q": f'SHOW RETENTION POLICIES ON "{bucket}"'}).encode()
        (series,) = json.loads(got(f"{engine}/query", form)[1])["results"][0]["series"]
        return dict(zip(series["columns"], series["values"][0], strict=True))["duration"]

    with Endpoint(engine).open() as endpoint:
        assert await opened(endpoint, bucket="keep", keep_days=30).last_seq() == 0
        assert (kept("keep"), kept("keep_log")) == ("720h0m0s", "0s")
        history = opened(endpoint, tmp_path / "two", bucket="keep", keep_days=60)
        await history.append([(1, batch((0, 0, 1.0, GOOD)))])
        assert kept("keep") == "1440h0m0s"
        assert [len(b) for _, b in await replayed(history)] == [0]
        assert "retention policy" in (tmp_path / "two" / "refused.txt").read_text()
        await opened(endpoint, tmp_path / "three", bucket="keep").last_seq()
        assert kept("keep") == "0s"


async def test_victoria_metrics_reads_back_what_was_written(tmp_path, opened):
    """A second, foreign server takes the same bytes and gives back the same numbers."""
    folder = tmp_path / "vm"
    folder.mkdir()
    with victoria_metrics(folder) as url, Endpoint(sink=url).open() as endpoint:
        history = opened(endpoint)
        generator = np.random.default_rng(1)
        n = 6000
        many = Batch(
            point=generator.integers(0, 5, n).astype(np.int32),
            time=T0 + np.arange(n, dtype=np.int64) * 1000,
            value=np.round(generator.normal(20, 5, n), 3),
            status=generator.choice([GOOD, 0x40900000], n).astype(np.uint32),
            received=T0 + np.arange(n, dtype=np.int64) * 1000 + 7,
        )
        await history.append([(1, many)])
        await arrived(endpoint, 1)
        assert got(f"{url}/internal/force_flush")[0] == 200
        asked = urlencode({"match[]": '{__name__=~"reading_.*"}', "start": "0"})
        status, body = got(f"{url}/api/v1/export?{asked}")
        assert status == 200
        found = {}
        for line in body.splitlines():
            series = json.loads(line)
            field, point = series["metric"]["__name__"], series["metric"]["point"]
            assert series["metric"]["lane"] == "0"
            pairs = zip(series["timestamps"], series["values"], strict=True)
            found[field, POINTS.index(point)] = dict(pairs)
        for point in range(5):
            mine = np.flatnonzero(many.point == point)
            at = (many.time[mine] // 1000).tolist()  # it keeps milliseconds
            for field, column in (("value", many.value), ("received", many.received)):
                expected = dict(zip(at, column[mine].tolist(), strict=True))
                assert found[f"reading_{field}", point] == expected
            codes = {t: s for t, s in zip(at, many.status[mine].tolist(), strict=True) if s}
            assert found["reading_status", point] == codes
            assert found["reading_seq", point] == dict.fromkeys(at, 1)
            assert found["reading_place", point] == dict(zip(at, mine.tolist(), strict=True))


@pytest.mark.parametrize("url", ["http://influx.example:8086", "influx:8086", "ftp://127.0.0.1"])
def test_a_token_is_never_shown_to_the_network(url):
    """To another machine only TLS will do, and the message says so."""
    with pytest.raises(WrongKind, match="https://HOST:PORT"):
        InfluxServer(Access(url=url, org="o", token="t"))


def test_a_token_does_not_follow_where_it_is_sent(endpoint):
    """A server that points elsewhere is not obeyed: nobody else sees the token or the readings."""
    with Endpoint().open() as other:
        endpoint.faults.append((307, {"Location": f"{other.url}/api/v2/write"}, "moved"))
        server = InfluxServer(endpoint.access())
        with pytest.raises(StoreDown, match="answers 307"):
            server.write("opstwin", [b"reading value=1.0 1"])
        server.close()
        assert other.requests == []
    assert "secret" not in repr(endpoint.access())


def test_a_token_that_is_not_known_is_told(endpoint):
    """The server's own words about who we are reach the person who starts it."""
    server = InfluxServer(replace(endpoint.access(), token="another"))
    with pytest.raises(StoreDown, match="answers 401: unauthorized access"):
        server.prepare(None)
    server.close()
