"""`bench governance`, local rules: from the arrival of the reading to the write at the controller.

The whole service as `serve` wires it, on a real OPC UA controller in a process of its own that
publishes every 50 ms and is under ordinary load. The end of the measure is the write as the
controller hears it; everything before it is in it: policy, the audit records, each durable, and
the read before the write. It must never count a trigger that was not written.
"""

import asyncio
import gc
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from api.settings import Settings
from api.system import System
from api.wiring import Parts, build
from evals.bench.numbered import numbered_plant
from evals.bench.row import Bar, Row
from evals.emulator.opcua_server import LineServer
from twin_core.governance.policy import SHIPPED
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import PointSpec, Role
from twin_core.reading import GOOD
from twin_core.value import Range

WRITE_MS, P99_MS = "ms (p99)", Bar(high=100)
POINTS = 1_900
"""Beside those of the rules: at 2,000 changes a second a source still has no process of its own."""
TRIGGERS, QUICK_TRIGGERS = 220, 40
RULES = 50
PUBLISHING_S = 0.05
_USUAL, _LOW, _HELD, _FREE = 7.0, 4.0, 200.0, 400.0
_STEPS = 20
_PATIENCE_S = 60.0
_BETWEEN_S = 0.25
_SETTLED_S = 20.0
"""After its start a service looks at its past and imports what it needs for that."""
_PORT = 1  # the server takes a free one and tells it


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule's condition came about.

    Attributes:
        rule: its number.
        changed, written: host time, microseconds: at the controller, of value and write.
    """

    rule: int
    changed: int
    written: int


def measure(triggers: int) -> Iterator[Row]:
    """The rows: from arrival, and from the change in the controller."""
    found, arrived = asyncio.run(_measured(triggers))
    load = (
        f"{RULES} rules, {POINTS + 2 * RULES:,} points each changing once a second, OPC UA "
        f"published every {PUBLISHING_S * 1000:g} ms, the whole service {_SETTLED_S:g} s after "
        "its start; records durable"
    )
    lost = f"{triggers - len(found)} of {triggers} were not written"
    why = lost if len(found) < triggers else None
    since_arrival = [one.written - arrived[one.rule, one.changed] for one in found]
    since_change = [one.written - one.changed for one in found]
    for name, took, bar in (
        ("governance.local", since_arrival, P99_MS),
        ("governance.local.change", since_change, None),
    ):
        yield Row(
            name=name, unit=WRITE_MS, n=len(took), load=load, bar=bar, why=why,
            value=None if why else float(np.quantile(took, 0.99)) / 1000,
            peer="median of the same", peer_value=float(np.median(took)) / 1000 if took else None,
        )  # fmt: skip


async def _measured(triggers: int) -> tuple[list[Trigger], dict[tuple[int, int], int]]:
    """What was written, and by rule and time of the change when that reading arrived."""
    with tempfile.TemporaryDirectory() as folder:
        async with _controller() as (pipe, plant), _service(Path(folder), plant) as system:
            found: list[Trigger] = []
            gc.collect()
            gc.freeze()  # what is there stays, as in `serve`
            for k in range(triggers):
                pipe.send(k % RULES)
                told: Trigger | None = await asyncio.to_thread(pipe.recv)
                found += [told] if told is not None else []
            gc.unfreeze()
            return found, await _arrivals(system, plant, found)


async def _arrivals(
    system: System, plant: Plant, found: list[Trigger]
) -> dict[tuple[int, int], int]:
    """When the reading of each change arrived, as the log has it."""
    await asyncio.sleep(2.0)  # until it is durable
    indices = {plant.index[_path(rule, "pressure")]: rule for rule in range(RULES)}
    stored = await system.historian.raw(tuple(indices), found[0].changed - 1, time.time_ns())
    low = stored.value == _LOW
    return {
        (indices[int(p)], int(at)): int(received)
        for p, at, received in zip(
            stored.point[low], stored.time[low], stored.received[low], strict=True
        )
    }


@asynccontextmanager
async def _service(folder: Path, plant: Plant) -> AsyncIterator[System]:
    """The service with every rule signed, once it has heard every point."""
    rules, policy = folder / "local.toml", folder / "policy.toml"
    rules.write_text("schema = 1\n" + "".join(map(_rule, range(RULES))))
    policy.write_text(SHIPPED + _LIMITS)
    settings = Settings(data=folder / "data", local_rules=rules, policy=policy, workers=1)
    system = build(settings, Parts(plant=plant))
    system.identity.add("eve", "Eve", ["engineer"], [plant.site])
    async with system.running():
        eve = system.identity.person("eve")
        await system.actuation.set_trust(plant.site, "act_by_standing_rule", eve, "bench")
        digests = {r.id: r.digest for r in system.actuation.standing.local.file}
        await system.local.sign(digests, eve, "bench")
        deadline = time.monotonic() + _PATIENCE_S
        while not np.isfinite(system.pump.snapshot().value).all():
            await asyncio.sleep(0.1)
            if time.monotonic() > deadline:
                msg = "the controller was not heard whole"
                raise RuntimeError(msg)
        await asyncio.sleep(_SETTLED_S)
        yield system


_LIMITS = """
[limits]
window_steps = 1000000
window_s = 60
major = { share = 1.0, lines = 100 }
[limits.writes]
point = 1000000
area = 1000000
approver = 1000000
"""


def _rule(number: int) -> str:
    return f"""
