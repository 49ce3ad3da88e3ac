"""The parts of `bench agents` that judge what was played: wordings, and stored evaluations."""

import pytest

from evals.bench.agents_exam import measure
from evals.bench.agents_paraphrases import rows
from evals.bench.row import missed
from evals.harness.paraphrase import Question
from evals.harness.paraphrasing import Worded
from evals.harness.stored import keep
from tests.evals.harness.records import header, run_of, scored, whole


def worded(*outcomes, topic="value", blurred=False):
    question = Question(
        id="q", topic=topic, history="calm", canonical="a", same_as_canonical=True,
        wordings=("b", "c", "d", "e", "f"),
    )  # fmt: skip
    return Worded(question=question, outcomes=outcomes, blurred=blurred)


@pytest.mark.parametrize(
    ("found", "under"),
    [
        ([worded(*["same"] * 9, "asks")], []),
        ([worded("same", "asks")], ["same"]),
        ([worded(*["same"] * 9, "other")], ["other"]),
        ([worded("same", blurred=True)], ["blurred"]),
    ],
)
def test_wordings_must_be_answered_alike_or_ask_back(found, under):
    judged = tuple(rows(found))
    assert [row.name for row in missed(judged)] == [f"agents.paraphrases.{name}" for name in under]


def test_the_outcomes_stand_by_topic_and_no_wording_does():
    named = {row.name: row for row in rows([worded("same", "other"), worded("asks", topic="life")])}
    assert named["agents.paraphrases.value.same"].value == 0.5
    assert named["agents.paraphrases.life.other"].value == 0
    assert "agents.paraphrases.cause.same" not in named


def stored(folder, name, took_s=60.0, made=None, **more):
    found = [scored("a", epoch) for epoch in range(4)]
    run = run_of(whole(found)).model_copy(
        update={"header": header(took_s=took_s, made=made, **more)}
    )
    keep(run, folder / name)


def by_name(folder, *, quick=False):
    return {row.name.removeprefix("agents.exam."): row for row in measure(folder, quick=quick)}


def test_the_newest_whole_run_is_judged_and_each_time_is_of_a_run_of_its_kind(tmp_path):
    stored(tmp_path, "1", took_s=1200, made=40)
    stored(tmp_path, "2", took_s=300, made=0)
    stored(tmp_path, "3", took_s=30, made=4, part="smoke", seeds=(0,))
    stored(tmp_path, "4", took_s=9, made=0, part="state")
    stored(tmp_path, "5", took_s=9, made=0, model="other")
    found = by_name(tmp_path)
    assert found["pass^4"].value == 1
    assert {name: found[name].value for name in ("suite_cold", "suite_cached", "smoke_cold")} == {
        "suite_cold": 20, "suite_cached": 5, "smoke_cold": 0.5,
    }  # fmt: skip
    assert [found[name].met for name in ("suite_cold", "suite_cached")] == [False, True]


@pytest.mark.parametrize("made", [None, 3])
def test_a_run_that_made_some_of_its_pasts_is_neither_cold_nor_cached(tmp_path, made):
    stored(tmp_path, "1", made=made)
    found = by_name(tmp_path)
    assert found["pass^4"].met
    assert found["suite_cold"].met is found["suite_cached"].met is None


@pytest.mark.parametrize("quick", [True, False])
def test_what_was_not_run_is_told_with_its_reason(tmp_path, quick):
    for row in measure(tmp_path, quick=quick):
        assert row.met is None
        assert ("--quick" in str(row.why)) == quick
