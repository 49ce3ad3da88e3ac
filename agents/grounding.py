"""Binds every number, time, asset, status, quotation and name of an answer to evidence of this run.

What cannot be bound is first given back to the model once; what then still cannot be bound is
struck out, sentence by sentence, and that is said. It must never add a number of its own.

A sentence that a tool wrote is true as it stands. Of any other:

- Numbers, times and dates are bound to evidence about the asset the sentence names before them, or
  just behind them after “at”, “on”, “of”; to assets named together in turn (“lines 3 and 4 make 540
  and 403”); where it names none, to evidence about the asset named last, unless it cites its own.
  Behind the name of a measurement they are bound to evidence of that.
- Rounding: a number is bound to a value that rounds to it at the digits it shows; after “about”, to
  one within 5 %. Units must agree; a number without one is bound to its value in any unit, and the
  word behind it must be none. Without a sign it is bound to either sign. Per cent are bound to
  shares. What follows from two numbers that were seen: `derived.py`.
- Statuses agree with evidence about their asset, proposal or alarm (`statuses.py`); a line is as
  its machines are, where all are alike. That we did something, that something was set or need not
  be is never true (`deeds.py`).
- Every other word stands in evidence or is harmless (`harmless.py`); the question's only where the
  sentence asks or knows nothing; a person's only where he is cited, and then he is named. Of every
  asset that is named something was seen.
- Quotations stand in evidence or in the question; names of people in evidence, or the asker is one.
- A name of a known form that nothing bears, a tag, an id, a path not seen, is not bound.
- What is uncertain, stale, quarantined, bad or simulated is marked, where the sentence is silent.

A document binds numbers of an asset only where it is cited. Numbers are read in one style for the
whole answer. What a reader cannot check, being too long or too full of figures, is not bound.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.binding import Binding, Bound
from agents.lexicon import Lexicon
from agents.own_words import foreign, plainly
from agents.seen import Stated, sentences_of, stated
from agents.tongues import style_of
from agents.visible import visible
from twin_core.evidence import Evidence, Finding

CITED = re.compile(r"\s?\[(?P<ids>\s*ev-[0-9a-f]+(?:\s*[,;]\s*ev-[0-9a-f]+)*\s*)\]")
_ID = re.compile(r"ev-[0-9a-f]+")
_BEHIND = re.compile(r"([.!?])(\s*\[ev-[^\]\n]{0,400}\])(?=\s|$)")
_NUMBERED = re.compile(r"^\s*(?:[-*•]\s*)?(\d{1,2})[.)]\s+")
_MARK = re.compile(r"\s\([^()]{1,80}\)(?=\W*$)")
_PASSES = 12
_CLAIMS, _SENTENCES = 200, 300
"""What a reader can check of an answer at most."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer after grounding.

    Attributes:
        text: what is left of it, citations corrected.
        findings: sentences with the evidence they rest on.
        struck: sentences that were taken out, as the model wrote them.
        cited: evidence ids in order of first use.
    """

    text: str
    findings: tuple[Finding, ...]
    struck: tuple[str, ...]
    cited: tuple[str, ...]


@dataclass(slots=True)
class _Place:
    """Where in the answer we are."""

    topic: str = ""
    before: tuple[str, int] = ("", -1)
    listed: int = 0
    claims: int = _CLAIMS
    sentences: int = _SENTENCES


@dataclass(slots=True)
class Ground:
    """All that was seen in a run, ready to be compared with.

    Args:
        evidence: of this run.
        lexicon: of the plant whose names may be said and whose time zone clocks are in.
        told: texts of tools that found nothing or failed; they may be repeated.
        asked: the question; its words may be quoted back, in quotation marks.
        locale: of the asker: how numbers are read where the answer itself does not show it.
        asker: his name.
    """

    evidence: Sequence[Evidence]
    lexicon: Lexicon
    told: Sequence[str] = ()
    asked: str = ""
    locale: str = "en"
    asker: str = ""
    _verbatim: dict[str, list[tuple[Stated, int]]] = field(init=False)
    _binding: Binding = field(init=False)

    def __post_init__(self) -> None:
        """Read how everything is worded; what it means is read when an answer words it anew."""
        said = [self.lexicon.kept(e, stated) for e in self.evidence]
        told = [visible(text) for text in self.told]
        said += [Stated(f"told {i}", "told", tuple(sentences_of(t))) for i, t in enumerate(told)]
        self._verbatim = {}
        for one in said:
            for at, sentence in enumerate(one.sentences):
                self._verbatim.setdefault(plainly(sentence), []).append((one, at))
        self._binding = Binding(self.evidence, told, self.lexicon, self.asked, self.asker)

    def ground(self, text: str) -> Grounded:
        """The text with every unbound sentence taken out and every citation checked."""
        shown = visible(text)
        struck: list[str] = []
        for _ in range(_PASSES):
            found = self._pass(shown)
            struck += found.struck
            if not found.struck:
                break
            # What is left is read again: it may have rested on what was struck.
            shown = found.text
        return Grounded(found.text, found.findings, tuple(struck), found.cited)

    def _pass(self, text: str) -> Grounded:
        lines: list[str] = []
        findings: list[Finding] = []
        struck: list[str] = []
        cited: list[str] = []
        parts = [sentences_of(_BEHIND.sub(r"\2\1", line)) for line in text.split("\n")]
        own = [s for line in parts for s in line if not self._quotes(_bare(s))]
        style, place = style_of("\n".join(own), self.locale), _Place()
        for line in parts:
            kept = []
            for sentence in line:
                bound = self._bind(sentence, place, style)
                if bound is None:
                    struck.append(CITED.sub("", sentence).strip())
                    continue
                said = _marked(sentence, bound.marks)
                kept.append(_cite(said, bound.ids))
                if bound.ids:
                    findings.append(Finding(text=_bare(said), evidence=bound.ids))
                    cited += [i for i in bound.ids if i not in cited]
            if kept or not line:
                lines.append(" ".join(kept))
        left = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        return Grounded(left, tuple(findings), tuple(struck), tuple(cited))

    def _bind(self, sentence: str, place: _Place, style: str) -> Bound | None:
        """What a sentence rests on; None if something in it was not seen."""
        said = [i for found in CITED.finditer(sentence) for i in _ID.findall(found.group("ids"))]
        topic, place.topic = place.topic, _bare(sentence)
        if any(i not in self._binding.known for i in said):
            return None
        plain = self._unlisted(_bare(sentence), place)
        as_seen = self._as_seen(plain, place.before)
        place.before = ("", -1)
        if as_seen is not None:
            one, place.before = as_seen
            return self._binding.whole(plain, one, said)
        rest = foreign(plain, self.asked)
        if rest == "":
            return Bound(tuple(said), ())
        place.sentences -= 1
        if place.sentences < 0:
            return None
        own = rest is not None
        bound = self._binding.bound(rest or plain, said, topic, style, place.claims, named=own)
        place.claims -= 0 if bound is None else bound.claims
        place.topic = place.topic if self._binding.mentions(place.topic) else topic
        return bound

    def _unlisted(self, plain: str, place: _Place) -> str:
        """The sentence without its number in a list, where that counts on."""
        found = _NUMBERED.match(plain)
        if found is None or int(found.group(1)) not in {1, place.listed + 1}:
            return plain
        place.listed = int(found.group(1))
        return plain[found.end() :]

    def _quotes(self, plain: str) -> bool:
        """Whether a sentence is one of evidence, also with the mark of its quality behind it."""
        told = (plain, _MARK.sub("", plain))
        return any(self._as_seen(one, ("", -1)) is not None for one in told)

    def _as_seen(
        self, plain: str, before: tuple[str, int]
    ) -> tuple[Stated, tuple[str, int]] | None:
        """The evidence that says a sentence word for word; a person's only from its start on."""
        for one, at in self._verbatim.get(plainly(plain), ()):
            if (
                at == 0
                or one.kind not in {"passage", "record", "testimony"}
                or before == (one.id, at - 1)
            ):
                return one, (one.id, at)
        return None


def _bare(sentence: str) -> str:
    """A sentence without citations and bullet."""
    return CITED.sub("", sentence).strip(" -*•")


def _cite(sentence: str, ids: tuple[str, ...]) -> str:
    """The sentence with the citations it has, or with those it turned out to rest on."""
    if not ids or CITED.search(sentence):
        return sentence
    said = sentence.rstrip()
    mark = said[-1] if said[-1] in ".!?:" else ""
    return f"{said.removesuffix(mark)} [{', '.join(ids[:3])}]{mark}"


def _marked(sentence: str, marks: tuple[str, ...]) -> str:
    """The sentence with what must be said of the quality of what it uses."""
    if not marks:
        return sentence
    cited = CITED.search(sentence)
    end = cited.start() if cited else len(sentence.rstrip().rstrip(".!?:"))
    return f"{sentence[:end].rstrip()} ({'; '.join(marks)}){sentence[end:]}"
