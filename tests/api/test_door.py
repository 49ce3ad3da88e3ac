"""The door before every route, on a real socket: sizes, slow senders, readers who go away."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn

from api import door
from api.server import listening
from twin_core.reader import READER

MOST = door.MOST_BYTES


class Behind:
    """An application that reads a body and says how long it was; `/…wait` computes until left."""

    def __init__(self):
        self.bodies: list[int] = []
        self.waiting, self.over = asyncio.Event(), asyncio.Event()
        self.end = ""

    async def __call__(self, scope, receive, send):
        if scope["path"] == "/read-and-wait":
            await receive()
        if scope["path"].endswith("wait"):
            await self.wait()
        size, more = 0, scope["path"] != "/deaf"
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        self.bodies.append(size)
        said = str(size).encode()
        length = [(b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": length})
        await send({"type": "http.response.body", "body": said})

    async def wait(self):
        """Until cancelled by the reader, as what computes does."""
        reader = READER.get()
        assert reader is not None
        work = asyncio.ensure_future(asyncio.Event().wait())
        reader.tell(work.cancel)
        self.waiting.set()
        try:
            await work
        except asyncio.CancelledError:
            self.end = "cancelled"
            raise
        finally:
            self.over.set()


@asynccontextmanager
async def opened(behind):
    with listening("127.0.0.1", 0) as socket:
        app = door.Door(behind, {"/large": 4 * MOST})
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[socket]))
        host, port = socket.getsockname()
        try:
            yield host, port
        finally:
            server.should_exit = True
            await running


@pytest.fixture
async def behind():
    return Behind()


@pytest.fixture
async def at(behind):
    async with opened(behind) as address:
        yield address


async def spoken(at, *pieces):
    """The status, headers and body that a raw request gets; the server hangs up."""
    reader, writer = await asyncio.open_connection(*at)
    for piece in pieces:
        writer.write(piece)
    await writer.drain()
    async with asyncio.timeout(20):
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.read()
    writer.close()
    return int(head.split()[1]), head.decode().lower(), body


def head(path, *lines):
    return "\r\n".join([f"POST {path} HTTP/1.1", "host: x", *lines, "", ""]).encode()


@pytest.mark.catches("a name of a megabyte is taken")
async def test_a_body_is_taken_up_to_its_limit(behind, at):
    """To the byte; with what is allowed; where a path needs more, more."""
    host, port = at
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}") as http:
        for path, size, status in (
            ("/", MOST, 200), ("/", MOST + 1, 413), ("/large", MOST + 1, 200),
            ("/large", 4 * MOST + 1, 413), ("/", 0, 200),
        ):  # fmt: skip
            found = await http.post(path, content=b"x" * size)
            assert found.status_code == status
        assert found.text == "0"
        refused = await http.post("/", content=b"x" * (MOST + 1))
    assert refused.json() == {
        "error": "TooLarge",
        "message": "The body is too much at once; at most 256 KiB are taken.",
    }
    assert refused.headers["connection"] == "close"
    assert max(behind.bodies) == MOST + 1


async def test_a_body_that_does_not_say_its_length_is_counted(behind, at):
    """In chunks too nothing more is taken, and the refusal is heard by who still sends."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    chunks = [chunk] * (MOST // 0x10000 + 1)
    status, told, body = await spoken(at, head("/", "transfer-encoding: chunked"), *chunks)
    assert status == 413
    assert "connection: close" in told
    assert json.loads(body)["error"] == "TooLarge"
    assert behind.bodies == []


async def test_a_length_that_is_too_much_is_refused_before_the_body(behind, at):
    """Nobody needs to send it to learn that; a method without body is no way round."""
    for path in ("/", "/deaf"):
        found = await spoken(at, head(path, f"content-length: {10**18}"), b"x")
        assert found[0] == 413
    assert behind.bodies == []


async def test_a_head_has_a_limit_too(behind, at):
    """Address and headers together."""
    for asked in (head("/?" + "x" * 60_000, "a: " + "b" * 6000), head("/", *["a: b"] * 20_000)):
        found = await spoken(at, asked)
        assert found[0] == 413
        assert "at most 64 KiB" in json.loads(found[2])["message"]
    assert behind.bodies == []


@pytest.mark.catches("a body sent a byte a minute holds a connection for ever")
async def test_a_body_that_trickles_is_cut(behind, at, monkeypatch):
    """After a while it must have come at some pace; the answer says which."""
    monkeypatch.setattr(door, "_PATIENCE_S", 0.01)
    status, _, body = await spoken(at, head("/", "content-length: 9"), b"x")
    assert status == 408
    assert "at least 16 KiB a second" in json.loads(body)["message"]
    assert behind.bodies == []


@pytest.mark.catches("what nobody reads any more is computed to the end")
@pytest.mark.parametrize(
    "asked", [head("/wait"), head("/read-and-wait", "content-length: 2") + b"{}"]
)
async def test_what_is_computed_ends_when_its_reader_goes(behind, at, asked):
    """With a body or without one; and the server goes on."""
    _, writer = await asyncio.open_connection(*at)
    writer.write(asked)
    async with asyncio.timeout(20):
        await behind.waiting.wait()
        writer.close()
        await behind.over.wait()
    assert behind.end == "cancelled"
    assert (await spoken(at, head("/", "connection: close")))[0] == 200
