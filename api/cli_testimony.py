"""`opstwin say`, `stops`, `why`, `recurring`: what people report, and why. Thin clients."""

import re
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected
from api.printable import clipped, clock, printable
from twin_core.errors import BadInput

_TWO_MINUTES_S = 120
_ID = re.compile(r"[A-Za-z0-9_-]+")
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
        of = (one["start"], one["end"]) != (one["said"], one["said"])
        when = f", of {clock(one['start'], found['timezone'])}" if of else ""
        until = f" to {clock(one['end'], found['timezone'])}" if one["end"] > one["start"] else ""
        _echo(f"Understood of {one['who']}: {one['meaning']}{when}{until}. {one['worth']}")
    if found["assumed"]:
        _echo(found["assumed"])
    if found["question"]:
        _echo(found["question"])


def stops(
    stop: Annotated[str, typer.Argument(help="Id of a stop, to give its reason.")] = "",
    reason: Annotated[str, typer.Argument(help="Number of a reason offered, or words.")] = "",
    asset: Annotated[str, typer.Option(help="Only at or below it: path or name.")] = "",
    span: Annotated[str, typer.Option(help='E.g. "last 24 h", "this shift".')] = "last 8 h",
    least: Annotated[float, typer.Option(help="Seconds; shorter stops are left out.")] = 60,
    every: Annotated[bool, typer.Option("--all", help="Those with a reason too.")] = False,
    url: Url = None,
) -> None:
    """List stops that nobody has given a reason for, with the likely ones numbered; or give one.

    A number is the same reason at every machine of a class; the likeliest stand first.

    opstwin stops st-1a2b3c4d
    opstwin stops st-1a2b3c4d 2
    opstwin stops st-1a2b3c4d "guard door was open"
    """
    client = connected(url)
    if (stop or reason) and not _ID.fullmatch(stop):
        raise BadInput(f"“{clipped(stop)}” is no id of a stop; `opstwin stops` lists them.")
    if reason:
        given = client.post(f"/stops/{stop}/reasons", _given(client, stop, reason))
        _echo(
            f"{given['name']}: {given['reason']}, says {given['who']}."
            if given["reason"]
            else f"{given['name']}: kept; why it stood is still open."
        )
        return
    if stop:
        one = client.get(f"/stops/{stop}")
        found = {"stops": [one], "timezone": one["timezone"]}
    else:
        found = client.get("/stops", asset=asset, span=span, least_s=least, every=every)
    for one in found["stops"]:
        _echo(_stop(one, found["timezone"]))
        for option in one["options"]:
            _echo(f"    {option['number']:>2}  {option['text']}")
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
    """Print the diagnosis of a line or machine, of now or of a moment of the past.

    Of each cause what speaks for it (+) and against (-), and what would settle it (?). Causes
    exclude each other, but for a second cause, which acts beside the first.
    """
    if bool(asset) == bool(incident):
        raise BadInput("Give either an ASSET or --incident.")
    found = connected(url).get("/diagnoses", asset=asset, at=at, incident=incident)
    zone = found["timezone"]
    _echo(f"{clock(found['start'], zone)} to {clock(found['end'], zone)}: {found['summary']}")
    told = {e["id"]: e["statement"] for e in found["evidence"]}
    for cause, role in zip(found["causes"], _roles(found["causes"]), strict=True):
        _echo(f"{100 * cause['probability']:>4.0f} %  {role}{cause['name']}")
        began = f"since about {clock(cause['onset'], zone)} (± {_length(cause['onset_s'])})"
        way = f"; acts along {' → '.join(cause['way'])}" if len(cause["way"]) > 1 else ""
        _echo(f"        {began}{way}")
        for sign, ids in (("+", cause["supports"]), ("-", cause["contradicts"])):
            for name in ids:
                _echo(f"        {sign} {told[name]}")
        if cause["settle"]:
            _echo(f"        ? {cause['settle']}")


def recurring(
    asset: Annotated[str, typer.Argument(help="Path or name; absent = the whole plant.")] = "",
    days: Annotated[float, typer.Option(help="How far back.")] = 30,
    url: Url = None,
) -> None:
    """Print what came back: causes of incidents, reasons of stops, findings of the crew."""
    for line in connected(url).get("/recurring", asset=asset, days=days)["lines"]:
        _echo(line)


def _roles(causes: list[dict[str, Any]]) -> list[str]:
    """How each cause stands to the first: in its place, or beside it, or in place of one beside."""
    roles, second = [""] if causes else [], False
    for cause in causes[1:]:
        roles.append(
            ("or, as the second cause: " if second else "a second cause beside the first: ")
            if cause["beside"]
            else "or instead of the first: "
        )
        second |= cause["beside"]
    return roles


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _TWO_MINUTES_S else f"{seconds / 60:.0f} min"


def _given(client: Any, stop: str, reason: str) -> dict[str, str]:
    if not reason.isdecimal():
        return {"words": reason}
    offered = {str(one["number"]): one["id"] for one in client.get(f"/stops/{stop}")["options"]}
    if reason not in offered:
        allowed = ", ".join(offered)
        raise BadInput(f"Reason {clipped(reason)} is not offered; allowed: {allowed}, or words.")
    return {"option": offered[reason]}


def _stop(one: dict[str, Any], zone: str) -> str:
    lasts = "goes on" if one["goes_on"] else f"{one['seconds'] / 60:.1f} min"
    reason = f": {one['reason']}, says {one['who']}" if one["reason"] else ""
    return f"{one['id']}  {clock(one['start'], zone)}  {lasts:>8}  {one['name']}{reason}"


def _echo(line: str) -> None:
    typer.echo(printable(line))
