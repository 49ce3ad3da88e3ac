"""Robot cells through the tool: judged, and whether anyone may propose it."""

from dataclasses import replace

import pytest

from tests.tools.box import Box
from tests.tools.scenery import Window, snapshot


async def test_a_sequence_is_judged_with_its_cycle_time_and_a_picture():
    """Safe: it may be proposed, and a camera shows it."""
    found = await Box()("robot_cell")
    assert found.status == "ok"
    assert "safe by simulation, 6 cases in 24.0 s" in found.text
    assert found.text.endswith("It may be proposed.")
    assert found.charts[0].kind == "picture"
    assert found.evidence[0].quality == "simulated"


@pytest.mark.parametrize(("said", "may"), [("20 % faster", False), ("130%", False), ("80 %", True)])
async def test_a_faster_sequence_says_what_speaks_against_it(said, may):
    """A speed is a share, or so much more or less of it."""
    found = await Box()("robot_cell", speed=said)
    assert ("It may be proposed" in found.text) is may
    against = [e.statement for e in found.evidence[1:]]
    assert against == ([] if may else [
        "Against it: turn of left needs 168 deg/s; it is allowed 140 deg/s at 8.40 s."
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"speed": "like hell"}, "“80 %” or “20 % faster” is needed"),
        ({"cell": "filler 4"}, "“filler 4” is no robot cell; allowed: palletizing-4"),
        ({"cases": 190}, "slots 0 to 17"),
        ({"speed": "900 %"}, "0.02 to 5"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_is_allowed(asked, said):
    """Speeds, cells and numbers of cases."""
    found = await Box()("robot_cell", **asked)
    assert found.status == "failed"
    assert said in found.text


async def test_its_machine_or_line_names_a_cell_too():
    """The palletizer, or the line it stands on."""
    for said in ("palletizer 4", "line 4", "palletizing-4"):
        assert (await Box()("robot_cell", cell=said)).status == "ok"


async def test_a_plant_without_a_cell_says_so():
    """And where one would be drawn."""
    told = snapshot()
    bare = replace(told, plant=told.plant.model_copy(update={"cells": ()}))
    found = await Box(Window(bare))("robot_cell")
    assert found.status == "failed"
    assert "under `cells`" in found.text
