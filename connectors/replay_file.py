"""One CSV or Parquet file as rows of (t, p, v, x, s), in SQL of DuckDB's. It reads, never writes.

t: microseconds UTC, absent where the time cannot be read; p: point, −1 where t is absent; v: the
number; x: the text of what is none; s: the status as written. Names and texts of a file get into
SQL as quoted literals and identifiers only.
"""

import codecs
import csv
import gzip
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from connectors.replay_options import ReplayAddress, ReplayOptions
from connectors.vendor_error import clause
from twin_core.errors import SourceDown

_UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
_OFFSET = r":\d{2}(\.\d+)?\s*([Zz]|[+-]\d{2}(:?\d{2})?)$"
_BEGIN = 2**20  # bytes by which an encoding is found
_TEXT = 1000  # characters of a text that is no number
_WIDE = """
    SELECT t, c.p AS p, c.v AS v, c.x AS x, NULL::VARCHAR AS s FROM (
        SELECT t, unnest(
            CASE WHEN t IS NULL THEN [{{'p': -1, 'v': NULL, 'x': NULL}}] ELSE cells END
        ) AS c FROM (SELECT {t} AS t, [{cells}] AS cells FROM {rows})
    ) WHERE v IS NOT NULL OR x IS NOT NULL OR p < 0
"""
_LONG = """
    SELECT t, CASE WHEN t IS NULL THEN -1 ELSE m.i END AS p, n * m.a + m.b AS v, x, s FROM (
        SELECT {t} AS t, {tag}::VARCHAR AS tag, {number} AS n, {text} AS x, {status}::VARCHAR AS s
        FROM {rows}
    ) JOIN (VALUES {points}) AS m(tag, i, a, b) USING (tag)
    WHERE v IS NOT NULL OR x IS NOT NULL OR s IS NOT NULL OR p < 0
"""
REJECTS = "refused_row"
"""The table of rows that cannot be rows: file, line, what is wrong."""
_MOST_REJECTS = 10_000


