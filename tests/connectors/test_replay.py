"""Files are replayed as they are written, in order, at their speed; what is wrong is told."""

import asyncio
import gzip
import itertools
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from connectors.replay import ReplaySource
from connectors.replay_options import ReplayAddress, ReplayOptions
from connectors.replay_stage import PAGE, Stage
from tests.devices import NAMES, plant
from tests.fakes import FakeClock
from twin_core.errors import SourceDown, WrongKind
from twin_core.ingest import Twin
from twin_core.plant.source import Source
from twin_core.reading import BAD_TYPE_MISMATCH, GOOD, Batch
from twin_core.value import SECOND
from twin_core.verdict import AHEAD, LATE

ADDRESSES = {name: name for name in NAMES}
BASE = datetime(2024, 6, 1, 12, tzinfo=UTC)
SKAB = Path(os.environ.get("OPSTWIN_DATASETS", "/nowhere")) / "skab/data"  # noqa: TID251


def source(path, clock=None, addresses=None, **options):
    """A source on a plant of one tank; its waiting turns the fake clock."""
    listed = ", ".join(f"{k}: {v}" for k, v in options.items())
    made = plant("replay", f"file:{path}", f"{{{listed}}}", addresses or ADDRESSES)
    clock = clock or FakeClock()
    found = ReplaySource(made, made.sources[0], clock, jitter=lambda: 0.0)

    async def pause(seconds):
        clock.turn(seconds)
        await asyncio.sleep(0)

    found._pause = pause  # type: ignore[method-assign]
    return found


async def heard(replay, until="down"):
    """Everything up to an event of that kind."""
    seen = []
    async with asyncio.timeout(20):
        async for arrival in replay.readings():
            seen.append(arrival)
            if getattr(arrival, "kind", "") == until:
                break
    return seen


def readings(arrivals):
    return Batch.joined([Batch.of([]), *(a for a in arrivals if isinstance(a, Batch))])


def us(text):
    return round(datetime.fromisoformat(text).timestamp() * SECOND)


async def replayed(path, **options):
    """All readings of a file, as (point name, time, value, status), and the source."""
    replay = source(path, **({"speed": "max", "rebase": "false"} | options))
    found = readings(await heard(replay))
    await replay.close()
    names = [NAMES[p] for p in found.point]
    return list(zip(names, found.time.tolist(), found.value.tolist(), found.status.tolist(),
                    strict=True)), found, replay  # fmt: skip


async def test_a_wide_file_as_a_spreadsheet_in_europe_writes_it(tmp_path):
    """Semicolons, decimal commas, days first, local time, a mark at its start, truth values."""
    path = tmp_path / "line 4.csv"
    path.write_bytes(
        "\ufeffDatum;temperature;running;count;Bemerkung\r\n"
        "01.06.2024 14:00:00;20,5;true;7;läuft\r\n"
        "01.06.2024 14:00:01;-1,25e2;FALSE;8;\r\n".encode()
    )
    rows, _, _ = await replayed(
        str(path).replace(" ", "%20"), delimiter='";"', decimal='","', time="Datum",
        time_format='"%d.%m.%Y %H:%M:%S"', timezone="Europe/Berlin",
    )  # fmt: skip
    first, second = us("2024-06-01T12:00:00Z"), us("2024-06-01T12:00:01Z")
    assert rows == [
        ("temperature", first, 20.5, GOOD),
        ("count", first, 7.0, GOOD),
        ("running", first, 1.0, GOOD),
        ("temperature", second, -125.0, GOOD),
        ("count", second, 8.0, GOOD),
        ("running", second, 0.0, GOOD),
    ]


@pytest.mark.catches("a bad value that passes for a good one, or takes its row along")
async def test_what_is_no_number_is_a_bad_reading_and_what_is_missing_none(tmp_path):
    """Its text is kept; the rest of its row is read; marks for nothing give nothing."""
    path = tmp_path / "a.csv"
    path.write_text(
        "time,temperature,count,setpoint\n"
        "2024-06-01T12:00:00Z,I/O Timeout,7,-999\n"
        '2024-06-01T12:00:01Z,NaN,"a\nb",1e999\n'
        "2024-06-01T12:00:02Z,,-,1.500.000\n"
    )
    rows, found, _ = await replayed(path, missing='["-", NaN, "-999"]')
    assert [(r[0], r[3]) for r in rows] == [
        ("temperature", BAD_TYPE_MISMATCH),
        ("count", GOOD),
        ("count", BAD_TYPE_MISMATCH),
        ("setpoint", BAD_TYPE_MISMATCH),
        ("setpoint", BAD_TYPE_MISMATCH),
    ]
    assert found.original == {0: "I/O Timeout", 2: "a\nb", 3: "1e999", 4: "1.500.000"}


