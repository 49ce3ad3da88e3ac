"""What a mapping makes of tables: a plant file, readings, work orders, failure modes. Pure.

Every asset stands on one line of the site, in the order of its name; nothing says what feeds what,
so there are no links. Its source is one that machines push to, so that nobody is called.
It must never invent a row, nor leave one out in silence.
"""

import json
import math
import re
from collections.abc import Iterable
from collections.abc import Mapping as Named
from dataclasses import dataclass, field

from twin_core.importing.mapping import Mapped, MappedPoint, Table
from twin_core.operations.calendar import union
from twin_core.plant.marked import Loc
from twin_core.ports import WorkOrderRecord
from twin_core.value import Instant

PLANT, CLASSES, MODES = "plant.yaml", "classes.yaml", "failure_modes.md"
"""Names of the files that are made."""
_AREA, _LINE, _SOURCE = "equipment", "all", "imported"
_PERIOD_S = 60.0
_ID = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"(\d+)")
_Spec = dict[str, object]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made.

    Attributes:
        plant, classes, modes: texts of the files of those names.
        readings: time, path of the point, value; ascending in time.
        orders: for the work records.
        left_out: what the tables hold and was not taken, one sentence each.
    """

    plant: str
    classes: str
    modes: str
    readings: tuple[tuple[Instant, str, float], ...]
    orders: tuple[WorkOrderRecord, ...]
    left_out: tuple[str, ...]


@dataclass
class _Asset:
    name: str
    kind: str
    also: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return _slug(self.name)


def imported(mapped: Mapped, tables: Named[str, Table]) -> Imported:
    """Everything that a mapping makes.

    Args:
        mapped: the mapping.
        tables: by the file's name as the mapping has it.

    Raises:
        PlantFileError: a table does not bear out what the mapping says of it; at its line.
    """
    return _Import(mapped, tables).made()


class _Import:
    """Puts the parts together."""

    def __init__(self, mapped: Mapped, tables: Named[str, Table]) -> None:
        self._mapped, self._mapping, self._tables = mapped, mapped.mapping, tables
        self._assets: dict[str, _Asset] = {}
        self._by_name: dict[str, _Asset] = {}
        self._specs: dict[str, dict[str, _Spec]] = {}
        self._rows: list[tuple[Instant, str, float]] = []
        self._left_out: list[str] = []

    def made(self) -> Imported:
        self._read_assets()
        for i in range(len(self._mapping.readings)):
            self._readings(i)
        for i in range(len(self._mapping.events)):
            self._events(i)
        orders = [o for i, _ in enumerate(self._mapping.work_orders) for o in self._orders(i)]
        return Imported(
            plant=self._plant(), classes=self._classes(), modes=self._modes(),
            readings=tuple(sorted(self._rows, key=lambda row: row[0])), orders=tuple(orders),
            left_out=tuple(self._left_out),
        )  # fmt: skip

    def _read_assets(self) -> None:
        for i, told in enumerate(self._mapping.assets):
            at: Loc = ("assets", i)
            table = self._tables[told.file]
            names = self._mapped.column(table, (*at, "name"), told.name)
            others = [
                self._mapped.column(table, (*at, "also", k), name)
                for k, name in enumerate(told.also)
            ]
            for row, name in enumerate(names):
                if not name or not _slug(name):
                    self._left_out.append(f"{told.file}, row {row + 1}: an asset without a name.")
                    continue
                asset = self._assets.setdefault(_slug(name), _Asset(name, told.kind))
                asset.also += [o for c in others if (o := c[row]) and o not in asset.also]
        for asset in self._assets.values():
            for said in (asset.name, asset.id, *asset.also):
                self._by_name[said.casefold()] = asset

    def _asset(self, said: str | None, at: Loc, file: str, row: int) -> _Asset:
        found = self._by_name.get((said or "").casefold())
        if found is None:
            allowed = ", ".join(a.name for a in _sorted(self._assets.values())[:20])
            told = f"{file}, row {row + 1}: no asset “{(said or '')[:40]}” in the tables of assets"
            raise self._mapped.document.error(at, told, allowed)
        return found

    def _readings(self, i: int) -> None:
        told = self._mapping.readings[i]
        at: Loc = ("readings", i)
        table = self._tables[told.file]
        owners = self._mapped.column(table, (*at, "asset"), told.asset)
        times = self._mapped.column(table, (*at, "time"), told.time)
        columns = [
            (p.id, _measured(p), self._mapped.column(table, (*at, "points", k, "column"), p.column))
            for k, p in enumerate(told.points)
        ]
        blank = 0
        for row, owner in enumerate(owners):
            asset = self._asset(owner, (*at, "asset"), told.file, row)
            when = times[row]
            if when is None:
                self._left_out.append(f"{told.file}, row {row + 1}: a reading without a time.")
                continue
            instant = self._mapped.instant(when, told.times, (*at, "time"), row + 1)
            for point, spec, column in columns:
                said = column[row]
                if said is None:
                    blank += 1
                    continue
                value = self._number(said, (*at, "points"), told.file, row)
                self._has(asset, point, spec)
                self._rows.append((instant, f"{self._path(asset)}/{point}", value))
        if blank:
            self._left_out.append(f"{told.file}: {blank} cells without a value.")

    def _number(self, said: str, at: Loc, file: str, row: int) -> float:
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            told = f"{file}, row {row + 1}: “{said[:40]}” is no number"
            raise self._mapped.document.error(at, told, "numbers, or nothing")
        return value

    def _events(self, i: int) -> None:
        told = self._mapping.events[i]
        at: Loc = ("events", i)
        table = self._tables[told.file]
        owners, kinds, starts, ends = (
            self._mapped.column(table, (*at, key), getattr(told, key))
            for key in ("asset", "kind", "start", "end")
        )
        spans: dict[tuple[str, str], list[tuple[Instant, Instant]]] = {}
        for row, owner in enumerate(owners):
            asset = self._asset(owner, (*at, "asset"), told.file, row)
            kind, start, end = kinds[row], starts[row], ends[row]
            if not kind or start is None or end is None:
                self._left_out.append(f"{told.file}, row {row + 1}: an event that is not whole.")
                continue
            first = self._mapped.instant(start, told.times, (*at, "start"), row + 1)
            last = self._mapped.instant(end, told.times, (*at, "end"), row + 1)
            point = f"{told.prefix}_{_slug(kind)}"
            self._has(asset, point, _event(point, f"{told.prefix} {kind}"))
            spans.setdefault((self._path(asset), point), []).append((first, last))
        for (asset_path, point), some in spans.items():
            for first, last in union(some):
                self._rows.append((first, f"{asset_path}/{point}", 1.0))
                self._rows.append((last, f"{asset_path}/{point}", 0.0))

    def _has(self, asset: _Asset, point: str, spec: _Spec) -> None:
        self._specs.setdefault(asset.kind, {}).setdefault(point, spec)
        if point not in asset.points:
            asset.points.append(point)

    def _orders(self, i: int) -> list[WorkOrderRecord]:
        told = self._mapping.work_orders[i]
        at: Loc = ("work_orders", i)
        table = self._tables[told.file]
        cells = {
            key: self._mapped.column(table, (*at, key), name)
            for key in ("reference", "asset", "task", "finding", "created", "closed", "fault")
            if (name := getattr(told, key)) is not None
        }
        found = []
        for row, reference in enumerate(cells["reference"]):
            one = {key: column[row] for key, column in cells.items()}
            if not reference or one["created"] is None:
                self._left_out.append(f"{told.file}, row {row + 1}: an order that is not whole.")
                continue
            asset = self._asset(one["asset"], (*at, "asset"), told.file, row)
            created = self._mapped.instant(one["created"], told.times, (*at, "created"), row + 1)
            closed = None
            if (done := one.get("closed")) is not None:
                closed = self._mapped.instant(done, told.times, (*at, "closed"), row + 1)
            found.append(
                WorkOrderRecord(
                    reference=reference, key=reference, asset=self._path(asset),
                    task=one["task"] or "", status=told.status, finding=one.get("finding") or "",
                    found_fault=one["fault"] in told.means_fault if "fault" in one else None,
                    created=created, closed=closed,
                )
            )  # fmt: skip
        return found

    def _path(self, asset: _Asset) -> str:
        return f"{self._mapping.site}/{_AREA}/{_LINE}/{asset.id}"

    def _plant(self) -> str:
        site = self._mapping
        units = [
            {
                "id": asset.id, "name": asset.name, "names": asset.also, "class": asset.kind,
                "source": _SOURCE, "points": {p: {} for p in asset.points},
            }
            for asset in _sorted(self._assets.values())
        ]  # fmt: skip
        source = {"id": _SOURCE, "name": "Imported readings", "kind": "http"}
        line = {"id": _LINE, "name": "All equipment", "kind": "utility", "units": units}
        area = {"id": _AREA, "name": "Equipment", "lines": [line]}
        return _yaml(
            {
                "schema": 1, "site": site.site, "name": site.name, "timezone": site.timezone,
                "classes": [CLASSES], "sources": [source], "areas": [area],
            }
        )  # fmt: skip

    def _classes(self) -> str:
        kinds = [
            {
                "id": kind.id, "name": kind.name, "model": "other",
                "points": list(self._specs.get(kind.id, {}).values()),
            }
            for kind in self._mapping.kinds
        ]  # fmt: skip
        return _yaml({"schema": 1, "classes": kinds})

    def _modes(self) -> str:
        modes: dict[str, list[str]] = {}
        for i, told in enumerate(self._mapping.failure_modes):
            at: Loc = ("failure_modes", i)
            table = self._tables[told.file]
            kinds = self._mapped.column(table, (*at, "kind"), told.kind)
            names = self._mapped.column(table, (*at, "mode"), told.mode)
            beside = [
                (name, self._mapped.column(table, (*at, "also", k), name))
                for k, name in enumerate(told.also)
            ]
            for row, mode in enumerate(names):
                more = [f"{name}: {c[row]}" for name, c in beside if c[row]]
                said = "; ".join([f"Failure mode: {mode}", *more])
                modes.setdefault(kinds[row] or "any equipment", []).append(f"- {said}.")
        parts = [f"## Failure modes of {kind}\n\n" + "\n".join(m) for kind, m in modes.items()]
        return "\n\n".join([f"# Failure modes at {self._mapping.name}", *parts]) + "\n"


def _measured(point: MappedPoint) -> _Spec:
    """A point that was measured, as a class file has it."""
    return {
        "id": point.id, "name": point.name, "unit": point.unit, "type": "float",
        "period_s": _PERIOD_S, "limits": {"low": point.limits.low, "high": point.limits.high},
    }  # fmt: skip


def _event(point: str, name: str) -> _Spec:
    """A kind of event, 1 while it lasts."""
    return {
        "id": point, "name": name, "unit": "1", "type": "bool", "period_s": _PERIOD_S,
        "limits": {"low": 0, "high": 1},
    }  # fmt: skip


def _sorted(assets: Iterable[_Asset]) -> list[_Asset]:
    """By name, numbers in it by their size."""
    return sorted(
        assets,
        key=lambda a: [(s.isdecimal(), int(s) if s.isdecimal() else 0, s) for s in _parts(a.name)],
    )


def _parts(name: str) -> list[str]:
    return [part for part in _NUMBER.split(name.casefold()) if part]


def _slug(name: str) -> str:
    return _ID.sub("_", name.casefold()).strip("_")


def _yaml(data: object) -> str:
    """JSON is YAML, and quotes whatever a table may hold."""
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
