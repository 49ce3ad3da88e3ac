"""What will or would happen: forecasts and comparisons from the live state, simulated.

Every number says its 90 % interval. It must never change anything but a model's copy.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tools.ahead import LONGEST_S, simulated_ahead
from tools.arguments import Arguments
from tools.change_said import ChangeSaid
from tools.change_words import AS_IT_IS, scenario_words, start_words
from tools.changes import Understood, felt_on, lines_touched, understand_change
from tools.course_charts import course_charts
from tools.forecast_charts import ranking_charts, spread_chart
from tools.forecasts import (
    beside_evidence,
    comparison_evidence,
    forecast_evidence,
    ranking_evidence,
)
from tools.objectives import objective_said
from tools.outcome import not_simulated, outcome_evidence
from tools.result import ToolResult
from tools.scene import Scene
from tools.starts import start_said
from tools.view import Forecaster
from tools.wording import called, duration, sentence
from twin_core.chart import ChartData
from twin_core.errors import ImpossibleScenario
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant, Point
from twin_core.simulation.calendar import planned_stops
from twin_core.simulation.objective import Objective, Ranking
from twin_core.simulation.scenario import (
    LONGEST_NAME,
    AsOf,
    Capacity,
    Change,
    Comparison,
    Demand,
    Forecast,
    Scenario,
    SetPoint,
    Speed,
    StopMoved,
)
from twin_core.value import SECOND, Instant, Value

_HORIZON_S = 900.0
_MOST_LINES = 4
_STARTS = "from where: “as of 22:00”, “2 h ago”, “healthy” (nothing is wrong); empty = now"
_COURSES = 3
"""Shown over time beside the rate of one line; of several one each, for a sheet holds twelve."""


class WhatIf(Arguments):
    """What a line will make, as it is or with changes: simulated from the live state.

    Use it for "what will … make in the next 30 min?", "what if … stops?".
    """

    doing: ClassVar[tuple[str, str]] = ("Simulating", "for")

    line: str = Field(default="", description="whose rate is asked; empty = the lines concerned")
    changes: list[ChangeSaid] = Field(default_factory=list, description="empty = as it is")
    horizon: str = Field(
        default="", description="how far ahead: “30 min”, “until 14:00”; empty = 15 min"
    )
    start: str = Field(default="", description=_STARTS)
    asset: str = Field(default="", description="of what a value is asked, beside the rate")
    measurement: str = Field(default="", description="which value: “pressure”; empty = none")


class CompareOptions(Arguments):
    """Two or more options against leaving things as they are, on one line, simulated.

    Use it for "which is better for …: … or …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Simulating and comparing", "for")

    line: str = Field(default="", description="whose rate is compared; empty = the line concerned")
    options: list[ChangeSaid] = Field(description="one change an option", min_length=1)
    horizon: str = Field(
        default="", description="how far ahead: “30 min”, “until 14:00”; empty = 15 min"
    )
    by: str = Field(
        default="",
        description="what makes one better: “throughput”, “cost, risk” to weigh them together, "
        "“cost then risk” one after the other; empty = throughput",
    )
    start: str = Field(default="", description=_STARTS)


