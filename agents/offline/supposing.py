"""A what-if or comparison with the changes it supposes, or with what of them is not understood.

It must never let a change that was asked for pass as none: then things as they are would be told.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agents.offline import grammar
from agents.offline.account import left_over
from agents.offline.assets import about
from agents.offline.changes import ALTERNATIVES, changes_in, options_in
from agents.offline.clauses import marked
from agents.offline.openings import with_openings
from agents.offline.outcome import outcome, own_value
from agents.offline.question import Reading, Said, blanked
from agents.offline.shared_unit import with_units
from agents.offline.spoken import Spoken
from agents.offline.stops import STOPS
from agents.offline.telling import told as told_in
from tools.clock import CLOCK
from tools.length import find_length, length_of
from tools.starts import HEALTHY, find_start, speaks_of_start
from twin_core.plant.names import Names

_MAY_CHANGE = re.compile(
    rf"\d|\bsimulat|{STOPS.pattern}|\b(?:half|double|doubling|twice|skip\w*|no)\b", re.IGNORECASE
)
_STANDS_AT = re.compile(
    r"\b(?:where|how (?:high|far|much|deep|full)|at what)\b[^,;]{0,60}?\bstands?\b"
    r"|\bstands?\s+(?:against|beside|next to|compared)\b",
    re.IGNORECASE,
)
"""Asks for a value, or sets one against another: nothing is to stand still."""
_AGAINST = re.compile(r"\b(?:vs|versus|against|compared (?:to|with))\b")
"""Sets what is supposed against another: the better of them is wanted."""
_TIMES = re.compile(rf"{length_of()}|{CLOCK}", re.IGNORECASE)
_RATE = re.compile(r"\d\s+[a-z]+\s+(?:per|an?)\s+(?:second|minute|hour)\b", re.IGNORECASE)
_TIMED = frozenset({"stop", "minor_stops", "repair_time", "planned_stop", "product", "move_stop"})
"""Kinds of change that are said with a length of time, or may be."""


def supposed(
    reading: Reading,
    said: Said,
    names: Names,
    before: Reading | None,
    spoken: Spoken | None = None,
) -> Reading:
    """The reading with its changes.

    Args:
        reading: so far.
        said: the question.
        names: of the plant.
        before: the like question that it may only move.
        spoken: what was spoken of before.
    """
    if reading.kind not in {"what_if", "compare"} or _as_they_are(reading, said, names):
        return reading
    it = spoken.units[0] if spoken is not None and spoken.units else ""
    told = outcome(said.text, names, it) if reading.kind == "what_if" else None
    if told is not None:
        said = Said(told.rest, names)
        asked = told.asset, told.measurement
        reading = replace(reading, asked=asked, horizon=told.horizon or reading.horizon)
        reading = about(reading, names.meant(said.of_kind("unit", "line")), names)
    start, text = find_start(said.text)
    # of a single machine it would be a repair, which nobody spoke of
    alone = any(HEALTHY.match(said.text[m.end :].lstrip()) for m in said.of_kind("unit"))
    if start and not (start == "healthy" and alone):
        reading, said = replace(reading, start=start), Said(text, names)
    if speaks_of_start(said.text):
        return replace(reading, unread=said.text.strip(" ?!.\n"))
    if before is not None and before.choices and reading.paths:
        # An answer to our own question: what was asked then is now about what was picked.
        said, before = Said(before.question, names), None
    lines = [p for m in said.of_kind("line") for p in m.paths]
    if lines and reading.unset:
        # A utility stands on no line; the line named is the one whose rate is asked.
        reading = about(reading, lines, names)
    acts = (grammar.ACTS.match(said.plain) or grammar.CHANGES.match(said.plain)) is not None
    reading = replace(reading, refused=acts and reading.kind != "compare")
    plain = grammar.normal(grammar.UNCHANGED.sub(" ", said.text))
    demands = acts or grammar.SUPPOSES.search(plain) is not None
    compared = reading.kind == "compare"
    bare = _STANDS_AT.sub(" ", blanked(said.rest, names.mentions(said.rest)))
    as_it_is = grammar.AS_IT_IS.search(plain) is not None
    if not (demands or compared or as_it_is or _MAY_CHANGE.search(bare)):
        return _ahead(_moved(reading, before, names), said)
    tells = told_in(with_openings(said.rest), names)
    rest = with_units(tells.text, names)
    near = reading.paths or tuple(lines)
    options = options_in(rest, names, near, compared=compared)
    together = changes_in(rest, names, near)
    if spoken is not None and not together.said:
        of_spoken = spoken.change(rest, names)
        options = together = of_spoken if of_spoken.said else together
    several = len(options.said) > 1
    alternatives = ALTERNATIVES.search(said.rest) is not None
    several = several and (alternatives or compared)
    found = options if several or (options.unread and alternatives) else together
    if found.unread:
        return replace(
            reading,
            unread=found.unread,
            words=found.words,
            numeral=found.numeral,
            unit=found.unit,
            needed=found.needed,
        )
    if found.passed and demands and reading.kind == "what_if":
        return replace(reading, unread=found.passed)
    if found.said:
        # Names that could mean several things are settled by the line that the text names.
        settled = about(reading, lines, names) if reading.choices else reading
        settled = replace(
            settled, changes=() if several else found.said, options=found.said if several else (),
            kind="compare" if several and _AGAINST.search(said.plain) else settled.kind,
        )  # fmt: skip
        if len(settled.changes) == 1 and not (
            settled.asked[1] or lines or settled.measurement == "rate"
        ):
            settled = replace(settled, asked=own_value(settled.changes[0], names))
        return _ahead(settled, said, tells.ahead)
    moved = _moved(reading, before, names)
    open_ = moved.changes or moved.options or moved.unread or reading.choices or reading.unknown
    words = _beside(said.rest, names) if as_it_is else ()
    if open_ or not (words or (demands and not compared and not as_it_is)):
        return _ahead(moved, said)
    return replace(reading, unread=said.text.strip(" ?!.\n"), words=words)


def _as_they_are(reading: Reading, said: Said, names: Names) -> bool:
    """Whether assets are compared, and nothing is said of them but what is asked, and when."""
    if reading.kind != "compare" or len(reading.paths) < 2:
        return False
    bare = blanked(
        said.rest, said.mentions if said.rest == said.text else names.mentions(said.rest)
    )
    bare = _STANDS_AT.sub(" ", bare.replace(reading.span, " ") if reading.span else bare)
    bare = _TIMES.sub(" ", bare)
    past = reading.span and _TIMES.fullmatch(reading.span) is None
    return (re.search(r"\d", bare) if past else _MAY_CHANGE.search(bare)) is None


def _beside(text: str, names: Names) -> tuple[str, ...]:
    """The words of a text that things as they are do not account for."""
    return left_over(marked(text, names.mentions(text)), (), "", names)


def _ahead(reading: Reading, said: Said, asked: str = "") -> Reading:
    """The reading with a length of time that is no change's as how far to look ahead."""
    if asked and not reading.horizon:
        return replace(reading, horizon=asked)
    taken = any(change["kind"] in _TIMED for change in (*reading.changes, *reading.options))
    length = None if reading.horizon or taken else find_length(_RATE.sub(" ", said.rest))
    return reading if length is None else replace(reading, horizon=length)


def _moved(reading: Reading, before: Reading | None, names: Names) -> Reading:
    """The reading with the changes of the question before, now of what this one names."""
    if before is None:
        return reading
    changes = _elsewhere(before.changes, reading, names)
    options = _elsewhere(before.options, reading, names)
    if changes is None or options is None:
        return replace(reading, unread=reading.question)
    return replace(reading, changes=changes, options=options)


def _elsewhere(
    changes: Sequence[dict[str, Any]], reading: Reading, names: Names
) -> tuple[dict[str, Any], ...] | None:
    """Changes, each of the machine named or of its like on the line named; None if there is none.

    What stands on no production line stays: only the line that is asked about moves.
    """
    moved = []
    for change in changes:
        unit = names.asset(change["asset"])
        if names.plant.line(unit).kind == "production":
            step = unit.rsplit("/", 1)[-1]
            here = [p for path in reading.paths for p in (path, f"{path}/{step}")]
            there = next((p for p in here if p in names.plant.units), None)
            if there is None:
                return None
            unit = there
        moved.append({**change, "asset": names.full_name(unit)})
    return tuple(moved)
