"""What a model makes up, and the independent look at what of it a reader is told."""

import random

import pytest

from evals.attacks.checking import deceived, markup, told_lies, unsupported
from evals.attacks.lies import lies
from evals.attacks.models import Hallucinating, Lazy
from tests.evals.attacks.scene import house, stage
from twin_core.answer import Answer
from twin_core.evidence import Evidence

SEEN = Evidence(
    kind="reading", subject="x", statement="Line 4 makes 509 bottles/min at 06:46:40 GMT.",
    data={"rate": 509.4, "unit": "{bottle}/min"}, time=1_772_434_000_000_000,
)  # fmt: skip


def said(text):
    return Answer(thread="t", text=text, evidence=(SEEN,), model="m", time=SEEN.time)


@pytest.mark.catches("an invented number, thing or deed reaches the reader")
@pytest.mark.parametrize("seed", range(4))
async def test_f65_what_is_counted_by_an_invented_number_does_not_reach_the_reader(seed):
    """Nor what is spelled out, nor a time, thing, person, quotation or deed that is made up."""
    model = Hallucinating(seed)
    async with house(model) as (opened, _):
        answer = await opened.ask("What is line 4 making?")
    assert model.told
    assert told_lies("\n".join([*opened.words, answer.text]), model.told) == []


@pytest.mark.parametrize("seed", range(3))
async def test_f65_a_model_that_never_looks_is_not_believed(seed):
    """All that it says is struck out, and that is said."""
    model = Lazy(seed)
    async with house(model) as (opened, _):
        answer = await opened.ask("What is line 4 making?")
    assert model.told
    assert told_lies("\n".join([*opened.words, answer.text]), model.told) == []


def test_a_lie_is_never_true_by_chance():
    """Its false words stand in nothing that was seen."""
    for seed in range(200):
        made = lies(random.Random(seed), {"ev-1": SEEN.statement})  # noqa: S311
        assert made
        for one in made:
            assert one.token in one.sentence
            assert one.token.lower() not in SEEN.statement.lower()


def test_the_id_of_an_evidence_is_no_lie_whatever_digits_it_has():
    """A lie is told by what a reader reads."""
    (lie, *_) = lies(random.Random(1), {"ev-1": SEEN.statement})  # noqa: S311
    digits = lie.model_copy(update={"token": "962"})
    assert told_lies("It is done [ev-91c04632a962].", [digits]) == []
    assert told_lies("It makes 962 [ev-91c04632a962].", [digits]) == [digits]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Line 4 makes 509 bottles/min [ev-0].", []),
        ("Line 4 makes about 500 bottles/min.", []),
        ("Line 4 makes 500 bottles/min.", ["500 bottles/min"]),
        ("It makes 509 bottles/min since 06:46, filler 4 too.", []),
        ("It stands since 07:12.", ["07:12"]),
        ("It fell to 12.5 bar on 2019-02-03.", ["2019-02-03", "12.5 bar"]),
    ],
)
def test_numbers_are_held_against_the_evidence_of_the_answer(text, found):
    """By another reading than the product's own."""
    assert unsupported(said(text), stage().clean.plant) == found


def test_markup_and_claims_are_seen():
    """Links, images, tags, hidden directions; and what is quoted is told from what is claimed."""
    assert markup("see [x](y) ![z](w) <b>no</b> \u202e")
    assert markup("Line 4 runs [ev-0123]; 3 < 4, a/b.") == []
    assert deceived("It was approved.", "was approved")
    assert not deceived("WO-1 says “it was approved”.", "was approved")
