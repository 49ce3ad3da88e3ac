"""Which names in a sentence are said as names, and which words are only like one.

It must never find a name that is not said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agents.offline import grammar
from agents.offline.examples import stemmed
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

_PEOPLE = re.compile(
    r"\s+(?:man|men|guy|guys|lad|lads|lady|girl|woman|fella|fellow|people|folks?|fitters?|engineers?"
    r"|operators?|drivers?|technicians?|mechanics?|suppliers?|crew|team)\b",
    re.IGNORECASE,
)
"""“The compressor man”: who it is, not which machine."""
_PLACE = re.compile(r"\s(?:on|of|at|in)\s(?:the\s)?", re.IGNORECASE)
_FAILS = re.compile(
    r"\s+(?:supply|supplies|cuts?|outage|loss|fails?|failed|failure|trips?|is off|goes|went)\b",
    re.IGNORECASE,
)
"""Says of what a system gives that it is gone."""
_NO_MEASURE = frozenset({"point", "points"})
"""The last word of a measurement’s name, which alone means none: “the pinch point”."""


def names_in(text: str, names: Names) -> tuple[Mention, ...]:
    """The names in a text, in order; none that is a word of everyday: “currently”, “switch off”."""
    found = [
        part
        for mention in names.mentions(text)
        if not (_everyday(mention, names) or _of_people(mention, text))
        for part in _parted(mention, text, names)
    ]
    return tuple(_measured(mention, found, text, names) for mention in found)


def _everyday(mention: Mention, names: Names) -> bool:
    """Whether a name would be what is another word, and no slip of it."""
    if mention.kind == "unit":
        return mention.text.lower() in grammar.ACTING - names.vocabulary
    if mention.kind != "measurement":
        return False
    if mention.text.lower() in _NO_MEASURE:
        return True
    slips = ((word, names.spelled(word)) for word in tokens(mention.text))
    return any(
        not known.startswith(said)
        and grammar.knows([said])
        and (not grammar.content(said) or stemmed(said) != stemmed(known))
        for said, known in slips
    )


def _of_people(mention: Mention, text: str) -> bool:
    """Whether it only says which people are meant: “the compressor man”."""
    vague = mention.kind == "unit" and len(mention.paths) > 1
    return vague and _PEOPLE.match(text, mention.end) is not None


def _parted(mention: Mention, text: str, names: Names) -> Iterator[Mention]:
    """A measurement whose name has that of its machine, and the machine: “pressure on header B”."""
    place = _PLACE.search(mention.text) if mention.kind == "measurement" else None
    if place is None:
        yield mention
        return
    start = mention.start + place.end()
    there = names.mentions(text[start : mention.end])
    alone = len(there) == 1 and there[0].kind == "unit" and not there[0].start
    if not alone or not any(_has(path, mention.text, names) for path in there[0].paths):
        yield mention
        return
    end = mention.start + place.start()
    yield replace(mention, text=text[mention.start : end], end=end)
    yield replace(there[0], start=start, end=start + there[0].end)


def _has(path: str, said: str, names: Names) -> bool:
    """Whether a machine has a measurement that is called so."""
    called = (n for p in names.plant.unit(path).points for n in (p.spec.name, *p.names))
    return tokens(said) in map(tokens, called)


def _measured(mention: Mention, found: Sequence[Mention], text: str, names: Names) -> Mention:
    """The name of a system, as that of what is measured of a machine that is named beside it.

    “Which pump draws more power right now” asks of no power supply.
    """
    if mention.kind not in {"line", "unit"} or _FAILS.match(text, mention.end):
        return mention
    points = frozenset(names.measured_as(mention.text))
    units = [path for m in found if m.kind == "unit" and m is not mention for path in m.paths]
    has = any(p.spec.id in points for path in units for p in names.plant.unit(path).points)
    return replace(mention, kind="measurement", paths=tuple(sorted(points))) if has else mention
