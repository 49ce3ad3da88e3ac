"""Everything beyond this process, as settings and the plant file name it: made, not started.

The other half of `wiring.py`, which alone uses it, and the only other place that knows the
connectors. It must never hold a law.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from api.directory import DataDirectory
from api.inlet import Inlet
from api.logs import log_to_stderr
from api.outside_trust import keys
from api.service import Pump
from api.settings import Settings
from api.sight import NoRecords, PickOrders
from api.waiting import weight
from twin_core.errors import BadInput, Conflict
from twin_core.governance.ports import CommandSink
from twin_core.ingest import Twin
from twin_core.plant.assets import Plant
from twin_core.plant.warehouse import PickOrder, Storehouse
from twin_core.ports import (
    Clock,
    Compute,
    Historian,
    LogEntry,
    ReadingSource,
    WorkOrderRecord,
    WorkRecords,
)
from twin_core.reading import GOOD, Batch
from twin_core.twin import Snapshot
from twin_core.value import Instant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from connectors.influx_server import Access
    from connectors.unified_namespace import UnifiedNamespace

_RECORDS_S = COMMIT_S = 1.0
_AT_ONCE = 100_000
"""Readings stored with one sequence number."""
_WARM = (
    "twin_core.diagnosis.diagnose",
    "twin_core.recalling",
    "twin_core.advice.advise",
    "twin_core.simulation.warming:warm",
)
"""What workers import, and call, before they are first asked."""


@dataclass
class Parts:
    """What a test or an evaluation puts in place of the real thing; absent = the real thing.

    Sources, sinks and records are one outside world: replaced together or not at all. `commit_s`:
    host seconds between two commits of a history file while little arrives.
    """

    plant: Plant | None = None
    clock: Clock | None = None
    sources: Mapping[str, ReadingSource] | None = None
    sinks: Mapping[str, CommandSink] | None = None
    compute: Compute | None = None
    records: WorkRecords | None = None
    commit_s: float = COMMIT_S


def computing(settings: Settings) -> Compute:
    """Where it is simulated, as settings say.

    Raises:
        BadInput: Ray is named and not installed.
    """
    if settings.compute == "pool":
        from connectors.compute import ProcessPool

        return ProcessPool(settings.workers, _WARM)
    from connectors.compute_ray import RayCluster

    return RayCluster(settings.compute, settings.workers)


def history(
    settings: Settings, plant: Plant, directory: DataDirectory, commit_s: float = COMMIT_S
) -> Historian:
    """The history that settings name."""
    points = [point.id for point in plant.read]
    aliases = {alias: point.id for point in plant.read for alias in point.aliases}
    sources = [point.source for point in plant.read]
    if settings.history == "duckdb":
        from connectors.history_duckdb import HistoryDuckDB
        from connectors.history_retention import Retention

        days = (settings.keep_raw_days, settings.keep_minute_days, settings.keep_hour_days)
        keep = Retention(*(kept or None for kept in days))
        return HistoryDuckDB(directory.history, points, aliases, sources, commit_s, keep)
    from connectors.history_influxdb import HistoryInfluxDB

    if settings.keep_minute_days or settings.keep_hour_days:
        raise BadInput(
            "keep_minute_days and keep_hour_days: InfluxDB keeps readings only; "
            "allowed: keep_raw_days, or history = duckdb."
        )
    if settings.keep_raw_days and settings.time_factor != 1:
        raise BadInput(
            "keep_raw_days: InfluxDB lets go by its own clock, which time_factor leaves behind; "
            "allowed: time_factor = 1, or history = duckdb."
        )
    return HistoryInfluxDB(
        _influxdb(settings), directory.influxdb, points, aliases, sources,
        keep_days=settings.keep_raw_days or None,
        buffer_bytes=settings.influxdb_buffer_mb * 2**20,
    )  # fmt: skip


def _influxdb(settings: Settings) -> "Access":
    """Where InfluxDB is and who we are there.

    Raises:
        BadInput: one of the three is missing.
    """
    from connectors.influx_server import Access

    url, org, token = settings.influxdb_url, settings.influxdb_org, settings.influxdb_token
    if not url or not org or token is None:
        raise BadInput(
            "history is influxdb, and INFLUXDB_URL, INFLUXDB_ORG and INFLUXDB_TOKEN "
            "(or INFLUXDB_TOKEN_FILE) are not all given."
        )
    bucket, ca_file = settings.influxdb_bucket, settings.influxdb_ca_file
    return Access(url, org, token.get_secret_value(), bucket, ca_file)


def influxdb_buckets(settings: Settings) -> dict[str, int | None]:
    """InfluxDB's buckets for us, and for how many seconds each keeps what it has, 0 = for ever.

    None = it is not there yet. Nothing is changed.

    Raises:
        BadInput: where it is, or who we are there, is not told.
        StoreDown: it does not answer, or does not know us.
    """
    from connectors.influx_server import InfluxServer

    server = InfluxServer(_influxdb(settings))
    try:
        return server.buckets()
    finally:
        server.close()


def republisher(
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


def push_door(plant: Plant, pump: Pump, clock: Clock) -> Inlet:
    """The door for readings that are pushed to us."""
    from connectors.options import options
    from connectors.push_options import PushOptions

    doors = {s.id: options(PushOptions, s).users for s in plant.sources if s.pushed}
    return Inlet(plant, doors, pump, clock)


@dataclass
class Outside:
    """Everything beyond this process that is read or acted on."""

    sources: Mapping[str, ReadingSource]
    sinks: Mapping[str, CommandSink]
    records: WorkRecords
    periodic: list[tuple[float, Callable[[], Any]]] = field(default_factory=list)
    closing: list[Callable[[], Any]] = field(default_factory=list)


def beyond(
    settings: Settings,
    plant: Plant,
    clock: Clock,
    directory: DataDirectory,
    given: Parts,
    known: Callable[[], Snapshot],
) -> Outside:
    """The connectors of every source, by the plant file's kind; they may ask what is `known`."""
    if given.sources is not None and given.sinks is not None and given.records is not None:
        return Outside(given.sources, given.sinks, given.records)
    from connectors.cmms import Maintenance
    from connectors.modbus import ModbusSource
    from connectors.mqtt import MqttSource
    from connectors.opcua import OpcuaSource
    from connectors.own_process import BUSY, OwnProcess
    from connectors.replay import ReplaySource
    from connectors.work_records import SqlWorkRecords

    sources: dict[str, ReadingSource] = {}
    sinks: dict[str, CommandSink] = {}
    outside = Outside(sources, sinks, NoRecords())
    for source in plant.sources:
        if source.pushed:
            continue  # it comes to us, through the Inlet
        if source.kind in {"opcua", "modbus"}:
            wire: Any
            if source.kind == "opcua":
                make = partial(
                    OpcuaSource, plant, source, clock, settings.time_factor, keys=keys(settings)
                )
                points = (point for point in plant.read if point.source == source.id)
                changes = sum(settings.time_factor / point.spec.period_s for point in points)
                told = partial(_newest, known, source.id)
                if changes > BUSY:
                    begin = partial(log_to_stderr, settings.log)
                    wire = OwnProcess(source.id, make, told, clock, begin)
                else:
                    wire = make(known=told)
            else:
                wire = ModbusSource(plant, source, clock, settings.time_factor, keys=keys(settings))
            sources[source.id], sinks[source.id] = wire, wire
        elif source.kind == "mqtt":
            sources[source.id] = sinks[source.id] = MqttSource(plant, source, clock)
        elif source.kind == "replay":
            folder = settings.plant.parent if settings.plant is not None else Path()
            files = ReplaySource(plant, source, clock, settings.time_factor, folder=folder)
            sources[source.id] = sinks[source.id] = files
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
                "allowed: opcua, modbus, mqtt, replay, http, cmms."
            )
    if isinstance(outside.records, NoRecords) and directory.records.is_file():
        outside.records = imported = SqlWorkRecords(f"sqlite:///{directory.records}")
        outside.closing.append(imported.close)
    return outside


