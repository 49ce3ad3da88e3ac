"""What a plant's texts are made of: its units, its names, and what they mean.

Made once a plant. Names are taken exactly, not forgiven: a name that nearly is one is none. A name
of a known form that nothing bears (“filler 9”, “line IX”) is found as such. It must never guess.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from agents.claims import spelled
from agents.tongues import words
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Unit
from twin_core.plant.classes import Role

_T = TypeVar("_T")
_MOST_KEPT = 1000
_ALWAYS = frozenset({"s", "min", "h", "d", "%"})
_WORD = re.compile(r"[^\W\d_]+|\d+")
_PATH = re.compile(r"(?<![\w/])[a-z0-9_-]{1,100}(?:/[a-z0-9_-]{1,100}){2,4}(?![\w/])")
_ROMAN = re.compile(r"(?=[ivx])(x{0,2})(ix|iv|v?i{0,3})")
_LINES = words("linie ligne línea linea lijn linha linia linje")
"""What a line is called in other languages."""
_ALSO = words("and or und oder et ou y o e en och eller i lub to bis")
_AMOUNT = re.compile(r"[.,:]\d|\s?[%‰°/€$£]|\s?(?:bar|s|min|h)\b")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a text.

    Attributes:
        kind: of an asset; of a kind of machine (“the filler”); of a measurement; or of nothing.
        paths: what it can mean; for a measurement the last steps of point ids; else nothing.
    """

    kind: Literal["asset", "class", "measurement", "unknown"]
    start: int
    end: int
    paths: frozenset[str]


