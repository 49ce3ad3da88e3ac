"""What a stored case claims beyond the chain's records of it is found, and ends safely."""

from typing import Any

import pytest

from tests.twin_core.governance.scene import LINE, NOW, TORQUE, draft, proposal, step, world
from twin_core.governance.action import ScheduleChange
from twin_core.governance.audit import EMPTY, link, read
from twin_core.governance.case import STANDS, Case
from twin_core.governance.events import Proceed, Reported, Submit, Vote
from twin_core.governance.gate import decide
from twin_core.governance.warrant import unfounded, withdrawn
from twin_core.value import SECOND

PLAN = draft(step(), step(TORQUE, value=2.5, check=0.1))


def lived(given=PLAN, *, votes=0, checks=0) -> tuple[Any, list[Any]]:
    """A case after so many approvals and looks at the world, and its records as read back."""
    head, records = EMPTY, []
    case: Any = None
    here = world(given)
    events: list[Any] = [Submit(proposal(given), here)]
    events += [Vote(user, "approved", "", "web", here) for user in ("sam", "sue")[:votes]]
    events += [Proceed(here)] * checks
    for event in events:
        case, effects = decide(case, event, NOW)
        save: Any = effects[0]
        for kind, actor, subject, body in save.entries:
            _, stored, head = link(head, at=NOW, kind=kind, actor=actor, subject=subject, body=body)
            records.append(read(stored))
    return Case.model_validate(case.model_dump(mode="json")), records


def forged(case, **changes):
    return case.model_copy(update=changes)


def invented(case):
    """A vote as a forger would write it: under the case's own digest."""
    approved, _ = lived(votes=1)
    return approved.votes[0].model_copy(update={"digest": case.digest})


FORGERIES = {
    "approved with an invented vote": lambda c: forged(c, stage="approved", votes=(invented(c),)),
    "a pending case with an invented vote": lambda c: forged(c, votes=(invented(c),)),
    "approved without a vote": lambda c: forged(c, stage="approved"),
    "another content under its own digest": lambda c: forged(c, proposal=proposal(draft())),
    "another digest": lambda c: forged(c, digest="0" * 64),
    "a later step": lambda c: forged(c, at=1),
    "turned round": lambda c: forged(c, back=True),
    "closed by nobody": lambda c: forged(c, resolved="eve: looked"),
}


@pytest.mark.catches("a stored vote counts without its record")
@pytest.mark.parametrize("how", FORGERIES)
def test_what_no_record_says_is_unfounded_and_denied(how):
    """Each claim beyond the records is found; before anything was to be sent, it is denied."""
    case, records = lived()
    assert unfounded(case, records) == ""
    claims = FORGERIES[how](case)
    why = unfounded(claims, records)
    assert why
    end = withdrawn(case.id, claims, records, why, NOW).case
    assert (end.stage, end.votes, end.moving) == ("denied", (), False)
    assert end.proposal == case.proposal


@pytest.mark.catches("a case set back is sent a second time")
@pytest.mark.parametrize("stage", sorted(set(STANDS) - {"dispatched"}))
def test_what_was_dispatched_can_be_stored_as_nothing_else(stage):
    """Whatever stage is put in its place, what the records say was sent is unknown and locked."""
    case, records = lived(votes=1, checks=2)
    assert (case.stage, unfounded(case, records)) == ("dispatched", "")
    why = unfounded(forged(case, stage=stage), records)
    assert stage in why
    end = withdrawn(case.id, forged(case, stage=stage), records, why, NOW).case
    assert (end.stage, end.uncertain, end.moving) == ("unknown", True, False)
    assert [s.state for s in end.steps] == ["lost", "waiting"]


@pytest.mark.parametrize("checks", [0, 2])
def test_what_was_withdrawn_stays_so(checks):
    """The record of the withdrawal bears out the end, and nothing but it."""
    case, records = lived(votes=1, checks=checks)
    save = withdrawn(case.id, case, records, "for a test", NOW)
    ((kind, actor, subject, body),) = save.entries
    _, stored, _ = link(EMPTY, at=NOW, kind=kind, actor=actor, subject=subject, body=body)
    records.append(read(stored))
    assert unfounded(save.case, records) == ""
    assert unfounded(case, records)
    assert unfounded(forged(save.case, resolved="eve: looked"), records)


@pytest.mark.catches("a job reported as not done can be stored as done")
def test_a_reported_job_is_stored_as_it_was_reported():
    """The word of the report bears out one end, and only that."""
    stop = ScheduleChange(line=LINE, stop_at=NOW + 3600 * SECOND, stop_s=600)
    job = draft(action=stop)
    case, records = lived(job, votes=1, checks=2)
    assert (case.stage, unfounded(case, records)) == ("acked", "")
    head = EMPTY
    ends: Any = (("done", "verified", "failed"), ("failed", "failed", "verified"))
    for became, right, wrong in ends:
        after, effects = decide(case, Reported("olga", became, "so it is", world(job)), NOW)
        save: Any = effects[0]
        said = []
        for kind, actor, subject, body in save.entries:
            _, stored, head = link(head, at=NOW, kind=kind, actor=actor, subject=subject, body=body)
            said.append(read(stored))
        assert (after.stage, unfounded(after, [*records, *said])) == (right, "")
        assert unfounded(forged(after, stage=wrong), [*records, *said])


def test_a_case_under_another_name_is_denied_under_that_name():
    """A case copied to another proposal's place ends there, and leaves its own alone."""
    case, _ = lived(votes=1)
    why = unfounded(case, [])
    assert why == "no record says that it was handed in"
    assert withdrawn("p-copy", case, [], why, NOW).case.id == "p-copy"
