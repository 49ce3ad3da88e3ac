"""Which measurement is asked for where its name was not said, or only part of it.

“How hot is the bearing of filler 2”, “how much bar on header B”, “how many pallets are in lane 3”.
It must never take another measurement for the one that was said.
"""

import re
from collections.abc import Collection
from dataclasses import replace

from agents.offline import grammar
from agents.offline.assets import about
from agents.offline.kept import alike, kept_by
from agents.offline.nowhere import elsewhere, unheard_of
from agents.offline.quantities import counted, counts, products_said
from agents.offline.question import Reading, Said
from agents.offline.slots import STATES
from agents.offline.unit import is_unit
from twin_core.errors import AmbiguousName, BadInput
from twin_core.plant.assets import Point, Unit
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

LEVELS = {
    "hot": "temperature", "warm": "temperature", "cold": "temperature", "cool": "temperature",
    "loaded": "load", "full": "level", "high": "level", "empty": "level", "low": "level",
    "deep": "level", "hard": "load", "dry": "dew", "far open": "position",
    "wide open": "position",
}  # fmt: skip
_PASSES = r"(?:going|coming|flowing|running|into|from|that|which|out|to)"
_STANDS = (
    r"(?:is|are|was|were|does|do|did|has|have|stands?|stood|got|gets?|will|would|shall|be|going to)"
)
_FEELS = re.compile(
    rf"\bhow (?P<how>{'|'.join(LEVELS)})(?: {_STANDS})?(?: (?:the|our|its))?"
    rf"(?P<thing>(?: (?!(?:{_STANDS}|{_PASSES})\b)[\w-]+){{0,3}}?)(?: {_PASSES}(?: the)?){{0,3}}"
    rf"(?:(?: {_STANDS})?(?:,? (?:of|on|in|at|inside)(?: the| our)?)? $| {_STANDS}\b)",
    re.IGNORECASE,
)
"""“How hot is the bearing of …”: an adjective for what is measured, and of which part."""
_FILLED = frozenset({"product", "juice", "drink", "beverage", "liquid", "beer", "wine", "milk"})
"""What goes through a machine that fills is its product, whatever it is called."""
_COMMANDED = re.compile(
    r"\bcommanded\b|\b(?:told|asked|supposed|meant) to (?:run|go|be|do|keep|hold)\b"
    r"|\bshould\b.*\b(?:run|be running)\b"
    r"|\bset (?:speed|value|pressure|temperature|torque|rate)\b"
    r"|\b(?:is|are) (?:the |our )?[\w ]{2,40} set$"
    r"|\bwhat (?:have|has|did) (?:they|we|you|someone|somebody|the \w+) set\b|\bset (?:to|at)\b"
    r"|\b(?:(?:has|have|had|was|were|is|are) (?:been )?|has \w+ )"
    r"(?:entered|keyed in|dialled in|put in)\b"
)
"""Asks for what a thing is set to, not for what it does."""
_SIDES = (
    frozenset({"downstream", "behind", "after", "outlet", "out", "beyond", "leaving"}),
    frozenset({"upstream", "before", "ahead", "inlet", "entering"}),
)
"""Words that say on which side of a thing something is measured."""
_SHAKES = re.compile(
    r"\bhow (?:strong|strongly|much|badly|hard)\b.*\b(?:vibrat|shak|trembl|shudder)\w*\b"
    r"|\b(?:vibrates?|vibrating|shakes?|shaking) (?:more|most|less|least|harder|worse)\b"
    r"|\bthe (?:shaking|vibrating|trembling|shuddering) (?:on|of|at|in)\b"
)
_MEASURES = re.compile(
    r"\b(?:how much|what|whats|mean|average|avg|highest|lowest|max\w*|min|minimum|peak|draws?|uses?"
    r"|takes?|consum\w+|trend|history)\b"
)
_HOW_IS = re.compile(
    rf"\bhow (?P<how>{'|'.join(LEVELS)})\b|\bhow (?:is|are|has|have|did|was|were)\b|\btrend\b"
)
_READS = re.compile(r"\bwhat (?:do|does|did|can)\b.*\b(?:read|show|indicate)\b")
_WARMTH = re.compile(r"\b(?:hot|warm|cold|cool)(?:t?er)?\b")
_UNIT_SAID = re.compile(r"[a-z°%³][a-z0-9°%³]*(?:/[a-z]+)?")
_PER_CENT = re.compile(r"\bper cent\b|\bpercentages?\b")
_ELECTRIC = re.compile(r"\belectricity\b")
"""What is drawn of it is measured by its unit, whatever it is called."""
_OPEN = re.compile(r"\bhow (?:far|wide)\b.*\bopen\b")
_PER = re.compile(
    r"\b(?:cubic )?[a-z][a-z0-9³]* (?:per|an?) (?:second|minute|hour)\b|\bcubic met(?:re|er)s?\b"
)
_UNIT_AT_LAST = re.compile(r"(?:,|\bin)\s(?P<unit>[a-z°%³][\w°%³]*(?:/[a-z]+)?)\W*$", re.IGNORECASE)
"""“The tank, m?”: in which unit the answer is to be."""
_HOW_MANY = re.compile(r"\bhow (?:many|much) (?P<unit>\w+) (?!(?:per|an?)\b)")
_DRAWS = re.compile(
    r"\bhow much\b.*\b(?:tak(?:e|es|ing)|draw(?:s|ing)?|us(?:e|es|ing)|consum\w+|get(?:s|ting)?"
    r"|deliver(?:s|ing)?|giv(?:es?|ing)|suppl(?:y|ies|ying)|put(?:s|ting)? out)\b"
)
_ON_AVERAGE = re.compile(r"\b(?:average|avg|mean)\b")

