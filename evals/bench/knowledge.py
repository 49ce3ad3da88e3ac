"""Finding what was written: quality on real questions, speed at 100,000 passages, restart."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from evals.bench import knowledge_matrix
from evals.bench.row import Bar, Row
from evals.datasets.scifact import Claims, claims
from knowledge.embeddings import StaticEmbedder
from knowledge.lexical import Bm25, Lexicon
from knowledge.library import Library
from knowledge.passages import Passage
from knowledge.shipped import shipped

_SEED = 20261126
_SITES, _CLASSES = 8, 40
_FULL, _QUICK = 100_000, 10_000

Told = Callable[[str], None]


def measure(datasets: Path | None, told: Told, *, quick: bool) -> Iterator[Row]:
    """Every figure; `told` hears how far it is."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _scifact(Path(folder), datasets, quick=quick)
        yield from knowledge_matrix.rows(Path(folder), datasets, quick=quick)
        yield from _large(Path(folder), _QUICK if quick else _FULL, told)


def ndcg(found: Sequence[str], needed: frozenset[str]) -> float:
    """Normalised discounted cumulative gain of the first ten, each needed one of gain 1.

    Järvelin and Kekäläinen 2002, discount log2(place + 1), ideal = all needed ones first.
    """
    gain = sum(1 / np.log2(k + 2) for k, one in enumerate(found[:10]) if one in needed)
    ideal = sum(1 / np.log2(k + 2) for k in range(min(10, len(needed))))
    return float(gain / ideal)


def _scifact(folder: Path, datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    found = None if datasets is None else claims(datasets, "test")
    if found is None:
        yield Row(
            name="knowledge.scifact", value=None, unit="nDCG@10", load="", n=0,
            why="the data is not present",
        )  # fmt: skip
        return
    asked = found.needed[:: 10 if quick else 1]
    library = Library(folder / "scifact")
    library.take(_abstracts(found))
    lexicon = Lexicon.of([one.words for one in _abstracts(found)])
    ids = [one[0] for one in found.abstracts]
    bm25 = Bm25([lexicon], [np.ones(len(ids), dtype=bool)])
    hybrid, words = [], []
    for text, needed in asked:
        hits = library.search(text, (), 10)
        hybrid.append(ndcg([hit.passage for hit in hits], needed))
        (score,) = bm25.scores(text)
        words.append(ndcg([ids[i] for i in np.argsort(-score, kind="stable")[:10]], needed))
    library.close()
    yield Row(
        name="knowledge.scifact", value=float(np.mean(hybrid)), unit="nDCG@10",
        load=f"{len(ids)} abstracts, test claims, seen after each choice on the training claims",
        n=len(asked), spread=1.645 * float(np.std(hybrid)) / len(hybrid) ** 0.5,
        peer="BM25 alone", peer_value=float(np.mean(words)), bar=None if quick else Bar(low=0.70),
    )  # fmt: skip


def _abstracts(found: Claims) -> list[Passage]:
    return [
        Passage(id=one, document=one, title=title, version="1", section=title, text=text)
        for one, title, text in found.abstracts
    ]


class _Counting(StaticEmbedder):
    """The bundled model, counting the texts that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = 0

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += len(texts)
        return super().embed(texts)


def _large(folder: Path, n: int, told: Told) -> Iterator[Row]:
    passages = made(n)
    wanted = {one.id: one.digest for one in passages}
    words = sum(len(one.text) for one in passages) / n
    load = f"{n:,} passages of {words:.0f} characters, {_SITES} sites, {_CLASSES} classes"
    steps = list[int]()

    def progress(done: int, of: int) -> None:
        steps.append(done)
        told(f"{done:,} of {of:,} passages")

    library = Library(folder / "large", embedder := _Counting())
    began = time.perf_counter()
    library.take(passages, wanted, progress)
    yield Row(
        name="knowledge.build", value=time.perf_counter() - began, unit="s", n=n,
        load=f"{load}; told {len(steps)} times how far; {_busy()}", bar=Bar(high=300),
    )  # fmt: skip
    questions = _questions(passages)
    for name, site, classes, bar in (
        ("search", True, 2, Bar(high=30)), ("search.site", True, 0, None),
        ("search.all", False, 0, None),
    ):  # fmt: skip
        took = _timed(library, questions, site=site, classes=classes)
        yield Row(
            name=f"knowledge.{name}", value=1e3 * float(np.quantile(took, 0.95)), unit="ms (p95)",
            load=f"{load}; {_filter(site=site, classes=classes)}; {_busy()}; median "
            f"{1e3 * float(np.median(took)):.2g} ms",
            n=len(took), bar=bar,
        )  # fmt: skip
    more = passages[0].model_copy(update={"id": "one/more", "text": "One more passage."})
    began = time.perf_counter()
    library.take([more], wanted | {more.id: more.digest})
    yield Row(
        name="knowledge.one_more", value=time.perf_counter() - began, unit="s", n=1,
        load=f"{load}; one passage more, until it can be found",
    )  # fmt: skip
    library.close()
    again = Library(folder / "large", embedder := _Counting())
    began = time.perf_counter()
    again.take((), wanted | {more.id: more.digest})
    took_s = time.perf_counter() - began
    yield Row(
        name="knowledge.restart", value=float(embedder.texts), unit="texts embedded", n=n,
        load=f"{load}; ready to search after {took_s:.2g} s", bar=Bar(high=0),
    )  # fmt: skip
    again.close()


def made(n: int) -> list[Passage]:
    """Passages drawn from the sentences of the documents that come with us, by a fixed seed.

    Few words in many passages: every word's postings are long, which is the slow case.
    """
    random = np.random.default_rng(_SEED)
    pool = [s for one in shipped() for s in one.text.split(". ") if len(s) > 30]
    found = []
    for i in range(n):
        said = [pool[k] for k in random.integers(0, len(pool), 5)]
        found.append(
            Passage(
                id=f"m{i // 20}/s{i % 20}", document=f"M-{i // 20}", title=f"Manual {i // 20}",
                version="1", section=f"{i % 20} Part {random.integers(10_000)}",
                classes=(f"class{random.integers(_CLASSES)}",),
                sites=(f"site{random.integers(_SITES)}",), text=". ".join(said),
            )
        )  # fmt: skip
    return found


def _questions(passages: Sequence[Passage], n: int = 400) -> list[str]:
    """Eight words of a passage each, in another order."""
    random = np.random.default_rng(_SEED + 1)
    chosen = [passages[k].text.split() for k in random.integers(0, len(passages), n)]
    return [" ".join(random.choice(words, 8)) for words in chosen]


def _timed(library: Library, questions: Sequence[str], *, site: bool, classes: int) -> list[float]:
    random = np.random.default_rng(_SEED + 2)
    took = []
    for question in questions:
        of = [f"class{k}" for k in random.integers(0, _CLASSES, classes)]
        where = f"site{random.integers(_SITES)}" if site else ""
        began = time.perf_counter()
        library.search(question, of, 5, site=where)
        took.append(time.perf_counter() - began)
    return took


def _filter(*, site: bool, classes: int) -> str:
    said = ["one site"] * site + [f"{classes} classes"] * bool(classes)
    return " and ".join(said) or "no filter"


def _busy() -> str:
    return f"load average {os.getloadavg()[0]:.1f}"
