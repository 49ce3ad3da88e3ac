"""What a question wants measured or counted where it names no measurement of the plant's.

“How many pallets are in lane 3” asks what a place holds, “how many cases did packer 2 make” what
left a machine, “the noise level of filler 2” for what may be measured nowhere. It must never take
another measurement for the one that was said.
"""

import re
from dataclasses import replace

from agents.offline import grammar
from agents.offline.question import Reading, Said
from agents.offline.slots import STATES
from agents.offline.unit import is_unit
from tools.span import find_span
from tools.vocabulary import strange
from twin_core.errors import BadInput
from twin_core.plant.classes import SETTINGS, Role
from twin_core.plant.mentions import tokens
from twin_core.plant.names import Names

_MADE = (
    r"(?:ma[dk]e|produced?|put (?:out|through)|packed|pack|filled|fill|capped|labelled|labeled"
    r"|palleti[sz]ed?|depalleti[sz]ed?|rinsed|turn(?:ed)? out|finish(?:ed)?|completed?|processed"
    r"|handled|delivered|(?:come|came|gone|went|left|leave) (?:off|out of|through)|run off"
    r"|left(?! (?:in|on|at|over|there)\b)|get done|got done)"
)
_COUNTS = re.compile(
    rf"\bhow (?:many|much)\b.*\b{_MADE}\b|\bwhat (?:did|has|have)\b.*\b{_MADE}\b"
    r"|\bproduction (?:figures?|counts?|totals?|volumes?)\b"
    r"|\b(?:total|count|number) (?:of|output|production|made|produced)\b"
)
LEVELS = {
    "hot": "temperature", "warm": "temperature", "cold": "temperature", "cool": "temperature",
    "loaded": "load", "full": "level", "high": "level", "empty": "level",
}  # fmt: skip
_FEELS = re.compile(
    rf"^\W*(?:and |so |then |also )*how (?P<how>{'|'.join(LEVELS)})"
    r" (?:is|are|was|were|does|do|did|has|have)(?: (?:the|our|its))?(?P<thing>(?: [\w-]+){0,3}?)"
    r"(?: (?:of|on|in|at|inside)(?: the)?)? $",
    re.IGNORECASE,
)
"""“How hot is the bearing of …”: an adjective for what is measured, and of which part."""
_SHAKES = re.compile(r"\bhow (?:strong|strongly|much|badly|hard)\b.*\bvibrat\w*\b")
_MEASURES = re.compile(
    r"\b(?:how much|what|whats|mean|average|avg|highest|lowest|max\w*|min|minimum|peak|draws?|uses?"
    r"|takes?|consum\w+|trend|history)\b"
)
_HOW_IS = re.compile(
    rf"\bhow (?P<how>{'|'.join(LEVELS)})\b|\bhow (?:is|are|has|have|did|was|were)\b|\btrend\b"
)
_UNIT_SAID = re.compile(r"[a-z°%³][a-z0-9°%³]*(?:/[a-z]+)?")
_DRAWS = re.compile(
    r"\bhow much\b.*\b(?:tak(?:e|es|ing)|draw(?:s|ing)?|us(?:e|es|ing)|consum\w+|get(?:s|ting)?)\b"
)

