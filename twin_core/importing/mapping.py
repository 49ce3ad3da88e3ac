"""A mapping: which tables of another system hold assets, readings, events, orders, failure modes.

It says how their columns name things, in which unit and time zone; what it does not say is not
known. Every error stands at its line and tells what was allowed. It must never open a file.
"""

from collections.abc import Mapping as Named
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from twin_core.plant.marked import Document, Loc
from twin_core.value import SECOND, Instant, Range, Slug, Value

Table: TypeAlias = Named[str, Sequence[str | None]]
"""Column → cells as text, None where there is none; all columns of one length."""


class Times(Value):
    """How a table writes times.

    Attributes:
        format: `iso`, a number `s` or `ms` since 1970, or a pattern as strptime takes it.
        timezone: where times without an offset were written down (IANA); absent = the site's.
    """

    format: str = "iso"
    timezone: str | None = None


class AssetTable(Value):
    """Assets, a row or several each.

    Attributes:
        name: column of what people call it; `also`: of other names and numbers it has.
        kind: id of its equipment class, one of the mapping's.
    """

    file: str
    name: str
    also: tuple[str, ...] = ()
    kind: Slug


class MappedPoint(Value):
    """A column of readings that is a point of the assets named beside it."""

    column: str
    id: Slug
    name: str
    unit: str
    limits: Range


class ReadingTable(Value):
    """Readings: a row a moment, a column a point."""

    file: str
    asset: str
    time: str
    times: Times = Times()
    points: tuple[MappedPoint, ...] = Field(min_length=1)


class EventTable(Value):
    """Events with a beginning and an end: each kind becomes a point that is 1 while it lasts.

    Attributes:
        kind: column of what it is; `id` of its points is `prefix` and that.
    """

    file: str
    asset: str
    kind: str
    prefix: str
    start: str
    end: str
    times: Times = Times()


class OrderTable(Value):
    """Work orders.

    Attributes:
        task, finding: columns of what was to be done and what was found.
        created, closed: columns of times; `fault`: column that says whether a fault was found, if
            one of `means_fault`.
    """

    file: str
    reference: str
    asset: str
    task: str
    finding: str | None = None
    created: str
    closed: str | None = None
    fault: str | None = None
    means_fault: tuple[str, ...] = ()
    status: Literal["open", "travelling", "working", "done"] = "done"
    times: Times = Times()


class ModeTable(Value):
    """Failure modes, as knowledge: `kind` column of the equipment, `also` columns beside it."""

    file: str
    kind: str
    mode: str
    also: tuple[str, ...] = ()


class Kind(Value):
    """An equipment class that the mapping makes."""

    id: Slug
    name: str


class Mapping(Value):
    """The whole mapping; times are the site's where a table says nothing else."""

    site: Slug
    name: str
    timezone: str
    kinds: tuple[Kind, ...] = Field(min_length=1)
    assets: tuple[AssetTable, ...] = Field(min_length=1)
    readings: tuple[ReadingTable, ...] = ()
    events: tuple[EventTable, ...] = ()
    work_orders: tuple[OrderTable, ...] = ()
    failure_modes: tuple[ModeTable, ...] = ()

    @property
    def files(self) -> tuple[tuple[Loc, str], ...]:
        """Every file that it names, with the place where it does."""
        groups = ("assets", "readings", "events", "work_orders", "failure_modes")
        return tuple(
            ((group, i, "file"), table.file)
            for group in groups
            for i, table in enumerate(getattr(self, group))
        )


class Mapped:
    """A mapping with its marks: what a table does not bear out is told at the line that said so.

    Args:
        text: YAML.
        file: its name, for messages.

    Raises:
        PlantFileError: no mapping; line and column from 1.
    """

    def __init__(self, text: str, file: str) -> None:
        self.document = Document.parse(text, file)
        self.document.schema()
        given = {k: v for k, v in self.document.data.items() if k != "schema"}
        try:
            self.mapping = Mapping.model_validate(given)
        except ValidationError as problem:
            raise self.document.invalid((), problem) from problem
        for at, zone in self._zones():
            try:
                ZoneInfo(zone)
            except (ValueError, OSError, KeyError) as problem:
                told = "an IANA name such as Europe/Copenhagen"
                raise self.document.error(at, f"no time zone “{zone}”", told) from problem
        known = [kind.id for kind in self.mapping.kinds]
        for i, table in enumerate(self.mapping.assets):
            if table.kind not in known:
                at = ("assets", i, "kind")
                raise self.document.error(at, f"no kind “{table.kind}”", ", ".join(known))

    def column(self, table: Table, at: Loc, name: str) -> Sequence[str | None]:
        """A column of a table.

        Args:
            table: where it should be.
            at: where the mapping names it.
            name: of the column.

        Raises:
            PlantFileError: the table has none of that name.
        """
        if name not in table:
            raise self.document.error(at, f"the table has no column “{name}”", ", ".join(table))
        return table[name]

    def instant(self, said: str, times: Times, at: Loc, row: int) -> Instant:
        """A moment as a table writes it.

        Raises:
            PlantFileError: it cannot be read so; with the row, counted from 1.
        """
        try:
            return _instant(said, times.format, times.timezone or self.mapping.timezone)
        except (ValueError, OverflowError) as problem:
            told = f"row {row}: “{said[:40]}” is no time of the form {times.format}"
            raise self.document.error(at, told, "iso, s, ms or a pattern of strptime") from problem

    def _zones(self) -> list[tuple[Loc, str]]:
        found: list[tuple[Loc, str]] = [(("timezone",), self.mapping.timezone)]
        for group in ("readings", "events", "work_orders"):
            for i, table in enumerate(getattr(self.mapping, group)):
                if table.times.timezone is not None:
                    found.append(((group, i, "times", "timezone"), table.times.timezone))
        return found


def _instant(said: str, form: str, zone: str) -> Instant:
    if form in {"s", "ms"}:
        return round(float(said) * (SECOND if form == "s" else SECOND // 1000))
    when = datetime.fromisoformat(said) if form == "iso" else datetime.strptime(said, form)  # noqa: DTZ007 (the zone follows)
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZoneInfo(zone))
    since = when - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds
