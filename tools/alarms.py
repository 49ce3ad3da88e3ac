"""Alarms and incidents: what stands, in which state, first-out, grouped; and one's timeline.

It must never acknowledge, shelve or suppress one: people do.
"""

from typing import ClassVar

from pydantic import Field

from tools.alarm_counts import counted, flooding
from tools.arguments import Arguments
from tools.conditions import report_evidence, reported
from tools.hearing import points_under
from tools.result import ToolResult
from tools.scene import Scene
from tools.span import read_span
from tools.story import incident_evidence, story
from tools.wording import called, moment, sentence
from twin_core.evidence import Evidence
from twin_core.operations.alarm import Alarm
from twin_core.operations.alarm_state import HIDDEN, said
from twin_core.operations.incident import Incident
from twin_core.operations.timeline import grouped
from twin_core.twin import Snapshot
from twin_core.units import quantity

_MOST = 15
_REPORTED = 5  # places kept for what controllers report, where they report so much


class Alarms(Arguments):
    """Alarms that are not normal, and incidents that are open or closed within the last hour.

    Each alarm with its state (ISA-18.2), priority and whether it came first; beside them those
    that the controllers report themselves. Use it for "any alarms on …?", "what is wrong in the
    plant?"; with a span how many alarms there were, floods and the worst points; with an
    incident's id its timeline.
    """

    doing: ClassVar[tuple[str, str]] = ("Reading alarms and incidents", "of")

    asset: str = Field(
        default="", description="line, machine or utility as people call it; empty = whole plant"
    )
    span: str = Field(
        default="", description="e.g. “last hour”, “this shift”: count the alarms of that span"
    )
    incident: str = Field(default="", description="id of an incident (in-…): its timeline")


async def alarms(scene: Scene, asset: str = "", span: str = "", incident: str = "") -> ToolResult:
    """Alarms and incidents at or below an asset, worst and newest first."""
    snapshot = scene.look()
    if incident.strip():
        return story(snapshot, incident.strip())
    path = scene.asset(asset) if asset.strip() else snapshot.plant.site
    over = read_span(span, snapshot.watermark, snapshot.plant) if span.strip() else None
    before = () if over is None else counted(snapshot, path, over)
    before += flooding(snapshot)
    name = called(path, snapshot.plant)
    incidents = sorted(
        (i for i in snapshot.incidents if concerns(i, path, snapshot)),
        key=lambda i: (i.closed is not None, -i.severity, -i.opened),
    )
    own = [a for a in snapshot.alarms if _below(a.point, path)]
    standing = sorted(
        (a for a in own if a.state not in HIDDEN),
        key=lambda a: (-_URGENT.index(a.priority), -a.raised),
    )
    hidden = [a for a in own if a.state in HIDDEN]
    heads = {m.id: g.head.id for g in grouped(incidents, snapshot.plant) for m in g.members}
    theirs = reported(snapshot, path)
    ours = _MOST - min(_REPORTED, len(theirs))
    evidence = [incident_evidence(i, snapshot, heads.get(i.id)) for i in incidents[:ours]]
    evidence += [_alarm(a, snapshot) for a in [*standing, *hidden][: ours - len(evidence)]]
    evidence += [report_evidence(c, snapshot) for c in theirs[: _MOST - len(evidence)]]
    suppressed = sum(
        _below(snapshot.plant.points[i].id, path) for i in snapshot.past.suppressed.tolist()
    )
    counts = {
        "open incident": sum(i.closed is None for i in incidents),
        "closed incident": sum(i.closed is not None for i in incidents),
        "alarm": len(standing),
        "hidden alarm": len(hidden),
        "point suppressed by design": suppressed,
        "controller alarm": sum(c.state != "event" for c in theirs),
        "controller event": sum(c.state == "event" for c in theirs),
    }
    none_now = bool(incidents) and {w for w, n in counts.items() if n} == {"closed incident"}
    told = "no alarm, no open incident, " if none_now else ""
    told += ", ".join(f"{n} {_counted(what, n)}" for what, n in counts.items() if n)
    when = moment(snapshot.watermark, snapshot.plant)
    summary = Evidence(
        kind="alarm",
        subject=path,
        statement=f"For {name} at {when}: {told or 'no alarm, no incident'}.",
        data={what.replace(" ", "_"): n for what, n in counts.items()},
        time=snapshot.watermark,
    )
    more = len(incidents) + len(own) + len(theirs) - len(evidence)
    text = " ".join(e.statement for e in (*before[:1], summary))
    text += f" The {_MOST} most urgent are listed." if more > 0 else ""
    silent = scene.silent(path)
    return ToolResult(
        status="ok",
        text=text,
        evidence=(*before, summary, *evidence, *([silent] if silent is not None else [])),
    )


def _counted(what: str, n: int) -> str:
    return what if n == 1 else what.replace("point", "points") if "point" in what else f"{what}s"


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")


def concerns(incident: Incident, path: str, snapshot: Snapshot) -> bool:
    """Whether an incident is about something at or below a path."""
    if _below(incident.subject, path) or (incident.line and _below(incident.line, path)):
        return True
    if any(_below(opened.point, path) for opened in incident.opened_by):
        return True
    return any(p.source == incident.subject for p in points_under(path, snapshot.plant))


def _alarm(alarm: Alarm, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    unit = plant.point(alarm.point).spec.unit
    raised = moment(alarm.raised, plant, snapshot.now)
    value = "limit" if alarm.value is None else f"{quantity(alarm.value, unit)} against a limit"
    told = [said(alarm.state), f"{alarm.priority} priority"]
    if alarm.first_out in _FIRST:
        told.append(_FIRST[alarm.first_out])
    if alarm.state in HIDDEN:
        by = f" by {alarm.by}" if alarm.by else " by design"
        until = f" until {moment(alarm.until, plant, snapshot.now)}" if alarm.until else ""
        told[0] += f"{by}{until}" + (f" ({alarm.why})" if alarm.why else "")
    return Evidence(
        kind="alarm",
        subject=alarm.point,
        statement=(
            f"{sentence(called(alarm.point, plant))}: {alarm.side} alarm since {raised}, "
            f"{value} of {quantity(alarm.limit, unit)}, {', '.join(told)}."
        ),
        data={
            "value": alarm.value,
            "limit": alarm.limit,
            "unit": unit,
            "raised": alarm.raised,
            "onset": alarm.onset,
            "state": alarm.state,
            "priority": alarm.priority,
            "first_out": alarm.first_out,
            "until": alarm.until,
        },
        time=alarm.since,
    )


_URGENT = ("low", "medium", "high")
_FIRST: dict[str | None, str] = {
    "first": "the first of its group",
    "possible": "perhaps the first of its group",
}