@dataclass(frozen=True)
class TableFile:
    """A file and how it is read.

    Attributes:
        rows: a relation in SQL.
        columns: names as the file writes them → identifier in `rows`, type.
    """

    path: Path
    rows: str
    columns: Mapping[str, tuple[str, str]]

    @staticmethod
    def opened(db: Any, path: Path, options: ReplayOptions) -> "TableFile":
        """Look at a file's head.

        Raises:
            SourceDown: it cannot be read.
        """
        if path.name.lower().endswith(".parquet"):
            rows = f"read_parquet({literal(plain(path))})"
            found = db.execute(f"DESCRIBE FROM {rows}").fetchall()
            return TableFile(path, rows, {n: (_quoted(n), kind) for n, kind, *_ in found})
        names = header(path, options)
        kinds = {f"c{i}": "VARCHAR" for i in range(len(names))}
        columns = {name: (f"c{i}", "VARCHAR") for i, name in enumerate(names)}
        if options.time in columns:
            at = columns[options.time][0]
            kinds[at] = _typed(options)
            columns[options.time] = (at, kinds[at])
        return TableFile(path, _csv(path, options, kinds, refused=True), columns)

    def column(self, source: str, name: str) -> tuple[str, str]:
        """Identifier and type of a column.

        Raises:
            SourceDown: there is none of that name.
        """
        if name not in self.columns:
            known = ", ".join(list(self.columns)[:20])
            raise SourceDown(source, f"{self.path.name} has no column “{name}”; it has {known}")
        return self.columns[name]

    def readings(
        self, db: Any, source: str, options: ReplayOptions, points: Mapping[int, ReplayAddress]
    ) -> str:
        """A query of (t, p, v, x, s), in no order.

        Raises:
            SourceDown: a column is missing, or its times could be of any place.
        """
        t = self._time(db, source, options)
        if options.layout == "wide":
            mine = {i: at for i, at in points.items() if at.name in self.columns}
            if not mine:
                wanted = ", ".join([at.name for at in points.values()][:5])
                known = ", ".join(list(self.columns)[:20])
                raise SourceDown(source, f"{self.path.name} has none of {wanted} …; it has {known}")
            cells = ", ".join(self._cell(i, at, options) for i, at in mine.items())
            return _WIDE.format(t=t, cells=cells, rows=self.rows)
        number, text = number_and_text(*self.column(source, options.value), options)
        status = "NULL" if options.status is None else self.column(source, options.status)[0]
        points_listed = ", ".join(
            f"({literal(at.name)}, {i}, {at.scale!r}::DOUBLE, {at.offset!r}::DOUBLE)"
            for i, at in points.items()
        )
        return _LONG.format(
            t=t, tag=self.column(source, options.tag)[0], number=number, text=text, status=status,
            rows=self.rows, points=points_listed,
        )  # fmt: skip

    def _cell(self, index: int, at: ReplayAddress, options: ReplayOptions) -> str:
        number, text = number_and_text(*self.columns[at.name], options)
        if (at.scale, at.offset) != (1.0, 0.0):
            number = f"({number}) * {at.scale!r}::DOUBLE + {at.offset!r}::DOUBLE"
        return f"{{'p': {index}, 'v': {number}, 'x': {text}}}"

    def _time(self, db: Any, source: str, options: ReplayOptions) -> str:
        """Microseconds UTC in SQL; NULL where there is none from 1970 on."""
        name, kind = self.column(source, options.time)
        if kind in {"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"}:
            if self.path.name.lower().endswith((".csv", ".csv.gz")):
                self._all_somewhere(db, source, options)
            us = f"CASE WHEN isfinite({name}) THEN epoch_us({name}) END"
        elif kind.startswith(("TIMESTAMP", "DATE")):
            zone = "UTC" if "%z" in options.time_format else options.timezone
            if zone is None:
                raise self._nowhere(source, options)
            at = f"timezone({literal(zone)}, {name}::TIMESTAMP)"
            us = f"CASE WHEN isfinite({name}) THEN epoch_us({at}) END"
        elif options.time_format in _UNITS and kind != "VARCHAR":
            us = f"TRY_CAST(round({name}::DOUBLE * {_UNITS[options.time_format]!r}) AS BIGINT)"
            if kind == "BIGINT" and options.time_format in {"s", "ms", "us"}:
                us = f"TRY_CAST({name}::HUGEINT * {int(_UNITS[options.time_format])} AS BIGINT)"
        elif kind == "VARCHAR" and options.time_format == "iso" and options.timezone is not None:
            us = f"epoch_us(TRY_CAST({name} AS TIMESTAMPTZ))"
        else:
            raise SourceDown(
                source,
                f"{self.path.name}: the times in “{options.time}” are {kind}; give time_format "
                "(s, ms, us, ns for numbers; iso for text, with timezone)",
            )
        return f"CASE WHEN ({us}) BETWEEN 0 AND 253402300799999999 THEN {us} END"

    def _all_somewhere(self, db: Any, source: str, options: ReplayOptions) -> None:
        """Without a time zone every time must carry its offset."""
        if options.timezone is not None:
            return
        name = self.columns[options.time][0]
        kinds = {identifier: "VARCHAR" for identifier, _ in self.columns.values()}
        rows = _csv(self.path, options, kinds, refused=False)
        naive = db.execute(
            f"SELECT 1 FROM {rows} WHERE TRY_CAST({name} AS TIMESTAMP) IS NOT NULL "  # noqa: S608
            f"AND NOT regexp_matches({name}, {literal(_OFFSET)}) LIMIT 1"
        ).fetchone()
        if naive is not None:
            raise self._nowhere(source, options)

    def _nowhere(self, source: str, options: ReplayOptions) -> SourceDown:
        return SourceDown(
            source,
            f"{self.path.name}: times in “{options.time}” carry no offset; give the option "
            "timezone (for example Europe/Copenhagen)",
        )


