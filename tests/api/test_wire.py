"""Heads of requests on a real socket: how large and how slow they may be."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
import uvicorn

from api import wire
from api.server import listening


async def behind(scope, receive, send):
    while (await receive())["more_body"]:
        pass
    said = str(len(scope["headers"])).encode()
    length = [(b"content-length", str(len(said)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": said})


@asynccontextmanager
async def opened():
    with listening("127.0.0.1", 0) as socket:
        config = uvicorn.Config(behind, http=wire.Wire, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[socket]))
        try:
            yield socket.getsockname()
        finally:
            server.should_exit = True
            await running


async def answers(*pieces):
    """All that comes back until the server hangs up, piece by piece sent."""
    async with opened() as (host, port), asyncio.timeout(20):
        reader, writer = await asyncio.open_connection(host, port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        found = await reader.read()
        writer.close()
    return found


FIRST, LAST = b"GET / HTTP/1.1\r\nhost: x\r\n", b"connection: close\r\n\r\n"


async def test_requests_after_one_another_are_answered():
    """In one piece or in many, also when one follows in the same breath."""
    one = FIRST + b"a: b\r\n\r\n" + FIRST + LAST
    for pieces in ([one], [bytes([byte]) for byte in one]):
        assert (await answers(*pieces)).count(b"200 OK") == 2


@pytest.mark.catches("a header without end fills the memory")
@pytest.mark.parametrize("begin", [b"GET /", FIRST + b"a: ", FIRST + b"a"])
async def test_a_head_may_not_grow_without_end(begin):
    """Neither address nor name nor value; with what is allowed."""
    found = await answers(begin, *[b"x" * 4096] * 17)
    assert found.startswith(b"HTTP/1.1 431 ")
    assert "64 KiB" in json.loads(found.partition(b"\r\n\r\n")[2])["message"]


@pytest.mark.catches("a thousand silent connections are held for ever")
@pytest.mark.parametrize("begin", [b"", FIRST, FIRST + b"\r\n" + FIRST[:20]])
async def test_a_head_that_does_not_come_is_not_waited_for(begin, monkeypatch):
    """Nor one that has begun, nor the second of a connection."""
    monkeypatch.setattr(wire, "_HEAD_S", 0.05)
    found = await answers(*[begin] * bool(begin))
    assert found.count(b"200 OK") == (b"\r\n\r\n" in begin)
    assert b"HTTP/1.1 408 " in found


async def test_a_body_may_be_larger_than_a_head():
    """What comes after the head is not counted here."""
    body = b"x" * 300_000
    length = b"content-length: 300000\r\n"
    found = await answers(b"POST / HTTP/1.1\r\nhost: x\r\n" + length + LAST, body[:9], body[9:])
    assert found.startswith(b"HTTP/1.1 200 ")
