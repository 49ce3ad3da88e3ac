"""Orders of a plant as a shop: whole seconds, planned stops, and what is not given is said."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.twin_core.simulation.sawmill import LINE, sawmill
from twin_core.errors import ImpossibleScenario, OutOfRange, UnknownName
from twin_core.plant.production import Order, Product, Shift, Stop
from twin_core.simulation.scheduling.dispatch import dispatch
from twin_core.simulation.scheduling.order_book import order_book
from twin_core.simulation.scheduling.schedule import broken
from twin_core.value import SECOND

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = int(datetime(2026, 1, 5, 6, tzinfo=OSLO).timestamp()) * SECOND
MINUTES = {LINE: {"plank": {"lath": 10.0}, "lath": {"plank": 20.0}}}


def order(name, product, quantity=600.0, unit="{board}", **more):
    return Order(id=name, product=product, line=LINE, quantity=quantity, unit=unit, **more)


def plant(*orders, **more):
    """The sawmill with two products, 60 and 30 a minute, and these orders."""
    products = (
        Product(id="plank", name="Plank", number=1, rates={LINE: 60.0}),
        Product(id="lath", name="Lath", number=2, rates={LINE: 30.0}),
        Product(id="chip", name="Chip", number=3),
    )
    return sawmill().model_copy(update={"products": products, "orders": orders, **more})


def shift(start, minutes, *stops):
    """A shift on every day, with stops of the board line."""
    told = tuple(Stop(line=LINE, reason=r, after_min=a, duration_min=d) for r, a, d in stops)
    return Shift(id="day", name="Day", start=start, duration_min=minutes, stops=told)


def test_an_order_takes_its_quantity_over_the_rate():
    """In whole seconds, rounded up; another unit is counted in the line's own."""
    book = order_book(plant(order("a", "plank"), order("b", "lath", 7, "{stack}")), MONDAY)
    took = [job.operations[0].ways[0].duration_s for job in book.shop.jobs]
    assert took == [600, 140]
    assert [job.operations[0].ways[0].machine for job in book.shop.jobs] == [LINE, LINE]


def test_what_is_made_is_not_made_again():
    """A part is taken off; an order that is whole is left out, and that is said."""
    both = plant(order("a", "plank"), order("b", "lath"))
    book = order_book(both, MONDAY, made={"a": 300.0, "b": 600.0})
    assert [job.operations[0].ways[0].duration_s for job in book.shop.jobs] == [300]
    assert book.left_out == {"b": "it is made"}


def test_an_order_that_no_line_can_make_is_left_out_with_the_reason():
    """No rate, or a unit that the line does not count."""
    book = order_book(
        plant(order("a", "plank"), order("b", "chip"), order("c", "plank", unit="{barrel}")), MONDAY
    )
    assert [job.id for job in book.shop.jobs] == ["a"]
    assert "no rate of chip" in book.left_out["b"]
    assert "counts no {barrel}" in book.left_out["c"]


def test_planned_stops_and_the_time_between_shifts_are_closed():
    """From 06:00: a break at 06:10 for 5 minutes, and the night from 07:00 to 06:00."""
    one = plant(order("a", "plank", 60 * 70), shifts=(shift("06:00", 60, ("break", 10, 5)),))
    (line,) = order_book(one, MONDAY).shop.machines
    assert [(w.start, w.end, w.reason) for w in line.closed[:3]] == [
        (600, 900, "break"), (3600, 86_400, "no shift"), (87_000, 87_300, "break"),
    ]  # fmt: skip


def test_windows_reach_as_far_as_the_orders_may():
    """A thousand hours in shifts of one hour are over in a thousand days: that is refused."""
    hour = shift("06:00", 60)
    enough = order_book(plant(order("a", "plank", 60 * 60 * 30), shifts=(hour,)), MONDAY)
    made = dispatch(enough.shop, "fifo")
    assert made.makespan == 29 * 86_400 + 3600
    with pytest.raises(ImpossibleScenario, match="is not open"):
        order_book(plant(order("a", "plank", 60 * 60 * 1000), shifts=(hour,)), MONDAY)


