"""Whether advice may rest on a set now."""

import pytest

from tests.twin_core.simulation.calibrating.test_champion import UNIT, parameters
from twin_core.simulation.calibrating.model_drift import Drift
from twin_core.simulation.calibrating.usable import Situation, usable
from twin_core.value import SECOND

DAY = 86_400 * SECOND
SET = parameters(50.0)


def drift(version):
    return Drift(
        line="s/a/l", version=version, since=0, found=1, kind="bias", n=9, outside=2, off=1.4
    )


def asked(**given):
    return Situation(**{"products": (-1,), "plant": "", **given})


def test_a_fresh_set_inside_its_range_may_be_used():
    """Nothing speaks against it."""
    for rate in (51.0, 20.0):  # slower is nothing new
        assert usable(SET, DAY, asked(rates={UNIT: rate}))
    found = usable(SET, DAY, asked(), drift=drift("pa-other"))
    assert found
    assert "may be used" in found.sentence


@pytest.mark.parametrize(
    ("now", "given", "drifted", "why"),
    [
        (15 * DAY, {}, None, "15.0 days ago, 14 are allowed"),
        (-1, {}, None, "has not come yet"),
        (DAY, {}, drift(SET.version), "they have drifted"),
        (DAY, {"plant": "another"}, None, "plant file has changed"),
        (DAY, {"rates": {UNIT: 60.0}}, None, "asked for 60/min, up to 50 were seen"),
        (DAY, {"rates": {UNIT: float("inf")}}, None, None),
    ],
)
def test_each_reason_refuses_with_a_sentence(now, given, drifted, why):
    """Too old, too early, drifted, another plant, out of range; no number, no question."""
    if why is None:
        with pytest.raises(ValueError, match="finite"):
            asked(**given)
        return
    found = usable(SET, now, asked(**given), drift=drifted)
    assert not found
    assert why in found.sentence


def test_a_product_never_seen_is_out_of_range():
    """A set learnt on product 3 says nothing of product 4; not knowing which is not product 3."""
    machine = SET.machines[0]
    three = machine.model_copy(update={"rates": {3: machine.rates[-1]}})
    known = SET.model_copy(update={"machines": (three,)})
    assert usable(known, DAY, asked(products=(3,)))
    assert "product 4" in usable(known, DAY, asked(products=(4,))).sentence
    assert not usable(known, DAY, asked(products=(-1,)))


def test_a_set_that_learnt_nothing_is_not_used():
    """Without a rate, or of time that was hardly seen."""
    empty = SET.model_copy(update={"machines": (), "seen": 0.2})
    assert usable(empty, DAY, asked()).reasons == (
        "states were told for 20% of the time they were learnt in",
        "no machine's rate could be estimated",
    )
