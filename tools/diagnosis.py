"""Why a line or machine does what it does: ranked causes, each with its counterfactual.

It tells what the diagnosis found, worded with numbers and times. It must never reason itself.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.span import read_span
from tools.study import Study
from tools.wording import called, duration, estimate, moment, percent, period, quantity, sentence
from twin_core.diagnosis.cause import Cause, Check, Diagnosis
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant

_MOST_CAUSES = 3
_MOST_SIGNS = 6


class FindCause(Arguments):
    """Why a line or machine is slow, stopped or odd: the root cause, with a simulated check.

    Use it for "why is line 4 slow?", "what is the root cause of …?", "what is wrong with …?".
    It looks upstream, downstream and at shared utilities by itself: ask for the line concerned.
    """

    doing: ClassVar[str] = "Looking for the cause"

    asset: str = Field(description="the line or machine that is complained about")
    span: str = Field(default="", description="“last 30 min”; empty = what the trouble needs")


async def find_cause(scene: Scene, study: Study, asset: str, span: str = "") -> ToolResult:
    """The causes of what an asset does, best first."""
    path = scene.asset(asset)
    found = await diagnose(scene, study, path, span)
    plant = scene.look().plant
    if found.verdict == "no_data":
        return no_data(found.summary, *found.evidence[:_MOST_SIGNS])
    evidence = [verdict(found, plant)]
    for rank, cause in enumerate(found.causes[:_MOST_CAUSES]):
        evidence.append(cause_evidence(cause, rank, found, plant))
        if cause.check is not None and rank == 0:
            evidence.append(check_evidence(cause.check, found, plant))
    cited = {i for cause in found.causes[:1] for i in (*cause.supports, *cause.contradicts)}
    told = [e for e in found.evidence if e.kind not in {"cause", "counterfactual"}]
    signs = [e for e in told if e.id in cited] or told
    evidence += signs[:_MOST_SIGNS]
    return ToolResult(status="ok", text=evidence[0].statement, evidence=tuple(evidence))


async def diagnose(scene: Scene, study: Study, path: str, span: str) -> Diagnosis:
    """The diagnosis of an asset over a span as said, or over the usual one."""
    if not span.strip():
        return await study.diagnosis(path)
    snapshot = scene.look()
    return await study.diagnosis(path, read_span(span, snapshot.now, snapshot.plant).seconds)


def verdict(found: Diagnosis, plant: Plant) -> Evidence:
    """What was looked at and whether anything was found, in one sentence."""
    name = called(found.subject, plant)
    when = period(found.start, found.end, plant)
    said = {
        "cause": "a cause was found",
        "normal": "nothing abnormal was found",
        "unclear": "something is wrong, but what was seen does not say what",
    }[found.verdict]
    makes = ""
    if found.rate is not None:
        makes = f" makes {quantity(found.rate, found.unit)}"
        if found.usual is not None:
            makes += f" where {quantity(found.usual, found.unit)} is usual"
    lead = f"{sentence(name)}{makes}; {said}" if makes else f"{sentence(name)}: {said}"
    return Evidence(
        kind="indicator",
        subject=found.subject,
        statement=f"{lead}, looking {when}.",
        data={
            "verdict": found.verdict,
            "rate": found.rate,
            "usual": found.usual,
            "unit": found.unit,
            "start": found.start,
            "end": found.end,
        },
        time=found.end,
    )


def cause_evidence(cause: Cause, rank: int, found: Diagnosis, plant: Plant) -> Evidence:
    """One cause in one sentence: what, where, since when, how sure, along which path."""
    where = called(cause.asset, plant)
    since = moment(cause.onset, plant, found.end)
    way = " → ".join(called(step, plant) for step in cause.path)
    lead = "Most likely cause" if rank == 0 else "Other possible cause"
    kind = ", an instrument fault: the process is fine" if cause.sensor else ""
    path = f"; path: {way}" if len(cause.path) > 1 else ""
    what = f"{mode_name(cause, plant)} at {where}"
    settle = f" {sentence(cause.settle)}" if cause.settle and rank == 0 else ""
    return Evidence(
        kind="cause",
        subject=cause.asset,
        statement=(
            f"{lead} ({percent(cause.probability)}): {what}{kind}, "
            f"since about {since} (± {duration(cause.onset_s)}){path}.{settle}"
        ),
        data={
            "rank": rank,
            "name": mode_name(cause, plant),
            "asset": cause.asset,
            "where": where,
            "class": plant.class_of(cause.asset).id,
            "failure_mode": cause.failure_mode,
            "probability": cause.probability,
            "sensor": cause.sensor,
            "onset": cause.onset,
            "onset_s": cause.onset_s,
            "path": list(cause.path),
        },
        time=cause.onset,
    )


def mode_name(cause: Cause, plant: Plant) -> str:
    """What went wrong there, without saying where; or that it is not known what."""
    mode = plant.class_of(cause.asset).failure_mode(cause.failure_mode or "")
    return mode.name if mode is not None else "something that is not known"


def check_evidence(check: Check, found: Diagnosis, plant: Plant) -> Evidence:
    """The counterfactual in one sentence: with the fault, without it, and what was measured."""
    name = called(found.subject, plant)
    return Evidence(
        kind="counterfactual",
        subject=found.subject,
        statement=(
            f"Simulated with that fault, {name} makes {estimate(check.faulty)}; without it "
            f"{estimate(check.healthy)}; measured {quantity(check.observed, found.unit)}. "
            f"The fault explains {percent(check.explains)} of the loss: the check "
            f"{'holds' if check.passed else 'does not hold'}."
        ),
        data={
            "observed": check.observed,
            "faulty": check.faulty.model_dump(),
            "healthy": check.healthy.model_dump(),
            "interval": 90,
            "explains": check.explains,
            "passed": check.passed,
            "changes": [change.model_dump(mode="json") for change in check.changes],
        },
        time=found.end,
        quality="simulated",
        origin="simulation",
    )