class Simulated(Value):
    """What came of simulating: told, and in values for programs.

    Attributes:
        said: the sentences that answer the question; other indicators stand in the evidence.
    """

    told: ToolResult
    said: tuple[str, ...] = ()
    forecasts: tuple[Forecast, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    ranking: Ranking | None = None


async def what_if(
    scene: Scene,
    forecaster: Forecaster,
    line: str = "",
    changes: Sequence[ChangeSaid] = (),
    horizon: str = "",
    start: str = "",
    asset: str = "",
    measurement: str = "",
) -> ToolResult:
    """The forecast of one or several lines, with what the changes gain or cost.

    Where a value is asked it comes first, with the first line whose simulation tells it.
    """
    scenarios = scenarios_said(scene, line, [changes], horizon, start)
    if not measurement.strip():
        return (await supposed(scene, forecaster, scenarios)).told
    return await _valued(scene, forecaster, scenarios, scene.point(measurement, scene.asset(asset)))


async def compare_options(
    scene: Scene,
    forecaster: Forecaster,
    options: Sequence[ChangeSaid],
    line: str = "",
    horizon: str = "",
    by: str = "",
    start: str = "",
) -> ToolResult:
    """Each option against leaving things as they are, the best first."""
    scenarios = scenarios_said(scene, line, [[option] for option in options], horizon, start)
    plant = scene.look().plant
    lines = dict.fromkeys(called(one.line, plant) for one in scenarios)
    if len(lines) > 1:
        raise ImpossibleScenario(
            "Several lines are concerned; say whose rate counts", " or ".join(lines)
        )
    return (await ranked(scene, forecaster, scenarios, objective_said(by))).told


def scenarios_said(
    scene: Scene,
    line: str,
    options: Sequence[Sequence[ChangeSaid]],
    horizon: str,
    start: str = "",
) -> list[Scenario]:
    """Options as scenarios: all of the first line concerned, then all of the second, and so on.

    Raises:
        BadInput: what cannot be, with what is allowed.
        NoData: an asset that is changed, or asked about, cannot be heard.
    """
    plant = scene.look().plant
    begins = start_said(start, scene.now(), plant)
    at = begins.at if isinstance(begins, AsOf) else scene.now()
    understood = [[understand_change(scene, change, at) for change in option] for option in options]
    for option in understood:
        _once([one.change for one in option], plant)
    units = [one.unit for option in understood for one in option]
    lines = _lines(scene, line, units)
    if not lines:
        raise ImpossibleScenario(
            "No production line is concerned", "a change that reaches one, or a line that is named"
        )
    made = [one.change for option in understood for one in option]
    until_s = max((_until_s(change, at, plant) for change in made), default=0.0)
    if until_s - _HORIZON_S > LONGEST_S:
        raise ImpossibleScenario(
            f"A change that is over in {duration(until_s - _HORIZON_S)}",
            f"up to {duration(LONGEST_S)} ahead",
        )
    # As it is said; else as long as always, or as it takes to see what begins later.
    usual_s = min(max(_HORIZON_S, until_s), LONGEST_S)
    ahead = simulated_ahead(horizon, at, plant, usual_s)
    scene.heard(*(asked.id for asked in lines), *units)
    asked_of = lines[:_MOST_LINES]
    for option in understood:
        _felt(option, asked_of, plant)
    bare = []
    for asked in asked_of:
        for option in understood:
            felt = tuple(one.change for one in option if felt_on(one, asked.id, plant))
            if felt or not option:
                one = Scenario(name="", line=asked.id, horizon_s=ahead, changes=felt, start=begins)
                bare.append(one)
    return [
        one.model_copy(update={"name": scenario_words(one, plant)[:LONGEST_NAME]}) for one in bare
    ]


async def supposed(
    scene: Scene, forecaster: Forecaster, scenarios: Sequence[Scenario]
) -> Simulated:
    """Each scenario against things as they are; one without changes as it is."""
    snapshot = scene.look()
    plant = snapshot.plant
    evidence: list[Evidence] = []
    said: list[str] = []
    charts: list[ChartData] = []
    forecasts: list[Forecast] = []
    comparisons: list[Comparison] = []
    for scenario in scenarios:
        line, words = plant.line(scenario.line), scenario_words(scenario, plant)
        if not scenario.changes:
            found = await forecaster.forecast(snapshot, scenario)
            evidence.append(forecast_evidence(found, words, line, plant))
            beside = beside_evidence(found, None, words, line, plant)
            shown = [(words, found)]
            forecasts.append(found)
        else:
            (compared,) = await forecaster.compare(snapshot, as_it_is(scenario), [scenario])
            before, after = compared.baseline, compared.candidate
            evidence.append(comparison_evidence(compared, words, line, plant))
            beside = beside_evidence(after, before, words, line, plant)
            shown = [(AS_IT_IS, before), (words, after)]
            comparisons.append(compared)
        said.append(evidence[-1].statement)
        evidence += [beside] if beside is not None else []
        chart = spread_chart(shown, line, plant)
        charts += [chart] if chart is not None else []
        charts += course_charts(shown, plant, _COURSES if len(scenarios) == 1 else 1)
    told = ToolResult(
        status="ok",
        text=f"Simulated from {start_words(scenarios[0], plant) or 'the live state'}.",
        evidence=tuple(evidence),
        charts=tuple(charts),
    )
    return Simulated(
        told=told,
        said=tuple(said),
        forecasts=tuple(forecasts),
        comparisons=tuple(comparisons),
    )


async def _valued(
    scene: Scene, forecaster: Forecaster, scenarios: Sequence[Scenario], point: Point
) -> ToolResult:
    """What a value comes to, then what a line makes; or that it is not simulated."""
    snapshot = scene.look()
    for scenario in scenarios:
        found = await supposed(scene, forecaster, [scenario])
        words = scenario_words(scenario, snapshot.plant) if scenario.changes else ""
        before = next((one.baseline for one in found.comparisons), None)
        (after,) = (*found.forecasts, *(one.candidate for one in found.comparisons))
        value = outcome_evidence(after, before, point, words, snapshot)
        if value is not None or scenario is scenarios[-1]:
            value = value or not_simulated(point, snapshot.plant, after)
            return found.told.model_copy(update={"evidence": (value, *found.told.evidence)})
    raise AssertionError("there is a scenario at least")


async def ranked(
    scene: Scene, forecaster: Forecaster, options: Sequence[Scenario], objective: Objective
) -> Simulated:
    """Scenarios of one line, and things as they are, from the best to the worst.

    Raises:
        BadInput: what cannot be, with what is allowed.
    """
    snapshot = scene.look()
    plant = snapshot.plant
    scenarios = [as_it_is(options[0]), *options]
    line = plant.line(options[0].line)
    words = [scenario_words(one, plant) for one in scenarios]
    found = await forecaster.rank(snapshot, scenarios, objective)
    verdict, *rest = ranking_evidence(found, words, line, plant)
    told = ToolResult(
        status="ok",
        text=verdict.statement,
        evidence=(verdict, *rest),
        charts=tuple(ranking_charts(found, words, line, plant)),
    )
    said = (verdict.statement, *(item.statement for item in rest))
    return Simulated(told=told, said=said, forecasts=found.forecasts, ranking=found)


def as_it_is(scenario: Scenario) -> Scenario:
    """The same line, start and time, and nothing changed."""
    return scenario.model_copy(update={"name": AS_IT_IS, "changes": (), "after_s": 0.0})


def _felt(option: Sequence[Understood], asked: Sequence[Line], plant: Plant) -> None:
    """Refuse what none of the lines that are asked about can feel."""
    for one in option:
        if not any(felt_on(one, line.id, plant) for line in asked):
            own = called(plant.line(one.unit).id, plant)
            told = " or ".join(called(line.id, plant) for line in asked)
            raise ImpossibleScenario(
                f"{sentence(one.words)} changes nothing on {told}", f"a question about {own}"
            )


def _once(changes: Sequence[Change], plant: Plant) -> None:
    """Refuse what is told to be two things at once."""
    set_twice = [
        getattr(change, "asset", getattr(change, "point", ""))
        for change in changes
        if isinstance(change, Speed | Capacity | Demand | SetPoint)
    ]
    for asset in set_twice:
        if set_twice.count(asset) > 1:
            raise ImpossibleScenario(f"{called(asset, plant)} changed twice", "once in an option")


def _lines(scene: Scene, said: str, units: Sequence[str]) -> list[Line]:
    plant = scene.look().plant
    if said.strip():
        asked = plant.line(scene.asset(said))
        if asked.kind == "production":
            return [asked]
        return lines_touched([unit.id for unit in asked.units], plant)
    return lines_touched(units, plant)


def _until_s(change: Change, begins: Instant, plant: Plant) -> float:
    """Seconds up to when what begins later is over, and some more; 0 of what begins soon."""
    if isinstance(change, StopMoved):
        stops = planned_stops(plant, change.line, change.start, change.start + 1)
        lasts = max(((s.end - s.start) / SECOND for s in stops), default=0.0)
        first = (change.start - begins) / SECOND
        after = max(first, first + (change.by_s or 0.0))
    else:
        after = getattr(change, "after_s", 0.0)
        lasts = getattr(change, "duration_s", 0.0)
    return after + lasts + _HORIZON_S if after >= _HORIZON_S else 0.0
