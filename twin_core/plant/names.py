"""What people call things: "depal", "the packer on 2", "line 4's filler" become paths.

Names come from the plant file and its class files alone: names, other names, nicknames, ids. Small
misspellings are forgiven. What has several readings is said to have them; nothing is guessed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process

from twin_core.errors import AmbiguousName, UnknownName
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import Role
from twin_core.value import Path

Kind = Literal["site", "area", "line", "unit", "measurement", "unknown"]

_TOKEN = re.compile(r"[a-zà-ÿ]+|\d+(?:\.\d+)?")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_ALIKE = 84.0
_FORGIVEN_FROM = 5
_SHORTENED_FROM = 4
_JOINTS = frozenset({"on", "of", "at", "in", "the", "number", "no"})
_AND = frozenset({"and", "or", "to", "with", "versus", "vs"})
_SET = frozenset({"setpoint", "set", "target", "commanded", "setting"})
_SETTINGS = frozenset({Role.SETPOINT, Role.SPEED_SETPOINT})


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


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


@dataclass
class Names:
    """Every name of one plant.

    Args:
        plant: whose names.
    """

    plant: Plant
    _phrases: dict[tuple[str, ...], list[tuple[Kind, str]]] = field(init=False)
    _words: frozenset[str] = field(init=False)
    _stems: frozenset[tuple[str, ...]] = field(init=False)
    _longest: int = field(init=False)

    def __post_init__(self) -> None:
        """Index every name once; look-ups then take a tenth of a millisecond."""
        self._phrases = {}
        for kind, path, name in _named(self.plant):
            for phrase in {tokens(name), _plural(tokens(name))} - {()}:
                meant = self._phrases.setdefault(phrase, [])
                if (kind, path) not in meant:
                    meant.append((kind, path))
        self._words = frozenset(w for phrase in self._phrases for w in phrase)
        self._stems = frozenset(
            phrase[:-1]
            for phrase, meant in self._phrases.items()
            if len(phrase) > 1
            and phrase[-1].isdigit()
            and any(k in {"line", "unit"} for k, _ in meant)
        )
        self._longest = max(len(phrase) for phrase in self._phrases)

    def asset(self, said: str) -> Path:
        """The one asset (site, area, line or unit) that is meant.

        Raises:
            UnknownName: none is; `nearest` are the closest names.
            AmbiguousName: several are; `choices` are their names.
        """
        path = said.strip().strip("/")
        if path in self._paths():
            return path
        meant = self.meant(self.mentions(said))
        if not meant:
            raise UnknownName("asset", said, self.nearest(said))
        if len(meant) > 1:
            raise AmbiguousName("asset", said, tuple(self.full_name(p) for p in meant))
        return meant[0]

    def meant(self, found: Sequence[Mention]) -> tuple[Path, ...]:
        """What the asset mentions of one text mean together: units on the lines named, or lines.

        Nothing if a name of a known form is borne by nothing.
        """
        if any(m.kind == "unknown" for m in found):
            return ()
        units = [p for m in found if m.kind == "unit" for p in m.paths]
        lines = [p for m in found if m.kind == "line" for p in m.paths]
        if units and lines:
            inside = tuple(u for u in units if any(u.startswith(line + "/") for line in lines))
            return tuple(dict.fromkeys(inside))
        others = [p for m in found if m.kind in {"area", "site"} for p in m.paths]
        return tuple(dict.fromkeys(units or lines or others))

    def point(self, said: str, asset: Path) -> Point:
        """The point at or below an asset that a measurement's name means.

        Raises:
            UnknownName: nothing there is called like that.
            AmbiguousName: several points are, equally well.
        """
        if said in self.plant.index:
            return self.plant.point(said)
        plain = " ".join(self._forgiven(word) for word in tokens(said))
        named = {p for m in self.mentions(said) if m.kind == "unit" for p in m.paths}
        here = [
            unit
            for unit in self.plant.units.values()
            if unit.id == asset or unit.id.startswith(asset + "/")
        ]
        here = [unit for unit in here if unit.id in named] or here
        points = [point for unit in here for point in unit.points]
        scored = sorted(
            ((_alike(plain, p), i, p) for i, p in enumerate(points)),
            key=lambda row: (-row[0], row[1]),
        )
        if not scored or scored[0][0] < _ALIKE:
            near = [p.spec.id.replace("_", " ") for _, _, p in scored[:4]]
            raise UnknownName("measurement", said, tuple(dict.fromkeys(near)))
        best = [p for score, _, p in scored if score >= scored[0][0] - 1]
        if len(best) > 1:
            choices = tuple(f"{p.spec.name} of {self.full_name(p.unit_id)}" for p in best[:6])
            raise AmbiguousName("measurement", said, choices)
        return best[0]

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every name in a text, the longest reading of each place, in order."""
        words = _split(text)
        known = [self._forgiven(word.text) for word in words]
        found: list[Mention] = []
        at = 0
        while at < len(words):
            mention, used = self._at(text, words, known, at, found)
            if mention is not None:
                found.append(mention)
            at += used
        return tuple(found)

    def nearest(self, said: str, n: int = 4) -> tuple[str, ...]:
        """The names of lines and units closest to what was said."""
        names = [line.name for line in self.plant.lines]
        names += [self.full_name(u) for u in self.plant.units]
        found = process.extract(
            said.lower(), names, scorer=fuzz.WRatio, processor=str.lower, limit=n
        )
        return tuple(name for name, _, _ in found)

    def full_name(self, path: Path) -> str:
        """A name that means this asset alone: `Filler 4`, or `Filler on Line 4` where needed."""
        steps = path.split("/")
        if len(steps) >= 4:
            unit, line = self.plant.unit(path), self.plant.line(path)
            alone = [p for k, p in self._phrases.get(tokens(unit.name), []) if k == "unit"]
            return unit.name if alone == [path] else f"{unit.name} on {line.name}"
        if len(steps) == 3:
            return self.plant.line(path).name
        return next((a.name for a in self.plant.areas if a.id == path), self.plant.name)

    def _at(
        self,
        text: str,
        words: Sequence[_Word],
        known: Sequence[str],
        at: int,
        before: Sequence[Mention],
    ) -> tuple[Mention | None, int]:
        """The longest name that begins at a word, and how many words were used."""
        for length in range(min(self._longest, len(words) - at), 0, -1):
            phrase = tuple(known[at : at + length])
            start, end = words[at].start, words[at + length - 1].end
            follows = known[at + length] if at + length < len(words) else ""
            if phrase in self._stems and follows.isdigit():
                end = words[at + length].end
                paths = self._numbered(phrase, follows)
                kind: Kind = "unit" if paths else "unknown"
                return Mention(kind, text[start:end], start, end, paths), length + 1
            meant = self._phrases.get(phrase)
            if meant is not None:
                kind = _first_kind(meant)
                paths = tuple(dict.fromkeys(p for k, p in meant if k == kind))
                return Mention(kind, text[start:end], start, end, paths), length
        line = self._bare_number(words, known, at, before)
        if line is not None:
            start, end = words[at].start, words[at].end
            return Mention("line", text[start:end], start, end, (line,)), 1
        return None, 1

    def _numbered(self, stem: tuple[str, ...], number: str) -> tuple[str, ...]:
        """Units called by `stem` on the line of that number ("filler 4" where it is "Filler")."""
        line = self._line_of(number)
        meant = self._phrases.get(stem, [])
        return tuple(p for k, p in meant if k == "unit" and line and p.startswith(line + "/"))

    def _bare_number(
        self,
        words: Sequence[_Word],
        known: Sequence[str],
        at: int,
        before: Sequence[Mention],
    ) -> str | None:
        """The line meant by a number alone: "the packer on 2", "lines 1 and 3"."""
        if not known[at].isdigit() or not before:
            return None
        beside = words[at - 1].end == before[-1].end
        joined = known[at - 1] in (_AND if before[-1].kind == "line" else _JOINTS)
        near = joined and at > 1 and words[at - 2].end >= before[-1].end
        if before[-1].kind not in {"unit", "measurement", "line"} or not (beside or near):
            return None
        return self._line_of(known[at])

    def _line_of(self, number: str) -> str | None:
        found = [
            line.id
            for line in self.plant.lines
            if line.kind == "production" and number in tokens(line.name)
        ]
        return found[0] if len(found) == 1 else None

    def _forgiven(self, word: str) -> str:
        """The word, or the one known word it is the beginning or a small misspelling of."""
        if word in self._words or len(word) < _SHORTENED_FROM or word.isdigit():
            return word
        if word.endswith("s") and word[:-1] in self._words:
            return word[:-1]
        longer = sorted((w for w in self._words if w.startswith(word)), key=len)
        if longer and all(w.startswith(longer[0]) for w in longer):
            return longer[0]
        if len(word) < _FORGIVEN_FROM:
            return word
        near = process.extractOne(
            word, [w for w in self._words if len(w) >= _FORGIVEN_FROM], scorer=fuzz.ratio
        )
        return near[0] if near is not None and near[1] >= _ALIKE else word

    def _paths(self) -> frozenset[str]:
        return frozenset(
            {self.plant.site}
            | {a.id for a in self.plant.areas}
            | {line.id for line in self.plant.lines}
            | set(self.plant.units)
        )


