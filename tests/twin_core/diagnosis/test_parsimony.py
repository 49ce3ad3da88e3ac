"""One cause that explains everything comes before two that explain a part each."""

from dataclasses import replace

import pytest

from tests.twin_core.diagnosis import quay
from twin_core.diagnosis.lines import LineLoss
from twin_core.diagnosis.matching import match
from twin_core.diagnosis.parsimony import remaining, sufficient
from twin_core.diagnosis.ranking import Suspect
from twin_core.diagnosis.sign import Sign
from twin_core.diagnosis.weighing import Case

HALL, MAIN = "quay/hall", "quay/cellar/vacuum/main"
NORTH, SOUTH = f"{HALL}/north", f"{HALL}/south"
WASHER = f"{NORTH}/washer"
VACUUM = ((f"{MAIN}/vacuum", 70.0, 50.0, "low"), (f"{MAIN}/drawn", 20.0, 30.0, "high"))
SLOW = tuple((f"{line}/{m}/pace", 200.0, 160.0, "low") for line in (NORTH, SOUTH)
             for m in ("washer", "boxer"))  # fmt: skip


def case(*shown):
    plant = quay.plant()
    signs = {
        (point, shows): Sign(
            point=point, shows=shows, strength=0.99, usual=usual, now=now, unit="1", size=4.0,
            onset=quay.START, onset_s=10.0,
        )
        for point, usual, now, shows in shown
    }  # fmt: skip
    loss = LineLoss(
        NORTH, "{tub}/min", 150.0, 200.0, quay.START, 0.0, losing=True, shares={WASHER: 1.0}
    )
    return Case(plant, plant.line(NORTH), loss, signs, frozenset(), quay.START)


def suspect(seen, asset, mode):
    found = next(m for m in match(seen) if m.asset == asset and m.mode and m.mode.id == mode)
    return Suspect(found, None, found.score)


def both(seen, mode="belt_slips"):
    """The washer's slipping belt first, the leak beside it, as if taken one after the other."""
    washer, leak = suspect(seen, WASHER, mode), suspect(seen, MAIN, "leak")
    return [washer, leak], [leak]


def test_a_machine_that_is_slow_by_the_vacuum_is_no_second_cause():
    """The leak explains every slow machine, the belt only one: the belt's score is taken back."""
    first, second = both(case(*VACUUM, *SLOW))
    alone = sufficient(case(*VACUUM, *SLOW), first, second)
    assert alone is not None
    assert alone[0].score < alone[1].score == first[1].score
    assert [s.match for s in alone] == [s.match for s in first]


@pytest.mark.parametrize("slower", [100.0, 60.0])
def test_a_machine_that_is_slower_than_the_vacuum_makes_it_is_needed(slower):
    """It goes beyond what its peers show: two causes."""
    own = (f"{WASHER}/pace", 200.0, slower, "low")
    seen = case(*VACUUM, *SLOW[1:], own)
    assert sufficient(seen, *both(seen)) is None


def test_what_is_seen_nowhere_else_is_needed():
    """A cold sealer is not explained by a leak."""
    seen = case(*VACUUM, *SLOW, (f"{WASHER}/heat", 180.0, 160.0, "low"))
    assert sufficient(seen, *both(seen, "heater_weak")) is None


def test_what_a_person_said_stands_when_its_signs_are_explained():
    """Only what the signs gave is taken back."""
    seen = case(*VACUUM, *SLOW)
    first, second = both(seen)
    said = [replace(first[0], score=first[0].score + 4.0), first[1]]
    plain, heard = sufficient(seen, first, second), sufficient(seen, said, second)
    assert plain is not None
    assert heard is not None
    assert heard[0].score == pytest.approx(plain[0].score + 4.0)


def test_without_a_second_cause_the_first_stands():
    seen = case(*SLOW)
    assert sufficient(seen, [suspect(seen, WASHER, "belt_slips")], []) is None


def test_what_remains_is_neither_the_signs_nor_the_loss_of_the_first():
    """A leak reaches the washer: nothing of its pace and of its loss is left."""
    seen = case(*VACUUM, *SLOW)
    left = remaining(seen, suspect(seen, MAIN, "leak"))
    assert left.signs == {}
    assert (left.loss.losing, left.loss.shares) == (False, {})
