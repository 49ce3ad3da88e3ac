"""An order history of a warehouse from a CSV or Parquet file, day by day.

Columns: order, article, quantity, arrived, due; one row a line. It reads, never writes.
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from connectors.bounded_duckdb import opened
from connectors.vendor_error import clause
from twin_core.errors import BadInput, TooLarge
from twin_core.plant.warehouse import Line, PickOrder

COLUMNS = ("order", "article", "quantity", "arrived", "due")
MOST_ROWS = 500_000
_MEMORY = "256MB"
_CLIP = 40


def read_orders(file: Path, timezone: str) -> dict[date, tuple[PickOrder, ...]]:
    """Day → its orders, times in seconds after that day's local midnight; days ascending.

    An order belongs to the day on which it arrived. Times without an offset are local.

    Args:
        file: CSV with a line of names, or Parquet by its suffix.
        timezone: IANA.

    Raises:
        BadInput: it cannot be read, or a row is no line of an order; file and row are told.
        TooLarge: more than MOST_ROWS rows.
    """
    zone = ZoneInfo(timezone)
    found: dict[str, tuple[datetime, datetime, list[Line]]] = {}
    for row, cells in enumerate(_rows(file), 1):
        order, article, quantity, arrived, due = cells
        try:
            times = _moment(arrived, zone), _moment(due, zone)
            line = Line(article=str(article or ""), quantity=_whole(quantity))
        except (ValueError, OverflowError) as problem:
            told = "; ".join(str(cell)[:_CLIP] for cell in cells)
            raise BadInput(
                f"{file}, row {row}: “{told}” is no line of an order; allowed: an order, an "
                "article, a whole quantity of 1 or more, and two times like 2026-03-02T06:09."
            ) from problem
        if not order:
            raise BadInput(f"{file}, row {row}: it names no order.")
        kept = found.setdefault(str(order), (*times, []))
        if kept[:2] != times:
            raise BadInput(f"{file}, row {row}: order {order} has two times of arrival or due.")
        kept[2].append(line)
    if not found:
        raise BadInput(f"{file}: there is no order in it.")
    return _by_day(file, found, zone)


def _by_day(
    file: Path, found: dict[str, tuple[datetime, datetime, list[Line]]], zone: ZoneInfo
) -> dict[date, tuple[PickOrder, ...]]:
    days: dict[date, list[PickOrder]] = {}
    for name, (arrived, due, lines) in found.items():
        day = arrived.astimezone(zone).date()
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
        try:
            order = PickOrder(
                id=name, lines=tuple(lines),
                arrival_s=arrived.timestamp() - midnight, due_s=due.timestamp() - midnight,
            )  # fmt: skip
        except ValueError as problem:
            raise BadInput(
                f"{file}: order {name[:_CLIP]} cannot be; allowed: due after the midnight before "
                "it arrives, within 400 days."
            ) from problem
        days.setdefault(day, []).append(order)
    return {day: tuple(days[day]) for day in sorted(days)}


def _rows(file: Path) -> Sequence[tuple[Any, ...]]:
    """Every row's five cells."""
    if not file.is_file():
        raise BadInput(f"{file} is not a file.")
    path = str(file).replace("'", "''")
    parquet = file.name.lower().endswith(".parquet")
    source = f"read_parquet('{path}')" if parquet else (
        f"read_csv('{path}', header = true, all_varchar = true)"
    )  # fmt: skip
    try:
        db = opened(":memory:", _MEMORY)
        try:
            told = db.execute(f"DESCRIBE FROM {source}").fetchall()
            names = {str(name).strip().lower(): str(name) for name, *_ in told}
            missing = [name for name in COLUMNS if name not in names]
            if missing:
                raise BadInput(
                    f"{file}: no column {', '.join(missing)}; allowed: {', '.join(COLUMNS)}."
                )
            quoted = ", ".join('"' + str(names[n]).replace('"', '""') + '"' for n in COLUMNS)
            rows = db.execute(
                f"SELECT {quoted} FROM {source} LIMIT {MOST_ROWS + 1}"  # noqa: S608 (quoted)
            ).fetchall()
        finally:
            db.close()
    except duckdb.Error as problem:
        raise BadInput(f"{file} cannot be read: {clause(problem)}.") from problem
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"{file} with more than {MOST_ROWS} rows", f"{MOST_ROWS} rows")
    return [tuple(row) for row in rows]


def _moment(given: Any, zone: ZoneInfo) -> datetime:
    """A time; one without an offset is the warehouse's own."""
    when = given if isinstance(given, datetime) else datetime.fromisoformat(str(given).strip())
    return when if when.tzinfo is not None else when.replace(tzinfo=zone)


def _whole(given: Any) -> int:
    number = float(given if given is not None else "")
    if number != int(number):
        raise ValueError(given)
    return int(number)
