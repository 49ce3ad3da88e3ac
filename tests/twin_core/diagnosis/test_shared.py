"""What all that an asset supplies show at once is the asset's; what one shows is its own."""

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis import shared
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case
from twin_core.plant.classes import Symptom

MAIN = "quay/cellar/vacuum/main"
HEAT = [Symptom(point="supplied:pace", shows="low")]


def sign(point, *, asked=False):
    return Sign(
        point=point, shows="low", strength=0.95, usual=200.0, now=100.0, unit="1/min",
        onset=quay.START, onset_s=10.0, size=9.0, asked=asked,
    )  # fmt: skip


def shown(*signs):
    plant = quay.plant()
    line = plant.line("quay/hall/north")
    loss = LineLoss(line.id, "1/min", 200.0, 200.0, quay.START, 0.0, losing=False)
    case = Case(plant, line, loss, {(s.point, s.shows): s for s in signs}, frozenset(), quay.START)
    return shared.shown(case, shared.points(plant, plant.units[MAIN], "supplied:pace"), HEAT)


def paces():
    plant = quay.plant()
    return shared.points(plant, plant.units[MAIN], "supplied:pace")


def test_a_name_means_that_point_of_all_that_is_supplied():
    plant = quay.plant()
    units = {k.target for k in plant.links_from(MAIN, "supplies")}
    assert {p.rsplit("/", 1)[0] for p in paces()} == units
    assert shared.points(plant, plant.units[MAIN], "supplied:no_such_point") == []


@pytest.mark.parametrize(("number", "share"), [(1, False), (2, True), (4, True)])
def test_half_of_them_and_two_at_least_make_it_shared(number, share):
    some = paces()[:number]
    assert shown(*(sign(p) for p in some)) == (some if share else [])


def test_what_follows_a_load_does_not_tell_though_it_counts():
    first, second, *_ = paces()
    assert shown(sign(first), sign(second, asked=True)) == [first]