def tokens(text: str) -> tuple[str, ...]:
    """The words and numbers of a name, lower case: `Line4's` → `line`, `4`."""
    return tuple(word.text for word in _split(text))


def _split(text: str) -> list[_Word]:
    plain = _POSSESSIVE.sub(lambda found: " " * len(found.group(0)), text.lower())
    return [_Word(m.group(0), m.start(), m.end()) for m in _TOKEN.finditer(plain)]


def _plural(phrase: tuple[str, ...]) -> tuple[str, ...]:
    if not phrase or phrase[-1].isdigit() or phrase[-1].endswith("s"):
        return phrase
    return (*phrase[:-1], phrase[-1] + "s")


def _named(plant: Plant) -> Iterator[tuple[Kind, str, str]]:
    """(kind, path, name) of everything that has a name."""
    for name in (plant.name, plant.site):
        yield "site", plant.site, name
    for area in plant.areas:
        for name in (area.name, *area.names):
            yield "area", area.id, name
        for line in area.lines:
            for name in (line.name, *line.names, line.id.rsplit("/", 1)[-1]):
                yield "line", line.id, name
            for unit in line.units:
                for name in _unit_names(unit, plant):
                    yield "unit", unit.id, name
                for point in unit.points:
                    for name in _point_names(point):
                        yield "measurement", point.spec.id, name


