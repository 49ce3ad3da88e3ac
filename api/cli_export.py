"""`opstwin export`: readings of the running server into a file. A thin HTTP client."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal
from zoneinfo import ZoneInfo

import typer

from twin_core.errors import BadInput

if TYPE_CHECKING:
    from api.client import Client

Url = Annotated[str | None, typer.Option("--url", help="The server; default OPSTWIN_URL.")]
TIME = "Plant time, ISO 8601; in the plant's time zone where no offset is given."


def export(
    points: Annotated[list[str], typer.Argument(metavar="POINT…", help="Ids of points.")],
    start: Annotated[str, typer.Option("--from", help=TIME)],
    out: Annotated[Path, typer.Option(help="The file; it is written whole or not at all.")],
    end: Annotated[str | None, typer.Option("--to", help="As --from; absent = now.")] = None,
    kind: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help="Of the file.")
    ] = "csv",
    url: Url = None,
) -> None:
    """Write readings with value, quality and plant time to a CSV or Parquet file."""
    client = connected(url)
    query: dict[str, Any] = {"point": points, "format": kind}
    query["start"] = instant("--from", start, client)
    if end is not None:
        query["end"] = instant("--to", end, client)
    with whole("--out", out) as file:
        client.download("/export", file, **query)
    typer.echo(f"{out}: {out.stat().st_size} bytes")


@contextmanager
def whole(flag: str, out: Path) -> Iterator[BinaryIO]:
    """A file to write into, that is there whole at the end or not at all.

    Raises:
        BadInput: it cannot be written.
    """
    part = out.with_name(f"{out.name}.part")
    try:
        try:
            with part.open("wb") as file:
                yield file
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise BadInput(f"{flag}: {out} cannot be written: {problem.strerror}.") from problem


def connected(url: str | None) -> "Client":
    """A client of the server at this address, or of the one that settings name."""
    from api.client import Client
    from api.settings import load

    return Client(load({"url": url}).url)


def instant(flag: str, text: str, client: "Client") -> int:
    """Microseconds since 1970 UTC; a time without offset is one of the plant's clock.

    Raises:
        BadInput: no time, or one that the plant's clock shows twice or never.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError as problem:
        raise BadInput(
            f"{flag}: “{text}” is no time; allowed: 2026-11-25, 2026-11-25T06:00, …T06:00+01:00."
        ) from problem
    if given.tzinfo is None:
        given = given.replace(tzinfo=ZoneInfo(client.zone()))
        if given.utcoffset() != given.replace(fold=1).utcoffset():
            raise BadInput(
                f"{flag}: {text} comes twice or never in {given.tzinfo}, where the clocks change; "
                "give it with its offset."
            )
    since = given - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
