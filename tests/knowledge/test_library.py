"""The library over the documents that come with us."""

import socket
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from knowledge.library import Library
from knowledge.passages import Passage
from knowledge.shipped import shipped
from twin_core.errors import DocumentError, ModelDown, StoreDown

QUESTIONS = [
    ("Why is the filler slow and the product foaming?", "FF-411", "Filler slow, product foams"),
    ("The packer keeps dropping bottles", "FF-461", "Bottles drop"),
    ("Labels come off the bottles", "FF-441", "Labels come off"),
    ("When should I open the cross-tie?", "OI-510", "When to open the cross-tie"),
    ("chiller has tripped", "FF-521", "Chiller tripped"),
    ("loose caps, torque too low", "FF-431", "Torque low"),
    ("a reading that is frozen and never changes", "FF-610", "Stuck reading"),
    ("can I raise the pressure against an air leak?", "OI-510", "Raising the pressure"),
    ("the depalletizer waits for pallets of empties", "FF-451", "Starved"),
    ("conveyor chain slipping", "FF-481", "Conveyor too slow"),
    ("how do I compare set values with the recipe?", "OI-310", "Recipe check"),
    ("boiler tubes are scaled", "FF-531", "Tubes scaled"),
    ("inlet filter of the compressor is plugged", "FF-511", "Inlet filter plugged"),
    ("layers slip in the palletizer", "FF-471", "Clamp weak"),
    ("web keeps breaking at the labeller", "FF-441", "The web breaks"),
    ("rinse nozzles plugged", "FF-421", "Rinse water pressure low"),
    ("bottles are coming out dirty", "FF-421", "Dirty bottles"),
    ("machine stops because the cap hopper is empty", "FF-431", "Hopper runs empty"),
    ("crane does not move", "OI-710", "Crane slow or standing"),
    ("transformer is too hot", "FF-541", "Transformer hot"),
    ("what should I do after changing a setpoint", "OI-320", "After a change"),
    ("condensing pressure high", "FF-521", "Condenser fouled"),
    ("all fillers slow at the same time", "FF-301", "Several machines slow at once"),
    ("pump pressure of chilled water low", "FF-521", "Circulation weak"),
]


class Counting:
    """An embedder that counts what it is asked and needs no model."""

    def __init__(self, name: str = "counting-8") -> None:
        self.name = name
        self.texts = 0

    def embed(self, texts):
        self.texts += len(texts)
        rows = np.zeros((len(texts), 8), dtype=np.float32)
        for i, text in enumerate(texts):
            for word in text.lower().split():
                rows[i, zlib.crc32(word.encode()) % 8] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def write(folder: Path, number: str, *sections: str, classes: str = "pump") -> None:
    body = "".join(f"## {i} Part {i}\n{text}\n" for i, text in enumerate(sections, 1))
    front = f'---\ndocument: {number}\ntitle: Guide\nversion: "1"\nclasses: [{classes}]\n---\n'
    (folder / f"{number.lower()}.md").write_text(front + body, encoding="utf-8")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    library = Library(tmp_path_factory.mktemp("knowledge"))
    library.take(shipped())
    yield library
    library.close()


@pytest.fixture
def shelf(tmp_path):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write(corpus, "A-1", "The seal leaks.", "The gear is worn.")
    write(corpus, "B-1", "The belt slips.", classes="belt, pump")
    return corpus


@pytest.mark.parametrize(("question", "document", "section"), QUESTIONS)
def test_a_plain_question_finds_its_section_among_the_first_three(
    library, question, document, section
):
    hits = library.search(question, (), 3)

    found = [(hit.document, hit.section.split(" ", 1)[1]) for hit in hits]
    assert any(d == document and s.startswith(section) for d, s in found), found


def test_the_right_section_comes_first_for_at_least_two_thirds_of_the_questions(library):
    first = [library.search(question, (), 1)[0] for question, _, _ in QUESTIONS]

    right = sum(
        hit.document == document and section in hit.section
        for hit, (_, document, section) in zip(first, QUESTIONS, strict=True)
    )
    assert right >= len(QUESTIONS) * 2 / 3


def test_hits_come_best_first_with_scores_between_0_and_1_and_always_in_the_same_order(library):
    hits = library.search("vacuum low at the gripper head", (), 8)
    scores = [hit.score for hit in hits]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({hit.passage for hit in hits}) == len(hits) == 8
    assert hits == library.search("vacuum low at the gripper head", (), 8)


def test_classes_narrow_what_is_found(library):
    hits = library.search("pressure low", ("steam_boiler", "capper"), 10)

    assert hits
    assert all({"steam_boiler", "capper"} & set(hit.classes) for hit in hits)
    assert library.search("pressure low", ("no_such_class",)) == ()


@pytest.mark.parametrize("question", ["", "   ", "xyzzy", "who won the football match"])
def test_what_no_document_speaks_of_finds_nothing(library, question):
    assert library.search(question) == ()


