"""Names found in plain text: the longest reading of each place, small misspellings forgiven.

It is told the names and knows none itself. What is no name is left alone; nothing is guessed.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from twin_core.plant.spelling import Spelling
from twin_core.plant.words import Word, plural, split, tokens

Kind = Literal["site", "area", "line", "unit", "measurement", "unknown"]

_AMOUNT = re.compile(
    r"(?:,\d+)?\s?(?:[%‰°]|:\d|(?:percent|per cent|am|pm|s|secs?|seconds?|mins?|minutes?|h|hrs?"
    r"|hours?|bp[hm]|[cr]pm)\b|[a-z]{0,12}\s?/\s?(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?)\b"
    r"|[a-z]{2,12} (?:per|an?) (?:s|second|min|minute|h|hour)\b)",
    re.IGNORECASE,
)
_SMALL_WORDS = """
a i n an as at be by do go he if in is it me my no of on or so to up us we all and any are but can
did for get had has her his how its let new not now off one our out own per put say see set she
than that the then they this too two use was way when who why will with you about after from have
into just only over past some till what
"""
_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6"}
_ORDINALS |= {"1st": "1", "2nd": "2", "3rd": "3", "4th": "4", "5th": "5", "6th": "6"}
_CARDINALS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"}
_NUMBERING = frozenset({"no", "nr", "number"})
"""What may stand before the number of a name: “pump no. 2”, “number two pump”."""
_COUNTING = frozenset({"of", "the", "our", "these", "those", "two", "three", "four", "five", "six"})
"""What may stand between an ordinal and those it counts: “the first of our two pumps”."""
_ARTICLES = frozenset({"the", "our", "a", "an", "this", "that"})
_SMALL = frozenset(_SMALL_WORDS.split())
"""Words that are the beginning of no name."""
_ON_A_LINE = re.compile(r"\bon (?:number |no )?$", re.IGNORECASE)
_ALONE = re.compile(
    r"\s*(?:$|[?!;,.](?!\d)|(?:is|are|was|were|ha[sd]|have|wants?|this|right|now|today|since|if|over"
    r"|please|pls|at the moment)\b)",
    re.IGNORECASE,
)
"""“The lads on 2 want …”: of a line that is only numbered, and of nothing behind it."""
_MOST_NUMBERED = 12
"""A higher number behind a name is more likely an amount."""
_JOINTS = frozenset({"on", "of", "at", "in", "the", "number", "no"})
_ALSO = frozenset({"and", "or", "vs", "versus", "against"})
_AND = _ALSO | {"to", "with"}
_ORDER: tuple[Kind, ...] = ("line", "unit", "measurement", "area", "site")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text.

    Attributes:
        start, end: positions in the text, end excluded.
        paths: everything it can mean, in file order; for a measurement, point ids (last steps);
            empty for a name of a known form that nothing bears ("line 9").
    """

    kind: Kind
    text: str
    start: int
    end: int
    paths: tuple[str, ...]


Phrase = tuple[str, ...]
Meaning = tuple[Kind, str]