async def test_a_decimal_comma_leaves_no_room_for_a_point(tmp_path):
    """1.500 with a decimal comma could be 1500 or 1.5: it is no number."""
    path = tmp_path / "a.csv"
    path.write_text("time;temperature\n2024-06-01T12:00:00Z;1.500\n")
    rows, found, _ = await replayed(path, delimiter='";"', decimal='","')
    assert (rows[0][3], found.original) == (BAD_TYPE_MISMATCH, {0: "1.500"})


@pytest.mark.catches("one bad row that ends a replay, or is dropped in silence")
async def test_bad_rows_are_told_with_file_and_line_and_the_rest_is_read(tmp_path):
    """Torn rows, times that are none, bytes of another encoding, in the middle of many."""
    path = tmp_path / "a.csv"
    n = 30_000
    lines = [b"time,temperature,count"]
    lines += [f"{(BASE + timedelta(seconds=i)).isoformat()},{i / 8},{i}".encode() for i in range(n)]
    lines[100] = b"2024-06-01T12:00:00Z,1"
    lines[20_000] = b"yesterday,1,2"
    lines[25_000] = b"2024-06-01T12:00:00Z,1,2,3"
    lines[25_001] = b"2024-06-01T12:00:00Z,\xff,3"
    lines[25_002] = b",,"
    path.write_bytes(b"\n".join(lines) + b"\n")
    options = ReplayOptions()
    stage = Stage(
        "f", options, {0: ReplayAddress(name="temperature"), 1: ReplayAddress(name="count")}
    )
    staged = stage.take([path])
    stage.close()
    assert staged.rows == 2 * (n - 5)
    assert staged.bad == 5
    told = "\n".join(staged.told)
    for line, what in ((101, "2 "), (20_001, "yesterday"), (25_001, "4"), (25_002, "unicode")):
        assert f"a.csv:{line}: " in told
        assert what in next(row for row in staged.told if f":{line}:" in row)
    assert "a.csv: 1 without a time" in told
    replay = source(path, speed="max")
    assert (await heard(replay))[-1].reason == "replayed to its end, 5 rows left out"
    await replay.close()


async def test_a_long_file_with_its_status(tmp_path):
    """Time, tag, value, status: by rows in any order; words, OPC DA and OPC UA numbers."""
    path = tmp_path / "historian.csv.gz"
    lines = [
        "ts,tagname,val,quality",
        "1717243202000,temperature,3.5,good",
        "1717243201000,temperature,2.5,64",
        "1717243200000,temperature,,192",
        "1717243200000,count,7,192",
        "1717243200500,count,n/a,0",
        "1717243200500,unknown tag,1,192",
    ]
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines) + "\n")
    rows, found, _ = await replayed(
        path, layout="long", time="ts", time_format="ms", tag="tagname", value="val",
        status="quality", status_as="classic",
    )  # fmt: skip
    t = 1717243200 * SECOND
    assert [(r[0], r[1], r[3]) for r in rows] == [
        ("temperature", t, 0x809B0000),
        ("count", t, GOOD),
        ("count", t + 500_000, 0x80000000),
        ("temperature", t + SECOND, 0x40000000),
        ("temperature", t + 2 * SECOND, GOOD),
    ]
    assert found.original == {0: "", 2: "n/a"}


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (pa.timestamp("us", tz="America/New_York"), {}),
        (pa.timestamp("ns"), {"timezone": "UTC"}),
        (pa.int64(), {"time_format": "us"}),
        (pa.float64(), {"time_format": "s"}),
        (pa.string(), {"timezone": "UTC"}),
    ],
)
async def test_times_of_parquet_are_read_by_their_type(tmp_path, kind, options):
    """With zone, without, numbers since 1970, text: the same instants."""
    at = [BASE + timedelta(milliseconds=250 * i) for i in range(4)]
    numbers = [round(t.timestamp() * SECOND) for t in at]
    if pa.types.is_integer(kind):
        times: list[Any] = list(numbers)
    elif pa.types.is_floating(kind):
        times = [n / SECOND for n in numbers]
    elif pa.types.is_string(kind):
        times = [t.replace(tzinfo=None).isoformat() for t in at]
    else:
        times = at if kind.tz else [t.replace(tzinfo=None) for t in at]
    table = {
        "time": pa.array(times, kind),
        "temperature": pa.array([1.0, float("nan"), None, 4.0]),
        "running": pa.array([True, False, None, True]),
        "count": pa.array([1, 2, 3, 4], pa.int32()),
        "speed": pa.array(["5", "x", "", "7"]),
    }
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table(table), path)
    rows, _, _ = await replayed(path, **options)
    values = {n: [(r[1], r[2]) for r in rows if r[0] == n and r[3] == GOOD] for n in NAMES}
    assert values == {
        "temperature": [(numbers[0], 1.0), (numbers[3], 4.0)],
        "running": [(numbers[0], 1.0), (numbers[1], 0.0), (numbers[3], 1.0)],
        "count": [(n, i + 1.0) for i, n in enumerate(numbers)],
        "speed": [(numbers[0], 5.0), (numbers[3], 7.0)],
        "setpoint": [],
    }