def test_changeovers_that_are_given_replace_the_planned_ones():
    """The stop planned for one is not counted as well; the matrix is in seconds."""
    stops = (("break", 10, 5), ("changeover", 30, 5))
    one = plant(order("a", "plank"), order("b", "lath"), shifts=(shift("00:00", 1440, *stops),))
    (without,) = order_book(one, MONDAY).shop.machines
    assert {w.reason for w in without.closed} == {"break", "changeover"}
    assert without.changeovers == {}
    book = order_book(
        one.model_copy(update={"changeovers": MINUTES}), MONDAY, running={LINE: "lath"}
    )
    (line,) = book.shop.machines
    assert {w.reason for w in line.closed} == {"break"}
    assert line.changeovers == {"plank": {"lath": 600}, "lath": {"plank": 1200}}
    assert line.family == "lath"
    assert broken(book.shop, dispatch(book.shop, "fifo")) == ()


def test_due_times_count_from_the_moment():
    """An order that is late already is due at once, and that is said."""
    one = plant(
        order("a", "plank", due=MONDAY + 90 * SECOND), order("b", "lath", due=MONDAY - 5 * SECOND)
    )
    book = order_book(one, MONDAY)
    assert [job.due for job in book.shop.jobs] == [90, 0]
    assert any("b is late already" in told for told in book.unsaid)


def test_what_is_not_given_is_said():
    """Shifts, changeovers, due times, what is made, what the line is set up for."""
    told = " | ".join(order_book(plant(order("a", "plank")), MONDAY).unsaid)
    assert "no shifts are given" in told
    assert f"no changeovers of {LINE} are given" in told
    assert "no due time is given of a" in told
    assert "what is made already is not given" in told
    told = " | ".join(order_book(plant(order("a", "plank"), changeovers=MINUTES), MONDAY).unsaid)
    assert "is set up for is not given" in told


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"running": {"elsewhere": "plank"}}, UnknownName),
        ({"running": {LINE: "two words"}}, UnknownName),
        ({"made": {"z": 1.0}}, UnknownName),
        ({"made": {"a": float("nan")}}, OutOfRange),
        ({"made": {"a": -1.0}}, OutOfRange),
        ({"made": {"a": 600.0, "b": 600.0}}, ImpossibleScenario),
        ({"lines": [f"{LINE}x"]}, UnknownName),
        ({"pace": {LINE: 0.0}}, OutOfRange),
        ({"pace": {LINE: float("nan")}}, OutOfRange),
        ({"pace": {"elsewhere": 1.0}}, UnknownName),
    ],
)
def test_what_cannot_be_is_refused(more, error):
    """Names the plant has not, amounts that cannot be, nothing to do, half a matrix."""
    with pytest.raises(error):
        order_book(plant(order("a", "plank"), order("b", "lath")), MONDAY, **more)


def test_half_a_matrix_is_refused():
    """Where a line has changeovers, those between all that is ordered on it are needed."""
    one = plant(
        order("a", "plank"), order("b", "lath"), changeovers={LINE: {"plank": {"lath": 5.0}}}
    )
    with pytest.raises(ImpossibleScenario, match="from lath to plank"):
        order_book(one, MONDAY)


def test_a_standing_order_is_due_at_its_next_time_of_day():
    """At 06:00 the one of 05:59 is due tomorrow, and so is that of the very moment."""
    one = plant(*(order(t[:2] + t[3:], "plank", due_daily=t) for t in ("07:00", "06:00", "05:59")))
    book = order_book(one, MONDAY)
    assert [job.due for job in book.shop.jobs] == [3600, 86_400, 86_340]
    # the clocks of Oslo go forward in the night to 29 March 2026
    late = int(datetime(2026, 3, 28, 22, tzinfo=OSLO).timestamp()) * SECOND
    assert [job.due for job in order_book(one, late).shop.jobs] == [
        8 * 3600,
        7 * 3600,
        7 * 3600 - 60,
    ]


def test_a_line_that_is_slower_than_its_nominal_rate_takes_longer():
    """At four fifths of its pace ten minutes are twelve and a half."""
    book = order_book(plant(order("a", "plank")), MONDAY, pace={LINE: 0.8})
    assert [job.operations[0].ways[0].duration_s for job in book.shop.jobs] == [750]
