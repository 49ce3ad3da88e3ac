"""Pure stand-ins for simulation, diagnosis, documents, records and the desk.

What they answer is the same whatever the scenery is; every number here is this file's own.
"""

from functools import cache

from knowledge.passages import Hit
from tests.fakes import FakeDesk, FakeForecaster, FakeLibrary, FakeWorkRecords
from tests.tools.scenery import FILLER4, LINE3, LINE4, MINUTE, NOW
from tests.twin_core.simulation.learning.taught import thickness, usual
from twin_core.advice.remedy import Advice, Remedy
from twin_core.diagnosis.cause import Cause, Check, Diagnosis
from twin_core.errors import NotLearnt
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
from twin_core.models import CORRECTION
from twin_core.ports import WorkOrderRecord
from twin_core.prospect.improvement import Improved, Improvement
from twin_core.prospect.negotiate import agree
from twin_core.simulation.calibrating.failing import Failing
from twin_core.simulation.calibrating.skill import Foretold
from twin_core.simulation.calibrating.skill import skill as scored
from twin_core.simulation.learning.telling import Learnt, told_now
from twin_core.simulation.objective import Ranked, Ranking
from twin_core.simulation.robots.report import Report, Trouble
from twin_core.simulation.robots.trial import Trial
from twin_core.simulation.scenario import Comparison, Estimate, Forecast, Scenario, SetPoint, Speed
from twin_core.simulation.scheduling.plan import Plans, plans
from twin_core.simulation.sensitivity import Lever, Sensitivity, Sign
from twin_core.simulation.warehousing.between import between
from twin_core.simulation.warehousing.choices import picking, replenishing, slotting
from twin_core.value import SECOND, Range


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
        quantiles=tuple(402.6 * factor + i - 10 for i in range(21)),
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


def lever(kind, asset, answers, gained, *, target=None, factor=1.05, limits=False) -> Lever:
    """One that is turned; both intervals narrow about what is given."""
    return Lever(
        kind=kind, asset=asset, target=target, factor=factor, limits=limits,
        elasticity=Estimate(mean=answers, low=answers - 0.08, high=answers + 0.08, unit="1"),
        gain=estimate(gained, 1.5),
    )  # fmt: skip


def sensitivity(snapshot, line, horizon_s, step) -> Sensitivity:
    """The filler limits whatever line is asked about; the capper comes next."""
    filler, capper, labeller = (f"{line}/{m}" for m in ("filler", "capper", "labeller"))
    levers = (
        lever("speed", filler, 0.69, 300 * step, factor=1 + step, limits=True),
        lever("speed", capper, 0.27, 46 * step, factor=1 + step),
        lever("speed", labeller, 0.01, 1.0, factor=1.0),
        lever("life", capper, 0.02, 2.1, factor=2.0),
        lever("buffer", filler, 0.002, 0.3, target=capper, factor=1.25),
    )
    return Sensitivity(
        line=line, horizon_s=horizon_s, step=step, rate=estimate(402.6), bottleneck=(filler,),
        levers=levers, rest=Estimate(mean=0.03, low=0.01, high=0.05, unit="1"),
        signs=(
            Sign(rule="utilisation", asset=labeller), Sign(rule="blocked and starved", asset=None),
        ),
        replications=16, seed=1, model_version="line 1", state_digest=snapshot.digest,
        start=snapshot.now,
    )  # fmt: skip


def rank(snapshot, scenarios, objective) -> Ranking:
    """By the rate alone; 5 bottles/min or less are no difference."""
    forecasts = [forecast(snapshot, scenario) for scenario in scenarios]
    rates = [one.rate.mean for one in forecasts]
    order = sorted(range(len(rates)), key=lambda i: -rates[i])
    return Ranking(
        objective=objective,
        forecasts=tuple(forecasts),
        ranked=tuple(
            Ranked(
                place=i,
                rank=at,
                gains={"rate": estimate(rates[i] - rates[0], 5.0)},
                like=tuple(j for j in order if j != i and abs(rates[j] - rates[i]) <= 5),
            )
            for at, i in enumerate(order, start=1)
        ),
        level=0.9,
        replications=40,
        seed=1,
    )


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


def schedule(snapshot, wish) -> Plans:
    """The real one: it is pure, and soon done for a few orders."""
    return plans(snapshot.plant, snapshot.now, wish)