class Lexicon:
    """A plant's vocabulary.

    Args:
        plant: read once; making it takes some milliseconds, using it microseconds.
    """

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.units = _units(plant)
        self.paths = frozenset(
            {plant.site}
            | {area.id for area in plant.areas}
            | {line.id for line in plant.lines}
            | set(plant.units)
            | set(plant.index)
        )
        self._assets: dict[tuple[str, ...], set[str]] = {}
        self._kinds: dict[tuple[str, ...], set[str]] = {}
        self._measured: dict[tuple[str, ...], set[str]] = {}
        self._others: set[tuple[str, ...]] = set()
        for name, path in _assets(plant):
            self._assets.setdefault(_words(name), set()).add(path)
        for number, path in self._numbered("line"):
            for word in _LINES:
                self._assets.setdefault((word, number), set()).add(path)
        for point in plant.points:
            last = point.id.rsplit("/", 1)[-1]
            for name in (last.replace("_", " "), point.spec.name, *point.names):
                self._measured.setdefault(_words(name), set()).add(last)
        self._lines = self._numbered("line")
        for unit in plant.units.values():
            if unit.with_role(Role.STATE) is None:
                continue
            kind = plant.classes[unit.class_id]
            for name in (kind.name, *kind.nicknames, _bare(unit)):
                words = _words(name)
                if words and words not in self._assets:
                    self._kinds.setdefault(words, set()).add(unit.id)
                    self._kinds.setdefault((*words[:-1], f"{words[-1]}s"), set()).add(unit.id)
        self._others |= {_words(name) for name in _numbered_names(plant)}
        self._stems = {
            words[:-1] for words in self._assets if len(words) > 1 and words[-1].isdigit()
        } | {
            w
            for w in self._kinds
            if not w[-1].isdigit() and (*w[:-1], w[-1][:-1]) not in self._kinds
        }
        self._plural = {(*stem[:-1], f"{stem[-1]}s") for stem in self._stems} - self._stems
        self._longest: dict[str, int] = {}
        named = (self._assets, self._kinds, self._measured, self._others, self._stems, self._plural)
        for phrase in (phrase for names in named for phrase in names if phrase):
            self._longest[phrase[0]] = max(len(phrase), self._longest.get(phrase[0], 0))

        self._kept: OrderedDict[tuple[str, Any], Any] = OrderedDict()
        self.spoken = frozenset(word for names in named[:4] for words in names for word in words)

    def kept(self, evidence: Evidence, read: Callable[[Evidence, "Lexicon"], _T]) -> _T:
        """What evidence says, read once: an answer is grounded more than once."""
        key = (evidence.id, read)
        if key not in self._kept:
            self._kept[key] = read(evidence, self)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]  # type: ignore[no-any-return]

    def mentions(self, text: str) -> list[Mention]:
        """Every name in a text, the longest of each place, in order."""
        spans = [(m.start(), m.end()) for m in _PATH.finditer(text)] if "/" in text else []
        words = [
            (m.group(0).lower(), m.start(), m.end())
            for m in _WORD.finditer(text)
            if not any(a <= m.start() < b for a, b in spans)
        ]
        found: list[Mention] = []
        at = 0
        while at < len(words):
            mention, used = self._at(text, words, at)
            if mention is not None:
                found.append(mention)
                at += used
                while mention is not None and mention.kind == "asset":
                    mention, used = self._also(text, words, at, found)
                    if mention is not None:
                        found.append(mention)
                        at += used
            else:
                at += 1
        paths = [Mention("asset", a, b, frozenset({text[a:b]} & self.paths)) for a, b in spans]
        return sorted([*found, *paths], key=lambda m: m.start) if paths else found

    def without(self, text: str, found: list[Mention]) -> str:
        """The text with names blanked, so that their digits are no numbers; places are kept."""
        for one in found:
            name = text[one.start : one.end]
            named = one.kind in {"asset", "measurement"} and "/" not in name
            if named and any(map(str.isdigit, name)):
                text = f"{text[: one.start]}{' ' * (one.end - one.start)}{text[one.end :]}"
        return text

    def _at(
        self, text: str, words: list[tuple[str, int, int]], at: int
    ) -> tuple[Mention | None, int]:
        """The longest name that begins at a word, and how many words were used."""
        for length in range(min(self._longest.get(words[at][0], 0), len(words) - at), 0, -1):
            phrase = tuple(word for word, _, _ in words[at : at + length])
            if length > 1:
                phrase = (
                    *phrase[:-1],
                    _roman(phrase[-1]) if phrase[:-1] in self._stems else phrase[-1],
                )
            start, end = words[at][1], words[at + length - 1][2]
            if phrase in self._assets and not _is_word(text, words, at, length):
                return Mention("asset", start, end, frozenset(self._assets[phrase])), length
            if phrase in self._stems or phrase in self._plural:
                numbered = self._with_number(text, words, at, length, phrase)
                if numbered is not None:
                    return numbered, length + 1
            if phrase in self._kinds:
                return Mention("class", start, end, frozenset(self._kinds[phrase])), length
            if phrase in self._others:
                return Mention("asset", start, end, frozenset()), length
            if phrase in self._measured and (length > 1 or phrase not in self._stems):
                return Mention("measurement", start, end, frozenset(self._measured[phrase])), length
        return None, 1

    def _with_number(
        self,
        text: str,
        words: list[tuple[str, int, int]],
        at: int,
        length: int,
        stem: tuple[str, ...],
    ) -> Mention | None:
        """“Fillers 3”, “filler no. 9”, “filler IX”: a name of a known form."""
        if at + length >= len(words):
            return None
        (_, _, before), (number, start, end) = words[at + length - 1], words[at + length]
        number = _roman(number)
        gap = text[before:start]
        if not number.isdigit() or not re.fullmatch(r"\s{0,2}[#-]?|\s", gap) or len(number) > 3:
            return None
        if _AMOUNT.match(text, end):
            return None
        singular = stem if stem in self._stems else (*stem[:-1], stem[-1][:-1])
        paths = self._assets.get((*singular, number), set()) | self._on_line(singular, number)
        kind: Literal["asset", "unknown"] = "asset" if paths else "unknown"
        return Mention(kind, words[at][1], end, frozenset(paths))

    def _also(
        self, text: str, words: list[tuple[str, int, int]], at: int, found: list[Mention]
    ) -> tuple[Mention | None, int]:
        """The “4” of “fillers 3 and 4”, where that is an asset too."""
        if at >= len(words) or not found:
            return None, 0
        used = 1
        gap = text[found[-1].end : words[at][1]].strip()
        if words[at][0] in _ALSO and not gap and at + 1 < len(words):
            at, used, gap = at + 1, 2, ","
        number, start, end = words[at]
        if gap not in {",", "–", "-", "/"} or not number.isdigit() or _AMOUNT.match(text, end):
            return None, 0
        if at + 1 < len(words) and (used == 1 and gap == ",") and words[at + 1][0] not in _ALSO:
            return None, 0
        first = _words(text[found[-1].start : found[-1].end])
        stem = first[:-1] or self._stem_before(text, found)
        singular = stem if stem in self._stems else (*stem[:-1], stem[-1][:-1]) if stem else ()
        paths = self._assets.get((*singular, number), set()) | self._on_line(singular, number)
        if not paths and stem in self._plural:
            return Mention("unknown", found[-1].start, end, frozenset()), used
        return (Mention("asset", start, end, frozenset(paths)), used) if paths else (None, 0)

    def _stem_before(self, text: str, found: list[Mention]) -> tuple[str, ...]:
        for one in reversed(found):
            words = _words(text[one.start : one.end])
            if len(words) > 1:
                return words[:-1]
        return ()

    def _on_line(self, stem: tuple[str, ...], number: str) -> set[str]:
        """Units called by `stem` on the line of that number."""
        lines = [path for own, path in self._lines if own == number]
        return {u for u in self._kinds.get(stem, ()) if any(u.startswith(f"{p}/") for p in lines)}

    def _numbered(self, word: str) -> list[tuple[str, str]]:
        """(number, path) of the lines whose name is that word and a number."""
        return [
            (words[-1], path)
            for line in self.plant.lines
            for words, path in [(_words(line.name), line.id)]
            if len(words) == 2 and words[0] == word and words[1].isdigit()
        ]


