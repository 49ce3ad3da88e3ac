"""Numbers of names said as a range or a list are names; values and times are none."""

import pytest

from agents.offline.numbered import written_out
from evals.harness.load import plant_of
from twin_core.plant.names import Names

NAMES = Names(plant_of("riverside"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("speed of filler 3/4", "speed of filler 3 and filler 4"),
        ("mean speed filler 3/4, 30min", "mean speed filler 3 and filler 4, 30min"),
        ("output L1-L4 today", "output L1 and L2 and L3 and L4 today"),
        ("lines 1 to 3", "line 1 and line 2 and line 3"),
        ("fillers 2 & 4", "filler 2 and filler 4"),
        ("L2/L4", "L2 and L4"),
        ("dew point on the B air header", "dew point on the air header B"),
        ("the B header", "the header B"),
        ("pressure on the B header is low", "pressure on the header B is low"),
        ("line 3 had no 2 alarms", "line 3 had no 2 alarms"),
        ("A quick look at filler 2", "A quick look at filler 2"),
        ("set line 3 to 4 bar", "set line 3 to 4 bar"),
        ("filler 3 500/540", "filler 3 500/540"),
        ("filler 2 6:40-7:10", "filler 2 6:40-7:10"),
        ("speed of filler 1-9", "speed of filler 1-9"),
        ("filler 3-4 %", "filler 3-4 %"),
        ("line 4-1", "line 4-1"),
        ("last 20-30 min", "last 20-30 min"),
        ("capper 2/4.5", "capper 2/4.5"),
    ],
)
def test_a_range_of_numbered_names_is_each_of_them(said, meant):
    assert written_out(said, NAMES) == meant
