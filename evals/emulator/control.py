"""The harness's own door: a Unix socket, one JSON object a line each way. The product has no key.

Requests carry `do`: inject, list, counters, record, state, truth, stop, start, shutdown.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from evals.emulator.account import Account
from evals.emulator.connections import Connections
from evals.emulator.crew import Crew
from evals.emulator.faults import Catalogue, Fault, Injection
from evals.emulator.standin import StandIn
from twin_core.errors import OpsTwinError
from twin_core.value import SECOND, Instant


class Switchable(Protocol):
    """A server that can fall off the network and come back."""

    async def kill(self) -> None:
        """Fall off."""
        ...

    async def revive(self) -> None:
        """Come back."""
        ...


class Controlled(Protocol):
    """What the harness may touch of a running emulator."""

    standin: StandIn
    crew: Crew
    catalogue: Catalogue
    injections: list[Injection]
    ending: asyncio.Event

    @property
    def plant_file(self) -> Path:
        """Where the plant file is."""
        ...

    @property
    def switches(self) -> Mapping[str, Switchable]:
        """Source id → its server."""
        ...

    def now(self) -> Instant:
        """Plant time."""
        ...

    def inject(self, injection: Injection) -> None:
        """Put a fault in."""
        ...


class ControlServer:
    """Answers the harness.

    Args:
        running: what is controlled.
        path: of the socket; it is made, and removed at the end.
    """

    def __init__(self, running: Controlled, path: Path) -> None:
        self._running = running
        self._path = path
        self._server: asyncio.Server | None = None
        self._connections = Connections(self._talk)

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(
            self._connections.accept, str(self._path), limit=1 << 22
        )

    async def stop(self) -> None:
        """Close and remove the socket."""
        if self._server is not None:
            self._server.close()
            await self._connections.close()
            self._path.unlink(missing_ok=True)

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """One answer: `ok` and what was asked for, or `error` in one sentence."""
        verbs = {
            "inject": self._inject,
            "list": self._list,
            "counters": self._counters,
            "record": self._record,
            "state": self._state,
            "truth": self._truth,
        }
        do = request.get("do")
        try:
            if do in verbs:
                return {"ok": True, **verbs[do](request)}
            if do in {"stop", "start"}:
                return await self._switch(str(do), str(request.get("source")))
            if do == "shutdown":
                self._running.ending.set()
                return {"ok": True}
        except (ValueError, OpsTwinError) as problem:
            return {"ok": False, "error": str(problem)}
        return {"ok": False, "error": f"unknown request “{do}”"}

    def _inject(self, request: dict[str, Any]) -> dict[str, Any]:
        standin = self._running.standin
        at = int(request.get("at") or standin.now)
        if "case" in request:
            case = self._running.catalogue.case(str(request["case"]))
            for fault in case.faults:
                self._running.inject(Injection(at=at, fault=fault, case=case.id))
        else:
            self._running.inject(Injection(at=at, fault=Fault.model_validate(request.get("fault"))))
        return {"at": max(at, standin.now)}

    def _list(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"cases": [c.model_dump() for c in self._running.catalogue.cases]}

    def _counters(self, request: dict[str, Any]) -> dict[str, Any]:
        standin = self._running.standin
        since = int(request.get("since") or standin.start_s * SECOND)
        until = int(request.get("until") or standin.now)
        lines = [line.id for line in standin.plant.lines if line.kind == "production"]
        return {
            "now": standin.now,
            "produced": {line: standin.produced(line, since, until) for line in lines},
        }

    def _record(self, _request: dict[str, Any]) -> dict[str, Any]:
        running = self._running
        standin = running.standin
        return {
            "plant": str(running.plant_file.resolve()),
            "seed": standin.seed,
            "start": standin.start_s * SECOND,
            "injections": [i.model_dump() for i in running.injections],
            "account": Account.of(standin, running.crew).model_dump(),
        }

    def _state(self, _request: dict[str, Any]) -> dict[str, Any]:
        standin = self._running.standin
        now = float(standin.second - standin.start_s)
        return {
            "now": standin.now,
            "behind_us": self._running.now() - standin.now,
            "faults": [
                {"id": t.fault.id, "standing": t.standing(now), "mended": t.mended}
                for t in standin.troubles
            ],
        }

    def _truth(self, _request: dict[str, Any]) -> dict[str, Any]:
        standin = self._running.standin
        points = standin.plant.points
        return {
            "now": standin.now,
            "values": standin.truth(),
            "made": standin.made,
            "counters": standin.counters,
            "written": [
                {"time": w.time, "point": points[w.point].id, "value": w.value}
                for w in standin.written
                if w.by == "client"
            ],
        }

    async def _switch(self, do: str, source: str) -> dict[str, Any]:
        server = self._running.switches.get(source)
        if server is None:
            known = ", ".join(self._running.switches)
            return {"ok": False, "error": f"no server for “{source}”; there are: {known}"}
        await (server.kill() if do == "stop" else server.revive())
        return {"ok": True}

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            try:
                request = json.loads(line)
            except ValueError:
                request = None
            if isinstance(request, dict):
                reply = await self.answer(request)
            else:
                reply = {"ok": False, "error": "one JSON object a line is needed"}
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
