"""Binds one sentence to evidence, piece by piece: what it is about, its claims, statuses, words.

The rules stand in `grounding.py`. It must never let a piece pass because another is bound.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from agents.claims import Claim, Number, claims
from agents.derived import follows
from agents.harmless import roots, strange
from agents.lexicon import Lexicon, Mention
from agents.marks import DOCUMENT, asks_or_knows_not, marks_of, sources_of
from agents.people import people_in
from agents.seen import PEOPLE, Seen, Stated, holds, observed, quotations, worded
from agents.slots import Group, Paths, groups_in, measured_of, paths_of, slot_of
from agents.statuses import Status, statuses
from twin_core.evidence import Evidence

_LONGEST = 1500
_SHORT_QUOTE = 1
_PRONOUN = re.compile(
    r"(?:it|its|this|that|they|these|their|there|both|er|sie|es|dies\w{0,2}|il|elle|ils|ce"
    r"|c['’]est|ello|esto"
    r"|essa|esso|questo|het|deze|dit|ele|ela|isto|on|ona|to|den|det)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bound:
    """What a sentence rests on, what must be said of its quality, and how many claims it makes."""

    ids: tuple[str, ...]
    marks: tuple[str, ...]
    claims: int = 0


@dataclass(slots=True)
class _Sentence:
    """One sentence while it is bound."""

    text: str
    bare: str
    said: list[str]
    groups: list[Group]
    measured: list[Mention]
    topic: Paths | None
    free: bool
    order: list[Seen]
    statuses: list[Status]
    fitting: dict[Paths | None, list[Seen]] = field(default_factory=dict)


class Binding:
    """All that was seen, for one sentence after the other.

    Args:
        evidence: of this run.
        told: words of tools that found nothing.
        lexicon: of the plant.
        asked: the question.
        asker: the name of who asks.
    """

    def __init__(
        self,
        evidence: Sequence[Evidence],
        told: Sequence[str],
        lexicon: Lexicon,
        asked: str,
        asker: str,
    ) -> None:
        self.known = frozenset(e.id for e in evidence)
        self._evidence, self._told = evidence, told
        self._lexicon = lexicon
        self._asked = " ".join(asked.lower().split())
        self._asked_paths = paths_of(lexicon.mentions(asked))
        self._asked_roots = roots(asked)
        self._names = asker.lower()
        self._units = lexicon.units
        self._named: dict[str, list[Mention]] = {}

    @cached_property
    def seen(self) -> list[Seen]:
        """What the evidence says, and what tools said that found nothing."""
        lexicon = self._lexicon
        told = [worded(f"told {i}", "told", text, lexicon) for i, text in enumerate(self._told)]
        return [*(lexicon.kept(e, observed) for e in self._evidence), *told]

    @cached_property
    def _roots(self) -> frozenset[str]:
        """The words that may be said: of all that was seen but what people wrote; the asker's."""
        own = (one.roots for one in self.seen if one.kind not in PEOPLE)
        return roots(self._names).union(*own)

    @cached_property
    def by_id(self) -> dict[str, Seen]:
        """The same by id."""
        return {one.id: one for one in self.seen}

    def mentions(self, text: str) -> list[Mention]:
        """The names in a sentence, looked for once."""
        if text not in self._named:
            self._named[text] = self._lexicon.mentions(text)
        return self._named[text]

    def whole(self, text: str, one: Stated, said: Sequence[str]) -> Bound:
        """What a sentence that evidence says word for word rests on."""
        ids = dict.fromkeys((*said, one.id))
        marks = marks_of([one], text) if one.mark != "simulated" else ()
        return Bound(tuple(i for i in ids if not i.startswith("told")), marks)

    def bound(
        self, text: str, said: list[str], topic: str, style: str, most: int, *, named: bool = False
    ) -> Bound | None:
        """What a sentence rests on; None if something in it was not seen.

        Args:
            text: without citations.
            said: ids it cites; all known.
            topic: the sentence that last named an asset.
            style: how the answer writes numbers.
            most: claims it may make.
            named: whether it only names assets, and says nothing of them.
        """
        if len(text) > _LONGEST:
            return None
        rests: list[Seen] = []
        unquoted = self._unquoted(text, rests)
        if unquoted is None:
            return None
        found = self.mentions(unquoted)
        if any(
            m.kind == "unknown" and not self._was_said(unquoted[m.start : m.end]) for m in found
        ):
            return None
        sentence = self._read(unquoted, found, said, topic)
        made: list[Claim] = []
        for claim in claims(sentence.bare, self._units, "comma" if style == "comma" else "point"):
            made.append(claim)
            if len(made) > most:
                return None
        held = self._claims(made, sentence)
        if held is None:
            return None
        stands = self._statuses(sentence)
        if stands is None or not self._people(sentence):
            return None
        if not (named or self._looked_at(found, sentence)):
            return None
        written = self._written(sentence, found, made)
        if written is None:
            return None
        rests += [*held, *stands, *written]
        ids = dict.fromkeys((*said, *(one.id for one in rests)))
        used = [self.by_id[i] for i in ids]
        marks = (*marks_of(used, text), *sources_of(written, text))
        return Bound(tuple(i for i in ids if not i.startswith("told")), marks, len(made))

    def _unquoted(self, text: str, rests: list[Seen]) -> str | None:
        """The sentence without its quotations; None if one was neither seen nor asked."""
        for start, end in quotations(text):
            words = " ".join(text[start + 1 : end - 1].lower().split()).strip(" .,!?…")
            if words not in self._asked:
                by = next((s for s in self.seen if words and words in s.text), None)
                if by is None:
                    if len(words.split()) > _SHORT_QUOTE or any(map(str.isdigit, words)):
                        return None
                    continue
                rests.append(by)
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        return text

    def _was_said(self, name: str) -> bool:
        said = re.escape(" ".join(name.lower().split()))
        return any(
            re.search(rf"(?<!\w){said}(?!\w)", s.text) for s in self.seen if s.kind != "passage"
        )

    def _read(self, text: str, found: list[Mention], said: list[str], topic: str) -> _Sentence:
        bare = self._lexicon.without(text, found)
        named = [m for m in found if m.kind in {"asset", "class"} and m.paths]
        measured = [m for m in found if m.kind == "measurement"]
        before = paths_of(self.mentions(topic)) if topic else None
        before = before or self._asked_paths or None
        groups = list(groups_in(text, named, before or frozenset()))
        pronoun = _PRONOUN.match(text) is not None
        free = not groups and not pronoun and bool(measured or said)
        order = sorted(self.seen, key=lambda s: s.id not in said) if said else self.seen
        stands = list(statuses(text))
        return _Sentence(text, bare, said, groups, measured, before, free, order, stands)

    def _claims(self, made: list[Claim], sentence: _Sentence) -> list[Seen] | None:
        """What the claims of a sentence rest on: one evidence for all, where there is one."""
        slots = [self._slots(claim, made, sentence) for claim in made]
        kept: list[Seen] = []
        loose: list[tuple[Claim, Paths | None]] = []
        values: list[Number] = []
        pairs = [(c, p) for c, slot in zip(made, slots, strict=True) for p in slot]
        near = self._fitting(pairs[0][1], sentence) if pairs else []
        wholly = next(
            (one for one in near if all(self._holds(one, c, p, sentence) for c, p in pairs)), None
        )
        if wholly is not None:
            return [wholly]
        for claim, slot in zip(made, slots, strict=True):
            for paths in slot:
                near = self._fitting(paths, sentence)
                by = next((s for s in near if self._says(s, claim, paths, sentence)), None)
                if by is None:
                    loose.append((claim, paths))
                    break
                kept.append(by)
            else:
                if claim.number is not None:
                    values.append(claim.number)
        cited = [n for i in sentence.said for n in self.by_id[i].worded]
        if all(follows(c, values, cited, sentence.text) for c, _ in loose):
            return kept
        return None

    def _slots(
        self, claim: Claim, made: list[Claim], sentence: _Sentence
    ) -> Sequence[Paths | None]:
        """The assets about which evidence must hold a claim: all of these, any path of each."""
        if not sentence.groups:
            return [None if sentence.free else sentence.topic]
        return slot_of(claim, made, sentence.groups, sentence.text)

    def _holds(self, one: Seen, claim: Claim, paths: Paths | None, sentence: _Sentence) -> bool:
        return self._says(one, claim, paths, sentence) and one in self._fitting(paths, sentence)

    def _fitting(self, paths: Paths | None, sentence: _Sentence) -> list[Seen]:
        """What may hold a claim about some assets, the cited before the others."""
        if paths not in sentence.fitting:
            sentence.fitting[paths] = [
                one for one in sentence.order if self._fits(one, paths, sentence)
            ]
        return sentence.fitting[paths]

    def _fits(self, one: Seen, paths: Paths | None, sentence: _Sentence) -> bool:
        if paths is not None:
            return self._is_about(one, paths, sentence)
        if one.id in sentence.said:
            return True
        if one.kind == "passage":
            return False
        return not (sentence.free and sentence.said and not sentence.measured)

    def _says(self, one: Seen, claim: Claim, paths: Paths | None, sentence: _Sentence) -> bool:
        measured = measured_of(claim, sentence.measured, sentence.text, paths)
        if measured is not None and not measured & one.points:
            return False
        if (
            claim.kind == "none"
            and paths is None
            and one.subject not in {"", self._lexicon.plant.site}
        ):
            return False
        return holds(one, claim)

    def _is_about(self, one: Seen, paths: Paths, sentence: _Sentence) -> bool:
        if one.kind == "passage":
            return one.id in sentence.said or DOCUMENT.search(sentence.text) is not None
        if one.kind == "told" and not one.named:
            return bool(paths & self._asked_paths) if self._asked_paths else not sentence.groups
        return one.about(paths)

    def _statuses(self, sentence: _Sentence) -> list[Seen] | None:
        """What shows each status that a sentence says; None if nothing does."""
        shown = []
        for status in sentence.statuses:
            if status.domain == "acted":
                return None
            by = self._shows(status, sentence)
            if by is None:
                return None
            shown.append(by)
        return shown

    def _shows(self, status: Status, sentence: _Sentence) -> Seen | None:
        groups = sentence.groups
        before = next((g for g in reversed(groups) if g.end <= status.start), None)
        group = before or (groups[0] if groups else None)
        paths = group.paths if group is not None else None if sentence.free else sentence.topic
        ids = re.findall(r"\b(?:p|in)-[a-z0-9]{8}\b|\bWO-\w+", sentence.text)
        fitting = [s for s in sentence.order if _may_show(s, status, ids)]
        if status.domain != "decision" and paths is not None and not ids:
            fitting = [s for s in fitting if s.about(paths)]
        own = [s for s in fitting if paths is not None and s.subject in paths] or fitting
        having = [s for s in own if (status.name in s.statuses) != status.denied]
        beneath = paths is not None and all(s.subject not in paths for s in own)
        if status.domain == "machine" and beneath and len(having) != len(own):
            # Machines of a line that are not alike say nothing of the line.
            return None
        return having[0] if having else None

    def _people(self, sentence: _Sentence) -> bool:
        known = self._lexicon.spoken
        for name in people_in(sentence.text, known):
            words = name.lower().split()
            if not all(w in self._names for w in words) and not any(
                all(w in s.words for w in words) for s in self.seen if s.kind != "passage"
            ):
                return False
        return True

    def _looked_at(self, found: Sequence[Mention], sentence: _Sentence) -> bool:
        """Whether something was seen of every asset that the sentence says something of."""
        return all(
            any(s.under and s.about(m.paths) for s in self.seen)
            for m in found
            if m.kind in {"asset", "class"} and m.paths
        ) or asks_or_knows_not(sentence.text)

    def _written(
        self, sentence: _Sentence, found: Sequence[Mention], made: Sequence[Claim]
    ) -> list[Seen] | None:
        """What people wrote of which the sentence uses words; None if nothing shows a word."""
        spans = [(m.start, m.end) for m in found] + [(c.start, c.end) for c in made]
        spans += [(s.start, s.end) for s in sentence.statuses]
        text = sentence.text
        for start, end in spans:
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        words = list(strange(text, self._roots))
        if words and asks_or_knows_not(sentence.text):
            words = list(strange(" ".join(words), self._asked_roots))
        if not words:
            return []
        quoted = DOCUMENT.search(text) is not None
        for one in sentence.order:
            its = one.kind in PEOPLE and (
                one.id in sentence.said or (quoted and one.kind == "passage")
            )
            if its and not any(strange(" ".join(words), one.roots)):
                return [one]
        return None


def _may_show(one: Seen, status: Status, ids: list[str]) -> bool:
    """Whether evidence of this kind can show such a status at all."""
    if ids and not any(i.lower() in one.text for i in ids):
        return False
    if status.domain == "decision":
        return one.kind in {"proposal", "record", "plan"}
    if status.domain == "alarm":
        return one.kind in {"alarm", "incident"}
    if status.domain == "case":
        return one.kind in {"incident", "record", "alarm", "proposal", "state"}
    return one.kind in {
        "state",
        "indicator",
        "reading",
        "incident",
        "alarm",
        "symptom",
        "series",
        "record",
    } and (bool(one.statuses) or status.denied)
