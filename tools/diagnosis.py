"""Why a line or machine does what it does: ranked causes, each with its counterfactual.

It tells what the diagnosis found, worded with numbers and times. It must never reason itself.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.diagnosis_charts import diagnosis_charts
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.span import read_span
from tools.study import Study
from tools.wording import called, duration, estimate, moment, percent, period, sentence
from twin_core.diagnosis.cause import Cause, Check, Diagnosis
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.units import quantity

_MOST_CAUSES = 3
_MOST_SIGNS = 6


class FindCause(Arguments):
    """Why a line or machine is slow, stopped or odd: the root cause, with a simulated check.

    Use it for "why is … slow?", "what is the root cause of …?", "what is wrong with …?".
    It looks upstream, downstream and at shared utilities by itself: ask for the line concerned.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking for the cause", "on")

    asset: str = Field(description="the line or machine that is complained about")
    span: str = Field(default="", description="“last 30 min”; empty = what the trouble needs")


async def find_cause(scene: Scene, study: Study, asset: str, span: str = "") -> ToolResult:
    """The causes of what an asset does, best first."""
    path = scene.asset(asset)
    found = await diagnose(scene, study, path, span)
    plant = scene.look().plant
    if found.verdict == "no_data":
        return no_data(found.summary, *found.evidence[:_MOST_SIGNS])
    evidence = [
        cause_evidence(cause, rank, found, plant)
        for rank, cause in enumerate(found.causes[:_MOST_CAUSES])
    ]
    evidence.append(verdict(found, plant))
    evidence += first_out(found)
    if found.causes and found.causes[0].check is not None:
        evidence.append(check_evidence(found.causes[0].check, found, plant))
    cited = {i for cause in found.causes[:1] for i in (*cause.supports, *cause.contradicts)}
    told = [e for e in found.evidence if e.kind not in {"cause", "counterfactual"}]
    signs = [e for e in told if e.id in cited] or [e for e in told if e not in evidence]
    evidence += signs[:_MOST_SIGNS]
    return ToolResult(
        status="ok", text=evidence[0].statement, evidence=tuple(evidence),
        charts=diagnosis_charts(found, plant),
    )  # fmt: skip


async def diagnose(scene: Scene, study: Study, path: str, span: str) -> Diagnosis:
    """The diagnosis of an asset over a span as said, or over the usual one."""
    if not span.strip():
        return await study.diagnosis(path)
    snapshot = scene.look()
    return await study.diagnosis(path, read_span(span, snapshot.now, snapshot.plant).seconds)


def verdict(found: Diagnosis, plant: Plant) -> Evidence:
    """Whether anything was found, what the line makes, and which span was looked at."""
    name = called(found.subject, plant)
    makes = ""
    if found.rate is not None:
        makes = f"makes {quantity(found.rate, found.unit)}"
        if found.usual is not None:
            makes += f"; usual is {quantity(found.usual, found.unit)}"
    told = {
        "cause": f"{sentence(name)} {makes or 'was looked at'}",
        "normal": f"Nothing abnormal was found on {name}" + (f", which {makes}" if makes else ""),
        "unclear": f"Something is wrong with {name}, but "
        + (
            "no failure mode is known there"
            if found.first_out
            else "what was seen does not say what"
        )
        + (f"; it {makes}" if makes else ""),
    }[found.verdict]
    return Evidence(
        kind="indicator",
        subject=found.subject,
        statement=f"{told} (looked at {period(found.start, found.end, plant)}).",
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


def first_out(found: Diagnosis) -> list[Evidence]:
    """Where to look first, and what shows itself there; nothing where causes are known."""
    shown = {one.sign for one in found.first_out}
    return [e for e in found.evidence if e.id in shown or "first_out" in e.data]


def cause_evidence(cause: Cause, rank: int, found: Diagnosis, plant: Plant) -> Evidence:
    """One cause in one sentence: what, where, since when, how sure, along which path."""
    where = called(cause.asset, plant)
    since = moment(cause.onset, plant, found.end)
    way = " → ".join(called(step, plant) for step in cause.path)
    lead = "Most likely cause" if rank == 0 else "Another possibility"
    if cause.beside and rank > 0:
        lead = "A second cause beside it"
    kind = ", an instrument fault: the process is fine" if cause.sensor else ""
    path = f"; it acts along {way}" if len(cause.path) > 1 else ""
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
    since = f" since {moment(check.since, plant, found.end)}" if check.since is not None else ""
    return Evidence(
        kind="counterfactual",
        subject=found.subject,
        statement=(
            f"Simulated with that fault, {name} makes {estimate(check.faulty)}; without it "
            f"{estimate(check.healthy)}; measured {quantity(check.observed, found.unit)}{since}. "
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
            "since": check.since,
            "changes": [change.model_dump(mode="json") for change in check.changes],
        },
        time=found.end,
        quality="simulated",
        origin="simulation",
    )
