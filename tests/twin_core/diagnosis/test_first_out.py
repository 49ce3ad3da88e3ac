from dataclasses import replace
from functools import cache

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.diagnose import diagnose
from twin_core.value import SECOND

NORTH = "quay/hall/north"
SEALER = f"{NORTH}/sealer"
ONSET = quay.START + 28 * 60 * SECOND


def bare(snapshot):
    """The same belief of a plant whose classes list no failure mode."""
    classes = {
        name: one.model_copy(update={"failure_modes": ()})
        for name, one in snapshot.plant.classes.items()
    }
    return replace(snapshot, plant=snapshot.plant.model_copy(update={"classes": classes}))


@cache
def found(name):
    day = {
        "well": quay.Day(),
        "slow": quay.Day(slow={SEALER: 0.6}),
        "setting": quay.Day(settings={f"{SEALER}/heat_set": 158.0}),
    }[name]
    return diagnose(bare(quay.lived(day)), NORTH, 1200.0, 1)


@pytest.mark.parametrize("name", ["slow", "setting"])
def test_without_failure_modes_the_first_out_is_shown_and_no_cause_claimed(name):
    """Where it started, since when, over what evidence; and that nobody claims why."""
    one = found(name)
    assert (one.verdict, one.causes) == ("unclear", ())
    assert one.first_out[0].asset == SEALER
    assert abs(one.first_out[0].onset - ONSET) <= 60 * SECOND
    assert "no cause is claimed" in one.summary
    assert one.first_out[0].sign in {e.id for e in one.evidence}


def test_symptoms_are_shown_in_the_order_in_which_they_came():
    """The earliest first: it is what everything after may rest on."""
    shown = [e.time for e in found("slow").evidence if "shows" in e.data]
    assert len(shown) > 1
    assert shown == sorted(shown)


def test_a_healthy_line_without_failure_modes_is_normal():
    """Nothing departs, nothing is first."""
    assert found("well").verdict == "normal"
    assert found("well").first_out == ()


def test_where_failure_modes_are_known_nothing_changes():
    """A diagnosis with causes carries no first out."""
    one = diagnose(quay.lived(quay.Day(slow={SEALER: 0.6})), NORTH, 1200.0, 1)
    assert one.verdict == "cause"
    assert one.first_out == ()
