"""`opstwin calibrate`: parameters of a line or process, learnt from history. A thin HTTP client."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected
from api.cli_whatif import draw

_WAIT_S = 1800.0


def calibrate(
    line: Annotated[str, typer.Argument(help="A production line's id, or the site's.")] = "",
    days: Annotated[float, typer.Option(help="Plant days back from now to learn from.")] = 7,
    propose: Annotated[
        str, typer.Option(metavar="VERSION", help="Propose that this version is used.")
    ] = "",
    png: Annotated[Path | None, typer.Option(help="A file for the charts.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Learn rates, stops, repairs, rejects and buffers of LINE; without one, show what is used.

    Of the site: capacities, bands, stores, conductances, shares and time constants of its media and
    of what follows a setpoint, of 200 points from two weeks at most, of more from less.

    The older three quarters of the span teach a challenger, which then foretells the newest
    quarter against what is used now. Whether it is used, people decide; `opstwin rollback` brings
    back the one before.
    """
    from rich.console import Console

    from api.calibration_lines import report_lines, used_lines

    client = connected(url)
    screen = Console()
    if propose:
        receipt = client.post("/promotions", {"asset": line, "version": propose})
        if as_json:
            typer.echo(json.dumps(receipt, indent=2, ensure_ascii=False))
        else:
            screen.print(f"{receipt['proposal']} waits for {receipt['needs']}.", markup=False)
        return
    body: dict[str, Any]
    if line:
        body = client.post("/calibrations", {"line": line, "days": days}, _WAIT_S)
    else:
        body = client.get("/models")
    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        for one in report_lines(body) if line else used_lines(body):
            screen.print(one, markup=False)
    if png is not None and line:
        draw(body["charts"], png, url)