def _is_word(text: str, words: list[tuple[str, int, int]], at: int, length: int) -> bool:
    """Whether what reads like a name is none: “line 4.5”, “line 4 %”, “power” in small letters."""
    last, _, end = words[at + length - 1]
    if last.isdigit():
        return re.match(r"[.,]\d|\s?%", text[end : end + 3]) is not None
    return length == 1 and text[words[at][1]].islower()


def _roman(word: str) -> str:
    """Digits of a Roman numeral up to 29; any other word as it is."""
    found = _ROMAN.fullmatch(word)
    if found is None:
        return word
    ones = {"ix": 9, "iv": 4}.get(found.group(2))
    if ones is None:
        ones = 5 * found.group(2).count("v") + found.group(2).count("i")
    return str(10 * len(found.group(1)) + ones)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(text))


def _bare(unit: Unit) -> str:
    return re.sub(r"\s+\d+$", "", unit.name)


def _assets(plant: Plant) -> Iterator[tuple[str, str]]:
    """(name, path) of all that is called by a name of its own."""
    yield plant.name, plant.site
    yield plant.site, plant.site
    for area in plant.areas:
        for name in (area.name, *area.names):
            yield name, area.id
        for line in area.lines:
            for name in (line.name, *line.names, line.id.rsplit("/", 1)[-1].replace("_", " ")):
                if re.search(r"\d", name) or name == line.name or " " in name:
                    yield name, line.id
            for unit in line.units:
                yield unit.name, unit.id
                for name in unit.names:
                    if re.search(r"\d", name):
                        yield name, unit.id


def _numbered_names(plant: Plant) -> Iterator[str]:
    """Names of what is no asset and holds digits: they are names, not numbers."""
    for kind in plant.classes.values():
        yield from (s.name for s in kind.points if re.search(r"\d", s.name))
        yield from (m.name for m in kind.failure_modes if re.search(r"\d", m.name))
    yield from (p.name for p in plant.products if re.search(r"\d", p.name))
    yield from (s.name for s in plant.sources if re.search(r"\d", s.name))


def _units(plant: Plant) -> frozenset[str]:
    codes = {p.spec.unit for p in plant.points}
    codes |= {
        f"{line.unit_of_flow}{per}"
        for line in plant.lines
        if line.unit_of_flow
        for per in ("", "/min", "/h")
    }
    return frozenset(({spelled(code) for code in codes} | _ALWAYS) - {"", "1"})