def test_no_address_outside_is_ever_asked_for(tmp_path, monkeypatch):
    asked = []

    def refuse(*args, **_):
        asked.append(args)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    library = Library(tmp_path)
    library.take(shipped())

    assert library.search("foam at the filler")
    library.close()
    assert asked == []


def test_vectors_outlive_the_process_and_are_not_made_again(shelf, tmp_path):
    first = Library(tmp_path / "knowledge", Counting())
    assert first.take(shipped(shelf)) == 3
    before = first.search("gear", (), 3)
    first.close()

    embedder = Counting()
    again = Library(tmp_path / "knowledge", embedder)
    assert again.take(shipped(shelf)) == 0
    assert embedder.texts == 0
    assert again.search("gear", (), 3) == before
    again.close()


def test_only_changed_passages_are_embedded_and_withdrawn_ones_are_gone(shelf, tmp_path):
    embedder = Counting()
    library = Library(tmp_path / "knowledge", embedder)
    library.take(shipped(shelf))
    embedder.texts = 0

    write(shelf, "A-1", "The seal leaks.", "The wheel is broken.")
    (shelf / "b-1.md").unlink()

    assert library.take(shipped(shelf)) == embedder.texts == 1
    assert library.search("wheel", (), 1)[0].text == "The wheel is broken."
    assert "B-1" not in {hit.document for hit in library.search("belt slips seal wheel", (), 9)}
    library.close()


def test_a_document_that_leaves_a_class_is_no_longer_found_under_it(shelf, tmp_path):
    library = Library(tmp_path / "knowledge", Counting())
    library.take(shipped(shelf))
    assert library.search("belt", ("pump",), 5)[0].document == "B-1"

    write(shelf, "B-1", "The belt slips.", classes="belt")
    library.take(shipped(shelf))

    assert "B-1" not in {hit.document for hit in library.search("belt seal", ("pump",), 5)}
    library.close()


def test_another_embedding_model_means_every_passage_is_embedded_again(shelf, tmp_path):
    old = Library(tmp_path / "knowledge", Counting("model-a"))
    old.take(shipped(shelf))
    old.close()

    embedder = Counting("model-b")
    new = Library(tmp_path / "knowledge", embedder)
    assert new.take(shipped(shelf)) == embedder.texts == 3
    client = new._store._client
    assert client is not None
    assert len(client.list_collections()) == 1
    assert new.search("gear", (), 1)[0].section == "2 Part 2"
    new.close()


def test_two_documents_of_one_number_are_refused(shelf, tmp_path):
    (shelf / "copy.md").write_text((shelf / "a-1.md").read_text(encoding="utf-8"), encoding="utf-8")

    with pytest.raises(DocumentError, match="A-1 is filed twice"):
        shipped(shelf)


def test_a_corpus_that_is_not_there_is_an_error_not_an_empty_library(tmp_path):
    """Or every question would find nothing, and nobody would know why."""
    with pytest.raises(DocumentError, match="no such folder"):
        shipped(tmp_path / "nowhere")