def header(path: Path, options: ReplayOptions) -> list[str]:
    """The names of a CSV file's columns; those that come twice end with #2, #3.

    Raises:
        SourceDown: it has none, or is of another encoding.
    """
    try:
        with _text(path, options.encoding) as file:
            found = next(csv.reader(file, delimiter=options.delimiter), [])
    except (UnicodeError, csv.Error, OSError, EOFError) as problem:
        raise SourceDown(str(path), f"{path.name}: {clause(problem)}") from problem
    if not found:
        raise SourceDown(str(path), f"{path.name}: the file is empty")
    return list(_once(name.strip() for name in found))


def encoding_of(path: Path) -> str:
    """Of a CSV file's beginning: UTF-16 by its mark, UTF-8 where it is that, else Latin-1."""
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
        begin = file.read(_BEGIN)
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(begin)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _once(names: Iterable[str]) -> Iterator[str]:
    times: dict[str, int] = {}
    for name in names:
        times[name] = times.get(name, 0) + 1
        yield name if times[name] == 1 else f"{name}#{times[name]}"


@contextmanager
def _text(path: Path, encoding: str) -> Iterator[TextIO]:
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    if path.name.lower().endswith(".gz"):
        with gzip.open(path, "rt", encoding=encoding, errors="replace", newline="") as file:
            yield file
    else:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            yield file


def _typed(options: ReplayOptions) -> str:
    """The type by which DuckDB refuses a row, and names its line, where the time is none."""
    if options.time_format == "iso":
        return "TIMESTAMPTZ"
    if options.time_format == "s":
        return "DOUBLE"
    return "BIGINT" if options.time_format in _UNITS else "TIMESTAMP"


def _csv(path: Path, options: ReplayOptions, kinds: Mapping[str, str], *, refused: bool) -> str:
    told = ["header = true", "auto_detect = false", "quote = '\"'"]
    told += [f"delim = {literal(options.delimiter)}", f"encoding = {literal(options.encoding)}"]
    told.append(
        f"columns = {{{', '.join(f'{literal(n)}: {literal(k)}' for n, k in kinds.items())}}}"
    )
    if "TIMESTAMP" in kinds.values():
        told.append(f"timestampformat = {literal(options.time_format)}")
    if refused:
        told += ["store_rejects = true", f"rejects_table = '{REJECTS}'"]
        told += [f"rejects_scan = '{REJECTS}_scan'", f"rejects_limit = {_MOST_REJECTS}"]
    else:
        told.append("ignore_errors = true")
    return f"read_csv({literal(plain(path))}, {', '.join(told)})"


def number_and_text(name: str, kind: str, options: ReplayOptions) -> tuple[str, str]:
    """What stands in a column as a number, and as text where it is none; in SQL."""
    number, words = f"TRY_CAST({name} AS DOUBLE)", ""
    if kind == "VARCHAR":
        if options.decimal == ",":
            # A point would be a thousands sign or a mistake; nobody knows which.
            point = f"CASE WHEN contains({name}, '.') THEN '' ELSE {name} END"
            number = f"TRY_CAST(replace({point}, ',', '.') AS DOUBLE)"
        truth = f"CASE lower(trim({name})) WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 END"
        number = f"coalesce({number}, {truth})"
        words = ", ".join(literal(text) for text in ("", *options.missing))
        words = f" AND trim({name}) NOT IN ({words})"
    finite = f"coalesce(isfinite({number}), false)"
    there = f"{name} IS NOT NULL AND NOT coalesce(isnan({number}), false)"
    numbers = ", ".join(f"{x!r}::DOUBLE" for x in _numbers(options.missing))
    usual = f" AND {number} NOT IN ({numbers})" if numbers else ""
    return (
        f"CASE WHEN {finite}{usual} THEN {number} END",
        f"CASE WHEN {there} AND NOT {finite}{words} THEN left({name}::VARCHAR, {_TEXT}) END",
    )


def _numbers(texts: Iterable[str]) -> Iterator[float]:
    """Those of the texts that are finite numbers."""
    for text in texts:
        with suppress(ValueError):
            if math.isfinite(found := float(text)):
                yield found


def plain(path: Path) -> str:
    """A path in which nothing is a pattern."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def literal(text: str) -> str:
    """A text as SQL quotes it."""
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