@pytest.mark.catches("a time read as UTC because nobody said where")
async def test_times_without_an_offset_need_a_zone(tmp_path):
    """In CSV and Parquet nothing is read before the zone is given; an offset needs none."""
    one, other = tmp_path / "a.csv", tmp_path / "a.parquet"
    one.write_text("time,temperature\n2024-06-01T12:00:00Z,1\n2024-06-01 12:00:01,2\n")
    naive = {"time": pa.array([BASE.replace(tzinfo=None)]), "temperature": pa.array([1.0])}
    parquet.write_table(pa.table(naive), other)
    for path in (one, other):
        replay = source(path, speed="max")
        told = await heard(replay)
        assert [a.kind for a in told] == ["down"]
        assert "timezone" in told[0].reason
        assert not (await replay.health()).up
        await replay.close()
    rows, _, _ = await replayed(one, timezone="Asia/Tokyo")
    assert {r[1] for r in rows} == {us("2024-06-01T12:00:00Z"), us("2024-06-01T03:00:01Z")}


async def test_the_hour_that_comes_twice_is_the_second(tmp_path):
    """And the one that never comes is told an hour on; the docs say so."""
    path = tmp_path / "a.csv"
    path.write_text("time,temperature\n2024-10-27 02:30:00,1\n2024-03-31 02:30:00,2\n")
    rows, _, _ = await replayed(path, timezone="Europe/Copenhagen")
    assert {r[2]: r[1] for r in rows} == {
        1: us("2024-10-27T02:30:00+01:00"),
        2: us("2024-03-31T03:30:00+02:00"),
    }


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"time": "when"}, "no column “when”; it has time, temperature"),
        ({"layout": "long"}, "no column “value”; it has time, temperature"),
        ({"time_format": "ms"}, "nothing"),
        ({"encoding": "utf-16"}, "UTF-16"),
    ],
)
async def test_a_file_of_another_form_is_told(tmp_path, options, reason):
    """The column, the form, the encoding: what was looked for and what there is."""
    path = tmp_path / "a.csv"
    path.write_text("time,temperature\n2024-06-01T12:00:00Z,1\n")
    replay = source(path, speed="max", **options)
    told = (await heard(replay))[-1].reason
    assert reason in told or (reason == "nothing" and "1 rows left out" in told)
    await replay.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"options": {"speed": 0}},
        {"options": {"speed": "fast"}},
        {"options": {"timezone": "../etc"}},
        {"options": {"timezone": "Nowhere/Land"}},
        {"options": {"start": "2024-06-01T12:00:00"}},
        {"options": {"colum": "x"}},
        {"url": "file:a%00.csv"},
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(wrong):
    """Options and addresses that are none: before any file is opened."""
    made = plant("replay", "file:/nowhere.csv", "{}", ADDRESSES)
    given_source = Source.model_validate({**made.sources[0].model_dump(), **wrong})
    with pytest.raises(WrongKind):
        ReplaySource(made, given_source, FakeClock())
    odd = plant("replay", "file:/nowhere.csv", "{}", {**ADDRESSES, "count": "{scale: 2}"})
    with pytest.raises(WrongKind, match="count"):
        ReplaySource(odd, odd.sources[0], FakeClock())


