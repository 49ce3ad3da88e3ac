"""`opstwin amend`: what is to be believed of the past. A thin HTTP client."""

from typing import Annotated, Any

import typer

from api.cli_export import TIME, Url, connected, instant
from twin_core.errors import BadInput


def amend(
    start: Annotated[str, typer.Option("--from", help=TIME)],
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit trail.")],
    point: Annotated[
        str | None, typer.Argument(help="Id of a point; absent = count what came late.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="As --from; absent = now.")] = None,
    value: Annotated[float | None, typer.Option(help="What it was, in the point's unit.")] = None,
    not_believed: Annotated[
        bool, typer.Option("--not-believed", help="What it showed then was wrong.")
    ] = False,
    url: Url = None,
) -> None:
    """Correct a reading, disown it, or let late readings count; what was derived is settled again.

    opstwin amend SITE/AREA/LINE/UNIT/POINT --from 2026-11-25T06:00 --to 2026-11-25T06:10
    --value 4.2 --reason "calibration gas on the analyser"

    What was read stays in the log; an engineer's name and reason stand in the audit trail.
    """
    if point is not None and (value is None) != not_believed:
        raise BadInput("Of a point either --value or --not-believed is needed, not both.")
    if point is None and (value is not None or not_believed):
        raise BadInput("--value and --not-believed need a point.")
    from api.views import clock_time

    client = connected(url)
    body: dict[str, Any] = {"point": point, "reason": reason}
    body["start"] = instant("--from", start, client)
    body["end"] = None if end is None else instant("--to", end, client)
    body["value"] = value
    made = client.post("/amendments", body)
    span = f"{clock_time(made['start'])} to {clock_time(made['end'])}"
    said = "late readings count" if point is None else f"{made['point']} is amended"
    typer.echo(f"{said}, {span}; the past is being settled again (see /health)")
