"""`opstwin learn`: the risk that a machine fails, from its own past. A thin HTTP client."""

import json
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected

_WAIT_S = 1800.0


def learn(
    unit: Annotated[str, typer.Argument(help="A machine's id.")],
    hours: Annotated[float, typer.Option(help="How far ahead its failing shall be told.")] = 8,
    days: Annotated[float, typer.Option(help="Plant days back from now to learn from.")] = 30,
    propose: Annotated[
        str, typer.Option(metavar="VERSION", help="Propose that this version is used.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Fit how likely UNIT fails within so many hours, by what was measured on it before it failed.

    Ten rows with a failure ahead and ten blocks of time are the least; what does no better than
    the base rate on blocks left out is not kept. It answers once people have approved it.
    """
    client = connected(url)
    if propose:
        body: dict[str, Any] = client.post("/promotions", {"asset": unit, "version": propose})
        text = f"{body['proposal']} waits for {body['needs']}."
    else:
        body = client.post("/learnings", {"unit": unit, "hours": hours, "days": days}, _WAIT_S)
        text = (
            f"{body['judged']}\nIt may be proposed: opstwin learn {unit} "
            f"--propose {body['version']}"
        )
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False) if as_json else text)