async def test_a_scale_makes_the_points_unit(tmp_path):
    """Scale · what stands there + offset, in wide and long files."""
    wide, long = tmp_path / "a.csv", tmp_path / "b.csv"
    wide.write_text("time,T [°F]\n2024-06-01T12:00:00Z,212\n")
    long.write_text("time,tag,value\n2024-06-01T12:00:00Z,T [°F],212\n")
    at = {**ADDRESSES, "temperature": f"{{name: 'T [°F]', scale: {5 / 9!r}, offset: {-160 / 9!r}}}"}
    for path, layout in ((wide, "wide"), (long, "long")):
        replay = source(path, addresses=at, layout=layout, speed="max")
        assert readings(await heard(replay)).value.tolist() == [pytest.approx(100)]
        await replay.close()


@pytest.mark.parametrize("speed", [0.5, 1, 60, "max"])
@pytest.mark.catches("a replayed reading from the future, or all of them at once")
async def test_readings_come_when_they_are_due_and_never_early(tmp_path, speed):
    """At each speed: in order, none ahead of plant time, moved as a whole, as long as it should."""
    path = tmp_path / "a.csv"
    lines = [f"{(BASE + timedelta(seconds=2 * i)).isoformat()},{i}" for i in range(301)]
    path.write_text("time,temperature\n" + "\n".join(lines) + "\n")
    clock = FakeClock()
    begin = clock.plant()
    replay = source(path, clock, speed=speed)
    told = await heard(replay)
    await replay.close()
    took = (clock.plant() - begin) / SECOND
    found = readings(told)
    assert found.value.tolist() == list(range(301))
    assert np.diff(found.time).tolist() == [2 * SECOND] * 300
    assert (found.time <= found.received).all()
    assert np.diff(found.received).min() >= 0
    wanted = 0 if speed == "max" else 600 / speed
    assert wanted <= took <= wanted * 1.02 + 0.2
    if speed != 0.5:
        assert clock.plant() - found.time[-1] <= 0.3 * SECOND
        assert (found.received - found.time).max() <= 600 * SECOND
    if speed == 1:
        assert (found.received - found.time).max() <= 0.2 * SECOND
    kinds = [a.kind for a in told if not isinstance(a, Batch)]
    assert (kinds[0], kinds[-1]) == ("up", "down")
    assert told[-1].reason == "replayed to its end"


@pytest.mark.parametrize("rebase", ["true", "false"])
@pytest.mark.parametrize("speed", [1, 60, "max"])
@pytest.mark.catches("a replay whose own events make its readings late")
async def test_what_is_replayed_settles(tmp_path, speed, rebase):
    """At every speed, moved or kept: no reading is late or from the future, and all settle."""
    path = tmp_path / "a.csv"
    lines = [f"{(BASE + timedelta(seconds=i)).isoformat()},{20 + i / 64}" for i in range(1200)]
    path.write_text("time,temperature\n" + "\n".join(lines) + "\n")
    clock = FakeClock(plant=us("2024-07-01T00:00:00Z"))
    replay = source(path, clock, speed=speed, rebase=rebase)
    here = plant("replay", f"file:{path}", "{}", ADDRESSES)
    twin, last = Twin(here), 0
    for arrival in (await heard(replay))[:-1]:
        at = int(arrival.received[-1]) if isinstance(arrival, Batch) else clock.plant()
        done = twin.apply(arrival, at)
        if isinstance(arrival, Batch):
            assert not set(done.verdicts.tolist()) & {LATE, AHEAD}
            last = int(arrival.time[-1])
            twin.tick(at)
    await replay.close()
    snapshot = twin.snapshot(clock.plant())
    point = here.index["s/a/l/t/temperature"]
    assert snapshot.watermark >= last - 4 * SECOND
    assert snapshot.settled_time[point] >= last - 6 * SECOND
    assert snapshot.settled_value[point] >= 38.5


