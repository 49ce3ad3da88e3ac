from hypothesis import given
from hypothesis import strategies as st

from twin_core.advice.choice import choose, ordered, useful
from twin_core.advice.draw import Option
from twin_core.advice.points import Lever
from twin_core.advice.trial import Trials, Tried
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.plant.classes import RemedySpec
from twin_core.simulation.scenario import Comparison, Estimate, Forecast, Scenario

ASSET = "quay/hall/north/sealer"
LINE = "quay/hall/north"
USUAL = 200.0


def cause(*, sensor=False):
    return Cause(
        asset=ASSET, failure_mode="belt_slips", name="any", onset=0, onset_s=10, path=(ASSET,),
        probability=0.6, sensor=sensor,
    )  # fmt: skip


DIAGNOSIS = Diagnosis(
    subject=LINE, start=0, end=10, verdict="cause", rate=150.0, usual=USUAL, unit="{tub}/min",
    summary="any",
)  # fmt: skip


def comparison(gain):
    def estimate(x):
        return Estimate(mean=x, low=x - 2, high=x + 2, unit="{tub}/min")

    def forecast(x):
        return Forecast(
            scenario=Scenario(name="any", line=LINE), rate=estimate(x), replications=4, seed=1,
            model_version="flow 1", state_digest="0", start=0,
        )  # fmt: skip

    return Comparison(
        baseline=forecast(150.0), candidate=forecast(150.0 + gain), gain=estimate(gain),
        distinguishable=abs(gain) > 2,
    )  # fmt: skip


def write(gain, *, cures=False):
    lever = Lever(point=None, now=1.0, values=(2.0,), cures=cures, task="")  # type: ignore[arg-type]
    return Tried(Option("write", "write", (), 60.0, cures, ((lever, 2.0),)), comparison(gain))


def job(gain, *, cures=True, kind="work_order"):
    spec = RemedySpec(kind=kind, task="Mend it.", duration_s=600)
    return Tried(Option("job", kind, (), 840.0, cures, job=spec), comparison(gain))


def chosen(*tried, full=40.0, sensor=False):
    return choose(DIAGNOSIS, cause(sensor=sensor), Trials(tuple(tried), full))


def test_a_write_that_removes_the_cause_comes_before_everything():
    """Even a job that would gain more in the half hour does not beat a setting put right."""
    cure, mend = write(20.0, cures=True), job(35.0)
    assert chosen(mend, write(30.0), cure) is cure


def test_a_write_that_wins_half_back_comes_before_the_crew():
    """Easing the effect now is worth more than a repair later, if it eases enough."""
    ease = write(25.0)
    assert chosen(job(30.0), ease, full=40.0) is ease


def test_a_weak_write_leaves_the_job_to_the_crew():
    """What wins little back, and less than the repair, is not the answer."""
    mend = job(30.0)
    assert chosen(mend, write(5.0), full=40.0) is mend


def test_nothing_to_do_is_better_wait():
    """Where there is only a write that gains nothing, waiting is chosen."""
    assert chosen(write(0.0), full=0.0) is None
    assert chosen() is None


gains = st.floats(-100, 100)


@given(st.lists(gains, max_size=4), st.lists(gains, max_size=3), st.floats(0, 100))
def test_an_instrument_is_never_answered_by_a_write(writes, jobs, full):
    """Whatever the model says a write would gain, the process is fine."""
    tried = [write(g) for g in writes] + [job(g) for g in jobs]
    found = chosen(*tried, full=full, sensor=True)
    assert found is None or not found.option.moves


@given(st.lists(gains, max_size=4), st.lists(gains, max_size=3), st.floats(0, 100))
def test_a_write_that_only_eases_must_gain(writes, jobs, full):
    """A write that gains nothing worth the trouble is not chosen, whatever else there is."""
    found = chosen(*[write(g) for g in writes], *[job(g) for g in jobs], full=full)
    if found is not None and found.option.moves:
        assert useful(found, DIAGNOSIS)


@given(st.lists(gains, min_size=1, max_size=5))
def test_the_chosen_one_is_listed_first_and_nothing_is_lost(writes):
    """The order is the chosen one, then what gains, most first."""
    tried = [write(g) for g in writes]
    found = chosen(*tried)
    order = ordered(tried, found, DIAGNOSIS)
    assert sorted(map(id, order)) == sorted(map(id, tried))
    if found is not None:
        assert order[0] is found
