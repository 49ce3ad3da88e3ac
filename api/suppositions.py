"""POST /whatif, /compare and /charts/png: what would happen, what is better, and the picture of it.

Words are understood as the assistant understands them; programs send scenarios. Nothing here
changes anything but a model's copy, and nothing is computed on the serving loop.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Self

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from agents.supposition import Supposition, suppose
from api.aside import AsideRoute
from api.charts import MOST_CHARTS, sheet
from api.routes import AskerOf, SystemOf
from api.system import System
from tools.change_words import scenario_words
from tools.forecasts import UNCOUNTED, amount, indicators_of, rested, risk_name, worst_risks
from tools.objectives import indicator_name, objective_said
from tools.scene import Scene
from tools.whatif import Simulated, ranked, scenarios_said, supposed
from twin_core.answer import Asker
from twin_core.chart import (
    Bars,
    ChartData,
    Curves,
    Distribution,
    Gantt,
    Picture,
    Scatter,
    Waterfall,
)
from twin_core.errors import BadInput, ImpossibleScenario, TooLarge
from twin_core.plant.assets import Plant
from twin_core.plant.names import Names
from twin_core.simulation.objective import Objective
from twin_core.simulation.possible import check
from twin_core.simulation.scenario import Forecast, Scenario

router = APIRouter(route_class=AsideRoute)

MOST_BYTES = 16 << 20
"""Of charts to be drawn."""
_MOST_POINTS = 200_000

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    line: str = Field(default="", max_length=200, description="whose rate; empty = as is said")
    horizon: str = Field(default="", max_length=100, description="“30 min”; empty = as is said")
    start: str = Field(
        default="", max_length=100, description="“2026-11-25 22:00”, “healthy”; empty = as is said"
    )


class WhatIf(_Asked):
    """What is supposed: in words, or as a scenario."""

    text: Words | None = None
    scenario: Scenario | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.text is None) == (self.scenario is None):
            problem = "either text or scenario is needed"
            raise ValueError(problem)
        return self


class Compare(_Asked):
    """What is compared with things as they are: in words, or as scenarios of one line and time."""

    options: Annotated[list[Words], Field(max_length=20)] = Field(default_factory=list)
    scenarios: Annotated[list[Scenario], Field(max_length=20)] = Field(default_factory=list)
    by: str = Field(default="", max_length=500, description="“throughput”, “cost then risk”")
    objective: Objective | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.options) == bool(self.scenarios):
            problem = "either options or scenarios are needed"
            raise ValueError(problem)
        if self.by and self.objective is not None:
            problem = "either by or objective is taken"
            raise ValueError(problem)
        return self


class _Charts(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    charts: tuple[ChartData, ...]


@router.post("/whatif")
async def whatif(system: SystemOf, asker: AskerOf, body: WhatIf) -> dict[str, Any]:
    """What a line will make, as it is or with changes, simulated from the live state.

    `text` says what is supposed (“slow filler 4 by 5 %”), or `scenario` does. The answer has
    `text` by line, `evidence`, `charts`, and the values: `comparisons` of each scenario with things
    as they are, or `forecasts` where nothing is changed.
    """
    scene, names = _scene(system, asker)
    if body.scenario is not None:
        scenarios = [_heard(scene, body.scenario)]
    else:
        assert body.text is not None
        said = suppose(body.text, names)
        scenarios = scenarios_said(
            scene,
            body.line or said.line,
            said.options,
            body.horizon or said.horizon,
            body.start or said.start,
        )
    return _answered(system, await supposed(scene, system.forecaster, scenarios))


@router.post("/compare")
async def compare(system: SystemOf, asker: AskerOf, body: Compare) -> dict[str, Any]:
    """Options against things as they are, under the same luck, the best first.

    `options` say one each (“slow filler 4 by 5 %”), or `scenarios` do. `by` says what makes one
    better: names with commas weigh together, names with “then” decide one by one; nothing is
    throughput. What cannot be told apart is said to be so.
    """
    scene, names = _scene(system, asker)
    objective = body.objective or objective_said(body.by)
    if body.scenarios:
        scenarios = [_heard(scene, one) for one in body.scenarios]
    else:
        scenarios = _options(scene, [suppose(text, names) for text in body.options], body)
    return _answered(system, await ranked(scene, system.forecaster, scenarios, objective))


@router.post(
    "/charts/png",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _Charts.model_json_schema()}},
        }
    },
    response_class=Response,
    responses={
        200: {"content": {"image/png": {}}},
        413: {"description": f"More than {MOST_CHARTS} charts or {_MOST_POINTS} points."},
    },
)
async def picture(system: SystemOf, _asker: AskerOf, request: Request) -> Response:
    """The `charts` of an answer as one PNG; the same charts give the same bytes."""
    draw = partial(_drawn, timezone=system.plant.timezone)
    (png,) = await system.compute.map(draw, [await request.body()])
    return Response(png, media_type="image/png")


def drawn(charts: Sequence[ChartData], timezone: str) -> bytes:
    """Charts as PNG, in the process that draws.

    Raises:
        BadInput, TooLarge: as `sheet`.
    """
    return sheet(charts, timezone)


def _drawn(body: bytes, timezone: str) -> bytes:
    """The charts of a body, read where they are drawn: reading many takes as long.

    Raises:
        BadInput: not charts.
        TooLarge: more of them, or more in them, than is drawn.
    """
    try:
        charts = _Charts.model_validate_json(body).charts
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadInput(f"{where}: {first['msg'].removeprefix('Value error, ').lower()}.") from None
    points = sum(map(_points, charts))
    if points > _MOST_POINTS:
        raise TooLarge(f"{points} points", f"{_MOST_POINTS}")
    return sheet(charts, timezone)


def _points(chart: ChartData) -> int:
    """How much there is to draw."""
    match chart:
        case Curves():
            return sum(1 + len(series.time) for series in chart.series)
        case Bars():
            return len(chart.labels)
        case Distribution():
            return sum(len(spread.quantiles) for spread in chart.spreads)
        case Gantt():
            return len(chart.rows) + len(chart.spans) + len(chart.due)
        case Waterfall():
            return len(chart.steps)
        case Scatter():
            return sum(1 + len(cloud.predicted) for cloud in chart.clouds)
        case Picture():
            return 0


def _scene(system: System, asker: Asker) -> tuple[Scene, Names]:
    view = system.view_for(asker)
    names = system.assistant.names(view.snapshot().plant)
    return Scene(view, asker, names), names


def _heard(scene: Scene, scenario: Scenario) -> Scenario:
    """The scenario, if it can be, and its line and what it changes can be heard."""
    plant = scene.look().plant
    check(plant, scenario, scene.look())
    changed = (getattr(c, "asset", None) or getattr(c, "source", None) for c in scenario.changes)
    scene.heard(plant.line(scenario.line).id, *(plant.unit(path).id for path in changed if path))
    return scenario


def _options(scene: Scene, said: Sequence[Supposition], body: Compare) -> list[Scenario]:
    """What was said as scenarios of one line and time; things as they are need no saying.

    Raises:
        ImpossibleScenario: more than one line is concerned, or more than one time said.
    """
    options = [option for one in said for option in one.options if option]
    if not options:
        raise ImpossibleScenario("Nothing is to be changed", "options that change something")
    ahead = {body.horizon} - {""} or {one.horizon for one in said} - {""} or {""}
    if len(ahead) > 1:
        raise ImpossibleScenario(f"options over {' and '.join(sorted(ahead))}", "one time for all")
    begins = {body.start} - {""} or {one.start for one in said}
    if len(begins) > 1:
        raise ImpossibleScenario("options that start at different times", "one start for all")
    named = {body.line} - {""} or {one.line for one in said} - {""} or {""}
    found = [
        scenario
        for line in sorted(named)
        for scenario in scenarios_said(scene, line, options, next(iter(ahead)), next(iter(begins)))
    ]
    lines = list(dict.fromkeys(one.line for one in found))
    if len(lines) > 1:
        plant = scene.look().plant
        allowed = " or ".join(plant.line(line).name for line in lines)
        raise ImpossibleScenario("Several lines are concerned; say whose rate counts", allowed)
    return found


def _table(each: Sequence[Forecast], plant: Plant) -> dict[str, Any]:
    """Every indicator of some forecasts of a line as people read it; the first is as it is."""
    rows = [
        [
            indicator_name(name),
            *(amount(name, of) if of is not None else UNCOUNTED for of in values),
        ]
        for name, values in indicators_of(each)
    ]
    for risk in worst_risks(each[-1], each[0] if len(each) > 1 else None):
        limit = (risk.subject, risk.side)
        chances = [{(r.subject, r.side): r.probability for r in one.risks} for one in each]
        told = [amount("risk", of[limit]) if limit in of else "" for of in chances]
        rows.append([risk_name(risk, plant), *told])
    return {
        "line": plant.line(each[0].scenario.line).name,
        "scenarios": [scenario_words(one.scenario, plant) for one in each],
        "rows": rows,
    }


def _answered(system: System, found: Simulated) -> dict[str, Any]:
    """What was simulated as JSON: sentences, what they rest on, charts, values."""
    told = found.told
    each = (*found.forecasts, *(one.candidate for one in found.comparisons))
    tables: list[Sequence[Forecast]] = [(one.baseline, one.candidate) for one in found.comparisons]
    tables += [found.forecasts] if found.ranking else [(one,) for one in found.forecasts]
    return {
        "text": list(found.said),
        "rests_on": list(dict.fromkeys(rested(one) for one in each)),
        "unknown": list(dict.fromkeys(line for one in each for line in one.unsaid)),
        "evidence": [{"id": item.id, **item.model_dump(mode="json")} for item in told.evidence],
        "indicators": [_table(one, system.plant) for one in tables],
        "charts": [chart.model_dump(mode="json") for chart in told.charts],
        "forecasts": [one.model_dump(mode="json") for one in found.forecasts],
        "comparisons": [one.model_dump(mode="json") for one in found.comparisons],
        "ranking": None
        if found.ranking is None
        else found.ranking.model_dump(mode="json", exclude={"forecasts"}),
        "timezone": system.plant.timezone,
    }
