"""Matching by words."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge.lexical import Bm25, Lexicon, terms


def scores(texts, query):
    """Of one collection, nothing of it withdrawn."""
    (found,) = Bm25([Lexicon.of(texts)], [np.ones(len(texts), dtype=bool)]).scores(query)
    return found


def test_number_and_tense_do_not_matter():
    assert terms("slipping chains stopped") == terms("slip chain stop")


def test_the_most_common_words_do_not_count():
    assert terms("what is the cause of it") == ["caus"]


def test_a_rare_word_weighs_more_than_one_that_stands_everywhere():
    texts = ["pump seal", "pump gear", "pump belt"]

    assert np.argmax(scores(texts, "pump belt")) == 2
    assert scores(texts, "belt")[2] > scores(texts, "pump")[2] > 0


def test_the_score_is_the_published_formula():
    found = scores(["seal", "gear gear shaft"], "gear")

    idf = np.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * 3 / 2))
    np.testing.assert_allclose(found, [0.0, expected], rtol=1e-6)


def test_an_empty_collection_and_an_unknown_word_score_nothing():
    assert scores([], "pump").shape == (0,)
    assert scores(["seal"], "xyzzy").tolist() == [0.0]


def test_parts_of_a_compound_are_words_of_their_own_in_any_alphabet():
    assert terms("cross-tie rotary_filler") == ["cross", "tie", "rotari", "filler"]
    assert terms("Störung Überdruck") == ["störung", "überdruck"]


def test_a_text_scores_the_same_in_one_collection_or_in_two_and_beside_withdrawn_ones():
    texts = ["pump seal", "pump gear", "belt", "gear seal leak"]
    whole = scores(texts, "gear seal")
    halves = Bm25(
        [Lexicon.of(texts[:1]), Lexicon.of([*texts[1:], "seal seal"])],
        [np.array([True]), np.array([True, True, True, False])],
    ).scores("gear seal")

    np.testing.assert_allclose(np.concatenate(halves)[:4], whole, rtol=1e-6)


def test_a_page_pasted_in_is_searched_by_its_rarest_words():
    texts = [f"pump w{i}" for i in range(200)]
    found = scores(texts, " ".join(["pump", *(f"w{i}" for i in range(100))]))

    assert (found > 0).sum() == 64


@given(st.lists(st.text(max_size=60), max_size=6), st.text(max_size=60))
def test_scores_are_finite_and_never_negative_whatever_the_words(texts, query):
    found = scores(texts, query)

    assert found.shape == (len(texts),)
    assert np.all(np.isfinite(found))
    assert np.all(found >= 0)
