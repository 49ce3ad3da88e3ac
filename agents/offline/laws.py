"""What a clause says of stops, repairs and rejects, of room between machines, plans, products.

Words of the trade and of English; numbers only as they were said. An empty change is one whose
words are known and whose number is not: it must never pass as another one, or as none.
"""

import re
from typing import Any

from agents.offline.clauses import Clause
from agents.offline.stops import STOPS
from agents.offline.unit import is_unit, unit_behind
from agents.offline.ways import way_of, way_to
from tools.clock import CLOCK
from tools.length import find_length, seconds_in
from tools.numeral import NUMERAL, value_of
from twin_core.plant.assets import Plant
from twin_core.plant.names import Names
from twin_core.plant.words import tokens

Said = dict[str, Any]
"""A change with the arguments of the what-if tool's schema, or empty: not understood."""

_WORDS = {
    "no": 0.0, "a": 1.0, "an": 1.0, "one": 1.0, "single": 1.0, "two": 2.0, "three": 3.0,
    "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0,
}  # fmt: skip
COUNT = rf"(?:{NUMERAL}|\b(?:{'|'.join(_WORDS)})\b)"
"""Pattern of what `count_of` reads: a number, or a small one in words."""
_SHARE = r"\s{0,3}(?:%|per\s?cent)"
_AMONG = "long|often|frequent|frequently|much|many|fast|quick|quickly|big|large|rarely|seldom"
_TIMES = re.compile(
    rf"\b(?P<word>half|twice|double)\s+as\s+(?P<as>{_AMONG})\b"
    rf"|(?P<count>{COUNT})\s+times\s+as\s+(?P<as2>{_AMONG})\b"
    rf"|(?P<share>{NUMERAL}){_SHARE}\s+as\s+(?P<as3>{_AMONG})\b"
)
_BY_SHARE = re.compile(rf"(?P<share>{NUMERAL}){_SHARE}")
_FASTER = re.compile(r"\b(?:faster|quicker|sooner|slower)\b")
_WHOLE = re.compile(r"\b(?:(?P<two>double[sd]?|doubling)|(?P<half>halve[sd]?|halving|half))\b")
_SMALLER = re.compile(
    r"\b(?:shorter|less|fewer|smaller|lower|down|reduc\w+|cut|drops?|shrinks?|remov\w+|away|minus"
    r"|shorten\w*|decreas\w+|tak(?:e|es|ing) (?:out|off|away))\b"
)
_QUICK = frozenset({"fast", "quick", "quickly"})
_RARE = frozenset({"rarely", "seldom"})

