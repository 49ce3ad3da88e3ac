"""Alarms that stand, ours and the controllers', and incidents. It must never acknowledge one."""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.conditions import report_evidence, reported
from tools.hearing import points_under
from tools.result import ToolResult
from tools.scene import Scene
from tools.wording import called, moment, readable, sentence
from twin_core.evidence import Evidence
from twin_core.operations.alarm import Alarm
from twin_core.operations.incident import Incident
from twin_core.twin import Snapshot
from twin_core.units import quantity

_MOST = 15
_REPORTED = 5  # places kept for what controllers report, where they report so much


class Alarms(Arguments):
    """Alarms that stand now, and incidents that are open or closed within the last hour.

    Alarms are those of this system, and those that the controllers report themselves.

    Use it for "any alarms on …?", "what incidents are open?", "what is wrong in the plant?".
    """

    doing: ClassVar[tuple[str, str]] = ("Reading alarms and incidents", "of")

    asset: str = Field(
        default="", description="line, machine or utility as people call it; empty = whole plant"
    )


async def alarms(scene: Scene, asset: str = "") -> ToolResult:
    """Alarms and incidents at or below an asset, worst and newest first."""
    snapshot = scene.look()
    path = scene.asset(asset) if asset.strip() else snapshot.plant.site
    name = called(path, snapshot.plant)
    incidents = sorted(
        (i for i in snapshot.incidents if _concerns(i, path, snapshot)),
        key=lambda i: (i.closed is not None, -i.severity, -i.opened),
    )
    standing = sorted(
        (a for a in snapshot.alarms if _below(a.point, path) and a.state != "normal"),
        key=lambda a: -a.raised,
    )
    theirs = reported(snapshot, path)
    ours = _MOST - min(_REPORTED, len(theirs))
    evidence = [incident_evidence(i, snapshot) for i in incidents[:ours]]
    evidence += [_alarm(a, snapshot) for a in standing[: ours - len(evidence)]]
    evidence += [report_evidence(c, snapshot) for c in theirs[: _MOST - len(evidence)]]
    counts = {
        "open incident": sum(i.closed is None for i in incidents),
        "closed incident": sum(i.closed is not None for i in incidents),
        "alarm": len(standing),
        "controller alarm": sum(c.state != "event" for c in theirs),
        "controller event": sum(c.state == "event" for c in theirs),
    }
    told = ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for what, n in counts.items() if n)
    when = moment(snapshot.watermark, snapshot.plant)
    summary = Evidence(
        kind="alarm",
        subject=path,
        statement=f"For {name} at {when}: {told or 'no alarm, no incident'}.",
        data={what.replace(" ", "_"): n for what, n in counts.items()},
        time=snapshot.watermark,
    )
    more = len(incidents) + len(standing) + len(theirs) - len(evidence)
    text = summary.statement + (f" The {_MOST} most urgent are listed." if more > 0 else "")
    silent = scene.silent(path)
    return ToolResult(
        status="ok",
        text=text,
        evidence=(summary, *evidence, *([silent] if silent is not None else [])),
    )


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")


def _concerns(incident: Incident, path: str, snapshot: Snapshot) -> bool:
    if _below(incident.subject, path) or (incident.line and _below(incident.line, path)):
        return True
    if any(_below(opened.point, path) for opened in incident.opened_by):
        return True
    return any(p.source == incident.subject for p in points_under(path, snapshot.plant))


def incident_evidence(incident: Incident, snapshot: Snapshot) -> Evidence:
    """An incident in one sentence: what, since when, whether it is over."""
    plant = snapshot.plant
    opened = moment(incident.opened, plant, snapshot.now)
    ended = (
        "still open"
        if incident.closed is None
        else f"closed at {moment(incident.closed, plant, snapshot.now)}"
    )
    said = readable(incident.statement, plant).rstrip(".")
    return Evidence(
        kind="incident",
        subject=incident.subject,
        statement=f"Incident {incident.id}, opened at {opened}, {ended}: {said}.",
        data={
            "incident": incident.id,
            "kind": incident.kind,
            "line": incident.line,
            "opened": incident.opened,
            "closed": incident.closed,
            "severity": incident.severity,
            "opened_by": [o.model_dump() for o in incident.opened_by],
        },
        time=incident.opened,
    )


def _alarm(alarm: Alarm, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    unit = plant.point(alarm.point).spec.unit
    raised = moment(alarm.raised, plant, snapshot.now)
    return Evidence(
        kind="alarm",
        subject=alarm.point,
        statement=(
            f"{sentence(called(alarm.point, plant))}: {alarm.side} alarm since {raised}, "
            f"{quantity(alarm.value, unit)} against a limit of {quantity(alarm.limit, unit)}, "
            f"{alarm.state}."
        ),
        data={"value": alarm.value, "limit": alarm.limit, "unit": unit, "raised": alarm.raised},
        time=alarm.since,
    )
