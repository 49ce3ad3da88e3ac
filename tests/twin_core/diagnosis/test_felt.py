"""A header that moved stops no machine that needs far less than it still has."""

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.felt import feeling
from twin_core.diagnosis.reach import DOWN, UP, reach
from twin_core.diagnosis.sign import Sign

CELLAR, NORTH = "quay/cellar/vacuum", "quay/hall/north"
MAIN, BOXER = f"{CELLAR}/main", f"{NORTH}/boxer"
VACUUM = f"{MAIN}/vacuum"


def fallen(usual, now, shows="low"):
    return {
        (VACUUM, shows): Sign(
            point=VACUUM, shows=shows, strength=0.99, usual=usual, now=now, unit="kPa",
            onset=quay.START, onset_s=10.0,
        )
    }  # fmt: skip


def felt(signs, ways=DOWN, blind=frozenset()):
    plant = quay.plant()
    return feeling(plant, signs, blind)(plant.units[MAIN], plant.units[BOXER], ways)


def test_a_machine_feels_its_header_where_the_law_of_its_class_says_so():
    assert felt(fallen(70.0, 50.0))


def test_a_machine_does_not_feel_what_leaves_its_header_enough():
    assert not felt(fallen(70.0, 68.0))


def test_a_header_that_went_the_other_way_or_kept_still_is_not_felt():
    assert not felt(fallen(70.0, 50.0), UP)
    assert not felt({})


def test_every_machine_may_feel_a_header_that_cannot_be_seen():
    assert felt({}, blind=frozenset({VACUUM}))


def test_what_is_not_felt_is_not_reached():
    plant = quay.plant()
    leak = plant.class_of(MAIN).failure_mode("leak")
    assert leak is not None
    able = reach(plant, MAIN, leak, feeling(plant, fallen(70.0, 68.0), frozenset()))
    assert f"{BOXER}/pace" not in able.ways
    assert able.lines == frozenset()
