"""Whether the next lot will be good."""

import numpy as np
import pytest

from tests.twin_core.simulation.learning.taught import lived, risk, thickness, usual
from twin_core.errors import BeyondModel, UnknownName, WrongKind
from twin_core.simulation.learning.quality_model import chance_good, chances
from twin_core.value import Range


def test_chances_are_borne_out_by_lots_never_seen():
    """Of lots told 0.7 to be good about that many are."""
    fresh = lived(3000, seed=42)
    below, above = chances(thickness(), fresh.x, Range(low=10.0, high=10.8))
    good = (fresh.y >= 10.0) & (fresh.y <= 10.8)
    told = 1 - below - above
    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0)):
        mine = (told > low) & (told <= high)
        assert told[mine].mean() == pytest.approx(good[mine].mean(), abs=0.08)


def test_a_chance_has_two_sides():
    """Good, too low and too high make one; a wide tolerance is surely kept, a far one not."""
    found = chance_good(thickness(), usual(), Range(low=10.2, high=10.8))
    assert found.good + found.below + found.above == pytest.approx(1)
    assert min(found.good, found.below, found.above) > 0
    assert chance_good(thickness(), usual(), Range(low=0.0, high=20.0)).good == 1
    assert chance_good(thickness(), usual(), Range(low=15.0, high=20.0)).below == 1


def test_no_lot_is_called_good_that_cannot_be_judged():
    """Outside the range, by an unknown name, or by a model that tells no value."""
    tolerance = Range(low=0.0, high=20.0)
    with pytest.raises(BeyondModel, match="speed"):
        chance_good(thickness(), usual(speed=400.0), tolerance)
    with pytest.raises(UnknownName):
        chance_good(thickness(), usual(colour=1.0), tolerance)
    with pytest.raises(WrongKind, match="a model of a value"):
        chance_good(risk(), usual(), tolerance)
    below, above = chances(thickness(), np.full((2, 4), np.nan), tolerance)
    assert np.isnan(below).all()
    assert np.isnan(above).all()
