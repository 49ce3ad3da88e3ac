"""What options are ranked by, as people say it."""

import pytest

from tools.objectives import indicator_name, objective_said
from twin_core.errors import BadInput
from twin_core.simulation.objective import Objective


@pytest.mark.parametrize(
    ("said", "kind", "terms"),
    [
        ("", "weighted", [("rate", 1)]),
        ("throughput", "weighted", [("rate", 1)]),
        ("OEE", "weighted", [("oee", 1)]),
        ("cost, risk", "weighted", [("cost", 1), ("risk", 1)]),
        ("2 throughput, 0.5 energy", "weighted", [("rate", 2), ("energy", 0.5)]),
        ("risk then rate then oee", "lexicographic", [("risk", 1), ("rate", 1), ("oee", 1)]),
        ("work in progress and scrap", "weighted", [("wip", 1), ("rejected", 1)]),
    ],
)  # fmt: skip
def test_names_weigh_together_or_decide_one_by_one(said, kind, terms):
    """With commas together, with “then” in turn; a number before a name is its weight."""
    found = objective_said(said)
    assert found.kind == kind
    assert [(term.indicator, term.weight) for term in found.terms] == terms


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("beauty", "no indicator “beauty”"),
        ("cost, cost", "each indicator once"),
        ("throughput, rate", "each indicator once"),
        ("-1 cost", "a weight above 0"),
        ("1.200 cost", "a weight above 0"),
        ("cost, risk then energy", "not both"),
        ("cost,", "no indicator “”"),
        ("$(x)", "no indicator"),
    ],
)
def test_what_cannot_be_ranked_by_is_refused(said, says):
    """With the names that can."""
    with pytest.raises(BadInput, match=says.replace("$", r"\$").replace("(", r"\(")):
        objective_said(said)


def test_what_was_said_is_said_back():
    """Every indicator has a name that means it again."""
    for name in ("rate", "oee", "wip", "energy", "cost", "lateness", "late", "risk", "rejected"):
        assert objective_said(indicator_name(name)) == Objective(terms=({"indicator": name},))