async def keep_orders(directory: DataDirectory, orders: Sequence[WorkOrderRecord]) -> None:
    """Store the work orders of another system, in the place of those of the same reference.

    Raises:
        StoreDown: nothing was stored.
    """
    from connectors.work_records import SqlWorkRecords

    if not orders:
        return
    records = SqlWorkRecords(f"sqlite:///{directory.records}")
    try:
        await records.keep(orders)
    finally:
        await records.close()


async def keep_readings(
    settings: Settings,
    plant: Plant,
    directory: DataDirectory,
    rows: Sequence[tuple[Instant, str, float]],
) -> None:
    """Store what was, as the beginning of a log; it is history, and believed of no present.

    Args:
        settings: which history.
        plant: of the points.
        directory: which has no log yet.
        rows: time, path of the point, value; ascending in time.

    Raises:
        Conflict: there is a log already.
        StoreDown: not everything was stored.
    """

    def batches() -> Iterator[Batch]:
        for at in range(0, len(rows), _AT_ONCE):
            time, path, value = zip(*rows[at : at + _AT_ONCE], strict=True)
            when = np.asarray(time, dtype=np.int64)
            yield Batch(
                point=np.asarray([plant.index[p] for p in path], dtype=np.int32), time=when,
                value=np.asarray(value), status=np.full(len(when), GOOD, dtype=np.uint32),
                received=when,
            )  # fmt: skip

    await keep_log(settings, plant, directory, batches(), Twin(plant))


