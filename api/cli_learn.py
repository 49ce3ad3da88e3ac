"""`opstwin learn`: models from a plant's own past, and what they say now. A thin HTTP client."""

import json
from typing import Annotated, Any, Literal

import typer

from api.cli_export import Url, connected
from api.cli_whatif import Png, draw
from twin_core.errors import BadInput

_WAIT_S = 1800.0


def learn(
    asset: Annotated[str, typer.Argument(help="A machine's id; a line's for the last two.")],
    what: Annotated[
        Literal["failure-risk", "remaining-life", "quality", "correction"],
        typer.Option(
            help="How likely it fails; how long it lasts; what share the line throws out; what "
            "forecasts of the line miss."
        ),
    ] = "failure-risk",
    hours: Annotated[
        float | None,
        typer.Option(
            help="How far ahead; of a life up to how many running hours. Absent = 8, of a life "
            "24, of a quality 1; a correction looks half an hour ahead."
        ),
    ] = None,
    days: Annotated[float, typer.Option(help="Plant days back from now to learn from.")] = 30,
    propose: Annotated[
        str, typer.Option(metavar="VERSION", help="Propose that this version is used.")
    ] = "",
    now: Annotated[
        bool, typer.Option("--now", help="Learn nothing: tell what the one in use says now.")
    ] = False,
    limit: Annotated[
        float | None, typer.Option(help="With --now, of a quality: per cent not to be passed.")
    ] = None,
    png: Png = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Learn how ASSET fails, lasts or makes, or how it is foretold, by what was measured before.

    What is told of blocks of time left out no better than by the trivial answer is not kept, and
    what would be needed is said. A model answers once people have approved it.
    """
    if now and (propose or (hours is not None and what != "failure-risk")):
        raise BadInput("--now tells what is in use; allowed beside it: --limit, of a risk --hours.")
    if limit is not None and not (now and what == "quality"):
        raise BadInput("--limit goes with --what quality --now.")
    client = connected(url)
    if propose:
        body: dict[str, Any] = client.post(
            "/promotions", {"asset": asset, "model": what, "version": propose}
        )
        text = f"{body['proposal']} waits for {body['needs']}."
    elif now:
        query = {"limit": limit, "hours": hours}
        given = {name: value for name, value in query.items() if value is not None}
        body = client.get("/learnt", asset=asset, model=what, **given)
        text = "\n".join(one["statement"] for one in body["evidence"]) or body["text"]
    else:
        asked: dict[str, Any] = {"asset": asset, "model": what, "days": days}
        if hours is not None:
            asked["hours"] = hours
        body = client.post("/learnings", asked, _WAIT_S)
        text = (
            f"{body['judged']}\nIt may be proposed: opstwin learn {asset} --what {what} "
            f"--propose {body['version']}"
        )
    from api.printable import printable

    typer.echo(json.dumps(body, indent=2, ensure_ascii=False) if as_json else printable(text))
    if png is not None and not propose:
        draw(body["charts"], png, url)