async def test_a_gap_is_no_silence(tmp_path):
    """While nothing is due the source says that it lives, and no reading is made late by that."""
    path = tmp_path / "a.csv"
    path.write_text(
        "time,temperature\n2024-06-01T12:00:00Z,1\n2024-06-01T12:05:00Z,2\n2024-06-01T12:05:01Z,3\n"
    )
    told = await heard(replay := source(path))
    await replay.close()
    alive = [a for a in told if getattr(a, "kind", "") == "alive"]
    assert len(alive) >= 25
    found = readings(told)
    assert max(a.time for a in alive) < found.time[1]
    assert found.value.tolist() == [1, 2, 3]


async def test_start_leaves_out_what_is_older_and_progress_is_told(tmp_path):
    """`start` cuts; health tells the file, how far, of how many readings and points."""
    path = tmp_path / "a.csv"
    lines = [f"{(BASE + timedelta(seconds=i)).isoformat()},{i}" for i in range(10)]
    path.write_text("time,temperature\n" + "\n".join(lines) + "\n")
    start = (BASE + timedelta(seconds=6)).isoformat()
    replay = source(path, start=f"'{start}'")
    told = []
    async for arrival in replay.readings():
        told.append((await replay.health()).detail)
        if getattr(arrival, "kind", "") == "down":
            break
    assert any(text.startswith("a.csv: 50 % of 4 readings of 1 points") for text in told)
    assert told[-1] == "replayed to its end"
    await replay.close()


async def test_kept_times_stay_what_they_were(tmp_path):
    """With `rebase: false` a value of 2024 is one of 2024, and so are its source's events."""
    path = tmp_path / "a.csv"
    path.write_text("time,temperature\n2024-06-01T12:00:00Z,1\n2024-06-01T13:00:00Z,2\n")
    told = await heard(replay := source(path, speed=60, rebase="false"))
    await replay.close()
    times = [a.time for a in told if not isinstance(a, Batch)]
    assert times[0] == us("2024-06-01T12:00:00Z")
    assert max(times) <= us("2024-06-01T13:00:00Z")
    assert readings(told).time.tolist() == [us("2024-06-01T12:00:00Z"), us("2024-06-01T13:00:00Z")]


async def test_files_of_a_folder_are_merged_by_time_and_a_new_one_is_waited_for(tmp_path):
    """Two machines' files of one span come as one stream; a file still growing is left alone."""
    for i, name in enumerate(("temperature", "count")):
        lines = [f"{(BASE + timedelta(seconds=2 * k + i)).isoformat()},{k}" for k in range(50)]
        (tmp_path / f"{name}.csv").write_text(f"time,{name}\n" + "\n".join(lines) + "\n")
    (tmp_path / "notes.txt").write_text("nothing of ours")
    (tmp_path / "broken.csv").write_text("a,b\n1,2\n")
    replay = source(tmp_path, speed="max", rebase="false")
    seen: list[Batch] = []
    growing, grew = tmp_path / "late.csv", itertools.count()
    plain = replay._pause

    async def pause(seconds):
        if next(grew) < 3:  # each look finds it longer
            with growing.open("a") as file:
                file.write("time,speed\n" if not growing.stat().st_size else "")
                file.write(f"{(BASE + timedelta(days=1)).isoformat()},1\n")
        await plain(seconds)

    replay._pause = pause
    async with asyncio.timeout(20):
        async for arrival in replay.readings():
            if isinstance(arrival, Batch):
                seen.append(arrival)
            if sum(map(len, seen)) == 103:
                break
    await replay.close()
    found = Batch.joined(seen)
    assert (np.diff(found.time) >= 0).all()
    assert found.value[:100].tolist() == [k // 2 for k in range(100)]
    assert [NAMES[p] for p in found.point[100:]] == ["speed"] * 3


async def test_it_waits_for_a_slow_reader_and_drops_nothing(tmp_path):
    """Pages are read when they are asked for; closing in the middle ends it and its stage."""
    path = tmp_path / "a.csv"
    n = 3 * PAGE
    at = [(BASE + timedelta(milliseconds=i)).isoformat() for i in range(n)]
    path.write_text("time,count\n" + "\n".join(f"{t},{i}" for i, t in enumerate(at)) + "\n")
    replay = source(path, speed="max")
    stream = replay.readings()
    assert (await anext(stream)).kind == "up"
    first = await anext(stream)
    folder = replay._stage._folder
    assert len(first) == PAGE
    assert folder.is_dir()
    await replay.close()
    assert [a async for a in stream if isinstance(a, Batch)] == []
    assert not folder.exists()
    with pytest.raises(SourceDown, match="closed"):
        replay._stage.page(0)


async def test_nothing_can_be_written(tmp_path):
    """A command is refused and said to be not sent; a look sees nothing."""
    replay = source(tmp_path / "a.csv")
    command: Any = SimpleNamespace(key="k-1")
    done, seen = await replay.execute(command), await replay.look(command)
    assert (done.result, done.sent, done.acknowledged) == ("not_applied", False, False)
    assert seen.result == "unknown"


SPAN = st.integers(0, 4_000_000_000_000_000)
VALUES = st.floats(allow_nan=False, allow_infinity=False, width=32) | st.none()
ROWS = st.lists(st.tuples(SPAN, VALUES, VALUES), min_size=1, max_size=20)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from(["wide", "long", "parquet"]), st.sampled_from([";", "\t", "|"]),
       st.sampled_from([".", ","]))  # fmt: skip
