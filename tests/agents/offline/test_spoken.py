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