def test_a_document_that_is_not_text_is_named(tmp_path):
    """Which file it is, and what is wrong with it."""
    (tmp_path / "old.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match=r"old\.md: it is not UTF-8 text"):
        shipped(tmp_path)


def test_a_directory_that_cannot_be_used_is_said_so(shelf, tmp_path):
    (tmp_path / "knowledge").write_text("a file, no directory", encoding="utf-8")

    with pytest.raises(StoreDown, match="documents"):
        Library(tmp_path / "knowledge", Counting()).take(shipped(shelf))


def test_before_anything_was_taken_in_a_search_says_so_and_finds_not_nothing(tmp_path):
    with pytest.raises(StoreDown, match="still being taken in"):
        Library(tmp_path / "knowledge", Counting()).search("seal")


def passage(number: str, text: str, **more) -> Passage:
    given = {"document": "N", "title": "Note", "version": "1", "section": "Text", "text": text}
    return Passage(id=number, **{**given, **more})


@pytest.fixture
def notes(tmp_path):
    library = Library(tmp_path / "notes", Counting())
    yield library
    library.close()


def test_a_site_sees_its_own_documents_and_those_of_no_site(notes):
    notes.take(
        [
            passage("a", "seal leaks", sites=("north",)),
            passage("b", "seal leaks", sites=("south",)),
            passage("c", "seal leaks"),
        ]
    )

    assert {hit.passage for hit in notes.search("seal", (), 5, site="north")} == {"a", "c"}
    assert {hit.passage for hit in notes.search("seal", (), 5)} == {"a", "b", "c"}


def test_what_is_about_no_class_is_about_every_one(notes):
    notes.take(
        [
            passage("a", "seal leaks", classes=("pump",)),
            passage("b", "seal leaks"),
            passage("c", "seal leaks", classes=("fan",)),
        ]
    )

    assert {hit.passage for hit in notes.search("seal", ("pump",), 5)} == {"a", "b"}


def test_of_equals_the_nearer_in_the_plant_comes_first(notes):
    notes.take(
        [
            passage("a", "seal leaks", classes=("fan",)),
            passage("b", "seal leaks", classes=("pump",)),
            passage("c", "seal leaks", assets=("x/y/z/pump-4",)),
            passage("d", "vapour", assets=("x/y/z/pump-4",)),
        ]
    )
    hits = notes.search("seal leaks", (), 9, near={"x/y/z/pump-4": 0, "pump": 1})

    assert [hit.passage for hit in hits if hit.text == "seal leaks"] == ["c", "b", "a"]
    assert all(0 <= hit.score <= 1 for hit in hits)


def test_nearness_never_lifts_a_poor_fit_over_a_good_one(notes):
    notes.take(
        [
            passage("good", "rotor seal leaks oil"),
            passage("poor", "oil", classes=("pump",)),
            *(passage(f"x{i}", f"word{i} other{i}") for i in range(20)),
        ]
    )

    assert notes.search("rotor seal leaks", (), 1, near={"pump": 0})[0].passage == "good"


def test_many_small_additions_are_put_together_and_lose_nothing(notes):
    held = []
    for i in range(30):
        held.append(passage(f"p{i}", f"gear number{i}"))
        assert notes.take([held[-1]], {one.id: one.digest for one in held}) == 1

    assert len(notes) == 30
    assert len(list(notes._folder.glob("0*"))) <= 9
    assert all(notes.search(f"number{i}", (), 1)[0].passage == f"p{i}" for i in range(30))


def test_passages_half_withdrawn_are_written_anew_without_the_withdrawn(notes):
    held = [passage(f"p{i}", f"gear number{i}") for i in range(10)]
    notes.take(held)
    notes.take((), {one.id: one.digest for one in held[:4]})

    assert len(notes) == 4
    assert sum(len(segment) for segment in notes._shelf.segments) == 4


def test_what_is_made_for_search_may_be_lost_and_no_text_is_embedded_again(shelf, tmp_path):
    first = Library(tmp_path / "knowledge", Counting())
    first.take(shipped(shelf))
    first.close()
    for file in (tmp_path / "knowledge" / "segments").rglob("*.npy"):
        file.write_bytes(b"damaged")

    embedder = Counting()
    again = Library(tmp_path / "knowledge", embedder)
    assert again.take(shipped(shelf)) == embedder.texts == 0
    assert again.search("gear", (), 1)[0].section == "2 Part 2"
    again.close()


class Failing(Counting):
    """An embedder that answers so often, then no more."""

    def __init__(self, left: int):
        super().__init__()
        self.left = left

    def embed(self, texts):
        self.left -= 1
        if self.left < 0:
            raise ModelDown("embedder", "gone")
        return super().embed(texts)


def test_a_build_that_broke_off_goes_on_where_it_was_and_tells_how_far_it_is(tmp_path):
    many = [passage(f"p{i}", f"gear number{i}") for i in range(2500)]
    broken = Library(tmp_path / "knowledge", Failing(2))
    with pytest.raises(ModelDown):
        broken.take(many)
    broken.close()

    told = []
    library = Library(tmp_path / "knowledge", Counting())
    assert library.take(many, progress=lambda done, of: told.append((done, of))) == 500
    assert told == [(500, 500)]
    assert len(library) == 2500
    library.close()


def test_many_threads_may_search_at_once(library):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(library.search("air leak", (), 3)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1


def test_a_search_takes_milliseconds(library):
    library.search("warm up")
    start = time.perf_counter()
    for question, _, _ in QUESTIONS:
        library.search(question, (), 5)

    assert (time.perf_counter() - start) / len(QUESTIONS) < 0.1


def test_where_nothing_changed_the_store_of_vectors_is_not_even_opened(shelf, tmp_path):
    """It takes seconds."""
    first = Library(tmp_path / "knowledge", Counting())
    first.take(shipped(shelf))
    first.close()
    again = Library(tmp_path / "knowledge", Counting())
    again.take(shipped(shelf))

    assert again.search("gear", (), 1)
    assert again._store._client is None
    again.close()


def test_a_search_under_way_reads_on_while_what_it_searches_is_replaced(notes):
    """The shelf it began on is whole until it ends."""
    notes.take([passage(f"p{i}", f"gear number{i}") for i in range(10)])
    shelf = notes._shelf
    notes.take((), {"p0": passage("p0", "gear number0").digest})

    assert not shelf.segments[0].folder.exists()
    assert shelf.segments[0].passage(9).id == "p9"
    assert len(shelf.words.scores("gear")[0]) == 10


def test_searches_beside_additions_never_fail_and_always_find_what_is_held(notes):
    """From several threads, as the segments come and go."""
    held = [passage("first", "gear one")]
    notes.take(held)
    wrong, over = [], threading.Event()

    def look():
        while not over.is_set():
            found = {hit.passage for hit in notes.search("gear", (), 99)}
            if "first" not in found:
                wrong.append(found)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for i in range(25):
        held.append(passage(f"p{i}", f"gear number{i}"))
        notes.take([held[-1]], {one.id: one.digest for one in held})
    over.set()
    for thread in threads:
        thread.join()

    assert wrong == []
