"""What goes over MQTT and what it means, in the words that both dialects share.

A dialect (`mqtt_json.py`, `sparkplug_host.py`) reads messages and says what they told: readings,
and what must be sent in answer. It must never open anything: the session does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from twin_core.reading import Batch
from twin_core.value import Instant

TEXT = 200
"""Characters kept of what came and was no number."""
AHEAD_US = 60_000_000
"""A source time further ahead than this is no time of ours (`twin_core/watermark.py`)."""


@dataclass(frozen=True, slots=True)
class Publish:
    """One message to be sent."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


@dataclass(slots=True)
class Told:
    """What some messages meant.

    Attributes:
        now: plant time at which they were read.
        rows: readings as `Batch.of` takes them; `original` their text where they are no number.
        current: of `rows`, the positions that say how it is now (not what was once).
        sends: messages to be sent in answer.
    """

    now: Instant
    rows: list[tuple[int, Instant, float, int, Instant]] = field(default_factory=list)
    original: dict[int, str] = field(default_factory=dict)
    current: list[int] = field(default_factory=list)
    sends: list[Publish] = field(default_factory=list)

    def reading(
        self,
        index: int,
        time: Instant,
        value: float,
        status: int,
        *,
        text: str = "",
        current: bool = True,
    ) -> None:
        """One reading of the point with that index; `text` where it is no number."""
        at = len(self.rows)
        if not math.isfinite(value) and text:
            self.original[at] = text[:TEXT]
        if current:
            self.current.append(at)
        self.rows.append((index, time, value, status, self.now))

    def batch(self) -> Batch | None:
        """The readings in columns, if there are any."""
        return replace(Batch.of(self.rows), original=self.original) if self.rows else None


class Dialect(Protocol):
    """How the messages of one source are read. No method raises for what the far side sends."""

    @property
    def topics(self) -> Sequence[str]:
        """What is subscribed to."""
        ...

    @property
    def refused(self) -> int:
        """Points that the far side does not have or shows in a form that cannot be read."""
        ...

    def will(self) -> Publish | None:
        """What the broker shall say when we are lost without a word."""
        ...

    def opened(self, told: Told, *, announced: bool) -> None:
        """A new connection: nothing is known of the far side. `announced`: we are its reader."""
        ...

    def take(self, topic: str, payload: bytes, told: Told, *, retained: bool) -> None:
        """Read one message."""
        ...

    def tick(self, told: Told) -> None:
        """Let time pass."""
        ...

    def goodbye(self) -> Publish | None:
        """What is said before leaving."""
        ...
