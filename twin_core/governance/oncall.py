"""The on-call file: rotas, and who is told when nobody answers. Data; it tells nobody anything.

    schema = 1

    [rotas.first]
    people = ["ada", "ben", "cleo"]
    starts = 2026-11-02
    handover = 06:00:00
    days = 7

    [[rotas.first.overrides]]
    from = 2026-12-24T06:00:00
    to = 2026-12-27T06:00:00
    people = ["dora"]

    [[approvals.standard]]
    after_s = 120
    tell = ["rota:first"]

    [[approvals.standard]]
    after_s = 480
    tell = ["role:supervisor", "person:eve"]

    [[pages.highest]]
    after_s = 0
    tell = ["rota:first"]

A step can tell; none can decide. It must never say what is done when nobody answers: a proposal
expires, and what is uncertain stays as it is.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, ValidationError, field_validator

from twin_core.errors import OnCallError
from twin_core.governance.request import PEOPLE, Tier
from twin_core.governance.rota import Rota, ambiguous, instant
from twin_core.value import Slug, Value

Level = Literal["info", "alarm", "page", "highest"]
Uncertain = Literal["page", "highest"]
"""How loud the end of a write is that nobody knows: `highest` where it could not be undone."""
Target = Annotated[str, Field(pattern=r"^(rota:[a-z0-9_-]+|role:[a-z]+|person:[A-Za-z0-9._@-]+)$")]
"""Whom to tell: who is on call in a rota, everybody with a role, or a person."""

_MONTH_S = 2_592_000.0
_LONGEST = 500
"""Characters of a message about a file."""


class EscalationStep(Value):
    """After so long without an answer, these are told.

    Attributes:
        after_s: seconds of ledger time since an answer was first wanted.
        tell: whom.
        level: how loud.
    """

    model_config = ConfigDict(strict=True)

    after_s: float = Field(ge=0, le=_MONTH_S)
    tell: Annotated[tuple[Target, ...], Field(strict=False, min_length=1, max_length=20)]
    level: Level = "page"

    @field_validator("tell")
    @classmethod
    def _known_roles(cls, tell: tuple[str, ...]) -> tuple[str, ...]:
        for target in tell:
            kind, _, name = target.partition(":")
            if kind == "role" and name not in PEOPLE:
                problem = f"“{name}” is no role of people; allowed: {', '.join(sorted(PEOPLE))}"
                raise ValueError(problem)
        return tell


Steps = Annotated[tuple[EscalationStep, ...], Field(strict=False, min_length=1, max_length=50)]


class OnCall(Value):
    """What an on-call file says; without one nobody is called.

    Attributes:
        timezone: the plant's, by whose clock rotas hand over; no file gives it.
        rotas: by name.
        approvals: steps while a proposal of that tier waits for people.
        pages: steps while a write's end is uncertain and nobody has said that he looks after it.
    """

    timezone: str = "UTC"
    rotas: dict[Slug, Rota] = Field(default_factory=dict)
    approvals: dict[Tier, Steps] = Field(default_factory=dict)
    pages: dict[Uncertain, Steps] = Field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.timezone)

    @field_validator("approvals", "pages")
    @classmethod
    def _later_and_later(cls, given: Mapping[str, Steps]) -> Mapping[str, Steps]:
        for name, steps in given.items():
            for before, step in pairwise(steps):
                if step.after_s <= before.after_s:
                    problem = (
                        f"{name}: a step after {step.after_s:g} s follows one after "
                        f"{before.after_s:g} s; allowed: later than the one before"
                    )
                    raise ValueError(problem)
        return given

    @classmethod
    def parse(cls, text: str, file: str, timezone: str) -> "OnCall":
        """What a TOML text says; `file` is its name, for messages, `timezone` the plant's.

        Raises:
            OnCallError: not TOML, an unknown key, a value that cannot be, a rota that is not there.
        """
        try:
            tree: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as problem:
            raise OnCallError(file, f"not TOML: {problem}") from problem
        if tree.pop("schema", None) != 1:
            raise OnCallError(file, "schema is not given or not known; allowed: schema = 1")
        if "timezone" in tree:
            raise OnCallError(file, f"timezone: the plant's holds, which is {timezone}")
        try:
            found = cls.model_validate({**tree, "timezone": timezone})
        except (ValidationError, RecursionError) as problem:
            raise OnCallError(file, _told(problem)[:_LONGEST]) from problem
        if wrong := next(_wrong(found), None):
            raise OnCallError(file, wrong[:_LONGEST])
        return found

    def steps(self) -> Iterator[tuple[str, EscalationStep]]:
        """Every step with its place in the file."""
        for table, ladders in (("approvals", self.approvals), ("pages", self.pages)):
            for name, steps in ladders.items():
                for number, step in enumerate(steps, 1):
                    yield f"{table}.{name}, step {number}", step

    def doubts(self, users: Collection[str] | None, expires_s: float) -> tuple[str, ...]:
        """What a file says that can be, and hardly was meant: one sentence each, with its place.

        Args:
            users: ids of everybody who is known; None = it is not looked who is.
            expires_s: seconds after which a proposal expires.
        """
        named = [
            (f"rotas.{name}", user)
            for name, rota in self.rotas.items()
            for user in (*rota.people, *(u for one in rota.overrides for u in one.people))
        ]
        named += [
            (place, target.removeprefix("person:"))
            for place, step in self.steps()
            for target in step.tell
            if target.startswith("person:")
        ]
        found = []
        for place, user in dict.fromkeys(named):
            if users is not None and user not in users:
                near = ", ".join(difflib.get_close_matches(user, sorted(users), 3))
                tail = f"; nearest: {near}" if near else ""
                found.append(f"{place}: there is no user “{user}”, who is passed over{tail}")
        found += [
            f"{place}: it is never told, a proposal expires after {expires_s:g} s"
            for place, step in self.steps()
            if place.startswith("approvals.") and step.after_s >= expires_s
        ]
        return tuple(found)


def _wrong(oncall: OnCall) -> Iterator[str]:
    """What no field sees alone, with its place."""
    if "routine" in oncall.approvals:
        yield "approvals.routine: a routine change waits for nobody; allowed: standard, major"
    for place, step in oncall.steps():
        for target in step.tell:
            kind, _, name = target.partition(":")
            if kind == "rota" and name not in oncall.rotas:
                near = difflib.get_close_matches(name, oncall.rotas, 3, 0.0)
                yield (
                    f"{place}: there is no rota “{name}”; "
                    f"allowed: {', '.join(near) or 'none, for none is given'}"
                )
    for name, rota in oncall.rotas.items():
        for number, one in enumerate(rota.overrides, 1):
            place = f"rotas.{name}, override {number}"
            for when in (one.start, one.end):
                if ambiguous(when, oncall.zone):
                    yield (
                        f"{place}: {when} comes twice or never in {oncall.timezone}, "
                        "where the clocks change; give it with its offset"
                    )
            if instant(one.start, oncall.zone) >= instant(one.end, oncall.zone):
                yield f"{place}: it ends at {one.end}, which is not after {one.start}"


def _told(problem: ValidationError | RecursionError) -> str:
    if isinstance(problem, RecursionError):
        return "tables in tables without end"
    first = problem.errors()[0]
    steps = [f"{step + 1}" if isinstance(step, int) else step for step in first["loc"]]
    said = str(first.get("ctx", {}).get("error", first["msg"].lower()))
    return f"{'.'.join(steps)}: {said}"
