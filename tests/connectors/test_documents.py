"""The catalogue of documents."""

import pytest

from connectors.documents import SqlDocuments
from twin_core.documents import Document, Leaf
from twin_core.errors import UnknownName


@pytest.fixture
async def catalogue(tmp_path):
    kept = SqlDocuments(f"sqlite:///{tmp_path / 'documents.db'}")
    yield kept
    await kept.close()


def document(slug="ff-1", at=1, **more) -> Document:
    given = {"number": slug.upper(), "title": "Guide", "version": "1", "file": f"{slug}.md",
             "digest": "d", "passages": 2, "by": "eva"}  # fmt: skip
    return Document(slug=slug, filed=at, **{**given, **more})


def leaves(*texts, slug="ff-1"):
    return [Leaf(f"{slug}/{i}", f"digest of {text}", text) for i, text in enumerate(texts)]


async def test_what_was_filed_is_found_with_its_passages_in_order(catalogue):
    filed = document(classes=("pump",), sites=("north",))
    assert await catalogue.file(filed, leaves("b", "a")) is None

    assert await catalogue.documents() == (filed,)
    assert await catalogue.current() == {"ff-1/0": "digest of b", "ff-1/1": "digest of a"}
    assert await catalogue.leaves(["ff-1/1", "ff-1/0", "no/such"]) == ["b", "a"]


async def test_a_changed_document_supersedes_and_the_old_one_stays_on_record(catalogue):
    await catalogue.file(document(), leaves("a", "b"))
    old = await catalogue.file(document(at=5, version="2", by="tom"), leaves("a", "c"))

    assert old is not None
    assert (old.status, old.ended, old.ended_by) == ("superseded", 5, "tom")
    assert [d.version for d in await catalogue.documents()] == ["2"]
    assert [d.version for d in await catalogue.documents(ended=True)] == ["2", "1"]
    history = await catalogue.history("ff-1/1")
    assert [(found.version, body) for found, body in history] == [("2", "c"), ("1", "b")]


async def test_the_same_again_changes_nothing(catalogue):
    await catalogue.file(document(), leaves("a"))
    again = await catalogue.file(document(at=5), leaves("a"))

    assert again == document()
    assert len(await catalogue.documents(ended=True)) == 1


async def test_what_is_removed_no_longer_holds_and_can_be_looked_up(catalogue):
    await catalogue.file(document(), leaves("a"))
    gone = await catalogue.remove("ff-1", 9, "tom")

    assert (gone.status, gone.ended, gone.ended_by) == ("removed", 9, "tom")
    assert await catalogue.documents() == ()
    assert await catalogue.current() == {}
    assert (await catalogue.history("ff-1/0"))[0][1] == "a"
    with pytest.raises(UnknownName, match="no document “ff-1”"):
        await catalogue.remove("ff-1", 9, "tom")


async def test_a_restart_finds_everything(catalogue, tmp_path):
    await catalogue.file(document(), leaves("a", "b"))
    await catalogue.close()
    again = SqlDocuments(f"sqlite:///{tmp_path / 'documents.db'}")

    assert await again.documents() == (document(),)
    await again.close()


async def test_thousands_of_passages_are_read_at_once(catalogue):
    many = leaves(*(f"text {i}" for i in range(2500)))
    await catalogue.file(document(), many)

    assert len(await catalogue.leaves([leaf.id for leaf in many])) == 2500