_REPAIR = re.compile(
    r"\b(?:repair\w*|mend\w*|fix(?:es|ed|ing)?|mttr)\b"
    r"|\b(?:stops?|failures?|breakdowns?|jams?|downtimes?|stoppages?)\b(?=.*\b(?:lasts?|takes?"
    r"|long|longer|shorter)\b)"
)
_LIFE = re.compile(
    r"\b(?:often|frequent|frequently|rarely|seldom|mtbf|reliab\w+)\b"
    r"|\bbetween\s+(?:its\s+|the\s+|two\s+)?(?:stops|failures|breakdowns|stoppages|jams)\b"
)
_BETWEEN = re.compile(r"\bbetween\b|\bmtbf\b|\breliab")
_STOPS_PER_HOUR = re.compile(
    rf"(?P<count>{COUNT})\s+(?P<way>more|extra|additional|further|fewer|less)\s+"
    r"(?:(?:minor|short|micro|small)[\s-]*)?stop(?:s|pages?)?\s*(?:per|an?|each|every|/)\s*h(?:our)?\b"
)
_REJECTS = re.compile(
    r"\b(?:reject(?:s|ing|ed)?|scraps?|scrapped|waste|defects?|(?:throw(?:s|n|ing)?|threw|kick(?:s|ed)?)"
    r"\s+(?:out|away))\b"
)
_POINTS = re.compile(
    rf"(?P<share>{NUMERAL})\s{{0,3}}(?:(?:%|per\s?cent(?:age)?)[\s-]{{0,3}})?points?\b"
    rf"|(?P<output>{NUMERAL}){_SHARE}\s{{1,3}}(?:more|less|fewer)\s+of\b"
)
_OF_OUTPUT = re.compile(rf"(?P<to>\b(?:to|at)\s{{1,3}})?(?P<share>{NUMERAL}){_SHARE}")
_OF_NOW = re.compile(r"\b(?:now|present|presently|today|current|currently|before)\b")
_REWORK = re.compile(
    r"\b(?:rework\w*|re-?feed\w*|re-?fed)\b"
    r"|\b(?:put|fed|go(?:es)?|sent|comes?)\s+(?:right|back|again)\b(?!\s+(?:to|at)\s\D{0,30}\d)"
)
_REWORKED = re.compile(r"\brework")
_AT = re.compile(r"\b(?:rework\w*|fed|back|again|right)\s+(?:at|on|in|into|to|by)\b")
_PART = re.compile(rf"(?P<share>{NUMERAL})\s*(?:%|per\s?cent|percent)")
_ALL, _HALF = re.compile(r"\b(?:all|everything)\b"), re.compile(r"\bhalf\b")
_ROOM = re.compile(r"\b(?:buffers?|buffering|accumulation|room|space)\b")
_NO_ROOM = re.compile(r"\b(?:no|without(?:\s+(?:a|any|the))?)\s+(?:buffer|accumulation)\b")
_HOLDS = re.compile(
    rf"\b(?:holds?|holding|to|of|is|at|for|with|has|takes?)\s+(?P<number>{NUMERAL})"
)
_BY = re.compile(rf"\bby\s+(?P<number>{NUMERAL})")
_MORE_ROOM = re.compile(rf"(?P<number>{NUMERAL})")
_ADDS = re.compile(
    r"\b(?:add(?:s|ed|ing)?|more|extra|additional|bigger|larger|enlarg\w+|grows?|extend\w*"
    r"|increas\w+|longer|rais\w+)\b"
)
_BEHIND = re.compile(r"\b(?:after|behind|downstream\s+of)\b")
_PLANNED = re.compile(
    r"\b(?:planned\s+(?:stop|break|maintenance|cleaning)|breaks?(?!\s*down)|pauses?|cleaning|change-?overs?"
    r"|stands?\s+(?:still|as\s+planned))\b"
)
_MOVED = re.compile(
    r"\b(?P<out>leav\w+\s+out|left\s+out|skip\w*|cancel\w*|drop(?:s|ped)?|no|without)\b"
    r"|\b(?:mov\w+|shift(?:s|ed|ing)?|postpon\w+|delay\w*|put\w*|push\w*|pull\w*|bring\w*"
    r"|brought)\b"
)
_COMES = re.compile(r"\b(?:later|earlier|sooner|begins?|starts?|comes?)\b")
_STOP_KIND = re.compile(
    r"\b(?P<kind>break(?!\s*down)|changeover|cleaning|maintenance|planned\s+stop)s?\b"
)
_MAKES = re.compile(
    r"\b(?:mak(?:es?|ing)|made|chang\w+|switch\w*|runs?|ran|running|put(?:s|ting)?|products?|over)\b"
)
_NAMING = 4
"""Letters of a word that names a product."""
_REFERS = re.compile(r"\b(?:it|its|that|this|them|which|of)\b")
_SOONER = re.compile(r"\b(?:earlier|sooner|forward|before)\b")
_MAINTAINED = re.compile(r"\b(?:repair\w*|mend\w*|fix(?:es|ed|ing)?|maintenance|servic\w+)\b")
_AT_CLOCK = re.compile(
    rf"\b(?:(?:to|till|until)\s+)?(?:at|from|to|after|starting\s+at|beginning\s+at)\s+"
    rf"(?P<clock>{CLOCK})(?!\w)(?:\s+on(?!\s+\w))?"
)
_AFTER = re.compile(
    r"\b(?:in|after|(?:starting|beginning|to\s+(?:begin|start))(?:\s+in)?)\s+(?:about\s+)?"
    r"(?P<length>(?:[\d.,]+|an?|half(?:\s+an?)?|\w+)\s*(?:s|secs?|seconds?|min|mins|minutes?|h|hrs?"
    r"|hours?)\b)(?!\s+(?:time\s+)?between)"
)


def unit_law(low: str) -> Said | None:
    """How a machine stops and is mended, as one clause says it; None if it says nothing of that."""
    if _MAINTAINED.search(low) and _AT_CLOCK.search(low):
        text, at = without_after(low)
        return {"kind": "stop", "duration": find_length(text) or "", **at}
    if _REJECTS.search(low):
        return _rejects(low)
    stops = _STOPS_PER_HOUR.search(low)
    if stops is not None:
        count = count_of(stops.group("count"))
        fewer = stops.group("way") in {"fewer", "less"}
        each = find_length(low[: stops.start()] + " " + low[stops.end() :]) or ""
        said = {"kind": "minor_stops", "value": -count if fewer else count} if count else {}
        return {**said, "duration": each} if said and each else said
    if _LIFE.search(low):
        factor = _factor(low)
        if not factor:
            return {}
        return {"kind": "life", "value": _percent(factor if _BETWEEN.search(low) else 1 / factor)}
    if _REPAIR.search(low):
        factor = _factor(low)
        if factor:
            return {"kind": "repair", "value": _percent(factor)}
        length = find_length(low)
        known = length is not None and seconds_in(length) is not None
        return {"kind": "repair_time", "duration": length} if known else {}
    return None


