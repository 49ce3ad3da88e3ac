"""Controllers whose points count: every value is the one before and one, so a lost one shows.

Each runs in a process of its own over its real protocol, and tells what the counting cost it. It
must never count faster than it was asked to, nor skip a number.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

from evals.emulator.modbus_server import ControllerServer
from evals.emulator.opcua_server import LineServer
from twin_core.plant.assets import Area, Line, Plant, Point, Unit
from twin_core.plant.classes import EquipmentClass, PointSpec
from twin_core.plant.source import Source
from twin_core.reading import GOOD
from twin_core.value import SECOND, Range

Kind = Literal["opcua", "modbus"]
HIGHEST = 60_000
_STEPS = 20
"""Steps in a second in which a controller changes its points, some each time."""
_ANY_PORT = 1  # the server takes a free one and tells it
_LINE = "bench/hall/wires"
_TOGETHER = 50
"""Points in one folder: asyncua looks through its parent for every node it adds."""
_NAMESPACE = "urn:opstwin:bench"


def numbered_plant(
    kind: Kind, points: int, port: int, period_s: float, publishing_s: float | None = None
) -> Plant:
    """A plant of one controller with `points` counting points, each changed every `period_s`.

    It is published or polled once in that time, or as often as `publishing_s` says.
    """
    units = tuple(_unit(kind, range(i, min(i + _TOGETHER, points)), period_s)
                  for i in range(0, points, _TOGETHER))  # fmt: skip
    line = Line(id=_LINE, name="Wires", kind="utility", units=units)
    often = publishing_s or period_s
    options: dict[str, Any] = {"poll_s": often}
    if kind == "opcua":
        options = {"namespace": _NAMESPACE, "publishing_s": often, "sampling_s": often}
    scheme = "opc.tcp" if kind == "opcua" else "modbus"
    return Plant(
        site="bench", name="Bench", timezone="Etc/UTC",
        areas=(Area(id="bench/hall", name="Hall", lines=(line,)),),
        classes={"counting": EquipmentClass(id="counting", name="Counting", model="other")},
        sources=(Source(id="wire", name="Wire", kind=kind, url=f"{scheme}://127.0.0.1:{port}",
                        options=options),),
    )  # fmt: skip


def _unit(kind: Kind, numbers: range, period_s: float) -> Unit:
    """Some of the points, under one folder of the server."""
    home = f"{_LINE}/u{numbers[0]}"
    points = []
    for i in numbers:
        address: Any = f"s=Count.{i}"
        if kind == "modbus":
            # Two of five points take two registers, as real numbers do.
            form = "float32" if i % 5 > 2 else "uint16"
            register = i // 5 * 7 + (0, 1, 2, 3, 5)[i % 5]
            address = {"table": "holding", "register": register, "type": form}
        spec = PointSpec(
            id=f"n{i}", name="count", unit="1", limits=Range(low=0, high=HIGHEST), period_s=period_s
        )
        points.append(
            Point(id=f"{home}/n{i}", unit_id=home, source="wire", address=address, spec=spec)
        )
    name = f"Controller {numbers[0]}"
    return Unit(id=home, name=name, class_id="counting", points=tuple(points))


@dataclass(frozen=True, slots=True)
class Told:
    """What a controller says when it has counted.

    Attributes:
        changes: of a value, all points together.
        share: CPU seconds it used over the seconds it took.
    """

    changes: int
    share: float


class Controller:
    """A counting controller in its own process; `start`, connect, `count`, `stop`.

    Args:
        kind: its protocol.
        points: how many.
        period_s: seconds in which each of them counts once.
    """

    def __init__(self, kind: Kind, points: int, period_s: float) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, kind, points, period_s), daemon=True
        )
        self._kind: Kind = kind
        self._points, self._period_s = points, period_s

    async def start(self) -> Plant:
        """Listen; the plant by which to read it."""
        self._process.start()
        port = await asyncio.to_thread(self._pipe.recv)
        return numbered_plant(self._kind, self._points, port, self._period_s)

    async def count(self, rounds: int) -> Told:
        """Every point counts `rounds` times."""
        self._pipe.send(rounds)
        told: Told = await asyncio.to_thread(self._pipe.recv)
        return told

    def stop(self) -> None:
        """End the process."""
        self._pipe.send(0)
        self._process.join(10)
        self._process.close()


def _serve(pipe: Connection, kind: Kind, points: int, period_s: float) -> None:
    asyncio.run(_served(pipe, kind, points, period_s))


async def _served(pipe: Connection, kind: Kind, points: int, period_s: float) -> None:
    plant = numbered_plant(kind, points, _ANY_PORT, period_s)
    values = [0.0] * points
    server: LineServer | ControllerServer
    if kind == "opcua":
        server = LineServer(plant, plant.sources[0], 0, _now, 0, _nothing)
    else:
        server = ControllerServer(plant, plant.sources[0], 0, _nothing)
    await server.start(values)
    pipe.send(server.port)
    while rounds := await asyncio.to_thread(pipe.recv):
        pipe.send(await _counted(server.publish, values, rounds, period_s))
    await server.stop()


async def _counted(
    publish: Callable[..., Coroutine[Any, Any, None]],
    values: list[float],
    rounds: int,
    period_s: float,
) -> Told:
    loop, status = asyncio.get_running_loop(), [GOOD] * len(values)
    steps = max(1, round(_STEPS * period_s))
    began, used = loop.time(), time.process_time()
    for k in range(rounds * steps):
        due = loop.time() + period_s / steps  # what was late is not made up for
        mine = range(k % steps, len(values), steps)
        for i in mine:
            values[i] += 1
        await publish(mine, values, status, _now())
        await asyncio.sleep(max(0.0, due - loop.time()))
    share = (time.process_time() - used) / (loop.time() - began)
    return Told(rounds * len(values), share)


def _now() -> int:
    return time.time_ns() * SECOND // 10**9


def _nothing(_index: int, _value: float) -> None:
    """Nobody writes here."""
