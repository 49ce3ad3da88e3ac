"""What one piece of evidence says, in comparable form, and what it is about.

An asset is spoken of by evidence whose subject is that asset or lies below it, by that of its line,
and by what names it in words or data. It must never round: rounding rules stand in `same`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.claims import Claim, Number, claims, instants_in, numbers_in, spelled, words_in
from agents.harmless import roots
from agents.lexicon import Lexicon
from agents.statuses import seen_statuses
from agents.visible import visible
from tools.wording import local
from twin_core.evidence import Evidence

PEOPLE = frozenset({"passage", "record", "testimony"})
"""Kinds whose words are a person's: they show that it was said, not that it is so."""
_OURS = frozenset({"forecast", "proposal", "plan", "cause", "symptom", "state", "indicator"})
"""Kinds whose data hold no words of a stranger."""
_MOST_NAMED = 12
"""Data that name more assets name them all, and are about none of them in particular."""
_ABOUT = 0.05
_RECENT = (0, 4 * 10**15)


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement as it was worded: its sentences in order, in plain words.

    Attributes:
        id: of the evidence, or `told N`.
        kind: of the evidence; `told` for the words of a tool that found nothing.
        mark: what a sentence that uses it must say of its quality; empty for what is good.
    """

    id: str
    kind: str
    sentences: tuple[str, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen.

    Attributes:
        id, kind, mark: as of `Stated`.
        subject: path it is about; empty if that is none of the plant.
        named: paths it names besides; `under`: all these and what they lie below.
        points: last steps of the points it is about.
        statuses: of what it speaks, by their one name each.
        worded: its numbers that stand in words.
        none: what it says there is none of.
        roots: of the words it says itself: quotations are somebody else's.
        origin: who says it, where it is a person.
    """

    id: str
    kind: str
    subject: str = ""
    named: frozenset[str] = frozenset()
    under: frozenset[str] = frozenset()
    points: frozenset[str] = frozenset()
    numbers: tuple[Number, ...] = ()
    worded: tuple[Number, ...] = ()
    clocks: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    text: str = ""
    words: frozenset[str] = frozenset()
    mark: str = ""
    none: frozenset[str] = frozenset()
    roots: frozenset[str] = frozenset()
    origin: str = ""

    def about(self, paths: frozenset[str]) -> bool:
        """Whether it speaks of one of these assets, or of no asset at all."""
        if not self.under:
            return self.kind != "passage"
        if not self.under.isdisjoint(paths):
            return True
        own = self.subject
        return own.count("/") >= 2 and any(path.startswith(f"{own}/") for path in paths)


def _above(paths: Iterable[str]) -> frozenset[str]:
    """Paths and all that they lie below."""
    steps = (path.split("/") for path in paths if path)
    return frozenset("/".join(s[:n]) for s in steps for n in range(1, len(s) + 1))


def stated(evidence: Evidence, lexicon: Lexicon) -> Stated:
    """How evidence words what it says: all that an answer needs that repeats it."""
    del lexicon
    told = tuple(sentences_of(visible(evidence.statement)))
    return Stated(evidence.id, evidence.kind, told, mark_of(evidence))


def observed(evidence: Evidence, lexicon: Lexicon) -> Seen:
    """What evidence says."""
    data, statement = evidence.data, visible(evidence.statement)
    strings = [visible(word) for word in words_in(data)]
    paths = {s for s in strings if s in lexicon.paths}
    more = [s for s in strings if s not in paths]
    read = worded(evidence.id, evidence.kind, statement, lexicon, more, data.get("unit"))
    subject = evidence.subject if evidence.subject in lexicon.paths else ""
    named = read.named | (paths if len(paths) <= _MOST_NAMED else frozenset())
    points = read.points | {p.rsplit("/", 1)[-1] for p in (subject, *paths) if p.count("/") > 3}
    moments = [
        local(t, lexicon.plant)
        for t in (evidence.time, *instants_in(data))
        if _RECENT[0] < t < _RECENT[1]
    ]
    statuses = set(read.statuses)
    if evidence.kind in PEOPLE:
        statuses &= {"open", "closed"} if evidence.kind == "record" else set()
    if evidence.kind != "passage":
        states = (data.get(key) for key in ("state", "name", "status", "belief"))
        statuses |= {s.lower() for s in states if isinstance(s, str)}
    if (
        evidence.kind == "indicator"
        and isinstance(rate := data.get("rate"), int | float)
        and rate > 0
    ):
        statuses.add("execute")
    text = " ".join(
        (read.text, *paths, visible(evidence.subject).lower(), visible(evidence.origin).lower())
    )
    return Seen(
        evidence.id,
        evidence.kind,
        subject,
        frozenset(named),
        _above((subject, *named)),
        frozenset(points),
        (*read.numbers, *numbers_in(data)),
        read.worded,
        read.clocks | {m.strftime("%H:%M:%S") for m in moments},
        read.dates | {m.strftime("%Y-%m-%d") for m in moments},
        frozenset(statuses),
        text,
        frozenset(re.findall(r"[^\W\d_]+", text)),
        mark_of(evidence),
        read.none,
        read.roots | roots(" ".join((evidence.origin, *(more if evidence.kind in _OURS else ())))),
        visible(evidence.origin),
    )


