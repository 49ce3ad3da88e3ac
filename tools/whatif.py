"""What will or would happen: forecasts and comparisons from the live state, simulated.

Every number says its 90 % interval. It must never change anything but a model's copy.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.changes import ChangeSaid, Understood, lines_touched, understand_change
from tools.result import ToolResult, failed
from tools.scene import Scene
from tools.span import seconds_in
from tools.view import Forecaster
from tools.wording import called, duration, estimate, gain, moment, sentence
from twin_core.chart import Bars
from twin_core.errors import ImpossibleScenario
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.simulation.scenario import Comparison, Forecast, Scenario

_HORIZON_S = 900.0
_LONGEST_S = 8 * 3600.0
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


async def what_if(
    scene: Scene,
    forecaster: Forecaster,
    line: str = "",
    changes: Sequence[ChangeSaid] = (),
    horizon: str = "",
) -> ToolResult:
    """The forecast of one or several lines, with what the changes gain or cost."""
    snapshot = scene.look()
    plant = snapshot.plant
    understood = [understand_change(scene, change) for change in changes]
    lines = _lines(scene, line, understood)
    if not lines:
        return failed("No production line is concerned; name the line whose rate is asked.")
    ahead = _horizon_s(horizon)
    scene.heard(*(line.id for line in lines), *(u.unit for u in understood))
    evidence: list[Evidence] = []
    for asked in lines[:_MOST_LINES]:
        baseline = Scenario(name="as it is", line=asked.id, horizon_s=ahead)
        if not understood:
            found = await forecaster.forecast(snapshot, baseline)
            evidence.append(_forecast(found, asked, plant))
            continue
        words = ", ".join(u.words for u in understood)
        candidate = baseline.model_copy(
            update={"name": words, "changes": tuple(u.change for u in understood)}
        )
        compared = await forecaster.compare(snapshot, baseline, [candidate])
        evidence.append(_comparison(compared[0], words, asked, plant))
    return ToolResult(status="ok", text="Simulated from the live state.", evidence=tuple(evidence))


async def compare_options(
    scene: Scene,
    forecaster: Forecaster,
    options: Sequence[ChangeSaid],
    line: str = "",
    horizon: str = "",
) -> ToolResult:
    """Each option against leaving things as they are, the best first."""
    snapshot = scene.look()
    plant = snapshot.plant
    understood = [understand_change(scene, option) for option in options]
    lines = _lines(scene, line, understood)
    if not lines:
        return failed("No production line is concerned; name the line whose rate is compared.")
    asked = lines[0]
    scene.heard(asked.id, *(u.unit for u in understood))
    baseline = Scenario(name="as it is", line=asked.id, horizon_s=_horizon_s(horizon))
    candidates = [
        baseline.model_copy(update={"name": u.words, "changes": (u.change,)}) for u in understood
    ]
    compared = await forecaster.compare(snapshot, baseline, candidates)
    ranked = sorted(
        zip(compared, understood, strict=True), key=lambda pair: -pair[0].candidate.rate.mean
    )
    evidence = [_forecast(compared[0].baseline, asked, plant)]
    evidence += [_comparison(c, u.words, asked, plant) for c, u in ranked]
    best = ranked[0]
    better = best[0].gain.mean > 0 and best[0].distinguishable
    choice = best[1].words if better else "leave it as it is; no option is surely better"
    verdict = Evidence(
        kind="forecast",
        subject=asked.id,
        statement=f"Best for {called(asked.id, plant)}: {choice}.",
        data={"best": best[1].words if better else None},
        time=snapshot.now,
        quality="simulated",
        origin=compared[0].baseline.model_version,
    )
    chart = Bars(
        title=f"Rate of {called(asked.id, plant)}",
        labels=("as it is", *(u.words for _, u in ranked)),
        values=(compared[0].baseline.rate.mean, *(c.candidate.rate.mean for c, _ in ranked)),
        unit=compared[0].baseline.rate.unit,
    )
    return ToolResult(
        status="ok", text=verdict.statement, evidence=(verdict, *evidence), charts=(chart,)
    )


def _lines(scene: Scene, said: str, understood: Sequence[Understood]) -> list[Line]:
    plant = scene.look().plant
    if said.strip():
        asked = plant.line(scene.asset(said))
        if asked.kind == "production":
            return [asked]
        return lines_touched([unit.id for unit in asked.units], plant)
    return lines_touched([u.unit for u in understood], plant)


def _horizon_s(said: str) -> float:
    ahead = _HORIZON_S if not said.strip() else seconds_in(said)
    if ahead is None or not 0 < ahead <= _LONGEST_S:
        raise ImpossibleScenario(f"“{said}” ahead cannot be simulated", "a time up to 8 hours")
    return ahead


def _forecast(found: Forecast, line: Line, plant: Plant) -> Evidence:
    ahead = found.scenario.horizon_s
    return Evidence(
        kind="forecast",
        subject=line.id,
        statement=(
            f"{sentence(called(line.id, plant))} as it is: {estimate(found.rate)} over the next "
            f"{duration(ahead)} from {moment(found.start, plant)}."
        ),
        data={
            "rate": found.rate.model_dump(),
            "interval": 90,
            "horizon_s": ahead,
            "replications": found.replications,
            "seed": found.seed,
        },
        time=found.start,
        quality="simulated",
        origin=found.model_version,
    )


def _comparison(found: Comparison, words: str, line: Line, plant: Plant) -> Evidence:
    ahead = found.candidate.scenario.horizon_s
    sure = "" if found.distinguishable else " The difference may be chance."
    return Evidence(
        kind="forecast",
        subject=line.id,
        statement=(
            f"With {words}, {called(line.id, plant)} makes {estimate(found.candidate.rate)} over "
            f"the next {duration(ahead)} from {moment(found.candidate.start, plant)}; as it is "
            f"{estimate(found.baseline.rate)}; difference {gain(found.gain)}.{sure}"
        ),
        data={
            "with": found.candidate.rate.model_dump(),
            "as_it_is": found.baseline.rate.model_dump(),
            "gain": found.gain.model_dump(),
            "distinguishable": found.distinguishable,
            "interval": 90,
            "horizon_s": ahead,
        },
        time=found.candidate.start,
        quality="simulated",
        origin=found.candidate.model_version,
    )
