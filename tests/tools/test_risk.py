"""How likely a machine fails, through the tool."""

import pytest

from tests.tools.box import Box


async def test_the_answer_has_its_interval_its_reasons_and_the_model():
    """A probability, what is usual, what speaks for it."""
    found = await Box()("failure_risk", asset="filler 4", horizon="8 hours")
    assert found.status == "ok"
    assert "fails in the next 8 h with 12.5% (5.0% to 31.0%)" in found.text
    assert "usual are 4.0%" in found.text
    assert "torque, mean of the last hour" in found.text
    assert found.evidence[0].origin == "model ab12"


async def test_where_nothing_was_learnt_it_says_so():
    """No number is made up; what would be needed is said."""
    found = await Box()("failure_risk", asset="capper 4")
    assert found.status == "no_data"
    assert "Nothing is told of failures" in found.text
    assert "`opstwin learn`" in found.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"asset": "line 4"}, "name the machine"),
        ({"asset": "filler 4", "horizon": "soon"}, "a time up to 30 days"),
        ({"asset": "filler 4", "horizon": "90 days"}, "a time up to 30 days"),
    ],
)
async def test_what_cannot_be_judged_is_refused(asked, said):
    """Another thing than a machine, another time than one ahead."""
    found = await Box()("failure_risk", **asked)
    assert found.status == "failed"
    assert said in found.text
