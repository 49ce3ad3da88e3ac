"""The Brier score, the constant beside it, and the diagram."""

from xml.etree import ElementTree as ET

import pytest

from evals.bench import reliability


def test_the_score_is_beside_that_of_the_best_constant():
    """Sure and right is better than the share that was right, for all."""
    found = {r.name: r for r in reliability.rows("x", [0.9, 0.8, 0.2], [True, True, False], "")}
    assert found["x.brier"].value == pytest.approx((0.01 + 0.04 + 0.04) / 3)
    assert found["x.brier"].peer_value == pytest.approx(2 / 9)
    assert found["x.brier.better"].met is True
    flat = {r.name: r for r in reliability.rows("x", [2 / 3] * 3, [True, True, False], "")}
    assert flat["x.brier.better"].value == pytest.approx(0.0)
    assert flat["x.brier.better"].met is False


def test_where_no_constant_can_be_beaten_nothing_is_measured():
    """All right, or none named."""
    for stated, right in (([], []), ([0.9, 0.7], [True, True])):
        assert all(r.met is None and r.why for r in reliability.rows("x", stated, right, ""))


def test_the_diagram_has_a_dot_for_each_bin():
    """Bins of equal count, in order, drawn inside the frame."""
    stated = [i / 20 for i in range(20)]
    some = reliability.bins(stated, [s > 0.5 for s in stated])
    assert [b.n for b in some] == [4] * 5
    assert [b.stated for b in some] == sorted(b.stated for b in some)
    tree = ET.fromstring(reliability.diagram(some, "Title"))  # noqa: S314
    assert len(tree.findall("{http://www.w3.org/2000/svg}circle")) == 5
