"""Which assets a question speaks of, and when it must be asked back. Nothing is guessed."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.offline import grammar
from agents.offline.nobody import nobody_asked_for, other_than, strange_on_a_line
from agents.offline.orders import lines_of
from agents.offline.question import NEEDS_ASSET, Reading, Said
from tools.flow_words import placed
from twin_core.errors import BadInput
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_MOST = 8
_PLACE = re.compile(r"\b(?:into|onto|towards|to|from)\s+(?:the\s+|our\s+)?$")
_THE = re.compile(r"\b(?:the|this|that|its)\s+$", re.IGNORECASE)
_PART = re.compile(r"['’]s?\s(?:\w+\s){0,2}")
_BOTH = re.compile(
    r"\b(?:both|all|each)(?: (?:of )?(?:the|our))?(?: (?:two|three|four))?\s*$"
    r"|\bthe (?:two|three|four)\s*$"
)
_ON = re.compile(r"\s+(?:on|of|at|in) (?:the )?(?:line|l\s?\d)")
"""“Which of the cappers on line 1 and line 2”: which they are is said."""
_OF_LINES = frozenset({"made", "indicators"})
"""Kinds that are told line by line of a whole plant."""
_TOGETHER = re.compile(rf"{grammar.WHOLE.pattern}|\b(?:total|together|altogether|summed|sum)\b")
_WHICH = re.compile(r"\bwhich(?: of (?:the|our))?\s*$")


def with_assets(reading: Reading, said: Said, names: Names, before: Reading | None) -> Reading:
    """The reading with the assets it names, those it picks, or what is unclear about them."""
    unknown = next((m.text for m in said.of_kind("unknown")), "")
    if unknown:
        return replace(reading, unknown=unknown, nearest=names.nearest(unknown))
    thing, line = strange_on_a_line(said, names)
    if thing:
        there = tuple(unit.name for unit in names.plant.line(line).units)
        return replace(reading, unknown=thing, nearest=there)
    named = placed(said.text, said.of_kind("line", "unit", "area", "site"), names.plant)
    named = _standing(named, names)
    asked = [
        m
        for m in named
        if len(m.paths) > 1
        and _WHICH.search(said.text[: m.start].lower())
        and not _ON.match(said.text[m.end :].lower())
    ]
    # “Which zone took more, …”: what follows says which are meant; else all of them are.
    named = [m for m in named if m not in asked] or named
    nobody = "" if named else nobody_asked_for(said, names)
    if nobody:
        return replace(reading, unknown=nobody, nearest=names.nearest(nobody))
    named = _once(named, said.text)
    paths = names.meant(named)
    other = grammar.NUMBER_ALONE.fullmatch(said.plain) if before is not None else None
    if other is not None and before is not None and before.assets:
        return _numbered(reading, before.assets[-1], other.group("number"), names)
    ordered = lines_of(said.text, names)
    if grammar.ALL_LINES.search(said.plain) and not (paths or ordered):
        return about(reading, production(names), names)
    vague = any(m.kind == "unit" and len(m.paths) > 1 for m in named)
    several = vague and any(
        m.kind == "unit" and sum(p in paths for p in m.paths) > max(1, _meant_by(m, said))
        for m in named
    )
    if before is not None and before.choices and not said.of_kind("unit"):
        paths = _among(paths, before.choices, names) or paths
    sure = [m.paths[0] for m in named if m.kind == "unit" and len(m.paths) == 1]
    unsure = [m for m in named if m.kind == "unit" and len(m.paths) > 1]
    if several and sure and all(_PLACE.search(said.text[: m.start].lower()) for m in unsure):
        # “Pump 2 delivers into the main”: what is named beyond doubt is what is spoken of.
        return about(reading, sure, names)
    if several and before is not None:
        paths = _narrowed(paths, before)
        several = len(paths) > 1
    if several and asked and len(paths) <= _MOST:
        return about(reading, paths, names)
    nobody = next(filter(None, (other_than(m, said, names) for m in named)), "") if several else ""
    if nobody:
        return replace(reading, unknown=nobody, nearest=names.nearest(nobody))
    if several:
        return replace(reading, choices=tuple(names.full_name(p) for p in paths[:_MOST]))
    if not named and before is not None and before.choices:
        paths = _picked(said.plain, before.choices, names)
    return about(reading, paths or ordered, names)


def _once(named: Sequence[Mention], text: str) -> list[Mention]:
    """The names without what only goes back to one, or goes on to one.

    “The reducing valve … the valve”, “pump 2’s check valve”, “capper torque, capper 1 and capper
    2”, “the tower fill valve”.
    """
    sure = [m for m in named if m.kind == "unit" and len(m.paths) == 1]
    most = max(2, len(named) - 1)
    return [
        m
        for m in named
        if not any(_qualifies(m, s, text) for s in sure)
        and (
            len(m.paths) < 2
            or (
                not any(_goes_back(m, s, text) for s in sure)
                and sum(s.start > m.start and s.paths[0] in m.paths for s in sure) < most
            )
        )
    ]


def _goes_back(mention: Mention, sure: Mention, text: str) -> bool:
    """Whether a noun means what was named before it, or a part of that."""
    if _PART.fullmatch(text[sure.end : mention.start]):
        return True
    ends = sure.paths[0] in mention.paths or sure.text.lower().endswith(mention.text.lower())
    before = _THE.search(text[: mention.start]) is not None and sure.start < mention.start
    return before and ends


def _qualifies(mention: Mention, sure: Mention, text: str) -> bool:
    """Whether a noun only says which one is named right behind it: “the tower fill valve”."""
    noun = mention.kind == "unit" and mention.text[-2:].isalpha()
    return noun and text[mention.end : sure.start] == " "


def _meant_by(mention: Mention, said: Said) -> int:
    """How many a name means as it was said: all that it may, of “both compressors”."""
    all_ = _BOTH.search(said.text[: mention.start].lower())
    return len(mention.paths) if all_ else len(said.of_kind("line"))


def _standing(named: Sequence[Mention], names: Names) -> list[Mention]:
    """The names without those of a system that no machine named stands on: “power of pump 2”."""
    units = {path for m in named if m.kind == "unit" for path in m.paths}
    systems = [
        m
        for m in named
        if m.kind == "line" and all(names.plant.line(p).kind != "production" for p in m.paths)
    ]
    apart = [m for m in systems if not any(u.startswith(f"{p}/") for p in m.paths for u in units)]
    return [m for m in named if not units or m not in apart]


def about(reading: Reading, paths: Sequence[str], names: Names) -> Reading:
    """The reading about these assets, and no choice left."""
    assets = tuple(names.full_name(path) for path in paths)
    return replace(reading, paths=tuple(paths), assets=assets, choices=())


def of_lines(reading: Reading, names: Names) -> Reading:
    """Of lines and the systems that supply them, the lines: causes are looked for from there.

    Of several machines of one line, that line.
    """
    lines = set(production(names))
    kept = [path for path in reading.paths if path in lines]
    of = {its_line(path) for path in reading.paths}
    if len(of) == 1 and all(path in names.plant.units for path in reading.paths):
        kept = list(of)
    return about(reading, kept, names) if kept and len(reading.paths) > 1 else reading


def asked_back(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading, with names to choose from where an asset is needed and none was said."""
    needs = reading.kind in NEEDS_ASSET | {"value", "what_if"} and reading.unset
    if not needs or reading.options or reading.changes or reading.unread or reading.incident:
        return reading
    if reading.kind in _OF_LINES and _TOGETHER.search(said.plain):
        return about(reading, production(names), names)
    if reading.kind not in {"value", "trend"} or reading.measurement in {"", "rate"}:
        return replace(reading, choices=tuple(map(names.full_name, production(names))))
    holders = _holders(reading.measurement, said, names)
    when = set(grammar.normal(reading.span).split())
    if len(holders) == 1 and grammar.knows(set(said.content) - when):
        return about(reading, holders, names)
    return replace(reading, choices=tuple(names.full_name(p) for p in holders[:_MOST]))


