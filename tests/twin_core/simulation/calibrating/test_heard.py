"""From a historian's readings to what a line did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin_core.simulation.sawmill import LINE, SAW, T0, sawmill
from twin_core.errors import NoData
from twin_core.plant.classes import Role
from twin_core.reading import BAD, Batch
from twin_core.simulation.calibrating.heard import Heard
from twin_core.simulation.calibrating.line_history import spells_of
from twin_core.value import SECOND

PLANT = sawmill()


def readings(role, told, unit=SAW, status=0):
    """Rows of a batch: (second, value) of the unit's point of that role."""
    point = PLANT.units[unit].with_role(role)
    assert point is not None
    return [(PLANT.index[point.id], T0 + round(s * SECOND), float(v), status, 0) for s, v in told]


def heard(*rows, cut=None):
    """The saw's history, its readings in one batch or in two."""
    fold = Heard(PLANT, PLANT.line(LINE))
    whole = sorted((row for some in rows for row in some), key=lambda row: row[1])
    k = len(whole) if cut is None else cut
    for part in (whole[:k], whole[k:]):
        fold.add(Batch.of(part))
    history = fold.history(T0, T0 + 3600 * SECOND)
    return next(m for m in history.machines if m.unit.id == SAW)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([5, 6, 11]), min_size=2, max_size=60), st.integers(0, 60))
def test_no_change_of_state_is_lost(told, cut):
    """Folding in batches of any size leaves the spells that all readings have."""
    rows = readings(Role.STATE, [(2 * k, v) for k, v in enumerate(told)])
    time = np.array([row[1] for row in rows])
    every = spells_of(time, np.array(told, float), 30.0)
    assert heard(rows, cut=min(cut, len(told))).spells.tolist() == every.tolist()


def test_counts_are_by_the_minute():
    """What the counter gained in each minute, whole."""
    told = [(s, s // 2) for s in range(0, 301, 2)]
    found = heard(readings(Role.STATE, [(0, 6), (300, 6)]), readings(Role.PRODUCED, told))
    assert np.nansum(found.made[:6]) == pytest.approx(120, abs=31)
    known = found.made[np.isfinite(found.made)]
    assert known[:3].tolist() == [30, 30, 30]


def test_what_a_source_called_bad_is_not_kept():
    """Nor what no instrument shows."""
    state = readings(Role.STATE, [(0, 6), (10, 6), (20, 6)])
    bad = readings(Role.STATE, [(4, 11)], status=BAD)
    wild = readings(Role.STATE, [(6, 1e9)])
    assert heard(state, bad, wild).spells[:, 2].tolist() == [6]


def test_a_span_in_which_nothing_was_told_is_no_data():
    """It is said; so is a line whose machines have no state."""
    fold = Heard(PLANT, PLANT.line(LINE))
    with pytest.raises(NoData):
        fold.history(T0, T0 + SECOND)
    fold.add(Batch.of([]))
    bare = without_units(PLANT)
    with pytest.raises(NoData):
        Heard(bare, bare.line(LINE))


def without_units(plant):
    """The sawmill without machines."""
    areas = tuple(
        area.model_copy(
            update={"lines": tuple(line.model_copy(update={"units": ()}) for line in area.lines)}
        )
        for area in plant.areas
    )
    return plant.model_copy(update={"areas": areas, "links": ()})
