"""Which kind of question was asked, by the weight of its words and what went before.

It must never turn an order into an action: who asks us to act is told that people do.
"""

import re

from agents.offline import calendar, grammar, instrument
from agents.offline.outcome import outcome, without_asking
from agents.offline.quantities import counts, outweighs
from agents.offline.question import NEEDS_ASSET, OF_VALUES, Reading, Said
from agents.offline.wish import bare_set
from twin_core.plant.classes import Role
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

_RATES = re.compile(
    r"\b(?:rate|throughput|output|production|make|makes|making|producing|produced?|fast"
    r"|how quick\w*|bpm|bph|pace)\b"
    r"|\b(?:runs?|running|going|goes) at\W*$|\w\s?/\s?(?:min|minute|m|h|hr|hour)\b"
    r"|\b(?:per|an?) (?:minute|hour)\b(?! (?:ago|and a half))"
)
_TIMELY = re.compile(
    r"\s+(?!(?:of|on|in|at|for|over|since|during|now|right|draw\w*|is|was|has|please|pls|last|today)\b)"
    r"[a-z]"
)
"""A word behind “current” or “present” that it belongs to: it is of now, not in amperes."""
_STATES = frozenset(
    {Role.STATE, Role.MODE, Role.STARVED, Role.BLOCKED, Role.STOP_REASON, Role.PRODUCT}
)
_ENOUGH = 3.0
_SURE = 8.0
_FAR = NEEDS_ASSET | {"what_if", "value", "state", "greeting", "schedule"}
"""Kinds that words of everyday life speak for too."""
_UP_TO_NOW = re.compile(r"today|shift|ago", re.IGNORECASE)
_AT_ONCE = re.compile(r"\b(?<!from )now\b|\b(?:immediately|at once|(?:right|straight) away)\b")
"""Makes an order of what could be a supposition."""


def measurement_of(said: Said, names: Names) -> str:
    """What is to be measured: the last of neighbouring words ("current torque"), else the longest.

    Words for what a machine does ("state", "blocked") ask for its state, not for a value.
    """
    states = {p.spec.id for p in names.plant.points if p.spec.role in _STATES}
    found = [
        m
        for m in said.of_kind("measurement")
        if not set(m.paths) <= states and not _of_now(m, said)
    ]
    heads = [m for i, m in enumerate(found) if not _qualifies(m, found[i + 1 : i + 2])]
    if heads:
        return max((m.text for m in heads), key=len)
    return "rate" if _RATES.search(said.text.lower()) else ""


def _of_now(mention: Mention, said: Said) -> bool:
    """Whether “current” only says when: “current status”, “current bottles/min”."""
    if mention.text.lower() != "current":
        return False
    behind = _TIMELY.match(said.text.lower(), mention.end)
    return behind is not None and not any(
        m.start < behind.end() <= m.end and m.kind != "measurement" for m in said.mentions
    )


def kind_of(reading: Reading, said: Said, names: Names, before: Reading | None) -> str:
    """The question type."""
    if calendar.asked(said.plain) and not reading.measurement:
        return "planned"
    scores = _scores(reading, said)
    if grammar.ORDERED.match(said.plain) and said.of_kind("unit") and _task(said):
        return "propose"
    act = grammar.ACTS.match(said.plain)
    if act is not None and act.group("verb") in grammar.DECISIONS:
        return "decide"
    if act is not None and scores["propose"] < _ENOUGH and (said.mentions or before is not None):
        ordered = _AT_ONCE.search(said.plain) and "?" not in said.text
        return "what_if" if re.search(r"\d", said.bare) and not ordered else "decide"
    if grammar.CHANGES.match(said.plain) and scores["propose"] < _ENOUGH and said.of_kind("unit"):
        return "decide" if _AT_ONCE.search(said.plain) and "?" not in said.text else "what_if"
    if reading.measurement and outcome(said.text, names) is not None:
        return "what_if"
    told = without_asking(said.text, names)
    if told != said.text and bare_set(told, names, ()) is not None:
        return "what_if"
    if reading.span and (counts(said, names) or outweighs(reading, said, names)):
        return "made"
    if reading.paths and grammar.HALTED.search(said.plain) and not reading.measurement:
        return "indicators"
    best = max(grammar.ORDER, key=lambda kind: scores[kind])
    if before is not None:
        again = _again(reading, said, before, scores[best])
        if again:
            return again
    if scores[best] < _ENOUGH:
        named = bool(reading.paths or reading.choices or reading.unknown)
        said_it = len(said.content) <= 2 or scores[best] > 0 or reading.measurement
        spoken = before is not None and bool(before.paths and reading.measurement)
        best = "state" if (named and said_it) or spoken else "unclear"
        if best == "state" and not reading.measurement and _unheard(reading, said):
            return "unclear"
    if best == "state" and reading.measurement:
        return "value"
    if best == "state" and not (reading.paths or reading.choices or reading.unknown):
        # “How is …” of what is neither ours nor the whole plant.
        ours = grammar.WHOLE.search(said.plain) or grammar.REFERS.search(said.plain)
        return "state" if ours or grammar.knows(said.content) else "unclear"
    if best == "state" and reading.span and not _UP_TO_NOW.search(reading.span):
        return "trend"
    alone = before is None or before.kind == "unclear"
    far = best in _FAR and scores[best] < _SURE and alone
    if far and _strange(reading, said):
        return "unclear"
    rate_alone = reading.measurement == "rate" and not grammar.STRICT.search(said.plain)
    return "value" if best == "indicators" and rate_alone else best


