"""Vectors of texts."""

import numpy as np

from knowledge.embeddings import StaticEmbedder


def test_vectors_have_256_numbers_and_length_one_and_are_equal_for_equal_texts():
    embedder = StaticEmbedder()
    rows = embedder.embed(["the filler foams", "the filler foams", ""])

    assert rows.shape == (3, 256)
    np.testing.assert_allclose(np.linalg.norm(rows[:2], axis=1), 1, rtol=1e-5)
    assert np.array_equal(rows[0], rows[1])
    assert np.all(np.isfinite(rows))


def test_a_text_is_nearer_to_what_means_the_same_than_to_something_else():
    same, other = (
        StaticEmbedder().embed(["The chain slips.", text])
        for text in ("A conveyor belt loses grip.", "Quarterly tax accounts are due.")
    )

    assert same[0] @ same[1] > other[0] @ other[1]


def test_the_name_tells_model_size_and_version():
    name = StaticEmbedder().name

    assert "256" in name
    assert name.startswith("wordllama-")
