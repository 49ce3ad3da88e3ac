"""What a plant file says about files that are replayed: their form, their speed, their times.

It must never guess a time zone: a time without offset means nothing until somebody says where.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, field_validator
from pydantic_core import PydanticCustomError

from connectors.options import address as as_address
from twin_core.errors import WrongKind
from twin_core.plant.assets import Point
from twin_core.plant.source import Source
from twin_core.value import Value

ENDINGS = (".csv", ".csv.gz", ".parquet")
"""What a file is, by the end of its name."""
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")


class ReplayOptions(Value):
    """Options of a source of kind `replay`.

    Attributes:
        layout: `wide`: one column a tag; `long`: one row a reading (time, tag, value).
        time: the column of the time; `tag`, `value`, `status`: those of a long file.
        time_format: `iso` (ISO 8601), a number `s`, `ms`, `us` or `ns` since 1970, or a pattern
            as strptime takes it (`%d.%m.%Y %H:%M:%S`). For what a Parquet file holds as text or
            number; what it holds as time needs none.
        timezone: where times without offset were written down (IANA); needed if there are any.
            Of an hour that comes twice the second is meant.
        status_as: what a number in `status` is: `opcua`, or `classic` (OPC DA: 192 is good).
            Words (good, uncertain, stale, bad) are always understood.
        delimiter, decimal, encoding: of CSV files. With a decimal comma a point is no number.
        missing: texts and numbers that stand for no value.
        speed: seconds of the file in one of plant time, or `max`: as fast as is taken.
        start: what is older is left out; ISO 8601 with offset.
        rebase: times are moved so that the replay ends at its own time (at speed 1: begins at
            it), never ahead of plant time; false: they stay what they are.
        poll_s: host seconds between two looks at a folder.
    """

    layout: Literal["wide", "long"] = "wide"
    time: str = Field(default="time", min_length=1)
    time_format: str = Field(default="iso", min_length=1)
    timezone: str | None = None
    tag: str = "tag"
    value: str = "value"
    status: str | None = None
    status_as: Literal["opcua", "classic"] = "opcua"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    missing: tuple[str, ...] = ("", "-", "NA", "N/A", "nan", "NaN", "null", "NULL", "None")
    speed: Literal["max"] | float = 1.0
    start: AwareDatetime | None = None
    rebase: bool = True
    poll_s: float = Field(default=2.0, gt=0)

    @field_validator("speed")
    @classmethod
    def _onwards(cls, speed: Any) -> Any:
        if speed != "max" and not 0 < speed <= 1e6:
            raise PydanticCustomError("speed", "above 0 and at most 1e6, or max")
        return speed

    @field_validator("timezone")
    @classmethod
    def _somewhere(cls, name: str | None) -> str | None:
        problem = PydanticCustomError("zone", "an IANA name such as Europe/Copenhagen")
        if name is None:
            return None
        if _ZONE.fullmatch(name) is None:
            raise problem
        try:
            ZoneInfo(name)
        except (ValueError, OSError, KeyError):
            raise problem from None
        return name

    @property
    def pace(self) -> float:
        """The speed as a number; `max` is infinite."""
        return float("inf") if self.speed == "max" else self.speed


class ReplayAddress(Value):
    """A point's address: the column (wide) or tag (long), and how it becomes the point's unit.

    Attributes:
        name: as the file writes it.
        scale, offset: value = scale · what stands there + offset.
    """

    name: str = Field(min_length=1)
    scale: float = 1.0
    offset: float = 0.0


def address(point: Point) -> ReplayAddress:
    """The point's address.

    Raises:
        Unusable: it is none.
    """
    given = point.address if not isinstance(point.address, str) else {"name": point.address}
    allowed = "the name of a column or tag, or {name, scale, offset}"
    return as_address(ReplayAddress, "replay", point, allowed, given)


def place(source: Source, folder: Path) -> Path:
    """The file or folder of a source.

    Args:
        source: its URL is `file:PATH`, percent-encoded.
        folder: where relative paths begin.

    Raises:
        WrongKind: no path stands in it.
    """
    rest = source.url.removeprefix("file:")
    path = unquote(rest.removeprefix("//localhost").removeprefix("//"))
    if not path or "\0" in path:
        raise WrongKind(f"source {source.id}", repr(source.url), "file:PATH of a file or folder")
    return folder / path


def usable(names: Iterable[Path]) -> list[Path]:
    """Of these files the ones that can be replayed, by name."""
    return sorted(path for path in names if path.name.lower().endswith(ENDINGS))
