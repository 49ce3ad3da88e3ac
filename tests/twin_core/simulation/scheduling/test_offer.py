"""A schedule is offered only when it was run, beside what the floor would do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.scheduling.shops import job, machine, shop, shops
from twin_core.errors import ImpossibleScenario
from twin_core.simulation.scheduling.dispatch import dispatch
from twin_core.simulation.scheduling.offer import Offer, faults, offer
from twin_core.simulation.scheduling.run import run
from twin_core.simulation.scheduling.schedule import Schedule, Stint, broken
from twin_core.simulation.scheduling.search import NoneExists
from twin_core.simulation.scheduling.solve import Limits
from twin_core.simulation.scheduling.trial import Stopping, Upsets, trial

LIMITS = Limits(effort=2.0)
CHANGES = {"red": {"blue": 6}, "blue": {"red": 6}}
TURNS = shop(
    [machine("m", (20, 25), changeovers=CHANGES), machine("n")],
    [
        job(
            f"j{i}",
            *[("m", 1 + 7 * i % 11), ("n", 1 + 9 * i % 13)][:: 1 if i % 3 else -1],
            family=("red", "blue")[i % 2],
            due=20 + 6 * i,
        )
        for i in range(6)
    ],
)


def test_a_better_order_is_offered_with_what_it_gains():
    """Done earlier than by any rule of the floor, so every machine is used better."""
    made = offer(TURNS, "makespan", LIMITS)
    assert isinstance(made, Offer)
    assert made.proven
    assert made.value < made.value_before
    assert made.value == made.schedule.makespan
    assert broken(TURNS, made.schedule) == ()
    assert all(
        (u.share or 0) > (b.share or 0) for u, b in zip(made.use, made.use_before, strict=True)
    )


@settings(max_examples=20, deadline=None)
@given(shops())
def test_what_is_offered_breaks_no_rule_and_is_what_runs(given_shop):
    """Executed once more, an offered schedule has its own times."""
    made = offer(given_shop, "makespan", LIMITS)
    assert isinstance(made, Offer)
    assert broken(given_shop, made.schedule) == ()
    again = run(given_shop, made.schedule)
    assert sorted((s.job, s.operation, e) for s, _, e in again.stints) == sorted(
        (s.job, s.operation, s.end) for s in made.schedule.stints
    )


def test_what_runs_later_than_planned_or_breaks_a_rule_is_found():
    """Two on one machine at a time: the law names it, and the run shows it."""
    one = shop([machine("m")], [job("a", ("m", 5)), job("b", ("m", 5))])
    both = Schedule(
        stints=tuple(Stint(job=j, operation=0, machine="m", start=0, end=5) for j in "ab")
    )
    told = " | ".join(faults(one, both, run(one, both)))
    assert "overlap on m" in told
    assert "ends at 10 s, planned was 5 s" in told


def test_no_schedule_is_handed_on_as_it_is():
    """Deadlines that cannot be kept are the answer, not an offer."""
    one = shop([machine("m")], [job("a", ("m", 5), deadline=4)])
    assert isinstance(offer(one, "makespan", LIMITS), NoneExists)


def test_a_trial_without_upsets_gives_the_times_of_the_schedule():
    """Nothing varies: every run is the same, and so is each use."""
    planned = dispatch(TURNS, "fifo")
    found = trial(TURNS, [planned], "makespan", Upsets(), seed=1)
    (outlook,) = found.outlooks
    assert outlook.makespan.low == outlook.makespan.high == planned.makespan
    assert found.runs == 20


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 0.5))
def test_the_same_seed_gives_the_same_trial(seed, spread):
    """Whatever else is tried beside it."""
    upsets = Upsets(spread=spread, stops={"m": Stopping(mtbf_s=30, mttr_s=5)})
    one, other = dispatch(TURNS, "fifo"), dispatch(TURNS, "shortest")
    alone = trial(TURNS, [one], "makespan", upsets, seed, most=20)
    beside = trial(TURNS, [one, other], "makespan", upsets, seed, most=20)
    assert alone == trial(TURNS, [one], "makespan", upsets, seed, most=20)
    assert alone.outlooks[0] == beside.outlooks[0]


def test_upsets_cost_what_theory_says():
    """One job of 100 s, mtbf 50, mttr 10: two stops of 10 s on average (99 % interval)."""
    one = shop([machine("m")], [job("a", ("m", 100), due=110)])
    upsets = Upsets(stops={"m": Stopping(mtbf_s=50, mttr_s=10)})
    found = trial(one, [dispatch(one, "fifo")], "makespan", upsets, seed=3)
    (outlook,) = found.outlooks
    # a compound Poisson sum: mean 2·10, variance 2·2·10²
    half = 2.58 * np.sqrt(400 / found.runs)
    assert abs(outlook.makespan.mean - 120) < half
    assert outlook.use["m"] == pytest.approx(100 / outlook.makespan.mean)
    assert 0 < outlook.late["a"] < 1


def test_durations_that_vary_keep_their_mean():
    """Lognormal, as wide as asked for (99 % interval)."""
    one = shop([machine("m")], [job("a", ("m", 100))])
    found = trial(one, [dispatch(one, "fifo")], "makespan", Upsets(spread=0.3), seed=3)
    makespan = found.outlooks[0].makespan
    assert abs(makespan.mean - 100) < 2.58 * 30 / np.sqrt(found.runs)
    # 5 % and 95 % of a lognormal with mean 1 and deviation 0.3: 0.590 and 1.546
    assert makespan.low == pytest.approx(59, rel=0.1)
    assert makespan.high == pytest.approx(155, rel=0.1)


def test_an_offer_tells_both_under_the_same_upsets():
    """What is gained on average is told apart from luck."""
    upsets = Upsets(spread=0.2, stops={"n": Stopping(mtbf_s=60, mttr_s=4)})
    made = offer(TURNS, "tardiness", LIMITS, upsets=upsets)
    assert isinstance(made, Offer)
    assert made.trial is not None
    before, after = made.trial.outlooks
    assert made.trial.gains[1].mean == pytest.approx(before.tardiness.mean - after.tardiness.mean)
    assert made.trial.differ == (False, True)
    assert set(after.late) == {f"j{i}" for i in range(6)}


def test_a_trial_of_nothing_or_of_unknown_machines_is_refused():
    """With what is allowed."""
    planned = dispatch(TURNS, "fifo")
    unknown = Upsets(stops={"z": Stopping(mtbf_s=1, mttr_s=1)})
    with pytest.raises(ImpossibleScenario, match="is no machine"):
        trial(TURNS, [planned], "makespan", unknown, seed=1)
    with pytest.raises(ImpossibleScenario, match="nothing is to be run"):
        trial(TURNS, [], "makespan", Upsets(), seed=1)
