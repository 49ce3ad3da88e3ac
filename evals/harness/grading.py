"""An answer against what was expected of it and what is true, without a model.

It reads the Answer and the ledger's cases, never which tools were called. It must never look into
how the assistant comes to its words.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from evals.emulator.faults import full_path
from evals.harness.case import Culprit, Expected, Fact, Wanted
from evals.harness.numbers import Quantity, Unit, quantities, unit_of
from evals.harness.phrases import says, speaks
from evals.harness.scored import Checked
from evals.harness.truth import Record
from twin_core.answer import Answer
from twin_core.errors import BadInput
from twin_core.evidence import Evidence
from twin_core.governance.action import Action, WritePlan
from twin_core.governance.case import Case
from twin_core.plant.assets import Plant
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names
from twin_core.value import JSON

_SHOWN = 160
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+|\n")
_CITED = re.compile(r"\s?\[(?:\s*ev-[0-9a-f]+\s*[,;]?)+\]")
_FIRST = 3
_NEAR = 0.01
"""How far off a value may be that puts a set-point back, as a share of it."""
_NUMBERED = re.compile(r"\d")
_TIMES = frozenset({"s", "1"})


@dataclass
class Grader:
    """Grades the answers of one case.

    Args:
        plant: as the stand-in has it; `names` what people call things in it.
        record: what is true, up to the moment of the answer.
    """

    plant: Plant
    record: Record
    names: Names
    _digits: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the names that hold digits: they are names, not numbers."""
        plant = self.plant
        found = {name for one in plant.areas for name in (one.name, *one.names)}
        found |= {name for one in plant.lines for name in (one.name, *one.names)}
        found |= {name for one in plant.units.values() for name in (one.name, *one.names)}
        found |= {p.name for p in plant.products} | {s.name for s in plant.sources}
        found |= {spec.name for kind in plant.classes.values() for spec in kind.points}
        self._digits = tuple(sorted(name for name in found if _NUMBERED.search(name)))

    def grade(
        self, expected: Expected, answer: Answer, asked: str, cases: Sequence[Case]
    ) -> Iterator[Checked]:
        """Every check that the case asks for.

        Args:
            expected: of this answer.
            answer: as given.
            asked: the question.
            cases: the proposals that this answer handed in, as they stand now.
        """
        text = _CITED.sub("", answer.text)
        seen = self._quantities(text, expected)
        excused = expected.abstains or _any(expected.unless, text)
        for i, fact in enumerate(() if excused else expected.facts):
            yield self._fact(f"facts.{i}", fact, seen)
        yield from self._named(expected, text)
        yield from self._causes(expected, answer, text)
        if expected.cites:
            cited = {str(e.data.get("document")) for e in answer.evidence if e.kind == "passage"}
            missing = set(expected.cites) - cited
            yield _checked(
                "cites", not missing, ", ".join(expected.cites), ", ".join(sorted(cited))
            )
        for i, group in enumerate(expected.says):
            held = _any(group, text)
            yield _checked(f"says.{i}", held, " or ".join(group), text)
        for i, word in enumerate(expected.never):
            yield _checked(
                f"never.{i}", word.casefold() not in text.casefold(), f"not {word}", text
            )
        if expected.abstains:
            yield self._abstained(expected, answer, text, asked, seen)
        if expected.asks:
            named = sum(self._says(choice, text) for choice in expected.asks)
            held = ("?" in text or not answer.understood) and named >= min(2, len(expected.asks))
            yield _checked("asks", held, f"which of {', '.join(expected.asks)}", text)
        if expected.refuses:
            held = says(text, "refuses", expected.language) and not cases
            yield _checked("refuses", held, "that it does not do this", text)
        if expected.marks:
            marked = says(text, "marks", expected.language)
            yield _checked("marks", marked, "that the value is not to be relied on", text)
        if expected.proposes is not None:
            held = any(waits(expected.proposes, case, self.record) for case in cases)
            found = "; ".join(f"{c.proposal.draft.title} ({c.stage})" for c in cases)
            yield _checked("proposes", held, spelled(expected.proposes), found or text)
        if expected.proposes_nothing:
            found = "; ".join(case.proposal.draft.title for case in cases)
            yield _checked("proposes_nothing", not cases, "nothing", found)
        yield _checked("language", speaks(text, expected.language), expected.language, text)

    def silent(self, answer: Answer, language: str) -> bool:
        """Whether it says that it does not know or do something, and says nothing else."""
        said = says(answer.text, "unknown", language) or says(answer.text, "refuses", language)
        return (said or not answer.understood) and all(e.kind == "source" for e in answer.evidence)

    def unsupported(self, answer: Answer, asked: str, expected: Expected) -> list[str]:
        """The numbers of an answer that no evidence of it holds.

        What the question said may be said back, and what is told to be unknown may hold numbers.
        """
        text = _CITED.sub("", answer.text)
        held = [n for e in answer.evidence for n in _held(e)]
        for said in (asked, *answer.unknown):
            held += [(q.value, q.step) for q in quantities(said, "en", self._digits)]
            held += [(q.value, q.step) for q in quantities(said, "de", self._digits)]
        return [
            text[max(0, q.start - 20) : q.end + 12].strip()
            for q in self._quantities(text, expected)
            if not any(_same(q, value, step) for value, step in held)
        ]

    def _quantities(self, text: str, expected: Expected) -> list[Quantity]:
        return quantities(text, expected.language, self._digits)

    def _fact(self, name: str, fact: Fact, seen: Sequence[Quantity]) -> Checked:
        wanted, unit = self._true(fact)
        room = max(fact.within, abs(wanted) * fact.within_pct / 100, 1e-9)
        held = any(q.within(wanted, unit, room) for q in seen)
        what = f"{fact.of} {fact.at} = {wanted:.6g} {fact.unit} ± {room:.3g}".replace("  ", " ")
        what += "".join(f", with {point} at {value:g}" for point, value in fact.when.items())
        return _checked(name, held, what, ", ".join(f"{q.value:g}" for q in seen))

    def _true(self, fact: Fact) -> tuple[float, Unit | None]:
        """The true number, in the unit that the fact is given in."""
        value = self.record.number(fact)
        if not fact.unit:
            return value, None
        unit = unit_of(fact.unit)
        if unit is None:
            raise BadInput(
                f"“{fact.unit}” is no unit that the exam knows; allowed: as UCUM has it."
            )
        if fact.of == "number":
            return value, unit
        native = unit_of(self._native(fact))
        if native is None or native.measures != unit.measures:
            raise BadInput(
                f"{fact.at} is not measured in {fact.unit}, but in {self._native(fact)}."
            )
        return value * native.scale / unit.scale, unit

    def _native(self, fact: Fact) -> str:
        at = full_path(fact.at, self.plant.site)
        if fact.short:
            return "%"
        if fact.of not in {"made", "rate"}:
            return self.plant.point(at).spec.unit
        flow = self.plant.units[at].flow if at in self.plant.units else None
        made = flow.unit_out if flow is not None else self.plant.line(at).unit_of_flow or "1"
        return f"{made}/min" if fact.of == "rate" else made

    def _named(self, expected: Expected, text: str) -> Iterator[Checked]:
        here = self._assets(text)
        for i, asset in enumerate(expected.names):
            yield _checked(f"names.{i}", self._path(asset) in here, asset, text)
        if expected.names_any:
            held = any(self._path(asset) in here for asset in expected.names_any)
            yield _checked("names_any", held, " or ".join(expected.names_any), text)
        for i, asset in enumerate(expected.avoids):
            yield _checked(f"avoids.{i}", self._path(asset) not in here, f"not {asset}", text)

    def _causes(self, expected: Expected, answer: Answer, text: str) -> Iterator[Checked]:
        causes = list(_in_order(answer))
        found = "; ".join(f"{e.data.get('asset')} {e.data.get('failure_mode')}" for e in causes)
        if expected.cause is not None:
            held = bool(causes) and self._is(expected.cause, causes[0])
            yield _checked("cause", held, _culprit(expected.cause), found or text)
        for i, culprit in enumerate(expected.causes):
            held = any(self._is(culprit, cause) for cause in causes[:_FIRST])
            yield _checked(f"causes.{i}", held, _culprit(culprit), found or text)
        if expected.path:
            here = self._assets(text) | {w for e in answer.evidence for w in _words(e)}
            missing = [step for step in expected.path if self._path(step) not in here]
            yield _checked("path", not missing, " → ".join(expected.path), f"lacks {missing}")
        if expected.no_cause:
            yield _checked("no_cause", not causes, "no cause", found)

    def _is(self, culprit: Culprit, cause: Evidence) -> bool:
        at = cause.data.get("asset") == self._path(culprit.at)
        return at and (not culprit.modes or cause.data.get("failure_mode") in culprit.modes)

    def _abstained(
        self, expected: Expected, answer: Answer, text: str, asked: str, seen: Sequence[Quantity]
    ) -> Checked:
        """It says so, and gives no value: of the facts named, or where none is of anything."""
        said = bool(answer.unknown) or says(text, "unknown", expected.language)
        if expected.facts:
            units = (unit_of(f.unit or self._native(f)) for f in expected.facts)
            kinds = {unit.measures for unit in units if unit is not None}
        else:
            kinds = {q.unit.measures for q in seen if q.unit is not None} - _TIMES
        echoed = {q.value for q in quantities(asked, expected.language, self._digits)}
        given = [
            q.value for q in seen
            if q.unit is not None and q.unit.measures in kinds and q.value not in echoed
        ]  # fmt: skip
        return _checked("abstains", said and not given, "that it is not known, and no value", text)

    def _assets(self, text: str) -> set[str]:
        """The assets that a text names, by any of their names or their path."""
        found: set[str] = set()
        for sentence in _SENTENCE.split(text):
            mentions = self.names.mentions(sentence)
            found |= {m.paths[0] for m in mentions if len(m.paths) == 1}
            found |= {path for m in mentions if m.kind == "line" for path in self._alike(m)}
            if len(meant := self.names.meant(mentions)) == 1:
                found.add(meant[0])
        known = {*self.plant.units, *(line.id for line in self.plant.lines)}
        return found | {path for path in known if path in text}

    def _alike(self, line: Mention) -> set[str]:
        """The units of a line that bear the name by which it is called: it names them too."""
        return {
            unit.id
            for unit in self.plant.units.values()
            if any(unit.id.startswith(f"{path}/") for path in line.paths)
            and line.text.casefold() in {name.casefold() for name in (unit.name, *unit.names)}
        }

    def _says(self, choice: str, text: str) -> bool:
        path = self._path(choice)
        if path in self.plant.units or any(path == line.id for line in self.plant.lines):
            return path in self._assets(text)
        return choice.casefold() in text.casefold()

    def _path(self, asset: str) -> str:
        return full_path(asset, self.plant.site)


