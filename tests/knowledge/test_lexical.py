"""Matching by words."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import Lexicon, terms


def test_number_and_tense_do_not_matter():
    assert terms("slipping chains stopped") == terms("slip chain stop")


def test_the_most_common_words_do_not_count():
    assert terms("what is the cause of it") == ["caus"]


def test_a_rare_word_weighs_more_than_one_that_stands_everywhere():
    lexicon = Lexicon(["pump seal", "pump gear", "pump belt"])

    assert np.argmax(lexicon.scores("pump belt")) == 2
    assert lexicon.scores("belt")[2] > lexicon.scores("pump")[2] > 0


def test_the_score_is_the_published_formula():
    scores = Lexicon(["seal", "gear gear shaft"]).scores("gear")

    idf = np.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / 2))
    np.testing.assert_allclose(scores, [0.0, expected])


def test_an_empty_collection_and_an_unknown_word_score_nothing():
    assert Lexicon(()).scores("pump").shape == (0,)
    assert Lexicon(["seal"]).scores("xyzzy").tolist() == [0.0]


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=60))
def test_scores_are_finite_and_never_negative_whatever_the_words(texts, query):
    scores = Lexicon(texts).scores(query)

    assert scores.shape == (len(texts),)
    assert np.all(np.isfinite(scores))
    assert np.all(scores >= 0)
