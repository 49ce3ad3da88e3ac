"""All that Slack has on record of a workspace: who and what there is, and what happened.

It must never know how the app is reached; who wants to know what happens listens.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from evals.slack.blocks import named
from evals.slack.channel import Channel, Message
from evals.slack.clock import Clock
from evals.slack.links import Links
from evals.slack.mishaps import Mishaps
from evals.slack.person import Person
from evals.slack.view import View

_Seen = TypeVar("_Seen")
_BEAT_S = 0.05
_SCOPES = (
    "app_mentions:read", "channels:history", "channels:read", "chat:write", "commands",
    "files:write", "groups:history", "groups:read", "im:history", "im:read",
    "im:write", "reactions:write", "users:read",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call of the Web API: what was asked and answered, and when on the workspace's clock."""

    method: str
    args: dict[str, Any]
    answer: dict[str, Any]
    at: float


@dataclass(frozen=True)
class Happening:
    """A message was posted, changed or deleted; `before` is what it was, as Slack sends it."""

    kind: Literal["posted", "changed", "deleted"]
    channel: Channel
    message: Message
    before: dict[str, Any]


class Records:
    """What there is, and what happened to it.

    Args:
        clock: what time it is.

    Attributes:
        url: where the stand-in listens, without a slash at the end; empty until it does.
        subscriptions: the events that the app has subscribed to.
        scopes: what the bot token may do.
        complaints: what the app did that Slack would not like, though it lets it pass.
        calls: every call of the Web API and of response_urls, oldest first.
        listeners: who is told of messages.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.url = ""
        self.team, self.domain = "T0PLANT", "plant"
        self.app, self.bot_user, self.bot_id, self.bot_name = "A0TWIN", "U0TWIN", "B0TWIN", "twin"
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.verification = secrets.token_hex(12)
        self.request_url = ""
        self.scopes = list(_SCOPES)
        self.subscriptions = {"app_mention", "message.im", "app_home_opened"}
        self.members: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.listeners: list[Callable[[Happening], None]] = []
        self.names = (f"{number:05d}{secrets.token_hex(2)}" for number in itertools.count(1))
        self.links = Links(clock, self.names)
        self.mishaps = Mishaps(clock)
        self._last_ts = 0
        self._pulse = asyncio.Event()

    def name_of(self, user: str) -> str:
        """A member's name, or the app's.

        Raises:
            KeyError: there is no such member.
        """
        return self.bot_name if user == self.bot_user else self.members[user].name

    def all_names(self) -> dict[str, str]:
        """Member id → name, the app's among them."""
        return {user: self.name_of(user) for user in (*self.members, self.bot_user)}

    def views(self) -> list[View]:
        """Every view that somebody has before him."""
        return [view for person in self.members.values() for view in person.views]

    def direct(self, user: str) -> Channel:
        """The direct messages of a member and the app; it is opened if there is none."""
        key = f"D0{user[1:]}"
        if key not in self.channels:
            self.channels[key] = Channel(key, "directmessage", "im", {user, self.bot_user})
        return self.channels[key]

    def next_ts(self) -> str:
        """A timestamp that no other message has."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, channel: Channel, message: Message) -> Message:
        """Put a message into a channel."""
        message.blocks = named(message.blocks, self.names)
        channel.messages.append(message)
        self._happened("posted", channel, message, {})
        return message

    def edit(
        self, channel: Channel, message: Message, text: str, blocks: list[dict[str, Any]]
    ) -> None:
        """Change a message in place."""
        before = message.as_json(self.team, self.app)
        message.replace(text, named(blocks, self.names), self.next_ts())
        self._happened("changed", channel, message, before)

    def remove(self, channel: Channel, message: Message) -> None:
        """Take a message away."""
        before = message.as_json(self.team, self.app)
        message.deleted = True
        self._happened("deleted", channel, message, before)

    def called(self, method: str, args: Any, answer: dict[str, Any]) -> None:
        """Note a call."""
        self.calls.append(Call(method, args, answer, self.clock.now()))
        self.changed()

    def changed(self) -> None:
        """Wake whoever waits in `until`."""
        self._pulse.set()

    async def until(self, seen: Callable[[], _Seen | None], timeout_s: float = 5.0) -> _Seen:
        """What `seen` returns, as soon as it is true; asked whenever something happens.

        Raises:
            TimeoutError: it does not come true.
        """
        async with asyncio.timeout(timeout_s):
            while not (found := seen()):
                self._pulse.clear()
                try:
                    await asyncio.wait_for(self._pulse.wait(), _BEAT_S)
                except TimeoutError:
                    continue  # what is asked may be elsewhere than in the workspace
            assert found is not None
            return found

    def _happened(
        self,
        kind: Literal["posted", "changed", "deleted"],
        channel: Channel,
        message: Message,
        before: dict[str, Any],
    ) -> None:
        if message.to is None:
            for listener in self.listeners:
                listener(Happening(kind, channel, message, before))
        self.changed()
