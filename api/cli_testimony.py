"""`opstwin say`, `stops`, `why`, `recurring`: what people report, and why. Thin clients."""

import re
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli_export import Url, connected
from api.printable import clipped, printable
from twin_core.errors import BadInput

_ID = re.compile(r"[A-Za-z0-9_-]+")
_SECOND = 1_000_000
Asset = Annotated[str, typer.Option(help="Path or name of a machine or line.")]


def say(
    words: Annotated[str, typer.Argument(help='E.g. "that was us, reel change on labeller 4".')],
    asset: Asset = "",
    url: Url = None,
) -> None:
    """Report what happened, in your name: what was planned, put right, the cause or not the cause.

    It weighs in diagnoses beside the measurements, and never alone against two that agree.
    """
    found = connected(url).post("/testimony", {"words": words, "asset": asset})
    for one in found["understood"]:
        _echo(f"Understood: {one['meaning']}." if one["kind"] != "noted" else "Kept as words.")
    if found["question"]:
        _echo(found["question"])


def stops(
    stop: Annotated[str, typer.Argument(help="Id of a stop, to give its reason.")] = "",
    reason: Annotated[str, typer.Argument(help="Number of a reason offered, or words.")] = "",
    asset: Annotated[str, typer.Option(help="Only at or below this path.")] = "",
    span: Annotated[str, typer.Option(help='E.g. "last 24 h", "this shift".')] = "last 8 h",
    least: Annotated[float, typer.Option(help="Seconds; shorter stops are left out.")] = 60,
    every: Annotated[bool, typer.Option("--all", help="Those with a reason too.")] = False,
    url: Url = None,
) -> None:
    """List stops that nobody has given a reason for, with the likely ones numbered; or give one.

    opstwin stops st-1a2b3c4d 2
    opstwin stops st-1a2b3c4d "guard door was open"
    """
    client = connected(url)
    if stop:
        if not _ID.fullmatch(stop) or not reason:
            raise BadInput(f"“{clipped(stop)}”: give the id of a stop and a reason.")
        given = client.post(f"/stops/{stop}/reasons", _given(client, stop, reason))
        _echo(f"{given['name']}: {given['reason']}, says {given['who']}.")
        return
    found = client.get("/stops", asset=asset, span=span, least_s=least, every=every)
    for one in found["stops"]:
        _echo(_stop(one, found["timezone"]))
        for number, option in enumerate(one["options"], 1):
            _echo(f"    {number}  {option['text']}")
    if not found["stops"]:
        _echo("No stop waits for its reason.")


def why(
    asset: Annotated[str, typer.Argument(help="Path or name; absent with --incident.")] = "",
    at: Annotated[
        str, typer.Option(help='E.g. "10:00", "yesterday 14:20", "2026-11-25 22:00"; absent = now.')
    ] = "",
    incident: Annotated[str, typer.Option(help="Id of an incident, however old.")] = "",
    url: Url = None,
) -> None:
    """Print the diagnosis of a line or machine, of now or of a moment of the past."""
    if bool(asset) == bool(incident):
        raise BadInput("Give either an ASSET or --incident.")
    found = connected(url).get("/diagnoses", asset=asset, at=at, incident=incident)
    zone = found["timezone"]
    _echo(f"{_clock(found['start'], zone)} to {_clock(found['end'], zone)}: {found['summary']}")
    told = {e["id"]: e["statement"] for e in found["evidence"]}
    for cause in found["causes"]:
        _echo(f"{100 * cause['probability']:>4.0f} %  {cause['name']}")
        for sign, ids in (("+", cause["supports"]), ("-", cause["contradicts"])):
            for name in ids:
                _echo(f"        {sign} {told[name]}")


def recurring(
    asset: Annotated[str, typer.Argument(help="Path or name; absent = the whole plant.")] = "",
    days: Annotated[float, typer.Option(help="How far back.")] = 30,
    url: Url = None,
) -> None:
    """Print what came back: causes of incidents, reasons of stops, findings of the crew."""
    for line in connected(url).get("/recurring", asset=asset, days=days)["lines"]:
        _echo(line)


def _given(client: Any, stop: str, reason: str) -> dict[str, str]:
    if not reason.isdigit():
        return {"words": reason}
    offered = client.get(f"/stops/{stop}")["options"]
    if not 1 <= int(reason) <= len(offered):
        raise BadInput(f"Reason {reason} is not offered; allowed: 1 to {len(offered)}, or words.")
    return {"option": offered[int(reason) - 1]["id"]}


def _stop(one: dict[str, Any], zone: str) -> str:
    lasts = "goes on" if one["goes_on"] else f"{one['seconds'] / 60:.1f} min"
    reason = f": {one['reason']}, says {one['who']}" if one["reason"] else ""
    return f"{one['id']}  {_clock(one['start'], zone)}  {lasts:>8}  {one['name']}{reason}"


def _clock(at: int, zone: str) -> str:
    return datetime.fromtimestamp(at / _SECOND, ZoneInfo(zone)).strftime("%m-%d %H:%M:%S %Z")


def _echo(line: str) -> None:
    typer.echo(printable(line))
