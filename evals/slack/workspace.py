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

What goes wrong on demand: `slack.mishaps` (limit, refuse, fail, lose, hold, realistic),
`slack.outage(…)` and `slack.restore()`, `slack.sockets` (warn, refresh), `slack.server.drop()`,
`slack.deliveries` (redeliver, redeliver_late, hold, release), `slack.requests` (forged, replay),
`slack.clock.turn(s)`. What an app did that Slack would not like is in `slack.complaints`, every
call of the API in `slack.calls`, whom a message notifies is told by `transcript.pinged`.

It is built after Slack's public documentation, and must never know the product's channel.
"""

from typing import Literal, Self

from evals.slack.channel import Channel
from evals.slack.clock import Clock
from evals.slack.deliveries import Deliveries
from evals.slack.events import events_of
from evals.slack.member import Member
from evals.slack.records import Happening, Records
from evals.slack.requests import Requests
from evals.slack.server import Server
from evals.slack.sockets import Sockets
from evals.slack.transcript import transcript


class Workspace(Records):
    """The whole of it; tests read and steer it.

    Args:
        clock: what time it is; the host's time if none.
        mode: how the app is reached: `socket` or `http`.

    Attributes:
        echoes: whether the app is told of its own messages too, as Slack does.
    """

    def __init__(
        self, clock: Clock | None = None, *, mode: Literal["socket", "http"] = "socket"
    ) -> None:
        super().__init__(clock or Clock())
        self.echoes = True
        self.deliveries = Deliveries(self)
        self.sockets = Sockets(self, self.deliveries)
        self.requests = Requests(self, self.deliveries)
        self.deliveries.road = self.sockets if mode == "socket" else self.requests
        self.server = Server(self, self.sockets)
        self.listeners.append(self._tell)

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening; what was on the way is given up.

        Raises:
            ExceptionGroup: the stand-in itself went wrong.
        """
        await self.deliveries.close()
        await self.requests.close()
        await self.server.stop()
        if self.server.broken:
            raise ExceptionGroup("the stand-in itself is at fault", self.server.broken)

    @property
    def base_url(self) -> str:
        """What a client of the Web API is given."""
        return f"{self.url}/api/"

    async def outage(self, kind: Literal["refused", "unavailable", "hanging"] = "refused") -> None:
        """Slack is away: connections are refused, or answered 503, or not answered."""
        await self.server.outage(kind)

    async def restore(self) -> None:
        """Slack is back."""
        await self.server.restore()

    def add_member(
        self,
        id: str,  # noqa: A002  # Slack's word for it
        name: str,
        *,
        bot: bool = False,
        team: str | None = None,
    ) -> Member:
        """A person, or somebody else's bot.

        Args:
            id: begins with U.
            name: as people read it.
            bot: whether it is one.
            team: the workspace he belongs to, if it is another one.
        """
        member = Member(self, self.deliveries, id, name, bot=bot)
        member.team = team
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

    def seen(self, member: Member, channel: Channel) -> str:
        """What a member reads in a channel, oldest first, replies under what they answer."""
        return transcript(channel.seen_by(member.id), self.all_names())

    def _tell(self, happening: Happening) -> None:
        if happening.message.user != self.bot_user or self.echoes:
            self.deliveries.tell(events_of(self, happening))
