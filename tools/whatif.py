"""What will or would happen: forecasts and comparisons from the live state, simulated.

Every number says its 90 % interval. It must never change anything but a model's copy.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tools.ahead import simulated_ahead
from tools.arguments import Arguments
from tools.change_words import AS_IT_IS, scenario_words
from tools.changes import ChangeSaid, lines_touched, understand_change
from tools.forecast_charts import ranking_charts, spread_chart
from tools.forecasts import (
    beside_evidence,
    comparison_evidence,
    forecast_evidence,
    ranking_evidence,
)
from tools.objectives import objective_said
from tools.result import ToolResult
from tools.scene import Scene
from tools.view import Forecaster
from twin_core.chart import ChartData
from twin_core.errors import ImpossibleScenario
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line
from twin_core.simulation.objective import Objective, Ranking
from twin_core.simulation.scenario import LONGEST_NAME, Comparison, Forecast, Scenario
from twin_core.value import Value

_HORIZON_S = 900.0
_MOST_LINES = 4


class WhatIf(Arguments):
    """What a line will make, as it is or with changes: simulated from the live state.

    Use it for "what will … make in the next 30 min?", "what if … stops?".
    """

    doing: ClassVar[tuple[str, str]] = ("Simulating", "for")

    line: str = Field(default="", description="whose rate is asked; empty = the lines concerned")
    changes: list[ChangeSaid] = Field(default_factory=list, description="empty = as it is")
    horizon: str = Field(default="", description="how far ahead: “30 min”; empty = 15 min")


class CompareOptions(Arguments):
    """Two or more options against leaving things as they are, on one line, simulated.

    Use it for "which is better for …: … or …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Simulating and comparing", "for")

    line: str = Field(default="", description="whose rate is compared; empty = the line concerned")
    options: list[ChangeSaid] = Field(description="one change an option", min_length=1)
    horizon: str = Field(default="", description="how far ahead: “30 min”; empty = 15 min")
    by: str = Field(
        default="",
        description="what makes one better: “throughput”, “cost, risk” to weigh them together, "
        "“cost then risk” one after the other; empty = throughput",
    )


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
) -> ToolResult:
    """The forecast of one or several lines, with what the changes gain or cost."""
    scenarios = scenarios_said(scene, line, [changes], horizon)
    return (await supposed(scene, forecaster, scenarios)).told


async def compare_options(
    scene: Scene,
    forecaster: Forecaster,
    options: Sequence[ChangeSaid],
    line: str = "",
    horizon: str = "",
    by: str = "",
) -> ToolResult:
    """Each option against leaving things as they are, the best first."""
    scenarios = scenarios_said(scene, line, [[option] for option in options], horizon)[
        : len(options)
    ]
    return (await ranked(scene, forecaster, scenarios, objective_said(by))).told


def scenarios_said(
    scene: Scene, line: str, options: Sequence[Sequence[ChangeSaid]], horizon: str
) -> list[Scenario]:
    """Options as scenarios: all of the first line concerned, then all of the second, and so on.

    Raises:
        BadInput: what cannot be, with what is allowed.
        NoData: an asset that is changed, or asked about, cannot be heard.
    """
    plant = scene.look().plant
    understood = [[understand_change(scene, change) for change in option] for option in options]
    units = [one.unit for option in understood for one in option]
    lines = _lines(scene, line, units)
    if not lines:
        raise ImpossibleScenario(
            "No production line is concerned", "a change that reaches one, or a line that is named"
        )
    ahead = simulated_ahead(horizon, _HORIZON_S)
    scene.heard(*(asked.id for asked in lines), *units)
    bare = [
        Scenario(
            name="",
            line=asked.id,
            horizon_s=ahead,
            changes=tuple(one.change for one in option),
        )
        for asked in lines[:_MOST_LINES]
        for option in understood
    ]
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
            chart = spread_chart([(words, found)], line, plant)
            forecasts.append(found)
        else:
            (compared,) = await forecaster.compare(snapshot, as_it_is(scenario), [scenario])
            before, after = compared.baseline, compared.candidate
            evidence.append(comparison_evidence(compared, words, line, plant))
            beside = beside_evidence(after, before, words, line, plant)
            chart = spread_chart([(AS_IT_IS, before), (words, after)], line, plant)
            comparisons.append(compared)
        said.append(evidence[-1].statement)
        evidence += [beside] if beside is not None else []
        charts += [chart] if chart is not None else []
    told = ToolResult(
        status="ok",
        text="Simulated from the live state.",
        evidence=tuple(evidence),
        charts=tuple(charts),
    )
    return Simulated(
        told=told,
        said=tuple(said),
        forecasts=tuple(forecasts),
        comparisons=tuple(comparisons),
    )


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


def _lines(scene: Scene, said: str, units: Sequence[str]) -> list[Line]:
    plant = scene.look().plant
    if said.strip():
        asked = plant.line(scene.asset(said))
        if asked.kind == "production":
            return [asked]
        return lines_touched([unit.id for unit in asked.units], plant)
    return lines_touched(units, plant)
