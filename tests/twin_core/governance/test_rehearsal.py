"""What a rehearsal may do to a proposal: be seen by who decides, and nothing else."""

from typing import Any

import pytest

from tests.twin_core.governance.scene import NOW, PEOPLE, SPEED, draft, proposal, world
from twin_core.governance.audit import EMPTY, link, read
from twin_core.governance.case import Case
from twin_core.governance.events import Rehearsed, Save, Submit, Tell, Vote
from twin_core.governance.gate import decide
from twin_core.governance.rehearsal import (
    MOST,
    PLANNED,
    UNDONE,
    Looked,
    Pass,
    Rehearsal,
    StepSeen,
    evidence,
)
from twin_core.governance.warrant import unfounded

DIGEST = "0" * 64


def one(name=PLANNED, stage="effect_seen", *, held=True):
    seen = StepSeen(
        point=SPEED, unit="1/min", old=400, value=500, check=1, state="verified", read_back=500
    )
    return Pass(name=name, stage=stage, result="", steps=(seen,), held=held, took_s=60)


def report(*passes, looked=(), **more):
    return Rehearsal(
        proposal="p-1", digest=DIGEST, plant=DIGEST, policy=DIGEST, model="m 1", at=NOW, factor=20,
        passes=passes or (one(),), looked=looked, **more,
    )  # fmt: skip


def handed(case, found=None, user="olga", digest=None):
    found = found or evidence(report(), "Olga")
    return decide(case, Rehearsed(user, digest or case.digest, found, world(draft())), NOW)


def opened() -> tuple[Any, Any]:
    return decide(None, Submit(proposal(draft()), world(draft())), NOW)


def answer(effects):
    return next(e for e in effects if isinstance(e, Tell))


def test_a_rehearsal_stays_with_its_proposal_and_decides_nothing():
    """Stage, votes and digest are what they were; the evidence and one record are new."""
    case, _ = opened()
    after, effects = handed(case)
    assert [e.kind for e in after.rehearsals] == ["rehearsal"]
    assert (after.stage, after.votes, after.digest) == (case.stage, (), case.digest)
    assert [e[0] for e in effects[0].entries] == ["rehearsed"]
    assert Case.model_validate(after.model_dump(mode="json")) == after


def test_a_rehearsal_of_another_content_is_refused():
    """What was rehearsed must be what stands here, by digest."""
    case, _ = opened()
    after, effects = handed(case, digest=DIGEST)
    assert after == case
    assert answer(effects).error == "conflict"


@pytest.mark.parametrize("user", ["vera", "nobody"])
def test_who_only_looks_on_hands_nothing_in(user):
    """A viewer, and somebody who is not known; the attempt is recorded."""
    assert user not in PEOPLE or set(PEOPLE[user].roles) == {"viewer"}
    case, _ = opened()
    after, effects = handed(case, user=user)
    assert after.rehearsals == ()
    assert answer(effects).error == "not_allowed"
    assert effects[0].entries[0][0] == "rehearsal_refused"


def test_the_same_report_twice_is_there_once_and_there_is_an_end_to_them():
    """By the id of its content; and no more than MOST."""
    case, _ = opened()
    case, _ = handed(case)
    again, effects = handed(case)
    assert again == case
    assert not any(isinstance(e, Save) for e in effects)
    for number in range(MOST - 1):
        case, _ = handed(case, evidence(report(one(stage=f"s{number}")), "Olga"))
    assert len(case.rehearsals) == MOST
    after, effects = handed(case, evidence(report(one(stage="more")), "Olga"))
    assert after == case
    assert answer(effects).error == "conflict"


def test_a_rehearsal_comes_too_late_once_it_is_decided():
    """It is for those who decide."""
    case, _ = opened()
    case, _ = decide(case, Vote("sam", "rejected", "no", "web", world(draft())), NOW)
    after, effects = handed(case)
    assert after.rehearsals == ()
    assert answer(effects).error == "conflict"


def test_a_rehearsal_that_no_record_holds_withdraws_its_case():
    """Who writes one into the store is found, as with a vote."""
    head, records = EMPTY, []
    case, effects = opened()
    for given in (effects, handed(case)[1]):
        for kind, actor, subject, body in given[0].entries:
            _, stored, head = link(head, at=NOW, kind=kind, actor=actor, subject=subject, body=body)
            records.append(read(stored))
    after, _ = handed(case)
    assert unfounded(after, records) == ""
    forged = evidence(report(one(stage="verified")), "Olga")
    assert "rehearsal" in unfounded(after.model_copy(update={"rehearsals": (forged,)}), records)


def test_the_verdict_says_what_did_not_hold():
    """In one sentence, the first word of which is enough."""
    good = report(one(), one(UNDONE, "rolled_back"), one("lost", "not_applied"))
    assert good.passed
    assert good.verdict == (
        "Passed: on a virtual controller, carried out as planned it ended effect seen, was undone "
        "on request, met 1 of 1 faults as it must."
    )
    bad = report(
        one(), one(UNDONE, "failed", held=False), one("lost", "verified", held=False),
        looked=(Looked(what="basis", found="gone", held=False),),
    )  # fmt: skip
    assert bad.verdict.startswith("FAILED")
    assert "could NOT be undone" in bad.verdict
    assert "0 of 1 faults" in bad.verdict
    assert "basis" in bad.verdict


def test_the_evidence_is_simulated_and_bears_who_answers_for_it():
    """Its id is of its content."""
    found = evidence(report(), "Olga")
    assert (found.quality, found.origin, found.subject) == ("simulated", "Olga", "p-1")
    assert found.id == evidence(report(), "Olga").id != evidence(report(), "Sam").id
