"""Questions that mean nothing alone: “since when?”, “why not that?”, “what is it set to?”.

Each is about what was asked before, and is none where nothing was. It must never put an asset or a
measurement in the place of one that is said.
"""

import re
from dataclasses import replace

from agents.offline import grammar
from agents.offline.question import Reading, Said, blanked
from agents.offline.unit import unit_behind
from tools.numeral import NUMERAL
from twin_core.plant.names import Names

_OF_CAUSE = frozenset({"cause", "ruled_out", "remedies", "propose"})
_OF_VALUES = frozenset({"value", "trend"})
_LATELY = "last hour"
_RULED_OUT = re.compile(
    r"\b(?:rul(?:e|es|ed|ing) out|exclud(?:e|es|ed|ing)|dismiss(?:ed)?|discard(?:ed)?"
    r"|eliminat(?:e|ed)|speaks? against|spoke against|evidence against)\b"
    r"|^(?:and |so |but )*why (?:not|isnt|is it not|isnt it|wasnt it|cant it be|cannot it be)\b"
    r"|^(?:and |so |but |or )*(?:couldnt|could|cant|might|is|isnt|are you sure|how do you know)\b"
    r".{0,30}\b(?:it|that|this)\b.{0,20}\b(?:not|instead|rather|as well|too)\b"
)
_SINCE = re.compile(
    r"^(?:and |so |but |ok |okay )*(?:since when|(?:for )?how (?:is )?long)\b"
    r"(?=.*\b(?:that|it|this|they)\b.*\b(?:been|so|case|going|like|on|now|already)\b)[^\d]*$|"
    r"^(?:and |so |but |ok |okay )*(?:since when|for how long|how long (?:has|have|is|was|had)"
    r"(?: (?:that|it|this|they|things?))?(?: been)?"
    r"(?: (?:so|like (?:that|this)|going on|the case|happening|this way|that way))?"
    r"|when did (?:that|it|this|they)(?: all)? (?:start|begin|happen|first appear|set in))"
    r"(?: (?:now|already|then))*$"
)
_SET = re.compile(
    r"\b(?:set to|set at|setpoint|set point|set for|setting|target|commanded(?: to)?|told to)\b"
)
_DONE = re.compile(
    r"\b(?:done|carried out|through|approved|written|in force|executed|accepted|rejected|signed"
    r"|decided|happened|applied|made)\b"
)
_LATER = re.compile(
    r"\b(?P<when>tonight|tomorrow(?: (?:morning|afternoon|evening|night))?"
    r"|this (?:evening|afternoon)"
    r"|later(?: (?:on|today))?|next (?:shift|week)|at the weekend|after (?:lunch|the shift))\b"
)
_DO_IT = frozenset(
    {"instead", "rather", "better", "done", "make", "start", "wait", "until", "till", "run"}
)
_NUMBER = re.compile(
    rf"^(?:(?:and|or|then|but|what about|how about|rather|better|what if) )*"
    r"(?:it (?:is|was|were) )?"
    rf"(?:(?:at|to|with|by|for) )?(?P<number>{NUMERAL})(?P<unit>[^\d]*)$"
)
_LIKE = re.compile(r"^(?:and|or|also|then|now|what about|how about|same)\b.*\b(?:on|at|of|for)\b")


