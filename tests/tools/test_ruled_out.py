"""What speaks against a suspect: how it ranks, what it shows, what explains the loss instead."""

from tests.tools.box import Box


async def test_what_is_not_among_the_causes_is_not_called_impossible():
    """With what it shows now, and the cause that explains the loss."""
    found = await Box()("ruled_out", asset="line 4", suspect="compressor 1")
    first, *rest = found.evidence
    assert first.statement.startswith("Compressor 1 is not among the causes found for line 4")
    assert "does not prove it impossible" in first.statement
    assert any(e.kind == "reading" and "normal is" in e.statement for e in rest)
    assert any(e.kind == "cause" for e in rest)
    assert any(e.kind == "counterfactual" for e in rest)


async def test_what_is_among_them_was_not_ruled_out():
    """And its probability is told."""
    found = await Box()("ruled_out", asset="line 4", suspect="filler 4")
    assert found.evidence[0].statement.startswith("Filler 4 was not ruled out")
    assert found.evidence[1].kind == "cause"


async def test_without_a_cause_nothing_is_said_to_explain_it():
    """Line 2 is well."""
    found = await Box()("ruled_out", asset="line 2", suspect="compressor 1")
    assert found.evidence[0].statement.startswith("No cause was found for line 2")
    assert not any(e.kind == "cause" for e in found.evidence)


async def test_what_was_asked_of_is_no_suspect_of_its_own():
    """The question is refused."""
    assert (await Box()("ruled_out", asset="line 4", suspect="line 4")).status == "failed"
