"""A stand-in of Slack: its Web API, Socket Mode and HTTP mode on a port of this machine.

A test starts it, points a client at it, lets people act, and reads what they see:

    async with Workspace() as slack:                    # mode="http": signed POSTs instead
        ada = slack.add_member("U0ADA", "Ada")
        line = slack.add_channel("line-4", ada)         # the app is in it, unless app_in=False
        client = AsyncWebClient(slack.bot_token, base_url=slack.base_url)
        # Socket Mode: slack.app_token; HTTP mode: slack.request_url = …, slack.signing_secret
        await slack.until(lambda: slack.deliveries.connected)
        told = await ada.mention(line, "why is it slow?")   # told.acknowledged, .took_s, .answer
        card = await slack.until(lambda: line.last("Approve"))
        await ada.click(card, "Approve", confirmed=True)
        await ada.submit(ada.modal, {"Speed": "40"})    # also command, direct, choose, open_home
        slack.seen(ada, line)                           # what she reads, as text

What goes wrong on demand: `slack.mishaps` (limit, refuse, lose, realistic), `slack.outage(…)` and
`slack.restore()`, `slack.sockets` (warn, refresh, drop), `slack.deliveries.redeliver(…)`,
`slack.requests` (forged, replay), `slack.clock.turn(s)`. What an app did that Slack would
not like stands in `slack.complaints`; every call of the Web API in `slack.calls`.

It is built after Slack's public documentation, and must never know the product's channel.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

from evals.slack.blocks import named
from evals.slack.channel import Channel, Message
from evals.slack.clock import Clock
from evals.slack.deliveries import Deliveries
from evals.slack.events import changed, deleted, posted
from evals.slack.links import Links
from evals.slack.member import Member
from evals.slack.mishaps import Mishaps
from evals.slack.requests import Requests
from evals.slack.sockets import Sockets
from evals.slack.transcript import transcript
from evals.slack.view import View

if TYPE_CHECKING:
    from evals.slack.server import Server

_Seen = TypeVar("_Seen")
_BEAT_S = 0.05
_SCOPES = (
    "app_mentions:read", "channels:history", "chat:write", "commands", "files:write",
    "groups:history", "im:history", "im:read", "im:write", "reactions:write", "users:read",
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call of the Web API: what was asked and answered, and when on the workspace's clock."""

    method: str
    args: dict[str, Any]
    answer: dict[str, Any]
    at: float


class Workspace:
    """All that Slack knows; tests read and steer it.

    Args:
        clock: what time it is; the host's time if none.
        mode: how the app is reached: `socket` or `http`.

    Attributes:
        subscriptions: the events that the app has subscribed to.
        scopes: what the bot token may do.
        echoes: whether the app is told of its own messages too, as Slack does.
    """

    def __init__(self, clock: Clock | None = None, *, mode: str = "socket") -> None:
        self.clock = clock or Clock()
        self.team, self.domain = "T0PLANT", "plant"
        self.app, self.bot_user, self.bot_id, self.bot_name = "A0TWIN", "U0TWIN", "B0TWIN", "twin"
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.verification = secrets.token_hex(12)
        self.scopes = list(_SCOPES)
        self.subscriptions = {"app_mention", "message.im", "app_home_opened"}
        self.echoes = True
        self.request_url = ""
        self.members: dict[str, Member] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.views: dict[str, View] = {}
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self._numbers = itertools.count(1)
        self.names = (f"{number:05d}{secrets.token_hex(2)}" for number in self._numbers)
        self.links = Links(self.clock, self.names)
        self.mishaps = Mishaps(self.clock)
        self.sockets = Sockets(self)
        self.requests = Requests(self)
        self.deliveries = Deliveries(self, self.sockets if mode == "socket" else self.requests)
        self.server: Server | None = None
        self._last_ts = 0
        self._pulse = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        from evals.slack.server import Server

        self.server = Server(self)
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening; what was on the way is given up."""
        await self.deliveries.close()
        await self.requests.close()
        if self.server is not None:
            await self.server.stop()
            if self.server.broken:
                raise ExceptionGroup("the stand-in itself is at fault", self.server.broken)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        assert self.server is not None, "the workspace is not started"
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def base_url(self) -> str:
        """What a client of the Web API is given."""
        return f"{self.url}/api/"

    async def outage(self, kind: str = "refused") -> None:
        """Slack is away: `refused`, `unavailable` (503) or `hanging`."""
        assert self.server is not None
        await self.server.outage(kind)

    async def restore(self) -> None:
        """Slack is back."""
        assert self.server is not None
        await self.server.restore()

    def add_member(self, id: str, name: str, *, bot: bool = False) -> Member:  # noqa: A002
        """A person, or somebody else's bot; ids begin with U."""
        member = Member(self, id, name, bot=bot)
        self.members[id] = member
        return member

    def add_channel(
        self, name: str, *members: Member, kind: str = "channel", app_in: bool = True
    ) -> Channel:
        """A public channel, or a private one (`group`)."""
        inside = {member.id for member in members} | ({self.bot_user} if app_in else set())
        channel = Channel(f"C0{name.upper().replace('-', '')}", name, kind, inside)
        self.channels[channel.id] = channel
        return channel

    def direct(self, member: str) -> Channel:
        """The direct messages of a member and the app; it is opened if there is none."""
        key = f"D0{member[1:]}"
        if key not in self.channels:
            self.channels[key] = Channel(key, "directmessage", "im", {member, self.bot_user})
        return self.channels[key]

    def next_ts(self) -> str:
        """A timestamp that no other message has."""
        self._last_ts = max(int(self.clock.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, channel: Channel, message: Message) -> Message:
        """Put a message into a channel; the app is told if it asked for that."""
        message.blocks = named(message.blocks, self.names)
        channel.messages.append(message)
        if message.to is None and (message.user != self.bot_user or self.echoes):
            self.deliveries.tell(posted(self, channel, message))
        self.changed()
        return message

    def edit(self, channel: Channel, message: Message, text: str, blocks: list[Any]) -> None:
        """Change a message in place."""
        before = message.as_json(self.team, self.app)
        message.replace(text, named(blocks, self.names), self.next_ts())
        if message.to is None and (message.user != self.bot_user or self.echoes):
            self.deliveries.tell(changed(self, channel, message, before))
        self.changed()

    def remove(self, channel: Channel, message: Message) -> None:
        """Take a message away."""
        before = message.as_json(self.team, self.app)
        message.deleted = True
        if message.to is None and (message.user != self.bot_user or self.echoes):
            self.deliveries.tell(deleted(self, channel, message, before))
        self.changed()

    def called(self, method: str, args: Any, answer: dict[str, Any]) -> None:
        """Note a call."""
        self.calls.append(Call(method, args, answer, self.clock.now()))
        self.changed()

    def changed(self) -> None:
        """Wake whoever waits in `until`."""
        self._pulse.set()

    async def until(self, seen: Callable[[], _Seen], timeout_s: float = 5.0) -> _Seen:
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
            return found

    def seen(self, member: Member, channel: Channel) -> str:
        """What a member reads in a channel, oldest first, replies under what they answer."""
        names = {one.id: one.name for one in self.members.values()} | {self.bot_user: self.bot_name}
        return transcript(channel.seen_by(member.id), names)
