"""What could be done about a cause, each remedy simulated. It must never do or hand in anything."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field
from rapidfuzz import fuzz, process

from tools.arguments import Arguments
from tools.diagnosis import cause_evidence, mode_name, verdict
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.study import Study
from tools.wording import called, duration, gain, sentence
from twin_core.advice.remedy import Advice, Remedy
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.errors import UnknownName
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.simulation.scenario import Estimate

ALIKE = 60.0
"""How alike (0..100) what was said and what was found must be to mean the same."""
_NOTICED = 0.05
_KINDS = {
    "write_plan": "setpoint change",
    "work_order": "work order for the crew",
    "inspection": "inspection",
}


class FindRemedies(Arguments):
    """What could be done about the trouble of a line or machine, best first, each simulated.

    Use it for "what should we do about …?", "what are the options?". It diagnoses first.
    """

    doing: ClassVar[tuple[str, str]] = ("Simulating what could be done", "about")

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
    found = counsel.diagnosis
    against = cause_evidence(counsel.cause, found.causes.index(counsel.cause), found, plant)
    remedies = (
        remedy_evidence(remedy, rank, counsel, plant)
        for rank, remedy in enumerate(counsel.remedies)
    )
    where = called(counsel.cause.asset, plant)
    text = f"What could be done against {mode_name(counsel.cause, plant)} at {where}, best first:"
    return ToolResult(status="ok", text=text, evidence=(against, *remedies))


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
        text = f"No cause was found for {called(path, plant)}, so there is nothing to be remedied."
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
    named = [c.name.lower() for c in found.causes]
    modes = [(c.failure_mode or "").replace("_", " ") for c in found.causes]
    wanted = said.lower().replace("_", " ")
    best = process.extractOne(wanted, [*named, *modes], scorer=fuzz.token_set_ratio)
    if best is None or best[1] < ALIKE:
        raise UnknownName("cause", said, tuple(c.name for c in found.causes))
    return found.causes[best[2] % len(found.causes)]


def remedy_evidence(remedy: Remedy, rank: int, counsel: Counsel, plant: Plant) -> Evidence:
    """One remedy in one sentence: what, how, its simulated gain with interval, when it helps."""
    kind = f" ({_KINDS.get(remedy.action.kind, remedy.action.kind)})" if remedy.action else ""
    label = f"{sentence(remedy.title).rstrip('.')}{kind}"
    parts = [part for part in (effect_words(remedy, plant), _use(remedy), _delay(remedy)) if part]
    if remedy.action is None:
        parts = ["nothing that could be done helps more, by the simulation"] if rank == 0 else []
    effect = remedy.effect
    risks = "".join(f" Risk: {risk}" for risk in remedy.risks)
    return Evidence(
        kind="forecast",
        subject=counsel.cause.asset,
        statement=f"{label}{': ' if parts else ''}{'; '.join(parts)}.{risks}",
        data={
            "rank": rank,
            "title": remedy.title,
            "label": label,
            "kind": remedy.action.kind if remedy.action else None,
            "cures": remedy.cures,
            "acts_after_s": remedy.acts_after_s,
            "interval": 90,
            "gain": effect.gain.model_dump() if effect else None,
            "horizon_s": effect.forecast.scenario.horizon_s if effect else None,
            "line": effect.line if effect else None,
        },
        time=counsel.diagnosis.end,
        quality="simulated",
        origin=effect.forecast.model_version if effect else "advice",
    )


def effect_words(remedy: Remedy, plant: Plant) -> str:
    """What it is forecast to win or cost; that it does neither is said too."""
    effect = remedy.effect
    if effect is None:
        return "" if _inspects(remedy) else "no output is to be gained by it"
    found = effect.gain
    ahead = duration(effect.forecast.scenario.horizon_s)
    where = f"on {called(effect.line, plant)} over the next {ahead}"
    if _nothing(found):
        return f"no effect is forecast {where}"
    told = f"forecast effect {where}: {gain(found)}"
    if found.mean <= 0:
        return f"{told}, so it wins nothing by then"
    return told if found.low > 0 else f"{told}, so it may win nothing by then"


def _use(remedy: Remedy) -> str:
    """Whether it removes the cause or eases its effect, if it does either."""
    if remedy.cures:
        return "removes the cause"
    if _inspects(remedy):
        return "tells more about the cause, changes nothing by itself"
    helps = remedy.effect is not None and remedy.effect.gain.mean > 0
    return "eases the effect, the cause remains" if helps and not _idle(remedy) else ""


def _delay(remedy: Remedy) -> str:
    """How long it takes, where it does anything."""
    if remedy.acts_after_s <= 0 or _idle(remedy):
        return ""
    return (
        f"{'takes' if _inspects(remedy) else 'helps after'} about {duration(remedy.acts_after_s)}"
    )


def _inspects(remedy: Remedy) -> bool:
    return remedy.action is not None and remedy.action.kind == "inspection"


def _idle(remedy: Remedy) -> bool:
    return not remedy.cures and remedy.effect is not None and _nothing(remedy.effect.gain)


def _nothing(found: Estimate) -> bool:
    """Whether a gain and its interval are nothing, to the tenth that anybody would notice."""
    return max(abs(found.mean), abs(found.low), abs(found.high)) < _NOTICED
