"""How proposals stand."""

from tests.tools.box import Box
from tests.tools.scenery import Window, waiting


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
