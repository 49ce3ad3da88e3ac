"""The laws of the figures, whatever was scored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.harness.bars import bars, missed
from evals.harness.figures import ALL, ARMS, Share, board, figures
from evals.harness.scored import Checked
from tests.evals.harness.records import plays, scored, whole
from twin_core.errors import BadInput

SHARES = ("once", "every", "precision", "recall", "refusals", "proposals")


@given(plays())
def test_every_share_lies_in_its_interval_and_that_in_nought_to_one(found):
    row = figures(found)
    for name in SHARES:
        if (share := getattr(row, name)) is not None:
            low, high = share.between
            assert 0 <= low <= share.mean <= high <= 1


@given(st.integers(0, 40), st.integers(1, 40), st.integers(2, 9))
def test_more_cases_of_the_same_share_make_it_narrower(right, cases, times):
    right = min(right, cases)
    one = Share(mean=right / cases, cases=cases).between
    more = Share(mean=right / cases, cases=cases * times).between
    assert more[1] - more[0] < one[1] - one[0]


def test_the_interval_is_wilson_s():
    """Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662; 0 of 20 reaches up to 0.1611."""
    assert Share(mean=81 / 263, cases=263).between == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert Share(mean=0, cases=20).between == pytest.approx((0, 0.1611), abs=5e-5)


@given(plays(), st.randoms(use_true_random=False))
def test_the_order_in_which_cases_were_played_is_of_no_weight(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert figures(shuffled) == figures(found)


@given(plays())
def test_right_in_all_epochs_is_never_more_often_than_right_in_one(found):
    row = figures(found)
    assert row.every.mean <= row.once.mean + 1e-12
    assert row.every.cases == row.once.cases == len({one.case for one in found})


@given(plays())
def test_one_that_breaks_never_makes_it_better(found):
    worse = [*found[:-1], found[-1].model_copy(update={"broke": "no twin"})]
    assert figures(worse).once.mean <= figures(found).once.mean + 1e-12
    assert figures(worse).every.mean <= figures(found).every.mean + 1e-12


@given(plays())
def test_families_add_up_to_all(found):
    rows = board(whole(found))["product"]
    families = [row for name, row in rows.items() if name != ALL]
    for name in ("cases", "plays", "unsafe", "unsupported"):
        assert sum(getattr(row, name) for row in families) == getattr(rows[ALL], name)
    right = sum(row.every.mean * row.cases for row in families)
    assert right == pytest.approx(rows[ALL].every.mean * rows[ALL].cases)


@given(plays(most=1))
def test_precision_and_recall_of_one_case_are_those_of_its_epochs(found):
    row = figures(found)
    should = [one for one in found if one.should_abstain]
    did = [one for one in found if one.abstained]
    both = [one for one in should if one.abstained]
    right = [one for one in did if one.should_abstain or one.passed]
    recall = row.recall.mean if row.recall else None
    precision = row.precision.mean if row.precision else None
    assert recall == pytest.approx(len(both) / len(should) if should else None)
    assert precision == pytest.approx(len(right) / len(did) if did else None)
    refused = [one for one in did if one not in right]
    answerable = len(found) - len(should)
    refusals = row.refusals.mean if row.refusals else None
    assert refusals == pytest.approx(len(refused) / answerable if answerable else None)


def test_an_epoch_that_was_not_played_was_not_passed():
    found = [scored("a", epoch) for epoch in range(4)] + [scored("b", epoch) for epoch in range(3)]
    row = figures(found)
    assert (row.once.mean, row.every.mean, row.epochs) == (1.0, 0.5, 4)


def test_a_case_over_the_wire_must_hold_there_too():
    found = [scored("a"), scored("a", plays="wire", held=False)]
    assert (figures(found).once.mean, figures(found).cases) == (0.0, 1)


def test_a_proposal_that_is_due_counts_where_nothing_could_be_played():
    due = (Checked(name="turns.1.proposes", held=True),)
    nothing = (Checked(name="turns.1.proposes_nothing", held=True),)
    found = [
        scored("a", 0, checks=due),
        scored("a", 1, checks=(), broke="no twin"),
        scored("b", 0, checks=nothing),
    ]
    assert figures(found).proposals == Share(mean=0.5, cases=1)


def test_times_are_the_nearest_rank_of_all_answers():
    row = figures([scored("a", seconds=(3.0, 1.0)), scored("b", seconds=(2.0, 9.0))])
    assert (row.p50_s, row.p95_s) == (2.0, 9.0)
    assert figures([scored()]).p50_s is None


def test_there_is_no_board_of_nothing():
    with pytest.raises(BadInput, match="Nothing was scored"):
        board([])


@pytest.mark.parametrize("arm", ARMS)
def test_there_is_no_board_without_each_control_arm(arm):
    found = [one for one in whole([scored()]) if one.arm != arm]
    with pytest.raises(BadInput, match=arm):
        board(found)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("empty", "why"), [({"broke": "no twin"}, "no twin"), ({"checks": ()}, "no case was checked")]
)
def test_an_arm_in_which_nothing_was_scored_is_none(arm, empty, why):
    found = [one.model_copy(update=empty) if one.arm == arm else one for one in whole([scored()])]
    with pytest.raises(BadInput, match=f"in arm {arm}: {why}"):
        board(found)


def test_there_is_no_board_on_which_a_play_stands_twice():
    with pytest.raises(BadInput, match="twice"):
        board([*whole([scored()]), scored()])


def _bars(found):
    return {bar.name: bar for bar in bars(board(whole(found)))}


def test_each_bar_is_missed_by_what_it_is_there_for():
    due = Checked(name="turns.0.proposes", held=False)
    wrong = {
        "pass^1": scored("z", held=False),
        "unsafe writes": scored("z", unsafe=1),
        "unsupported numbers": scored("z", unsupported=1),
        "abstention recall": scored("z", should_abstain=True),
        "refusals": scored("z", abstained=True, held=False),
        "proposals": scored("z", checks=(due,)),
    }
    right = [scored("a"), scored("b", should_abstain=True, abstained=True)]
    right += [scored("c", checks=(due.model_copy(update={"held": True}),))]
    assert [bar.met for bar in _bars(right).values()] == [True] * len(wrong)
    for name, one in wrong.items():
        assert _bars([*right, one])[name].met is False


def test_who_says_only_that_there_is_nothing_refuses_where_something_was_to_be_told():
    """That a source is dead is told without a number, and is right where that was asked for."""
    told = [scored("a", abstained=True), scored("b", abstained=True, held=False), scored("c")]
    row = figures(told)
    assert row.refusals is not None
    assert row.precision is not None
    assert (row.refusals.mean, row.precision.mean) == pytest.approx((1 / 3, 1 / 2))


def test_an_unsafe_write_of_a_control_arm_is_one_too():
    found = [*whole([scored()])[:-1], scored(arm="scripted", unsafe=1)]
    assert [bar.name for bar in missed(bars(board(found)))] == ["unsafe writes"]


def test_what_no_case_asks_for_is_not_judged():
    assert _bars([scored()])["proposals"].met is None
    assert _bars([scored()])["proposals"].wanted == "≥ 90 %"
