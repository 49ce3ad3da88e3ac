"""What is so now: believed values with unit, time and quality, never an old one."""

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.box import Box
from tests.tools.scenery import FILLER4, LINE3, MINUTE, NOW, Window, snapshot
from twin_core.twin import Quarantine


async def test_the_overview_has_every_line_and_every_open_incident():
    """Rates with units and times, then what is open."""
    found = await Box()("plant_overview")
    assert "1 open incident" in found.text
    told = " ".join(e.statement for e in found.evidence)
    for line in ("Line 1 makes 540", "Line 2 makes", "Line 3 makes", "Line 4 makes 403"):
        assert line in told
    assert "in-0a1b2c3d" in told


async def test_an_assets_state_says_packml_and_every_value_with_unit_and_time():
    """A machine's values, without its counters."""
    found = await Box()("asset_state", asset="filler 4")
    assert found.status == "ok"
    assert found.evidence[0].statement == "Filler 4 is in Execute, at 13:59:58 GMT."
    told = [e.statement for e in found.evidence]
    assert any("bar at 13:59:58 GMT" in t for t in told)
    assert not any("2147483648" in t for t in told)


async def test_a_lines_state_says_its_rate_and_its_machines():
    """And the incidents it is part of."""
    found = await Box()("asset_state", asset="line 4")
    kinds = [e.kind for e in found.evidence]
    assert kinds[0] == "indicator"
    assert kinds.count("state") == 7
    assert "incident" in kinds


async def test_a_value_carries_its_point_unit_and_quality():
    """One value is one piece of evidence."""
    found = await Box()("latest_values", measurement="bowl pressure", asset="line 3")
    seen, before = found.evidence
    assert seen.subject == before.subject == f"{LINE3}/filler/bowl_pressure"
    assert seen.data["unit"] == "bar"
    assert seen.quality == "good"
    assert seen.origin == "line3_plc"


@pytest.mark.parametrize(("factor", "where"), [(0.9, "below"), (1.0, "within"), (1.1, "above")])
async def test_a_value_is_told_beside_what_it_was_in_the_hour_before(factor, where):
    """The extreme hundredths of it aside; where too little is remembered nothing is said."""
    now = snapshot()
    at = now.plant.index[f"{FILLER4}/bowl_pressure"]
    mean, value = now.recent.mean.copy(), now.value.copy()
    mean[:, at] = 2.0 + 0.05 * np.sin(np.arange(len(mean)))
    mean[0, at] = 9.0
    value[at] = 2.0 * factor
    asked = {"measurement": "bowl pressure", "asset": "filler 4"}
    now = replace(now, value=value, recent=replace(now.recent, mean=mean))
    told = (await Box(Window(now))("latest_values", **asked)).evidence[1].statement
    assert "it was 1.95 to 2.05 bar, mostly about 2" in told
    assert told.endswith(f"it is {where} that now.")
    mean[:-60, at] = np.nan
    short = replace(now, recent=replace(now.recent, mean=mean))
    assert len((await Box(Window(short))("latest_values", **asked)).evidence) == 1


@pytest.mark.parametrize("said", ["rate", "throughput", "output", ""])
async def test_a_lines_rate_is_its_settled_indicator(said):
    """Whatever people call it."""
    found = await Box()("latest_values", measurement=said, asset="line 4")
    assert found.evidence[0].data["rate"] == 402.6


async def test_a_stale_value_is_no_data_not_an_old_value():
    """The number is not in the answer."""
    now = snapshot()
    time = now.time.copy()
    time[now.plant.index[f"{FILLER4}/bowl_pressure"]] -= 10 * MINUTE
    old = replace(now, time=time)
    found = await Box(Window(old))("latest_values", measurement="bowl pressure", asset="filler 4")
    assert found.status == "no_data"
    assert "stale" in found.text
    assert "bar" not in found.text


async def test_a_quarantined_value_is_no_data_with_the_reason():
    """What was not believed is not told."""
    point = f"{FILLER4}/bowl_pressure"
    held = Quarantine(
        point=point, rule="stuck", since=NOW - MINUTE, value=2.0, reason="has not moved"
    )
    now = replace(snapshot(), quarantined={point: held})
    found = await Box(Window(now))("latest_values", measurement="bowl pressure", asset="filler 4")
    assert found.status == "no_data"
    assert "quarantined since 13:59:00 GMT: has not moved" in found.text
