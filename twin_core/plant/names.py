"""What people call things: "depal", "the packer on 2", "line 4's filler" become paths.

Names come from the plant file and its class files alone: names, other names, nicknames, ids. Small
misspellings are forgiven. What has several readings is said to have them; nothing is guessed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

from twin_core.errors import AmbiguousName, UnknownName
from twin_core.plant.assets import Plant, Point, Unit
from twin_core.plant.classes import SETTINGS
from twin_core.plant.mentions import Kind, Mention, Phrases
from twin_core.plant.words import tokens
from twin_core.units import unit_text
from twin_core.value import Path

_ALIKE = 84.0
_NUMBER = re.compile(r"\s+\d+$")
_A_WORD = 4
"""Letters that a word has at least by which alone a machine may be called."""
_LONG_NAME = 3
"""Words of a name that is shortened."""
_SET = frozenset({"setpoint", "set", "target", "commanded", "setting"})


class Names:
    """Every name of one plant.

    Args:
        plant: whose names; indexing those of 600 points takes 25 ms.
    """

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        units = {unit_text(point.spec.unit) for point in plant.points}
        self._phrases = Phrases(_named(plant), self._line_of, units)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of which the names of its lines, units and points are made."""
        told = (self.plant.lines, self.plant.units.values(), (p.spec for p in self.plant.points))
        return frozenset(word for kind in told for one in kind for word in tokens(one.name))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word in a name of an asset, a class or a measurement, also in its other names."""
        plant = self.plant
        named = [plant.name]
        for area in plant.areas:
            named += [area.name, *area.names]
        for line in plant.lines:
            named += [line.name, *line.names]
        for unit in plant.units.values():
            kind = plant.classes[unit.class_id]
            named += [unit.name, *unit.names, kind.name, *kind.nicknames]
        named += [name for p in plant.points for name in (p.spec.id, p.spec.name, *p.names)]
        return frozenset(word for name in named for word in tokens(name.replace("_", " ")))

    @cached_property
    def measures(self) -> frozenset[str]:
        """The words of which the names of its measurements are made."""
        told = (name for p in self.plant.points for name in (*_point_names(p), p.spec.id))
        return frozenset(word for name in told for word in tokens(name.replace("_", " ")))

    def measured_as(self, said: str) -> tuple[str, ...]:
        """The last steps of the ids of all points that are called exactly so: “power”."""
        return tuple(self._phrases.of(said, "measurement"))

    def asset(self, said: str) -> Path:
        """The one asset (site, area, line or unit) that is meant.

        Raises:
            UnknownName: none is; `nearest` are the closest names.
            AmbiguousName: several are; `choices` are their names.
        """
        path = said.strip().strip("/")
        if path in self._paths:
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
        plain = " ".join(self._phrases.spelling.forgiven(word) for word in tokens(said))
        named = {p for m in self.mentions(said) if m.kind == "unit" for p in m.paths}
        here = [
            unit
            for unit in self.plant.units.values()
            if unit.id == asset or unit.id.startswith(asset + "/")
        ]
        here = [unit for unit in here if unit.id in named] or here
        points = [point for unit in here for point in self.plant.points_of(unit)]
        scored = sorted(
            ((_alike(plain, p), i, p) for i, p in enumerate(points)),
            key=lambda row: (-row[0], row[1]),
        )
        if not scored or scored[0][0] < _ALIKE:
            begun = _begun(plain, points)
            if begun is not None:
                return begun
            near = [p.spec.id.replace("_", " ") for _, _, p in scored[:4]]
            raise UnknownName("measurement", said, tuple(dict.fromkeys(near)))
        best = [p for score, _, p in scored if score >= scored[0][0] - 1]
        if len(best) > 1:
            choices = tuple(f"{p.spec.name} of {self.full_name(p.unit_id)}" for p in best[:6])
            raise AmbiguousName("measurement", said, choices)
        return best[0]

    def spelled(self, word: str) -> str:
        """The known word that a shortened or misspelled one was meant to be: “lvl”; or the word."""
        return self._phrases.spelling.forgiven(word)

    def slip_of(self, word: str, among: frozenset[str]) -> str:
        """The one of a few words that a word is a slip of, also a short one; empty where none."""
        return self._phrases.spelling.slip_of(word, among)

    def word(self, said: str) -> str:
        """The word of a name that one is, or was meant to be; empty if it is none."""
        meant = self.spelled(said)
        return meant if meant in self._phrases.words else ""

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Every name in a text, the longest reading of each place, in order."""
        return self._phrases.find(text)

    def is_amount(self, behind: str) -> bool:
        """Whether a number with this behind it is a share, a time of day or has a unit."""
        return self._phrases.is_amount(behind)

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
            return (
                unit.name
                if self._phrases.of(unit.name, "unit") == [path]
                else f"{unit.name} on {line.name}"
            )
        if len(steps) == 3:
            return self.plant.line(path).name
        return next((a.name for a in self.plant.areas if a.id == path), self.plant.name)

    def _line_of(self, number: str) -> str | None:
        found = [
            line.id
            for line in self.plant.lines
            if line.kind == "production" and number in tokens(line.name)
        ]
        return found[0] if len(found) == 1 else None

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(
            {self.plant.site}
            | {a.id for a in self.plant.areas}
            | {line.id for line in self.plant.lines}
            | set(self.plant.units)
        )


