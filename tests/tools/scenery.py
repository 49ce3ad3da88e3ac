"""A plant at one moment, and pure stand-ins for simulation and diagnosis, for tools and agents.

Riverside and the bakery by their plant files; every number here is this file's own.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.passages import Hit
from tests.fakes import FakeDesk, FakeForecaster, FakeHistorian, FakeLibrary, FakeWorkRecords
from tools.view import ProposalStatus
from twin_core.advice.remedy import Advice, Remedy
from twin_core.answer import Ask, Asker
from twin_core.diagnosis.cause import Cause, Check, Diagnosis
from twin_core.evidence import Evidence
from twin_core.governance.action import (
    Basis,
    BasisPoint,
    Effect,
    Inspection,
    WorkOrder,
    WritePlan,
    WriteStep,
)
from twin_core.operations.alarm import Alarm
from twin_core.operations.incident import Incident, OpenedBy
from twin_core.operations.kpi import LineIndicators, StateTimes
from twin_core.plant.assets import Plant
from twin_core.plant.document import load
from twin_core.ports import WorkOrderRecord
from twin_core.simulation.scenario import Comparison, Estimate, Forecast, Scenario, Speed
from twin_core.twin import GRID_S, Recent, Snapshot, SourceState
from twin_core.value import SECOND, Range

PLANTS = Path(__file__).parents[2] / "plants"
NOW = 1_763_820_000 * SECOND  # 2025-11-22 14:00:00 UTC and GMT in Dublin
MINUTE = 60 * SECOND
SITE = "riverside"
LINE4 = "riverside/packaging/line4"
LINE3 = "riverside/packaging/line3"
FILLER4 = f"{LINE4}/filler"

OPERATOR = Asker(user="ola", name="Ola Nyman", roles=("operator",), sites=(SITE,))
VIEWER = Asker(user="vic", name="Vic Ames", roles=("viewer",), sites=(SITE,))
STRANGER = Asker(user="sam", name="Sam Roe", roles=("operator",), sites=("elsewhere",))


@cache
def riverside() -> Plant:
    """The demo's plant."""
    return load(
        (PLANTS / "riverside.yaml").read_text(),
        "riverside.yaml",
        lambda name: (PLANTS / name).read_text(),
    )


def snapshot(plant: Plant | None = None, *, down: dict[str, int] | None = None) -> Snapshot:
    """Belief with every point in the middle of its normal range, line 4 slower than usual.

    Args:
        plant: Riverside if not given.
        down: source → when it was last heard.
    """
    plant = plant or riverside()
    values = np.array([_middle(p.spec.normal or p.spec.limits) for p in plant.points])
    for i, point in enumerate(plant.points):
        if point.spec.role.value == "state":
            values[i] = 6.0
        if point.spec.role.value in {"starved", "blocked"}:
            values[i] = 0.0
    times = np.full(len(values), NOW - 2 * SECOND, dtype=np.int64)
    status = np.zeros(len(values), dtype=np.uint32)
    sources = {
        s.id: SourceState(source=s.id, up=True, since=NOW - 60 * MINUTE, last=NOW - SECOND)
        for s in plant.sources
    }
    for source, last in (down or {}).items():
        sources[source] = SourceState(
            source=source, up=False, since=last + SECOND, last=last, reason="connection lost"
        )
    return Snapshot(
        plant=plant,
        revision=7,
        now=NOW,
        watermark=NOW - 2 * SECOND,
        value=values,
        time=times,
        status=status,
        settled_value=values,
        settled_time=times,
        settled_status=status,
        quarantined={},
        sources=sources,
        recent=recent(plant, values),
        incidents=incidents(plant),
        alarms=(),
        indicators={line.id: indicators(line.id, plant) for line in plant.lines},
    )


def recent(plant: Plant, values) -> Recent:
    """An hour in which everything stood still but the counters."""
    rows = 360
    time = NOW - np.arange(rows, dtype=np.int64)[::-1] * GRID_S * SECOND
    mean = np.tile(values, (rows, 1))
    for i, point in enumerate(plant.points):
        if point.spec.role.value == "produced":
            mean[:, i] = 1000 + np.arange(rows) * 7.0
    return Recent(time=time, mean=mean, low=mean - 0.01, high=mean + 0.0)


