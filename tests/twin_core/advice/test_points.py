from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.diagnosis import quay
from twin_core.advice.points import allowed, bent, lever, resolve, steps
from twin_core.plant.classes import RemedySpec

NORTH, CELLAR = "quay/hall/north", "quay/cellar/vacuum"
SEALER = f"{NORTH}/sealer"


def spec(point, move, *, cures=False):
    return RemedySpec(kind="set_point", point=point, move=move, task="Do it.", cures=cures)


def believing(**values):
    """The plant on a good day, with some points believed to be elsewhere."""
    found = quay.lived(quay.Day(minutes=10))
    value = found.value.copy()
    for path, number in values.items():
        value[found.plant.index[path]] = number
    return replace(found, value=value, settled_value=value)


@given(
    st.floats(-1e4, 1e4, allow_nan=False),
    st.floats(-1e4, 1e4, allow_nan=False),
    st.floats(0.5, 1e4),
)
def test_steps_end_at_the_value_and_none_is_longer_than_allowed(now, value, most):
    """Whatever the way, the last step is the value itself and each keeps to the controller's."""
    found = steps(now, value, most)
    assert found[-1] == value
    way = np.abs(np.diff([now, *found]))
    assert np.all(way <= most * (1 + 1e-6) + 1e-6)
    assert len(found) == 1 or np.all(way > 0)


def test_without_a_step_limit_one_write_does():
    """A point without a step may go in one."""
    assert steps(8.0, 4.0, None) == (4.0,)


def test_a_lever_never_leaves_the_range_of_its_point():
    """However far up is tried, the values lie inside `adjustable` and on the resolution."""
    found = believing(**{f"{SEALER}/heat_set": 198.0})
    one = lever(found, found.plant.point(f"{SEALER}/heat_set"), spec("heat_set", "up"), None)
    assert one is not None
    assert max(one.values) <= 200.0
    assert all(v > 198.0 for v in one.values)
    assert all(round(v, 1) == v for v in one.values)


def test_what_was_there_before_is_tried_first_of_all():
    """A setting that was moved may be put back to where it stood, though no recipe names it."""
    found = believing(**{f"{SEALER}/pace_set": 140.0})
    point = found.plant.point(f"{SEALER}/pace_set")
    one = lever(found, point, spec("pace_set", "up", cures=True), 215.0)
    assert one is not None
    assert 215.0 in one.values


def test_the_recipe_is_where_a_wrong_setting_goes():
    """The product's own value cures a setting that is off."""
    found = believing(**{f"{SEALER}/heat_set": 162.0})
    point = found.plant.point(f"{SEALER}/heat_set")
    one = lever(found, point, spec("heat_set", "recipe", cures=True), None)
    assert one is not None
    assert one.values == (180.0,)


@pytest.mark.parametrize("path", [f"{SEALER}/pace", f"{SEALER}/heat"])
def test_what_nobody_may_write_is_no_lever(path):
    """A measurement cannot be set."""
    found = quay.lived(quay.Day(minutes=10))
    assert allowed(found, found.plant.point(path)) is None
    assert lever(found, found.plant.point(path), spec("any", "up"), None) is None


def test_a_setting_that_is_not_believed_is_no_lever():
    """Nobody moves what nobody can see."""
    found = quay.lived(quay.Day(minutes=10))
    status = found.status.copy()
    point = found.plant.point(f"{SEALER}/heat_set")
    status[found.plant.index[point.id]] = 0x40900000  # UncertainLastUsableValue
    blind = replace(found, status=status)
    assert lever(blind, point, spec("heat_set", "up"), None) is None


def test_a_supplier_is_found_along_the_links():
    """`supplier:` means whatever gives to the asset from outside, nearest first."""
    plant = quay.plant()
    found = resolve(plant, plant.units[f"{CELLAR}/main"], "supplier:suction_set")
    assert [p.unit_id for p in found] == [f"{CELLAR}/pump_1", f"{CELLAR}/pump_2"]
    assert resolve(plant, plant.units[SEALER], "supplier:suction_set") == ()


def test_what_bends_a_machine_leads_to_the_setting_that_rules_it():
    """A cold seal bar bends the rejects: its own set-point is the lever, upwards."""
    found = believing(**{f"{SEALER}/heat": 160.0})
    assert [(p.id, way) for p, way in bent(found, found.plant.units[SEALER])] == [
        (f"{SEALER}/heat_set", "up")
    ]


def test_a_supply_that_bends_a_machine_leads_to_its_producers():
    """Too little vacuum: the pumps' set-points are the levers."""
    found = believing(**{f"{CELLAR}/main/vacuum": 45.0})
    levers = [(p.id, way) for p, way in bent(found, found.plant.units[f"{NORTH}/washer"])]
    assert levers == [
        (f"{CELLAR}/pump_1/suction_set", "up"),
        (f"{CELLAR}/pump_2/suction_set", "up"),
    ]
