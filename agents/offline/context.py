"""What a question needs beyond its kind: its query or remedy, and what went before it."""

import re
from dataclasses import replace

from agents.offline import calendar, grammar
from agents.offline.assets import about, its_line, of_lines
from agents.offline.followed import like_there, set_point
from agents.offline.handed import of_place
from agents.offline.orders import named_in
from agents.offline.question import NEEDS_ASSET, Reading, Said, blanked, proposable
from agents.offline.spoken import Spoken
from agents.offline.standing import which
from agents.offline.supposing import supposed
from agents.offline.wish import wish_in, wish_of
from tools.length import find_length
from tools.numeral import NUMERAL
from tools.starts import find_moment
from twin_core.plant.classes import Role
from twin_core.plant.names import Names

_ROOT = re.compile(
    r"\broot causes?\b|\b(?:causes?|why|wrong|matter|ails?|suffers?|and|then)\b.*"
    r"\b(?:propose|submit|file|(?:hand|put|get|send) (?:\w+ )?in)\b"
)
_SHARE = re.compile(rf"(?P<number>{NUMERAL})\s{{0,3}}(?:%|per\s?cent)")
_EACH = 4
"""As many alike are told of each, rather than asked back, where nothing is done."""
_TOLD_ONLY = frozenset({"schedule", "picking", "slotting", "replenishing", "rebalancing"})
"""What nothing is connected for that would carry it out."""
_OF_ALL = frozenset({"state", "alarms", "improve", "handover", "work_orders"})
"""What is asked of the whole plant where nothing is named: its own name says no more."""
_OUTPUT = frozenset({"output", "throughput", "production"})
"""What a line is asked for by: its rate."""
_TO_COME = re.compile(r"\b(?:why|how come)\b(?:(?!\band\b).){0,60}?\b(?:will|shall|going to)\b")
"""Asks for the cause of what has not happened yet."""
_RIGHT_WORDS = """
back recipe usual normal nominal right original restore restoring return returning
"""
_RIGHT = frozenset(_RIGHT_WORDS.split())
"""Words for how a thing should be: what puts it right is so already."""
_WHY = re.compile(
    r"\b(?:causes?|diagnos\w+|why|(?:find out|work out|see|check|look into)\b.{0,20}\bwhat\b"
    r"(?!.{0,12}\b(?:done|do)\b)|(?:suffers? from|ails?|is (?:wrong|the matter)) )\b"
)
"""Asks to find out what is wrong, before anything is handed in against it."""
_JOB = re.compile(rf"\b(?:work orders?|jobs?|tickets?)\b.*(?:{_WHY.pattern})")
"""Has somebody find out what is wrong: that is the work that is handed in."""
_SETS = re.compile(r"\b(?:set|put|raise\w*|lower\w*|reduce\w*|increase\w*)\b(?! (?:in|up)\b)")
_SEVERAL = re.compile(
    r"\b(?:several|many|multiple|more than one|two|a few|both)\b.*"
    r"\b(?:at once|at the same time|in one go|together|simultaneously|at a time)\b"
)
"""Rules about several things at once say that they are done one at a time."""
_ACCORDING = re.compile(
    r"\baccording to [^,]{3,60},|\b(?:under|in) (?:which|what) \w+\b", re.IGNORECASE
)
"""Says which paper it is, and asks when: neither is looked for in it."""
_PAPERS = re.compile(
    r"\b(?:manuals?|books?|instructions?|procedures?|documents?|documentation|guides?|sops?|handbooks?"
    r"|steps?(?: to| by step)?|look(?:ed)? up|troubleshooting|(?:says?|said|stated?) about"
    r"|per (?:the )?(?:manual|book|instructions?)|does it say"
    r"|(?:is |it )?written(?: about)?|spec(?:ification)?s?|rules?(?: for)?|leaflets?"
    r"|book(?:lets?)?|datasheets?|lockout|according to the|paperwork|(?:right|correct) way to"
    r"|how often (?:must|should|do (?:i|we)(?: have to)?)|how (?:do|can|should) (?:i|you|we)"
    r"|operating instructions?|safety instructions?|docs|documented|entry|entries|chapters?|oem|o m"
    r"|makers?|manufacturers?|guidance|(?:what|which) (?:it )?tells?|tells? (?:us|you|me)"
    r"|(?:some|any)thing|in (?:the )?case(?: that)?|for the case(?: that)?)\b"
)
"""Words for the papers themselves: what is looked up in them is the rest."""
_LOOK_AT = re.compile(r"\b(?:look(?:s|ed|ing)? (?:at|over|into)|see to|go over|inspect(?:ed)?)\b")
"""What a job calls to check."""
_LEFT_TO_US = re.compile(
    r"\bwhat (?:(?:do|can|could|should|shall|would|might|to|we|you|i|one|be) )+do(?:ne)?\b"
)
"""Asks what is to be done: what stands beside it is what is wrong, and no remedy."""
_FROM = re.compile(r"\bfrom [+-]?\d\S*")


