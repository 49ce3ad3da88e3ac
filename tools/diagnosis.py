"""Why a line or machine does what it does: ranked causes, each with its counterfactual.

It tells what the diagnosis found, worded with numbers and times. It must never reason itself.
"""

from collections.abc import Callable
from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.diagnosis_charts import diagnosis_charts
from tools.losses import lost_within
from tools.recurring import DAY_US, DAYS, found_again
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.span import read_span
from tools.starts import moment_said
from tools.study import Study, first_of
from tools.wording import called, duration, estimate, moment, percent, period, sentence
from twin_core.case import incident_of, shows_best
from twin_core.diagnosis.cause import Cause, Check, Diagnosis
from twin_core.diagnosis.stated import BESIDE
from twin_core.errors import AmbiguousName, WrongKind
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.ports import WorkRecords
from twin_core.units import quantity
from twin_core.value import SECOND, Instant, Path

_MOST_CAUSES = 3
_MOST_SIGNS = 6
_MOST_FINDINGS = 2
_HOUR_S = 3600.0
_OVER_US = 300 * SECOND
"""What ended longer ago than it takes to settle and be worked out is of the past."""
_PEOPLE = frozenset({"testimony", "incident", "record"})
"""What people said and confirmed, and how often it came before: told whatever else is."""


