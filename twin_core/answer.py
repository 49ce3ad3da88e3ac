"""A question and its answer, the same objects for every channel.

An Answer carries findings with evidence and chart *data*; channels render them. It must never
carry markup, nor pixels but those of a robot cell's camera.
"""

from typing import Literal

from pydantic import Field

from twin_core.chart import ChartData
from twin_core.evidence import Evidence, Finding
from twin_core.value import Instant, Slug, Value

Role = Literal["viewer", "operator", "supervisor", "engineer", "admin", "service", "pusher"]


class Asker(Value):
    """The person (or service) on whose behalf a run reads and proposes."""

    user: str
    name: str
    roles: tuple[Role, ...]
    sites: tuple[Slug, ...]

    def may(self, role: Role) -> bool:
        """Whether he has the role."""
        return role in self.roles

    @property
    def only_looks(self) -> bool:
        """Whether he has no other role than the viewer's."""
        return not set(self.roles) - {"viewer"}


class Ask(Value):
    """One question, with who asks, in which conversation, from where."""

    text: str = Field(min_length=1, max_length=4000)
    asker: Asker
    thread: str
    channel: str = "api"
    locale: str = "en"


class Progress(Value):
    """A line shown while an answer is being worked out."""

    step: str
    text: str


class Answer(Value):
    """What is said, what it rests on, what is not known.

    Attributes:
        text: for people; every number in it stands in `evidence`.
        proposals: ids handed in at the desk during this run.
        unknown: what was asked and could not be answered, one sentence each.
        model: who worded it ("offline operator 1", "gpt-…").
        understood: false if the question was not understood; `text` then says so.
        time: plant time of the snapshot it rests on.
    """

    thread: str
    text: str
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    charts: tuple[ChartData, ...] = ()
    proposals: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    understood: bool = True
    model: str
    time: Instant
