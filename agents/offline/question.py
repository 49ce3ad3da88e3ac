"""What a person said, and what was understood of it: the two values reading goes between.

They must never hold a number that was not said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents.offline import grammar
from agents.offline.ahead import Ahead, ahead_in
from agents.offline.lone_number import with_names
from agents.offline.mentioned import names_in
from agents.offline.numbered import written_out
from agents.offline.orders import with_orders
from agents.offline.shortened import in_full
from twin_core.plant.mentions import Mention
from twin_core.plant.names import Names

OF_VALUES = frozenset({"value", "trend", "state"})
"""Question types that are about a measurement, or may be."""
SETTABLE = frozenset({"set", "shift", "speed"})
"""Kinds of change that set a set-point."""
NEEDS_ASSET = frozenset(
    {"cause", "bottleneck", "trend", "indicators", "remedies", "propose", "compare", "risk",
     "life", "quality", "model_error", "window", "details", "data", "made"}
)  # fmt: skip
"""Question types that are asked of something."""
PROPOSAL = re.compile(r"\bp-[a-z0-9]{4,}\b", re.IGNORECASE)
INCIDENT = re.compile(r"\bin-[0-9a-f]{8}\b", re.IGNORECASE)
POSSESSIVES = frozenset({"'s", "’s"})


def blanked(text: str, mentions: Sequence[Mention]) -> str:
    """The text with spaces where names and their possessives stand; every place stays its own."""
    for mention in mentions:
        end = mention.end + 2 if text[mention.end :][:2] in POSSESSIVES else mention.end
        text = text[: mention.start] + " " * (end - mention.start) + text[end:]
    return text


class Said:
    """One sentence as it was said, its names found and its words brought to one spelling.

    Args:
        text: as written.
        names: of the plant.
    """

    def __init__(self, text: str, names: Names) -> None:
        full = in_full(with_orders(text, names), names)
        spelled = with_names(grammar.respelled(full, names.word), names)
        self.text = written_out(grammar.joined(spelled), names)
        self.plain = grammar.normal(self.text)
        self.mentions: tuple[Mention, ...] = names_in(self.text, names)

    @cached_property
    def ahead(self) -> Ahead | None:
        """How far ahead it looks; None if it does not."""
        return ahead_in(self.text, measured=bool(self.of_kind("measurement")))

    @cached_property
    def horizon(self) -> str:
        """How far ahead it looks, as it was said; empty if it does not."""
        return "" if self.ahead is None else self.ahead.said

    @cached_property
    def rest(self) -> str:
        """The text without the words that say so."""
        if self.ahead is None:
            return self.text
        return f"{self.text[: self.ahead.start]} {self.text[self.ahead.end :]}"

    @cached_property
    def unnamed(self) -> str:
        """The words without those that say how far ahead, and without names of machines."""
        plain = grammar.normal(self.rest)
        for mention in self.of_kind("unit"):
            plain = plain.replace(grammar.normal(mention.text), " ", 1)
        return plain

    @cached_property
    def bare(self) -> str:
        """The words without names."""
        return grammar.normal(blanked(self.text, self.mentions))

    @cached_property
    def content(self) -> list[str]:
        """The words that carry meaning of their own, names left out."""
        return grammar.content(self.bare)

    def of_kind(self, *kinds: str) -> list[Mention]:
        """The names of some kinds."""
        return [mention for mention in self.mentions if mention.kind in kinds]


@dataclass(frozen=True, slots=True)
class Reading:
    """One question as understood.

    Attributes:
        kind: question type of the grammar, or `value`, `made`, `decide`, `unclear`; `handing` asks
            to hand in what nobody carries out, `future` for the cause of what has not happened;
            `foreign` is another language than ours, `query` says which.
        assets: names each of which means one asset.
        paths: their paths.
        against: a second span to compare with; `incident` the id of one; empty if not said.
        at: moment of the past whose cause is asked for, as it was said; empty: now.
        measurement, span, horizon, start, proposal, query, remedy: as they were said; empty if
            not; `start` is from where a what-if starts, `later` when it was to start, if that
            cannot be.
        faster: per cent of more speed, as it was said; empty if not.
        suspects: names of what is asked why it is not the cause.
        asked: asset and measurement of the value that a what-if asks for; empty: a line's rate.
        changes: of a what-if; `options` of a comparison.
        unread: words of a change that was not understood; `numeral` the number in them, if it was
            that; `words` those that nothing accounts for; `unit` the unit in them, if it was that,
            and `needed` the one that is taken.
        root: asked for the root cause, so that the best remedy is proposed too.
        unknown: a name nothing bears; `nearest` are some that exist.
        choices: names the asked name could mean.
        refused: asked to act or decide.
        meant: questions of which one may be what is asked, where that is not sure.
        spoken: paths of the machines that the answer to it named, in order.
    """

    kind: str
    question: str
    assets: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    measurement: str = ""
    span: str = ""
    against: str = ""
    incident: str = ""
    at: str = ""
    horizon: str = ""
    start: str = ""
    later: str = ""
    proposal: str = ""
    query: str = ""
    remedy: str = ""
    faster: str = ""
    suspects: tuple[str, ...] = ()
    changes: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    asked: tuple[str, str] = ("", "")
    options: tuple[dict[str, Any], ...] = field(default=(), hash=False)
    unread: str = ""
    words: tuple[str, ...] = ()
    numeral: str = ""
    unit: str = ""
    needed: str = ""
    root: bool = False
    unknown: str = ""
    nearest: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    refused: bool = False
    meant: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()

    @property
    def machines(self) -> bool:
        """Whether it is about lines or machines, and nothing larger."""
        return bool(self.paths) and all(path.count("/") > 1 for path in self.paths)

    @property
    def unset(self) -> bool:
        """Whether no asset was said, known or not."""
        return not (self.paths or self.choices or self.unknown)


def proposable(reading: Reading) -> bool:
    """Whether what it supposes is one set-point, so that just that can be handed in."""
    return len(reading.changes) == 1 and reading.changes[0]["kind"] in SETTABLE
