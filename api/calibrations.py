"""GET /models, POST /calibrations and what follows: parameters of lines, learnt and promoted."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.calibrating import LONGEST_DAYS
from api.learning import judged
from api.routes import AskerOf, SystemOf, handed_in
from api.system import System
from twin_core.answer import Asker
from twin_core.errors import NotAllowed
from twin_core.models import PARAMETERS
from twin_core.simulation.calibrating.charted import charts_of
from twin_core.value import Path

router = APIRouter()


class Span(BaseModel):
    """A production line, and how many plant days to learn from."""

    model_config = ConfigDict(extra="forbid")
    line: Path
    days: Annotated[float, Field(gt=0, le=LONGEST_DAYS)] = 7


class Promotion(BaseModel):
    """A version that was learnt and shall be used: of a line's parameters, of a machine's risk."""

    model_config = ConfigDict(extra="forbid")
    asset: Path
    version: str = Field(max_length=100)


class Lesson(BaseModel):
    """A machine, how many hours ahead its failing shall be told, and days to learn from."""

    model_config = ConfigDict(extra="forbid")
    unit: Path
    hours: Annotated[float, Field(gt=0, le=720)] = 8
    days: Annotated[float, Field(gt=0, le=LONGEST_DAYS)] = 30


@router.post("/calibrations")
async def calibrate(system: SystemOf, asker: AskerOf, body: Span) -> dict[str, Any]:
    """Learn the parameters of a line, and hold them against what is used now."""
    _may_learn(asker)
    found = await system.calibrator.calibrate(body.line, body.days)
    charts = await asyncio.to_thread(charts_of, found)
    return {
        "report": found.model_dump(mode="json"),
        "promotable": not found.objection,
        "why_not": found.objection,
        "charts": [chart.model_dump(mode="json") for chart in charts],
        "timezone": system.plant.timezone,
    }


@router.post("/promotions")
async def promote(system: SystemOf, asker: AskerOf, body: Promotion) -> dict[str, Any]:
    """Propose that a calibrated version is used; people decide."""
    of = system.risks if body.asset in system.plant.units else system.calibrator
    receipt = await of.propose(body.asset, body.version, asker)
    return handed_in(receipt)


@router.post("/learnings")
async def learn(system: SystemOf, asker: AskerOf, body: Lesson) -> dict[str, Any]:
    """Fit a model of how likely a machine fails, where its past teaches one."""
    _may_learn(asker)
    model = await system.risks.learn(body.unit, body.hours, body.days)
    return {
        "version": model.version,
        "unit": body.unit,
        "judged": judged(model),
        "calibration": model.calibration.model_dump(mode="json", exclude={"forest"}),
        "features": [feature.model_dump(mode="json") for feature in model.features],
        "rows": model.fitted_on.rows,
    }


@router.get("/models")
async def models(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """What is used for each line, whether it may be relied on, and what is to be done about it."""
    return {"lines": await _lines(system), "timezone": system.plant.timezone}


async def _lines(system: System) -> list[dict[str, Any]]:
    snapshot = system.pump.snapshot()
    in_use = await system.calibrator.champions.in_use()
    await asyncio.to_thread(lambda: snapshot.plant.version)
    found = []
    for line in system.plant.lines:
        if line.kind != "production":
            continue
        champion = in_use.sets.get(line.id)
        judged = in_use.judged(snapshot, line.id)
        found.append(
            {
                "line": line.id,
                "version": "" if champion is None else champion.version,
                "learnt": None if champion is None else [champion.start, champion.end],
                "proposal": in_use.proposals.get((line.id, PARAMETERS), ""),
                "relied": judged is None or bool(judged),
                "why": "" if judged is None else judged.sentence,
                "drifted": line.id in in_use.drifts,
            }
        )
    return found


def _may_learn(asker: Asker) -> None:
    """Refuse who may only look: what is learnt is kept.

    Raises:
        NotAllowed: a viewer.
    """
    if asker.only_looks:
        raise NotAllowed(asker.name, "learn a model", "another role than viewer alone")
