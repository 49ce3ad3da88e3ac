"""A question and its answer, the same objects for every channel.

An Answer carries findings with evidence and chart *data*; channels render them. It must never
carry markup, nor pixels but those of a robot cell's camera.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, field_validator

from twin_core.chart import ChartData
from twin_core.errors import BadInput
from twin_core.evidence import Evidence, Finding
from twin_core.plain_text import plain_text
from twin_core.value import Instant, Path, Slug, Value

Role = Literal["viewer", "operator", "supervisor", "engineer", "admin", "service", "pusher"]
Scope = Literal["read", "propose", "decide", "configure", "push"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_PLACED: tuple[Role, ...] = ("viewer", "operator", "supervisor", "engineer", "admin")
_ASSET = re.compile(r"[a-z0-9_-]{1,100}(?:/[a-z0-9_-]{1,100}){0,3}")


class Grant(Value):
    """A role at an asset and at all that lies below it.

    Attributes:
        until: ledger time at which it ends; None = it does not.
        lent_by: the user whose own right it is; empty = the holder's own.
    """

    role: Role
    at: Path
    until: Instant | None = None
    lent_by: str = ""

    def __str__(self) -> str:
        """As commands and settings take it: `ROLE@PATH`."""
        return f"{self.role}@{self.at}"

    @classmethod
    def parse(cls, text: str, until: Instant | None = None) -> "Grant":
        """The grant that `ROLE@PATH` says; PATH is a site, area, line or unit.

        Raises:
            BadInput: it is none. What a service or a pusher is does not depend on a place.
        """
        role, _, at = text.partition("@")
        if role not in _PLACED or not _ASSET.fullmatch(at):
            said = text if len(text) <= 100 else f"{text[:100]}…"
            raise BadInput(
                f"Grant {said!a}: allowed: ROLE@PATH, as operator@SITE/AREA/LINE; "
                f"roles: {', '.join(_PLACED)}."
            )
        return cls.model_validate({"role": role, "at": at, "until": until})


class Asker(Value):
    """The person (or service) on whose behalf a run reads and proposes.

    Reading is a site's: whoever has one of `sites` sees all of it. Roles are an asset's.

    Attributes:
        roles: held at each of his sites.
        grants: held besides, below an asset, for a time, or lent to him.
        scopes: what he comes for; less than all where his token is good for less.
    """

    user: str
    name: str
    roles: tuple[Role, ...]
    sites: tuple[Slug, ...]
    grants: tuple[Grant, ...] = ()
    scopes: tuple[Scope, ...] = SCOPES

    def roles_at(self, asset: str) -> tuple[Role, ...]:
        """The roles he holds at a site, area, line, unit or point."""
        whole = self.roles if asset.partition("/")[0] in self.sites else ()
        here = (g.role for g in self.grants if f"{asset}/".startswith(f"{g.at}/"))
        return tuple(dict.fromkeys((*whole, *here)))

    @property
    def held(self) -> tuple[Role, ...]:
        """The roles he holds anywhere."""
        return tuple(dict.fromkeys((*self.roles, *(g.role for g in self.grants))))

    def may(self, role: Role, asset: str = "") -> bool:
        """Whether he has the role at an asset; anywhere, where none is named."""
        return role in (self.roles_at(asset) if asset else self.held)

    @property
    def only_looks(self) -> bool:
        """Whether he has no other role than the viewer's."""
        return not set(self.held) - {"viewer"}

    def as_of(self, now: Instant) -> "Asker":
        """The person without the grants that have ended by then (ledger time)."""
        kept = tuple(g for g in self.grants if g.until is None or now < g.until)
        return self if kept == self.grants else self.model_copy(update={"grants": kept})

    def within(self, site: str) -> "Asker":
        """The person without what he holds at other sites than that one."""
        kept = tuple(g for g in self.grants if g.at.partition("/")[0] == site)
        return self if kept == self.grants else self.model_copy(update={"grants": kept})

    def rights(self) -> Iterator[tuple[str, "Asker"]]:
        """In whose right he can act: his own (""), then with what each lender lent him."""
        for lender in ("", *sorted({g.lent_by for g in self.grants} - {""})):
            kept = tuple(g for g in self.grants if g.lent_by in {"", lender})
            yield lender, self.model_copy(update={"grants": kept})


class Ask(Value):
    """One question, with who asks, in which conversation, from where."""

    text: str = Field(min_length=1, max_length=4000)
    asker: Asker
    thread: str
    channel: str = "api"
    locale: str = "en"


_Plain = Annotated[str, AfterValidator(plain_text)]


class Progress(Value):
    """A line shown while an answer is being worked out."""

    step: str
    text: _Plain


class Words(Value):
    """The next piece of an answer's text, shown before the whole is there.

    What it states was bound to evidence. Put together the pieces are the answer's text, or begin
    it; where the answer then says something else, it alone counts.
    """

    text: _Plain


class Spent(Value):
    """What an answer cost.

    Attributes:
        steps: answers of the model; calls: of tools.
        tokens_in: read by the model, of them tokens_cached at the lower price; tokens_out: written.
        counted: whether the endpoint counted them all; if not, four characters are reckoned as one.
        cost: of the tokens, in `currency`; None where no price is set, or none was used.
        seconds: from question to answer, host time.
    """

    steps: int = Field(default=0, ge=0)
    calls: int = Field(default=0, ge=0)
    tokens_in: int = Field(default=0, ge=0)
    tokens_cached: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    counted: bool = True
    cost: float | None = Field(default=None, ge=0)
    currency: str = ""
    seconds: float = Field(default=0.0, ge=0)


class Answer(Value):
    """What is said, what it rests on, what is not known. Words of strangers lose links and markup.

    Attributes:
        text: for people; every number in it stands in `evidence`.
        proposals: ids handed in at the desk during this run.
        unknown: what was asked and could not be answered, one sentence each.
        model: who worded it ("offline operator 1", "gpt-…").
        understood: false if the question was not understood; `text` then says so.
        time: plant time of the snapshot it rests on.
        spent: what it cost.
    """

    thread: str
    text: _Plain
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    charts: tuple[ChartData, ...] = ()
    proposals: tuple[str, ...] = ()
    unknown: tuple[_Plain, ...] = ()
    understood: bool = True
    model: str
    time: Instant
    spent: Spent = Spent()

    @field_validator("findings")
    @classmethod
    def _plainly(cls, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        return tuple(f.model_copy(update={"text": plain_text(f.text)}) for f in findings)
