"""The one place where everything is put together: `build(settings) → System`. No globals.

It must never hold a law: it chooses and constructs; `system.py` starts and stops.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from pydantic import SecretStr, ValidationError

from agents.assistant import Assistant
from agents.model import ModelSettings, open_model
from api.actuation import Actuation
from api.clock import SystemClock
from api.directory import DataDirectory
from api.identity import Identity
from api.plant_file import read_plant
from api.service import Pump
from api.settings import Settings
from api.sight import NoRecords, PoolForecaster, Reader, SiteView
from api.soft_sensors import Learner
from api.system import System
from knowledge.library import Library
from twin_core.answer import Asker
from twin_core.certificate import Offer
from twin_core.errors import BadInput, PolicyError, UnknownName, WrongKind
from twin_core.governance.audit import Head
from twin_core.governance.policy import Policy
from twin_core.governance.ports import CommandSink
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant, Source
from twin_core.plant.survey import Survey
from twin_core.ports import Clock, Compute, ReadingSource, WorkRecords
from twin_core.twin import Snapshot

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from connectors.opcua_keys import OpcuaKeys
    from connectors.unified_namespace import UnifiedNamespace

log = structlog.get_logger(__name__)

_ACTUATION_S = 0.25
_RECORDS_S = 1.0
_NAMESPACE_S = 1.0
_LEARN_S = 60.0
_WARM = ("twin_core.diagnosis.diagnose", "twin_core.advice.advise")
"""What workers import before they are first asked."""


@dataclass
class Parts:
    """What a test or an evaluation puts in place of the real thing; absent = the real thing.

    Sources, sinks and records are one outside world: replaced together or not at all.
    """

    plant: Plant | None = None
    clock: Clock | None = None
    sources: Mapping[str, ReadingSource] | None = None
    sinks: Mapping[str, CommandSink] | None = None
    compute: Compute | None = None
    records: WorkRecords | None = None


def build(settings: Settings, parts: Parts | None = None) -> System:
    """A System from settings; `parts` replaces the outside world where given.

    Raises:
        BadInput: settings or plant file cannot be used.
        StoreDown: a store cannot be opened.
    """
    from connectors.checkpoints import FileCheckpoints
    from connectors.compute import ProcessPool
    from connectors.history_duckdb import HistoryDuckDB
    from connectors.history_retention import Retention
    from connectors.ledger import SqlLedger

    given = parts or Parts()
    plant = given.plant or _plant(settings)
    clock = given.clock or SystemClock(settings.time_factor, settings.time_origin)
    policy, model = _policy(settings, plant), _model(settings)
    directory = DataDirectory(settings.data)
    outside = _outside(settings, plant, clock, directory, given)
    identity = Identity(directory.identity, clock.ledger)
    ledger = SqlLedger(f"sqlite:///{directory.ledger}", clock)
    library = Library(directory.chroma, Path(str(files("knowledge") / "corpus")))
    # Last what runs threads and processes: nobody would stop them, were another store refused.
    historian = HistoryDuckDB(
        directory.history,
        [point.id for point in plant.points],
        {alias: point.id for point in plant.points for alias in point.aliases},
        [point.source for point in plant.points],
        keep=Retention(
            settings.keep_raw_days or None,
            settings.keep_minute_days or None,
            settings.keep_hour_days or None,
        ),
    )
    compute = given.compute or ProcessPool(settings.workers, _WARM)
    pump = Pump(
        Twin(plant),
        outside.sources,
        historian,
        clock,
        max(0.1, 1 / settings.time_factor),
        FileCheckpoints(directory.checkpoints, plant),
    )
    actuation = Actuation(
        plant=plant,
        ledger=ledger,
        sinks=outside.sinks,
        snapshots=pump.snapshot,
        clock=clock,
        policy=policy,
        ids=lambda: f"p-{secrets.token_hex(4)}",
        person=identity.person,
        records=outside.records,
    )

    if settings.uns is not None:
        namespace = _namespace(settings, pump.snapshot, clock)
        outside.periodic.append((_NAMESPACE_S, namespace.publish))
        outside.closing.append(namespace.close)

    learner = Learner(plant, historian, compute, pump, clock)

    def view_for(asker: Asker) -> SiteView:
        return SiteView(asker, pump.snapshot, historian, actuation.proposals)

    assistant = Assistant(
        model=model,
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
        certificates=keys(settings).certificates,
        browse=lambda url: survey(settings, url, {}),
        periodic=[(_ACTUATION_S, actuation.tick), (_LEARN_S, learner.learn), *outside.periodic],
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
        BadInput: not a file, or not a ledger.
        ChainBroken: with the index of the first bad record.
    """
    from connectors import ledger

    if not path.is_file():
        raise BadInput(f"{path} is not a file.")
    return asyncio.run(ledger.verify_file(path))


