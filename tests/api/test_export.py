"""GET /export and `opstwin export`, over HTTP from a real history."""

import asyncio
import contextlib
import io
import threading
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pandas as pd
import pytest
import uvicorn
from pyarrow import parquet
from typer.testing import CliRunner

from api import cli
from api.cli_export import instant
from api.identity import Identity
from api.server import application, listening
from connectors.history_duckdb import HistoryDuckDB
from tests.fakes import FakeClock
from tests.twin_core.plant_fixture import GAS, OVEN, T0, bakery
from twin_core.errors import BadInput, OpsTwinError, StoreDown
from twin_core.reading import BAD_TYPE_MISMATCH, Batch
from twin_core.value import SECOND

PLANT = bakery()
NAMES = [f"{OVEN}/temperature", f"{GAS}/pressure"]
ROWS = 250_000


class Door:
    """A real history behind the HTTP door, and a token of one who may look."""

    def __init__(self, history, identity, app):
        self.history, self.app = history, app
        self.signed = {"Authorization": f"Bearer {identity.issue('vera')}"}
        self.token = self.signed["Authorization"].split()[1]


@pytest.fixture
async def door(tmp_path):
    history = HistoryDuckDB(tmp_path / "h.duckdb", [p.id for p in PLANT.points], commit_every_s=0)
    one, other = (PLANT.index[name] for name in NAMES)
    rows = [(one, T0 + i * 1000, i / 8, 0, T0) for i in range(ROWS)]
    odd = Batch(**{
        **{name: getattr(Batch.of([(other, T0 + 5, float("nan"), BAD_TYPE_MISMATCH, T0)]), name)
           for name in ("point", "time", "value", "status", "received")},
        "original": {0: 'n/a, "x"'},
    })  # fmt: skip
    await history.append([(1, Batch.of(rows)), (2, odd)])
    identity = Identity(tmp_path / "identity.db", FakeClock().ledger)
    identity.add("vera", "Vera", ["viewer"], [PLANT.site])
    snapshot = SimpleNamespace(plant=PLANT, now=T0 + 3600 * SECOND)

    async def health():
        return {"ok": True, "parts": {}, "timezone": PLANT.timezone}

    system: Any = SimpleNamespace(
        identity=identity, plant=PLANT, historian=history, health=health,
        pump=SimpleNamespace(snapshot=lambda: snapshot), running=contextlib.AsyncExitStack,
    )  # fmt: skip
    yield Door(history, identity, application(system))
    await history.close()
    identity.close()


async def get(door, **query):
    transport = httpx.ASGITransport(app=door.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        return await http.get("/export", params=query, headers=door.signed)


async def test_a_csv_has_a_row_a_reading(door):
    """Time in UTC, point, value, quality; what was no number has its text and no value."""
    found = await get(door, point=NAMES, start=T0, end=T0 + 2000)
    assert found.headers["content-type"].startswith("text/csv")
    frame = pd.read_csv(io.StringIO(found.text))
    assert list(frame.columns) == ["time", "point", "value", "status", "quality", "late", "text"]
    assert frame["time"][1] == "2025-06-15 15:06:40.000005Z"
    assert frame["point"].tolist() == [NAMES[0], NAMES[1], NAMES[0]]
    assert frame["quality"].tolist() == ["good", "bad", "good"]
    assert frame["text"][1] == 'n/a, "x"'
    assert pd.isna(frame["value"][1])
    assert frame["value"][2] == 0.125


async def test_a_parquet_is_whole_and_comes_in_parts(door):
    """Many batches make many row groups of one file, until now where no end is given."""
    found = await get(door, point=NAMES, start=T0, format="parquet")
    file = parquet.ParquetFile(io.BytesIO(found.content))
    assert file.num_row_groups > 2
    frame = file.read().to_pandas()
    assert len(frame) == ROWS + 1
    assert frame["time"].is_monotonic_increasing
    assert frame["value"].dropna().tolist() == [i / 8 for i in range(ROWS)]


async def test_nothing_in_the_span_is_a_file_without_rows(door):
    """An empty span is no error."""
    for kind in ("csv", "parquet"):
        found = await get(door, point=NAMES[0], start=T0 - 9, end=T0, format=kind)
        assert found.status_code == 200
        assert len(_read(kind, found.content)) == 0


def _read(kind, content):
    return (
        pd.read_csv(io.BytesIO(content)) if kind == "csv" else pd.read_parquet(io.BytesIO(content))
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"point": "northmill/none", "start": T0}, 404),
        ({"start": T0}, 422),
        ({"point": NAMES[0], "start": T0, "end": T0 - 1}, 422),
        ({"point": NAMES[0], "start": T0, "format": "xls"}, 422),
        ({"point": NAMES[0], "start": 10**30}, 422),
    ],
)
async def test_what_cannot_be_exported_is_told_before_a_byte_is_sent(door, query, status):
    """A wrong name, span or format is one sentence."""
    found = await get(door, **query)
    assert found.status_code == status
    assert found.json()["message"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-07-01T06:00", "2026-07-01T04:00:00+00:00"),
        ("2026-12-01", "2026-11-30T23:00:00+00:00"),
        ("2026-07-01T06:00Z", "2026-07-01T06:00:00+00:00"),
        ("2026-07-01T06:00:00.000001+05:30", "2026-07-01T00:30:00.000001+00:00"),
    ],
)
def test_a_time_without_offset_is_one_of_the_plants_clock(text, utc):
    """As the plant's people read it off what is printed; an offset is kept to."""
    client: Any = SimpleNamespace(zone=lambda: "Europe/Copenhagen")
    whole = datetime.fromisoformat(utc).replace(microsecond=0).timestamp() * SECOND
    assert instant("--from", text, client) == whole + datetime.fromisoformat(utc).microsecond


