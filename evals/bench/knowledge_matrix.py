"""The matrix of failure modes and sensors, loaded as a table, and questions that follow from it.

A question is answered from passages that the library finds, and from nothing else: by a rule that
reads their cells, so that what is measured is whether the right rows are found and kept whole.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from evals.bench.row import Bar, Row
from evals.datasets.failuresensoriq import Matrix, Question, matrix
from knowledge.filing import filed
from knowledge.library import Library
from knowledge.passages import Hit, Passage
from knowledge.shipped import shipped
from twin_core.errors import DocumentError

_HEAD = ("asset class", "failure mode", "shown by sensors", "not shown by sensors")
_TURNED = re.compile(
    r"\b(not|non|least|unimportant|insignificant|irrelevant|disregarded)\b", re.IGNORECASE
)
_BAR = Bar(low=0.98)
_SHOWN = "Which of these sensors shows {0} of a {1}?"
_UNSEEN = "Which of these sensors does not show {0} of a {1}?"
_MEANT = "The {0} of a {1} reads abnormally: which of these failure modes may it be?"
_UNMEANT = "The {0} of a {1} reads abnormally: which of these failure modes is it not?"


class _Cells(NamedTuple):
    kind: str
    mode: str
    shown: frozenset[str]


def rows(folder: Path, datasets: Path | None, *, quick: bool) -> Iterator[Row]:
    """Share of questions answered right: made by rule, and of the set's own quizzes."""
    found = None if datasets is None else matrix(datasets)
    if found is None:
        why = "the data is not present"
        yield Row(name="knowledge.matrix.rule", value=None, unit="right", load="", n=0, why=why)
        yield Row(name="knowledge.matrix.quiz", value=None, unit="right", load="", n=0, why=why)
        return
    library = Library(folder / "matrix")
    passages = (*filed(table(found), "matrix.csv"), *shipped(), *_beside(datasets))
    library.take(passages)
    load = f"111 rows as CSV among {len(passages)} passages of other documents"
    made = [one for one in by_rule(found) if held_out(one)]
    for name, asked, said in (
        ("rule", made[:: 8 if quick else 1], "made by rule, the half held out"),
        ("quiz", found.quizzes, "the set's two quizzes"),
    ):
        right = [answered(library, one) == one.right for one in asked]
        chance = sum(1 / len(one.options) for one in asked) / len(asked)
        yield Row(
            name=f"knowledge.matrix.{name}", value=sum(right) / len(right), unit="right",
            load=f"{load}; {said}", n=len(right), peer="by chance", peer_value=chance, bar=_BAR,
        )  # fmt: skip
    library.close()


def table(found: Matrix) -> bytes:
    """The matrix as people keep it: a row a failure mode, CSV."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(_HEAD)
    for (kind, mode), (shown, unseen) in found.rows.items():
        writer.writerow((kind, mode, "; ".join(shown), "; ".join(unseen)))
    return kept.getvalue().encode()


def by_rule(found: Matrix) -> list[Question]:
    """One right option and up to four wrong ones, of each failure mode and each sensor."""
    made = list[Question]()
    for (kind, mode), (shown, unseen) in found.rows.items():
        made += _asked(_SHOWN, mode, kind, shown, unseen)
        made += _asked(_UNSEEN, mode, kind, unseen, shown)
    for kind in dict.fromkeys(kind for kind, _ in found.rows):
        modes = {mode: row for (of, mode), row in found.rows.items() if of == kind}
        for sensor in dict.fromkeys(s for shown, no in modes.values() for s in (*shown, *no)):
            may = [mode for mode, (shown, _) in modes.items() if sensor in shown]
            no = [mode for mode, (_, unseen) in modes.items() if sensor in unseen]
            made += _asked(_MEANT, sensor, kind, may, no)
            made += _asked(_UNMEANT, sensor, kind, no, may)
    return made


def held_out(question: Question) -> bool:
    """Whether it is of the half that nobody looked at while the rule was written."""
    return hashlib.sha256(question.text.encode()).digest()[0] % 2 == 1


def answered(library: Library, question: Question) -> int:
    """The option that the passages found speak for."""
    found = [row for hit in library.search(question.text, (), 40) if (row := _cells(hit))]
    kind = _named(question.text, [row.kind for row in found])
    slug = re.sub(r"[^a-z0-9]+", "_", kind)
    hits = library.search(question.text, (slug,), 40)
    near = [row for hit in hits if (row := _cells(hit)) and row.kind == kind]
    modes = {row.mode: row for row in near}
    if set(question.options) <= set(modes):
        sensor = _named(question.text, [one for row in near for one in row.shown])
        speaks = [sensor in modes[mode].shown for mode in question.options]
    else:
        mode = _named(question.text, list(modes))
        shown = modes[mode].shown if mode else frozenset()
        speaks = [option in shown for option in question.options]
    words = question.text
    for name in (kind, *modes, *question.options):
        words = words.replace(name, "")
    wanted = _TURNED.search(words) is None
    return speaks.index(wanted) if wanted in speaks else 0


def _asked(
    form: str, subject: str, kind: str, right: Sequence[str], wrong: Sequence[str]
) -> Iterator[Question]:
    if right and wrong:
        text = form.format(subject, kind)
        turn = hashlib.sha256(text.encode()).digest()
        options = [wrong[(turn[1] + i) % len(wrong)] for i in range(min(4, len(wrong)))]
        place = turn[2] % (len(options) + 1)
        options.insert(place, right[turn[3] % len(right)])
        yield Question(text, tuple(options), place)


def _cells(hit: Hit) -> _Cells | None:
    """The cells of a row, if the passage is one of such a table."""
    told = dict(line.split(": ", 1) for line in hit.text.split("\n") if ": " in line)
    if not told.keys() >= set(_HEAD[:2]):
        return None
    shown = frozenset(told.get(_HEAD[2], "").split("; ")) - {""}
    return _Cells(told[_HEAD[0]], told[_HEAD[1]], shown)


def _named(text: str, names: Sequence[str]) -> str:
    """The longest of the names that stands in the text; of none, the first."""
    said = [name for name in names if name in text]
    return max(said, key=len) if said else next(iter(names), "")


def _beside(datasets: Path | None) -> Iterator[Passage]:
    """A real manual, to be found among."""
    home = None if datasets is None else datasets / "kb_linuxcnc" / "docs"
    for path in sorted(home.rglob("*.adoc")) if home else ():
        try:
            yield from filed(path.read_bytes(), f"{path.parent.name}-{path.name}")
        except DocumentError:
            continue  # a page of includes holds no words of its own
