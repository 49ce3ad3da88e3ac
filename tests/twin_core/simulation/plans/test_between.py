import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.scenery import riverside
from twin_core.simulation.live.store import StoreStart
from twin_core.simulation.plans.between import _brought, _renewed
from twin_core.simulation.processes.moves import Moves

T = np.arange(0.0, 28_801.0, 120.0)


def empties(**more):
    """A store that loses one bottle a second, a hundred seconds before more is ordered."""
    unit = next(u for u in riverside().units.values() if u.id.endswith("empties_4"))
    told = {"stock": 1100.0, "room": 500.0, "passes": 10.0, "renewed": 9.0, "moving": 10.0,
            "underway": 0.0, "worth": 100.0, "reorder": 1000.0, "replenished": 12.0}  # fmt: skip
    return StoreStart(
        unit=unit, link=riverside().links_from(unit.id, "feeds")[0], **{**told, **more}
    )


def renewed(store, **setpoints):
    points = {f"{store.unit.id}/{name}": moved for name, moved in setpoints.items()}
    return _renewed(T, Moves(setpoints=points), store)


def test_a_store_is_renewed_once_its_stock_has_fallen_to_where_more_is_ordered():
    """Until then by what comes now, from then on by what is ordered."""
    rate = renewed(empties())
    assert set(rate[T < 100.0]) == {9.0}
    assert set(rate[T >= 100.0]) == {12.0}
    later = renewed(empties(), reorder_level_setpoint=(10.0, 4.0))
    assert T[np.argmax(later > 9.0)] == 720.0


@pytest.mark.parametrize(
    "store",
    [empties(reorder=-np.inf, replenished=0.0), empties(renewed=11.0), empties(renewed=13.0)],
)
def test_nothing_is_ordered_without_a_rule_or_a_need(store):
    """What comes now goes on."""
    assert set(renewed(store)) == {store.renewed}


@given(amount=st.floats(0, 1e6), after_s=st.floats(0, 899))
def test_what_ran_out_is_brought_once_and_whole(amount, after_s):
    """A repaired store has again what it had, within the first step of the repair."""
    t = np.arange(0.0, 900.0, 20.0)
    on = t >= after_s
    rate = _brought(t, on, amount, 900.0)
    lengths = np.diff(np.append(t, 900.0))
    assert (rate * lengths).sum() == pytest.approx(amount if on.any() else 0.0)
    assert np.count_nonzero(rate) <= 1
    assert not rate[~on].any()
