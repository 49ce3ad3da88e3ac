"""Binds every number, time, code and path of an answer to evidence seen in this run.

What cannot be bound is first given back to the model once; what then still cannot be bound is
struck out, sentence by sentence, and that is said. It must never add a number of its own.

Rounding: a number is bound to a value that rounds to it at the digits it shows; after "about",
to a value within 5 %. Units must agree; a number without one is bound to its value in any unit.
A number without a sign is bound to a value of either sign. Per cent are bound to shares.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.claims import Claim, Number, claims, instants_in, numbers_in, spelled, words_in
from tools.wording import local
from twin_core.evidence import Evidence, Finding
from twin_core.plant.assets import Plant

CITED = re.compile(r"\s?\[(?P<ids>\s*ev-[0-9a-f]+(?:\s*[,;]\s*ev-[0-9a-f]+)*\s*)\]")
_ID = re.compile(r"ev-[0-9a-f]+")
_ENDS = re.compile(r"(?<=[.!?”])\s+(?=[A-Z“\"(–•*])")
_BEHIND = re.compile(r"([.!?])(\s*\[ev-[^\]]*\])(?=\s|$)")
_QUOTED = re.compile(r"“([^”]*)”")
_NUMBERED = re.compile(r"^\s*(?:[-*•]\s*)?\d{1,2}[.)]\s+")
_NUMBER_ALONE = re.compile(r"^\s*(?:[-*•]\s*)?\d{1,2}[.)]$")
_ALWAYS = frozenset({"s", "min", "h", "d", "%"})
_ABOUT = 0.05


@dataclass(frozen=True, slots=True)
class Seen:
    """What one piece of evidence says, in comparable form."""

    id: str
    numbers: tuple[Number, ...]
    clocks: frozenset[str]
    dates: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer after grounding.

    Attributes:
        text: what is left of it, citations corrected.
        findings: sentences with the evidence they rest on.
        struck: sentences that were taken out, as the model wrote them.
        cited: evidence ids in order of first use.
    """

    text: str
    findings: tuple[Finding, ...]
    struck: tuple[str, ...]
    cited: tuple[str, ...]


class Lexicon:
    """What a plant's texts are made of: its units, and its names that hold digits.

    Args:
        plant: read once; making it takes some milliseconds, using it nothing.
    """

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.units = _units(plant)
        self.names = _names(plant)


@dataclass(slots=True)
class Ground:
    """All that was seen in a run, ready to be compared with.

    Args:
        evidence: of this run.
        lexicon: of the plant whose names may be said and whose time zone clocks are in.
        told: texts of tools that found nothing or failed; they may be repeated.
        asked: the question; its words may be quoted back, in quotation marks.
    """

    evidence: Sequence[Evidence]
    lexicon: Lexicon
    told: Sequence[str] = ()
    asked: str = ""
    _units: frozenset[str] = field(init=False)
    _seen: list[Seen] = field(init=False)

    def __post_init__(self) -> None:
        """Read everything that was seen once."""
        own = {e.data["unit"] for e in self.evidence if isinstance(e.data.get("unit"), str)}
        self._units = self.lexicon.units | {spelled(unit) for unit in own} - {"", "1"}
        self._seen = [self._observed(e) for e in self.evidence]
        self._seen += [self._read(f"told {i}", text) for i, text in enumerate(self.told)]

    def ground(self, text: str) -> Grounded:
        """The text with every unbound sentence taken out and every citation checked."""
        lines, findings, struck = [], [], []
        cited: list[str] = []
        for line in text.split("\n"):
            kept = []
            for sentence in _sentences(line):
                ids = self._bind(sentence)
                if ids is None:
                    struck.append(CITED.sub("", sentence).strip())
                    continue
                kept.append(_cite(sentence, ids))
                if ids:
                    words = CITED.sub("", sentence).strip(" -*•")
                    findings.append(Finding(text=words, evidence=ids))
                    cited += [i for i in ids if i not in cited]
            if kept or not line.strip():
                lines.append(" ".join(kept))
        left = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        return Grounded(left, tuple(findings), tuple(struck), tuple(cited))

    def _bind(self, sentence: str) -> tuple[str, ...] | None:
        """Evidence ids a sentence rests on; None if something in it was not seen."""
        known = {seen.id for seen in self._seen}
        said = [i for found in CITED.finditer(sentence) for i in _ID.findall(found.group("ids"))]
        if any(i not in known for i in said):
            return None
        plain = CITED.sub("", sentence).strip(" -*•")
        bare = self.lexicon.names.sub(" ", _NUMBERED.sub("", self._unquoted(plain)))
        made = list(claims(bare, self._units))
        told = plain.rstrip(".!? ").lower()
        order = sorted(self._seen, key=lambda s: (s.id not in said, told not in s.text))
        whole = next((s for s in order if made and all(_holds(s, c) for c in made)), None)
        rests = list(said)
        for claim in made:
            held = whole or next((s for s in order if _holds(s, claim)), None)
            if held is None:
                return None
            rests.append(held.id)
        return tuple(i for i in dict.fromkeys(rests) if not i.startswith("told"))

    def _unquoted(self, sentence: str) -> str:
        """The sentence without quotations of the question."""
        asked = self.asked.lower()
        return _QUOTED.sub(
            lambda found: " " if found.group(1).lower() in asked else found.group(0), sentence
        )

    def _observed(self, evidence: Evidence) -> Seen:
        words = " ".join((evidence.statement, evidence.subject, *words_in(evidence.data)))
        read = self._read(evidence.id, words)
        moments = [
            local(t, self.lexicon.plant)
            for t in (evidence.time, *instants_in(evidence.data))
            if 0 < t < 4 * 10**15
        ]
        return Seen(
            evidence.id,
            (*read.numbers, *numbers_in(evidence.data)),
            read.clocks | {m.strftime("%H:%M:%S") for m in moments},
            read.dates | {m.strftime("%Y-%m-%d") for m in moments},
            read.text,
        )

    def _read(self, name: str, text: str) -> Seen:
        found = list(claims(self.lexicon.names.sub(" ", text), self._units))
        return Seen(
            name,
            tuple(c.number for c in found if c.number is not None),
            frozenset(c.text for c in found if c.kind == "clock"),
            frozenset(c.text for c in found if c.kind == "date"),
            text.lower(),
        )


