"""When a job costs least: line, crew and planner come to a window, and a person takes it or not.

It must never book anything: `propose` hands a window in at the desk, and people decide.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tools.ahead import LONGEST_S, read_ahead
from tools.arguments import Arguments
from tools.length import length_said
from tools.prognosis import healths
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, estimate, moment, percent, plain, sentence
from twin_core.chart import Curves, Series
from twin_core.errors import WrongKind
from twin_core.evidence import Evidence
from twin_core.governance.action import Basis, Draft, WorkOrder
from twin_core.plant.assets import Plant, Unit
from twin_core.ports import WorkRecords
from twin_core.prospect.window import LONGEST_S as LATEST_S
from twin_core.prospect.window import Agreement, Job, Turn, Window
from twin_core.twin import Snapshot
from twin_core.units import quantity
from twin_core.value import SECOND

_USUAL_S = 1800.0
_SAID = {
    "proposes": "proposes", "objects": "objects to", "agrees": "agrees to",
    "concedes": "concedes", "gives up": "gives up",
}  # fmt: skip
_MOST_TURNS = 12


class MaintenanceWindow(Arguments):
    """When in the schedule a job on a machine costs least, agreed between planner, crew and line.

    Use it for "when should we service …?", "best time to fix …?", "which window costs least?".
    """

    doing: ClassVar[tuple[str, str]] = ("Looking for a window", "for")

    asset: str = Field(description="the machine")
    duration: str = Field(default="", description="of the job: “20 min”; empty = its usual job")
    task: str = Field(default="", description="what is to be done, if it was said")
    people: int = Field(default=1, ge=1, le=20, description="who are needed")
    skill: str = Field(default="", description="what one of them must know, if it was said")
    horizon: str = Field(default="", description="begin within: “8 h”, “tonight”; empty = 8 h")


class Windows:
    """Finds windows for jobs, each with what is known of the asset's health.

    Args:
        forecaster: simulates.
        records: what the crew found before.
    """

    def __init__(self, forecaster: Forecaster, records: WorkRecords) -> None:
        self._forecaster, self._records = forecaster, records

    async def __call__(
        self,
        scene: Scene,
        asset: str,
        duration: str = "",
        horizon: str = "",
        task: str = "",
        people: int = 1,
        skill: str = "",
    ) -> Agreement:
        """What the parties come to; arguments as of `MaintenanceWindow`.

        Raises:
            UnknownName, AmbiguousName, WrongKind, ImpossibleScenario: what cannot be.
            NoData: the asset cannot be heard.
        """
        snapshot = scene.look()
        plant, unit = snapshot.plant, scene.unit(asset)
        scene.heard(unit.id)
        usual_task, usual_s = _usual(plant, unit)
        ahead = read_ahead(horizon, snapshot.now, plant) if horizon.strip() else LONGEST_S
        ahead = min(ahead, LATEST_S)
        known = await healths(scene, self._forecaster, self._records, unit.id, ahead)
        job = Job(
            asset=unit.id,
            task=task or usual_task,
            duration_s=_length(duration, usual_s),
            people=people,
            skill=skill,
            horizon_s=ahead,
            life=next((one.lasts for one in known), None),
        )
        return await self._forecaster.window(snapshot, job)


async def maintenance_window(
    scene: Scene,
    windows: Windows,
    asset: str,
    duration: str = "",
    task: str = "",
    people: int = 1,
    skill: str = "",
    horizon: str = "",
) -> ToolResult:
    """The window, what each party said, and what it costs beside the dearest."""
    found = await windows(scene, asset, duration, horizon, task, people, skill)
    snapshot = scene.look()
    evidence = window_evidence(found, snapshot)
    if found.window is None:
        return no_data(evidence[0].statement, *evidence)
    charts = (_chart(found, snapshot.plant),)
    text = " ".join(e.statement for e in _answer(found, snapshot))
    return ToolResult(status="ok", text=text, evidence=evidence, charts=charts)


def window_draft(found: Agreement, snapshot: Snapshot) -> Draft:
    """The job with its window in words: the maintenance system has no field for a time.

    It rests on no reading: what may change is the plan, and people see to that.
    """
    assert found.window is not None
    plant, job = snapshot.plant, found.job
    start, end = (
        moment(edge, plant, snapshot.now) for edge in (found.window.start, found.window.end)
    )
    evidence = window_evidence(found, snapshot)
    task = f"{job.task.rstrip('.')}. Begin at {start}, done by {end}; {job.people} needed."
    return Draft(
        action=WorkOrder(asset=job.asset, task=task),
        title=f"{sentence(called(job.asset, plant))}: maintenance at {start}",
        reason=evidence[0].statement,
        evidence=evidence,
        basis=Basis(points=(), revision=snapshot.revision),
    )


def _usual(plant: Plant, unit: Unit) -> tuple[str, float]:
    """The longest job that cures a failure of its class: what a window must hold."""
    jobs = [
        remedy
        for mode in plant.class_of(unit.id).failure_modes
        for remedy in mode.remedies
        if remedy.kind == "work_order" and remedy.duration_s > 0
    ]
    longest = max(jobs, key=lambda one: one.duration_s, default=None)
    if longest is None:
        return f"Service {plain(unit.name)}.", _USUAL_S
    return longest.task, longest.duration_s


def _length(said: str, usual_s: float) -> float:
    if not said.strip():
        return usual_s
    seconds = length_said(said)
    if seconds is None or not 0 < seconds <= 36_000:
        raise WrongKind("How long the job takes", f"“{said[:80]}”", "“20 min”, at most 10 hours")
    return seconds


def window_evidence(found: Agreement, snapshot: Snapshot) -> tuple[Evidence, ...]:
    """The answer first, then what each party said, then what is not given."""
    talk = [
        _said(found, _turn(turn, snapshot), {"turn": i, **turn.model_dump(mode="json")})
        for i, turn in enumerate(found.turns[-_MOST_TURNS:])
    ]
    known = "; ".join(found.unsaid)
    rests = [_said(found, f"Not given: {known}.", {"unsaid": list(found.unsaid)})] if known else []
    return (*_answer(found, snapshot), *talk, *rests)


def _answer(found: Agreement, snapshot: Snapshot) -> tuple[Evidence, ...]:
    """The window, and what is lost until it."""
    return (_head(found, snapshot), *_meanwhile(found, snapshot))


def _meanwhile(found: Agreement, snapshot: Snapshot) -> list[Evidence]:
    """What a line that makes less than usual now loses until the job begins: no cost holds it."""
    known, window = snapshot.indicators.get(found.line), found.window
    loses = any(
        one.closed is None and one.kind in {"rate_loss", "stopped"} and one.line == found.line
        for one in snapshot.incidents
    )
    if not loses or window is None or known is None or known.rate is None or not known.usual:
        return []
    plant, unit = snapshot.plant, known.unit
    short = max(0.0, known.usual - known.rate)
    until = short * (window.start - snapshot.now) / SECOND / 60.0
    text = (
        f"{sentence(called(found.line, plant))} makes {quantity(known.rate, unit)} now, its usual"
        f" is {quantity(known.usual, unit)}: if the job cures that, waiting until"
        f" {moment(window.start, plant, snapshot.now)} loses"
        f" {quantity(until, window.cost.unit)} more, which the costs above leave out"
    )
    return [_said(found, f"{text}.", {"short": short, "until": until})]


def _said(found: Agreement, statement: str, data: dict[str, object]) -> Evidence:
    return Evidence(
        kind="plan",
        subject=found.job.asset,
        statement=statement,
        data=data,
        time=found.at,
        quality="simulated",
        origin=f"model {found.model_version}",
    )


def _head(found: Agreement, snapshot: Snapshot) -> Evidence:
    plant, job, window = snapshot.plant, found.job, found.window
    name = called(job.asset, plant)
    length = duration(job.duration_s)
    if window is None:
        ahead = duration(job.horizon_s)
        text = f"No window of {length} for {name} suits the crew in the next {ahead}."
        return _said(found, text, {"window": None})
    dearest = max(found.tried, key=lambda one: one.cost.mean)
    start, end, worst = (
        moment(at, plant, snapshot.now) for at in (window.start, window.end, dearest.start)
    )
    most = quantity(dearest.cost.mean, dearest.cost.unit)
    parts = [
        f"The window of {length} for {name} that costs least is {start} to {end}: {_costs(window)}",
        f"the dearest that was tried, {worst}, costs {most}",
    ]
    if window.late_s >= 60:
        parts.append(f"orders get late by {duration(window.late_s)} in all")
    data = {
        "window": window.model_dump(mode="json"),
        "dearest": dearest.model_dump(mode="json"),
        "interval": 90,
        "fails_before_per_cent": 100.0 * window.fails_before,
        "replications": found.replications,
        "seed": found.seed,
        "tried": len(found.tried),
    }
    return _said(found, "; ".join(parts) + ".", data)


def _costs(window: Window) -> str:
    text = f"{estimate(window.cost)} are lost on average"
    if window.money is not None:
        text += f", {quantity(window.money.mean, window.money.unit)}"
    if window.fails_before > 0:
        text += f"; that it fails before has a probability of {percent(window.fails_before)}"
    return text


def _turn(turn: Turn, snapshot: Snapshot) -> str:
    plant = snapshot.plant
    if turn.start is None:
        return f"The {turn.by} {_SAID[turn.says]}: {turn.reason}."
    when = moment(turn.start, plant, snapshot.now)
    span = ""
    if turn.since is not None and turn.until is not None and turn.until > turn.since:
        ends = (moment(edge, plant, snapshot.now) for edge in (turn.since, turn.until))
        span = " (and to all starts from {} to {} that were left)".format(*ends)
    return f"The {turn.by} {_SAID[turn.says]} {when}{span}: {turn.reason}."


def _chart(found: Agreement, plant: Plant) -> Curves:
    tried: Sequence[Window] = found.tried
    unit = found.unplanned.unit
    curve = Series(
        name="expected cost by start",
        unit=unit,
        time=tuple(one.start for one in tried),
        value=tuple(one.cost.mean for one in tried),
        low=tuple(one.cost.low for one in tried),
        high=tuple(one.cost.high for one in tried),
    )
    name = sentence(called(found.job.asset, plant))
    title = f"{name}: what a stop of {duration(found.job.duration_s)} costs"
    return Curves(title=title, series=(curve,), unit=unit)