def room_law(clause: Clause, names: Names) -> Said | None:
    """Room between two machines, or behind one; None if the clause says nothing of that."""
    low = clause.low
    if not _ROOM.search(low) or not 1 <= len(clause.units) <= 2:
        return None
    if len(clause.units) == 1 and not _BEHIND.search(low):
        return None
    if clause.listed:
        return {}
    source, *target = clause.units
    where = {"asset": names.full_name(source)}
    where |= {"to": names.full_name(target[0])} if target else {}
    found = _room(low, source, names.plant)
    return {**where, **found} if found else {}


def rework_law(clause: Clause, names: Names) -> Said | None:
    """What is fed to a machine again; None if the clause says nothing of that."""
    if not _REWORK.search(clause.low) or not 1 <= len(clause.units) <= 2:
        return None
    if clause.listed or not (_REJECTS.search(clause.low) or _REWORKED.search(clause.low)):
        return {}  # of what it makes, and not of what it rejects, nothing is known
    shares = [value_of(one.group("share")) for one in _PART.finditer(clause.low)]
    whole = [100.0] if _ALL.search(clause.low) else [50.0] if _HALF.search(clause.low) else []
    if len(shares or whole) != 1:
        return {}
    asset, *target = clause.units
    if not target and (clause.lines or _AT.search(clause.low)):
        return {}  # where it goes is said, and not whose it is
    where = {"asset": names.full_name(asset)}
    where |= {"to": names.full_name(target[0])} if target else {}
    return {**where, "kind": "rework", "value": (shares or whole)[0]}


def line_law(clause: Clause, line: str, names: Names) -> Said | None:
    """Planned stops and products of a line; None if the clause says none of them."""
    low = clause.low
    where = {"asset": names.full_name(clause.units[0] if len(clause.units) == 1 else line)}
    kinds = list(dict.fromkeys(found.group("kind") for found in _STOP_KIND.finditer(low)))
    if kinds and (_MOVED.search(low) or (_COMES.search(low) and not clause.units)):
        return _moved(low, kinds[0], where) if len(kinds) == 1 else {}
    if clause.units:
        return None
    text, after = without_after(low)
    product = _product(clause.text, names.plant) if _MAKES.search(low) else ""
    if product:
        return {**where, "kind": "product", "product": product, **after}
    stands = STOPS.search(low) and clause.lines and not _REFERS.search(low)
    if _PLANNED.search(low) or (stands and names.plant.line(line).kind == "production"):
        length = find_length(text)
        known = length is not None and seconds_in(length) is not None
        return {**where, "kind": "planned_stop", "duration": length, **after} if known else {}
    return None


def _moved(low: str, kind: str, where: Said) -> Said:
    """A stop that is planned already, at another time or never; empty if no time is said."""
    said = {**where, "kind": "move_stop", "product": "" if " " in kind else kind}
    clock = _AT_CLOCK.search(low)
    if clock is not None:
        return {**said, "after": clock.group("clock")}
    length = find_length(low)
    seconds = None if length is None else seconds_in(length)
    if seconds is not None:
        minutes = seconds / 60
        return {**said, "value": -minutes if _SOONER.search(low) else minutes}
    moved = _MOVED.search(low)
    out = moved is not None and moved.group("out") and length is None
    return said if out and not re.search(r"\d", low) else {}


def _rejects(low: str) -> Said | None:
    """What is rejected: so much of the output, so many points more, or so much of what is now.

    “50 % more” is of what is rejected now, as people say of anything; of the output it is points,
    or said to be of it.
    """
    points = _POINTS.search(low)
    way = way_of(low)
    if points is not None:
        value = value_of(points.group("share") or points.group("output"))
        return (
            {"kind": "more_rejects", "value": way * value}
            if way and value is not None and value >= 0
            else {}
        )
    shares = list(_OF_OUTPUT.finditer(low))
    if len(shares) > 1 or way is None:
        return {}
    if shares:
        (share,) = shares
        meant = way_to(low, share.start("share"), share.end("share"))
        value = value_of(share.group("share"))
        if meant is None or value is None:
            return {}
        if not (meant or _OF_NOW.search(low) or _TIMES.search(low)):
            return {"kind": "rejects", "value": value}
    factor = _factor(low)
    if factor is not None:
        return {"kind": "rejects_share", "value": _percent(factor)}
    return {} if shares else None


