"""`opstwin alarms`, `incident` and `report`: thin clients of the running server."""

import re
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected
from api.printable import clipped, clock, printable
from twin_core.errors import BadInput
from twin_core.units import unit_text

app = typer.Typer(
    help="Alarms (ISA-18.2): without a verb, those that are not normal.",
    invoke_without_command=True,
    no_args_is_help=False,
)

Point = Annotated[str, typer.Argument(help="Path of the point, as `opstwin alarms` prints it.")]
Asset = Annotated[str, typer.Option(help="Only at or below this path.")]
Side = Annotated[str | None, typer.Option(help="Only its `low` or its `high` alarm.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the audit trail.")]
Span = Annotated[str, typer.Option(help='E.g. "last 24 h", "this shift", "yesterday".')]
_FIRST: dict[str | None, str] = {"first": ", first out", "possible": ", possibly first out"}
_INCIDENT = re.compile(r"[A-Za-z0-9_-]+")


@app.callback()
def alarms(context: typer.Context, url: Url = None, asset: Asset = "") -> None:
    """List alarms that stand, are shelved, suppressed or out of service."""
    if context.invoked_subcommand is not None:
        return
    found = connected(url).get("/alarms", asset=asset)
    for alarm in found["alarms"]:
        _say(_alarm(alarm, found["timezone"]))
    if not found["alarms"]:
        _say("No alarm.")
    if found["flood"]:
        since = clock(found["flood"]["start"], found["timezone"])
        _say(f"A flood of alarms has been going on since {since}.")
    if found["suppressed"]:
        _say(
            f"Alarms of {len(found['suppressed'])} points are suppressed by design: their machines "
            "are stopped or in maintenance."
        )


@app.command()
def ack(point: Point, url: Url = None, side: Side = None) -> None:
    """Acknowledge the alarms of a point in your name: you have seen them."""
    _act(url, {"act": "acknowledge", "point": point, "side": side})


@app.command()
def shelve(
    point: Point,
    reason: Reason,
    url: Url = None,
    side: Side = None,
    minutes: Annotated[float, typer.Option(help="Plant minutes; it ends by itself.")] = 30,
) -> None:
    """Hide the alarms of a point for a while; at most as long as the plant file allows."""
    _act(
        url,
        {"act": "shelve", "point": point, "side": side, "reason": reason, "minutes": minutes},
    )


@app.command()
def unshelve(point: Point, reason: Reason, url: Url = None, side: Side = None) -> None:
    """Show them again before their time."""
    _act(url, {"act": "unshelve", "point": point, "side": side, "reason": reason})


@app.command()
def remove(point: Point, reason: Reason, url: Url = None, side: Side = None) -> None:
    """Take the alarms of a point out of service until somebody brings them back (supervisors)."""
    _act(url, {"act": "remove", "point": point, "side": side, "reason": reason})


@app.command()
def restore(point: Point, reason: Reason, url: Url = None, side: Side = None) -> None:
    """Bring them back into service (supervisors, engineers)."""
    _act(url, {"act": "restore", "point": point, "side": side, "reason": reason})


@app.command()
def metrics(url: Url = None, asset: Asset = "", span: Span = "last 24 h") -> None:
    """How well the alarms could be managed, beside the targets of ISA-18.2."""
    m = connected(url).get("/alarms/metrics", asset=asset, span=span)
    zone = m["timezone"]
    _say(f"{clock(m['start'], zone)} to {clock(m['end'], zone)}: {m['alarms']} alarms")
    _say(f"per hour          {_number(m['per_hour'])}   (6 acceptable, 12 the most)")
    _say(f"per 10 min        {_number(m['per_10_min'])}   (most: {m['most_in_10_min']})")
    _say(f"time in flood     {_share(m['flood_share'])}   (below 1 %)")
    _say(f"ten worst points  {_share(m['worst_share'])}   (below 5 %)")
    told = ", ".join(f"{name} {_share(share)}" for name, share in m["priorities"].items())
    _say(f"priorities        {told or 'none'}   (low 80 %, medium 15 %, high 5 %)")
    for tag in m["worst"]:
        _say(f"  {tag['count']:>6}  {tag['point']}")
    for word in ("chattering", "stale"):
        for point in m[word]:
            _say(f"{word}: {point}")


