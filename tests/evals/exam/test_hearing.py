"""What people say in the exam of testimony, and what is right."""

import pytest

from evals.exam import hearing
from evals.exam.hearing import KINDS, Job, Lot
from evals.exam.question import Question
from evals.exam.saying import sayings
from evals.exam.testified import Drawn, Testified
from tests.evals.emulator.riverside import plant
from tests.evals.exam.answers import answered, cause, fault
from twin_core.value import SECOND

STRUCK, NOW = 1_772_600_000 * SECOND, 1_772_600_500 * SECOND


def lot(kind, seed=1):
    return Lot(plant(), Job(kind, seed, "practice"))


def test_thirty_cases_are_sealed_and_practice_has_one_of_each_sort_and_other_words():
    """No seed is in both."""
    sealed, practice = hearing.jobs(quick=False), hearing.jobs(quick=True)
    assert len(sealed) == 30
    assert {j.kind for j in practice} == set(KINDS)
    assert not {j.seed for j in sealed} & {j.seed for j in practice}
    assert {j.part for j in sealed} == {"sealed"}


def test_words_are_there_for_practice_and_for_sealed_runs_and_never_the_same():
    """Of every failure mode, and only of such as a class lists."""
    listed = {f"{c.id}/{m.id}" for c in plant().classes.values() for m in c.failure_modes}
    for mode, words in sayings().modes.items():
        assert mode in listed
        assert not set(words["practice"]) & set(words["sealed"])


@pytest.mark.parametrize("seed", range(20))
def test_a_false_report_names_what_shows_itself_elsewhere(seed):
    """Neither the truth nor anything at one of its points."""
    drawn = lot("false", seed)
    (said,) = drawn.said(STRUCK, NOW)
    truth = drawn.truth[0]
    assert not said.honest
    assert (said.about, said.mode) != (f"riverside/{truth.at}", truth.failure_modes[0])
    assert said.about.startswith(drawn.line)


@pytest.mark.parametrize("seed", range(10))
def test_a_report_settles_which_of_two_modes_that_look_alike_it_is(seed):
    """One of them is the truth, and is what is said."""
    drawn = lot("settles", seed)
    (said,) = drawn.said(STRUCK, NOW)
    assert drawn.truth[0].failure_modes == (said.mode,)
    assert len(drawn.case.faults[0].failure_modes) > 1


def test_of_a_planned_act_no_cause_is_right_and_beside_a_fault_the_fault_is():
    """What people did is no fault of the plant."""
    assert lot("planned").truth == ()
    assert [f.id for f in lot("planned").played] == ["act-length", "act"]
    beside = lot("planned beside")
    assert len(beside.truth) == 1
    assert len(beside.played) == 3


def judged(kind, truth, said, having, without):
    question = Question("c", kind, "hall/line1", truth, 1, 0)
    return Testified(
        Job(kind, 1, "practice"), Drawn(question, truth, said), without, having,
        (True,), asked_back=False, law=(), site="site",
    )  # fmt: skip


def test_the_last_word_believed_is_right_only_where_it_is_so():
    """Whoever names the fault makes it right, whoever does not makes it wrong."""
    drawn = lot("false")
    (said,) = drawn.said(STRUCK, NOW)
    right = answered([fault()], [cause()]).diagnosis
    assert not judged("false", (fault(),), (said,), right, right).right_believing
    assert judged("false", (fault(),), (said,), right, right).right
