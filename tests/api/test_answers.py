"""Answers to act on are audit records; none is kept from who asked."""

import pytest

from api.answers import Answers
from tests.fakes import FakeLedger
from tests.twin_core.governance.scene import NOW, PEOPLE, PLANT, Belief
from twin_core.answer import Answer, Ask
from twin_core.evidence import Evidence, Finding

ASK = Ask(text="Why is the line slow?", asker=PEOPLE["olga"], thread="t")


def answer(kind="cause", proposals=()):
    seen = Evidence(kind=kind, subject="site/area/line", statement="The filler.", time=NOW)
    return Answer(
        thread="t",
        text=f"The filler [{seen.id}].",
        findings=(Finding(text="The filler.", evidence=(seen.id,), probability=0.9),),
        evidence=(seen,),
        proposals=proposals,
        model="offline operator 1",
        time=NOW,
    )


@pytest.fixture
def ledger():
    return FakeLedger()


@pytest.fixture
def answers(ledger):
    return Answers(PLANT, ledger, Belief(), lambda: "")


async def test_an_answer_with_a_cause_can_be_shown_a_year_later(ledger, answers):
    """Question, asker, answer, evidence, model, prompt, plant and state stand in the chain."""
    given = answer()
    assert await answers.kept(ASK, given) == given
    ((record, _),) = ledger.chain
    body = record.body
    assert (record.kind, record.actor, record.subject) == ("answered", "olga", PLANT.site)
    assert (body["question"], body["answer"]) == (ASK.text, given.text)
    assert body["asker"] == {"user": "olga", "name": "Olga", "roles": ["operator"]}
    (kept,) = body["evidence"]
    assert Evidence.model_validate({k: v for k, v in kept.items() if k != "id"}).id == kept["id"]
    assert body["findings"][0]["evidence"] == [kept["id"]]
    assert set(body["versions"]) == {"program", "plant", "prompt", "revision", "state"}
    assert all(len(body["versions"][name]) == 64 for name in ("plant", "prompt", "state"))


@pytest.mark.parametrize(
    ("kind", "proposals", "kept"),
    [("forecast", (), 1), ("counterfactual", (), 1), ("reading", ("p-1",), 1), ("reading", (), 0)],
)
async def test_only_what_may_be_acted_on_is_a_record(ledger, answers, kind, proposals, kept):
    """A forecast or a proposal is recorded; a reading that was told is not."""
    await answers.kept(ASK, answer(kind, proposals))
    assert len(ledger.chain) == kept


@pytest.mark.catches("an answer is lost with the ledger")
async def test_what_cannot_be_recorded_is_answered_and_says_so(ledger, answers):
    """Without a ledger, and on a broken chain, people get their answer, and are told."""
    ledger.down = True
    given = answer()
    found = await answers.kept(ASK, given)
    assert found.text == given.text
    assert "stands in no audit record" in found.unknown[0]
    ledger.down = False
    broken = Answers(PLANT, ledger, Belief(), lambda: "broken at record 1")
    assert "broken at record 1" in (await broken.kept(ASK, given)).unknown[0]
    assert ledger.chain == []
