"""What one cause leaves for another to explain."""

import pytest

from tests.twin_core.diagnosis import quay, riverside
from tests.twin_core.diagnosis.riverside import COOLING, POWER
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import Match
from twin_core.diagnosis.reach import reach
from twin_core.diagnosis.residual import residual
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case
from twin_core.simulation.live.effects import factor

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


FILLERS = [f"riverside/packaging/line{n}/filler" for n in (1, 2, 3, 4)]


def warmed(*speeds):
    """What warm chilled water leaves of fillers whose product is at 14 °C."""
    warm = riverside.cause(f"{COOLING}/chilled_water", "too_little_cooling")
    signs = [riverside.sign(f"{COOLING}/chilled_water/temperature", 4.5, 12.0, "high")]
    for filler, speed in zip(FILLERS, speeds, strict=True):
        signs.append(riverside.sign(f"{filler}/product_temperature", 8.0, 14.0, "high"))
        signs.append(riverside.sign(f"{filler}/speed", 500.0, speed))
    return residual(riverside.case(*signs), warm)


def test_a_machine_is_as_slow_as_the_law_makes_it_of_what_it_shows_itself():
    """A filler slows with its product's temperature: only what goes beyond that is its own."""
    law = riverside.plant().class_of(FILLERS[0]).effects
    slower = next(e for e in law if (e.on, e.by) == ("speed", "product_temperature"))
    usual = 500.0 * factor(slower, 14.0) / factor(slower, 8.0)
    assert warmed(usual, usual, usual, usual) == {}
    found = warmed(usual * 0.6, usual, usual, usual)
    assert list(found) == [(f"{FILLERS[0]}/speed", "low")]
    assert found[f"{FILLERS[0]}/speed", "low"].usual == pytest.approx(usual)


def test_what_is_warmer_than_the_law_makes_it_has_a_cause_of_its_own():
    """Water 6 K too warm makes a product 6 K warmer; the filler that is 12 K warmer cools badly."""
    warm = riverside.cause(f"{COOLING}/chilled_water", "too_little_cooling")
    water = riverside.sign(f"{COOLING}/chilled_water/temperature", 6.0, 12.0, "high")
    point = f"{FILLERS[0]}/product_temperature"

    def left_of(now):
        return residual(riverside.case(water, riverside.sign(point, 8.0, now, "high")), warm)

    assert left_of(14.0) == left_of(12.0) == left_of(15.0) == {}
    beyond = left_of(20.0)[point, "high"]
    assert (beyond.usual, beyond.now, beyond.against) == (pytest.approx(14.0), 20.0, "law")


@pytest.mark.parametrize(("voltage", "own"), [(0.0, False), (370.0, True)])
def test_a_machine_without_power_does_not_stop_by_itself(voltage, own):
    """At a weak voltage it is slow, and what stops it is another thing."""
    trip = riverside.cause(f"{POWER}/incomer", "breaker_tripped")
    stops = riverside.sign(f"{FILLERS[0]}/state", 1.0, 60.0, "stopping")
    down = [riverside.sign(f"{POWER}/{p}/voltage", 400.0, voltage) for p in ("incomer", "busbar")]
    found = residual(riverside.case(stops, *down), trip)
    assert ((stops.point, "stopping") in found) == own
