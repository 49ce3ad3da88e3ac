"""Passages, quoted with document and section."""

from tests.fakes import FakeLibrary
from tests.tools.box import Box
from tests.tools.standins import library


async def test_a_passage_is_quoted_with_document_and_section():
    """Narrowed by the machine's class; the words are data."""
    shelf = library()
    found = await Box(library=shelf)("search_documents", query="low pressure", asset="filler 4")
    (seen,) = found.evidence
    assert seen.kind == "passage"
    assert seen.statement.startswith("FG-03 Rotary filler fault finding, section 3.2")
    assert shelf.asked[0] == ("low pressure", ("rotary_filler",))


async def test_no_passage_is_no_data():
    """Nothing is quoted that was not found."""
    found = await Box(library=FakeLibrary())("search_documents", query="anything")
    assert found.status == "no_data"
