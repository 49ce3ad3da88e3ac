"""The one place where everything is put together: `build(settings) → System`. No globals.

It must never hold a law: it chooses, constructs, starts and stops.
"""

import asyncio
import contextlib
import logging
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr

from agents.assistant import Assistant
from agents.model import ModelSettings, open_model
from api.actuation import Actuation
from api.clock import SystemClock
from api.directory import DataDirectory
from api.identity import Identity
from api.plant_file import read_plant
from api.service import Pump
from api.settings import Settings
from api.sight import PoolForecaster, Reader, SiteView
from knowledge.library import Library
from twin_core.answer import Answer, Ask, Asker, Progress
from twin_core.errors import BadInput, UnknownName
from twin_core.governance.audit import Head
from twin_core.governance.policy import Policy
from twin_core.governance.ports import CommandSink
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.ports import Clock, Compute, Historian, ReadingSource, WorkRecords

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = structlog.get_logger(__name__)

_ACTUATION_S = 0.25
_RECORDS_S = 1.0
_WARM = ("twin_core.diagnosis.diagnose", "twin_core.advice.advise")
"""What workers import before they are first asked."""


@dataclass
class Parts:
    """What a test or an evaluation puts in place of the real thing; absent = the real thing."""

    plant: Plant | None = None
    clock: Clock | None = None
    sources: Mapping[str, ReadingSource] | None = None
    sinks: Mapping[str, CommandSink] | None = None
    compute: Compute | None = None
    records: WorkRecords | None = None
    historian: Historian | None = None


