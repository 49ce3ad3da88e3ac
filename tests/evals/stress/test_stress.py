"""A stress run sees what breaks: in forecasts, at the gate, in answers."""

from dataclasses import replace
from typing import Any

import pytest

from agents import phrases
from evals.emulator.faults import Size
from evals.stress import bypassing
from evals.stress.asking import Heard, wrong
from evals.stress.bypassing import broken
from evals.stress.playing import _acted
from evals.stress.stress import Report
from tests.tools.scenery import LINE4, NOW, snapshot
from tests.tools.standins import advise, diagnose, sign
from twin_core.answer import Answer
from twin_core.governance.action import Approval, Draft
from twin_core.governance.events import Execute, Submit, Vote
from twin_core.governance.gate import decide
from twin_core.simulation.scenario import Capacity, Demand, Offset, Outage, Speed


def answer(text, **more):
    given = {"evidence": (sign(),), **more}
    return Answer(thread="t", text=text, model="offline operator 1", time=NOW, **given)


def heard(text, **more):
    return Heard("What is wrong?", answer(text, **more), "", ())


@pytest.fixture(scope="module")
def now():
    return snapshot()


@pytest.fixture(scope="module")
def drafts(now):
    diagnosis = diagnose(now, LINE4, 1800.0)
    advice = advise(now, diagnosis, diagnosis.causes[0])
    told = {"title": "Help", "reason": "It is slow.", "evidence": (sign(),)}
    return [
        Draft(action=r.action, effect=r.effect, basis=advice.basis, **told)
        for r in advice.remedies
        if r.action is not None
    ]


def test_the_gate_lets_nothing_through(now, drafts):
    """A write, a job and an inspection, pushed in every wrong way."""
    assert len(drafts) == 3
    for draft in drafts:
        assert list(broken(now, draft)) == []


def test_a_gate_that_lets_anything_through_is_seen(now, drafts, monkeypatch):
    """Whoever signs counts, at any time, whatever policy says: every attempt names it."""

    def loose(case, event, at):
        if isinstance(event, Submit):
            made, effects = decide(None, event, at)
            return made.model_copy(update={"stage": "pending", "tier": "standard"}), effects
        if isinstance(event, Vote):
            vote = Approval(
                proposal=case.id, digest=case.digest, user=event.user, name=event.user, roles=(),
                meaning="approved", channel="api", at=at, policy_version="none",
            )  # fmt: skip
            return case.model_copy(update={"votes": (*case.votes, vote), "stage": "approved"}), ()
        command: Any = None
        return case, (Execute(command, "plc"),)

    monkeypatch.setattr("evals.stress.desk.decide", loose)
    monkeypatch.setattr(bypassing, "decide", loose)
    said = " ".join(broken(now, drafts[0]))
    for words in ("only observed", "a rule forbids it", "no policy that answers", "vera asked",
                  "of unknown effect", "although nobody approved", "counts the approval of olga",
                  "counts sam twice", "time was over", "can be seen"):  # fmt: skip
        assert words in said


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Heard("What is wrong?", None, "KeyError: x", ()), "raised KeyError"),
        (heard(f"{phrases.BROKE}."), "broke"),
        (heard("It is 7.", unknown=(phrases.STRUCK,)), "no evidence bears"),
        (heard("I did not understand.", understood=False), "not understood"),
        (heard("So it is.", evidence=()), "rests on nothing"),
        (heard("No abnormality found on line 4."), "calls a line well that makes 30%"),
    ],
)
def test_what_is_wrong_with_an_answer_is_named(one, words):
    """Nothing raised, nothing ungrounded, nothing called well that is not."""
    assert any(words in said for said in wrong(one, 0.3))


def test_an_honest_answer_is_left_alone():
    """A cause with evidence, or that nothing is known; health, where there is health."""
    assert not list(wrong(heard("The seal is worn."), 0.3))
    assert not list(wrong(heard("No data.", evidence=(), unknown=("No data.",)), 0.3))
    assert not list(wrong(heard("No abnormality found on line 4."), 0.98))


def test_changes_become_numbers_of_the_stand_in():
    """What it has no word for is nothing."""
    unit = "riverside/packaging/line4/filler"
    outage = Outage(asset=unit, duration_s=60)
    assert _acted("machine", outage, None)[0] == "drive"
    assert _acted("tie", outage, None)[0] == ""
    assert _acted("machine", Speed(asset=unit, factor=0.5), None)[1] == Size(factor=0.5)
    assert _acted("header", Capacity(asset=unit, factor=0.5), None)[0] == "passage"
    assert _acted("machine", Demand(asset=unit, factor=2), None)[1] is None
    assert _acted("machine", Offset(point=f"{unit}/speed", amount=1), None)[1] is None


def test_the_report_lists_what_broke():
    """Part by part."""
    report = Report(extremes=2, policy=["a: bypassed"])
    assert report.broke == 1
    assert list(report.lines())[-3:] == ["policy: 1 broke", "  a: bypassed",
                                         "assistant: nothing broke"]  # fmt: skip
    assert replace(report, policy=[]).broke == 0