def completed(reading: Reading, said: Said, names: Names, before: Reading | None) -> Reading:
    """The reading with all that its kind needs, as far as it was said now or before."""
    spoken = None
    if before is not None:
        units = [path for path in before.paths if path in names.plant.units]
        spoken = Spoken((*units, *before.spoken), before.measurement)
    reading = _own(reading, said, names, spoken)
    if reading.kind == "handover":
        reading = of_place(reading, said, names)
    if reading.kind in _OF_ALL and reading.paths == (names.plant.site,):
        reading = about(reading, (), names)
    if before is None:
        return supposed(set_point(reading, said, None), said, names, None)
    if reading.kind == "documents" and reading.unset and _of_nothing(said):
        words = [before.measurement, *before.assets[:1]]
        query = " ".join(word for word in words if word) or reading.query
        return replace(reading, query=query, paths=before.paths, assets=before.assets)
    if reading.kind == "propose" and before.kind in _TOLD_ONLY and reading.unset:
        return replace(reading, kind="handing")
    wishes = reading.kind == "propose" and not (reading.changes or reading.unread)
    if wishes and proposable(before) and reading.unset and not reading.remedy:
        wished = replace(before, kind="propose", question=reading.question, refused=False, later="")
        return about(wished, [names.asset(before.changes[0]["asset"])], names)
    if reading.kind == "propose" and before.kind == "window" and reading.unset:
        return replace(before, question=reading.question)
    follows = grammar.FOLLOWS.match(said.plain) is not None or len(said.content) <= 1
    same = reading.kind == before.kind and follows
    inherits = reading.kind in NEEDS_ASSET | {"value", "what_if"}
    refers = grammar.REFERS.search(said.plain) is not None
    whole = grammar.WHOLE.search(said.plain) is not None and not refers
    if reading.unset and not whole and (inherits or refers or same):
        reading = replace(reading, paths=before.paths, assets=before.assets)
    elif same and reading.kind not in {"what_if", "compare"}:
        reading = like_there(reading, said, names, before)
    reading = supposed(reading, said, names, before if same else None, spoken)
    if not same:
        return set_point(reading, said, before)
    reading = set_point(reading, said, before)
    return replace(
        reading,
        measurement=reading.measurement or before.measurement,
        span=reading.span or ("" if reading.at else before.span),
        at=reading.at or ("" if reading.span else before.at),
        horizon=reading.horizon or before.horizon,
        query=reading.query or before.query,
    )


