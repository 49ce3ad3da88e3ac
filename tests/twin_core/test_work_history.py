"""Work orders, counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND
from twin_core.work_history import work_history

HOUR = 3600 * SECOND
FILLER, CAPPER = "s/a/l/filler", "s/a/l/capper"


def order(number, hour, *, asset=FILLER, finding="", fault=None, closed=None):
    return WorkOrderRecord(
        reference=f"WO-{number}", key=f"k{number}", asset=asset, task="Look", finding=finding,
        found_fault=fault, status="open" if closed is None else "done", created=hour * HOUR,
        closed=None if closed is None else closed * HOUR,
    )  # fmt: skip


def test_nothing_is_counted_of_nothing():
    found = work_history(())

    assert (found.orders, found.open, found.faults) == (0, 0, 0)
    assert found.last_done is None
    assert found.between_faults_h is None
    assert found.recurring == ()


def test_the_last_done_is_the_one_closed_last_not_the_one_opened_last():
    found = work_history([order(1, 1, closed=9), order(2, 2, closed=3), order(3, 4)])

    assert found.last_done is not None
    assert found.last_done.reference == "WO-1"
    assert (found.orders, found.open) == (3, 1)


def test_time_between_faults_is_told_of_one_asset_and_never_across_two():
    found = work_history(
        [
            order(1, 0, fault=True), order(2, 10, fault=True), order(3, 40, fault=True),
            order(4, 5, asset=CAPPER, fault=True), order(5, 20, fault=False),
        ]
    )  # fmt: skip

    assert (found.faults, found.intervals, found.between_faults_h) == (4, 2, 20.0)
    lone = work_history([order(1, 0, fault=True), order(2, 5, asset=CAPPER, fault=True)])
    assert lone.between_faults_h is None


def test_a_finding_recurs_where_its_words_are_the_same_at_the_same_asset():
    found = work_history(
        [
            order(1, 0, finding="Clutch worn.", fault=True),
            order(2, 24, finding="clutch  worn", fault=True),
            order(3, 30, finding="clutch worn", asset=CAPPER, fault=True),
            order(4, 31, finding="clutch was worn", fault=True),
            order(5, 32, finding="clutch worn", fault=False),
        ]
    )
    (again,) = found.recurring

    assert (again.asset, again.finding) == (FILLER, "clutch  worn")
    assert again.orders == ("WO-1", "WO-2")
    assert again.every_h == pytest.approx(24.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.sampled_from([FILLER, CAPPER]), st.booleans()),
        max_size=20,
    )
)
def test_the_order_in_which_they_are_given_changes_nothing(rows):
    orders = [
        order(i, hour, asset=asset, finding="worn", fault=fault)
        for i, (hour, asset, fault) in enumerate(rows)
    ]

    assert work_history(orders) == work_history(orders[::-1])
