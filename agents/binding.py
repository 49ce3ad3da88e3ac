"""Binds one sentence to evidence, piece by piece: what it is about, its claims, statuses, words.

The rules stand in `grounding.py`. It must never let a piece pass because another is bound.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.claims import Claim, Number, claims
from agents.derived import follows
from agents.lexicon import Lexicon, Mention
from agents.people import people_in
from agents.seen import Seen, holds, quotations
from agents.statuses import Status, statuses

Paths = frozenset[str]

_LONGEST = 1500
_SHORT_QUOTE = 1
_PRONOUN = re.compile(
    r"(?:it|its|this|that|they|these|their|there|both|er|sie|es|dies\w{0,2}|il|elle|ils|ce|c['’]est|ello|esto"
    r"|essa|esso|questo|het|deze|dit|ele|ela|isto|on|ona|to|den|det)\b",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"\s*(?:,|/|–|-|&|→|and|or|und|oder|et|ou|y|o|e|en|och|eller|i|lub|to|bis)?\s*(?:on|of)?\s*",
    re.IGNORECASE,
)
_AT = re.compile(
    r"[\s,(]*(?:(?:of|on|at|in|for|from|by|the|bei|beim|an|am|auf|von|vom|der|die|dem|den|des|für|sur|de|du|la"
    r"|le|à|pour|en|el|del|su|di|della|sulla|van|op|het|voor|da|do|na|no|w|dla|på|av|för|i|is|was|were)\s+){1,3}",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,;:–—]|\b(?:so|but|while|with|makes?|and|und|et|y)\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"\b(?:manual|document|section|handbook|procedure|handbuch|manuel|passage)\b", re.IGNORECASE)
_SAYS = {
    "simulated": re.compile(
        r"simul|forecast|would|will\b|predict|expect|prognos|prévi|prévu|pronóst|pronost|previs|likel|probab|risk"
        r"|\bif\b|effect|estimat|\bplan|learnt|model|interval|propos|wäre|würde|serait|could|verwacht|prognoz"
        r"|better order|next \d|\bin the next|what-if|scenario|what limits|limits",
        re.IGNORECASE,
    ),
    "": re.compile(
        r"uncertain|unsure|\bbad\b|no data|no value|not known|not to be had|no reading|stale|quarantin|not believed"
        r"|unsicher|veraltet|keine daten|incertain|périm|aucune donnée|inciert|sin datos|incert|onzeker|niepewn|osäker"
        r"|lost|doubt|cannot be heard|not remembered|not given|cannot be told",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """What a sentence rests on, what must be said of its quality, and how many claims it makes."""

    ids: tuple[str, ...]
    marks: tuple[str, ...]
    claims: int = 0


@dataclass(frozen=True, slots=True)
class _Group:
    """Assets named together in a sentence, each with what it can mean."""

    start: int
    end: int
    members: tuple[Paths, ...]

    @property
    def paths(self) -> Paths:
        return frozenset(path for member in self.members for path in member)


@dataclass(slots=True)
class _Sentence:
    """One sentence while it is bound."""

    text: str
    bare: str
    said: list[str]
    groups: list[_Group]
    measured: list[Mention]
    topic: Paths | None
    free: bool
    order: list[Seen]


class Binding:
    """All that was seen, for one sentence after the other.

    Args:
        seen: evidence and the words of tools.
        lexicon: of the plant.
        asked: the question.
        asker: the name of who asks.
    """

    def __init__(self, seen: Sequence[Seen], lexicon: Lexicon, asked: str, asker: str) -> None:
        self.seen = list(seen)
        self.by_id = {one.id: one for one in seen}
        self._lexicon = lexicon
        self._asked = " ".join(asked.lower().split())
        self._asked_paths = _paths(lexicon.mentions(asked))
        self._names = asker.lower()
        self._units = lexicon.units

    def whole(self, text: str, one: Seen, said: Sequence[str]) -> Bound:
        """What a sentence that evidence says word for word rests on."""
        ids = dict.fromkeys((*said, one.id))
        marks = _marks([one], text) if one.mark != "simulated" else ()
        return Bound(tuple(i for i in ids if not i.startswith("told")), marks)

    def bound(
        self, text: str, said: list[str], topic: str, style: str, most: int
    ) -> Bound | None:
        """What a sentence rests on; None if something in it was not seen.

        Args:
            text: without citations.
            said: ids it cites; all known.
            topic: the sentence that last named an asset.
            style: how the answer writes numbers.
            most: claims it may make.
        """
        if len(text) > _LONGEST:
            return None
        rests: list[Seen] = []
        unquoted = self._unquoted(text, rests)
        if unquoted is None:
            return None
        found = self._lexicon.mentions(unquoted)
        if any(m.kind == "unknown" and not self._was_said(unquoted[m.start : m.end]) for m in found):
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
        rests += [*held, *stands]
        ids = dict.fromkeys((*said, *(one.id for one in rests)))
        used = [self.by_id[i] for i in ids]
        marks = _marks(used, text)
        return Bound(tuple(i for i in ids if not i.startswith("told")), marks, len(made))

    def _unquoted(self, text: str, rests: list[Seen]) -> str | None:
        """The sentence without its quotations; None if one was neither seen nor asked."""
        for one in quotations(text):
            words = " ".join(one.group(0)[1:-1].lower().split()).strip(" .,!?…")
            if words not in self._asked:
                by = next((s for s in self.seen if words and words in s.text), None)
                if by is None:
                    if len(words.split()) > _SHORT_QUOTE or any(map(str.isdigit, words)):
                        return None
                    continue
                rests.append(by)
            text = f"{text[: one.start()]}{' ' * len(one.group(0))}{text[one.end() :]}"
        return text

    def _was_said(self, name: str) -> bool:
        said = re.escape(" ".join(name.lower().split()))
        return any(re.search(rf"(?<!\w){said}(?!\w)", s.text) for s in self.seen if s.kind != "passage")

    def _read(self, text: str, found: list[Mention], said: list[str], topic: str) -> _Sentence:
        bare = self._lexicon.without(text, found)
        named = [m for m in found if m.kind in {"asset", "class"} and m.paths]
        measured = [m for m in found if m.kind == "measurement"]
        before = _paths(self._lexicon.mentions(topic)) if topic else None
        before = before or self._asked_paths or None
        groups = list(_groups(text, named, before or frozenset()))
        pronoun = _PRONOUN.match(text) is not None
        free = not groups and not pronoun and bool(measured or said)
        order = sorted(self.seen, key=lambda s: s.id not in said) if said else self.seen
        return _Sentence(text, bare, said, groups, measured, before, free, order)

    def _claims(self, made: list[Claim], sentence: _Sentence) -> list[Seen] | None:
        """What the claims of a sentence rest on, one evidence for all of them where there is one."""
        slots = [self._slot(claim, made, sentence) for claim in made]
        kept: list[Seen] = []
        loose: list[tuple[Claim, Paths | None]] = []
        values: list[Number] = []
        wholly = next(
            (
                one
                for one in sentence.order
                if made and all(self._holds(one, c, p, sentence) for c, s in zip(made, slots, strict=True) for p in s)
            ),
            None,
        )
        if wholly is not None:
            return [wholly]
        for claim, slot in zip(made, slots, strict=True):
            for paths in slot:
                by = next((s for s in sentence.order if self._holds(s, claim, paths, sentence)), None)
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

    def _slot(self, claim: Claim, made: list[Claim], sentence: _Sentence) -> list[Paths | None]:
        """The assets about which evidence must hold a claim: all of these, any path of each."""
        groups = sentence.groups
        if not groups:
            return [None if sentence.free else sentence.topic]
        before = next((g for g in reversed(groups) if g.end <= claim.start), None)
        after = next((g for g in groups if g.start >= claim.end), None)
        at = after is not None and _AT.fullmatch(sentence.text, claim.end, after.start) is not None
        if after is not None and at and _leads(made, sentence):
            group = after
        elif before is not None:
            group = before
            if at and after is not None and _related(before.paths, after.paths):
                return [before.paths | after.paths]
        else:
            assert after is not None or groups
            group = after or groups[0]
        if len(group.members) == 1 or claim.kind != "number":
            return [group.paths]
        alike = [c for c in made if c.kind == "number" and _unit(c) == _unit(claim) and _nearest(c, groups) is group]
        if len(alike) == len(group.members) and claim in alike:
            return [group.members[alike.index(claim)]]
        if len(alike) == 1:
            return list(group.members)
        return [group.paths]

    def _holds(self, one: Seen, claim: Claim, paths: Paths | None, sentence: _Sentence) -> bool:
        if paths is not None and not self._is_about(one, paths, sentence):
            return False
        if paths is None and one.kind == "passage" and one.id not in sentence.said:
            return False
        if sentence.free and sentence.said and not sentence.measured and one.id not in sentence.said:
            return False
        measured = _measured(claim, sentence)
        if measured is not None and one.points and not measured & one.points:
            return False
        return holds(one, claim)

    def _is_about(self, one: Seen, paths: Paths, sentence: _Sentence) -> bool:
        if one.kind == "passage":
            return one.id in sentence.said or _DOCUMENT.search(sentence.text) is not None
        if one.kind == "told" and not one.named:
            return bool(paths & self._asked_paths) if self._asked_paths else not sentence.groups
        return one.about(paths)

    def _statuses(self, sentence: _Sentence) -> list[Seen] | None:
        """What shows each status that a sentence says; None if nothing does."""
        shown = []
        for status in statuses(sentence.text):
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
        if status.domain == "machine" and len(having) != len(own):
            # Machines of a line that are not alike say nothing of the line.
            if paths is not None and all(s.subject not in paths for s in own):
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
    return one.kind in {"state", "indicator", "reading", "incident", "alarm", "symptom", "series", "record"} and (
        bool(one.statuses) or status.denied
    )


def _paths(found: Sequence[Mention]) -> Paths:
    return frozenset(path for m in found if m.kind == "asset" for path in m.paths)


def _groups(text: str, named: Sequence[Mention], topic: Paths) -> Iterator[_Group]:
    """Assets, those that are named together as one; “the filler” is that of the line spoken of."""
    group: _Group | None = None
    for one in named:
        paths = one.paths
        if one.kind == "class":
            near = frozenset(p for p in paths if any(_related({p}, {t}) for t in topic))
            paths = near or paths
        if group is not None and _JOINS.fullmatch(text, group.end, one.start):
            group = replace(group, end=one.end, members=(*group.members, paths))
            continue
        if group is not None:
            yield _together(group)
        group = _Group(one.start, one.end, (paths,))
    if group is not None:
        yield _together(group)


def _together(group: _Group) -> _Group:
    """“Filler 4 on line 4” is one asset; “lines 3 and 4” are two."""
    if len(group.members) == 2 and _related(*group.members):
        return replace(group, members=(max(group.members, key=lambda m: max(p.count("/") for p in m)),))
    return group


def _related(some: Paths | set[str], others: Paths | set[str]) -> bool:
    return any(a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in some for b in others)


def _unit(claim: Claim) -> str | None:
    return claim.number.unit if claim.number is not None else None


def _nearest(claim: Claim, groups: Sequence[_Group]) -> _Group:
    before = [g for g in groups if g.end <= claim.start]
    return before[-1] if before else groups[0]


def _leads(made: Sequence[Claim], sentence: _Sentence) -> bool:
    """Whether a sentence names its assets behind their numbers: “540 on line 3, 403 on line 4”."""
    first = next((c for c in made if c.kind == "number" and _unit(c) not in {"s", "%"}), None)
    if first is None or first.start > sentence.groups[0].start:
        return False
    return _AT.fullmatch(sentence.text, first.end, sentence.groups[0].start) is not None


def _measured(claim: Claim, sentence: _Sentence) -> Paths | None:
    """What a number just behind a measurement's name is of."""
    if claim.kind != "number" or _unit(claim) == "s":
        return None
    named = next((m for m in reversed(sentence.measured) if m.end <= claim.start), None)
    if named is None or _BREAK.search(sentence.text, named.end, claim.start):
        return None
    return named.paths


def _marks(used: Sequence[Seen], text: str) -> tuple[str, ...]:
    """What a sentence must add, being silent of the quality of what it uses."""
    marks = dict.fromkeys(one.mark for one in used if one.mark)
    return tuple(m for m in marks if not _SAYS.get(m, _SAYS[""]).search(text))
