"""The knowledge bench: its measure, its questions, its passages."""

import pytest

from evals.bench.knowledge import made, ndcg
from evals.bench.knowledge_matrix import answered, by_rule, held_out, table
from evals.datasets.failuresensoriq import Matrix, matrix
from evals.datasets.scifact import claims
from knowledge.filing import filed
from knowledge.library import Library

SMALL = Matrix(
    {
        ("motor", "worn bearing"): (("vibration", "noise"), ("torque",)),
        ("motor", "broken winding"): (("current", "torque"), ("noise", "vibration")),
        ("pump", "worn bearing"): (("flow",), ("vibration", "noise")),
    },
    (),
)


@pytest.mark.parametrize(
    ("found", "needed", "value"),
    [
        (["a"], {"a"}, 1.0),
        (["x", "a"], {"a"}, 0.6309),
        (["a", "x", "b"], {"a", "b"}, 0.9197),
        (["x"] * 10 + ["a"], {"a"}, 0.0),
    ],
)
def test_the_measure_is_the_published_one(found, needed, value):
    """One needed first is 1, second 1/log2(3); beyond the tenth place nothing counts."""
    assert ndcg(found, frozenset(needed)) == pytest.approx(value, abs=1e-4)


def test_every_question_made_by_rule_has_one_right_option_that_the_matrix_gives():
    """The same questions again, and their right option at every place."""
    asked = by_rule(SMALL)
    assert asked == by_rule(SMALL)
    for one in asked:
        assert len(set(one.options)) == len(one.options) >= 2
        assert 0 <= one.right < len(one.options)
    (noise,) = [
        q for q in asked if q.text.startswith("The noise of a motor") and "not" not in q.text
    ]
    assert noise.options[noise.right] == "worn bearing"
    assert {held_out(one) for one in asked} == {True, False}


def test_questions_are_answered_from_the_passages_and_from_nothing_else(tmp_path):
    """Right with the table in the library; with another table what that one says."""
    library = Library(tmp_path / "right")
    library.take(filed(table(SMALL), "matrix.csv"))
    assert all(answered(library, one) == one.right for one in by_rule(SMALL))
    library.close()
    turned = Matrix({key: (no, shown) for key, (shown, no) in SMALL.rows.items()}, ())
    other = Library(tmp_path / "turned")
    other.take(filed(table(turned), "matrix.csv"))
    assert sum(answered(other, one) == one.right for one in by_rule(SMALL)) == 0
    other.close()


def test_the_large_library_is_the_same_each_time_with_no_id_twice():
    """By its seed."""
    assert made(50) == made(50)
    assert len({one.id for one in made(500)}) == 500


def test_data_that_is_not_there_is_none(tmp_path):
    """And the bench says so."""
    assert matrix(tmp_path) is None
    assert claims(tmp_path, "test") is None