def test_whatever_is_written_is_read_back(rows, form, delimiter, decimal):
    """Any table in any form and order: the same readings, by time; none is lost, changed, added."""
    names = ("a'; DROP TABLE raw; --", 'b "quoted" [x]*')
    expected = sorted(
        (t, p, v) for t, *values in rows for p, v in enumerate(values) if v is not None
    )

    def number(v):
        return "" if v is None else repr(float(v)).replace(".", decimal)

    def stamp(t):
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t)).isoformat(sep=" ")

    options = {"delimiter": delimiter, "decimal": decimal}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"it's [1]*?.{'parquet' if form == 'parquet' else 'csv'}"
        if form == "parquet":
            columns = {
                n: pa.array([r[i + 1] for r in rows], pa.float64()) for i, n in enumerate(names)
            }
            times = pa.array([r[0] for r in rows], pa.timestamp("us", tz="UTC"))
            parquet.write_table(pa.table({"time": times, **columns}), path)
        elif form == "wide":
            head = ["time", *('"' + n.replace('"', '""') + '"' for n in names)]
            lines = [[stamp(t), number(a), number(b)] for t, a, b in rows]
            path.write_text("\n".join(delimiter.join(line) for line in [head, *lines]) + "\n")
        else:
            options["layout"] = "long"
            quoted = ['"' + n.replace('"', '""') + '"' for n in names]
            lines = [[stamp(t), quoted[p], number(v)] for t, *vs in rows for p, v in enumerate(vs)]
            head = ["time", "tag", "value"]
            path.write_text("\n".join(delimiter.join(line) for line in [head, *lines]) + "\n")
        stage = Stage("f", ReplayOptions.model_validate(options),
                      {i: ReplayAddress(name=n) for i, n in enumerate(names)})  # fmt: skip
        try:
            staged = stage.take([path])
            page = stage.page(0)
        finally:
            stage.close()
    assert (staged.bad, staged.rows) == (0, len(expected))
    found = list(zip(page["t"].tolist(), page["p"].tolist(), page["v"].tolist(), strict=True))
    assert sorted(found) == expected
    assert [t for t, *_ in found] == sorted(t for t, *_ in found)


@pytest.mark.skipif(
    not SKAB.is_dir(),
    reason="OPSTWIN_DATASETS names no folder with skab/data: clone github.com/waico/SKAB there as "
    "skab, and name that folder",
)
async def test_a_real_experiment_is_replayed_whole():
    """SKAB's 9,405 healthy rows of a pump rig: every value, at its second, none refused."""
    path = SKAB / "anomaly-free" / "anomaly-free.csv"
    at = {**ADDRESSES, "temperature": "Temperature", "count": "Pressure", "speed": "Voltage"}
    replay = source(path, addresses=at, delimiter='";"', time="datetime", timezone="UTC",
                    speed="max", rebase="false")  # fmt: skip
    found = readings(await heard(replay))
    await replay.close()
    rows = path.read_text().splitlines()[1:]
    assert len(found) == 3 * len(rows) == 28_215
    assert not found.original
    zone = ZoneInfo("UTC")
    wanted = [datetime.fromisoformat(r.split(";")[0]).replace(tzinfo=zone) for r in rows]
    assert sorted(set(found.time.tolist())) == [round(t.timestamp() * SECOND) for t in wanted]
    mine = found.value[found.point == NAMES.index("temperature")]
    assert mine.tolist() == [float(r.split(";")[5]) for r in rows]
