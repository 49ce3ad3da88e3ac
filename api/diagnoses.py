"""Diagnoses for programs: of now, of a moment of the past, of an incident; and what came again."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from tools.diagnosis import asked_of
from tools.recurring import recurring_causes
from tools.scene import Scene
from tools.study import Study
from tools.wording import called
from twin_core.errors import BadInput

router = APIRouter(route_class=AsideRoute)


@router.get("/diagnoses")
async def diagnosis(
    system: SystemOf, asker: AskerOf, asset: str = "", at: str = "", incident: str = ""
) -> dict[str, Any]:
    """Why a line or machine does what it does, or did at a moment: ranked causes with evidence.

    `at` as people say it: “10:00”, “yesterday 14:20”, “2026-11-25 22:00”, “2 h ago”. Of an
    `incident` neither asset nor moment need be given, however long ago it was. A cause's `way` is
    its path as people call the assets.
    """
    if bool(asset.strip()) == bool(incident.strip()):
        raise BadInput("query: give either an asset or an incident.")
    scene = Scene(system.view_for(asker), asker)
    path, moment = asked_of(scene, asset, at, incident)
    found = await Study(scene, system.forecaster).diagnosis(path, at=moment)
    told = found.model_dump(mode="json")
    for cause in told["causes"]:
        cause["way"] = [called(step, system.plant) for step in cause["path"]]
    return {
        **told,
        "evidence": [{"id": e.id, **e.model_dump(mode="json")} for e in found.evidence],
        "timezone": system.plant.timezone,
    }


@router.get("/recurring")
async def recurring(
    system: SystemOf,
    asker: AskerOf,
    asset: str = "",
    days: Annotated[float, Query(gt=0, le=365)] = 30,
) -> dict[str, Any]:
    """Causes of incidents, reasons of stops and findings of the crew that came more than once."""
    scene = Scene(system.view_for(asker), asker)
    found = await recurring_causes(scene, system.records, asset, days)
    first, *rest = found.evidence
    return {
        "lines": [first.statement, *(one.statement for one in rest)],
        "things": [{"subject": e.subject, "kind": e.kind, **e.data} for e in rest],
    }