_MAIN = frozenset({Role.POTENTIAL, Role.LEVEL, Role.SPEED, Role.FLOW, Role.OUTPUT})
"""What a machine is for: what is asked of it where only the unit is said."""
_FEW = 3
_LEVEL = "level"
_STEM = 4
"""Letters by which words of a name are known: “take” and “taken”."""
_HOLDS = re.compile(
    r"\bhow (?:many|much|full|empty)\b|\bwhat (?:number|amount|quantity)\b"
    r"|\bwhat is in\b|\bstock\b|\bfill\b(?! (?:rate|speed|time))"
)


def sought(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading with what is to be measured, where its name was not said or is only part of it.

    What is called by a word that nothing here bears is looked for by all of its words, so that it
    is said not to be measured.
    """
    if len(reading.paths) != 1:
        return _of_alike(reading, said, names)
    medium = _medium(reading, said, names)
    if medium is not None:
        return medium
    found = next(filter(None, (way(reading, said, names) for way in _WAYS)), "")
    return replace(reading, measurement=found) if found else reading


def of_few(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading of a value of what may be two or three alike, about each of them.

    What is only told is told of all: “what is the header at?”.
    """
    units = [u for u in names.plant.units.values() if names.full_name(u.id) in reading.choices]
    meant = [unit.id for unit in units]
    if not 1 < len(units) <= _FEW or len({u.class_id for u in units}) > 1:
        return reading
    found = sought(about(reading, meant[:1], names), said, names)
    return about(found, meant, names)


def _of_alike(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading of several machines of one kind, with what is sought of the first of them."""
    if not alike(reading, names):
        return reading
    found = sought(about(reading, reading.paths[:1], names), said, names)
    return about(found, reading.paths, names) if len(found.paths) == 1 else reading


def _drawn(reading: Reading, said: Said, names: Names) -> str:
    """The rate, of “how much is the zone taking”; of what a pump gives, its flow."""
    counted = reading.span and not _ON_AVERAGE.search(said.plain)
    if reading.measurement or counted or not _DRAWS.search(said.plain):
        return ""
    unit = names.plant.units.get(reading.paths[0])
    flow = unit.with_role(Role.FLOW) if unit is not None else None
    return flow.spec.name if flow is not None else "rate"


def _held(reading: Reading, said: Said, names: Names) -> str:
    """The level, where it is asked how much a place holds."""
    unit = names.plant.units.get(reading.paths[0])
    points = unit.points if unit is not None else ()
    level = next((p for p in points if p.spec.role is Role.LEVEL or p.spec.id == _LEVEL), None)
    if level is None or reading.measurement or not _HOLDS.search(said.plain):
        return ""
    made = counts(said, names) and counted(reading.paths[0], names)
    return "" if made else level.spec.id.replace("_", " ")


def _commanded(reading: Reading, said: Said, names: Names) -> str:
    """The set-point, where it is asked what a machine is told to do: “what speed is commanded?”."""
    unit = names.plant.units.get(reading.paths[0])
    if unit is None or not _COMMANDED.search(said.plain) or re.search(r"\d", said.bare):
        return ""
    asked = reading.measurement if reading.measurement != "rate" else ""
    wanted = _own_words(asked or _by_unit(reading, said, names))
    told_by = {Role.SPEED} if unit.with_role(Role.SPEED) is not None else {Role.POTENTIAL}
    measured = {
        p.spec.id
        for p in unit.points
        if (wanted <= _all_words(p) if wanted else p.spec.role in told_by)
    }
    settings = [p for p in unit.points if p.spec.role in SETTINGS and p.spec.measures in measured]
    return settings[0].spec.name if len(settings) == 1 else ""


def _told_apart(reading: Reading, said: Said, names: Names) -> str:
    """Of several measurements that a word means, the one of which more is said: “… behind it”."""
    unit = names.plant.units.get(reading.paths[0])
    if unit is None or not reading.measurement:
        return ""
    try:
        names.point(reading.measurement, unit.id)
    except AmbiguousName:
        wanted = _own_words(reading.measurement)
        stems = _heard(said, names, tokens(reading.measurement))
        said_of = {
            p.spec.name: len((_all_words(p) - _own_words(unit.name)) & stems)
            for p in unit.points
            if p.spec.role not in SETTINGS and wanted <= _all_words(p)
        }
        most = max(said_of.values(), default=0)
        best = [name for name, n in said_of.items() if n == most]
        return best[0] if most and len(best) == 1 else ""
    except BadInput:
        return ""
    return ""


def _heard(said: Said, names: Names, but: Collection[str] = ()) -> set[str]:
    """The beginnings of the words said, with those for what is filled and for the side meant."""
    words = {word for word in tokens(said.text) if word not in but}
    words |= {"product"} if words & (_FILLED | products_said(names)) else set()
    for side in _SIDES:
        words |= side if words & side else frozenset()
    return {word[:_STEM] for word in words if len(word) >= _STEM}


def _read_off(reading: Reading, said: Said, names: Names) -> str:
    """What a place is there for, where it is asked what can be read there."""
    unit = names.plant.units.get(reading.paths[0])
    if unit is None or reading.measurement or not _READS.search(said.plain):
        return ""
    return kept_by(unit)


def _other(reading: Reading, said: Said, names: Names) -> str:
    """Of several measurements said the one that the machine has: “vibration level of pump 2”."""
    unit = names.plant.units.get(reading.paths[0])
    if unit is None or not reading.measurement or _has(unit, reading.measurement, names):
        return ""
    texts = {m.text for m in said.of_kind("measurement")} - {reading.measurement}
    had = [text for text in texts if _has(unit, text, names)]
    return had[0] if len(had) == 1 else ""


def _all_words(point: Point) -> set[str]:
    """The words by which a measurement is known."""
    return _own_words(" ".join((point.spec.id.replace("_", " "), point.spec.name, *point.names)))


def _medium(reading: Reading, said: Said, names: Names) -> Reading | None:
    """What is measured by the name of a system: “the power of pump 2”, “power from the grid”."""
    systems = [
        m
        for m in said.of_kind("line")
        if all(names.plant.line(p).kind != "production" for p in m.paths)
    ]
    if reading.measurement or not systems:
        return None
    path = reading.paths[0]
    if path in names.plant.units:
        system = systems[0].text
        return replace(reading, measurement=system) if _MEASURES.search(said.plain) else None
    words = {word[:_STEM] for word in tokens(said.text)}
    found = {
        (point.unit_id, point.spec.name)
        for unit in names.plant.units.values()
        if unit.id.startswith(f"{path}/")
        for point in unit.points
        if len(own := _own_words(point.spec.name)) > 1 and own <= words
    }
    if len(found) != 1:
        return None
    ((unit_id, name),) = found
    return replace(reading, measurement=name, paths=(unit_id,), assets=(names.full_name(unit_id),))


def _own_words(name: str) -> set[str]:
    return {word[:_STEM] for word in grammar.content(name.lower())}


def _by_part(reading: Reading, said: Said, names: Names) -> str:
    """What is measured by a part of its name: “the glue on labeller 1, how hot”, “how’s the glue”.

    The one measurement whose name has the part, and what the adjective asks for, if there is one.
    """
    unit = names.plant.units.get(reading.paths[0])
    asked = _HOW_IS.search(said.plain)
    felt = _WARMTH.search(said.plain)
    if unit is None or (asked is None and felt is None):
        return ""
    if reading.measurement and (felt is None or _has(unit, reading.measurement, names)):
        return ""
    level = {LEVELS[asked["how"]][:_STEM]} if asked is not None and asked["how"] else set()
    level |= {"temp"} if felt is not None else set()
    words = _own_words(reading.measurement) | {
        word[:_STEM] for word in said.content if len(word) >= _STEM
    } - _own_words(unit.name)
    points = [
        p
        for p in unit.points
        if p.spec.role not in SETTINGS | STATES
        and words & (own := _own_words(p.spec.name))
        and level <= own
    ]
    return points[0].spec.name if len(points) == 1 else ""


def _has(unit: Unit, measurement: str, names: Names) -> bool:
    """Whether a machine has a measurement of that name, or several."""
    try:
        names.point(measurement, unit.id)
    except AmbiguousName:
        return True
    except BadInput:
        return False
    return True


def _misspelled(reading: Reading, said: Said, names: Names) -> str:
    """What is measured by a word that a slip made short: “sped of pump 2”."""
    unit = names.plant.units.get(reading.paths[0])
    if unit is None or reading.measurement:
        return ""
    told = (name for p in unit.points for name in (p.spec.id.replace("_", " "), p.spec.name))
    own = frozenset(w for name in told for w in tokens(name) if len(w) >= _STEM)
    meant = {names.slip_of(word, own) for word in grammar.unheard(said.content)} - {""}
    return meant.pop() if len(meant) == 1 else ""


def _by_unit(reading: Reading, said: Said, names: Names) -> str:
    """What is measured in the unit that is said without its name: “how much bar on header B”."""
    path = reading.paths[0]
    units = [unit for unit in names.plant.units.values() if f"{unit.id}/".startswith(f"{path}/")]
    alone = [unit.id for unit in units] == [path]
    if not units or reading.measurement not in {"", "rate" if alone else ""}:
        return ""
    words = {
        w
        for found in _UNIT_SAID.finditer(said.bare)
        if (len(w := found.group()) > 1 and grammar.content(w)) or w == "%"
    }
    words |= {found.group() for found in _PER.finditer(said.bare)}
    words |= {"%"} if _PER_CENT.search(said.bare) else set()
    words |= {"kw"} if _ELECTRIC.search(said.bare) else set()
    at_last = _UNIT_AT_LAST.search(said.text)
    words |= {at_last["unit"].lower()} if at_last is not None else set()
    if not alone:  # of a system only what is asked by its unit alone
        asked = _HOW_MANY.search(said.plain)
        words &= {asked["unit"]} if asked is not None else set(said.content[:1])
    points = [
        p
        for unit in units
        for p in unit.points
        if p.spec.role not in SETTINGS
        and "{" not in p.spec.unit
        and any(is_unit(word, p.spec.unit) for word in words)
    ]
    own = {word for unit in units for word in _own_words(unit.name)}
    stems = _heard(said, names) - own
    named = [p for p in points if stems & _all_words(p)]
    main = named or [p for p in points if p.spec.role in _MAIN] or points
    if len(main) < 2 or not alone:
        return main[0].spec.name if len(main) == 1 else ""
    common = set.intersection(*(_own_words(p.spec.name) for p in main)) - own
    return " ".join(w for w in tokens(main[0].spec.name) if w[:_STEM] in common)


def _felt(reading: Reading, said: Said, names: Names) -> str:
    """What is measured where an adjective asks for it: “how hot is the bearing of filler 2”."""
    if reading.measurement:
        return ""
    if _SHAKES.search(said.plain):
        return "vibration"
    if _OPEN.search(said.plain):
        return "position"
    found = next(iter(said.of_kind("line", "unit")), None)
    asked = _FEELS.search(said.text[: found.start]) if found is not None else None
    if asked is None:
        return ""
    level, thing = LEVELS[asked.group("how").lower()], asked.group("thing").strip()
    if thing.lower() in _FILLED | products_said(names):
        thing = "product"
    try:
        names.point(f"{thing} {level}".strip(), reading.paths[0])
    except BadInput:
        return f"{thing} {level}" if thing else ""
    return f"{thing} {level}".strip()


_WAYS = (
    _felt, _commanded, _read_off, _other, _by_unit, _by_part, _misspelled, _told_apart, unheard_of,
    elsewhere, _drawn, _held,
)  # fmt: skip
"""How what is measured is found, in this order."""