def followed(reading: Reading, said: Said, names: Names, before: Reading) -> Reading | None:
    """The reading of a question that goes back to the one before; None if it is none of those."""
    known = bool(before.paths) and not before.choices and not before.unknown
    named = said.of_kind("line", "unit", "area")
    if known and before.kind in _OF_CAUSE and named and _RULED_OUT.search(said.plain):
        suspects = dict.fromkeys(path for m in named for path in m.paths)
        suspects = {path: None for path in suspects if path not in before.paths}
        told = tuple(names.full_name(path) for path in suspects)
        if told:
            return replace(_of(before, reading), kind="ruled_out", suspects=told)
    if known and not named and _SINCE.match(said.plain):
        return _since(reading, before)
    if (
        before.kind == "propose"
        and not named
        and len(said.content) <= 3
        and _DONE.search(said.plain)
    ):
        return replace(reading, kind="proposals")
    if known and not named and before.kind in _OF_VALUES and _SET.search(said.plain):
        others = [m for m in said.of_kind("measurement") if not _SET.fullmatch(m.text.lower())]
        reading = replace(reading, measurement="")
        short = len(said.content) <= 2 and not others
        return (
            set_point(replace(_of(before, reading), kind="value"), said, before) if short else None
        )
    later = _LATER.search(said.plain)
    if before.kind == "what_if" and later is not None and not named:
        rest = set(grammar.content(_LATER.sub(" ", said.plain)))
        return replace(before, later=later.group("when")) if rest <= _DO_IT else None
    return None


def renumbered(said: Said, names: Names, before: Reading) -> str:
    """The question before with the number that is all this one says: “and at 570?”; else empty."""
    number = _NUMBER.match(said.plain)
    if number is None or before.kind not in {"what_if", "propose"} or said.of_kind("unit", "line"):
        return ""
    whole = before.question
    bare = blanked(whole, Said(whole, names).mentions)
    places = list(re.finditer(NUMERAL, bare))
    if len(places) != 1:
        return ""
    (place,) = places
    unit = unit_behind(number.group("unit"))
    if unit and unit != unit_behind(bare[place.end() :].lower()):
        return ""
    return f"{whole[: place.start()]}{number.group('number')}{whole[place.end() :]}"


def _since(reading: Reading, before: Reading) -> Reading | None:
    """Since when what was told is so."""
    if before.kind in _OF_CAUSE:
        return replace(_of(before, reading), kind="onset")
    if before.kind in _OF_VALUES:
        return replace(
            _of(before, reading), kind="trend", measurement=before.measurement, span=_LATELY
        )
    if before.kind == "alarms":
        return replace(_of(before, reading), kind="alarms", span=before.span)
    return None


def set_point(reading: Reading, said: Said, before: Reading | None) -> Reading:
    """A question for what something is set to, about the set-point of what was measured before."""
    if reading.kind not in {"value", "state"} or not _SET.search(said.plain):
        return reading
    measured = reading.measurement
    if not measured and before is not None and before.kind in _OF_VALUES:
        measured = before.measurement
    units = [path for path in reading.paths if len(path.split("/")) == 4]
    measured = "speed" if measured in {"", "rate"} and units else measured
    if not measured or _SET.search(measured.lower()):
        return reading
    return replace(reading, kind="value", measurement=f"{measured} setpoint")


def like_there(reading: Reading, said: Said, names: Names, before: Reading) -> Reading:
    """Of “and on line 2?” the machine there that is like the one spoken of; else as it is."""
    lines = [path for path in reading.paths if len(path.split("/")) == 3]
    alone = not said.content and before.kind in _OF_VALUES
    if not lines or len(lines) < len(reading.paths) or not (alone or _LIKE.search(said.plain)):
        return reading
    plant = names.plant
    spoken = [path for path in before.paths if path in plant.units]
    if len(spoken) != 1 or len(before.paths) != 1:
        return reading
    (spoken_of,) = spoken
    there = []
    for line in lines:
        kind, step = plant.unit(spoken_of).class_id, spoken_of.rsplit("/", 1)[-1]
        alike = [u.id for u in plant.line(line).units if u.class_id == kind]
        own = f"{line}/{step}"
        there += [own] if own in alike else alike if len(alike) == 1 else []
    if len(there) < len(lines):
        return reading
    assets = tuple(names.full_name(path) for path in there)
    return replace(reading, paths=tuple(there), assets=assets)


def _of(before: Reading, reading: Reading) -> Reading:
    """The reading about what was spoken of before."""
    return replace(reading, assets=before.assets, paths=before.paths, choices=(), unknown="")
