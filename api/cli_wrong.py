"""`opstwin wrong`: an answer was wrong, and what it was. A thin HTTP client."""

import json
from typing import Annotated

import typer

from api.cli_export import Url, connected
from api.printable import printable
from twin_core.errors import BadInput


def wrong(
    words: Annotated[
        str, typer.Argument(help='What it was, e.g. "it was the glue pump of the labeller".')
    ] = "",
    thread: Annotated[
        str, typer.Option(help="The conversation; absent = that of your last answer.")
    ] = "",
    every: Annotated[bool, typer.Option("--list", help="All that were called wrong.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, for opstwin eval --disputed.")
    ] = False,
    url: Url = None,
) -> None:
    """Say that the last answer was wrong, and what it was.

    It is kept beside the answer and shown in the next evaluation. What you say it was is put before
    those who may confirm causes; it changes no weights before one of them has.
    """
    client = connected(url)
    if every or as_json:
        found = client.get("/disputes")
        if as_json:
            typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
            return
        for one in found:
            _echo(f"“{one['question']}” was answered {one['cause'] or 'without a cause'}")
            _echo(f"    {one['user']}: {one['words']}" + _state(one["proposal"]))
        if not found:
            _echo("No answer was called wrong.")
        return
    if not words.strip():
        raise BadInput('Say what it was: opstwin wrong "it was the glue pump of the labeller".')
    one = client.post("/disputes", {"words": words, "thread": thread})
    _echo(f"Kept beside the answer to “{one['question']}”.")
    if one["proposal"]:
        _echo(f"{one['proposal']} waits for {one['needs']}; until then it weighs nothing.")
    elif one["lacking"]:
        _echo(one["lacking"])


def _state(proposal: str) -> str:
    return f" ({proposal})" if proposal else ""


def _echo(line: str) -> None:
    typer.echo(printable(line))
