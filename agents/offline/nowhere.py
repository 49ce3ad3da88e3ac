"""What is asked for that nothing here may measure: “the noise level of filler 2”, “the margin”.

It is then looked for by the words that were said, so that it is told to be measured nowhere. It
must never take a word that the plant or its people have for one that they have not.
"""

import re

from agents.offline import grammar
from agents.offline.question import Reading, Said
from agents.offline.unit import is_unit
from tools.vocabulary import strange
from twin_core.plant.names import Names

_UNIT_ELSEWHERE = re.compile(
    r"\b(?P<unit>eur|euros?|usd|gbp|dollars?|pounds|cents|margins?|profits?|ntu|ppm|ppb|db|decibels?"
    r"|lux|m?g/l|brix)\b",
    re.IGNORECASE,
)
"""Money, and units of what many plants do not measure."""
_THING = re.compile(
    r"^\W*(?:and |so |then |also |please )*"
    r"(?:what(?:['’]?s| is| was| are| were)|give me|tell me|show me|how (?:high|low|large|strong)"
    r" (?:is|are|was|were))"
    r"(?: (?:the|its|our|present|current|latest))*(?P<thing>(?: [\w%₂³²/-]+){1,6}?)"
    r"(?: now| currently| right now)? (?:of|at|in|on|inside|around|near|for|from) (?:the )?$",
    re.IGNORECASE,
)
_QUALITY = frozenset(
    {"clean", "dirty", "clear", "thick", "thin", "sweet", "sour", "strong", "pure", "soft", "big"}
    | {"heavy", "loud", "bright", "wet", "dry", "salty"}
)
"""Words that ask for what is measured in few plants, though they are of everyday speech."""
_IDLE = re.compile(
    r"(?:on|in|at|up|off|to|left|still|going|lie of|state of|lay of|levers?|knobs?|drinks?|brands?"
    r"|skus?|flavou?rs?|formats?)\b",
    re.IGNORECASE,
)
"""“What is on the board for line 2”, “the lie of the land”, “which drink”: nothing is measured."""
_OWN = re.compile(
    r"^\W*(?:and |so |then |also )*(?:what(?:['’]?s| is| was)) (?:the )?$", re.IGNORECASE
)
_HELD = re.compile(r"^['’]s?(?P<thing>(?: [\w%₂³²/-]+){1,5}?)(?: (?:now|currently|right now))?\W*$")
_WHAT = re.compile(
    r"\b(?:what|which|how much|how many \w+ of) (?P<thing>[\w-]+(?: [\w-]+)?)"
    r"(?:,? in [^,]{1,20},)? (?:do|does|did|is|are|was|were|has|have|an?)\b",
    re.IGNORECASE,
)
_CONTENT = re.compile(r"\b(?P<thing>[\w₂³-]+ (?:content|concentration|hardness))\b", re.IGNORECASE)
_MANY = re.compile(r"\bhow many (?P<thing>[\w-]+) (?:are|is|were|was)\b", re.IGNORECASE)
_ONLY = re.compile(
    r"^\W*(?P<thing>[\w%₂³²/-]+(?: [\w%₂³²/-]+){0,3}?),?(?P<of> (?:at|in|on))?(?: of)?(?: the)? $"
)
_HOW = re.compile(
    r"^\W*(?:and |so |then )*how (?P<thing>[a-z]+) (?:is|are|was|were)"
    r"(?: the(?: \w+){1,2} (?:of|on|in|at))?(?: the)? $",
    re.IGNORECASE,
)


def elsewhere(reading: Reading, said: Said, names: Names) -> str:
    """The unit itself, where nothing of the plant is measured in it: “how cloudy is it, NTU?”."""
    found = _UNIT_ELSEWHERE.search(said.text)
    if found is None or reading.measurement not in {"", "rate"}:
        return ""
    own = {point.spec.unit for point in names.plant.points}
    return "" if any(is_unit(found["unit"].lower(), unit) for unit in own) else found["unit"]


def unheard_of(reading: Reading, said: Said, names: Names) -> str:
    """What is asked of an asset, where a word of it is known neither to us nor to the plant."""
    found = next(iter(said.of_kind("line", "unit")), None)
    if found is None:
        return ""
    lead, tail = said.text[: found.start], said.text[found.end :]
    what = _WHAT.search(lead) or _MANY.search(lead)
    if what is not None and reading.measurement and lead[: what.start()].strip():
        what = None  # “in which direction has the pressure …”
    asked = (
        _CONTENT.search(lead)
        or _THING.search(lead)
        or _HOW.search(lead)
        or what
        or _bare(lead, tail)
    )
    if asked is None and _OWN.search(lead):
        asked = _HELD.search(tail)
    if asked is None:
        return ""
    thing = asked.group("thing").strip()
    if _IDLE.match(thing):
        return ""
    unheard = [word for word in strange(thing, names) if not _is_ours(word, names)]
    felt = thing in _QUALITY and not reading.measurement
    return thing if unheard or felt else ""


def _is_ours(word: str, names: Names) -> bool:
    """Whether a word is of the grammar or of a name, or a slip of such a one."""
    return grammar.knows([grammar.spelled(word)]) or names.spelled(word) != word


def _bare(lead: str, tail: str) -> "re.Match[str] | None":
    """“Dust content filler 2”: nothing but a thing and where, and none of it a word of ours."""
    asked = None if tail.strip(" ?.!") else _ONLY.search(lead)
    words = grammar.normal(asked.group("thing")).split() if asked else []
    enough = asked is not None and len(words) > (not asked["of"])
    return asked if enough and not any(grammar.knows([word]) for word in words) else None
