"""`opstwin ahead`, `window` and `improve`: what lies ahead, in the terminal. Thin HTTP clients."""

import json
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected
from api.cli_whatif import Png, draw

_WAIT_S = 300.0
AsJson = Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")]


def ahead(
    asset: Annotated[
        str, typer.Argument(help="Area, line or machine as people call it; absent = the plant.")
    ] = "",
    within: Annotated[str, typer.Option(help="How far ahead: “8 h”, “next shift”.")] = "8 h",
    png: Png = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Say what is likely to fail, ranked, with what speaks for it; or that nothing does.

    Readings on their way to a limit, learnt risk, faults found before. Of what nothing is known
    that is said.
    """
    body = connected(url).get("/prognosis", asset=asset, horizon=within)
    _told(body, png, url, as_json=as_json)


def window(
    asset: Annotated[str, typer.Argument(help="A machine of a line, as people call it.")],
    takes: Annotated[
        str, typer.Option("--takes", help="How long: “20 min”; absent = the usual job.")
    ] = "",
    within: Annotated[str, typer.Option(help="Begin within: “8 h”, “tonight”.")] = "8 h",
    people: Annotated[int, typer.Option(help="Who are needed.")] = 1,
    skill: Annotated[str, typer.Option(help="What one of them must know.")] = "",
    png: Png = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Find when a job costs least: line, crew and planner come to it in turns, each with reasons.

    Nothing is booked: `opstwin ask "propose a maintenance window for …"` hands one in.
    """
    asked = {
        "asset": asset, "duration": takes, "horizon": within, "people": people, "skill": skill,
    }  # fmt: skip
    _told(connected(url).post("/windows", asked, _WAIT_S), png, url, as_json=as_json)


def improve(
    asset: Annotated[
        str, typer.Argument(help="Area or line as people call it; absent = the plant.")
    ] = "",
    shift: Annotated[
        bool, typer.Option("--shift", help="What was found at the last change of shift.")
    ] = False,
    png: Png = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Say what could run better when nothing is wrong: each tried in the model; three at most."""
    client = connected(url)
    path = "/improvements/shift" if shift else "/improvements"
    body = client.get(path) if shift else client.get(path, asset=asset)
    _told(body, png, url, as_json=as_json)


def _told(body: dict[str, Any], png: Png, url: Url, *, as_json: bool) -> None:
    from api.printable import printable

    lines = [one["statement"] for one in body["evidence"]] or [body["text"]]
    text = json.dumps(body, indent=2, ensure_ascii=False) if as_json else "\n".join(lines)
    typer.echo(text if as_json else printable(text))
    if png is not None and body["charts"]:
        draw(body["charts"], png, url)
