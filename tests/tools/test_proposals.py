"""How proposals stand."""

import pytest

from tests.tools.box import Box
from tests.tools.scenery import Window, waiting
from twin_core.governance.action import Inspection
from twin_core.value import SECOND

MINUTE = 60 * SECOND


async def test_proposals_say_who_must_approve():
    """Waiting ones first; an unknown id fails with known ones."""
    box = Box(Window(proposals=[waiting()]))
    found = await box("proposals_status")
    assert "needs 1 supervisor, not the requester" in found.evidence[1].statement
    assert (await box("proposals_status", proposal="p-zzzzzzzz")).status == "failed"


async def test_of_one_proposal_its_own_state_comes_first():
    """How many others there are was not asked."""
    found = await Box(Window(proposals=[waiting()]))("proposals_status", proposal="p-7k3m9q2x")
    (seen,) = found.evidence
    assert seen.statement.startswith("Proposal p-7k3m9q2x")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"asset": "line 4"}, ["p-7k3m9q2x"]),
        ({"asset": "compressor 1"}, ["p-7k3m9q2x"]),
        ({"asset": "line 1"}, ["p-11111111"]),
        ({"asset": "capper 4"}, []),
        ({"span": "last hour"}, ["p-7k3m9q2x", "p-11111111"]),
        ({"span": "last 10 min"}, ["p-7k3m9q2x"]),
        ({"asset": "line 1", "span": "last 10 min"}, []),
    ],
)
async def test_those_are_told_that_touch_an_asset_and_that_something_became_of(asked, told):
    """In the span: handed in, voted on, ended; what waits at its end is of it, too."""
    now = Window().snapshot().now
    done = waiting().model_copy(
        update={
            "proposal": "p-11111111", "helps": None, "state": "rejected", "at": now - 30 * MINUTE,
            "moments": (now - 40 * MINUTE,),
            "action": Inspection(asset="riverside/packaging/line1/filler", task="Look at it"),
        }
    )  # fmt: skip
    waits = waiting().model_copy(update={"moments": (now - 20 * MINUTE,)})
    found = await Box(Window(proposals=[done, waits]))("proposals_status", **asked)
    summary, *others = found.evidence
    assert [one.subject for one in others] == told
    assert summary.data["all"] == len(told)
    assert ("of line 1" in summary.statement) is (asked.get("asset") == "line 1")


async def test_of_those_that_stand_otherwise_none_is_told():
    """How many they are is said, so that nothing is hidden; an asset's own are told."""
    box = Box(Window(proposals=[waiting()]))
    for which, told, n in (
        ("waiting", "1 proposal waits for a decision.", 2),
        ("approved", "No proposal was approved: 1 waits for a decision.", 1),
        ("refused", "No proposal was refused or lapsed: 1 waits for a decision.", 1),
    ):
        found = await box("proposals_status", which=which)
        assert found.evidence[0].statement == told
        counts = {"all": 1, "waiting": 1, "approved": 0, "refused": 0}
        assert found.evidence[0].data == {**counts, "which": which}
        assert len(found.evidence) == n
        of_one = await box("proposals_status", which=which, asset="line 4")
        assert len(of_one.evidence) == 2
    none = await Box()("proposals_status", which="approved")
    assert none.evidence[0].statement == "There is no proposal, so none was approved."


async def test_how_each_stands_is_counted():
    """As was asked first."""
    ended = [
        waiting().model_copy(update={"proposal": f"p-1111111{n}", "state": state})
        for n, state in enumerate(("verified", "verified", "rejected"))
    ]
    box = Box(Window(proposals=[waiting(), *ended]))
    found = await box("proposals_status", which="approved")
    assert found.evidence[0].statement == (
        "2 proposals were approved, 1 waits for a decision, 1 was refused or lapsed."
    )
    assert [one.subject for one in found.evidence[1:]] == ["p-11111110", "p-11111111"]