def incident(
    name: Annotated[str, typer.Argument(help="Its id, e.g. in-1a2b3c4d.")], url: Url = None
) -> None:
    """Print an incident with its timeline: readings, alarms, quarantines, sources, setpoints."""
    if not _INCIDENT.fullmatch(name):
        raise BadInput(f"Incident “{clipped(name)}” is not an id; allowed: letters, digits, - _.")
    found = connected(url).get(f"/incidents/{name}")
    zone = found["timezone"]
    ended = f"closed {clock(found['closed'], zone)}" if found["closed"] else "still open"
    _say(f"{found['id']} ({found['kind']}, severity {found['severity']}, {ended})")
    _say(found["statement"])
    if found["part_of"]:
        _say(f"Belongs to {found['part_of']}.")
    if found["members"]:
        _say(f"To it belong: {', '.join(found['members'])}.")
    for alarm in found["alarms"]:
        if alarm["first_out"] in _FIRST:
            _say(f"Of its alarms{_FIRST[alarm['first_out']]}: {alarm['point']} {alarm['side']}.")
    for entry in found["timeline"]:
        _say(f"{clock(entry['time'], zone)}  {entry['kind']:<10}  {entry['statement']}")


def report(
    asset: Annotated[str, typer.Argument(help="Path of a unit or line; absent = the site.")] = "",
    url: Url = None,
    span: Span = "last hour",
) -> None:
    """OEE, state times, MTBF and MTTR over a span."""
    from tools.machine import state_name

    r = connected(url).get("/reports", asset=asset, span=span)
    zone = r["timezone"]
    _say(f"{r['asset']}  {clock(r['start'], zone)} to {clock(r['end'], zone)}")
    _say(f"seen              {_share(r['complete'])} of the span")
    lacks = "" if r["planned"] else "   (no shifts, so no planned time and no OEE)"
    _say(f"OEE               {_share(r['oee'])}{lacks}")
    for name in ("availability", "effectiveness", "quality"):
        _say(f"{name:<18}{_share(r[name])}")
    unit = unit_text(r["unit"]) if r["unit"] else ""
    _say(f"good              {_number(r['good'])} {unit}")
    _say(f"failures          {r['failures']} in {_number(r['operating_s'] / 60)} min of running")
    _say(f"MTBF, MTTR        {_minutes(r['mtbf_s'])}, {_minutes(r['mttr_s'])}")
    for one in r["reasons"]:
        times = f"{one['stops']} stop{'' if one['stops'] == 1 else 's'}"
        _say(f"  lost: {one['reason'] or 'no reason given'}, {_minutes(one['seconds'])}, {times}")
    for state, seconds in sorted(r["seconds"].items(), key=lambda item: -item[1]):
        _say(f"  {state_name(float(state)):<16}{_minutes(seconds)}")


def _act(url: str | None, body: dict[str, Any]) -> None:
    if body["side"] not in {None, "low", "high"}:
        raise BadInput(f"--side: “{clipped(body['side'])}”; allowed: low, high.")
    found = connected(url).post("/alarms/acts", body)
    until = f" until {clock(found['until'], found['timezone'])}" if found["until"] else ""
    _say(f"{found['point']}: {found['act']}{until}")


def _alarm(alarm: dict[str, Any], zone: str) -> str:
    first = _FIRST.get(alarm["first_out"], "")
    value = "" if alarm["value"] is None else f"{alarm['value']:.5g} against "
    hidden = f" by {alarm['by']}" if alarm["by"] else ""
    hidden += f" until {clock(alarm['until'], zone)}" if alarm["until"] else ""
    hidden += f" ({alarm['why']})" if alarm["why"] else ""
    unit = unit_text(alarm["unit"])
    return (
        f"{clock(alarm['raised'], zone)}  {alarm['priority']:<6}  {alarm['point']}\n"
        f"    {alarm['side']}: {value}{alarm['limit']:.5g} {unit}".rstrip()
        + f", {alarm['state'].replace('_', ' ')}{first}{hidden}"
    )


def _say(line: str) -> None:
    typer.echo(printable(line))


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4g}"


def _share(value: float | None) -> str:
    return "not known" if value is None else f"{100 * value:.1f} %"


def _minutes(seconds: float | None) -> str:
    return "none" if seconds is None else f"{seconds / 60:.1f} min"