def indicators(line: str, plant: Plant) -> LineIndicators:
    """Line 4 makes 402.6, the others 540."""
    found = plant.line(line)
    states = tuple(
        StateTimes(asset=m.id, start=NOW - 60 * MINUTE, end=NOW, seconds={6: 3000.0, 5: 600.0})
        for m in plant.machines(found)
    )
    return LineIndicators(
        line=line,
        start=NOW - 5 * MINUTE,
        end=NOW,
        unit=f"{found.unit_of_flow or '1'}/min",
        rate=402.6 if line == LINE4 else 540.0,
        usual=561.0,
        nominal=600.0,
        product="cola_500",
        availability=0.91,
        effectiveness=0.74,
        quality=None,
        oee=None,
        complete=1.0,
        states=states,
    )


def incidents(plant: Plant) -> tuple[Incident, ...]:
    """One open rate loss on Riverside's line 4."""
    if plant.site != SITE:
        return ()
    point = f"{LINE4}/packer/produced"
    return (
        Incident(
            id="in-0a1b2c3d",
            kind="rate_loss",
            subject=LINE4,
            line=LINE4,
            opened=NOW - 8 * MINUTE,
            severity=3,
            statement="line 4 makes 402.6 bottles/min against a usual 561 bottles/min",
            opened_by=(OpenedBy(point=point, time=NOW - 8 * MINUTE, value=402.6),),
        ),
    )


def alarm() -> Alarm:
    """Warm product at filler 4."""
    return Alarm(
        point=f"{FILLER4}/product_temperature",
        side="high",
        limit=12.0,
        value=13.4,
        state="unacknowledged",
        raised=NOW - 3 * MINUTE,
        since=NOW - 3 * MINUTE,
    )


def estimate(mean: float, half: float = 12.0) -> Estimate:
    """A mean with a symmetric interval."""
    return Estimate(mean=mean, low=mean - half, high=mean + half, unit="{bottle}/min")


def forecast(snapshot, scenario) -> Forecast:
    """402.6 as it is; a speed change multiplies it."""
    factor = next((c.factor for c in scenario.changes if isinstance(c, Speed)), 1.0)
    return Forecast(
        scenario=scenario,
        rate=estimate(402.6 * factor),
        replications=40,
        seed=1,
        model_version="line 1",
        state_digest=snapshot.digest,
        start=snapshot.now,
    )


def compare(snapshot, baseline, candidates) -> list[Comparison]:
    """Differences of the above."""
    before = forecast(snapshot, baseline)
    found = []
    for candidate in candidates:
        after = forecast(snapshot, candidate)
        gain = estimate(after.rate.mean - before.rate.mean, 5.0)
        found.append(
            Comparison(
                baseline=before,
                candidate=after,
                gain=gain,
                distinguishable=abs(gain.mean) > 5,
            )
        )
    return found


def sign() -> Evidence:
    """A symptom."""
    return Evidence(
        kind="symptom",
        subject=f"{FILLER4}/bowl_pressure",
        statement="Bowl pressure of filler 4 is low: 1.42 bar against a usual 2.0 bar.",
        data={"value": 1.42, "usual": 2.0, "unit": "bar"},
        time=NOW - 4 * MINUTE,
    )


def diagnose(snapshot, subject, span_s) -> Diagnosis:
    """A worn seal at filler 4, whatever is asked about line 4; elsewhere nothing."""
    if not subject.startswith(LINE4):
        return Diagnosis(
            subject=subject, start=NOW - 30 * MINUTE, end=NOW, verdict="normal", rate=540.0,
            usual=561.0, unit="{bottle}/min", summary="Nothing abnormal was found.",
        )  # fmt: skip
    mode = snapshot.plant.class_of(FILLER4).failure_modes[0]
    cause = Cause(
        asset=FILLER4,
        failure_mode=mode.id,
        name=mode.name,
        mode=mode.mode,
        onset=NOW - 9 * MINUTE,
        onset_s=20.0,
        path=(FILLER4, LINE4),
        supports=(sign().id,),
        probability=0.83,
        check=Check(
            observed=402.6,
            healthy=estimate(561.0),
            faulty=estimate(399.0),
            explains=0.97,
            changes=(Speed(asset=FILLER4, factor=0.7),),
            passed=True,
        ),
    )
    return Diagnosis(
        subject=subject, start=NOW - 30 * MINUTE, end=NOW, verdict="cause", rate=402.6,
        usual=561.0, unit="{bottle}/min", causes=(cause,), evidence=(sign(),),
        summary="A cause was found.",
    )  # fmt: skip


