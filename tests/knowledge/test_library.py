"""The library over the documents that come with us."""

import socket
import threading
import time
import zlib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from knowledge.library import Library
from twin_core.errors import DocumentError, StoreDown

CORPUS = Path(str(files("knowledge") / "corpus"))

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
    library = Library(tmp_path_factory.mktemp("chroma"), CORPUS)
    library.sync()
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
    library = Library(tmp_path, CORPUS)
    library.sync()

    assert library.search("foam at the filler")
    library.close()
    assert asked == []


def test_vectors_outlive_the_process_and_are_not_made_again(shelf, tmp_path):
    first = Library(tmp_path / "chroma", shelf, Counting())
    assert first.sync() == 3
    before = first.search("gear", (), 3)
    first.close()

    embedder = Counting()
    again = Library(tmp_path / "chroma", shelf, embedder)
    assert again.sync() == 0
    assert embedder.texts == 0
    assert again.search("gear", (), 3) == before
    again.close()


def test_only_changed_passages_are_embedded_and_withdrawn_ones_are_gone(shelf, tmp_path):
    embedder = Counting()
    library = Library(tmp_path / "chroma", shelf, embedder)
    library.sync()
    embedder.texts = 0

    write(shelf, "A-1", "The seal leaks.", "The wheel is broken.")
    (shelf / "b-1.md").unlink()

    assert library.sync() == embedder.texts == 1
    assert library.search("wheel", (), 1)[0].text == "The wheel is broken."
    assert "B-1" not in {hit.document for hit in library.search("belt slips seal wheel", (), 9)}
    library.close()


def test_a_document_that_leaves_a_class_is_no_longer_found_under_it(shelf, tmp_path):
    library = Library(tmp_path / "chroma", shelf, Counting())
    library.sync()
    assert library.search("belt", ("pump",), 5)[0].document == "B-1"

    write(shelf, "B-1", "The belt slips.", classes="belt")
    library.sync()

    assert "B-1" not in {hit.document for hit in library.search("belt seal", ("pump",), 5)}
    library.close()


def test_another_embedding_model_means_every_passage_is_embedded_again(shelf, tmp_path):
    old = Library(tmp_path / "chroma", shelf, Counting("model-a"))
    old.sync()
    old.close()

    embedder = Counting("model-b")
    new = Library(tmp_path / "chroma", shelf, embedder)
    assert new.sync() == embedder.texts == 3
    assert new.search("gear", (), 1)[0].section == "2 Part 2"
    new.close()


def test_two_documents_of_one_number_are_refused(shelf, tmp_path):
    (shelf / "copy.md").write_text((shelf / "a-1.md").read_text(encoding="utf-8"), encoding="utf-8")

    with pytest.raises(DocumentError, match="A-1 is filed twice"):
        Library(tmp_path / "chroma", shelf, Counting()).sync()


def test_a_corpus_that_is_not_there_is_an_error_not_an_empty_library(tmp_path):
    """Or every question would find nothing, and nobody would know why."""
    with pytest.raises(DocumentError, match="no such folder"):
        Library(tmp_path / "chroma", tmp_path / "nowhere", Counting()).sync()


def test_a_document_that_is_not_text_is_named(tmp_path):
    """Which file it is, and what is wrong with it."""
    (tmp_path / "old.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match=r"old\.md: it is not UTF-8 text"):
        Library(tmp_path / "chroma", tmp_path, Counting()).sync()


def test_a_directory_that_cannot_be_used_is_said_so(shelf, tmp_path):
    (tmp_path / "chroma").write_text("a file, no directory", encoding="utf-8")

    with pytest.raises(StoreDown, match="documents"):
        Library(tmp_path / "chroma", shelf, Counting()).search("seal")


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
