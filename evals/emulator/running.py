"""The emulator as a process: the stand-in on plant time, its servers, the crew, the control socket.

Writes of clients take effect at the next plant second; readings are published at theirs. It must
never tell a server what is wrong.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from evals.emulator.control import ControlServer
from evals.emulator.crew import Crew
from evals.emulator.faults import Catalogue, Injection
from evals.emulator.maintenance import MaintenanceSystem
from evals.emulator.offsets import clock_offset
from evals.emulator.ports import ports
from evals.emulator.standin import StandIn, Write
from twin_core.plant.assets import Plant
from twin_core.value import SECOND, Instant

_BEHIND_S = 60
"""Plant seconds behind the clock beyond which samples of the past are not published any more."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run: see `opstwin emulator --help`."""

    plant_file: Path
    seed: int = 1
    factor: float = 1.0
    origin: Instant = 0
    port_base: int | None = None
    control: Path | None = None
    crew: bool = True


class ControllerLike(Protocol):
    """A server of one source."""

    port: int

    async def start(self, values: list[float]) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """Stop for good."""
        ...

    async def kill(self) -> None:
        """Fall off the network."""
        ...

    async def revive(self) -> None:
        """Listen again."""
        ...

    async def publish(
        self, points: list[int], values: list[float], status: list[int], time: Instant
    ) -> None:
        """New values of some points."""
        ...


class RunningPlant:
    """Everything the emulator runs.

    Args:
        plant: the plant.
        options: how.
        catalogue: cases that the control socket knows by name, faults put in at the start.
        host: host time, microseconds UTC.
    """

    def __init__(
        self,
        plant: Plant,
        options: Options,
        catalogue: Catalogue,
        host: Callable[[], Instant] = lambda: time.time_ns() // 1000,
    ) -> None:
        self.plant = plant
        self.options = options
        self.catalogue = catalogue
        self._host = host
        self.standin = StandIn(plant, options.seed, self.now(), catalogue.faults)
        self.crew = Crew(self.standin, present=options.crew)
        self.injections = [Injection(at=self.standin.now, fault=f) for f in catalogue.faults]
        self.scheduled: list[Injection] = []
        self.servers: dict[str, ControllerLike] = {}
        self.ending = asyncio.Event()
        self._pending: list[Write] = []
        self._maintenance: MaintenanceSystem | None = None
        self._control: ControlServer | None = None
        self._own: dict[str, np.ndarray] = {}

    def now(self) -> Instant:
        """Plant time: `origin + factor · (host - origin)`."""
        host = self._host()
        origin = self.options.origin
        return origin + round(self.options.factor * (host - origin))

    @property
    def plant_file(self) -> Path:
        """Where the plant file is."""
        return self.options.plant_file

    @property
    def switches(self) -> Mapping[str, ControllerLike]:
        """Source id → its server."""
        return self.servers

    async def start(self) -> None:
        """Start every server."""
        from evals.emulator.modbus_server import ControllerServer
        from evals.emulator.opcua_server import LineServer

        where = ports(self.plant, self.options.port_base)
        values = self.standin.values.tolist()
        for source in self.plant.sources:
            port = where[source.id]
            if source.kind == "opcua":
                offset = clock_offset(self.options.seed, source.id)
                self.servers[source.id] = LineServer(
                    self.plant, source, port, self.now, offset, self._take
                )
            elif source.kind == "modbus":
                self.servers[source.id] = ControllerServer(self.plant, source, port, self._take)
            elif source.kind == "cmms":
                self._maintenance = MaintenanceSystem(self.crew, port)
                await self._maintenance.start()
                continue
            else:
                continue
            self._own[source.id] = np.array([p.source == source.id for p in self.plant.read])
            await self.servers[source.id].start(values)
        await self.open_door()

    async def open_door(self) -> None:
        """Let the harness in, if it has a socket."""
        if self.options.control is not None:
            self._control = ControlServer(self, self.options.control)
            await self._control.start()

    async def run(self) -> None:
        """Turn plant seconds until told to end."""
        pause = min(0.05, 0.25 / self.options.factor)
        while not self.ending.is_set():
            await self.catch_up()
            try:
                await asyncio.wait_for(self.ending.wait(), pause)
            except TimeoutError:
                continue

    async def catch_up(self) -> None:
        """Step until the state is at the plant clock's second."""
        target = self.now() // SECOND
        while self.standin.second < target:
            commands, self._pending = self._pending, []
            self.standin.step(commands, by="client")
            self.crew.run()
            if self.scheduled:
                self._strike()
            if len(self.standin.due) and target - self.standin.second < _BEHIND_S:
                await self._publish()

    async def stop(self) -> None:
        """Stop every server."""
        for server in self.servers.values():
            await server.stop()
        if self._maintenance is not None:
            await self._maintenance.stop()
        if self._control is not None:
            await self._control.stop()

    def inject(self, injection: Injection) -> None:
        """Put a fault in now, or at its plant time."""
        if injection.at > self.standin.now:
            self.scheduled.append(injection)
            return
        self.standin.inject(injection.fault)
        self.injections.append(injection.model_copy(update={"at": self.standin.now}))

    def _strike(self) -> None:
        due = [i for i in self.scheduled if i.at <= self.standin.now]
        self.scheduled = [i for i in self.scheduled if i.at > self.standin.now]
        for injection in due:
            self.inject(injection)

    def _take(self, point: int, value: float) -> None:
        self._pending.append(Write(point, value))

    async def _publish(self) -> None:
        standin = self.standin
        due = standin.due
        values, status = standin.values.tolist(), standin.status.tolist()
        for source, server in self.servers.items():
            mine = due[self._own[source][due]].tolist()
            if mine:
                await server.publish(mine, values, status, standin.now)


async def run(plant: Plant, options: Options, catalogue: Catalogue) -> None:
    """Run until interrupted or told to end; print one line when ready."""
    import gc
    import signal

    gc.disable()  # hundreds of thousands of nodes are made that stay: collecting costs seconds
    running = RunningPlant(plant, options, catalogue)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running.ending.set)
    try:
        await running.start()
        await running.catch_up()
        gc.freeze()
        gc.enable()
        where = ", ".join(f"{name}:{s.port}" for name, s in running.servers.items())
        sys.stdout.write(f"ready: {plant.name}, seed {options.seed}, {where}\n")
        sys.stdout.flush()
        await running.run()
    finally:
        await running.stop()