class FindCause(Arguments):
    """Why a line or machine is slow, stopped or odd: the root cause, with a simulated check.

    Use it for "why is … slow?", "what is the root cause of …?", "what is wrong with …?", also of
    a moment of the past ("why was … slow at 10:00?") and of an incident by its id.
    It looks upstream, downstream and at shared utilities by itself: ask for the line concerned.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking for the cause", "on")

    asset: str = Field(
        default="", description="the line or machine that is complained about; empty with incident"
    )
    span: str = Field(default="", description="“last 30 min”; empty = what the trouble needs")
    at: str = Field(default="", description="a past “10:00” or “yesterday 14:20”; empty = now")
    incident: str = Field(default="", description="id of an incident, however old")
    measurement: str = Field(
        default="", description="what is measured, where it is asked whether that is to be believed"
    )


async def find_cause(
    scene: Scene,
    study: Study,
    records: WorkRecords,
    asset: str = "",
    span: str = "",
    at: str = "",
    incident: str = "",
    measurement: str = "",
) -> ToolResult:
    """The causes of what an asset does, or did at a moment, best first.

    Of a measurement that is doubted, its instrument's fault first where one is likely.
    """
    path, moment = asked_of(scene, asset, at, incident)
    found, meant = await diagnose(scene, study, path, span, moment)
    if measurement.strip():
        found = first_of(found, _of_instrument(scene, measurement, path))
    plant = scene.look().plant
    if found.verdict == "no_data":
        return no_data(found.summary, *found.evidence[:_MOST_SIGNS])
    evidence = [
        cause_evidence(cause, rank, found, plant)
        for rank, cause in enumerate(found.causes[:_MOST_CAUSES])
    ]
    evidence.append(verdict(found, plant, scene.now()))
    evidence += first_out(found)
    evidence += meant
    if found.causes and found.causes[0].check is not None:
        evidence.append(check_evidence(found.causes[0].check, found, plant))
    cited = {i for cause in found.causes[:1] for i in (*cause.supports, *cause.contradicts)}
    evidence += people(found)
    for cause in found.causes[:1]:
        since = found.end - round(DAYS * DAY_US)
        again, _ = await found_again(records, cause.asset, since, plant)
        evidence += again[:_MOST_FINDINGS]
    told = [e for e in found.evidence if e.kind not in {"cause", "counterfactual", *_PEOPLE}]
    signs = [e for e in told if e.id in cited] or [e for e in told if e not in evidence]
    if found.verdict == "normal":  # what another line shows is nothing of this one
        own = plant.line(path).id
        signs = [e for e in signs if e.subject == own or e.subject.startswith(f"{own}/")]
    evidence += signs[:_MOST_SIGNS]
    return ToolResult(
        status="ok", text=evidence[0].statement, evidence=tuple(evidence),
        charts=diagnosis_charts(found, plant),
    )  # fmt: skip


def _of_instrument(scene: Scene, measurement: str, path: Path) -> Callable[[Cause], bool]:
    """Whether a cause is a fault of an instrument that measures that; several may."""
    plant = scene.look().plant
    try:
        points = [scene.point(measurement, path)]
    except AmbiguousName as several:
        points = [scene.point(one, path) for one in several.choices]
    shown = {(point.unit_id, point.spec.id) for point in points}

    def asked(one: Cause) -> bool:
        mode = plant.class_of(one.asset).failure_mode(one.failure_mode or "")
        return mode is not None and mode.sensor and (one.asset, mode.instrument) in shown

    return asked


def people(found: Diagnosis) -> list[Evidence]:
    """What people said and confirmed: of each person's words about an asset the last.

    As in the weighing: a hundred reports of one person are one voice.
    """
    last: dict[tuple[str, ...], Evidence] = {}
    told = [e for e in found.evidence if e.kind in _PEOPLE]
    for one in told:
        voice = one.origin, one.subject, *(str(one.data.get(x)) for x in ("kind", "modes"))
        last[voice if one.kind == "testimony" else (one.id,)] = one
    return [e for e in told if e in last.values()]


def asked_of(scene: Scene, asset: str, at: str, incident: str) -> tuple[Path, Instant | None]:
    """The asset and the moment that are asked about; None: now.

    Raises:
        UnknownName, AmbiguousName: no such asset or incident, or several.
        WrongKind: no moment, or one to come; an incident that is about no asset; an area or the
            site, with its lines.
    """
    snapshot = scene.look()
    if incident.strip():
        return _of_incident(scene, incident.strip())
    moment = moment_said(at, snapshot.now, snapshot.plant) if at.strip() else None
    path = scene.asset(asset)
    inside = [line.name for line in snapshot.plant.lines if line.id.startswith(f"{path}/")]
    if inside:
        what = "the site" if path == snapshot.plant.site else "an area"
        raise WrongKind("Asset", f"“{asset}”, {what},", f"one of its lines ({', '.join(inside)})")
    return path, moment


def _of_incident(scene: Scene, name: str) -> tuple[Path, Instant | None]:
    snapshot = scene.look()
    found = incident_of(name, snapshot.incidents, scene.cases())
    path = found.subject if "/" in found.subject else found.line
    if path is None:
        raise WrongKind("Incident", f"{name} of source {found.subject}", "one of a line or machine")
    return path, None if found.closed is None else shows_best(found, snapshot.now)


async def diagnose(
    scene: Scene, study: Study, path: str, span: str, at: Instant | None = None
) -> tuple[Diagnosis, tuple[Evidence, ...]]:
    """The diagnosis of an asset, of now, of a moment, or over a span as said; and which loss it is.

    An hour at most that is over is asked about as it was at its end; of a longer span the loss
    inside it is meant, or else its end. Of one that reaches until now it is now, unless now
    nothing is wrong.
    """
    if not span.strip() or at is not None:
        return await study.diagnosis(path, at=at), ()
    snapshot = scene.look()
    over = read_span(span, snapshot.now, snapshot.plant)
    past = over.end < snapshot.now
    if over.seconds <= _HOUR_S:
        return await study.diagnosis(path, over.seconds, over.end if past else None), ()
    meant = lost_within(scene, path, over)
    if not past:
        found = await study.diagnosis(path, over.seconds)
        if found.verdict != "normal" or meant is None:
            return found, ()
    then, loss = (over.end, ()) if meant is None else (meant.at, meant.loss)
    return await study.diagnosis(path, at=then), loss


def verdict(found: Diagnosis, plant: Plant, now: Instant | None = None) -> Evidence:
    """Whether anything was found, what the line makes, and which span was looked at.

    Given `now`, one of another day is told with its date, and what is over is said to be.
    """
    name = called(found.subject, plant)
    over = now is not None and now - found.end > _OVER_US
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
        statement=f"{told} (looked at {period(found.start, found.end, plant, now)}).",
        data={
            "verdict": found.verdict,
            "over": over,
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
    if cause.beside and rank > 0:  # it may be so, too, however sure the first is
        lead = f"{'A' if cause.probability >= BESIDE else 'Perhaps a'} second cause beside it"
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
