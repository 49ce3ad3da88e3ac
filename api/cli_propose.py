"""`opstwin propose`: an action of one's own, for others to approve. A thin HTTP client."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli_export import Url, connected
from api.printable import printable
from twin_core.errors import BadInput


def propose(
    file: Annotated[Path, typer.Argument(help="The action as JSON, with its `kind`.")],
    title: Annotated[str, typer.Option(help="What is asked for, in a few words.")],
    reason: Annotated[str, typer.Option(help="Why; whoever decides will read it.")],
    url: Url = None,
) -> None:
    """Hand in a work_order, inspection, schedule_change, stock_move, release or confirm_cause.

    For example {"kind": "schedule_change", "line": "SITE/AREA/LINE", "orders": ["po-2", "po-1"]}.
    """
    try:
        action = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadInput(f"{file} cannot be read as JSON: {problem}") from problem
    body = {"action": action, "title": title, "reason": reason}
    found = connected(url).post("/proposals", body)
    follows = "is carried out by" if found["state"] == "approved" else "waits for"
    typer.echo(printable(f"{found['proposal']} {follows} {found['needs']}."))
