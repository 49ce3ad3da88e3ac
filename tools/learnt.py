"""What learnt models of values say: how long a machine lasts, what a lot throws out, and so on.

By models that people promoted, each with its interval, its calibration and why. It must never
guess, nor change a forecast: what is learnt of its misses stands beside it.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.learnt_charts import foretold_chart, learnt_charts
from tools.result import ToolResult, failed
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, estimate, percent, readable, sentence
from twin_core.chart import ChartData
from twin_core.errors import Unavailable
from twin_core.evidence import Evidence
from twin_core.models import CORRECTION, QUALITY, REMAINING_LIFE
from twin_core.plant.assets import Plant
from twin_core.simulation.calibrating.skill import Skill
from twin_core.simulation.learning.explained import said as why_said
from twin_core.simulation.learning.remaining_life import said as life_said
from twin_core.simulation.learning.telling import Learnt
from twin_core.twin import Snapshot
from twin_core.units import number_text, quantity

_LINE = 2
"""Slashes in the path of a line."""


class RemainingLife(Arguments):
    """How long a machine will still run until it fails: running hours with their interval and why.

    Use it for "how long will … last?", "remaining life of …".
    """

    doing: ClassVar[tuple[str, str]] = ("Weighing the remaining life", "of")

    asset: str = Field(description="the machine")


class Quality(Arguments):
    """What share of a line's running lot will be thrown out, with its interval and why.

    Use it for "what quality will this lot have?", "will the lot on … be good?".
    """

    doing: ClassVar[tuple[str, str]] = ("Weighing the quality", "of")

    line: str = Field(description="the line, or a machine on it")
    limit: float | None = Field(
        default=None, ge=0, le=100, description="per cent of rejects that shall not be passed"
    )


class ModelError(Arguments):
    """How far the model's forecasts of a line have been off, and how they would be corrected.

    Use it for "how far is the model off on …?", "how good are the forecasts of …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Holding forecasts against what came", "on")

    line: str = Field(description="the line, or a machine on it")


async def remaining_life(scene: Scene, forecaster: Forecaster, asset: str) -> ToolResult:
    """Running time left, in which share of cases, and what speaks for it."""
    snapshot = scene.look()
    plant = snapshot.plant
    path = scene.asset(asset)
    if path not in plant.units:
        return failed(f"{sentence(called(path, plant))} is not one machine; name the machine.")
    scene.heard(path)
    told = await forecaster.learnt(snapshot, path, REMAINING_LIFE)
    name = sentence(called(path, plant))
    head = f"{name}, running time until it fails: {life_said(told.prediction)}"
    return _answered(told, head, snapshot)


async def quality(
    scene: Scene, forecaster: Forecaster, line: str, limit: float | None = None
) -> ToolResult:
    """Rejects of what is made now, and whether they stay below a limit."""
    snapshot = scene.look()
    path = _line(scene, line)
    if path is None:
        return failed(f"“{line[:80]}” is no line, nor a machine on one; name the line.")
    scene.heard(path)
    told = await forecaster.learnt(snapshot, path, QUALITY, limit)
    one = told.prediction
    head = (
        f"{sentence(called(path, snapshot.plant))} will throw out {number_text(one.value)} % of "
        f"what it makes in the next {duration(told.asked_s)} of this lot; in {one.level:.0%} of "
        f"such cases {number_text(one.low)} to {number_text(one.high)} %{_held(told)}."
    )
    if told.chance is not None and told.limit is not None:
        head += (
            f" That it stays at {number_text(told.limit)} % or below has a probability of "
            f"{percent(told.chance.good)}."
        )
    return _answered(told, head, snapshot)


async def model_error(scene: Scene, forecaster: Forecaster, line: str) -> ToolResult:
    """Coverage and bias of forecasts so far; a forecast now and the same corrected beside it."""
    snapshot = scene.look()
    plant = snapshot.plant
    path = _line(scene, line)
    if path is None:
        return failed(f"“{line[:80]}” is no line, nor a machine on one; name the line.")
    scene.heard(path)
    score, foretold = await forecaster.skill(snapshot, path)
    name = called(path, plant)
    evidence = [_skill(score, name, snapshot)]
    unit = f"{plant.line(path).unit_of_flow or '1'}/min"
    charts: tuple[ChartData, ...] = (foretold_chart(plant.line(path).name, foretold, unit),)
    try:
        told = await forecaster.learnt(snapshot, path, CORRECTION)
    except Unavailable as problem:
        text = f"It is not corrected. {problem}"
        evidence.append(_told(path, text, {"corrected": None}, snapshot, "twin"))
    else:
        evidence += _answered(told, _corrected(told, plant), snapshot).evidence
        charts += learnt_charts(told)
    text = " ".join(one.statement for one in evidence)
    return ToolResult(status="ok", text=text, evidence=tuple(evidence), charts=charts)


def _line(scene: Scene, said: str) -> str | None:
    path = scene.asset(said)
    return "/".join(path.split("/")[: _LINE + 1]) if path.count("/") >= _LINE else None


def _answered(told: Learnt, head: str, snapshot: Snapshot) -> ToolResult:
    """The answer, how good such answers were, and why, as one Evidence and its charts."""
    by, unit = told.judged, told.judged.unit
    grounds = (
        f"On {by.blocks} blocks left out the model was off by {_amount(by.error, unit)}, without "
        f"it {_amount(by.trivial, unit)} (root mean square)."
    )
    statement = f"{head} {grounds} Why: {why_said(told.why)}"
    evidence = _told(
        told.asset,
        readable(statement, snapshot.plant),
        told.model_dump(mode="json"),
        snapshot,
        f"model {told.prediction.model}",
    )
    return ToolResult(
        status="ok", text=evidence.statement, evidence=(evidence,), charts=learnt_charts(told)
    )


def _corrected(told: Learnt, plant: Plant) -> str:
    assert told.forecast is not None
    assert told.corrected is not None
    return (
        f"For the next {duration(told.asked_s)} the model says {estimate(told.forecast)} of "
        f"{called(told.asset, plant)}; corrected by what such forecasts missed it is "
        f"{estimate(told.corrected)}{_held(told)}. Other forecasts and advice are not corrected."
    )


def _skill(score: Skill, name: str, snapshot: Snapshot) -> Evidence:
    share, bias = score.coverage, score.bias
    off = f"{quantity(abs(bias.value), bias.unit)} {'more' if bias.value >= 0 else 'less'}"
    limits = ""
    if bias.low is not None and bias.high is not None:
        limits = f" (90 % interval {number_text(bias.low)} to {number_text(bias.high)})"
    beside = ""
    if score.last_value is not None:
        beside = f", of “it stays as it was” {quantity(score.last_value, bias.unit)}"
    statement = (
        f"Of {score.n} forecasts of {name} by {score.version} {percent(share.value)} held what "
        f"came in their interval of 90 %; it made {off} than was foretold on average{limits}; "
        f"their mean score (CRPS, 0 is best) is {quantity(score.crps, bias.unit)}{beside}."
    )
    return _told(score.line, statement, score.model_dump(mode="json"), snapshot, score.version)


def _told(
    path: str, statement: str, data: dict[str, object], snapshot: Snapshot, origin: str
) -> Evidence:
    return Evidence(
        kind="forecast",
        subject=path,
        statement=statement,
        data=data,
        time=snapshot.now,
        quality="simulated",
        origin=origin,
    )


def _held(told: Learnt) -> str:
    observed = told.prediction.observed
    return "" if observed is None else f" ({observed:.0%} on blocks left out)"


def _amount(value: float, unit: str) -> str:
    return f"{number_text(value)} {unit}"
