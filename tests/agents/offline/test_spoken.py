"""“It” may be a machine that only the answer before named."""

import pytest

from agents.offline.reading import read_conversation
from tests.tools.scenery import riverside
from twin_core.plant.names import Names

CAUSE = (
    "Most likely cause: speed set too low at filler 3; it acts along filler 3 → capper 3 → line 3."
)


def last(*talk, answers=()):
    """What the last question of a talk is read as."""
    return read_conversation(talk, Names(riverside()), None, answers)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Propose to set it back to 540 bottles per minute", "propose"),
        ("What would line 3 make if we set it back to 540 bottles per minute?", "what_if"),
    ],
)
@pytest.mark.parametrize("more", [(), ("Since about 07:05.",)])
def test_it_is_the_first_machine_of_the_answer_that_can_be_changed_so(question, kind, more):
    """Also where another answer, which names none, stands between."""
    between = ("Since when?",) * len(more)
    (found,) = last("Why is line 3 slow?", *between, question, answers=(CAUSE, *more))
    assert (found.kind, [c["asset"] for c in found.changes]) == (kind, ["Filler 3"])


def test_a_machine_that_is_named_is_never_put_aside():
    """Whatever was spoken of."""
    (found,) = last("Why is line 3 slow?", "What if capper 3 goes to 500?", answers=(CAUSE,))
    assert [c["asset"] for c in found.changes] == ["Capper 3"]


def test_without_an_answer_it_is_asked_back():
    """Nothing is guessed."""
    (found,) = last("Why is line 3 slow?", "What if we set it back to 540 bottles per minute?")
    assert found.unread
    assert not found.changes


def test_what_is_asked_may_be_of_a_neighbour_of_what_was_spoken_of():
    """“The header” that “it” feeds, not every header there is."""
    said = "Most likely cause: load limit left low at compressor 1; air header A → packer 1."
    (found,) = last(
        "Why is line 1 slow?",
        "What pressure would header A have if it went to 95 %?",
        answers=(said,),
    )
    assert (found.asked, [c["asset"] for c in found.changes]) == (
        ("Air header A", "header pressure"),
        ["Compressor 1"],
    )


def test_its_is_that_of_what_was_spoken_of():
    """In the sentence before, or in the answer."""
    (found,) = last("Filler 3 is slow; propose that its speed be put to 520 bottles per minute")
    assert [(c["asset"], c["value"]) for c in found.changes] == [("Filler 3", 520.0)]
