"""One incident: in a sentence, and its timeline. It must never say why something happened."""

from tools.result import ToolResult
from tools.wording import called, moment, readable
from twin_core.errors import UnknownName
from twin_core.evidence import Evidence
from twin_core.operations.chronicle import Entry
from twin_core.operations.incident import Incident
from twin_core.operations.timeline import firsts, grouped, timeline
from twin_core.twin import Snapshot

_MOST = 16


def story(snapshot: Snapshot, name: str) -> ToolResult:
    """The incident of that id and what belongs to it, by time; the middle of a long one left out.

    Raises:
        UnknownName: none of that id is open or was closed within the last hour.
    """
    found = next((i for i in snapshot.incidents if i.id == name), None)
    if found is None:
        newest = sorted(snapshot.incidents, key=lambda i: -i.opened)[:3]
        raise UnknownName("incident", name, [i.id for i in newest])
    groups = grouped(snapshot.incidents, snapshot.plant)
    head = next((g.head.id for g in groups if found in g.members), None)
    first = incident_evidence(found, snapshot, head)
    entries = timeline(found, snapshot.past.chronicle, snapshot.plant)
    shown = entries
    if len(entries) > _MOST:
        shown = (*entries[: _MOST // 2], *entries[-_MOST // 2 :])
    left_out = f" Its timeline has {len(entries)} entries." if shown != entries else ""
    return ToolResult(
        status="ok",
        text=first.statement + left_out,
        evidence=(
            first,
            *_first_out(found, snapshot),
            *(_told(entry, snapshot) for entry in shown),
        ),
    )


def _first_out(incident: Incident, snapshot: Snapshot) -> list[Evidence]:
    """Which of the alarms that stand and belong to it came first, or may have."""
    found = firsts(incident, snapshot.alarms, snapshot.plant)
    leaders = [a for a, rank in found if rank in {"first", "possible"}]
    if not leaders:
        return []
    names = " or ".join(called(a.point, snapshot.plant) for a in leaders[:3])
    return [
        Evidence(
            kind="alarm",
            subject=incident.subject,
            statement=f"Of {len(found)} alarms that belong to it the first was {names}.",
            data={"first": [a.point for a in leaders], "alarms": len(found)},
            time=leaders[0].since,
        )
    ]


def _told(entry: Entry, snapshot: Snapshot) -> Evidence:
    at = moment(entry.time, snapshot.plant, snapshot.now)
    return Evidence(
        kind="incident",
        subject=entry.subject,
        statement=f"At {at}: {readable(entry.statement, snapshot.plant)}",
        data={"what": entry.kind},
        time=entry.time,
    )


def incident_evidence(
    incident: Incident, snapshot: Snapshot, part_of: str | None = None
) -> Evidence:
    """An incident in one sentence: what, since when, whether it is over, what it belongs to."""
    plant = snapshot.plant
    opened = moment(incident.opened, plant, snapshot.now)
    ended = (
        "still open"
        if incident.closed is None
        else f"closed at {moment(incident.closed, plant, snapshot.now)}"
    )
    belongs = f", part of {part_of}" if part_of else ""
    what = readable(incident.statement, plant).rstrip(".")
    return Evidence(
        kind="incident",
        subject=incident.subject,
        statement=f"Incident {incident.id}, opened at {opened}, {ended}{belongs}: {what}.",
        data={
            "incident": incident.id,
            "kind": incident.kind,
            "line": incident.line,
            "opened": incident.opened,
            "closed": incident.closed,
            "severity": incident.severity,
            "part_of": part_of,
            "opened_by": [o.model_dump() for o in incident.opened_by],
        },
        time=incident.opened,
    )