def keys(settings: Settings) -> "OpcuaKeys":
    """Our certificate, and the servers' that people accepted."""
    from connectors.opcua_keys import OpcuaKeys

    return OpcuaKeys(DataDirectory(settings.data).keys)


async def offered(url: str) -> tuple[Offer, ...]:
    """The certificates that a server shows to anybody who asks; none of them is trusted by that.

    Raises:
        SourceDown: it does not answer.
        WrongKind: not an address.
    """
    from connectors.opcua_endpoints import offers

    return await offers(url)


async def survey(settings: Settings, url: str, options: Mapping[str, Any]) -> Survey:
    """What a server offers.

    Args:
        settings: for the keys.
        url: of the server.
        options: as a plant file gives them to a source.

    Raises:
        SourceDown: it does not answer, or is not the one that was accepted.
        WrongKind: an address or option that cannot be, or a server that could be anybody.
    """
    from connectors.opcua import OpcuaSource

    try:
        source = Source(id="plc", name="PLC", kind="opcua", url=url, options=dict(options))
    except ValidationError as problem:
        raise WrongKind("address", repr(url), "opc.tcp://HOST:PORT") from problem
    nothing = Plant(site="none", name="none", timezone="UTC", areas=(), classes={})
    return await OpcuaSource(nothing, source, SystemClock(), keys=keys(settings)).discover()


def _plant(settings: Settings) -> Plant:
    if settings.plant is None:
        raise BadInput("No plant file: give --plant, OPSTWIN_PLANT or `plant` in opstwin.toml.")
    plant = read_plant(settings.plant)
    known = {source.id for source in plant.sources}
    for name in settings.sources:
        if name not in known:
            raise UnknownName("source", name, sorted(known))
    moved = tuple(_moved(source, settings.sources) for source in plant.sources)
    return plant.model_copy(update={"sources": moved})


def _moved(source: Source, urls: Mapping[str, str]) -> Source:
    if source.id not in urls:
        return source
    try:
        return Source.model_validate({**source.model_dump(), "url": urls[source.id]})
    except ValidationError as problem:
        raise BadInput(
            f"Source {source.id}: “{urls[source.id]}” is no address; "
            "allowed: protocol://HOST or protocol://HOST:PORT."
        ) from problem


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


def _policy(settings: Settings, plant: Plant) -> Policy:
    if settings.policy is None:
        return Policy.shipped()
    try:
        text = settings.policy.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{settings.policy} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise PolicyError(
            str(settings.policy), f"byte {problem.start} is no text; allowed: TOML in UTF-8"
        ) from problem
    return Policy.parse(text, str(settings.policy)).fitting(plant, str(settings.policy))


def _namespace(
    settings: Settings, snapshots: Callable[[], Snapshot], clock: Clock
) -> "UnifiedNamespace":
    """What republishes belief to the broker that settings name."""
    from connectors.mqtt_link import BrokerOptions, broker
    from connectors.unified_namespace import UnifiedNamespace, outlet

    assert settings.uns is not None
    options = BrokerOptions(username=settings.uns_username, ca_file=settings.uns_ca_file)
    secret = settings.uns_password
    password = None if secret is None else secret.get_secret_value()
    at = broker("the setting uns", settings.uns, options)
    return UnifiedNamespace(snapshots, outlet(at, options, password), settings.uns_prefix, clock)


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
    from connectors.mqtt import MqttSource
    from connectors.opcua import OpcuaSource
    from connectors.work_records import SqlWorkRecords

    sources: dict[str, ReadingSource] = {}
    sinks: dict[str, CommandSink] = {}
    outside = _Outside(sources, sinks, NoRecords())
    for source in plant.sources:
        if source.kind in {"opcua", "modbus"}:
            wire: Any
            if source.kind == "opcua":
                wire = OpcuaSource(plant, source, clock, settings.time_factor, keys=keys(settings))
            else:
                wire = ModbusSource(plant, source, clock, settings.time_factor)
            sources[source.id], sinks[source.id] = wire, wire
        elif source.kind == "mqtt":
            sources[source.id] = sinks[source.id] = MqttSource(plant, source, clock)
        elif source.kind == "cmms":
            sinks[source.id] = maintenance = Maintenance(source)
            outside.records = records = SqlWorkRecords(
                f"sqlite:///{directory.records}", maintenance
            )
            outside.periodic.append((_RECORDS_S, records.refresh))
            outside.closing += [maintenance.close, records.close]
        else:
            raise BadInput(
                f"Source {source.id}: kind “{source.kind}” is not known; "
                "allowed: opcua, modbus, mqtt, cmms."
            )
    return outside
