"""GET /bottleneck: what limits a line, by sensitivity in the twin's model, run in the pool."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.aside import AsideRoute
from api.routes import AskerOf, SystemOf
from tools.bottleneck import limits_of, remarks
from tools.scene import Scene
from tools.wording import called
from twin_core.plant.names import Names

router = APIRouter(route_class=AsideRoute)


@router.get("/bottleneck")
async def bottleneck(
    system: SystemOf,
    asker: AskerOf,
    line: Annotated[str, Query(min_length=1, max_length=500)],
    faster: Annotated[float, Query(gt=0, le=50)] = 5,
    horizon: Annotated[str, Query(max_length=100)] = "",
) -> dict[str, Any]:
    """Elasticities and gains of a line's rate, beside sentences and the names they use.

    `line` as people call it or its path, `faster` in per cent, `horizon` such as “30 min”.
    """
    names = await asyncio.to_thread(Names, system.plant)
    scene = Scene(system.view_for(asker), asker, names)
    _, found = await limits_of(scene, system.forecaster, line, faster, horizon)
    plant = scene.look().plant
    assets = {path for x in found.levers for path in (x.asset, x.target) if path is not None}
    return {
        "sensitivity": found.model_dump(mode="json"),
        "said": remarks(found, plant),
        "called": {path: called(path, plant) for path in sorted({found.line, *assets})},
        "timezone": plant.timezone,
    }