async def keep_log(
    settings: Settings,
    plant: Plant,
    directory: DataDirectory,
    entries: Iterable[Batch | LogEntry],
    twin: Twin,
    *,
    tidy: bool = False,
) -> None:
    """Store the beginning of a log, and the twin from which a server is to go on.

    Args:
        settings: which history.
        plant: of the points.
        directory: which has no log yet.
        entries: numbered from 1 on, in their order.
        twin: what is believed of them.
        tidy: whether all is done besides that a server would do as it goes on.

    Raises:
        Conflict: there is a log already.
        StoreDown: not everything was stored.
    """
    from connectors.checkpoints import FileCheckpoints
    from connectors.history_duckdb import HistoryDuckDB

    kept = history(settings, plant, directory)
    try:
        if await kept.last_seq():
            told = "it has a history already; give another --data"
            raise Conflict(str(directory.root), told)
        seq, some, rows = 0, [], 0
        for seq, entry in enumerate(entries, start=1):
            some.append((seq, entry))
            rows += weight(entry)
            if rows >= _AT_ONCE:
                await kept.append(some)
                some, rows = [], 0
        if some:
            await kept.append(some)
        if tidy and isinstance(kept, HistoryDuckDB):
            await kept.rested()
        checkpoints = FileCheckpoints(directory.checkpoints, plant)
        checkpoints.keep(checkpoints.save(twin, seq))
    finally:
        await kept.close()


def table(file: Path) -> dict[str, list[str | None]]:
    """A CSV or Parquet table of another system, all cells as text.

    Raises:
        BadInput: it cannot be read.
    """
    from connectors.table import read_table

    return read_table(file)


def _newest(known: Callable[[], Snapshot], source: str) -> "NDArray[np.int64]":
    from connectors.gaps import newest

    return newest(known(), source)


def picks(settings: Settings, plant: Plant) -> PickOrders:
    """The order histories of the plant's warehouses: files beside the plant file."""

    async def read(store: Storehouse) -> Mapping[date, Sequence[PickOrder]]:
        if not store.orders:
            raise BadInput(
                f"{store.name}: the plant file names no file of its orders; allowed: "
                "`orders: FILE` there, or a file given with the question."
            )
        beside = settings.plant.parent if settings.plant is not None else Path()
        return await asyncio.to_thread(picked_in, beside / store.orders, plant.timezone)

    return read


def picked_in(file: Path, timezone: str) -> Mapping[date, Sequence[PickOrder]]:
    """The orders in a file by day, times in seconds after local midnight.

    Raises:
        BadInput, TooLarge: with the row, and what is allowed.
    """
    from connectors.pick_orders import read_orders

    return read_orders(file, timezone)