def _unit_names(unit: Unit, plant: Plant) -> Iterable[str]:
    kind = plant.classes[unit.class_id]
    return (unit.name, *unit.names, unit.id.rsplit("/", 1)[-1], kind.name, *kind.nicknames)


def _point_names(point: Point) -> Iterable[str]:
    words = point.spec.id.replace("_", " ")
    return (words, point.spec.name, *point.names, words.rsplit(" ", 1)[-1])


def _first_kind(meant: Sequence[tuple[Kind, str]]) -> Kind:
    kinds = {kind for kind, _ in meant}
    order: tuple[Kind, ...] = ("line", "unit", "measurement", "area", "site")
    return next(kind for kind in order if kind in kinds)


def _alike(plain: str, point: Point) -> float:
    """0..110: how well a point's best name fits what was said."""
    wanted = set(plain.split())
    scores = []
    for name in (point.spec.id.replace("_", " "), point.spec.name, *point.names):
        own = " ".join(tokens(name))
        scores.append(
            0.7 * fuzz.token_set_ratio(plain, own) + 0.3 * fuzz.token_sort_ratio(plain, own)
        )
        if own == plain:
            scores.append(110.0)
        elif set(own.split()) <= wanted:
            scores.append(100.0 + len(own.split()))
    score = max(scores)
    if (point.spec.role in _SETTINGS) != bool(wanted & _SET):
        score -= 20.0
    return score
