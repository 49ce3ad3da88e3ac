"""Reports over a span, and an incident with its timeline. They read; nothing here changes."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.routes import AskerOf, SystemOf
from tools.span import read_span
from twin_core.errors import UnknownName
from twin_core.operations.incident import Incident
from twin_core.operations.report import report
from twin_core.operations.timeline import firsts, grouped, timeline
from twin_core.twin import Snapshot

router = APIRouter()


@router.get("/reports")
async def reports(
    system: SystemOf, _asker: AskerOf, asset: str = "", span: str = "last hour"
) -> dict[str, Any]:
    """OEE, state times, MTBF and MTTR of a unit, a line or (without `asset`) the site.

    `span` as people say it: “this shift”, “yesterday”, “06:00 to 14:00”.
    """
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    over = read_span(span, snapshot.watermark, plant)
    found = report(plant, snapshot.past, asset or plant.site, over.start, over.end)
    return {
        **found.model_dump(mode="json"),
        "asked": {"start": over.start, "end": over.end, "said": over.said},
        "timezone": plant.timezone,
    }


@router.get("/incidents/{incident}")
async def incident(system: SystemOf, _asker: AskerOf, incident: str) -> dict[str, Any]:
    """One incident that is open or closed within the last hour, with its timeline.

    `part_of` is the incident that it belongs to, `members` those that belong to it; `alarms` what
    stands and belongs to it by onset, each with `first_out`.
    """
    snapshot = system.pump.snapshot()
    found = incident_named(snapshot, incident)
    groups = grouped(snapshot.incidents, snapshot.plant)
    head = next((g.head.id for g in groups if found in g.members), None)
    members = next((g.members for g in groups if g.head == found), ())
    entries = timeline(found, snapshot.past.chronicle, snapshot.plant)
    return {
        **found.model_dump(mode="json"),
        "time": snapshot.now,
        "timezone": snapshot.plant.timezone,
        "part_of": head,
        "members": [m.id for m in members],
        "alarms": [
            {"point": a.point, "side": a.side, "onset": a.onset, "first_out": rank}
            for a, rank in firsts(found, snapshot.alarms, snapshot.plant)
        ],
        "timeline": [asdict(entry) for entry in entries],
    }


def incident_named(snapshot: Snapshot, name: str) -> Incident:
    """The incident of that id.

    Raises:
        UnknownName: none of it is open or was closed within the last hour.
    """
    for found in snapshot.incidents:
        if found.id == name:
            return found
    newest = [i.id for i in sorted(snapshot.incidents, key=lambda i: -i.opened)][:5]
    raise UnknownName("incident", name, newest)
