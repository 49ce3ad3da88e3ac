"""Evidence: something seen, with its numbers; Finding: something said, with its evidence.

An Evidence's id is a digest of its content, so the same observation has the same id everywhere.
A Finding without evidence cannot be made.
"""

from functools import cached_property
from typing import Literal

from pydantic import Field

from twin_core.canonical import digest
from twin_core.value import JSON, Instant, Value

EvidenceKind = Literal[
    "reading",
    "series",
    "state",
    "indicator",
    "alarm",
    "incident",
    "symptom",
    "cause",
    "counterfactual",
    "forecast",
    "plan",
    "passage",
    "record",
    "proposal",
    "testimony",
    "rehearsal",
    "source",
]


class Evidence(Value):
    """One observation that an answer may rest on.

    Attributes:
        kind: what sort of observation; a `plan` rests on what was ordered, not on what is heard.
        subject: path of the asset or point, or a document section.
        statement: one sentence a person can check, numbers with units and time included.
        data: the same in machine form; every number of `statement` stands here.
        time: plant time to which it refers.
        quality: `good`, `uncertain` or `bad`; `simulated` for what a model says.
        origin: who says so: a source id, `twin`, `model VERSION`, a document, a person's name.
    """

    kind: EvidenceKind
    subject: str
    statement: str
    data: dict[str, JSON] = Field(default_factory=dict)
    time: Instant
    quality: Literal["good", "uncertain", "bad", "simulated"] = "good"
    origin: str = "twin"

    @cached_property
    def id(self) -> str:
        """`ev-` and the first 12 hexadecimal digits of the content's digest."""
        return "ev-" + digest(self)[:12]


class Finding(Value):
    """One statement of an answer and the ids of the evidence it rests on (at least one)."""

    text: str
    evidence: tuple[str, ...] = Field(min_length=1)
    probability: float | None = Field(default=None, ge=0, le=1)
