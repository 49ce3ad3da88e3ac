"""Lots: runs of a product on a line, how they were made, and what could not be believed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin_core.plant_fixture import LINE, OVEN
from tests.twin_core.thread_scene import (
    DIVIDER,
    PLANT,
    PRESSURE,
    RATIO,
    TEMPERATURE,
    at,
    history,
    on_change,
    rare_history,
    twin,
)
from twin_core.amendment import Amendment, take
from twin_core.errors import UnknownName
from twin_core.lot_folds import Check, Count, Written
from twin_core.lot_lineage import lot_lineage
from twin_core.lots import doubted, lines_of, lot, lots
from twin_core.value import SECOND


@pytest.fixture(scope="module")
def snapshot():
    return twin().snapshot(at(620))


async def test_a_lot_is_a_run_of_one_product(snapshot):
    """A change counts when it was read twice; a beginning that was not heard is told not to be."""
    toast, rye = await lots(snapshot, await history(), at(0))
    assert (toast.line, toast.product, toast.number, toast.begun) == (LINE, "toast", 1, False)
    assert (rye.product, rye.begun, rye.end) == ("rye", True, None)
    assert at(200) <= rye.start < at(202)
    assert toast.end == rye.start
    assert rye.id == "toast-rye-20250615t151000z"
    assert (toast.orders, rye.orders) == (("po-1",), ())
    assert [each.id for each in await lots(snapshot, await history(), at(300))] == [rye.id]


async def test_a_lot_is_found_again_by_its_id(snapshot):
    """The same from wherever it is looked for; what was never made is not found."""
    found = await history()
    for each in await lots(snapshot, found, at(0)):
        assert await lot(snapshot, found, each.id) == each.model_copy(update={"begun": True})
    for name in ("toast-rye-20250615t150959z", "toast-rye-1", "line9-x-20250615t151000z",
                 "toast-rye-20259915t151000z"):  # fmt: skip
        with pytest.raises(UnknownName):
            await lot(snapshot, found, name)


async def test_how_a_lot_was_made(snapshot):
    """Machines, settings and changes, readings against tolerances, doubts, what is missing."""
    found = await history()
    toast, rye = await lots(snapshot, found, at(0))
    ours = Written(
        point=f"{DIVIDER}/speed_setpoint", value=110, at=at(148), proposal="p-1",
        approved_by=("Sam",),
    )  # fmt: skip
    told = await lot_lineage(snapshot, found, toast, [ours])
    assert told.machines == tuple(u.id for u in PLANT.line(LINE).units)
    assert told.supplies == ("northmill/house/gas/main",)
    assert told.product == "Toast bread"
    assert told.made == pytest.approx(100 / 60 * 200, abs=8)
    (speed,) = told.settings
    assert (speed.point, speed.recipe, speed.first, speed.last) == (ours.point, 105, 100, 110)
    ((change,), changed) = speed.changes, speed.changed
    assert (change.before, change.after, changed) == (100, 110, 1)
    assert change.by == "p-1, approved by Sam"
    (hot,) = told.tolerances
    assert (hot.point, hot.low, hot.high) == (TEMPERATURE, 226, 236)
    assert 18 <= hot.outside_s <= 22
    assert (len(hot.spans), hot.spans[0].worst) == (1, hot.most)
    assert (hot.least, hot.mean, hot.most) == pytest.approx((229, 231, 238), abs=1.5)
    assert [d.point for d in told.doubted] == [PRESSURE]
    assert any("no source tells of lots" in clause for clause in told.missing)
    assert any("po-1" in clause for clause in told.missing)
    alone = await lot_lineage(snapshot, found, toast)
    assert alone.settings[0].changes[0].by == ""
    other = await lot_lineage(snapshot, found, rye, [ours])
    assert (other.tolerances, other.settings[0].changes) == ((), ())
    assert "the product has no tolerance for any point of this line" in other.missing


async def test_lots_made_while_a_sensor_could_not_be_believed(snapshot):
    """Its own line's, or those of the lines that its unit acts on; a derived point's inputs."""
    found = await history()
    assert [line.id for line in lines_of(PLANT, PRESSURE)] == [LINE]
    for path in (PRESSURE, RATIO):
        ((made, (spell, *more)),) = await doubted(snapshot, found, path)
        assert (made.product, spell.point, more) == ("toast", PRESSURE, [])
    assert await doubted(snapshot, found, f"{OVEN}/speed") == ()


@pytest.mark.catches("lots that only a source which repeats itself can tell of")
async def test_lots_are_the_same_where_a_source_tells_only_changes(snapshot):
    """Once told, a number stands; also when nothing of it was told for a day and more."""
    rare, heard = await rare_history(), replace(snapshot, plant=on_change())
    told = await lots(heard, rare, at(0))
    assert told == await lots(snapshot, await history(), at(0))
    for day in (1, 3):
        later = replace(heard, now=at(620 + day * 86_400))
        (rye,) = await lots(later, rare, at(600 + day * 86_400))
        assert rye == told[1]
        assert await lot(later, rare, rye.id) == rye
    for each in told:
        full, seldom = (
            await lot_lineage(snapshot, await history(), each),
            await lot_lineage(heard, rare, each),
        )
        assert seldom.settings == full.settings
        assert seldom.made == pytest.approx(full.made, abs=4)
        assert [t.outside_s for t in seldom.tolerances] == [t.outside_s for t in full.tolerances]


@pytest.mark.catches("readings that a person disowned, counted in a lot")
async def test_what_a_person_said_of_the_past_is_what_a_lot_was_made_with():
    """What he disowned counts for nothing, what he put in its place is what was read."""
    for value, count in ((None, 44), (230.0, 50)):
        made = twin()
        span = {"start": at(118), "end": at(142)}
        change = Amendment(point=TEMPERATURE, value=value, user="ada", reason="probe out", **span)
        take(made, change, at(620))
        told = made.snapshot(at(620))
        toast, _ = await lots(told, await history(), at(0))
        (hot,) = (await lot_lineage(told, await history(), toast)).tolerances
        assert (hot.outside_s, hot.spans) == (0, ())
        assert hot.count == count


@pytest.mark.catches("a lot that counts what the line's own count would not")
def test_a_lot_counts_as_its_line_does():
    """A counter that wraps goes on, one that a restart bends up and down has made nothing."""
    time = np.arange(6) * 2 * SECOND
    for values, made in (
        ([65_530, 65_533, 2, 5, 8, 8], 14),
        ([500, 503, 0, 503, 506, 509], 9),
        ([500, 503, 2, 4, 4, 6], 9),
    ):
        count = Count(end=65_535, cap=3.0)
        for i, value in enumerate(values):
            count.add(time[i : i + 1], np.array([float(value)]))
        assert count.made == made


READINGS = st.lists(st.tuples(st.integers(1, 90), st.integers(-5, 5)), min_size=1, max_size=40)


@given(READINGS, st.lists(st.integers(0, 40), max_size=5))
def test_a_tolerance_is_judged_the_same_in_whatever_parts_readings_come(given_, cuts):
    """Seconds outside, worst and extremes are those of a reading-by-reading account."""
    time = np.cumsum([step for step, _ in given_]) * SECOND
    value = np.array([float(v) for _, v in given_])
    end = int(time[-1]) + SECOND
    check, count = Check(-2.0, 3.0), Count()
    for part in np.split(np.arange(len(time)), sorted(c for c in cuts if c < len(time))):
        check.add(time[part], value[part])
        count.add(time[part], value[part])
    told = check.told(PLANT.point(TEMPERATURE), 0.0, end)
    until = [*time[1:].tolist(), end]
    spells = sum(b - a for a, b, v in zip(time, until, value, strict=True) if not -2 <= v <= 3)
    assert told.outside_s == spells / SECOND
    assert (told.least, told.most, told.count) == (value.min(), value.max(), len(value))
    worst = max((max(-2 - v, v - 3) for v in value), default=0)
    shown = [max(-2 - s.worst, s.worst - 3) for s in told.spans]
    assert max(shown, default=0) == max(worst, 0)
    grown = sum(b if b < a else b - a for a, b in pairwise(value))
    assert count.made == grown
