"""Names made into assets: unknown and ambiguous ones fail with names that exist."""

import pytest

from tests.tools.box import Box


@pytest.mark.parametrize(
    "tool", ["asset_state", "indicators", "find_cause", "find_remedies", "propose", "work_orders"]
)
async def test_an_unknown_asset_gives_the_nearest_names(tool):
    """Failed, with names that exist; never another asset's answer."""
    found = await Box()(tool, asset="line 9")
    assert found.status == "failed"
    assert "line 9" in found.text
    assert "Line 1" in found.choices


async def test_an_ambiguous_asset_gives_its_choices():
    """Four fillers, none guessed."""
    found = await Box()("asset_state", asset="filler")
    assert found.status == "failed"
    assert found.choices == ("Filler 1", "Filler 2", "Filler 3", "Filler 4")
