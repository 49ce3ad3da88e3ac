"""What a change costs on its way from a wire to the disk, beside a client that drops it.

Ours is the product's own straight line: connector, pump, twin, history. The peers are asyncua's
subscription and pymodbus's poll loop as their documentation has them. What is compared are CPU
seconds of one process for both, in turn, and of the source's own: whatever else the machine does
stays out, and what other rows left.
"""

import asyncio
import gc
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from asyncua.client.client import Client
from pymodbus.client import AsyncModbusTcpClient

from api.clock import SystemClock
from api.service import Pump
from connectors.history_duckdb import HistoryDuckDB
from connectors.modbus import ModbusSource
from connectors.modbus_map import places
from connectors.modbus_spans import spans
from connectors.opcua import OpcuaSource
from connectors.own_process import OwnProcess
from connectors.source_life import NAME
from connectors.vendor_error import silence
from evals.bench.apart import apart
from evals.bench.ingest_apply import inserted
from evals.bench.numbered import Controller, Kind, numbered_plant
from evals.bench.row import Bar, Row
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.reading import Batch

HELD = 0.70
"""Share of its core up to which a server counts as holding its rate."""
TIMES = 1.5
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 30.0
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Wire:
    """How a wire is loaded: points, seconds in which each changes once, rounds, and how often."""

    name: str
    kind: Kind
    points: int
    period_s: float
    rounds: int
    runs: int = 3


OPCUA = Wire("opcua", "opcua", points=5_000, period_s=1.0, rounds=20)
MODBUS = Wire("modbus", "modbus", points=2_000, period_s=0.25, rounds=80)
MODBUS_OFTEN = Wire("modbus.often", "modbus", points=2_000, period_s=0.05, rounds=400)
WIRES = OPCUA, MODBUS, MODBUS_OFTEN


@dataclass(frozen=True, slots=True)
class Cost:
    """What one client paid.

    Attributes:
        cpu_s: CPU seconds of this process.
        units: changes or registers that came.
        lost: changes of those that were made and did not.
        share: of a core that the server needed.
    """

    cpu_s: float
    units: float
    lost: int
    share: float

    @property
    def per_million(self) -> float:
        """CPU seconds a million."""
        return self.cpu_s / self.units * 1e6


def over_wire(wire: Wire) -> tuple[Row, Row]:
    """The bare client and the product's line, in turn, on servers of their own.

    The second row is what no line could go below that keeps in DuckDB what it reads: the bare
    client, and DuckDB's own insert of as many readings.
    """
    opcua = wire.kind == "opcua"
    bare, ours, insert = apart(_compared, wire)
    per_million = [cost.per_million for cost in ours]
    peer = statistics.median(cost.per_million for cost in bare)
    share = max(cost.share for cost in (*ours, *bare))
    why = None
    if any(cost.lost for cost in bare) or share > HELD:
        why = f"the server did not hold the rate: {100 * share:.0f} % of a core"
    if lost := sum(cost.lost for cost in ours):
        why = f"{lost} changes were lost"
    what = "numbered values, none lost" if opcua else f"{_registers(wire):,} registers a poll"
    unit = f"CPU s a million {'changes' if opcua else 'registers'}"
    n = int(sum(cost.units for cost in ours))
    cost = Row(
        name=f"ingest.{wire.name}",
        value=None if why else statistics.median(per_million),
        unit=unit,
        spread=1.645 * statistics.stdev(per_million) / wire.runs**0.5 if wire.runs > 1 else None,
        load=f"{wire.points:,} points every {wire.period_s:g} s, server in its own process at "
        f"{100 * share:.0f} % of a core; {what}; believed and durable; CPU time; median of "
        f"{wire.runs} runs of {wire.rounds * wire.period_s:g} s each, in turn with the bare client",
        n=n,
        peer="asyncua's subscription, dropped" if opcua else "pymodbus polled, dropped",
        peer_value=peer,
        bar=Bar(high=round(TIMES * peer, 2)),
        why=why,
    )
    lowest = Row(
        name=f"ingest.{wire.name}.floor",
        value=peer + insert,
        unit=unit,
        n=n,
        load="the bare client and DuckDB's own Arrow insert of as many readings, a commit a second",
    )
    return cost, lowest


def _compared(wire: Wire) -> tuple[list[Cost], list[Cost], float]:
    """Costs of the bare client and of ours, and CPU seconds of the insert for a million units."""
    silence("asyncua")
    gc.freeze()  # what is there stays, as in `serve`, for both
    bare, ours = [], []
    for _ in range(wire.runs):
        bare.append(asyncio.run((_bare_opcua if wire.kind == "opcua" else _bare_modbus)(wire)))
        ours.append(asyncio.run(_ours(wire)))
    gc.unfreeze()
    return bare, ours, _insert(wire) * wire.points / _units(wire, wire.points)


async def _ours(wire: Wire) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        async with _controller(wire) as (controller, plant):
            clock = SystemClock()
            ids = [point.id for point in plant.points]
            history = HistoryDuckDB(Path(folder) / "history.duckdb", ids)
            source = _source(wire, plant, clock)
            pump = Pump(Twin(plant), {"wire": source}, history, clock, tick_s=1.0)
            await pump.start()
            await _until(lambda: bool(np.isfinite(pump.snapshot().value).all()))
            await _committed(history)
            began, used, apart = clock.plant(), time.process_time(), _apart()
            told = await controller.count(wire.rounds)
            await _until(lambda: bool((pump.snapshot().value == wire.rounds).all()))
            apart = _apart() - apart
            await pump.stop()  # after which all is durable
            used = time.process_time() - used + apart
            stored = await history.raw(range(len(ids)), began, clock.plant())
            await history.close()
            lost = told.changes - _numbers(stored, len(ids)) if wire.kind == "opcua" else 0
            return Cost(used, _units(wire, len(stored)), lost, told.share)


