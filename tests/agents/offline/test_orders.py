"""Production orders are known by their number, however it is written; amounts are none."""

import pytest

from agents.offline.orders import with_orders
from agents.offline.reading import read
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))


@pytest.mark.parametrize(
    "said",
    [
        "when does 4120 start",
        "when does PO 4120 start",
        "when does po-4120 start",
        "when does order 4120 start",
        "when does order no. 4120 start",
        "when does job 4120 start",
        "when does order PO-4120 start",
    ],
)
def test_an_order_is_known_by_its_number(said):
    assert with_orders(said, NAMES) == "when does order po-4120 start"
    (reading,) = read(said, NAMES)
    assert (reading.kind, reading.assets) == ("orders", ("Line 3",))


@pytest.mark.parametrize(
    "said",
    [
        "did line 2 make 4120",
        "4120 bottles in the last hour",
        "set filler 2 to 4120 bottles per hour",
        "is po-4999 done",
        "is 4999 done",
        "proposal p-4120",
        "at 4120 b/h",
        "4,120 cases",
    ],
)
def test_an_amount_and_an_unknown_number_are_no_order(said):
    assert with_orders(said, NAMES) == said


def test_an_order_is_said_short():
    assert with_orders("which PO is next, and are any POs late", NAMES) == (
        "which order is next, and are any orders late"
    )


def test_the_line_an_order_goes_on_is_its_own():
    (reading,) = read("when is 4120 supposed to go on the line", NAMES)
    assert reading.assets == ("Line 3",)


def test_an_order_that_is_only_remarked_is_what_is_asked_of():
    (reading,) = read("quality want the first bottles of 4120, so what time does it start", NAMES)
    assert reading.assets == ("Line 3",)