def without_after(low: str) -> tuple[str, Said]:
    """A clause without when its change begins, and that as the tool takes it."""
    clock = _AT_CLOCK.search(low)
    if clock is not None:
        rest = low[: clock.start()] + " " + low[clock.end() :]
        return rest, {"after": clock.group("clock")}
    found = _AFTER.search(low)
    if found is None or seconds_in(found.group("length")) is None:
        return low, {}
    return low[: found.start()] + " " + low[found.end() :], {"after": found.group("length")}


def _room(low: str, source: str, plant: Plant) -> Said:
    """How much room there is then, or how much more of it."""
    if _NO_ROOM.search(low):
        return {"kind": "buffer", "value": 0.0}
    factor = _factor(low)
    if factor:
        return {"kind": "buffer_share", "value": _percent(factor)}
    less, more = _SMALLER.search(low) is not None, _ADDS.search(low) is not None
    number = (_BY if less or more else _HOLDS).search(low) or _MORE_ROOM.search(low)
    value = value_of(number.group("number")) if number is not None else None
    if number is None or value is None or not _counts(low[number.end() :], source, plant):
        return {}
    if less or more:
        return {"kind": "more_buffer", "value": -value if less else value}
    return {"kind": "buffer", "value": value}


def _counts(behind: str, source: str, plant: Plant) -> bool:
    """Whether what stands behind a number is what the machine puts out, or nothing."""
    flow = plant.unit(source).flow
    own = {"buffer", "buffers", "room", "space", "accumulation", "more", "extra", "additional"}
    written = unit_behind(behind, own | {"less", "fewer", "of", "for", "bigger", "larger"})
    return not written or (flow is not None and is_unit(written, flow.unit_out))


def _factor(low: str) -> float | None:
    """How many times what it is now, longer and more often being above 1; None if none is said."""
    times = _TIMES.search(low)
    if times is not None:
        word, of = times["word"], times["as"] or times["as2"] or times["as3"]
        if word:
            factor: float | None = 0.5 if word == "half" else 2.0
        elif times.group("share"):
            share = value_of(times.group("share"))
            factor = share and share / 100
        else:
            factor = count_of(times.group("count"))
        return factor and (1 / factor if of in _QUICK | _RARE else factor)
    shares = list(_BY_SHARE.finditer(low))
    if len(shares) == 1:
        way = way_to(low, shares[0].start("share"), shares[0].end("share"))
        share = value_of(shares[0].group("share"))
        if share is None or way is None:
            return None
        faster = _FASTER.search(low)
        if faster is not None:
            return 1 + share / 100 if faster.group() == "slower" else 1 / (1 + share / 100)
        if not way:
            return 1 + share / 100 if _ADDS.search(low) else share / 100
        return 1 + way * share / 100 if way * share > -100 else None
    whole = _WHOLE.search(low)
    return None if whole is None else 2.0 if whole.group("two") else 0.5


def _product(text: str, plant: Plant) -> str:
    """The one product a text names, whole or by some of its words; empty if it names none."""
    words = tokens(text)
    runs = {
        p.id: max(_run(tokens(p.name), words), _run(tokens(p.id), words)) for p in plant.products
    }
    best = max(runs.values(), default=0)
    found = [product for product, run in runs.items() if run == best]
    return found[0] if best and len(found) == 1 else ""


def _run(name: tuple[str, ...], words: tuple[str, ...]) -> int:
    """How many words of a name stand together in a text, a word of letters among them."""
    return max(
        (
            size
            for size in range(1, len(name) + 1)
            for of in range(len(name) - size + 1)
            for at in range(len(words) - size + 1)
            if words[at : at + size] == name[of : of + size]
            and any(word.isalpha() and len(word) >= _NAMING for word in name[of : of + size])
        ),
        default=0,
    )


def count_of(said: str) -> float | None:
    """The number that is said in figures or words; None where it could be two."""
    return _WORDS.get(said.strip()) if said.strip() in _WORDS else value_of(said)


def _percent(factor: float) -> float:
    return round(100 * factor, 6)
