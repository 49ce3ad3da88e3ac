"""One question in several wordings, and whether another wording is given the same answer.

Answers are held against each other by what they rest on and do, never by their words, which may
differ, and never by what was asked. It must never call an answer the same that is none.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import isclose
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import Field, model_validator

from evals.harness.case import Expected, Person
from twin_core.answer import Answer
from twin_core.evidence import Evidence, EvidenceKind
from twin_core.governance.action import Action
from twin_core.value import JSON, Slug, Value

WORDINGS = 5
BAR = 0.85
"""Share of wordings that must be given the same answer; the rest must ask back."""
_ALIKE = 0.8
"""Jaccard index of what two answers rest on from which they are the same."""
_NEAR = 0.005
"""How far two numbers may be apart, relative: rounding, and nothing else."""
_FEW, _TIMES = 6, 3
"""An answer that rests on more than both drowns what was asked in what was not."""
_MOMENT, _MINUTE = 1e14, 60e6
"""From where on a number is an Instant; how far two may be apart."""

Outcome = Literal["same", "asks", "other"]
Topic = Literal[
    "value", "state", "making", "trend", "indicator", "alarms", "cause", "remedy", "what_if",
    "comparison", "bottleneck", "schedule", "window", "work_orders", "documents", "ahead", "life",
    "improve", "shift", "approved", "waiting", "propose",
]  # fmt: skip
_T = TypeVar("_T")


class Question(Value):
    """A question, and five other ways in which people ask it.

    Attributes:
        plant, history: what it is asked of: the plant file, and what that plant lived through.
        canonical: as the manual would word it.
        wordings: as people do; a colleague in the control room would understand each.
        kinds: of evidence, on one of which any answer to it must rest; empty = on any or none.
        expect: what must be true of an answer; or
        same_as_canonical: it must be the answer that the canonical wording is given.
    """

    id: Slug
    topic: Topic
    plant: Literal["riverside", "pumping_station"] = "riverside"
    history: Slug
    who: Person = "olga"
    canonical: str
    wordings: tuple[str, ...] = Field(min_length=WORDINGS, max_length=WORDINGS)
    kinds: tuple[EvidenceKind, ...] = ()
    expect: Expected | None = None
    same_as_canonical: bool = False

    @model_validator(mode="after")
    def _sound(self) -> "Question":
        if (self.expect is None) != self.same_as_canonical:
            raise ValueError("an answer has either an expectation or the canonical one to meet")
        bare = [
            "".join(filter(str.isalnum, w.casefold())) for w in (self.canonical, *self.wordings)
        ]
        if len(set(bare)) < len(bare):
            raise ValueError("two wordings differ only by punctuation, spaces or capitals")
        return self


class Sheet(Value):
    """The file of questions."""

    version: Literal[1] = Field(default=1, alias="schema")
    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _once(self) -> "Sheet":
        if len({q.id for q in self.questions}) < len(self.questions):
            raise ValueError("two questions have one id")
        return self


class Heard(Value):
    """What a wording was given.

    Attributes:
        actions: handed in at the desk meanwhile.
        held: whether the question's `expect` holds of it; None where it has none.
    """

    answer: Answer
    actions: tuple[Action, ...] = ()
    held: bool | None = None


def questions(path: Path) -> tuple[Question, ...]:
    """The questions of a file."""
    return Sheet.model_validate(yaml.safe_load(path.read_text("utf-8"))).questions


def outcome(question: Question, canonical: Heard, worded: Heard) -> Outcome:
    """What a wording was given, beside what the canonical one was, on the same state and seed.

    Nothing is the same as a canonical answer that is none: whoever asks back there, asks back.
    """
    if question.expect is None:
        good = same(canonical, worded)
    else:
        good = worded.held is True and not _drowned(canonical, worded)
    if good and not _asks(worded) and _rests_on(worded, question.kinds):
        return "same"
    return "asks" if _asks(worded) and not worded.actions else "other"


def same(one: Heard, other: Heard) -> bool:
    """Whether two answers on the same state and seed say the same.

    What they hand in, the cause they put first and what they rest on must agree; of two that rest
    on nothing, the words.
    """
    if _asks(one) or _asks(other):
        return False
    if _first_cause(one.answer) != _first_cause(other.answer):
        return False
    if not len(one.actions) == len(other.actions) == _pairs(one.actions, other.actions, _aim_alike):
        return False
    left, right = _core(one.answer), _core(other.answer)
    if not left and not right:
        return _bare(one.answer) == _bare(other.answer)
    both = _pairs(left, right, _evidence_alike)
    return both >= _ALIKE * (len(left) + len(right) - both)


def blurred(canonicals: Iterable[tuple[Question, Heard]]) -> frozenset[str]:
    """Ids of questions that are answered as another one of the same history is.

    There must be none, or `same` says nothing: one answer to everything never changes. Those with
    an expectation are not looked at; they are not held against it.
    """
    compared = [(q, heard) for q, heard in canonicals if q.same_as_canonical]
    return frozenset(
        question.id
        for question, one in compared
        for other, another in compared
        if question.id != other.id and question.history == other.history and same(one, another)
    )


def passes(outcomes: Sequence[Outcome]) -> bool:
    """Whether the bar is met; a run that scored nothing does not meet it."""
    count = Counter(outcomes)
    return bool(outcomes) and count["same"] >= BAR * len(outcomes) and not count["other"]


def _asks(heard: Heard) -> bool:
    answer = heard.answer
    return not answer.understood or (not answer.findings and "?" in answer.text)


def _cited(answer: Answer) -> tuple[Evidence, ...]:
    """The evidence of its findings, each once, in the order in which it is first cited."""
    known = {one.id: one for one in answer.evidence}
    ids = dict.fromkeys(name for finding in answer.findings for name in finding.evidence)
    return tuple(known[name] for name in ids if name in known)


def _core(answer: Answer) -> tuple[Evidence, ...]:
    """What it rests on, without passages where there is more: these are found by the words."""
    cited = _cited(answer)
    return tuple(one for one in cited if one.kind != "passage") or cited


def _first_cause(answer: Answer) -> tuple[str, JSON] | None:
    causes = (one for one in _cited(answer) if one.kind == "cause")
    return next(((one.subject, one.data.get("failure_mode")) for one in causes), None)


def _rests_on(heard: Heard, kinds: Iterable[EvidenceKind]) -> bool:
    wanted = set(kinds)
    return not wanted or any(one.kind in wanted for one in _cited(heard.answer))


def _drowned(canonical: Heard, worded: Heard) -> bool:
    most = max(_FEW, _TIMES * len(_core(canonical.answer)))
    return len(_core(worded.answer)) > most


def _bare(answer: Answer) -> tuple[str, ...]:
    return tuple(" ".join(said.casefold().split()) for said in (answer.text, *answer.unknown))


def _pairs(left: Sequence[_T], right: Sequence[_T], alike: Callable[[_T, _T], bool]) -> int:
    """How many of the one find a partner of their own among the other."""
    free = list(right)
    for one in left:
        found = next((at for at, other in enumerate(free) if alike(one, other)), None)
        if found is not None:
            del free[found]
    return len(right) - len(free)


def _evidence_alike(one: Evidence, other: Evidence) -> bool:
    """The same observation: of one kind and subject, and the same numbers in the same units."""
    return one.id == other.id or (
        (one.kind, one.subject) == (other.kind, other.subject) and _alike(one.data, other.data)
    )


def _aim_alike(one: Action, other: Action) -> bool:
    """Both want the same of the plant, whatever they call it."""
    worded = {"task", "reason"}
    return _alike(
        one.model_dump(mode="json", exclude=worded), other.model_dump(mode="json", exclude=worded)
    )


def _alike(one: JSON, other: JSON) -> bool:
    """Equal but for rounding and for sentences: a text with a space in it is one."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_alike(one[k], other[k]) for k in one)
        case list() | tuple(), list() | tuple():
            return len(one) == len(other) and all(map(_alike, one, other))
        case bool(), _:
            return one is other
        case ((int() | float()), (int() | float())):
            if min(one, other) > _MOMENT:
                return abs(one - other) <= _MINUTE
            return isclose(one, other, rel_tol=_NEAR, abs_tol=1e-9)
        case str(), str():
            return one == other or (" " in one and " " in other)
    return bool(one == other)
