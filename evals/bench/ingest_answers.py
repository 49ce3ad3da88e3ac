"""How soon and how fast the service answers while 10,000 points come in once a second.

The whole product serves in a process of its own, read over OPC UA from a controller in another;
this process asks over HTTP as any client would. Wall time: a person waits by the wall.
"""

import asyncio
import http.client
import json
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.numbered import Controller, Kind, numbered_plant
from evals.bench.row import Bar, Row
from twin_core.plant.assets import Plant
from twin_core.value import SECOND

AT_SENSOR_S = Bar(high=1.0)
ALONE_MS, TOGETHER_MS = Bar(high=20), Bar(high=50)
PUBLISHING_S = 0.25
CLIENTS = 4
_START_S = 120.0
_AGAIN_S = 0.05
"""Seconds between two requests of one client."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Points that come in, points asked for at once, seconds asked in each way."""

    points: int
    wanted: int
    seconds: int


FULL = Asking(points=10_000, wanted=1_000, seconds=40)
QUICK = Asking(points=1_000, wanted=100, seconds=5)


def answers(size: Asking) -> Iterator[Row]:
    """The rows: age of what is answered, time of an answer alone and among others.

    Over OPC UA, which tells when a value changed, and over Modbus, whose wire costs little.
    """
    yield from asyncio.run(_answers(size, "opcua"))
    yield from asyncio.run(_answers(size, "modbus"))


async def _answers(size: Asking, kind: Kind) -> tuple[Row, ...]:
    controller = Controller(kind, size.points, 1.0)
    try:
        plant = await controller.start()
        port = int(plant.sources[0].url.rstrip("/").rsplit(":", 1)[1])
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(Path(folder), size, kind, port) as door,
        ):
            await asyncio.to_thread(wait, door, plant, size)
            counting = asyncio.ensure_future(controller.count(3 * size.seconds + 5))
            alone = await asyncio.to_thread(_asked, door, plant, size, 1)
            together = await asyncio.to_thread(_asked, door, plant, size, CLIENTS)
            ages = None
            if kind == "opcua":
                until = time.monotonic() + size.seconds
                going = lambda: time.monotonic() < until  # noqa: E731 (read once)
                ages = (await asyncio.to_thread(watched, door, plant, size, going)).ages
            told = await counting
    finally:
        controller.stop()
    wire = "OPC UA" if kind == "opcua" else "Modbus"
    load = (
        f"{size.points:,} points at 1 Hz over {wire}, server at {100 * told.share:.0f} % of a "
        "core, whole service; wall"
    )
    asked = f"latest value of {size.wanted:,} points in one request"
    rows = [
        _p99(f"ingest.values.{kind}", alone, 1e3, "ms", f"{asked}, one client; {load}", ALONE_MS),
        _p99(f"ingest.values.{kind}.clients", together, 1e3, "ms",
             f"{asked}, {CLIENTS} clients; {load}", TOGETHER_MS),
    ]  # fmt: skip
    if ages is not None:
        said = "change at the sensor until it stands in an answer over HTTP, published every"
        rows.insert(
            0, _p99("ingest.age", ages, 1.0, "s", f"{said} {PUBLISHING_S:g} s; {load}", AT_SENSOR_S)
        )
    return tuple(rows)


def _p99(
    name: str, sample: NDArray[np.float64], scale: float, unit: str, load: str, bar: Bar
) -> Row:
    return Row(
        name=name,
        value=float(np.quantile(sample, 0.99)) * scale,
        unit=f"{unit} (p99)",
        load=f"{load}; median {np.median(sample) * scale:.3g} {unit}",
        n=len(sample),
        bar=bar,
    )


@dataclass(frozen=True, slots=True)
class Door:
    """Where the service listens, and a viewer's token."""

    port: int
    token: str

    @contextmanager
    def opened(self) -> Iterator["_Client"]:
        """A client, connected until the block ends."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        yield _Client(connection, self.token)
        connection.close()


@dataclass(frozen=True, slots=True)
class _Client:
    connection: http.client.HTTPConnection
    token: str

    def values(self, body: bytes) -> bytes:
        """The answer's bytes."""
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.connection.request("POST", "/values", body, head)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return text


def _wanted(plant: Plant, size: Asking) -> bytes:
    every = size.points // size.wanted
    return json.dumps({"points": [point.id for point in plant.points[::every]]}).encode()


def wait(door: Door, plant: Plant, size: Asking) -> None:
    """Until every point asked for is believed."""
    body, deadline = _wanted(plant, size), time.monotonic() + _START_S
    with door.opened() as client:
        while None in json.loads(client.values(body))["value"]:
            assert time.monotonic() < deadline, "not every point was heard"
            threading.Event().wait(0.2)


def _asked(door: Door, plant: Plant, size: Asking, clients: int) -> NDArray[np.float64]:
    """Seconds that each answer took, of all clients."""
    body, until = _wanted(plant, size), time.monotonic() + size.seconds
    took: list[float] = []

    def ask() -> None:
        pause = threading.Event()
        with door.opened() as client:
            client.values(body)
            while time.monotonic() < until:
                began = time.perf_counter()
                client.values(body)
                took.append(time.perf_counter() - began)
                pause.wait(_AGAIN_S)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return np.array(took)


@dataclass(frozen=True, slots=True)
class Watched:
    """Ages of changes and the times of the answers that told them, in seconds."""

    ages: NDArray[np.float64]
    took: NDArray[np.float64]


def watched(door: Door, plant: Plant, size: Asking, going: Callable[[], bool]) -> Watched:
    """From each change of the points asked for to the end of the first answer with it.

    Asked again and again while `going`.
    """
    body = _wanted(plant, size)
    ages: list[NDArray[np.float64]] = []
    took: list[float] = []
    known: NDArray[np.int64] | None = None
    with door.opened() as client:
        while going():
            began = time.perf_counter()
            told = json.loads(client.values(body))
            took.append(time.perf_counter() - began)
            now = time.time_ns() * SECOND // 10**9
            stamp = np.array([at or 0 for at in told["time"]])  # 0: not believed at present
            if known is not None:
                ages.append((now - stamp[(stamp != known) & (stamp > 0)]) / SECOND)
            known = stamp
            threading.Event().wait(_AGAIN_S)
    return Watched(np.concatenate(ages), np.array(took))


@contextmanager
def serving(folder: Path, size: Asking, kind: Kind, controller: int) -> Iterator[Door]:
    """`opstwin serve` on a plant of that controller, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, folder, size.points, kind, controller))
    process.start()
    try:
        yield Door(*ours.recv())
    finally:
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGINT)
        process.join(30)


def _serve(pipe: Connection, folder: Path, points: int, kind: Kind, controller: int) -> None:
    from api.logs import log_to_stderr
    from api.server import listening, serve
    from api.settings import Settings, quiet_libraries
    from api.wiring import Parts, build

    log_to_stderr("warning")  # what is measured goes to standard output
    quiet_libraries(folder)
    often = PUBLISHING_S if kind == "opcua" else 1.0
    plant = numbered_plant(kind, points, controller, 1.0, often)
    system = build(Settings(data=folder), Parts(plant=plant))
    system.identity.add("bench", "Bench", ["viewer"], [plant.site])
    with listening("127.0.0.1", 0) as door:
        pipe.send((door.getsockname()[1], system.identity.issue("bench")))
        serve(system, door)
