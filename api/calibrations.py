"""GET /models and /learnt, POST /calibrations and what follows: what is learnt and promoted."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from api.calibrating import LONGEST_DAYS
from api.champions import InUse
from api.learning import HOURS, said
from api.routes import AskerOf, SystemOf, handed_in
from api.system import System
from tools.learnt import model_error, quality, remaining_life
from tools.learnt_charts import judged_charts
from tools.risk import failure_risk
from tools.scene import Scene
from twin_core.answer import Asker
from twin_core.chart import ChartData
from twin_core.errors import NotAllowed
from twin_core.models import FAILURE_RISK, PARAMETERS, PROCESS, QUALITY, REMAINING_LIFE
from twin_core.simulation.calibrating.charted import charts_of
from twin_core.simulation.calibrating.parameters import ParameterSet
from twin_core.simulation.calibrating.report import Calibration
from twin_core.simulation.calibrating.usable import Usable
from twin_core.simulation.processes.process_calibration import ProcessCalibration
from twin_core.simulation.processes.process_numbers import ProcessNumbers
from twin_core.value import Path

router = APIRouter()

Learnable = Literal["failure-risk", "remaining-life", "quality", "correction"]


class Span(BaseModel):
    """A production line, or the site for its process, and how many plant days to learn from."""

    model_config = ConfigDict(extra="forbid")
    line: Path
    days: Annotated[float, Field(gt=0, le=LONGEST_DAYS)] = 7


class Promotion(BaseModel):
    """A version that was learnt and shall be used.

    Attributes:
        model: of which kind; absent = a line's parameters, a machine's risk of failing.
    """

    model_config = ConfigDict(extra="forbid")
    asset: Path
    version: str = Field(max_length=100)
    model: Learnable | Literal["parameters"] | None = None


class Lesson(BaseModel):
    """What is to be learnt of which machine or line, how far ahead, from how many days.

    Attributes:
        hours: absent = as is usual of that kind; a correction always looks half an hour ahead.
    """

    model_config = ConfigDict(extra="forbid")
    asset: Path = Field(validation_alias=AliasChoices("asset", "unit"))
    model: Learnable = "failure-risk"
    hours: Annotated[float, Field(gt=0, le=720)] | None = None
    days: Annotated[float, Field(gt=0, le=LONGEST_DAYS)] = 30


@router.post("/calibrations")
async def calibrate(system: SystemOf, asker: AskerOf, body: Span) -> dict[str, Any]:
    """Learn parameters of a line or of the process, and hold them against what is used now."""
    _may_learn(asker)
    found: Calibration | ProcessCalibration
    charts: Sequence[ChartData] = ()
    if body.line == system.plant.site:
        found = await system.calibrator.calibrate_process(body.days)
    else:
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
    kind = body.model or (FAILURE_RISK if body.asset in system.plant.units else PARAMETERS)
    if kind == PARAMETERS:
        receipt = await system.calibrator.propose(body.asset, body.version, asker)
    else:
        receipt = await system.lessons.propose(body.asset, kind, body.version, asker)
    return handed_in(receipt)


@router.post("/learnings")
async def learn(system: SystemOf, asker: AskerOf, body: Lesson) -> dict[str, Any]:
    """Fit a model of that kind, where the past teaches one."""
    _may_learn(asker)
    hours = HOURS[body.model] if body.hours is None else body.hours
    model = await system.lessons.learn(body.asset, body.model, hours, body.days)
    return {
        "version": model.version,
        "asset": body.asset,
        "model": body.model,
        "judged": said(model),
        "calibration": model.calibration.model_dump(mode="json", exclude={"forest"}),
        "features": [feature.model_dump(mode="json") for feature in model.features],
        "rows": model.fitted_on.rows,
        "charts": [chart.model_dump(mode="json") for chart in judged_charts(model)],
    }


@router.get("/learnt")
async def learnt(
    system: SystemOf,
    asker: AskerOf,
    asset: Path,
    model: Learnable,
    limit: Annotated[float | None, Query(ge=0, le=100)] = None,
    hours: Annotated[float, Query(gt=0, le=720)] = HOURS[FAILURE_RISK],
) -> dict[str, Any]:
    """What the model in use says now, its calibration, why, and charts of both.

    `limit`: of a quality, per cent of rejects; `hours`: of a risk of failing.
    """
    scene, forecaster = Scene(system.view_for(asker), asker), system.forecaster
    if model == FAILURE_RISK:
        told = await failure_risk(scene, forecaster, asset, f"{hours:g} h")
    elif model == REMAINING_LIFE:
        told = await remaining_life(scene, forecaster, asset)
    elif model == QUALITY:
        told = await quality(scene, forecaster, asset, limit)
    else:
        told = await model_error(scene, forecaster, asset)
    return told.model_dump(mode="json", include={"text", "evidence", "charts"})


@router.get("/models")
async def models(system: SystemOf, _asker: AskerOf) -> dict[str, Any]:
    """What is used for each line and the process, whether it may be relied on, what was learnt."""
    in_use = await system.calibrator.champions.in_use()
    learnt = [
        {"asset": asset, "model": kind, "version": used.model.version, "judged": said(used.model)}
        for (asset, kind), used in in_use.values.items()
    ] + [
        {"asset": unit, "model": FAILURE_RISK, "version": risk.version, "judged": said(risk)}
        for unit, (risk, _) in in_use.risks.items()
    ]
    return {"lines": await _lines(system), "learnt": learnt, "timezone": system.plant.timezone}


async def _lines(system: System) -> list[dict[str, Any]]:
    snapshot = system.pump.snapshot()
    in_use = await system.calibrator.champions.in_use()
    await asyncio.to_thread(lambda: snapshot.plant.version)
    found = []
    for line in system.plant.lines:
        if line.kind == "production":
            used, judged = in_use.sets.get(line.id), in_use.judged(snapshot, line.id)
            found.append(_used(in_use, line.id, PARAMETERS, used, judged))
    judged = in_use.process_judged(snapshot, [f["line"] for f in found])
    found.append(_used(in_use, snapshot.plant.site, PROCESS, in_use.process, judged))
    return found


def _used(
    in_use: InUse, asset: str, model: str, used: ParameterSet | ProcessNumbers | None,
    judged: Usable | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "line": asset,
        "version": "" if used is None else used.version,
        "learnt": None if used is None else [used.start, used.end],
        "proposal": in_use.proposals.get((asset, model), ""),
        "relied": judged is None or bool(judged),
        "why": "" if judged is None else judged.sentence,
        "drifted": asset in in_use.drifts,
    }


def _may_learn(asker: Asker) -> None:
    """Refuse who may only look: what is learnt is kept.

    Raises:
        NotAllowed: a viewer.
    """
    if asker.only_looks:
        raise NotAllowed(asker.name, "learn a model", "another role than viewer alone")