def _holders(measurement: str, said: Said, names: Names) -> list[str]:
    """The machines at which that is measured; called so in full, or else as it was shortened."""
    short = {
        path
        for m in said.of_kind("measurement")
        if m.text.lower() == measurement.lower()
        for path in m.paths
    }
    units = names.plant.units.values()
    full = [
        unit.id
        for unit in units
        if any(_called(measurement, p.spec.id, p.spec.name, *p.names) for p in unit.points)
    ]
    return full or [u.id for u in units if any(p.spec.id in short for p in u.points)]


def _numbered(reading: Reading, asset: str, number: str, names: Names) -> Reading:
    """The reading about the asset that is called as this one, but for its number: “and 2?”."""
    called = re.sub(r"\d+", number, asset)
    try:
        return about(reading, [names.asset(called)], names)
    except BadInput:
        return replace(reading, unknown=number, nearest=names.nearest(called))


def production(names: Names) -> tuple[str, ...]:
    """The paths of the production lines."""
    return tuple(line.id for line in names.plant.lines if line.kind == "production")


def _among(paths: Sequence[str], choices: Sequence[str], names: Names) -> tuple[str, ...]:
    """Those of our choices that stand on the lines which the answer names."""
    offered = [names.asset(choice) for choice in choices]
    return tuple(p for p in offered if any(p.startswith(line + "/") for line in paths))


def _narrowed(paths: Sequence[str], before: Reading) -> tuple[str, ...]:
    """Those of the paths on a line that was spoken of before; all, if there are none."""
    lines = {its_line(path) for path in before.paths}
    return tuple(path for path in paths if its_line(path) in lines) or tuple(paths)


def its_line(path: str) -> str:
    """The line on which something stands, or that it is."""
    return "/".join(path.split("/")[:3])


def _picked(plain: str, choices: Sequence[str], names: Names) -> tuple[str, ...]:
    """The choice that an answer to our own question picks by a word only it has."""
    split = [frozenset(choice.lower().split()) for choice in choices]
    telling = {word for words in split for word in words if any(word not in s for s in split)}
    said = set(plain.split())
    fits = [c for c, words in zip(choices, split, strict=True) if said & words & telling]
    return (names.asset(fits[0]),) if len(fits) == 1 else ()


def _called(said: str, *names: str) -> bool:
    return any(said.lower() == name.lower().replace("_", " ") for name in names)
