"""One point per request, token and role checked, on connections that stay: requests a second."""

import asyncio
from pathlib import Path
from statistics import median
from time import perf_counter

from evals.bench.row import Bar, Row
from evals.stage import Stage

_CONNECTIONS, _ROUNDS, _ROUND_S, _QUICK_S = 16, 7, 3.0, 1.0
_DITTO = 2800.0
"""Requests a second that Eclipse Ditto publishes for one instance on a larger machine."""


def measure(plant: Path, *, quick: bool) -> Row:
    """Requests a second while the plant is ingested by the same process."""
    with Stage(plant, line="packaging/line4", factor=1.0) as stage:
        point = next(p.id for p in stage.plant.points if p.id.endswith("filler/speed_setpoint"))
        host, port = stage.url.removeprefix("http://").split(":")
        request = (
            f"GET /state?point={point} HTTP/1.1\r\nHost: {host}\r\n"
            f"Authorization: Bearer {stage.token('olga')}\r\n\r\n"
        ).encode()
        for_s = _QUICK_S if quick else _ROUND_S
        rates = [asyncio.run(_rate(host, int(port), request, for_s)) for _ in range(_ROUNDS)]
    rates.sort()
    return Row(
        name="api.state",
        value=median(rates),
        unit="requests/s",
        load=f"one of {len(stage.plant.points)} points a request, {_CONNECTIONS} connections kept, "
        f"{for_s:g} s each time, emulator and asker on the same two cores",
        n=_ROUNDS,
        spread=(rates[-1] - rates[0]) / 2,
        peer="Eclipse Ditto, as published",
        peer_value=_DITTO,
        bar=Bar(low=_DITTO),
    )


async def _rate(host: str, port: int, request: bytes, for_s: float) -> float:
    """Requests a second that were answered 200."""
    began = perf_counter()
    asked = (_one(host, port, request, began + for_s) for _ in range(_CONNECTIONS))
    return sum(await asyncio.gather(*asked)) / (perf_counter() - began)


async def _one(host: str, port: int, request: bytes, end: float) -> int:
    """How often one connection asked and was answered until then."""
    reader, writer = await asyncio.open_connection(host, port)
    answered = 0
    while perf_counter() < end:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await reader.readexactly(size)
        if not head.startswith(b"http/1.1 200") or b'"value"' not in body:
            raise RuntimeError(f"no state: {head[:80]!r} {body[:200]!r}")
        answered += 1
    writer.close()
    return answered
