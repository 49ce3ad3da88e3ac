"""Which assets a question speaks of, and when it must be asked back. Nothing is guessed."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agents.offline import grammar
from agents.offline.question import NEEDS_ASSET, POSSESSIVES, Reading, Said
from agents.offline.slots import STATES
from tools.flow_words import placed
from tools.vocabulary import strange
from twin_core.errors import BadInput
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_MOST = 8
_ON_A_LINE = re.compile(
    r"(?:\b(?:is|are|does|do|did|has|was|were)|^(?:hows|show|check)(?: me)?|(?P<of>\bof)) the "
    r"(?P<thing>[a-z][a-z-]*) (?:[a-z]+ )?(?:on|of|at) $"
)
_BEFORE_A_LINE = re.compile(
    r"^\W*(?:the )?(?P<thing>[a-z]+(?: [a-z]+)?) (?:(?:on|of|at) (?:the )?)?$"
)
_PLACE = re.compile(r"\b(?:into|onto|towards|to|from)\s+(?:the\s+|our\s+)?$")
_THE = re.compile(r"\b(?:the|this|that|its)\s+$", re.IGNORECASE)
_QUALIFIED = re.compile(r"\b(?:the|our) (?P<word>[a-z]{4,}) $")
_DESCRIBES = re.compile(r"(?:[^e]y|ed|en|ing|est|ous|ful|ish)$|^(?:damn|poor|good|very|whole)$")
"""Says how something is, not which it is: “the squeaky conveyor”."""
_PART = re.compile(r"['’]s?\s(?:\w+\s){0,2}")
_BOTH = re.compile(
    r"\b(?:both|all|each)(?: (?:of )?(?:the|our))?(?: (?:two|three|four))?\s*$"
    r"|\bthe (?:two|three|four)\s*$"
)
_ON = re.compile(r"\s+(?:on|of|at|in) (?:the )?(?:line|l\s?\d)")
"""“Which of the cappers on line 1 and line 2”: which they are is said."""
_ORDER = re.compile(r"\b(?:po|order|job)(?: no\.?| number)?[\s-]?(\d{3,})\b")
_WHICH = re.compile(r"\bwhich(?: of (?:the|our))?\s*$")
_WHY_IS = re.compile(
    r"\W*(?:and |so |but )*(?:why|how come|how fast|where)(?: is| are| was| has| did| does)? the "
    r"(?P<thing>[a-z][a-z-]*) "
)
_WHOSE = re.compile(
    r"\b(?:why|how come|what|whats|how high|how low) (?:is|are|was|were) (?:(?:the|our|its) )?"
    r"(?P<thing>[a-z]+(?: [a-z]+)?) $"
)


def with_assets(reading: Reading, said: Said, names: Names, before: Reading | None) -> Reading:
    """The reading with the assets it names, those it picks, or what is unclear about them."""
    unknown = next((m.text for m in said.of_kind("unknown")), "")
    if unknown:
        return replace(reading, unknown=unknown, nearest=names.nearest(unknown))
    thing, line = _strange(said, names)
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
    nobody = "" if named else _measured_of_nothing(said) or _nothing(said, names)
    if nobody:
        return replace(reading, unknown=nobody, nearest=names.nearest(nobody))
    named = _once(named, said.text)
    paths = names.meant(named)
    other = grammar.NUMBER_ALONE.fullmatch(said.plain) if before is not None else None
    if other is not None and before is not None and before.assets:
        return _numbered(reading, before.assets[-1], other.group("number"), names)
    if grammar.ALL_LINES.search(said.plain) and not paths:
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
    nobody = next(filter(None, (_other(m, said, names) for m in named)), "") if several else ""
    if nobody:
        return replace(reading, unknown=nobody, nearest=names.nearest(nobody))
    if several:
        return replace(reading, choices=tuple(names.full_name(p) for p in paths[:_MOST]))
    if not named and before is not None and before.choices:
        paths = _picked(said.plain, before.choices, names)
    return about(reading, paths or _of_orders(said, names), names)


def _of_orders(said: Said, names: Names) -> tuple[str, ...]:
    """The lines of the production orders that are named: “po-4101 done by 22:00?”."""
    numbers = set(_ORDER.findall(said.plain))
    lines = (one.line for one in names.plant.orders if one.id.rpartition("-")[2] in numbers)
    return tuple(dict.fromkeys(lines))


def _other(mention: Mention, said: Said, names: Names) -> str:
    """The name of one of several alike by a word that none of them bears: “the jockey pump”."""
    found = _QUALIFIED.search(said.text[: mention.start].lower())
    if len(mention.paths) < 2 or found is None:
        return ""
    word = found["word"]
    own = grammar.knows([word]) or not strange(word, names) or _DESCRIBES.search(word)
    return "" if own else f"{word} {mention.text}"


def _once(named: Sequence[Mention], text: str) -> list[Mention]:
    """The names without a noun that only goes back to one: “the reducing valve … the valve”.

    Nor what is a part of one: “pump 2’s check valve”.
    """
    sure = [m for m in named if m.kind == "unit" and len(m.paths) == 1]
    return [
        m
        for m in named
        if len(m.paths) < 2
        or not any(
            _PART.fullmatch(text[s.end : m.start])
            or (
                _THE.search(text[: m.start])
                and s.start < m.start
                and (s.paths[0] in m.paths or s.text.lower().endswith(m.text.lower()))
            )
            for s in sure
        )
    ]


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


def _strange(said: Said, names: Names) -> tuple[str, str]:
    """What is said to be on a line, and is neither a name of ours nor the grammar's; the line."""
    for line in said.of_kind("line"):
        found = _ON_A_LINE.search(said.text[: line.start].lower())
        thing = found.group("thing") if found is not None else ""
        if found is not None and found["of"]:
            # “The speed of the labeller of …” speaks of a machine, “the cause of the …” may not.
            values = {p.spec.id for p in names.plant.points if p.spec.role not in STATES}
            ends = {m.end + 1 for m in said.of_kind("measurement") if values & set(m.paths)}
            found = found if found.start("of") in ends else None
        if found is not None and not grammar.knows([thing]) and strange(thing, names):
            place = found.start("thing")
            if not any(m.start <= place < m.end for m in said.mentions):
                return thing, line.paths[0]
        alone = _BEFORE_A_LINE.match(said.text[: line.start].lower())
        owned = said.text[line.end :][:2] in POSSESSIVES  # “bump line 2’s filler”
        if alone is not None and not owned and not any(m.start < line.start for m in said.mentions):
            words = grammar.normal(alone.group("thing")).split()
            if len(grammar.unheard(words)) == len(words):
                return alone.group("thing"), line.paths[0]
    return "", ""


def _measured_of_nothing(said: Said) -> str:
    """Whose measurement is asked for, where that is no name here: “why is tower pressure low?”."""
    for measured in said.of_kind("measurement"):
        found = _WHOSE.search(said.text[: measured.start].lower())
        if found is not None:
            place = found.start("thing")
            plain = grammar.content(grammar.normal(found.group("thing")))
            free = all(m.end <= place or m.start >= measured.start for m in said.mentions)
            if plain and free and not any(grammar.knows([word]) for word in plain):
                return found.group("thing").strip()
    return ""


def _nothing(said: Said, names: Names) -> str:
    """The machine that is asked about, where nothing is called so: “why is the sleever slow?”."""
    found = None if said.mentions else _WHY_IS.match(said.text.lower())
    thing = found["thing"] if found is not None else ""
    return thing if thing and not grammar.knows([thing]) and strange(thing, names) else ""


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
