"""Who cannot be heard is said not to be heard, by every tool alike."""

from dataclasses import replace

import pytest

from tests.tools.box import Box
from tests.tools.scenery import MINUTE, NOW, Window, snapshot
from twin_core.value import SECOND


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("asset_state", {"asset": "line 3"}),
        ("latest_values", {"measurement": "rate", "asset": "line 3"}),
        ("latest_values", {"measurement": "bowl pressure", "asset": "filler 3"}),
        ("indicators", {"asset": "line 3"}),
        ("find_cause", {"asset": "line 3"}),
        ("find_remedies", {"asset": "line 3"}),
        ("bottleneck", {"line": "line 3"}),
        ("what_if", {"line": "line 3"}),
        ("compare_options", {"options": [{"asset": "filler 3", "kind": "stop"}]}),
        ("propose", {"asset": "line 3"}),
    ],
)
async def test_every_tool_says_no_data_of_a_silent_line(tool, arguments):
    """Since when it has been silent, and nothing else of it."""
    box = Box(Window(snapshot(down={"line3_plc": NOW - 90 * SECOND})))
    found = await box(tool, **arguments)
    assert found.status == "no_data"
    assert "no data from" in found.text
    assert "since 13:58:30 GMT" in found.text
    assert "bottles/min" not in found.content()
    assert box.desk.submitted == []


@pytest.mark.parametrize("tool", ["asset_state", "indicators", "find_cause", "propose"])
async def test_a_line_that_brings_nothing_new_is_silent_before_its_source_is_called_lost(tool):
    """All its readings are too old: since the newest of them there is no data."""
    now = snapshot()
    box = Box(Window(replace(now, now=NOW + 20 * SECOND)))
    found = await box(tool, asset="line 3")
    assert found.status == "no_data"
    assert "no data from line 3 since 13:59:58 GMT (nothing new came)" in found.text
    assert "bottles/min" not in found.content()


async def test_a_shared_utility_that_is_silent_does_not_silence_the_lines():
    """Line 4 still has data when the utilities' controller is down."""
    box = Box(Window(snapshot(down={"utilities_plc": NOW - MINUTE})))
    assert (await box("asset_state", asset="line 4")).status == "ok"
    assert (await box("asset_state", asset="compressor 1")).status == "no_data"


async def test_a_source_never_heard_is_said_to_be_that():
    """There is no time to name."""
    now = snapshot()
    now = replace(now, sources={k: v for k, v in now.sources.items() if k != "line3_plc"})
    found = await Box(Window(now))("asset_state", asset="line 3")
    assert found.status == "no_data"
    assert "line3_plc was never heard" in found.text
