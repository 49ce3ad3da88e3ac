"""A recorded answer shown and worked out anew, over HTTP and the command line."""

import asyncio

import pytest

from api.answers import Answers
from tests.api.test_testimony import Door
from tests.api.through import through
from tests.fakes import FakeForecaster
from tests.twin_core.plant_fixture import BAG, LINE, OVEN
from tools.diagnosis import cause_evidence
from twin_core.answer import Answer, Ask, Asker
from twin_core.diagnosis.cause import Cause
from twin_core.diagnosis.diagnose import diagnose
from twin_core.errors import ImpossibleScenario

OLGA = Asker(user="olga", name="Olga", roles=("operator",), sites=("northmill",))
WORDS = f"Why is {LINE} slow?"


def fouled(snapshot, subject, span_s):
    """The diagnosis of then."""
    cause = Cause(
        asset=OVEN, name="burner fouled at oven", onset=snapshot.now, onset_s=45,
        path=(OVEN, BAG, LINE), probability=0.94,
    )  # fmt: skip
    found = diagnose(snapshot, subject, span_s, 1)
    return found.model_copy(update={"verdict": "cause", "causes": (cause,)})


@pytest.fixture
def door(tmp_path):
    """The house of testimony, in whose chain an answer with a cause stands at record 0."""
    made = Door(tmp_path)
    made.asked = made.system.forecaster = FakeForecaster(diagnose=fouled)
    snapshot = made.system.pump.snapshot
    made.system.answers = Answers(made.system.plant, made.ledger, snapshot, lambda: "")
    then = fouled(snapshot(), LINE, 600.0)
    seen = cause_evidence(then.causes[0], 0, then, made.system.plant)
    told = Answer(
        thread="t", text=f"The burner [{seen.id}].", evidence=(seen,), model="m", time=made.now
    )
    ask = Ask(text=WORDS, asker=OLGA, thread="t")
    asyncio.run(made.system.answers.kept(ask, told))
    asyncio.run(made.ledger.record("noted", "olga", "northmill", {"reason": "x"}))
    yield made
    made.identity.close()


@pytest.mark.catches("an answer of then is worked out as of now")
def test_the_causes_of_an_answer_are_worked_out_anew_as_of_their_moment(door):
    """The asset at the end of the way, at the evidence's time; both are given, versions beside."""
    found = door.get("/audit/reruns/0").json()
    assert found["then"]["question"] == WORDS
    assert door.asked.moments == [door.now]
    (again,) = found["again"]
    assert (again["asset"], again["time"]) == (LINE, door.now)
    statement = found["then"]["evidence"][0]["statement"]
    assert [cause["statement"] for cause in again["causes"]] == [statement]
    assert found["versions"] == found["then"]["versions"]
    assert door.get("/audit/reruns/1").status_code == 422
    assert door.get("/audit/reruns/99").status_code == 422


def test_a_moment_that_the_history_let_go_is_told(door):
    """What was answered is shown all the same."""

    def gone(snapshot, subject, span_s):
        raise ImpossibleScenario("A question about then", "the history begins later")

    door.system.forecaster = FakeForecaster(diagnose=gone)
    found = door.get("/audit/reruns/0").json()
    assert (found["again"], len(found["unknown"])) == ([], 1)
    assert found["then"]["answer"].startswith("The burner")


def test_an_answer_is_shown_in_words_and_again(door, monkeypatch):
    """`audit show`: all, answers, one; `audit rerun`: then, and again."""
    opstwin = through(door, monkeypatch)
    assert [line.split()[2] for line in opstwin("audit", "show").splitlines()] == [
        "answered", "noted",
    ]  # fmt: skip
    assert opstwin("audit", "show", "--answers").strip().endswith(WORDS)
    assert opstwin("audit", "show", "northmill").count("\n") == 2
    shown = opstwin("audit", "show", "0")
    for words in (f"question of Olga: {WORDS}", "The burner [ev-", "prompt ", "state ", "program "):
        assert words in shown
    assert '"reason": "x"' in opstwin("audit", "show", "1")
    told = opstwin("audit", "rerun", "0")
    assert f"then, to Olga: {WORDS}" in told
    assert f"again, of {LINE} at " in told
    assert told.splitlines()[-1].strip().startswith("Most likely cause")  # no other version since
