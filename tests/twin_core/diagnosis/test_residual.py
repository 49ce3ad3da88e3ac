"""What one cause leaves for another to explain."""

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.reach import reach
from twin_core.diagnosis.residual import residual
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case

NORTH = "quay/hall/north"
HALL, MAIN = "quay/hall", "quay/cellar/vacuum/main"
REACHED = [f"{HALL}/{line}/{m}" for line in ("north", "south") for m in ("washer", "boxer")]
SLOWEST = REACHED[1]


def sign(point, usual, now, shows="low", **more):
    return Sign(
        point=point, shows=shows, strength=0.99, usual=usual, now=now, unit="1",
        onset=quay.START, onset_s=10.0, **more,
    )  # fmt: skip


def leak():
    plant = quay.plant()
    mode = plant.class_of(MAIN).failure_mode("leak")
    assert mode is not None
    return Match(MAIN, mode, 9.0, (), (), (), 1.0, reach(plant, MAIN, mode))


def left(*signs):
    plant = quay.plant()
    loss = LineLoss(NORTH, "{tub}/min", 150.0, 200.0, quay.START, 0.0, losing=True)
    signs_of = {(s.point, s.shows): s for s in signs}
    case = Case(plant, plant.line(NORTH), loss, signs_of, frozenset(), quay.START)
    return residual(case, leak())


def test_what_all_that_hang_on_a_header_share_is_the_headers():
    assert left(*(sign(f"{u}/pace", 200.0, 160.0) for u in REACHED)) == {}


def test_the_one_that_is_slower_than_the_rest_keeps_what_it_is_slower_by():
    slow = [sign(f"{u}/pace", 200.0, 100.0 if u == SLOWEST else 160.0) for u in REACHED]
    found = left(*slow)
    assert list(found) == [(f"{SLOWEST}/pace", "low")]
    beyond = found[f"{SLOWEST}/pace", "low"]
    assert (beyond.now, beyond.usual) == (100.0, pytest.approx(160.0))
    assert beyond.against == "peers"


def test_what_hardly_any_of_them_shows_is_its_own():
    one = sign(f"{SLOWEST}/pace", 200.0, 100.0)
    assert left(one) == {(one.point, "low"): one}


def test_what_the_cause_does_not_reach_is_left_as_it_is():
    far = sign(f"{HALL}/north/doser/pace", 200.0, 160.0)
    assert left(far, *(sign(f"{u}/pace", 200.0, 160.0) for u in REACHED)) == {
        (far.point, "low"): far
    }


def test_an_instrument_that_stands_still_is_nobodys_consequence():
    stuck = sign(f"{SLOWEST}/pace", None, 200.0, "stuck")
    assert left(stuck) == {(stuck.point, "stuck"): stuck}
