"""Rate, OEE and state times; what is not given is said to be not given."""

from tests.tools.box import Box


async def test_indicators_say_what_is_not_to_be_had():
    """No quality, so no OEE; nothing is made up."""
    found = await Box()("indicators", asset="line 4")
    assert "OEE and quality not to be had; availability 91 %, effectiveness 74 %" in found.text


async def test_what_was_asked_for_comes_first():
    """The OEE of a line before its rate; of a machine first how long it was in which state."""
    found = await Box()("indicators", asset="line 4")
    assert [("oee" in e.data, "rate" in e.data) for e in found.evidence] == [
        (True, False),
        (False, True),
    ]
    found = await Box()("indicators", asset="filler 4")
    assert "Execute 50 min, Suspended 10 min" in found.evidence[0].statement
