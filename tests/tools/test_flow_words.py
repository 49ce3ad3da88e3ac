"""Machines named by where they lie in the flow, and by the line that they serve."""

from functools import cache

import pytest

from tests.tools.scenery import riverside
from tools.flow_words import placed
from twin_core.plant.names import Names


@cache
def names() -> Names:
    return Names(riverside())


def meant(text: str) -> tuple[str, ...]:
    found = placed(text, names().mentions(text), names().plant)
    return names().meant(found)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("the belt after filler 2", "packaging/line2/conveyor_3"),
        (
            "the belt that runs from the rinser of line 3 to its filler",
            "packaging/line3/conveyor_2",
        ),
        ("the lane that feeds line 3", "warehouse/stores/empties_3"),
        ("pallets of empties left for line 1", "warehouse/stores/empties_1"),
        ("the air header of line 4", "utilities/air/header_b"),
        ("the compressor for line 2", "utilities/air/compressor_1"),
        ("the finished goods store of line 1", "warehouse/stores/pallet_store"),
        ("the filler of line 2", "packaging/line2/filler"),
        ("the tie between air header A and air header B", "utilities/air/cross_tie"),
        ("the damper that lies between both air headers", "utilities/air/cross_tie"),
    ],
)
def test_what_serves_a_line_is_told_by_it(text, path):
    """The nearest in what flows to the line; what stands on it is meant as before."""
    assert meant(text) == (f"riverside/{path}",)


def test_a_machine_of_one_line_does_not_serve_another():
    """“Filler 4 on line 2” is nothing."""
    assert meant("filler 4 on line 2") == ()
