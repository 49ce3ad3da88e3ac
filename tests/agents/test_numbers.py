"""Numbers in a what-if are read whole or not at all, and never slowly."""

import pytest

from agents.offline.changes import changes_in
from tests.tools.scenery import riverside
from tools.span import seconds_in
from twin_core.plant.names import Names

NAMES = Names(riverside())


@pytest.mark.parametrize(
    ("said", "value"), [("5e2", 500.0), ("-500", -500.0), ("480.5", 480.5), ("512", 512.0)]
)
def test_a_number_is_read_whole(said, value):
    """Sign, decimals and exponent belong to it."""
    (change,) = changes_in(f"set the filler speed of line 4 to {said}", NAMES)
    assert change["value"] == value


@pytest.mark.parametrize("said", ["4OO", "1e999", "5.0.1"])
def test_what_only_begins_like_a_number_is_none(said):
    """Nothing is filled in that was not said."""
    assert not any("value" in c for c in changes_in(f"set filler 4 speed to {said}", NAMES))


def test_a_number_without_end_is_no_length():
    """Digits are bounded, so that one question cannot hold the others up."""
    assert seconds_in("9" * 4000) is None