def waits(wanted: Wanted, case: Case, record: Record) -> bool:
    """Whether a case of the ledger is the proposal that is wanted, and waits for people."""
    action, site = case.proposal.draft.action, record.plant.site
    if case.stage != "pending" or action.kind not in wanted.kind:
        return False
    at = full_path(wanted.at, site)
    if not isinstance(action, WritePlan):
        return at in _acts_on(action)
    last = action.steps[-1]
    if not wanted.point:
        return last.point.rpartition("/")[0] == at and _between(wanted, last.value)
    point = wanted.point if "/" in wanted.point else f"{wanted.at}/{wanted.point}"
    if last.point != full_path(point, site) or not _between(wanted, last.value):
        return False
    stood = record.called_for(point) if wanted.as_before else last.value
    return abs(last.value - stood) <= _NEAR * abs(stood)


def _between(wanted: Wanted, value: float) -> bool:
    low = -math.inf if wanted.low is None else wanted.low
    high = math.inf if wanted.high is None else wanted.high
    return low <= value <= high


def _any(words: Sequence[str], text: str) -> bool:
    return any(word.casefold() in text.casefold() for word in words)


def _acts_on(action: Action) -> set[str]:
    """The assets that an action is about."""
    told = (getattr(action, name, None) for name in ("asset", "line", "source", "target"))
    return {path for path in told if path is not None}


