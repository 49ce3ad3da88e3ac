"""`opstwin lineage` and `opstwin lots`: where a value and a lot come from. Thin HTTP clients."""

from typing import Annotated, Any

import typer

from api.cli_export import TIME, Url, connected, instant
from twin_core.errors import BadInput


def lineage(
    of: Annotated[str, typer.Argument(metavar="POINT|LOT", help="A point's id, or a lot's.")],
    at: Annotated[str | None, typer.Option("--at", help=TIME)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Show where a value comes from, down to raw readings; or how a lot was made.

    A point: its expression, what it rests on, each raw reading with source and receive time,
    status and clock offset, its times in quarantine and who ended them. A lot (`opstwin lots`
    lists them): machines, settings and who changed them, readings against the product's
    tolerances, what could not be believed meanwhile.
    """
    from api.thread_lines import lot_lines, point_lines

    if "/" in of:
        query: dict[str, Any] = {"point": of}
        if at is not None:
            query["at"] = instant("--at", at, connected(url))
        body, lines = _get("/lineage", url, **query), point_lines
    else:
        if at is not None:
            raise BadInput("--at: a lot has its own times; leave it out.")
        body, lines = _get(f"/lots/{_lot(of)}", url), lot_lines
    _show(body, lines(body), as_json=as_json)


def lots(
    hours: Annotated[float, typer.Option(help="Plant hours back from now.")] = 24,
    while_quarantined: Annotated[
        str, typer.Option(metavar="POINT", help="Those made while this point was not believed.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    url: Url = None,
) -> None:
    """List lots: which product ran on which line from when to when."""
    from api.thread_lines import lots_lines

    query: dict[str, Any] = {"hours": hours}
    if while_quarantined:
        query = {"while_quarantined": while_quarantined}
    body = _get("/lots", url, **query)
    _show(body, lots_lines(body), as_json=as_json)


def _lot(given: str) -> str:
    from api.printable import clipped

    if not given or not all(c.isascii() and (c.isalnum() or c in "_-") for c in given):
        raise BadInput(
            f"“{clipped(given)}” is neither a point (site/area/line/unit/point) nor a lot's id; "
            "`opstwin lots` lists lots."
        )
    return given


def _get(path: str, url: str | None, **query: Any) -> Any:
    return connected(url).get(path, **query)


def _show(body: Any, lines: Any, *, as_json: bool) -> None:
    import json

    from rich.console import Console

    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        return
    screen = Console()
    for line in lines:
        screen.print(line, markup=False)