def worded(
    name: str,
    kind: str,
    statement: str,
    lexicon: Lexicon,
    more: Sequence[str] = (),
    unit: object = None,
) -> Seen:
    """What words say by themselves."""
    text = " ".join((statement, *more))
    found = lexicon.mentions(text)
    bare = lexicon.without(text, found)
    units = lexicon.units | ({spelled(unit)} - {"", "1"} if isinstance(unit, str) else frozenset())
    own = list(claims(bare, units))
    if kind in PEOPLE:
        own += claims(bare, units, "comma")
    named = {p for m in found if m.kind == "asset" and m.start < len(statement) for p in m.paths}
    named = named if len(named) <= _MOST_NAMED else set()
    numbers = tuple(c.number for c in own if c.number is not None and c.kind == "number")
    lowered = text.lower()
    return Seen(
        name,
        kind,
        "",
        frozenset(named),
        _above(named),
        frozenset(p for m in found if m.kind == "measurement" for p in m.paths),
        numbers,
        numbers,
        frozenset(c.text for c in own if c.kind == "clock"),
        frozenset(c.text for c in own if c.kind == "date"),
        seen_statuses(unquoted(statement)),
        lowered,
        frozenset(re.findall(r"[^\W\d_]+", lowered)),
        "",
        frozenset(c.text for c in own if c.kind == "none"),
        roots(statement if kind in PEOPLE else unquoted(statement)),
    )


_OPENS = re.compile(r"[“„«\"]")
_CLOSES = {"“": "”", "„": "“”", "«": "»", '"': '"'}
_QUOTE = 2000
"""Characters of a quotation at most."""
_ENDS = re.compile(r"(?:(?<=[.!?])|(?<=[.!?][”»\"]))\s+(?=[^\W\d_a-zà-öø-ÿß]|[“„«\"(–•*¿¡])")
_NUMBER_ALONE = re.compile(r"^\s*(?:[-*•]\s*)?\d{1,2}[.)]$")


def quotations(line: str) -> list[tuple[int, int]]:
    """Where in a line something stands in quotation marks of any form, the marks included."""
    found: list[tuple[int, int]] = []
    end = 0
    for opens in _OPENS.finditer(line):
        start = opens.start()
        if start < end:
            continue
        ends = (line.find(c, start + 1, start + _QUOTE) for c in _CLOSES[opens.group(0)])
        close = min((at for at in ends if at >= 0), default=-1)
        if close >= 0:
            end = close + 1
            found.append((start, end))
    return found


def unquoted(text: str) -> str:
    """The text with its quotations blanked; places are kept."""
    for start, end in quotations(text):
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def sentences_of(text: str) -> list[str]:
    """The sentences of a text; quotations stay whole."""
    parts: list[str] = []
    for line in text.split("\n"):
        spans = quotations(line)
        start = 0
        for end in _ENDS.finditer(line):
            inside = any(a < end.start() < b for a, b in spans)
            before = line[start : end.start()]
            if inside or _NUMBER_ALONE.match(before):
                continue
            parts.append(before)
            start = end.end()
        parts.append(line[start:])
    return [part for part in parts if part.strip()]


def mark_of(evidence: Evidence) -> str:
    """What must be said of its quality where it is used; of what is stale also since when."""
    belief = evidence.data.get("belief")
    word = belief if belief in {"stale", "quarantined", "uncertain"} else evidence.quality
    if word in {"good", "simulated"}:
        return "" if word == "good" else "simulated"
    since = re.search(
        r"\bsince ((?:\d{4}-\d\d-\d\d )?\d\d:\d\d(?::\d\d)?(?: [A-Z]{2,5})?)", evidence.statement
    )
    return f"{word} since {since.group(1)}" if since is not None and word == "stale" else str(word)


def holds(seen: Seen, claim: Claim) -> bool:
    """Whether it says what is claimed."""
    if claim.kind == "clock":
        return any(_same_clock(claim.text, clock) for clock in seen.clocks)
    if claim.kind == "spoken":
        hour, _, minute = claim.text.partition(":")
        either = (claim.text, f"{int(hour) + 12}:{minute}")
        return any(_same_clock(one, clock) for one in either for clock in seen.clocks)
    if claim.kind == "date":
        return any(date.endswith(claim.text) for date in seen.dates)
    if claim.kind == "none":
        return claim.text in seen.none
    if claim.kind == "number" and claim.number is not None:
        if claim.number.behind and not _is_said(claim.number.behind, seen):
            return False
        return any(same(claim.number, number) for number in seen.numbers)
    said = re.escape(claim.text.lower())
    return re.search(rf"(?<![\w-]){said}(?![\w-])", seen.text) is not None


def _is_said(word: str, seen: Seen) -> bool:
    """Whether a word behind a number can be no unit, or stands in what was seen."""
    return (len(word) > 3 and not word.endswith("s")) or word in seen.words


def same(claim: Number, seen: Number) -> bool:
    """Whether a number rounds to what is claimed, in its unit; a share is also so many per cent."""
    if claim.unit == "%" and seen.unit is None:
        return same(claim, Number(seen.value * 100, "%", seen.step * 100))
    if claim.unit is not None and claim.unit != seen.unit:
        return False
    scales = (1.0,) if claim.unit is not None or seen.unit != "s" else (1.0, 60.0, 3600.0)
    for scale in scales:
        value = seen.value / scale
        if not claim.signed:
            value = abs(value)
        room = 0.5 * claim.step + 1e-9 * max(1.0, abs(value))
        if claim.about:
            room = max(room, _ABOUT * abs(value))
        wanted = claim.value if claim.signed else abs(claim.value)
        if abs(wanted - value) <= room:
            return True
    return False


def _same_clock(claim: str, seen: str) -> bool:
    """Equal to the finer of the two; minutes may be cut or rounded."""
    first, second = _clock_s(claim), _clock_s(seen)
    if claim.count(":") == 2 and seen.count(":") == 2:
        return first == second
    return abs(first - second) < 60


def _clock_s(clock: str) -> int:
    hour, minute, second = (*(int(part) for part in clock.split(":")), 0)[:3]
    return hour * 3600 + minute * 60 + second
