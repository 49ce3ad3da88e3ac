"""An answer called wrong: kept beside it, put before who may confirm, of no weight till then."""

from typing import Any

import pytest

from api.disputes import Dispute, Disputes, draft_of, first_cause, incident_of, said_of
from tests.fakes import FakeLedger
from tests.tools.scenery import NOW, OPERATOR, ask, riverside, snapshot
from tools.testimony import understood
from twin_core.answer import Answer
from twin_core.errors import NoData
from twin_core.evidence import Evidence
from twin_core.plant.names import Names

FILLER = "riverside/packaging/line4/filler"
NAMES = Names(riverside())


def answer(*evidence: Evidence) -> Answer:
    """An answer that rests on these."""
    return Answer(thread="t1", text="Because.", model="m", time=NOW, evidence=evidence)


def cause(subject: str = FILLER) -> Evidence:
    """A cause as diagnosed."""
    data = {"failure_mode": "cooler_fouled"}
    return Evidence(kind="cause", subject=subject, statement="It is.", data=data, time=NOW)


def test_the_last_answer_of_a_conversation_or_of_any_is_meant():
    """Of the person who says so, and of nobody else."""
    book = Disputes(FakeLedger())
    first, second = answer(), answer(cause())
    book.heard(ask("a", "one"), first)
    book.heard(ask("b", "two"), second)
    assert book.last(OPERATOR, "one")[1] is first
    assert book.last(OPERATOR, "")[1] is second
    with pytest.raises(NoData, match="in the conversation three"):
        book.last(OPERATOR, "three")
    with pytest.raises(NoData, match="none was given since the start"):
        book.last(OPERATOR.model_copy(update={"user": "other"}), "one")


def test_it_is_about_the_incident_that_was_answered_or_the_newest_of_its_line():
    """And about none where there was none."""
    assert incident_of(answer(cause()), snapshot()) == "in-0a1b2c3d"
    assert incident_of(answer(cause("riverside/packaging/line1/filler")), snapshot()) == ""
    named = Evidence(
        kind="incident", subject=FILLER, statement="x", data={"incident": "in-11111111"}, time=NOW
    )
    assert incident_of(answer(named, cause()), snapshot()) == "in-11111111"
    assert incident_of(answer(), snapshot()) == ""


def test_what_it_was_is_put_before_others_in_the_persons_words():
    """As a cause to be confirmed; a report that names no machine is none."""
    words = "no, it was the capper on line 4, the torque was set too low"
    found = understood(words, "Olga", NOW, NAMES)
    said = said_of(found.testimony)
    assert said is not None
    draft = draft_of(said, "in-0a1b2c3d", cause(), snapshot())
    action: Any = draft.action
    assert (action.kind, action.incident) == ("confirm_cause", "in-0a1b2c3d")
    assert action.asset.endswith("line4/capper")
    assert draft.evidence[0].kind == "testimony"
    assert words in draft.evidence[0].statement
    assert said_of(understood("that is nonsense", "Olga", NOW, NAMES).testimony) is None


async def test_disputes_are_kept_in_the_audit_chain():
    """With question, answer and what was understood; read back as they were."""
    ledger = FakeLedger()
    one = Dispute(
        question="why?", answer="Because.", cause="", model="m", evidence=("ev-1",), words="no",
        asset=None, modes=(), incident="", proposal="", user="olga", at=NOW,
    )  # fmt: skip
    await Disputes(ledger).keep(one, "riverside")
    assert await Disputes(ledger).all() == (one,)
    assert ledger.chain[0][0].kind == "disputed"


def test_the_first_cause_is_what_an_answer_put_first():
    """None where it put none."""
    assert first_cause(answer(cause())) == cause()
    assert first_cause(answer()) is None
