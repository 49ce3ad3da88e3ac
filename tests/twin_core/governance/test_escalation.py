"""Every step that fell due is told, once, in order; nothing is told that needs no answer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.governance.scene import CAPPER, FILLER, NOW, PEOPLE, PLANT, person
from tests.twin_core.governance.test_gate import at
from twin_core.answer import Grant
from twin_core.governance import escalation
from twin_core.governance.escalation import Escalation, acknowledged, due, escalated, next_due
from twin_core.governance.oncall import OnCall
from twin_core.value import SECOND

ROTA = """
schema = 1
[rotas.first]
people = ["olga", "gone", "bot", "sam", "eve"]
starts = 2023-11-14
days = 1
handover = 00:00:00
"""
PENDING, _ = at("pending")
UNKNOWN = PENDING.model_copy(update={"stage": "unknown", "result": "no answer"})


def oncall(*given, table="approvals.standard"):
    """A file of steps: (after_s, whom, level)."""
    text = "".join(
        f"[[{table}]]\nafter_s = {after}\ntell = {list(tell)}\nlevel = '{level}'\n"
        for after, tell, level in given
    )
    return OnCall.parse(ROTA + text, "oncall.toml", "UTC")


THREE = oncall(
    (0, ["person:sam"], "alarm"),
    (120, ["person:sam", "person:sue"], "page"),
    (300, ["role:supervisor"], "highest"),
)


def asked(case) -> Any:
    return escalation.asked(case)


def ended(case, state, channels, now) -> Any:
    return escalation.ended(case, state, channels, now)


def told(case, file, seconds, state=None, channels=("web",), people=PEOPLE) -> Any:
    return escalated(
        PLANT, case, state or asked(case), file, people, channels, NOW + round(seconds * SECOND)
    )


def test_a_step_is_told_when_its_time_has_come():
    """To whom it says, as loud as it says; the next one in its time."""
    first = told(PENDING, THREE, 0)
    assert [(p.person, p.level) for p in first.state.outbox] == [("sam", "alarm")]
    assert told(PENDING, THREE, 119.9, first.state) is None
    second = told(PENDING, THREE, 120, first.state)
    assert [(p.person, p.level) for p in second.state.outbox[1:]] == [
        ("sam", "page"),
        ("sue", "page"),
    ]
    assert second.entry[3]["steps"] == [2]
    assert second.state.told == ("sam", "sue")
    assert next_due(THREE.approvals["standard"], second.state, NOW + 120 * SECOND) == (
        NOW + 300 * SECOND
    )


@pytest.mark.catches("a burst of the same page to the same person after an outage")
def test_steps_that_fell_due_in_an_outage_are_told_once_as_one():
    """Each person hears it once, as loud as the loudest of them."""
    found = told(PENDING, THREE, 300)
    assert [p.person for p in found.state.outbox] == ["sam", "sue", "both"]
    assert {p.level for p in found.state.outbox} == {"highest"}
    assert found.entry[3]["steps"] == [1, 2, 3]
    assert "steps 1 to 3 of 3" in found.state.outbox[0].text
    assert told(PENDING, THREE, 800, found.state) is None


def test_the_last_step_says_that_without_a_decision_nothing_is_done():
    """In words, with the time at which it expires."""
    found = told(PENDING, THREE, 300)
    assert found.state.outbox[0].text.endswith(
        "the last step: without a decision it expires at 22:28:20 UTC, and nothing is done"
    )
    assert "the last step" not in told(PENDING, THREE, 0).state.outbox[0].text


@pytest.mark.catches("a step told of a proposal whose time is over")
def test_when_its_time_is_over_nobody_is_asked_any_more():
    """From its expiry on no step of a proposal is told, whether that was stored or not."""
    assert told(PENDING, THREE, 900) is None
    assert told(PENDING, THREE, 899) is not None


@pytest.mark.catches("the requester, a machine or somebody who left is called, and nobody behind")
def test_who_cannot_answer_is_passed_over_and_that_is_said():
    """The next of the rota is called in his place."""
    found = told(PENDING, oncall((0, ["rota:first"], "page")), 0)
    assert [p.person for p in found.state.outbox] == ["sam"]
    assert found.entry[3]["passed_over"] == [
        "olga (rota:first) requested it",
        "gone (rota:first) is no user of this site any more",
        "bot (rota:first) is not a person who works there",
    ]
    assert found.notice.level == "alarm"
    assert "sam was told; olga (rota:first) requested it" in found.notice.text


def test_who_has_approved_already_is_not_called_to_approve():
    """Of two signatures one is there: the other is asked for."""
    file = oncall((0, ["role:supervisor"], "page"))
    signed = PENDING.model_copy(update={"votes": (_vote("sam"),)})
    assert [p.person for p in told(signed, file, 0).state.outbox] == ["sue", "both"]


@pytest.mark.catches("a step that reaches nobody is silently done")
def test_a_step_that_reaches_nobody_is_a_page_to_those_on_watch():
    """It counts as told, so that the next one comes; everybody on watch hears of it."""
    found = told(PENDING, oncall((0, ["person:gone"], "page"), (60, ["person:sam"], "page")), 0)
    assert found.state.outbox == ()
    assert found.notice.level == "page"
    assert "nobody was told" in found.notice.text
    after = told(PENDING, oncall((0, ["person:gone"], "page"), (60, ["person:sam"], "page")), 60,
                 found.state)  # fmt: skip
    assert [p.person for p in after.state.outbox] == ["sam"]


def test_an_uncertain_end_is_told_by_its_loudness_until_somebody_looks_after_it():
    """What could not be undone has steps of its own; nothing is done when nobody answers."""
    file = oncall((0, ["person:olga"], "page"), (60, ["rota:first"], "page"), table="pages.page")
    first = told(UNKNOWN, file, 0)
    assert [p.person for p in first.state.outbox] == ["olga"]
    assert "unknown: no answer; answer with opstwin oncall ack" in first.state.outbox[0].text
    unsafe = UNKNOWN.model_copy(update={"stage": "unsafe"})
    assert asked(unsafe).key != first.state.key
    assert told(unsafe, file, 60) is None
    taken = acknowledged(first.state, PEOPLE["sam"], NOW)
    assert due(file.pages["page"], taken.state, NOW + 3600 * SECOND) == ()
    last = told(UNKNOWN, file, 60, first.state)
    assert "the last step: nothing is done by itself" in last.state.outbox[-1].text


@pytest.mark.catches("a page that was not taken is told after it needs no answer any more")
@pytest.mark.parametrize(
    ("stage", "says"),
    [
        ("expired", "nobody decided and nothing was done; expired at 22:28:20 UTC"),
        ("rejected", "it was rejected"),
        ("approved", "it is approved and about to be sent"),
    ],
)
def test_who_was_told_hears_the_end_once(stage, says):
    """What waits in the outbox is withdrawn; whoever was told nothing hears nothing."""
    state = told(PENDING, THREE, 300).state
    assert ended(PENDING, state, ("web",), NOW) is None
    result = "expired at 22:28:20 UTC" if stage == "expired" else ""
    over = PENDING.model_copy(update={"stage": stage, "result": result})
    found = ended(over, state, ("web",), NOW)
    assert [(p.person, p.level, p.text) for p in found.state.outbox] == [
        (user, "info", f"p-00000001: {says}") for user in ("sam", "sue", "both")
    ]
    assert not {p.id for p in found.state.outbox} & {p.id for p in state.outbox}
    assert ended(over, found.state, ("web",), NOW) is None
    assert ended(over, asked(PENDING), ("web",), NOW) is None


def test_what_asks_again_is_told_from_where_it_came():
    """Votes that are void put a proposal before people again: no step comes twice."""
    state = told(PENDING, THREE, 120).state
    over = ended(PENDING.model_copy(update={"stage": "approved"}), state, ("web",), NOW).state
    assert told(PENDING, THREE, 200, over) is None
    again = told(PENDING, THREE, 300, over)
    assert (again.entry[3]["steps"], again.state.over) == ([3], False)


def test_a_page_is_short_and_goes_by_every_channel():
    """One id a person and round, the same in each channel; a text no longer than people read."""
    long = PENDING.model_copy(update={"needs": "x" * 5000})
    found = told(long, THREE, 300, channels=("notices", "webhook"))
    assert len(found.state.outbox) == 6
    assert len({p.id for p in found.state.outbox}) == 3
    assert max(len(p.text) for p in found.state.outbox) == 1001


def _vote(user):
    case, _ = at("approved")
    return case.votes[0].model_copy(update={"user": user})


@pytest.mark.catches("steps are counted by ticks instead of by what was told")
@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=6, unique=True).map(sorted),
    st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=40),
)
def test_whatever_ticks_and_crashes_each_step_is_told_once_and_in_order(after, ticks):
    """A tick that dies before its round was stored has told nobody; the next one does."""
    file = oncall(*((s, ["person:sam"], "page") for s in after), table="pages.page")
    heard: list[int] = []
    state, now = asked(UNKNOWN), 0
    for passed, stored in ticks:
        now += passed
        found = told(UNKNOWN, file, now, state)
        fell_due = {n for n, s in enumerate(after, 1) if s <= now}
        if found is None:
            assert set(heard) == fell_due
        elif stored:
            state = Escalation.model_validate(found.state.model_dump(mode="json"))
            heard += found.entry[3]["steps"]
            assert set(heard) == fell_due
    assert heard == sorted(set(heard))
    assert len({p.id for p in state.outbox}) == len(state.outbox) == state.rounds


@pytest.mark.catches("a supervisor of another machine woken up for what he may not decide")
def test_a_role_reaches_its_holders_where_it_acts():
    """Who holds it at the machine only is called for that machine, and for no other."""
    ours, theirs = (
        person(user).model_copy(update={"grants": (Grant(role="supervisor", at=at),)})
        for user, at in (("fred", FILLER), ("carl", CAPPER))
    )
    people = {**PEOPLE, "fred": ours, "carl": theirs}
    found = told(PENDING, THREE, 300, people=people)
    assert [p.person for p in found.state.outbox] == ["sam", "sue", "both", "fred"]
