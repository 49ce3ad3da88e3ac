"""What could be done about a cause, each remedy simulated. It must never do or hand in anything."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.diagnosis import mode_name, verdict
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.study import Study
from tools.wording import called, duration, gain, sentence
from twin_core.advice.remedy import Advice, Remedy
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.errors import UnknownName
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant

_KINDS = {
    "write_plan": "setpoint change",
    "work_order": "work order for the crew",
    "inspection": "inspection",
}


class FindRemedies(Arguments):
    """What could be done about the trouble of a line or machine, best first, each simulated.

    Use it for "what should we do about line 4?", "what are the options?". It diagnoses first.
    """

    doing: ClassVar[str] = "Simulating what could be done about"

    asset: str = Field(description="the line or machine in trouble")
    cause: str = Field(default="", description="one of the causes found; empty = the likeliest")


@dataclass(frozen=True, slots=True)
class Counsel:
    """A diagnosis, the cause chosen from it and the advice about that cause."""

    diagnosis: Diagnosis
    cause: Cause
    advice: Advice

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """Best first."""
        rest = tuple(r for r in self.advice.remedies if r != self.advice.best)
        return (self.advice.best, *rest)


async def find_remedies(scene: Scene, study: Study, asset: str, cause: str = "") -> ToolResult:
    """The possible remedies, best first."""
    counsel = await counsel_for(scene, study, asset, cause)
    if isinstance(counsel, ToolResult):
        return counsel
    plant = scene.look().plant
    evidence = tuple(
        remedy_evidence(remedy, rank, counsel, plant)
        for rank, remedy in enumerate(counsel.remedies)
    )
    where = called(counsel.cause.asset, plant)
    text = f"Against {mode_name(counsel.cause, plant)} at {where}, best first."
    return ToolResult(status="ok", text=text, evidence=evidence)


async def counsel_for(
    scene: Scene, study: Study, asset: str, cause: str = ""
) -> Counsel | ToolResult:
    """Diagnosis, chosen cause and advice for an asset; a ToolResult says why there is none."""
    path = scene.asset(asset)
    found = await study.diagnosis(path)
    if not found.causes:
        plant = scene.look().plant
        if found.verdict == "no_data":
            return no_data(found.summary, *found.evidence[:1])
        text = f"No cause was found for {called(path, plant)}, so there is nothing to be done."
        return ToolResult(status="ok", text=text, evidence=(verdict(found, plant),))
    chosen = choose_cause(found, cause)
    return Counsel(found, chosen, await study.advice(path, chosen))


def choose_cause(found: Diagnosis, said: str) -> Cause:
    """The cause that was said, or the likeliest.

    Raises:
        UnknownName: none of the causes found is meant.
    """
    if not said.strip():
        return found.causes[0]
    words = set(said.lower().split())
    for cause in found.causes:
        if said.lower() in {cause.name.lower(), cause.failure_mode} or words & set(
            cause.name.lower().split()
        ):
            return cause
    raise UnknownName("cause", said, tuple(c.name for c in found.causes))


def remedy_evidence(remedy: Remedy, rank: int, counsel: Counsel, plant: Plant) -> Evidence:
    """One remedy in one sentence: what, how, its simulated gain with interval, when it helps."""
    kind = f" ({_KINDS.get(remedy.action.kind, remedy.action.kind)})" if remedy.action else ""
    parts = [f"{sentence(remedy.title).rstrip('.')}{kind}"]
    data: dict[str, object] = {
        "rank": rank,
        "title": remedy.title,
        "kind": remedy.action.kind if remedy.action else None,
        "cures": remedy.cures,
        "acts_after_s": remedy.acts_after_s,
        "interval": 90,
    }
    if remedy.effect is not None:
        horizon = remedy.effect.forecast.scenario.horizon_s
        name = called(remedy.effect.line, plant)
        parts.append(
            f"forecast effect on {name} over the next {duration(horizon)}: "
            f"{gain(remedy.effect.gain)}"
        )
        data.update(
            gain=remedy.effect.gain.model_dump(), horizon_s=horizon, line=remedy.effect.line
        )
    elif remedy.action is not None:
        parts.append("no output to be gained")
    if remedy.action is not None:
        parts.append("removes the cause" if remedy.cures else "eases the effect")
    if remedy.acts_after_s > 0:
        parts.append(f"helps after about {duration(remedy.acts_after_s)}")
    risks = "".join(f" Risk: {risk}" for risk in remedy.risks)
    return Evidence(
        kind="forecast",
        subject=counsel.cause.asset,
        statement="; ".join(parts) + "." + risks,
        data=data,
        time=counsel.diagnosis.end,
        quality="simulated",
        origin=remedy.effect.forecast.model_version if remedy.effect else "advice",
    )
