"""What counts as right, and what an answer that was not given counts as."""

import pytest

from evals.bench import marking
from evals.bench.row import Bar
from tests.evals.exam.answers import answered, cause, fault


def test_a_place_is_that_of_asset_and_failure_mode():
    """The right machine by another of its modes is not the fault."""
    other = cause(mode="jammed")
    found = answered([fault()], [other, cause()])
    assert found.ranks == (2,)
    assert not found.first
    assert found.listed
    assert not answered([fault()], [other]).listed


def test_a_fault_that_no_class_lists_is_right_by_its_asset_with_the_mode_unknown():
    """Whoever names a mode where none is the truth is wrong."""
    unlisted = fault(modes=())
    assert answered([unlisted], [cause(mode=None)]).first
    assert not answered([unlisted], [cause(mode="worn")]).first


def test_of_a_pair_the_first_place_needs_one_and_the_first_three_need_both():
    """One of two found is not two found."""
    pair = [fault(), fault(component="hall/line1/saw", id="g")]
    one = answered(pair, [cause()])
    assert one.first
    assert not one.listed
    assert answered(pair, [cause(asset="site/hall/line1/saw"), cause()]).listed


def test_causes_that_are_listed_without_the_verdict_count_as_not_named():
    """An answer that something is unclear names nothing."""
    assert answered([fault()], [cause()], verdict="unclear").ranks == (None,)


def test_onsets_are_judged_of_causes_rightly_named():
    """Seconds for what came at once, the stated interval for what crept."""
    late = answered([fault()], [cause(late_s=40.0)])
    wrong = answered([fault()], [cause(mode="jammed", late_s=4_000.0)])
    crept = [answered([fault(shape="ramp")], [cause(late_s=s, onset_s=30.0)]) for s in (20.0, 31.0)]
    found = {r.name: r for r in marking.onsets("x", [late, wrong, *crept], "", None, None)}
    assert found["x.onset"].value == 40.0
    assert found["x.onset"].n == 1
    assert found["x.onset.inside"].value == 0.5


def test_the_onset_of_a_fault_that_came_late_is_when_it_came():
    """A fault has its own onset after it was put in."""
    found = {
        r.name: r
        for r in marking.onsets(
            "x", [answered([fault(onset=60.0)], [cause(late_s=50.0)])], "", None, None
        )
    }
    assert found["x.onset"].value == 10.0
    assert found["x.onset.inside"].value is None


def test_an_instrument_is_told_from_the_process_by_the_first_cause():
    """No cause at all tells neither."""
    sensor = fault(parameter="sensor:speed")
    told = [
        answered([sensor], [cause(sensor=True)]),
        answered([sensor], [cause()]),
        answered([fault()], [cause()]),
        answered([fault()], [], verdict="normal"),
        answered([fault(), fault(id="g")], [cause()]),
    ]
    row = marking.instruments("x", told, "", Bar(low=0.97))
    assert row.value == 0.5
    assert row.n == 4
    assert row.met is False


def test_a_share_says_how_sure_it_is_and_of_nothing_why_there_is_none():
    """The interval is the binomial's; an empty set meets no bar and misses none."""
    row = marking.share("x", [True] * 9 + [False], "")
    assert row.spread == pytest.approx(1.645 * (0.09 / 10) ** 0.5)
    empty = marking.share("x", [], "", Bar(low=0.5))
    assert empty.met is None
    assert empty.why