def try_cell(cell, sequence) -> Trial:
    """Fine at full speed and below; above, a joint is asked too much."""
    fast = max(step.speed for task in sequence.tasks for step in task.steps) > 1
    troubles = (
        Trouble(kind="speed", robot="left", part="turn of left", at_s=8.4, value=168, limit=140,
                unit="deg/s"),
    )  # fmt: skip
    report = Report(cell=cell.id, cycle_s=20.2 if fast else 24.0, cases=6, clearance_m=0.05,
                    ran=True, troubles=troubles if fast else ())  # fmt: skip
    return Trial(name=cell.name, asset=cell.unit or "", sequence=sequence, report=report, at_s=9.0,
                 png=_PNG)  # fmt: skip


def risk(snapshot, unit, horizon_s) -> Failing:
    """One in eight, for the filler alone."""
    if unit != FILLER4:
        raise NotLearnt(f"failures of {unit}", "no model of it was promoted", "`opstwin learn`")
    return Failing(
        unit=unit, horizon_s=horizon_s, value=0.125, low=0.05, high=0.31, by="learned",
        why=("torque, mean of the last hour 14 N.m adds 6.0%",), usual=0.04, model="ab12",
    )  # fmt: skip


@cache
def _press():
    """A model of a made press, and a row it knows."""
    return thickness(), usual()


def learnt(snapshot, asset, kind, limit=None) -> Learnt:
    """What the press says, of the filler's life, line 4's quality and line 4's forecasts alone."""
    if asset not in {FILLER4, LINE4}:
        raise NotLearnt(f"the {kind} of {asset}", "no model of it was promoted", "`opstwin learn`")
    model, row = _press()
    model = model.model_copy(
        update={"fitted_on": model.fitted_on.model_copy(update={"end": snapshot.now})}
    )
    now = estimate(402.6) if kind == CORRECTION else None
    return told_now(model, asset, 3600.0, snapshot.now, row, limit=limit, forecast=now)


def skill(snapshot, line):
    """Forty forecasts of lines 3 and 4, one in ten of them missed."""
    if line not in {LINE3, LINE4}:
        raise NotLearnt("forecasts", "none of them has been held against what came", "an hour")
    told = tuple(
        Foretold(start=NOW - (k + 1) * 30 * MINUTE, end=NOW - k * 30 * MINUTE, mean=400, low=390,
                 high=410, actual=430 if k % 10 == 0 else 402 + k % 3)
        for k in range(40)
    )  # fmt: skip
    return scored(line, "the plant file", told, "{bottle}/min"), told


_PNG = b"\x89PNG\r\n\x1a\n"


def improve(snapshot, subject) -> Improved:
    """The labeller of line 4 is slow, and line 3 has its jobs in a bad order."""
    speed = SetPoint(point=f"{LINE4}/labeller/speed_setpoint", value=660.0)
    jobs = Estimate(mean=5000.0, low=4500.0, high=5600.0, unit="{bottle}")
    found = (
        Improvement(kind="speed", asset=f"{LINE4}/labeller", changes=(speed,), why="it is slow",
                    gain=estimate(18.0, 4.0), share=0.03),
        Improvement(kind="changeover", asset=LINE3, orders=("po-4108", "po-4107"), gain=jobs,
                    share=0.01, why="2 changeovers take 60 min"),
    )  # fmt: skip
    mine = tuple(one for one in found if f"{one.asset}/".startswith(f"{subject}/"))
    return Improved(
        subject=subject, at=snapshot.now, found=mine, more=0, passed={}, looked=("speeds",),
        trials=40, seed=1, model_version="line 1", state_digest=snapshot.digest,
    )  # fmt: skip


def forecaster() -> FakeForecaster:
    """All of the above."""
    return FakeForecaster(
        forecast=forecast,
        compare=compare,
        schedule=schedule,
        picking=lambda store, orders, objective: picking(store, orders, objective, 1),
        rank=rank,
        sensitivity=sensitivity,
        diagnose=diagnose,
        advise=advise,
        try_cell=try_cell,
        risk=risk,
        learnt=learnt,
        skill=skill,
        slotting=lambda store, days: slotting(store, days, 1),
        replenishing=lambda store, days: replenishing(store, days, 1),
        rebalancing=lambda held: between(held, 1),
        window=lambda snapshot, job: agree(snapshot, job, 1, 4),
        improve=improve,
    )


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


def desk() -> FakeDesk:
    """An empty desk."""
    return FakeDesk()
