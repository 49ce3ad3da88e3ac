"""A plant whose tank is told by a machine that pushes, and a door to push through."""

import contextlib
import json
from types import SimpleNamespace
from typing import Any

import httpx

from api.identity import Identity
from api.inlet import Inlet
from api.server import application
from api.service import Pump
from connectors.options import options
from connectors.push_options import PushOptions
from tests.devices import CLASSES
from tests.fakes import FakeClock
from twin_core.ingest import Twin
from twin_core.plant.document import load

PLANT = """
schema: 1
site: s
name: Site
timezone: UTC
classes: [classes.yaml]
sources:
  - {id: gw, name: Gateway, kind: http}
  - {id: meter, name: Water meter, kind: http, options: {users: [gw8]}}
  - {id: plc, name: PLC, kind: modbus, url: "modbus://127.0.0.1:502"}
areas:
  - id: a
    name: Area
    lines:
      - id: l
        name: Line
        kind: utility
        units:
          - id: t
            name: Tank
            class: tank
            source: gw
            points:
              temperature: {address: T1}
              count: {}
              running: {}
          - id: m
            name: Meter
            class: tank
            source: meter
            points: {temperature: {}}
          - id: p
            name: Other
            class: tank
            source: plc
            points: {temperature: {address: {table: input, register: 0}}}
"""
ONE = "\n".join(
    line for line in PLANT.splitlines() if "id: meter" not in line and "id: plc" not in line
).split("          - id: m")[0]
"""The same with the tank and its gateway alone."""


def plant(text=PLANT):
    return load(text, "plant.yaml", lambda _name: CLASSES)


class Door:
    """A real pump behind the HTTP door; the tokens of a pusher, of a person, of a stranger."""

    def __init__(self, historian, path, text=PLANT):
        self.plant, self.historian = plant(text), historian
        self.clock = FakeClock()
        self.pump = Pump(Twin(self.plant), {}, historian, self.clock, 0.05)
        doors = {s.id: options(PushOptions, s).users for s in self.plant.sources if s.pushed}
        self.inlet = Inlet(self.plant, doors, self.pump, self.clock)
        self.identity = Identity(path / "identity.db", self.clock.ledger)
        self.identity.add("gw7", "Gateway 7", ["pusher"], ["s"])
        self.identity.add("gw8", "Gateway 8", ["pusher"], ["s"])
        self.identity.add("away", "Elsewhere", ["pusher"], ["other"])
        self.identity.add("eve", "Eve", ["engineer", "admin"], ["s"])
        self.tokens = {who.user: self.identity.issue(who.user) for who in self.identity.people()}
        system: Any = SimpleNamespace(
            identity=self.identity, plant=self.plant, pump=self.pump, inlet=self.inlet,
            historian=historian, running=contextlib.AsyncExitStack,
            actuation=SimpleNamespace(damage=""),
        )  # fmt: skip
        self.app = application(system)
        transport = httpx.ASGITransport(app=self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test")

    @contextlib.asynccontextmanager
    async def opened(self):
        """Everything runs until the block ends."""
        await self.pump.start()
        yield self
        await self.pump.stop()
        await self.http.aclose()
        self.identity.close()

    def signed(self, user="gw7"):
        return {"Authorization": f"Bearer {self.tokens[user]}"}

    async def push(self, body, user="gw7", source="gw", **more):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.signed(user) | more
        return await self.http.post(
            "/ingest", params={"source": source}, content=content, headers=headers
        )