def _task(said: Said) -> bool:
    """Whether more is said than that it is a work order of something: what is to be done."""
    return bool(set(said.content) - {"work", "order"}) and "?" not in said.text


def _unheard(reading: Reading, said: Said) -> list[str]:
    """The words of their own that neither the grammar knows nor a time is said with."""
    timed = set(grammar.normal(f"{reading.span} {reading.against} {said.horizon}").split())
    words = [w for w in said.content if w not in timed and w.isalpha()]
    return grammar.unheard(words)


def _strange(reading: Reading, said: Said) -> bool:
    """Whether nothing of ours is named, and most of what is said is not of our trade."""
    if said.mentions or grammar.WHOLE.search(said.plain):
        return False
    return 2 * len(_unheard(reading, said)) >= max(len(said.content), 1)


def _scores(reading: Reading, said: Said) -> dict[str, float]:
    scores = grammar.weights(said.plain)
    if reading.horizon:
        scores["what_if"] += 3
    if grammar.SUPPOSES.search(said.plain):
        scores["what_if"] += 5
    if len(reading.paths) > 1 and grammar.THAN.search(said.plain):
        scores["compare"] += 8
    if reading.measurement and reading.paths and instrument.doubted(said.plain):
        scores["cause"] += 8
    if grammar.TROUBLE.search(said.plain) and reading.machines and not reading.span:
        scores["cause"] += 8
    if instrument.refers_back(said.plain):
        scores["cause"] += 5
    if reading.proposal:
        scores["proposals"] += 6
    if reading.incident:
        scores["cause" if grammar.OF_CAUSE.search(said.plain) else "alarms"] += 8
    if reading.against and not reading.measurement:
        scores["indicators"] += 6
    if reading.measurement and reading.measurement != "rate":
        scores["state"] += 2
        scores["indicators"] -= 2
    if reading.span and reading.measurement:
        scores["trend"] += 5
    if any(score >= _ENOUGH for kind, score in scores.items() if kind != "greeting"):
        scores["greeting"] = 0
    return scores


def _again(reading: Reading, said: Said, before: Reading, best: float) -> str:
    """The type of the question before, where this one only moves it to something else."""
    if before.choices and reading.paths and len(said.content) <= 2:
        return before.kind
    if before.kind == "unclear" or best >= _ENOUGH:
        return ""
    # Handing in for another asset must be asked for in so many words.
    again = "cause" if before.kind == "propose" else before.kind
    if grammar.FOLLOWS.match(said.plain):
        return again if before.kind in OF_VALUES or not reading.measurement else ""
    anew = bool(reading.paths) and before.kind not in NEEDS_ASSET | OF_VALUES
    short = len(said.content) <= 1 and not reading.measurement
    return again if short and not anew else ""


def _qualifies(mention: Mention, after: list[Mention]) -> bool:
    """Whether a name only qualifies the one right behind it."""
    return bool(after) and after[0].start - mention.end <= 1
