"""The process of a virtual controller: serves a plant's points, moves them, obeys its harness.

Started with a file that says what it starts from; told what to do by lines of JSON on its standard
input, each answered by one on its standard output. It ends when that input does: whoever started
it is gone. It must never open a connection, only take them.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from api.clock import SystemClock
from api.scene import Belief
from evals.virtual.course import foreseen
from evals.virtual.loopback import guarded
from evals.virtual.movement import Movement
from evals.virtual.taking import Taking
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source
from twin_core.value import SECOND, Instant, Value

_RENEWED_S = 2
_SILENT_S = 0.3  # host seconds until no listener is left
_MOST_BEHIND = 120  # plant seconds that are caught up in one go


class Start(Value):
    """What a virtual controller starts from.

    Attributes:
        plant: all of it; only sources with a port are served.
        belief: absent = it starts as the plant file says it usually is.
        lines: production lines that go as the twin foresees; `seed` of what is drawn.
        factor, origin: of plant time.
    """

    plant: Plant
    belief: Belief | None
    ports: dict[str, int]
    lines: tuple[str, ...] = ()
    seed: int
    factor: float
    origin: Instant


class Server(Protocol):
    """One protocol's side of one source."""

    async def start(self, values: Mapping[int, float], now: Instant) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """Stop for good."""
        ...

    async def fall_silent(self) -> None:
        """Off the network."""
        ...

    async def come_back(self) -> None:
        """Listen again."""
        ...

    async def show(self, values: Mapping[int, float], now: Instant) -> None:
        """New values of some points."""
        ...


class Controller:
    """Everything that the process runs."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._clock = SystemClock(start.factor, start.origin)
        plant = self._plant = start.plant
        self._snapshot = start.belief.snapshot(plant) if start.belief is not None else None
        first = np.full(len(plant.read), np.nan)
        if self._snapshot is not None:
            first = np.array(self._snapshot.value[: len(plant.read)])
        self._first = first
        self._movement = Movement(plant, first, start.seed)
        self._taking = Taking(plant, self._stands, self._written, self._lose)
        self._servers = {s.id: self._server(s) for s in plant.sources if s.id in start.ports}
        served = [(i, p) for i, p in enumerate(plant.read) if p.source in self._servers]
        self._unknown = sum(bool(np.isnan(first[i])) for i, _ in served)
        self._of = {n: [i for i, p in served if p.source == n] for n in self._servers}
        polled = {source.id for source in plant.sources if source.kind == "modbus"}
        self._period = {  # a register is renewed whether or not anybody reads it
            i: _RENEWED_S if p.source in polled else max(1, round(p.spec.period_s))
            for i, p in served
        }
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Serve until the standard input ends."""
        await self._foresee()
        second = self._clock.plant() // SECOND
        shown = self._movement.shown()
        try:
            for name, server in self._servers.items():
                values = {i: float(shown[i]) for i in self._of[name]}
                await server.start(values, second * SECOND)
            async with asyncio.TaskGroup() as group:
                own = [group.create_task(self._turn()), group.create_task(self._think())]
                _say({"ready": True, "unknown": self._unknown})
                await self._obey()
                for task in own:
                    task.cancel()
        finally:
            for server in self._servers.values():
                await server.stop()

    async def _turn(self) -> None:
        """Plant seconds pass."""
        second = self._clock.plant() // SECOND
        pause = min(0.1, 0.5 / self._start.factor)
        while True:
            now = self._clock.plant() // SECOND
            second = max(second, now - _MOST_BEHIND)
            due: set[int] = set()
            while second < now:
                second += 1
                self._movement.step()
                due |= {i for i, period in self._period.items() if second % period == 0}
            if due:  # in one go it is told once: on a busy machine, the newest of it
                shown = self._movement.shown()
                for name, server in self._servers.items():
                    values = {i: float(shown[i]) for i in self._of[name] if i in due}
                    await server.show(values, second * SECOND)
            await asyncio.sleep(pause)

    async def _think(self) -> None:
        """After every write the twin's models are asked again; the plant goes on meanwhile."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._foresee()

    async def _foresee(self) -> None:
        snapshot, lines = self._snapshot, self._start.lines
        if snapshot is None or not lines:
            return
        changes = self._movement.changes
        found = await asyncio.to_thread(foreseen, snapshot, lines, changes, self._start.seed)
        self._movement.take(found)

    async def _obey(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            _say(await self._done(json.loads(line)))

    async def _done(self, order: Mapping[str, Any]) -> dict[str, Any]:
        match order["do"]:
            case "misbehave":
                at = self._plant.index[order["point"]]
                self._taking.misbehaves[at] = (order["value"], order["how"])
                return {}
            case "come_back":
                for server in self._servers.values():
                    await server.come_back()
                return {}
            case "reset":
                self._movement = Movement(self._plant, self._first, self._start.seed)
                self._taking.misbehaves.clear()
                self._taking.asked_for.clear()
                await self._foresee()
                return await self._done({"do": "come_back"})
            case "tell":
                index = self._plant.index
                stands = {p: self._stands(index[p]) for p in order["points"]}
                return {"stands": stands, "asked": self._taking.asked_for}
            case other:
                return {"error": f"{other} is no order"}

    def _stands(self, index: int) -> float:
        return float(self._movement.value[index])

    def _written(self, index: int, value: float) -> None:
        self._movement.write(index, value)
        self._changed.set()

    async def _lose(self, source: str) -> None:
        # From outside the request, which is answered only when nobody can hear it any more.
        self._gone = asyncio.create_task(self._servers[source].fall_silent())
        await asyncio.sleep(_SILENT_S)

    def _server(self, source: Source) -> Server:
        port = self._start.ports[source.id]
        if source.kind == "opcua":
            from evals.virtual.opcua_server import OpcuaServer

            return OpcuaServer(self._plant, source, port, self._taking)
        if source.kind == "modbus":
            from evals.virtual.modbus_server import ModbusServer

            return ModbusServer(self._plant, source, port, self._taking)
        from evals.virtual.mqtt_server import MqttServer

        return MqttServer(self._plant, source, port, self._taking)


def _say(answer: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run what the file named on the command line says."""
    start = Start.model_validate_json(Path(sys.argv[1]).read_bytes())
    with guarded("the virtual controller"):
        asyncio.run(Controller(start).run())


if __name__ == "__main__":
    main()