class Phrases:
    """Every name of one plant, indexed once; a look-up then takes a tenth of a millisecond.

    Args:
        named: (kind, path, name) of everything that has a name.
        line_of: the path of the production line whose name holds a number, if there is one.
        units: of measurement, as people write them; a number before one is an amount, no name.
    """

    def __init__(
        self,
        named: Iterable[tuple[Kind, str, str]],
        line_of: Callable[[str], str | None],
        units: Iterable[str] = (),
    ) -> None:
        self._line_of = line_of
        written = "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True) if unit)
        self._unit = re.compile(rf"(?:,\d+)?\s?(?:{written or '(?!)'})(?!\w)")
        self._meant: dict[Phrase, list[Meaning]] = {}
        for kind, path, name in named:
            for phrase in {tokens(name), plural(tokens(name))} - {()}:
                meant = self._meant.setdefault(phrase, [])
                if (kind, path) not in meant:
                    meant.append((kind, path))
        self.words = frozenset(word for phrase in self._meant for word in phrase)
        ended: dict[str, set[str]] = {}
        for phrase, meant in self._meant.items():
            if len(phrase) > 1 and (phrase[-1].isdigit() or len(phrase[-1]) == 1):
                ended.setdefault(phrase[-1], set()).update(p for k, p in meant if k == "unit")
        self._ended = {word: frozenset(paths) for word, paths in ended.items()}
        self.spelling = Spelling(self.words)
        self._stems = frozenset(
            phrase[:-1] for phrase, meant in self._meant.items() if _is_numbered(phrase, meant)
        )
        self._numbered_words = frozenset(stem[-1] for stem in self._stems)
        self._longest = max(len(phrase) for phrase in self._meant)

    def of(self, name: str, kind: Kind) -> list[str]:
        """The paths of that kind that bear exactly this name."""
        return [path for k, path in self._meant.get(tokens(name), []) if k == kind]

    def find(self, text: str) -> tuple[Mention, ...]:
        """Every name in a text, in order."""
        words, known = self._spelled(text)
        found: list[Mention] = []
        at = 0
        while at < len(words):
            mention, used = self._at(text, words, known, at, found)
            found += [] if mention is None else [mention]
            at += used
        return tuple(found)

    def _spelled(self, text: str) -> tuple[list[Word], list[str]]:
        """The words of a text, and each as it is spelled in names; “pump no. two” is “pump 2”."""
        words = split(text)
        known = [self.spelling.forgiven(word.text) for word in words]
        for i in range(len(words) - 1, 0, -1):
            number = _CARDINALS.get(known[i], known[i])
            if not number.isdigit():
                continue
            if self._goes_on(words, known, i) and not self.is_amount(text[words[i].end :]):
                known[i] = number
                continue
            last = i - 2 if words[i - 1].text in _NUMBERING and i > 1 else i - 1
            said = words[last].text
            numbered = "" if said in _SMALL else self.spelling.slip_of(said, self._numbered_words)
            kinds = [kind for kind, _ in self._meant.get((known[last],), ())]
            if not numbered and len(kinds) > 1 and "measurement" not in kinds:
                numbered = known[last] if number != known[i] else ""  # “labeler one”
            if numbered and not self.is_amount(text[words[i].end :]):
                known[last], known[i] = numbered, number
                del words[last + 1 : i], known[last + 1 : i]
            elif known[i].isdigit():
                known[i - 1] = self.spelling.singular(known[i - 1])
        return words, known

    def _goes_on(self, words: Sequence[Word], known: Sequence[str], at: int) -> bool:
        """Whether a number goes on with those before it: “pumps one and two”, “pump 1 against two”.

        “Pump 1 and two men” does not.
        """
        if at < 3 or known[at] not in _CARDINALS or known[at - 1] not in _ALSO:
            return False
        first = _CARDINALS.get(known[at - 2], known[at - 2])
        listed = known[at - 1] not in {"and", "or"} or words[at - 3].text[-1] == "s"
        stem = (self.spelling.singular(known[at - 3]),)
        return first.isdigit() and listed and stem in self._stems

    def _at(
        self,
        text: str,
        words: Sequence[Word],
        known: Sequence[str],
        at: int,
        before: Sequence[Mention],
    ) -> tuple[Mention | None, int]:
        """The longest name that begins at a word, and how many words were used."""
        turned = self._turned(known, at)
        if turned is not None:
            length, paths = turned
            start, end = words[at].start, words[at + length - 1].end
            return Mention("unit", text[start:end], start, end, paths), length
        for length in range(min(self._longest, len(words) - at), 0, -1):
            phrase = tuple(known[at : at + length])
            start, end = words[at].start, words[at + length - 1].end
            follows = known[at + length] if at + length < len(words) else ""
            if phrase in self._stems and follows.isdigit():
                far = words[at + length].end
                paths = self._numbered(phrase, follows)
                # “Filler 450 b/min” and “filler, 520 or …” have no number.
                if paths or not ("," in text[end:far] or self.is_amount(text[far:])):
                    kind: Kind = "unit" if paths else "unknown"
                    return Mention(kind, text[start:far], start, far, paths), length + 1
            if phrase in self._meant:
                return self._named(text, words, known, at, length)
        start, end = words[at].start, words[at].end
        used = 3 if words[at].text in _NUMBERING else 2
        nth = self._nth(text, words, known, at, used)
        if nth is not None:
            end = words[at + used - 1].end
            return Mention("unit", text[start:end], start, end, nth), used
        shared = self._sharing(known, at)
        if shared is not None:
            return Mention(shared[0], text[start:end], start, end, shared[1]), 1
        last = tokens(before[-1].text)[-1] if before else ""
        letter = last.isalpha() and len(known[at]) == len(last) == 1
        if known[at].isdigit() and not before and _ON_A_LINE.search(text[:start]):
            line = self._line_of(known[at]) if _ALONE.match(text, end) else None
            return (Mention("line", text[start:end], start, end, (line,)) if line else None), 1
        if not (known[at].isdigit() or letter) or not before:
            return None, 1
        if self.is_amount(text[words[at].end :]):
            return None, 1
        return self._bare_number(text, words, known, at, before), 1

    def _named(
        self, text: str, words: Sequence[Word], known: Sequence[str], at: int, length: int
    ) -> tuple[Mention, int]:
        """What a name of that many words means, with what tells it apart from others."""
        meant = self._meant[tuple(known[at : at + length])]
        kind = _first_kind(meant)
        paths = tuple(dict.fromkeys(p for k, p in meant if k == kind))
        inner = self._longer(known, at, length, meant)
        used = length
        if inner is not None:
            kind, (used, paths) = "unit", inner
        follows = known[at + used] if at + used < len(words) else ""
        told_apart = self._told_apart(kind, paths, follows)
        used += bool(told_apart)
        if self._nobodys(kind, paths, follows, text[words[at + used - 1].end :], told_apart):
            start, end = words[at].start, words[at + used].end
            return Mention("unknown", text[start:end], start, end, ()), used + 1
        if kind == "unit" and not told_apart:
            paths = self._counted(paths, known[:at])
        start, end = words[at].start, words[at + used - 1].end
        return Mention(kind, text[start:end], start, end, told_apart or paths), used

    def _nobodys(
        self, kind: Kind, paths: Sequence[str], follows: str, rest: str, told_apart: Sequence[str]
    ) -> bool:
        """Whether a number behind a name that several bear is borne by none: “tank 9”."""
        if kind != "unit" or len(paths) < 2 or told_apart or not follows.isdigit():
            return False
        behind = rest.strip()[len(follows) :]
        counted = int(follows) <= _MOST_NUMBERED and not self._line_of(follows)
        return counted and not self.is_amount(behind) and not behind[:1].isalpha()

    def _longest_at(self, known: Sequence[str], at: int) -> int:
        """How many words the longest name has that begins at a word; 0 where none does."""
        lengths = range(min(self._longest, len(known) - at), 0, -1)
        return next((n for n in lengths if tuple(known[at : at + n]) in self._meant), 0)

    def _turned(self, known: Sequence[str], at: int) -> tuple[int, tuple[str, ...]] | None:
        """What a name means whose words are taken apart, and how many words were used.

        “The main of the town” is the town main, “the steam in its header” the steam header.
        """
        for length in range(1, self._longest):
            of = at + length
            joint = known[of : of + 2]
            if joint[:1] == ["of"]:
                rest = of + 2 if joint[1:] and joint[1] in _ARTICLES else of + 1
            elif "its" in joint and joint[0] in {"its", *_JOINTS}:
                rest = of + joint.index("its") + 1
            else:
                continue
            for more in range(min(self._longest - length, len(known) - rest), 0, -1):
                own, other = tuple(known[at:of]), tuple(known[rest : rest + more])
                name = (*other, *own) if joint[0] == "of" else (*own, *other)
                paths = tuple(dict.fromkeys(p for k, p in self._meant.get(name, []) if k == "unit"))
                if paths and more >= self._longest_at(known, rest):
                    return rest + more - at, paths
        return None

    def _longer(
        self, known: Sequence[str], at: int, length: int, meant: Sequence[Meaning]
    ) -> tuple[int, tuple[str, ...]] | None:
        """What a name means that another one begins at whose last word.

        The “compressed air main” stands in the compressed air, the “town inlet valve” is the inlet.
        """
        last = at + length - 1
        more = self._longest_at(known, last)
        lines = tuple(f"{path}/" for kind, path in meant if kind == "line")
        own = {path for kind, path in meant if kind == "unit"}
        other = self._meant.get(tuple(known[last : last + more]), [])
        there = (p for k, p in other if k == "unit" and (p in own or p.startswith(lines)))
        paths = tuple(dict.fromkeys(there))
        return (length - 1 + more, paths) if more > 1 and paths else None

    def _counted(self, paths: tuple[str, ...], before: Sequence[str]) -> tuple[str, ...]:
        """Those of several that an ordinal picks: “the first of our two compressors”."""
        back = list(before)
        while back and back[-1] in _COUNTING:
            back.pop()
        if not back or back[-1] not in _ORDINALS or len(paths) < 2:
            return paths
        ends = self._ended.get(_ORDINALS[back[-1]], frozenset())
        found = tuple(path for path in paths if path in ends)
        return found if len(found) == 1 else paths

    def _sharing(self, known: Sequence[str], at: int) -> tuple[Kind, tuple[str, ...]] | None:
        """What a word means that shares its noun with the next name: “the high and low zone”."""
        rest = list(known[at + 1 :])
        if not rest or rest[0] not in _ALSO:
            return None
        rest = rest[2:] if rest[1:2] == ["the"] else rest[1:]
        whole = (known[at], *rest[1:2])
        meant = (
            self._meant.get(whole) if len(whole) > 1 and tuple(rest[:2]) in self._meant else None
        )
        if not meant:
            return None
        kind = _first_kind(meant)
        return kind, tuple(dict.fromkeys(p for k, p in meant if k == kind))

    def _nth(
        self, text: str, words: Sequence[Word], known: Sequence[str], at: int, used: int
    ) -> tuple[str, ...] | None:
        """What a few words mean that number a name otherwise.

        “Comp 1”, “p2”, “first compressor”, “number two compressor”.
        """
        start = words[at].start
        glued = start > 0 and text[start - 1].isalnum()  # “5e2” names nothing
        if at + used > len(words) or glued:
            return None
        word, follows = known[at + used - 2], known[at + used - 1]
        if used > 2:
            word = _CARDINALS.get(word, word)
        if word in _ORDINALS or (used > 2 and word.isdigit()):
            name, number = self.spelling.singular(follows), _ORDINALS.get(word, word)
            stems = [(name,)] if (name,) in self._stems else []
        else:
            number = follows if follows.isdigit() else ""
            free = word.isalpha() and word not in self.words | _SMALL
            stems = [s for s in self._stems if len(s) == 1 and free and s[0].startswith(word)]
        if len(stems) != 1 or not number:
            return None
        meant = self._meant.get((*stems[0], number), [])
        return tuple(p for k, p in meant if k == "unit") or self._numbered(stems[0], number) or None

    def _told_apart(self, kind: Kind, paths: Sequence[str], word: str) -> tuple[str, ...]:
        """The one of several that the letter or number behind their common name tells apart."""
        if kind != "unit" or len(paths) < 2 or not (word.isdigit() or len(word) == 1):
            return ()
        ends = self._ended.get(word, frozenset())
        found = tuple(path for path in paths if path in ends)
        return found if len(found) == 1 else ()

    def _numbered(self, stem: tuple[str, ...], number: str) -> tuple[str, ...]:
        """Units called by `stem` on the line of that number ("filler 4" where it is "Filler")."""
        line = self._line_of(number)
        meant = self._meant.get(stem, [])
        return tuple(p for k, p in meant if k == "unit" and line and p.startswith(line + "/"))

    def _bare_number(
        self,
        text: str,
        words: Sequence[Word],
        known: Sequence[str],
        at: int,
        before: Sequence[Mention],
    ) -> Mention | None:
        """What a number or letter means: "the packer on 2", "lines 1 and 3", "tank A and B"."""
        last = before[-1]
        kind: Kind = "line"
        paths: tuple[str, ...] = ()
        line = self._line_of(known[at])
        between = {known[i] for i in range(at) if words[i].start >= last.end}
        listed = bool(between) and between <= _ALSO
        if last.kind == "unit" and listed:
            kind = "unit"
            stem = tuple(
                self.spelling.singular(self.spelling.forgiven(w)) for w in tokens(last.text)[:-1]
            )
            meant = self._meant.get((*stem, known[at]), [])
            paths = tuple(p for k, p in meant if k == "unit") or self._numbered(stem, known[at])
        elif last.kind == "line":
            joined = not between or known[at - 1] in _AND
            # “The pressure on line 4 to 2”: where a measurement is to go, that is no line.
            target = "to" in between and any(m.kind == "measurement" for m in before)
            paths = (line,) if line and joined and not target else ()
        elif last.kind == "measurement" or (last.kind == "unit" and len(last.paths) != 1):
            listed = False
            paths = (line,) if line and (not between or known[at - 1] in _JOINTS) else ()
        start, end = words[at].start, words[at].end
        if paths:
            return Mention(kind, text[start:end], start, end, paths)
        if listed and tokens(last.text)[-1].isdigit():
            return Mention("unknown", text[last.start : end], last.start, end, ())
        return None

    def is_amount(self, follows: str) -> bool:
        """Whether a number with this behind it is a share, a time of day or has a unit."""
        return bool(_AMOUNT.match(follows) or self._unit.match(follows))


def _is_numbered(phrase: Phrase, meant: Sequence[Meaning]) -> bool:
    """Whether a phrase is a word with a number behind it, for a line or unit ("line 4")."""
    numbered = len(phrase) > 1 and phrase[-1].isdigit()
    return numbered and any(kind in {"line", "unit"} for kind, _ in meant)


def _first_kind(meant: Sequence[Meaning]) -> Kind:
    kinds = {kind for kind, _ in meant}
    return next(kind for kind in _ORDER if kind in kinds)
