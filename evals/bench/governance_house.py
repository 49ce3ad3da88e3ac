"""A gate's driver on the real ledger and wires, for a process that lives in it.

What is run is `api/actuation.py` over `connectors/{ledger,opcua,modbus}.py`, with belief from what
the wires tell. It must never help the gate.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from api.actuation import Actuation
from api.attesting import AttestedLedger
from api.clock import SystemClock
from connectors.ledger import SqlLedger
from connectors.modbus import ModbusSource
from connectors.opcua import OpcuaSource
from evals.bench import governance_scene as scene
from twin_core.errors import UnknownName
from twin_core.governance.policy import Policy
from twin_core.governance.ports import AuditRecord, CommandSink
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import ReadingSource
from twin_core.reading import Batch, SourceEvent
from twin_core.twin import Snapshot
from twin_core.value import JSON, SECOND, Instant

DEADLINE_S = 0.4
PATIENT = scene.policy(deadline_s=DEADLINE_S)
_HEARD_S = 10.0


class Connector(CommandSink, ReadingSource, Protocol):
    """A real connector."""


class Commits(Protocol):
    """Who is told of each commit: its records' kinds, what is stored, and whether it is to come."""

    def __call__(self, kinds: str, state: JSON, *, before: bool) -> None:
        """Take note."""
        ...


class Watched(SqlLedger):
    """The real ledger, which tells its commits by the kinds of their records."""

    def __init__(self, url: str, clock: "Clock", at: "Commits") -> None:
        super().__init__(url, clock)
        self._at = at

    async def save(self, key: str, state: JSON, *more: Any, **others: Any) -> int:
        """Store, and tell before and after."""
        records = others.get("records") or more[1]
        kinds = "+".join(record[0] for record in records)
        self._at(kinds, state, before=True)
        version = await super().save(key, state, *more, **others)
        self._at(kinds, state, before=False)
        return version

    async def record(self, kind: str, actor: str, subject: str, body: JSON) -> AuditRecord:
        """Append, and tell before and after."""
        self._at(kind, None, before=True)
        record = await super().record(kind, actor, subject, body)
        self._at(kind, None, before=False)
        return record


class Clock(SystemClock):
    """The host's clock, so many seconds ahead."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        super().__init__()
        self.ahead_s = ahead_s

    def host(self) -> Instant:
        """What that host's clock says."""
        return super().host() + round(self.ahead_s * SECOND)


class Belief:
    """What the twin believes of what the connectors tell."""

    def __init__(self, plant: Plant, clock: Clock) -> None:
        self._twin, self._clock, self._plant = Twin(plant), clock, plant
        self._missing = set(range(len(plant.points)))
        self.complete = asyncio.Event()

    def __call__(self) -> Snapshot:
        """The newest belief."""
        return self._twin.snapshot(self._clock.plant())

    def value(self, point: str) -> float | None:
        """What is believed of a point now."""
        return self().latest(point).value

    def assume(self, values: Mapping[str, float]) -> None:
        """Believe these values, heard just now."""
        now, index = self._clock.plant(), self._plant.index
        for source in self._plant.sources:
            self._twin.apply(SourceEvent(source=source.id, kind="up", time=now), now)
        rows = [(index[point], now, value, 0, now) for point, value in values.items()]
        self._twin.apply(Batch.of(rows), now)

    async def hear(self, source: ReadingSource) -> None:
        """Take in all that a source says."""
        async for arrival in source.readings():
            self._twin.apply(arrival, self._clock.plant())
            if isinstance(arrival, Batch):
                self._missing -= set(arrival.point.tolist())
                if not self._missing:
                    self.complete.set()


@dataclass
class House:
    """A running actuation and what it stands on."""

    actuation: Actuation
    ledger: Watched
    belief: Belief
    clock: Clock


def _unheeded(kinds: str, state: JSON, *, before: bool) -> None:
    """Nobody is told of commits."""
    del kinds, state, before


@asynccontextmanager
async def ledger_house(
    ledger: Path,
    policy: Policy,
    sink: CommandSink,
    who: Callable[[str], Any],
) -> AsyncIterator[House]:
    """A gate's driver on a ledger file, without controllers: commands go to `sink`."""
    plant, clock = scene.plant(), Clock()
    belief = Belief(plant, clock)
    belief.assume(scene.VALUES)
    store = Watched(f"sqlite:///{ledger}", clock, _unheeded)
    sinks = {scene.OPCUA: sink, scene.MODBUS: sink}
    actuation = _actuation(plant, store, sinks, belief, clock, policy, who)
    await actuation.start()
    await actuation.recover()
    try:
        yield House(actuation, store, belief, clock)
    finally:
        await actuation.close()
        await store.close()


@asynccontextmanager
async def house(
    ledger: Path,
    ports: tuple[int, int],
    at: Commits = _unheeded,
    ahead_s: float = 0.0,
    policy: Policy = PATIENT,
    around: Callable[[CommandSink], CommandSink] = lambda sink: sink,
) -> AsyncIterator[House]:
    """A gate's driver started on a ledger file and both controllers, which it has heard.

    Args:
        ledger: its file.
        ports: of OPC UA and Modbus.
        at: is told each commit.
        ahead_s: how far its clock is ahead of the host's.
        policy: in force.
        around: put around each connector where it is given commands.
    """
    plant, clock = scene.plant(*ports), Clock(ahead_s)
    belief = Belief(plant, clock)
    store = Watched(f"sqlite:///{ledger}", clock, at)
    wires: dict[str, Connector] = {
        scene.OPCUA: OpcuaSource(plant, plant.sources[0], clock),
        scene.MODBUS: ModbusSource(plant, plant.sources[1], clock),
    }
    sinks = {source: around(wire) for source, wire in wires.items()}
    actuation = _actuation(plant, store, sinks, belief, clock, policy, person)
    hearing = [asyncio.create_task(belief.hear(wire)) for wire in wires.values()]
    try:
        async with asyncio.timeout(_HEARD_S):
            await belief.complete.wait()
        await actuation.start()
        await actuation.recover()
        yield House(actuation, store, belief, clock)
    finally:
        await actuation.close()
        for wire in wires.values():
            await wire.close()
        await asyncio.gather(*hearing, return_exceptions=True)
        await store.close()


def _actuation(
    plant: Plant, ledger: Watched, sinks: Mapping[str, CommandSink], belief: Belief, clock: Clock,
    policy: Policy, who: Callable[[str], Any],
) -> Actuation:  # fmt: skip
    numbers = count(1)
    return Actuation(
        plant=plant, ledger=AttestedLedger(ledger), sinks=sinks, snapshots=belief, clock=clock,
        policy=policy, person=who, ids=lambda: f"p-{os.getpid() % 10_000:04d}{next(numbers):04d}",
    )  # fmt: skip


def person(user: str) -> Any:
    """Somebody as he stands now.

    Raises:
        UnknownName: nobody.
    """
    if user not in scene.PEOPLE:
        raise UnknownName("user", user)
    return scene.PEOPLE[user]


def quiet() -> None:
    """What is logged is not what the bench prints."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
