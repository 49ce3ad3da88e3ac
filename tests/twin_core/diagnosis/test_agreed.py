"""Whether others measure what a drifting instrument shows."""

import pytest

from tests.twin_core.diagnosis import riverside
from tests.twin_core.diagnosis.riverside import AIR, sign
from twin_core.diagnosis.agreed import agreed

OWN, HEADER = f"{AIR}/compressor_1/discharge_pressure", f"{AIR}/header_a/pressure"
DRIFT = ("compressor_1", "discharge_pressure_sensor_drifting")


def others(*signs, of=DRIFT):
    asset, name = f"{AIR}/{of[0]}", of[1]
    plant = riverside.plant()
    found = agreed(
        plant, riverside.case(*signs).signs, plant.units[asset], riverside.mode(asset, name)
    )
    return [s.point for s in found]


def test_a_header_that_rose_as_much_belies_a_compressors_drift_and_the_reverse():
    both = sign(OWN, 6.9, 7.3, "rising"), sign(HEADER, 6.9, 7.25, "rising")
    assert others(*both) == [HEADER]
    assert others(*both, of=("header_a", "pressure_sensor_drifting")) == [OWN]


@pytest.mark.parametrize(
    "other",
    [
        sign(HEADER, 6.9, 6.7, "falling"),
        sign(HEADER, 6.9, 7.0, "rising"),
        sign(HEADER, 6.9, 7.3, "rising", strength=0.3),
        sign(f"{AIR}/header_b/pressure", 6.9, 7.3, "rising"),
    ],
)
def test_what_moved_otherwise_or_little_or_is_elsewhere_does_not(other):
    assert others(sign(OWN, 6.9, 7.3, "rising"), other) == []


def test_a_fault_of_the_process_is_never_belied():
    both = sign(OWN, 6.9, 6.0), sign(HEADER, 6.9, 6.0)
    assert others(*both, of=("compressor_1", "airend_worn")) == []
