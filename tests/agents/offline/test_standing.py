"""Of which proposals it is asked: those that wait, were approved, or were refused."""

import pytest

from agents.offline.plan import calls
from agents.offline.reading import read
from agents.specialists import ANALYST
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("what is waiting for approval?", "waiting"),
        ("anything still to be signed off", "waiting"),
        ("which proposals has nobody approved or refused yet", "waiting"),
        ("what has been approved today", "approved"),
        ("which changes got the go-ahead", "approved"),
        ("what did they sign off this shift", "approved"),
        ("which proposals were turned down today", "refused"),
        ("who approved what on line 3 today", "approved"),
        ("anything still waiting for approval, and what", "waiting"),
        ("how do the proposals stand", None),
    ],
)
def test_those_are_asked_for_that_stand_so(text, which):
    """Where more is asked than which they are, all are told."""
    (found,) = read(text, NAMES)
    (call,) = calls(found, {}, frozenset(ANALYST.tools))
    assert (call.tool, call.arguments.get("which")) == ("proposals_status", which)