def advise(snapshot, diagnosis, cause) -> Advice:
    """A write that helps now, a work order that cures later, and doing nothing."""
    point = f"{FILLER4}/bowl_pressure_setpoint"
    as_it_is = forecast(snapshot, Scenario(name="as it is", line=LINE4))

    def effect(mean: float, settle: float) -> Effect:
        return Effect(
            line=LINE4,
            gain=estimate(mean, 20.0),
            forecast=as_it_is,
            baseline=as_it_is,
            settle_s=settle,
        )

    write = Remedy(
        title="Raise the bowl pressure of filler 4 to 2.4 bar",
        action=WritePlan(
            steps=(WriteStep(point=point, unit="bar", old=2.0, value=2.4, check=0.05),)
        ),
        effect=effect(98.0, 60.0),
    )
    job = Remedy(
        title="Replace the bowl seal of filler 4",
        action=WorkOrder(asset=FILLER4, task="Replace the seal", failure_mode=cause.failure_mode),
        effect=effect(61.0, 900.0),
        cures=True,
        acts_after_s=720.0,
    )
    look = Remedy(title="Inspect filler 4", action=Inspection(asset=FILLER4, task="Look"))
    nothing = Remedy(title="Do nothing", action=None, effect=effect(0.0, 60.0))
    return Advice(
        cause=cause,
        remedies=(write, job, look, nothing),
        best=write,
        basis=Basis(
            points=(
                BasisPoint(
                    point=point,
                    value=2.0,
                    time=NOW - 2 * SECOND,
                    status=0,
                    band=Range(low=1.9, high=2.1),
                    stale_after_s=10.0,
                ),
            ),
            revision=7,
        ),
        evidence=(sign(),),
        summary="Raising the pressure helps at once.",
    )


def forecaster() -> FakeForecaster:
    """All of the above."""
    return FakeForecaster(forecast=forecast, compare=compare, diagnose=diagnose, advise=advise)


def library() -> FakeLibrary:
    """One passage about fillers."""
    return FakeLibrary(
        [
            Hit(
                passage="fg-filler-3",
                document="FG-03",
                title="Rotary filler fault finding",
                version="4",
                section="3.2 Low bowl pressure",
                classes=("rotary_filler",),
                text="Low bowl pressure: check product valves and seals first. Torque 12 N·m.",
                score=0.8,
            )
        ]
    )


def records() -> FakeWorkRecords:
    """One job done, one open."""
    return FakeWorkRecords(
        [
            WorkOrderRecord(
                reference="WO-17", key="p-00000009/0/1", asset=FILLER4, task="Check the seals",
                status="working", created=NOW - 20 * MINUTE,
            ),
            WorkOrderRecord(
                reference="WO-12", key="p-00000007/0/1", asset=f"{LINE3}/capper",
                task="Replace the clutch", status="done", finding="clutch worn", found_fault=True,
                created=NOW - 300 * MINUTE, closed=NOW - 240 * MINUTE,
            ),
        ]
    )  # fmt: skip


class Window:
    """A View whose snapshot the test may change between two looks."""

    def __init__(self, first: Snapshot | None = None, proposals=()):
        self.now = first or snapshot()
        self.looks = 0
        self.on_look: Callable[[Window], None] | None = None
        self.historian = FakeHistorian()
        self.given = list(proposals)

    def snapshot(self) -> Snapshot:
        self.looks += 1
        if self.on_look is not None:
            self.on_look(self)
        return self.now

    def lose(self, *sources: str) -> None:
        """These sources fall silent now."""
        lost = {
            s: SourceState(
                source=s, up=False, since=NOW, last=NOW - SECOND, reason="connection lost"
            )
            for s in sources
        }
        self.now = replace(self.now, sources={**self.now.sources, **lost}, revision=8)

    async def history(self, point, start, end, n):
        return await self.historian.buckets(self.now.plant.index[point], start, end, n)

    async def proposals(self):
        return list(self.given)


def waiting() -> ProposalStatus:
    """A proposal that waits."""
    return ProposalStatus(
        proposal="p-7k3m9q2x",
        title="Raise header setpoint",
        state="pending",
        needs="1 supervisor, not the requester",
        votes=(),
        result="",
    )


def desk() -> FakeDesk:
    """An empty desk."""
    return FakeDesk()


def ask(text: str, thread: str = "t1", asker: Asker = OPERATOR) -> Ask:
    """A question."""
    return Ask(text=text, asker=asker, thread=thread)


def _middle(bounds: Range) -> float:
    return (bounds.low + bounds.high) / 2
