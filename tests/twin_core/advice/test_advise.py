from functools import cache

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.advice.advise import advise
from twin_core.advice.draw import draw
from twin_core.advice.points import Lever
from twin_core.diagnosis.diagnose import diagnose
from twin_core.governance.action import Inspection, WorkOrder, WritePlan

NORTH = "quay/hall/north"
SEALER = f"{NORTH}/sealer"

WRONG_SETTING = quay.Day(settings={f"{SEALER}/heat_set": 158.0})
SLIPPING = quay.Day(slow={SEALER: 0.6})


@cache
def advised(name):
    snapshot = quay.lived({"setting": WRONG_SETTING, "belt": SLIPPING}[name])
    found = diagnose(snapshot, NORTH, 1200.0, 1)
    return snapshot, found, advise(snapshot, found, found.causes[0], 1)


def spiking():
    """A vibration reading that jumps now and then; the machine is well."""
    values = quay.series(quay.Day())
    shake = values[f"{SEALER}/shake"]
    shake[-300::23] += 12.0
    return quay.snapshot(values)


def test_a_wrong_setting_is_put_back_to_the_recipe():
    """The write goes to the value the product calls for, and can be taken back."""
    _, found, advice = advised("setting")
    assert found.causes[0].failure_mode == "heat_set_low"
    plan = advice.best.action
    assert isinstance(plan, WritePlan)
    assert plan.steps[-1].point == f"{SEALER}/heat_set"
    assert plan.steps[-1].value == pytest.approx(180.0)
    assert plan.steps[0].old == pytest.approx(158.0)
    assert all(s.compensation is not None for s in plan.steps)
    assert advice.best.cures


def test_steps_keep_to_the_controllers_limit():
    """22 degrees with at most 15 a step are two writes, each starting where the last ended."""
    _, _, advice = advised("setting")
    steps = advice.best.action.steps
    assert len(steps) == 2
    assert steps[1].old == steps[0].value


def test_a_worn_belt_is_a_job_for_the_crew():
    """No set-point helps a slipping belt; the order names asset and, where it is sure, the mode."""
    _, _, advice = advised("belt")
    job = advice.best.action
    assert isinstance(job, WorkOrder)
    assert job.asset == SEALER
    assert job.failure_mode in {"belt_slips", None}
    assert advice.best.effect.gain.mean > 20


def test_an_instruments_fault_is_never_written_to():
    """A reading that jumps gets its instrument looked at, and no remedy of it is a write."""
    snapshot = spiking()
    found = diagnose(snapshot, NORTH, 1200.0, 1)
    assert found.causes[0].sensor
    advice = advise(snapshot, found, found.causes[0], 1)
    assert isinstance(advice.best.action, WorkOrder | Inspection)
    assert not any(isinstance(r.action, WritePlan) for r in advice.remedies)
    assert advice.best.effect is None


@pytest.mark.parametrize("name", ["setting", "belt"])
def test_every_forecast_is_evidence(name):
    """Whatever is promised can be cited: gain, interval and how it was simulated."""
    _, _, advice = advised(name)
    promised = [r for r in advice.remedies if r.effect is not None]
    assert promised
    assert len([e for e in advice.evidence if e.kind == "forecast"]) == len(promised)
    for remedy in promised:
        gain = remedy.effect.gain
        assert gain.low <= gain.mean <= gain.high
    assert all(e.quality == "simulated" for e in advice.evidence)


@pytest.mark.parametrize("name", ["setting", "belt"])
def test_the_basis_holds_the_target_and_what_the_cause_rests_on(name):
    """What is written, and the symptoms the cause cites, are watched until the write."""
    snapshot, found, advice = advised(name)
    points = {p.point for p in advice.basis.points}
    cited = {e.subject for e in found.evidence if e.kind == "symptom"} & {
        e.subject for e in found.evidence if e.id in found.causes[0].supports
    }
    roles = {p: snapshot.plant.point(p).spec.role.value for p in cited}
    assert {p for p, role in roles.items() if role not in {"produced", "defective"}} <= points
    if isinstance(advice.best.action, WritePlan):
        assert {s.point for s in advice.best.action.steps} <= points


def test_waiting_is_always_one_of_the_options():
    """Doing nothing is listed, and comes first only where nothing beats it."""
    _, _, advice = advised("belt")
    assert [r.title for r in advice.remedies].count("Wait and watch") == 1
    assert advice.remedies[-1].action is None


def test_the_same_seed_gives_the_same_advice():
    """Pure: same belief, same seed, same answer."""
    snapshot, found, advice = advised("belt")
    assert advise(snapshot, found, found.causes[0], 1) == advice


def test_a_title_tells_the_value_that_will_be_written(monkeypatch):
    """To the last digit: it is what people sign for."""
    snapshot, found, _ = advised("setting")
    point = snapshot.plant.point(f"{SEALER}/heat_set")
    one = Lever(point, 158.0, (182.5,), cures=True, task="Back.")
    monkeypatch.setattr("twin_core.advice.draw.lever", lambda *_: one)
    options = draw(snapshot, snapshot.plant.line(NORTH), found, found.causes[0])
    writes = [o for o in options if o.kind == "write"]
    assert [o.moves[0][1] for o in writes] == [182.5]
    assert writes[0].title.endswith("from 158 to 182.5 °C")


def test_two_settings_that_are_wrong_are_put_back_in_one_plan():
    """A likely second cause that is a setting elsewhere is put right with the first."""
    doser = f"{NORTH}/doser"
    wrong = {f"{SEALER}/heat_set": 158.0, f"{doser}/heat_set": 158.0}
    snapshot = quay.lived(quay.Day(settings=wrong))
    found = diagnose(snapshot, NORTH, 1200.0, 1)
    first = next(c for c in found.causes if c.failure_mode == "heat_set_low")
    other = ({SEALER, doser} - {first.asset}).pop()

    def first_option(probability):
        second = first.model_copy(
            update={"asset": other, "path": (other,), "beside": True, "probability": probability}
        )
        causes = (first, second)
        told = found.model_copy(update={"causes": causes})
        return draw(snapshot, snapshot.plant.line(NORTH), told, first)[0]

    moves = {one.point.id: value for one, value in first_option(0.7).moves}
    assert moves == pytest.approx(dict.fromkeys(wrong, 180.0))
    assert first_option(0.7).cures
    assert [one.point.unit_id for one, _ in first_option(0.2).moves] == [first.asset]


def test_what_a_job_gains_is_told_for_whenever_it_is_done():
    """Of the hour a job takes nothing is sure: the interval reaches from late to soon."""
    _, _, advice = advised("belt")
    gain, evidence = advice.best.effect.gain, advice.evidence[0]
    assert gain.low < 0.6 * gain.mean
    assert gain.high > 1.3 * gain.mean
    assert "give or take" in evidence.statement
    rate = advice.best.effect.forecast.rate
    assert rate.mean == pytest.approx(advice.best.effect.baseline.rate.mean + gain.mean)