@pytest.mark.parametrize("text", ["2026-10-25T02:30", "2026-03-29T02:30"])
def test_a_time_that_comes_twice_or_never_is_asked_for_with_its_offset(text):
    client: Any = SimpleNamespace(zone=lambda: "Europe/Copenhagen")
    with pytest.raises(BadInput, match="comes twice or never in Europe/Copenhagen"):
        instant("--at", text, client)


@contextlib.asynccontextmanager
async def served(app):
    """The application on a real socket; its URL."""
    with listening("127.0.0.1", 0) as sock:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            server.should_exit = True
            await asyncio.to_thread(thread.join, 10)


async def export(door, url, monkeypatch, *arguments):
    monkeypatch.setattr("api.client.stored_token", lambda _url: door.token)
    return await asyncio.to_thread(
        CliRunner().invoke, cli.app, ["export", *arguments, "--url", url]
    )


async def test_the_command_writes_the_file(door, monkeypatch, tmp_path):
    """`opstwin export POINT… --from --to --format --out`, over a real connection."""
    out = tmp_path / "some.parquet"
    async with served(door.app) as url:
        span = ["--from", "2025-06-15T17:06:40+02:00", "--to", "2025-06-15T17:10"]
        written = ["--format", "parquet", "--out", str(out)]
        done = await export(door, url, monkeypatch, *NAMES, *span, *written)
        assert done.exit_code == 0, done.output
        frame = pd.read_parquet(out)
        assert len(frame) == 200_000 + 1
        again = await export(door, url, monkeypatch, NAMES[0], "--from", "yesterday", "--out", "x")
        assert "allowed: 2026-11-25" in str(again.exception)
        none = await export(door, url, monkeypatch, "nothing", "--from", "2025-01-01", "--out",
                            str(tmp_path / "none"))  # fmt: skip
        assert "There is no point" in str(none.exception)
    assert {f.name for f in tmp_path.iterdir() if f.name.startswith(("some", "none"))} == {
        "some.parquet"
    }


@pytest.mark.catches("half a file taken for a whole one")
async def test_a_stream_that_breaks_leaves_no_file(door, monkeypatch, tmp_path):
    """What cannot be read to its end is an error and not a shorter file."""
    heard = door.history.heard

    async def broken(*given):
        async for batch in heard(*given):
            yield batch
            raise StoreDown("history", "gone")

    monkeypatch.setattr(door.history, "heard", broken)
    out = tmp_path / "some.csv"
    async with served(door.app) as url:
        done = await export(
            door, url, monkeypatch, NAMES[0], "--from", "2025-06-15", "--out", str(out)
        )
    assert isinstance(done.exception, OpsTwinError)
    assert "does not answer" in str(done.exception)
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith("some")] == []
