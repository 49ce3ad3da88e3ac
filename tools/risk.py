"""How likely a machine fails in a time ahead, by what was learnt of it and promoted by people.

It must never guess: where nothing was learnt, or the machine is outside of it, it says so.
"""

from typing import ClassVar

from pydantic import Field

from tools.ahead import simulated_ahead
from tools.arguments import Arguments
from tools.result import ToolResult, failed
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.simulation.calibrating.failing import Failing

_HORIZON_S = 8 * 3600.0
_LONGEST_S = 30 * 86_400.0


class FailureRisk(Arguments):
    """How likely a machine fails within a time ahead: a probability with its interval and why.

    Use it for "how likely does … fail in the next 8 hours?".
    """

    doing: ClassVar[tuple[str, str]] = ("Weighing the risk", "for")

    asset: str = Field(description="the machine")
    horizon: str = Field(default="", description="how far ahead: “8 h”; empty = 8 h")


async def failure_risk(
    scene: Scene, forecaster: Forecaster, asset: str, horizon: str = ""
) -> ToolResult:
    """The probability, what it rests on, and what speaks for it."""
    snapshot = scene.look()
    plant = snapshot.plant
    path = scene.asset(asset)
    if path not in plant.units:
        return failed(f"{sentence(called(path, plant))} is not one machine; name the machine.")
    ahead = simulated_ahead(horizon, snapshot.now, plant, _HORIZON_S, _LONGEST_S)
    scene.heard(path)
    risk = await forecaster.risk(snapshot, path, ahead)
    told = Evidence(
        kind="forecast",
        subject=path,
        statement=_said(risk, plant),
        data=risk.model_dump(mode="json"),
        time=snapshot.now,
        quality="simulated",
        origin=f"model {risk.model}",
    )
    return ToolResult(status="ok", text=told.statement, evidence=(told,))


def _said(risk: Failing, plant: Plant) -> str:
    """One or two sentences; the interval is of 90 %."""
    name, ahead = sentence(called(risk.unit, plant)), duration(risk.horizon_s)
    high = 1.0 if risk.high is None else risk.high
    if risk.value is None:
        head = f"{name} fails in the next {ahead} with {high:.1%} at most"
    else:
        low = 0.0 if risk.low is None else risk.low
        head = f"{name} fails in the next {ahead} with {risk.value:.1%} ({low:.1%} to {high:.1%})"
    by = "by what it shows" if risk.by == "learned" else "by how often it has failed"
    usual = "" if risk.usual is None else f"; usual are {risk.usual:.1%}"
    grounds = f": {'; '.join(risk.why)}" if risk.why else ""
    return f"{head}, {by}{usual}{grounds}."
