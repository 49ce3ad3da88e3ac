"""What a chat channel must not forget, as values; and the port that keeps it.

It must never know a channel's protocol.
"""

from collections.abc import Sequence
from typing import Protocol

from twin_core.value import JSON, Instant, Value


class Taken(Value):
    """Something that came from a channel and is to be done, with the key by which it is known."""

    key: str
    at: Instant
    body: JSON


class Button(Value):
    """What an opaque button stands for: a verb about a proposal as it was shown."""

    proposal: str
    digest: str
    verb: str


class Posted(Value):
    """A message of ours: what it is of, where it stands, and a digest of what it shows."""

    topic: str
    channel: str
    ts: str
    shown: str


class ChatStore(Protocol):
    """Keeps it; every method returns after commit and raises StoreDown where it cannot."""

    async def take(self, key: str, body: JSON) -> bool:
        """Keep what came; False: it was taken before."""
        ...

    async def done(self, key: str) -> None:
        """Nothing is left to be done about it."""
        ...

    async def undone(self) -> Sequence[Taken]:
        """What was taken and is still to be done, oldest first."""
        ...

    async def button(self, proposal: str, digest: str, verb: str) -> str:
        """The opaque id of a button; the same for the same."""
        ...

    async def pressed(self, name: str) -> Button | None:
        """What a button stands for; None: it is none of ours."""
        ...

    async def posted(self, topic: str) -> Posted | None:
        """The message of a topic; None: there is none."""
        ...

    async def all_posted(self, prefix: str) -> Sequence[Posted]:
        """The messages of topics that begin so, oldest first."""
        ...

    async def post(self, posted: Posted) -> None:
        """Keep where a topic's message stands and what it shows."""
        ...

    async def forget(self, topic: str) -> None:
        """A topic's message is looked after no more."""
        ...

    async def close(self) -> None:
        """Finish what waits and let go."""
        ...