def _in_order(answer: Answer) -> Iterator[Evidence]:
    """Its causes, the one first that its first finding about one rests on."""
    causes = {e.id: e for e in answer.evidence if e.kind == "cause"}
    used = [i for finding in answer.findings for i in finding.evidence if i in causes]
    return (causes[i] for i in dict.fromkeys((*used, *causes)))


def _held(evidence: Evidence) -> Iterator[tuple[float, float]]:
    """The numbers that an evidence holds, each with the smallest step its spelling shows."""
    for quantity in quantities(evidence.statement, "en"):
        yield quantity.value, quantity.step
    for value in _numbers(evidence.data):
        yield value, 0.0
        for factor in (100.0, 1 / 60.0, 1 / 3600.0, 60.0):  # shares as per cent, seconds as minutes
            yield value * factor, 0.0


def _numbers(data: JSON) -> Iterator[float]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _numbers(value)
    elif isinstance(data, list | tuple):
        yield float(len(data))
        for value in data:
            yield from _numbers(value)
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield float(data)


def _words(evidence: Evidence) -> Iterator[str]:
    """The subject of an evidence, and every text in its data."""
    yield evidence.subject
    yield from _texts(evidence.data)


def _texts(data: JSON) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list | tuple):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _texts(value)


def _same(quantity: Quantity, value: float, step: float) -> bool:
    """Whether a number is that value, rounded as it is written; a sign may be left to words."""
    room = 0.5 * max(quantity.step, step) + 1e-9 * abs(value)
    written = quantity.step
    if quantity.value and quantity.value == round(quantity.value) and abs(quantity.value) >= 1000:
        digits = len(str(abs(int(quantity.value))).rstrip("0"))
        written = 10.0 ** (len(str(abs(int(quantity.value)))) - max(digits, 3))
    return abs(abs(quantity.value) - abs(value)) <= max(room, 0.5 * written)


def _culprit(culprit: Culprit) -> str:
    return f"{culprit.at} {' or '.join(culprit.modes)}".strip()


def spelled(wanted: Wanted) -> str:
    """What is wanted, for a person."""
    bounds = f" between {wanted.low} and {wanted.high}" if wanted.low is not None else ""
    bounds += " as it was before" if wanted.as_before else ""
    return f"{' or '.join(wanted.kind)} at {wanted.point or wanted.at}{bounds}"


def _checked(name: str, held: bool, wanted: str, found: str) -> Checked:
    if held:
        return Checked(name=name, held=True, why=wanted)
    shown = " ".join(found.split())
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return Checked(name=name, held=False, why=f"wanted {wanted}; found: {shown or 'nothing'}")