[[rule]]
id = "hold-{number}"
reason = "bench"
cooldown_s = 5
most = 1000
window_s = 3600
days = 1
[[rule.condition]]
point = "{_path(number, "pressure")}"
below = 5.0
unit = "bar"
[[rule.write]]
point = "{_path(number, "load")}"
value = {_HELD}
unit = "1"
check = 0.5
"""


def _path(rule: int, point: str) -> str:
    return f"bench/hall/wires/held{rule}/{point}"


def loaded_plant(port: int) -> Plant:
    """Counting points, and for each rule a pressure and a load on a machine of its own."""
    plant = numbered_plant("opcua", POINTS, port, 1.0, PUBLISHING_S)
    (area,) = plant.areas
    (line,) = area.lines
    units = (*line.units, *(_machine(rule) for rule in range(RULES)))
    lines = (line.model_copy(update={"units": units}),)
    kept = {name: getattr(plant, name) for name in Plant.model_fields}
    return Plant(**{**kept, "areas": (area.model_copy(update={"lines": lines}),)})


def _machine(rule: int) -> Unit:
    home = f"bench/hall/wires/held{rule}"
    specs = (
        PointSpec(id="pressure", name="Pressure", unit="bar", limits=Range(low=0, high=16)),
        PointSpec(
            id="load", name="Load", unit="1", limits=Range(low=0, high=1000), role=Role.SETPOINT,
            adjustable=Range(low=0, high=1000), step=1000,
        ),
    )  # fmt: skip
    points = tuple(
        Point(id=f"{home}/{s.id}", unit_id=home, source="wire", address=f"s=Held.{rule}.{s.id}",
              spec=s)
        for s in specs
    )  # fmt: skip
    return Unit(id=home, name=f"Held {rule}", class_id="counting", points=points)


@asynccontextmanager
async def _controller() -> AsyncIterator[tuple[Connection, Plant]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours, loaded_plant(await asyncio.to_thread(ours.recv))
    finally:
        ours.send(None)
        process.join(10)
        process.close()


def _serve(pipe: Connection) -> None:
    asyncio.run(_served(pipe))


async def _served(pipe: Connection) -> None:
    plant = loaded_plant(_PORT)
    usual = {"pressure": _USUAL, "load": _FREE}
    values = [usual.get(point.spec.id, 0.0) for point in plant.points]
    written: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

    def taken(index: int, _value: float) -> None:
        written.put_nowait((index, _now()))

    server = LineServer(plant, plant.sources[0], 0, _now, 0, taken)
    await server.start(values)
    pipe.send(server.port)
    counting = asyncio.create_task(_count(server, plant, values))
    while (rule := await asyncio.to_thread(pipe.recv)) is not None:
        pipe.send(await _triggered(server, plant, values, written, rule))
        await asyncio.sleep(_BETWEEN_S * (0.6 + 0.8 * ((rule * 7919) % 100) / 100))
    counting.cancel()
    await server.stop()


async def _triggered(
    server: LineServer,
    plant: Plant,
    values: list[float],
    written: "asyncio.Queue[tuple[int, int]]",
    rule: int,
) -> Trigger | None:
    """A pressure falls until its machine is held back; then all is as before."""
    pressure, load = plant.index[_path(rule, "pressure")], plant.index[_path(rule, "load")]
    status = [GOOD] * len(values)
    values[pressure], changed = _LOW, _now()
    await server.publish([pressure], values, status, changed)
    try:
        async with asyncio.timeout(5):
            index, at = await written.get()
            while index != load:
                index, at = await written.get()
    except TimeoutError:
        return None
    finally:
        await asyncio.sleep(0.3)  # it is read back
        values[pressure], values[load] = _USUAL, _FREE
        await server.publish([pressure, load], values, status, _now())
    return Trigger(rule, changed, at)


async def _count(server: LineServer, plant: Plant, values: list[float]) -> None:
    """Every counting point counts once a second, a part of them every 50 ms."""
    loop, status = asyncio.get_running_loop(), [GOOD] * len(values)
    own = [i for i, point in enumerate(plant.points) if point.spec.name == "count"]
    k = 0
    while True:
        due = loop.time() + 1 / _STEPS
        mine = own[k % _STEPS :: _STEPS]
        for i in mine:
            values[i] += 1
        await server.publish(mine, values, status, _now())
        k += 1
        await asyncio.sleep(max(0.0, due - loop.time()))


def _now() -> int:
    return time.time_ns() // 1000