def _own(reading: Reading, said: Said, names: Names, spoken: Spoken | None) -> Reading:
    """What the sentence itself says for its kind, maybe of a machine that was spoken of."""
    if reading.kind == "documents":
        plain = grammar.normal(_ACCORDING.sub(" ", said.text))
        query = " ".join(grammar.content(_without_papers(plain)))
        query += " one at a time" if _SEVERAL.search(plain) else ""
        # A document is about a kind of machine: which of them is meant makes no difference.
        return replace(reading, query=query or said.plain, choices=())
    if reading.kind in {"alarms", "prognosis"} and reading.choices:
        return _all_of(reading, names)
    if reading.kind == "prognosis" and len(reading.paths) > 1:
        lines = set(map(its_line, reading.paths))
        return about(reading, sorted(lines), names) if len(lines) == 1 else reading
    if reading.kind == "made":
        return _counted_there(reading, names)
    if reading.kind == "what_if" and _counts_made(reading, names):
        return replace(reading, measurement="")
    asks = _WHY.search(said.plain) and not _JOB.search(said.plain)
    if reading.kind == "propose" and asks and not _SETS.search(said.plain):
        # A number beside the question for a cause is what is shown, not what is wished.
        return replace(of_lines(replace(reading, kind="cause"), names), root=True)
    if reading.kind == "propose":
        own = wish_in(said, names, reading.paths)
        if spoken is not None and not own.said:
            own = wish_of(said, names, spoken)
            meant = [names.asset(change["asset"]) for change in own.said]
            reading = about(reading, meant, names) if meant else reading
        if own.said or own.unread:
            return replace(
                reading, changes=own.said, unread=own.unread, numeral=own.numeral,
                unit=own.unit, needed=own.needed,
            )  # fmt: skip
        if _LEFT_TO_US.search(said.plain):
            return reading
        # A remedy is found again by what it is about: only whose it is says nothing of it.
        assets = [m for m in said.mentions if m.kind != "measurement"]
        told = _LOOK_AT.sub("check", grammar.normal(blanked(said.text, assets)))
        words = grammar.content(_FROM.sub(" ", told))
        remedy = " ".join(w for w in words if w not in grammar.PROPOSING | _RIGHT)
        return replace(reading, remedy=remedy)
    if reading.kind == "bottleneck":
        share = _SHARE.search(said.bare)
        return replace(reading, faster=share.group("number") if share is not None else "")
    if reading.kind == "proposals":
        return replace(reading, query=which(said.plain))
    if reading.kind == "orders":
        return replace(reading, query=" ".join(order.id for order in named_in(said.text, names)))
    if reading.kind == "planned":
        return replace(reading, query=calendar.sought(said.unnamed))
    if reading.kind == "window":
        return replace(reading, query=find_length(said.rest) or "", span="")
    if reading.kind == "cause" and said.horizon and _TO_COME.search(said.plain):
        return replace(reading, kind="future")
    if reading.kind == "cause":
        at = find_moment(said.rest)
        asked = replace(reading, at=at, span="" if at else reading.span)
        return replace(of_lines(asked, names), root=_ROOT.search(said.plain) is not None)
    return reading


def _all_of(reading: Reading, names: Names) -> Reading:
    """Of “pump alarms” the line on which all of them stand: which of them is meant is no matter."""
    meant = [names.asset(choice) for choice in reading.choices]
    lines = set(map(its_line, meant))
    if len(lines) > 1:
        return about(reading, meant, names) if len(meant) <= _EACH else reading
    return about(reading, sorted(lines), names)


def _counted_there(reading: Reading, names: Names) -> Reading:
    """Of what a line has but one of that counts, the line: what its consumers took, it took."""
    plant, meant = names.plant, []
    for path in reading.paths:
        line = plant.line(path) if path in plant.units else None
        units = () if line is None or line.kind != "production" else line.units
        counting = [unit.id for unit in units if unit.with_role(Role.PRODUCED) is not None]
        meant.append(its_line(path) if counting == [path] else path)
    return about(reading, tuple(dict.fromkeys(meant)), names)


def _counts_made(reading: Reading, names: Names) -> bool:
    """Whether a line is asked about what counters count, which ahead is its rate."""
    lines = {line.id for line in names.plant.lines}
    if not reading.paths or not set(reading.paths) <= lines or not reading.measurement:
        return False
    counters = {p.spec.id for p in names.plant.points if p.spec.role is Role.PRODUCED}
    found = [m for m in names.mentions(reading.measurement) if m.kind == "measurement"]
    return reading.measurement in _OUTPUT or any(set(m.paths) <= counters for m in found)


def _of_nothing(said: Said) -> bool:
    """Whether it names nothing that a document could be about: “what does the manual say?”."""
    left = set(grammar.content(_without_papers(said.plain))) - {"manual", "say", "says", "rules"}
    return not left


def _without_papers(plain: str) -> str:
    return _PAPERS.sub(" ", plain)
