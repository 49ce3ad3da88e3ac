"""Ways to pick as an agent is told them, and which warehouse and day are meant."""

from datetime import date

import pytest

from tests.tools.box import Box
from tests.tools.scenery import Window, riverside, snapshot
from tools.stores import day_of, store_called
from twin_core.chart import Bars
from twin_core.errors import BadInput, UnknownName

MONDAY, TUESDAY, FRIDAY = (date(2026, 3, day) for day in (2, 3, 6))


async def test_the_best_way_is_told_first_with_what_the_next_takes_more():
    """Each with its interval; the ways as bars; the day is said, as it is not today's."""
    found = await Box()("picking_strategies")
    verdict, *ways = found.evidence
    assert "2026-03-04's (the newest there are) 110 orders" in verdict.statement
    assert verdict.data["best"] in {"batch", "wave"}
    assert verdict.data["days"] == 20
    assert len(ways) == 4
    assert sum("as it is done now" in way.statement for way in ways) == 1
    assert all(way.quality == "simulated" for way in ways)
    (chart,) = found.charts
    assert isinstance(chart, Bars)
    assert list(chart.values) == sorted(chart.values)


async def test_lateness_that_no_way_has_is_not_told_apart():
    """All are in time, so no way is better by that."""
    found = await Box()("picking_strategies", warehouse="picking hall", objective="tardiness")
    assert "cannot be told apart by time after the due time" in found.evidence[0].statement


async def test_another_warehouse_or_none_is_told():
    found = await Box()("picking_strategies", warehouse="moon base")
    assert found.status == "failed"
    assert "depot" in found.text
    none = riverside().model_copy(update={"warehouses": ()})
    found = await Box(Window(snapshot(none)))("picking_strategies")
    assert found.status == "failed"
    assert "describes no warehouse" in found.text


def test_a_warehouse_goes_by_id_name_or_nickname():
    """Of several one must be said."""
    plant = riverside()
    (depot,) = plant.warehouses
    for said in ("", "depot", "Case Picking Depot", " picking hall "):
        assert store_called(said, plant) is depot
    other = depot.model_copy(update={"id": "annex", "name": "Annex", "names": ()})
    both = plant.model_copy(update={"warehouses": (depot, other)})
    assert store_called("annex", both) is other
    with pytest.raises(BadInput, match="Allowed: depot, annex"):
        store_called("", both)
    with pytest.raises(UnknownName):
        store_called("cellar", both)


def test_a_day_is_today_or_the_newest_before_it():
    """Or the one that is asked for; orders that are all still to come count as the newest."""
    days = {MONDAY, TUESDAY}
    assert day_of(days, TUESDAY) == TUESDAY
    assert day_of(days, FRIDAY) == TUESDAY
    assert day_of(days, FRIDAY, MONDAY) == MONDAY
    assert day_of({FRIDAY}, MONDAY) == FRIDAY
    with pytest.raises(BadInput, match="days from 2026-03-02 to 2026-03-03"):
        day_of(days, MONDAY, FRIDAY)
    with pytest.raises(BadInput, match="no day"):
        day_of((), MONDAY)
