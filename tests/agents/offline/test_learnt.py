"""Kinds learnt from examples: what is alike is read alike, for ever, and unsure is told."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from zlib import crc32

import numpy as np
import pytest

from agents.offline import examples, grammar, learnt
from agents.offline.question import Said
from agents.offline.reading import read
from agents.offline.slots import masked, of_question
from knowledge.embeddings import StaticEmbedder
from tests.tools.scenery import riverside
from twin_core.plant.names import Names

FOLDS = 10
BAR = 0.72
"""Share of examples not learnt from whose kind is told right; guessing gives 0.03."""


@cache
def names() -> Names:
    return Names(riverside())


def slots_of(text: str) -> str:
    return of_question(Said(text, names()), names())


@pytest.mark.parametrize(
    ("question", "example"),
    [
        ("Why is filler 2 slow?", "why is {unit} slow?"),
        ("bowl pressure of filler 3", "{point} of {unit}"),
        ("how is L4", "how is {line}"),
        ("how many bottles came off L1 since 06:00", "how many {part} came off {line} since 7 am"),
        ("what if filler 4 runs at 480 bottles/min", "what if {unit} runs at {value}"),
        ("forecast line 2 for the next 2 hours", "forecast {line} for the next 30 min"),
        ("labeller 2 is blocked", "{unit} is blocked"),
    ],
)  # fmt: skip
def test_a_question_and_the_example_it_is_like_are_the_same_words(question, example):
    """Names, numbers and times are slots; words for what a machine does stay."""
    assert slots_of(question) == masked(example)


def test_no_example_names_what_is_one_plants_own():
    """Machines and lines stand there as slots; “the filler” may be any plant's."""
    for _, line in examples.questions():
        found = [m for m in names().mentions(line) if m.kind == "unit"]
        assert not [m for m in found if m.text[-1].isdigit()], line


def test_every_example_is_there_once():
    """And in one kind only."""
    seen = [masked(line) for _, line in examples.questions()]
    assert all(seen)
    assert len(seen) == len(set(seen))


def test_what_is_kept_is_what_the_examples_teach():
    """Else `learnt.keep()` was forgotten after a change of them."""
    taught = learnt.learnt()
    assert learnt._kept(taught.digest) is not None
    assert np.allclose(taught.counts, taught.regressed(), atol=0.01)


def test_the_same_is_learnt_from_the_same():
    """Also from threads that ask at once."""
    told = [(kind, masked(line)) for kind, line in examples.questions()][::20]
    one, other = (learnt.Learnt(told, StaticEmbedder()) for _ in range(2))
    assert np.array_equal(one.counts, other.counts)
    with ThreadPoolExecutor(4) as pool:
        taught = list(pool.map(lambda _: learnt.learnt(), range(8)))
    assert all(each is taught[0] for each in taught)


@cache
def unseen() -> list[tuple[str, learnt.Ranked]]:
    """A tenth of the examples with how each is ranked by the rest of them.

    Which they are their own letters say: one example more moves no other.
    """
    told = [(kind, masked(line)) for kind, line in examples.questions()]
    apart = {text for _, text in told if crc32(text.encode()) % FOLDS == 0}
    taught = learnt.Learnt([row for row in told if row[1] not in apart], StaticEmbedder())
    return [(kind, taught.ranked(text)) for kind, text in told if text in apart]


def test_examples_that_were_not_learnt_from_are_told_by_those_that_were():
    """In a fixed split."""
    right = [kind == ranked.kinds[0] for kind, ranked in unseen()]
    assert sum(right) / len(right) >= BAR


def test_how_sure_it_is_comes_true():
    """Of those held sure nearly all are right, of those held unsure fewer."""
    sure = [kind == r.kinds[0] for kind, r in unseen() if r.chances[0] >= 0.8]
    unsure = [kind == r.kinds[0] for kind, r in unseen() if r.chances[0] < 0.3]
    assert sum(sure) / len(sure) >= 0.9
    assert sum(unsure) / len(unsure) <= 0.7


def test_chances_are_shares_of_one():
    """The likeliest first."""
    ranked = learnt.ranked("why is _unit slow ?")
    assert ranked.kinds[0] == "cause"
    assert list(ranked.chances) == sorted(ranked.chances, reverse=True)
    assert abs(sum(ranked.chances) - 1) < 0.01
    assert ranked.of("cause", "state") >= ranked.of("cause")


@pytest.mark.parametrize(
    "text", ["flibber the wozzle", "qwe rty uio", "colourless green ideas", "?", "…"]
)
def test_what_is_like_nothing_is_not_understood(text):
    """Nothing is guessed from it."""
    assert [found.kind for found in read(text, names())] == ["unclear"]


def test_words_of_the_trade_come_from_the_examples():
    """In any of their forms; things that one plant has, and slips, are none."""
    assert grammar.knows(["bottleneck", "throughput", "alarms", "repaired", "proposal"])
    assert grammar.unheard(["flibber", "capper", "wozzle"]) == ["flibber", "capper", "wozzle"]
    assert grammar.spelled("bottelneck") == "bottleneck"