def _source(wire: Wire, plant: Plant, clock: SystemClock) -> OwnProcess | ModbusSource:
    """As `api/outside.py` makes it: so busy an OPC UA server is read in a process of its own."""
    source = plant.sources[0]
    if wire.kind == "modbus":
        return ModbusSource(plant, source, clock)
    nothing = np.zeros(len(plant.points), np.int64)
    return OwnProcess(source.id, partial(OpcuaSource, plant, source, clock), lambda: nothing, clock)


def _apart() -> float:
    """CPU seconds of the source's own process (Linux)."""
    found = [p for p in multiprocessing.active_children() if p.name == NAME]
    fields = [Path(f"/proc/{p.pid}/stat").read_text().rpartition(")")[2].split() for p in found]
    return sum(int(user) + int(system) for *_, user, system in (f[:13] for f in fields)) / _TICKS


def _insert(wire: Wire) -> float:
    """CPU seconds of DuckDB for a million readings, in commits of a second each."""
    n = round(wire.points / wire.period_s)
    point = np.arange(n, dtype=np.int32) % wire.points
    time_us = np.arange(n, dtype=np.int64)
    rows = [
        Batch(point, time_us + s, np.full(n, float(s)), np.zeros(n, np.uint32), time_us + s)
        for s in range(max(1, 1_000_000 // n))
    ]
    with tempfile.TemporaryDirectory() as folder:
        return inserted(Path(folder) / "floor.duckdb", rows) / (n * len(rows)) * 1e6


def _numbers(stored: Batch, points: int) -> int:
    """Different numbers after the first one that every point showed."""
    shown = np.unique(np.stack([stored.point, stored.value]), axis=1)
    return int((shown[1] > 0).sum()) if points else 0


def _units(wire: Wire, readings: int) -> float:
    return readings if wire.kind == "opcua" else readings / wire.points * _registers(wire)


def _registers(wire: Wire) -> int:
    return sum(place.words for place in _places(wire).values())


def _places(wire: Wire) -> Any:
    plant = numbered_plant(wire.kind, wire.points, 1, wire.period_s)
    return places(dict(enumerate(plant.points)), "big")


async def _bare_opcua(wire: Wire) -> Cost:
    class Dropped:
        came = 0

        def datachange_notification(self, _node: Any, _value: Any, _data: Any) -> None:
            self.came += 1

    async with _controller(wire) as (controller, plant):
        told_of = Dropped()
        async with Client(plant.sources[0].url) as client:
            space = await client.get_namespace_index(plant.sources[0].options["namespace"])
            nodes = [client.get_node(f"ns={space};{point.address}") for point in plant.points]
            taken = await client.create_subscription(wire.period_s * 1000, told_of)
            for at in range(0, len(nodes), 500):
                await taken.subscribe_data_change(nodes[at : at + 500], queuesize=10)
            await _until(lambda: told_of.came >= wire.points)
            used, before = time.process_time(), told_of.came
            told = await controller.count(wire.rounds)
            await _until(lambda: told_of.came - before >= told.changes)
            came = told_of.came - before
            return Cost(time.process_time() - used, came, told.changes - came, told.share)


async def _bare_modbus(wire: Wire) -> Cost:
    asked = [(span.start, span.count) for span in spans(_places(wire).values())]
    async with _controller(wire) as (controller, plant):
        client = AsyncModbusTcpClient("127.0.0.1", port=int(plant.sources[0].url.split(":")[-1]))
        await client.connect()
        loop, used, came = asyncio.get_running_loop(), time.process_time(), 0
        counting = asyncio.ensure_future(controller.count(wire.rounds))
        while not counting.done():
            due = loop.time() + wire.period_s
            for start, count in asked:
                read = await client.read_holding_registers(start, count=count, device_id=1)
                came += len(read.registers)
            await asyncio.sleep(max(0.0, due - loop.time()))
        used = time.process_time() - used
        client.close()
        return Cost(used, came, 0, counting.result().share)


@asynccontextmanager
async def _controller(wire: Wire) -> AsyncIterator[tuple[Controller, Plant]]:
    controller = Controller(wire.kind, wire.points, wire.period_s)
    plant = await controller.start()
    try:
        yield controller, plant
    finally:
        controller.stop()


async def _until(done: Callable[[], bool]) -> None:
    """Look again and again until it is so; what has not come by then is lost."""
    deadline = time.monotonic() + _PATIENCE_S
    while not done() and time.monotonic() < deadline:  # noqa: ASYNC110 nothing signals it
        await asyncio.sleep(_LOOK_S)


async def _committed(history: HistoryDuckDB) -> None:
    """Until something is durable: the first commit imports what the others need."""
    deadline = time.monotonic() + _PATIENCE_S
    while not await history.last_seq() and time.monotonic() < deadline:  # noqa: ASYNC110 as above
        await asyncio.sleep(_LOOK_S)
