"""`opstwin export`: readings of the running server into a file. A thin HTTP client."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from twin_core.errors import BadInput

Url = Annotated[str | None, typer.Option("--url", help="The server; default OPSTWIN_URL.")]


def export(
    points: Annotated[list[str], typer.Argument(metavar="POINT…", help="Ids of points.")],
    start: Annotated[
        str, typer.Option("--from", help="Plant time, ISO 8601; UTC where no zone is given.")
    ],
    out: Annotated[Path, typer.Option(help="The file; it is written whole or not at all.")],
    end: Annotated[str | None, typer.Option("--to", help="As --from; absent = now.")] = None,
    kind: Annotated[
        Literal["csv", "parquet"], typer.Option("--format", help="Of the file.")
    ] = "csv",
    url: Url = None,
) -> None:
    """Write readings with value, quality and plant time to a CSV or Parquet file."""
    from api.client import Client
    from api.settings import load

    query: dict[str, Any] = {"point": points, "start": instant("--from", start), "format": kind}
    if end is not None:
        query["end"] = instant("--to", end)
    part = out.with_name(f"{out.name}.part")
    try:
        try:
            with part.open("wb") as file:
                Client(load({"url": url}).url).download("/export", file, **query)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise BadInput(f"--out: {out} cannot be written: {problem.strerror}.") from problem
    typer.echo(f"{out}: {out.stat().st_size} bytes")


def instant(flag: str, text: str) -> int:
    """Microseconds since 1970 UTC."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError as problem:
        raise BadInput(
            f"{flag}: “{text}” is no time; allowed: 2026-11-25, 2026-11-25T06:00, …T06:00+01:00."
        ) from problem
    since = (given if given.tzinfo else given.replace(tzinfo=UTC)) - datetime(
        1970, 1, 1, tzinfo=UTC
    )
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
