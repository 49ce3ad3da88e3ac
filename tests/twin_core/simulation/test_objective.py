"""What makes a scenario better than another."""

import pytest
from pydantic import ValidationError

from twin_core.simulation.objective import Objective, Term


def test_by_default_it_is_speed():
    """One term, the rate."""
    assert [term.indicator for term in Objective().terms] == ["rate"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"terms": ()},
        {"terms": (Term(indicator="rate"), Term(indicator="rate", weight=2))},
        {"terms": ({"indicator": "rate", "weight": 0},)},
        {"terms": ({"indicator": "rate", "weight": -1},)},
        {"terms": ({"indicator": "rate", "better": "faster"},)},
        {"kind": "fair"},
    ],
)
def test_terms_are_there_once_with_a_weight(wrong):
    """Nothing, a thing twice, or a weight that says the opposite is no objective."""
    with pytest.raises(ValidationError):
        Objective.model_validate(wrong)