def _named(plant: Plant) -> Iterator[tuple[Kind, str, str]]:
    """(kind, path, name) of everything that has a name.

    What an area is called is no kind of machine there: “the network”.
    """
    areas = {tokens(name) for area in plant.areas for name in (area.name, *area.names)}
    heads = _heads(plant)
    whole = tokens(plant.name)
    short = whole[1:] if len(whole) > 2 and whole[-1:] not in areas else whole
    for name in (plant.name, plant.site, " ".join(short)):
        yield "site", plant.site, name
    for area in plant.areas:
        for name in (area.name, *area.names):
            yield "area", area.id, name
        for line in area.lines:
            for name in (line.name, *line.names, line.id.rsplit("/", 1)[-1]):
                yield "line", line.id, name
            for unit in line.units:
                own = _head(unit.name)
                other = (*((own,) if own in heads else ()), *_shortened(unit))
                for name in (*_unit_names(unit, plant), *other):
                    if tokens(name) not in areas:
                        yield "unit", unit.id, name
                for point in unit.points:
                    for name in _point_names(point):
                        yield "measurement", point.spec.id, name


def _unit_names(unit: Unit, plant: Plant) -> Iterable[str]:
    """All of them, and its name without a number behind it: “the lift-out conveyor on 4”."""
    kind = plant.classes[unit.class_id]
    bare = _NUMBER.sub("", unit.name)
    return (unit.name, bare, *unit.names, unit.id.rsplit("/", 1)[-1], kind.name, *kind.nicknames)


def _heads(plant: Plant) -> frozenset[str]:
    """The last words of names that are those of one class alone: “the lane”, of “Straw lane 4”."""
    held: dict[str, set[str]] = {}
    for line in plant.lines:
        for name in (line.name, *line.names):
            held.setdefault(_head(name), set()).add("")
        for unit in line.units:
            for name in _unit_names(unit, plant):
                held.setdefault(_head(name), set()).add(unit.class_id)
    measured = {w for p in plant.points for name in _point_names(p) for w in tokens(name)}
    longer = {_head(u.name) for u in plant.units.values() if _words_of(u.name) > 1}
    alone = {word for word, classes in held.items() if len(classes) == 1 and "" not in classes}
    return frozenset(word for word in alone & longer - measured if len(word) >= _A_WORD)


def _shortened(unit: Unit) -> Iterable[str]:
    """Its names as they are shortened: “main B” for “air main B”, “FG store” by first letters."""
    for name in (unit.name, *unit.names):
        words = tokens(name)
        if len(words) < _LONG_NAME:
            continue
        if len(words[-1]) == 1 and words[-1].isalpha():
            yield " ".join(words[-2:])
        elif words[-1].isalpha():
            yield f"{''.join(word[0] for word in words[:-1])} {words[-1]}"


def _words_of(name: str) -> int:
    """How many words a name has, numbers and letters left out."""
    return sum(len(word) > 1 and not word.isdigit() for word in tokens(name))


def _head(name: str) -> str:
    """The last word of a name, numbers and letters behind it left out."""
    words = [word for word in tokens(name) if len(word) > 1 and not word.isdigit()]
    return words[-1] if words else ""


def _point_names(point: Point) -> Iterable[str]:
    words = point.spec.id.replace("_", " ")
    return (words, point.spec.name, *point.names, words.rsplit(" ", 1)[-1])


def _begun(plain: str, points: Sequence[Point]) -> Point | None:
    """The one measured value whose name begins with the words that were said."""
    words = tuple(plain.split())
    found = [
        p
        for p in points
        if p.spec.role not in SETTINGS
        and any(tokens(name)[: len(words)] == words for name in (p.spec.name, *p.names))
    ]
    return found[0] if words and len(found) == 1 else None


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
    if (point.spec.role in SETTINGS) != bool(wanted & _SET):
        score -= 20.0
    return score