def _sentences(line: str) -> list[str]:
    """The sentences of a line, citations before their full stops; quotations stay whole."""
    line = _BEHIND.sub(r"\2\1", line)
    parts, start = [], 0
    for end in _ENDS.finditer(line):
        before = line[start : end.start()]
        if before.count("“") <= before.count("”") and not _NUMBER_ALONE.match(before):
            parts.append(before)
            start = end.end()
    return [part for part in (*parts, line[start:]) if part.strip()]


def _cite(sentence: str, ids: tuple[str, ...]) -> str:
    """The sentence with the citations it has, or with those it turned out to rest on."""
    if not ids or CITED.search(sentence):
        return sentence
    said = sentence.rstrip()
    mark = said[-1] if said[-1] in ".!?:" else ""
    return f"{said.removesuffix(mark)} [{', '.join(ids[:3])}]{mark}"


def _holds(seen: Seen, claim: Claim) -> bool:
    if claim.number is not None:
        return any(_same(claim.number, number) for number in seen.numbers)
    if claim.kind == "clock":
        return any(_same_clock(claim.text, clock) for clock in seen.clocks)
    if claim.kind == "date":
        return claim.text in seen.dates
    return re.search(rf"(?<![\w-]){re.escape(claim.text.lower())}(?![\w-])", seen.text) is not None


def _same(claim: Number, seen: Number) -> bool:
    if claim.unit == "%" and seen.unit is None:
        return _same(claim, Number(seen.value * 100, "%", seen.step * 100))
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


def _units(plant: Plant) -> frozenset[str]:
    codes = {p.spec.unit for p in plant.points}
    codes |= {
        f"{line.unit_of_flow}{per}"
        for line in plant.lines
        if line.unit_of_flow
        for per in ("", "/min", "/h")
    }
    return frozenset(({spelled(code) for code in codes} | _ALWAYS) - {"", "1"})


def _names(plant: Plant) -> "re.Pattern[str]":
    """Names of the plant that hold digits: they are names, not numbers."""
    names = {plant.name}
    for area in plant.areas:
        names |= {area.name, *area.names}
    for line in plant.lines:
        names |= {line.name, *line.names}
    for unit in plant.units.values():
        names |= {unit.name, *unit.names}
    for kind in plant.classes.values():
        names |= {spec.name for spec in kind.points} | {mode.name for mode in kind.failure_modes}
    names |= {product.name for product in plant.products} | {s.name for s in plant.sources}
    digits = sorted((n for n in names if re.search(r"\d", n)), key=len, reverse=True)
    if not digits:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, digits))})(?!\w)", re.IGNORECASE)
