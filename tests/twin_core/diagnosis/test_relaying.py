"""What only passes on a trouble of its supply needs one."""

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.relaying import nothing_to_relay, relays
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case

WASHER, VACUUM = "quay/hall/north/washer", "quay/cellar/vacuum/main/vacuum"


def case(*shown, blind=()):
    plant = quay.plant()
    signs = {
        (point, shows): Sign(
            point=point, shows=shows, strength=strength, usual=70.0, now=60.0, unit="kPa",
            onset=quay.START, onset_s=10.0,
        )
        for point, shows, strength in shown
    }  # fmt: skip
    loss = LineLoss("quay/hall/north", "{tub}/min", 200.0, 200.0, quay.START, 0.0, losing=False)
    return Case(plant, plant.line(WASHER), loss, signs, frozenset(blind), quay.START)


def mode(name):
    found = quay.plant().class_of(WASHER).failure_mode(name)
    assert found is not None
    return found


def test_only_what_nothing_here_cures_is_passed_on():
    plant = quay.plant()
    assert relays(plant, plant.units[WASHER], mode("little_vacuum"))
    assert not relays(plant, plant.units[WASHER], mode("belt_slips"))


@pytest.mark.parametrize(
    ("seen", "nothing"),
    [
        (case(), True),
        (case((VACUUM, "low", 0.1)), True),
        (case((VACUUM, "high", 0.9)), True),
        (case((VACUUM, "low", 0.9)), False),
        (case(blind=[VACUUM]), False),
    ],
)
def test_a_supply_that_is_seen_to_be_well_gives_nothing_to_pass_on(seen, nothing):
    """Nor does one in trouble of the other kind; of one that is not seen nothing is known."""
    washer = quay.plant().units[WASHER]
    assert nothing_to_relay(seen, washer, mode("little_vacuum")) is nothing
    assert not nothing_to_relay(seen, washer, mode("belt_slips"))