_MAIN = frozenset({Role.POTENTIAL, Role.LEVEL, Role.SPEED, Role.FLOW, Role.OUTPUT})
"""What a machine is for: what is asked of it where only the unit is said."""
_LEVEL = "level"
_STEM = 4
"""Letters by which words of a name are known: “take” and “taken”."""
_OUTWEIGHS = re.compile(
    rf"\b(?:{_MADE}|took|taken|take|used?|drew|drawn|consumed?|got|given|received)\b.*\b(?:more|most|less|least"
    r"|fewer|fewest)\b|\boutput\b"
)
_HOLDS = re.compile(r"\bhow (?:many|much|full|empty)\b|\bwhat is in\b|\bstock\b|\bfill level\b")
_COUNTING = frozenset(
    {"made", "produced", "done", "total", "count", "number", "figure", "deliver", "delivered"}
    | {"pumped"}
)
_OF_COUNTS = _COUNTING | frozenset(
    {"many", "much", "m3", "m³", "litres", "liters", "cubic", "metres", "meters"}
)
"""Words beside a piece, or alone, that ask how many there were."""
_DID = re.compile(
    r"\bhow (?:many|much) (?:\w+ )?(?:did|has|have)\b.*\b(?:do|done|get|got|manage)\b"
)
_OTHERS = re.compile(
    r"\b(?:los\w+|reject\w*|scrap\w*|stop(?:s|ped)?|fail\w*|alarms?|orders?|proposals?)\b"
    r"|\bhow many (?:times|hours|minutes|people)\b|\b(?:per|a|an) (?:second|minute|hour)\b"
    r"(?! ago)"
)
"""Speaks of another count than that of what was made, or of a rate."""
_THING = re.compile(
    r"^\W*(?:and |so |then |also |please )*"
    r"(?:what(?:['’]?s| is| was| are| were)|give me|tell me|show me|how (?:high|low|large|strong)"
    r" (?:is|are|was|were))"
    r"(?: (?:the|its|our|present|current|latest))*(?P<thing>(?: [\w%₂³²/-]+){1,6}?)"
    r"(?: now| currently| right now)? (?:of|at|in|on|inside|around|near|for|from) (?:the )?$",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"^\W*(?:and |so |then |also )*(?:what(?:['’]?s| is| was)) (?:the )?$", re.IGNORECASE
)
_HELD = re.compile(r"^['’]s?(?P<thing>(?: [\w%₂³²/-]+){1,5}?)(?: (?:now|currently|right now))?\W*$")
_WHAT = re.compile(
    r"^\W*(?:and |so |then )*(?:what|which|how much) (?P<thing>[\w-]+(?: [\w-]+)?)"
    r" (?:do|does|did|is|are|was|were|has|have)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"^\W*(?P<thing>[\w%₂³²/-]+(?: [\w%₂³²/-]+){1,3}?),?(?: (?:of|at|in))?(?: the)? $"
)
_HOW = re.compile(
    r"^\W*(?:and |so |then )*how (?P<thing>[a-z]+) (?:is|are|was|were) (?:the )?$", re.IGNORECASE
)


def outweighs(reading: Reading, said: Said, names: Names) -> bool:
    """Whether it asks which of several made, or took, more: of what is counted, all of them."""
    if len(reading.paths) < 2 or not _OUTWEIGHS.search(said.plain) or _OTHERS.search(said.plain):
        return False
    return all(_counted(path, names) for path in reading.paths)


def _counted(path: str, names: Names) -> bool:
    """Whether what leaves a line or machine is counted."""
    plant = names.plant
    unit = plant.units.get(path) or plant.counter(plant.line(path))
    return unit is not None and unit.with_role(Role.PRODUCED) is not None


def counts(said: Said, names: Names) -> bool:
    """Whether it asks how much was made; also by the bare word for it: “packer 2 cases today”."""
    span = set(grammar.normal(find_span(said.rest) or "").split())
    left = set(said.content) - span - {"vs", "versus", "compare"}
    pieces = {str(u.flow.unit_out).strip("{}") for u in names.plant.units.values() if u.flow}
    pieces |= {str(line.unit_of_flow).strip("{}") for line in names.plant.lines}
    counted = {word.removesuffix("s") for word in left - _OF_COUNTS}
    if counted <= pieces and (counted or left & (_COUNTING | pieces)):
        return not _OTHERS.search(said.plain)
    if span and _DID.search(said.plain) and not _OTHERS.search(said.plain):
        return True
    return _COUNTS.search(said.plain) is not None and not _OTHERS.search(said.plain)


