"""Passages, quoted with document and section."""

from tests.fakes import FakeLibrary
from tests.tools.box import Box
from tests.tools.scenery import FILLER4
from tests.tools.standins import library


async def test_a_passage_is_quoted_with_document_and_section():
    """Narrowed by the machine's class; the words are data."""
    shelf = library()
    found = await Box(library=shelf)("search_documents", query="low pressure", asset="filler 4")
    (seen,) = found.evidence
    assert seen.kind == "passage"
    assert seen.statement.startswith("FG-03 Rotary filler fault finding, section 3.2")
    ((query, classes),) = shelf.asked
    assert (query, classes[0]) == ("low pressure", "rotary_filler")


async def test_no_passage_is_no_data():
    """Nothing is quoted that was not found."""
    found = await Box(library=FakeLibrary())("search_documents", query="anything")
    assert found.status == "no_data"


async def test_what_supplies_a_machine_may_explain_it_and_what_is_nearer_comes_first():
    """Within two links: a header stands before what feeds it; the end of the line is far."""
    shelf = library()
    await Box(library=shelf)("search_documents", query="low pressure", asset="filler 4")
    near = shelf.near
    assert near["rotary_filler"] == 0
    assert near["chilled_water_header"] == 1
    assert near["water_chiller"] == 2
    assert near[FILLER4] == 0
    assert max(near.values()) == 2
    assert "pallet_store" not in near


def shelf(*texts: str) -> FakeLibrary:
    (like,) = library().hits
    return FakeLibrary(
        like.model_copy(update={"passage": f"p{n}", "section": f"{n}", "text": text})
        for n, text in enumerate(texts, 1)
    )


async def test_a_passage_is_the_same_whatever_words_it_was_found_by():
    """How well it fits them is nothing that it says."""
    box = Box(library=shelf("the shaft seal leaks"))
    (one,) = (await box("search_documents", query="shaft seal leaks")).evidence
    (other,) = (await box("search_documents", query="a leak at the seal")).evidence
    assert one == other