@dataclass
class System:
    """Everything that runs, in one object that nobody but `api` is given."""

    settings: Settings
    plant: Plant
    clock: Clock
    directory: DataDirectory
    identity: Identity
    historian: Historian
    ledger: Any
    pump: Pump
    actuation: Actuation
    assistant: Assistant
    library: Library
    compute: Compute
    records: WorkRecords
    view_for: Callable[[Asker], SiteView]
    closing: list[Callable[[], Any]] = field(default_factory=list)
    periodic: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    ready: bool = False

    def ask(self, question: Ask) -> AsyncIterator[Progress | Answer]:
        """The assistant's answer to a question."""
        return self.assistant.ask(question)

    @staticmethod
    def new_id() -> str:
        """A fresh opaque id for a conversation."""
        return secrets.token_hex(6)

    def health(self) -> dict[str, Any]:
        """Each part's state; `ok` when the service itself can do its work."""
        sources = {
            name: "up" if state.up else f"down: {state.reason}"
            for name, state in self.pump.snapshot().sources.items()
        }
        failure = self.pump.failure
        return {
            "ok": self.ready and not failure,
            "parts": {"ready": self.ready, "pump": failure or "running", "sources": sources},
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator["System"]:
        """Start everything, yield, and stop it in reverse, whatever happened."""
        async with AsyncExitStack() as stack:
            stack.enter_context(self.directory.locked())
            for close in self.closing:
                stack.push_async_callback(_close, close)
            await asyncio.to_thread(self.library.sync)
            await self.actuation.start()
            stack.push_async_callback(self.actuation.close)
            await self.pump.start()
            stack.push_async_callback(self.pump.stop)
            await self.actuation.recover()
            tasks = [
                asyncio.create_task(_every(seconds, act), name="periodic")
                for seconds, act in self.periodic
            ]
            stack.push_async_callback(_cancel, tasks)
            self.ready = True
            log.info("started", site=self.plant.site, points=len(self.plant.points))
            yield self
            self.ready = False


def build(settings: Settings, parts: Parts | None = None) -> System:
    """A System from settings; `parts` replaces the outside world where given.

    Raises:
        BadInput: settings or plant file cannot be used.
        StoreDown: a store cannot be opened.
    """
    from connectors.compute import ProcessPool
    from connectors.history_duckdb import HistoryDuckDB
    from connectors.ledger import SqlLedger

    given = parts or Parts()
    plant = given.plant or _plant(settings)
    clock = given.clock or SystemClock(settings.time_factor, settings.time_origin)
    directory = DataDirectory(settings.data)
    identity = Identity(directory.identity, clock.ledger)
    historian = given.historian or HistoryDuckDB(
        directory.history,
        [point.id for point in plant.points],
        {alias: point.id for point in plant.points for alias in point.aliases},
    )
    ledger = SqlLedger(f"sqlite:///{directory.ledger}", clock)
    compute = given.compute or ProcessPool(settings.workers, _WARM)
    outside = _outside(settings, plant, clock, directory, given)
    pump = Pump(Twin(plant), outside.sources, historian, clock, max(0.1, 1 / settings.time_factor))
    actuation = Actuation(
        plant=plant,
        ledger=ledger,
        sinks=outside.sinks,
        snapshots=pump.snapshot,
        clock=clock,
        policy=_policy(settings),
        ids=lambda: f"p-{secrets.token_hex(4)}",
        person=identity.person,
        records=outside.records,
    )

    def view_for(asker: Asker) -> SiteView:
        return SiteView(asker, pump.snapshot, historian, actuation.proposals)

    library = Library(directory.chroma, Path(str(files("knowledge") / "corpus")))
    assistant = Assistant(
        model=_model(settings),
        view_for=view_for,
        library=Reader(library),
        forecaster=PoolForecaster(compute, settings.seed),
        records=outside.records,
        desk=actuation,
    )
    return System(
        settings=settings,
        plant=plant,
        clock=clock,
        directory=directory,
        identity=identity,
        historian=historian,
        ledger=ledger,
        pump=pump,
        actuation=actuation,
        assistant=assistant,
        library=library,
        compute=compute,
        records=outside.records,
        view_for=view_for,
        periodic=[(_ACTUATION_S, actuation.tick), *outside.periodic],
        closing=[
            identity.close,
            compute.close,
            historian.close,
            ledger.close,
            library.close,
            *outside.closing,
        ],
    )


def verify_file(path: Path) -> Head:
    """Check the audit chain of a ledger file that no server has open.

    Raises:
        ChainBroken: with the index of the first bad record.
    """
    from connectors.ledger import SqlLedger

    if not path.is_file():
        raise BadInput(f"{path} is not a file.")

    async def check() -> Head:
        ledger = SqlLedger(f"sqlite:///{path}", SystemClock())
        try:
            return await ledger.verify()
        finally:
            await ledger.close()

    return asyncio.run(check())


def log_to_stderr(level: str) -> None:
    """Structured logs, one JSON object a line, on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


def _plant(settings: Settings) -> Plant:
    if settings.plant is None:
        raise BadInput("No plant file: give --plant, OPSTWIN_PLANT or `plant` in opstwin.toml.")
    plant = read_plant(settings.plant)
    known = {source.id for source in plant.sources}
    for name in settings.sources:
        if name not in known:
            raise UnknownName("source", name, sorted(known))
    moved = tuple(
        source.model_copy(update={"url": settings.sources.get(source.id, source.url)})
        for source in plant.sources
    )
    return plant.model_copy(update={"sources": moved})


def _model(settings: Settings) -> "BaseChatModel | None":
    """The language model that settings name; None is the offline operator."""
    if settings.model == "offline" or (
        settings.openai_api_key is None and settings.openai_base_url is None
    ):
        return None
    if settings.model is None:
        raise BadInput("OPENAI_API_KEY is given but no model: set OPSTWIN_MODEL.")
    return open_model(
        ModelSettings(
            name=settings.model,
            key=settings.openai_api_key or SecretStr("none"),
            base_url=settings.openai_base_url,
        )
    )


def _policy(settings: Settings) -> Policy:
    if settings.policy is None:
        return Policy.shipped()
    try:
        text = settings.policy.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{settings.policy} cannot be read: {problem.strerror}.") from problem
    return Policy.parse(text, str(settings.policy))


@dataclass
class _Outside:
    """Everything beyond this process that is read or acted on."""

    sources: Mapping[str, ReadingSource]
    sinks: Mapping[str, CommandSink]
    records: WorkRecords
    periodic: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    closing: list[Callable[[], Any]] = field(default_factory=list)


def _outside(
    settings: Settings, plant: Plant, clock: Clock, directory: DataDirectory, given: Parts
) -> _Outside:
    """The connectors of every source, by the plant file's kind."""
    if given.sources is not None and given.sinks is not None and given.records is not None:
        return _Outside(given.sources, given.sinks, given.records)
    from connectors.cmms import Maintenance
    from connectors.modbus import ModbusSource
    from connectors.opcua import OpcuaSource
    from connectors.work_records import SqlWorkRecords

    sources: dict[str, ReadingSource] = {}
    sinks: dict[str, CommandSink] = {}
    records = SqlWorkRecords(f"sqlite:///{directory.records}")
    outside = _Outside(sources, sinks, records, closing=[records.close])
    for source in plant.sources:
        if source.kind in {"opcua", "modbus"}:
            kind = OpcuaSource if source.kind == "opcua" else ModbusSource
            wire = kind(plant, source, clock, settings.time_factor)
            sources[source.id], sinks[source.id] = wire, wire
        elif source.kind == "cmms":
            maintenance = Maintenance(source, clock)
            sinks[source.id] = maintenance
            outside.periodic.append((_RECORDS_S, partial(records.refresh, maintenance)))
            outside.closing.append(maintenance.close)
        else:
            raise BadInput(
                f"Source {source.id}: kind “{source.kind}” is not known; "
                "allowed: opcua, modbus, cmms."
            )
    return outside


async def _every(seconds: float, act: Callable[[], Any]) -> None:
    """Do something again and again; a failure is logged once and tried again."""
    failing = False
    while True:
        try:
            await act()
            failing = False
        except Exception:
            if not failing:
                log.exception("a periodic task failed")
            failing = True
        await asyncio.sleep(seconds)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _close(close: Callable[[], Any]) -> None:
    done = close()
    if asyncio.iscoroutine(done):
        await done