def sought(reading: Reading, said: Said, names: Names) -> Reading:
    """The reading with what is to be measured, where its name was not said or is only part of it.

    What is called by a word that nothing here bears is looked for by all of its words, so that it
    is said not to be measured.
    """
    if len(reading.paths) != 1:
        return reading
    medium = _medium(reading, said, names)
    if medium is not None:
        return medium
    felt = _felt(reading, said, names)
    if felt:
        return replace(reading, measurement=felt)
    of_unit = _by_unit(reading, said, names)
    if of_unit:
        return replace(reading, measurement=of_unit)
    part = _by_part(reading, said, names)
    if part:
        return replace(reading, measurement=part)
    thing = _strange(said, names)
    if thing:
        return replace(reading, measurement=thing)
    if not (reading.measurement or reading.span) and _DRAWS.search(said.plain):
        return replace(reading, measurement="rate")
    unit = names.plant.units.get(reading.paths[0])
    points = unit.points if unit is not None else ()
    level = next((p for p in points if p.spec.role is Role.LEVEL or p.spec.id == _LEVEL), None)
    if level is None or reading.measurement or not _HOLDS.search(said.plain):
        return reading
    if counts(said, names) and _counted(reading.paths[0], names):
        return reading
    return replace(reading, measurement=level.spec.id.replace("_", " "))


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
    if unit is None or reading.measurement or asked is None:
        return ""
    level = {LEVELS[asked["how"]][:_STEM]} if asked["how"] else set()
    words = {word[:_STEM] for word in said.content if len(word) >= _STEM} - _own_words(unit.name)
    points = [
        p
        for p in unit.points
        if p.spec.role not in SETTINGS | STATES
        and words & (own := _own_words(p.spec.name))
        and level <= own
    ]
    return points[0].spec.name if len(points) == 1 else ""


def _by_unit(reading: Reading, said: Said, names: Names) -> str:
    """What is measured in the unit that is said without its name: “how much bar on header B”."""
    unit = names.plant.units.get(reading.paths[0])
    if unit is None or reading.measurement not in {"", "rate"}:
        return ""
    words = {
        w for found in _UNIT_SAID.finditer(said.bare) if len(w := found.group()) > 1 or w == "%"
    }
    points = [
        p
        for p in unit.points
        if p.spec.role not in SETTINGS
        and "{" not in p.spec.unit
        and any(is_unit(word, p.spec.unit) for word in words)
    ]
    main = [p for p in points if p.spec.role in _MAIN] or points
    return main[0].spec.name if len(main) == 1 else ""


def _felt(reading: Reading, said: Said, names: Names) -> str:
    """What is measured where an adjective asks for it: “how hot is the bearing of filler 2”."""
    if reading.measurement:
        return ""
    if _SHAKES.search(said.plain):
        return "vibration"
    found = next(iter(said.of_kind("line", "unit")), None)
    asked = _FEELS.match(said.text[: found.start]) if found is not None else None
    if asked is None:
        return ""
    level, thing = LEVELS[asked.group("how").lower()], asked.group("thing").strip()
    try:
        names.point(f"{thing} {level}".strip(), reading.paths[0])
    except BadInput:
        return f"{thing} {level}" if thing else ""
    return f"{thing} {level}".strip()


def _strange(said: Said, names: Names) -> str:
    """What is asked of an asset, where a word of it is known neither to us nor to the plant."""
    found = next(iter(said.of_kind("line", "unit")), None)
    if found is None:
        return ""
    lead, tail = said.text[: found.start], said.text[found.end :]
    asked = _THING.search(lead) or _HOW.search(lead) or _WHAT.search(lead) or _bare(lead, tail)
    if asked is None and _OWN.search(lead):
        asked = _HELD.search(tail)
    if asked is None:
        return ""
    thing = asked.group("thing").strip()
    unheard = [word for word in strange(thing, names.plant) if not grammar.knows([word])]
    return thing if unheard else ""


def _bare(lead: str, tail: str) -> "re.Match[str] | None":
    """“Dust content filler 2”: nothing but a thing and where, and none of it a word of ours."""
    asked = None if tail.strip(" ?.!") else _ONLY.search(lead)
    words = grammar.normal(asked.group("thing")).split() if asked else []
    return asked if len(words) > 1 and not any(grammar.knows([word]) for word in words) else None
