"""Reports over a span, and an incident with its timeline. They read; nothing here changes."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from tools.span import read_span
from twin_core.operations.report import report
from twin_core.operations.timeline import firsts, grouped, timeline
from twin_core.testimony.stops import lost_by_reason, stops

router = APIRouter(route_class=AsideRoute)


@router.get("/reports")
async def reports(
    system: SystemOf, _asker: AskerOf, asset: str = "", span: str = "last hour"
) -> dict[str, Any]:
    """OEE, state times, MTBF and MTTR of a unit, a line or (without `asset`) the site.

    `span` as people say it: “this shift”, “yesterday”, “06:00 to 14:00”. `reasons`: how long
    machines stood by themselves, by the reason that people gave.
    """
    snapshot = system.pump.snapshot()
    plant = snapshot.plant
    over = read_span(span, snapshot.watermark, plant)
    found = report(plant, snapshot.past, asset or plant.site, over.start, over.end)
    stood = [
        stop
        for stop in stops(plant, snapshot.past, found.start, found.end)
        if f"{stop.machine}/".startswith(f"{found.asset}/")
    ]
    said = system.casebook.testimony()
    lost = lost_by_reason(stood, said, plant, found.start, found.end)
    return {
        **found.model_dump(mode="json"),
        "reasons": [one.model_dump(mode="json") for one in lost],
        "asked": {"start": over.start, "end": over.end, "said": over.said},
        "timezone": plant.timezone,
    }


@router.get("/incidents/{incident}")
async def incident(system: SystemOf, _asker: AskerOf, incident: str) -> dict[str, Any]:
    """One incident, open or closed, with its timeline as far as it is remembered, and what it was.

    `part_of` is the incident that it belongs to, `members` those that belong to it; `alarms` what
    stands and belongs to it by onset, each with `first_out`.
    """
    snapshot = system.pump.snapshot()
    found = system.casebook.incident(snapshot, incident)
    case = system.casebook.case(found.id)
    groups = grouped(snapshot.incidents, snapshot.plant)
    head = next((g.head.id for g in groups if found in g.members), None)
    members = next((g.members for g in groups if g.head == found), ())
    entries = timeline(found, snapshot.past.chronicle, snapshot.plant)
    return {
        **found.model_dump(mode="json"),
        "time": snapshot.now,
        "timezone": snapshot.plant.timezone,
        "cause": None if case is None else case.model_dump(mode="json", exclude={"incident"}),
        "part_of": head,
        "members": [m.id for m in members],
        "alarms": [
            {"point": a.point, "side": a.side, "onset": a.onset, "first_out": rank}
            for a, rank in firsts(found, snapshot.alarms, snapshot.plant)
        ],
        "timeline": [asdict(entry) for entry in entries],
    }
