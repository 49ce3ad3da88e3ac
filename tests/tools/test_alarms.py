"""Alarms and incidents, those below the asset asked about."""

from dataclasses import replace

from tests.tools.box import Box
from tests.tools.scenery import Window, alarm, snapshot


async def test_alarms_and_incidents_are_those_below_the_asset():
    """Line 4's are not line 2's; a clean line says so."""
    box = Box(Window(replace(snapshot(), alarms=(alarm(),))))
    found = await box("alarms", asset="line 4")
    assert "1 open incident, 1 alarm" in found.text
    assert any("13.4 °C against a limit of 12 °C" in e.statement for e in found.evidence)
    assert "no alarm, no incident" in (await box("alarms", asset="line 2")).text
