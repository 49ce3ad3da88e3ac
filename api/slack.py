"""Slack as a channel: put together, started and stopped. It is thin: no law lives here.

It must never keep the service from starting: without Slack everything else goes on.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from api.actuation import Actuation
from api.identity import Identity
from api.slack_api import SlackApi
from api.slack_app import SlackApp
from api.slack_cards import Cards
from api.slack_decide import Decisions, Edit
from api.slack_door import Reply, SlackDoor
from api.slack_links import SlackLinks
from api.slack_news import News
from api.slack_pace import Delays, Pace
from api.slack_talk import Talk
from twin_core.answer import Answer, Ask, Asker, Progress, Words
from twin_core.chart import ChartData
from twin_core.chat import ChatStore
from twin_core.errors import NotAllowed, OpsTwinError
from twin_core.governance.oncall import OnCall
from twin_core.governance.ports import Ledger
from twin_core.governance.rota import on_call
from twin_core.plant.assets import Plant
from twin_core.ports import Clock
from twin_core.value import SECOND

log = structlog.get_logger(__name__)

_TOO_LONG_S = 60.0
"""Without a connection for so long, another client is made: a library's can hang for good."""


@dataclass(frozen=True)
class House:
    """What every channel calls, of one System.

    Attributes:
        ask: the assistant.
        oncall: who is called when.
    """

    plant: Plant
    clock: Clock
    ledger: Ledger
    identity: Identity
    actuation: Actuation
    ask: Callable[[Ask], AsyncIterator[Progress | Words | Answer]]
    oncall: Callable[[], OnCall]


@dataclass(frozen=True)
class Workspace:
    """How we are known to a workspace.

    Attributes:
        channel: the channel for cards and news; empty: none.
        app_token: opens Socket Mode (`xapp-…`); empty: it comes by HTTP.
        secret: signs what comes by HTTP; empty: it comes by Socket Mode.
    """

    bot_token: str = field(repr=False)
    channel: str
    app_token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)


class Slack:
    """The channel of a System.

    Args:
        house: what every channel calls.
        edit: puts another size in a proposal's place.
        draw: charts → PNG.
        delays: new ones at each call.
    """

    def __init__(
        self,
        house: House,
        workspace: Workspace,
        store: ChatStore,
        links: SlackLinks,
        api: SlackApi,
        edit: Edit,
        draw: Callable[[Sequence[ChartData]], Awaitable[bytes]],
        delays: Callable[[], Delays],
    ) -> None:
        self._house, self._workspace = house, workspace
        self._store, self.links = store, links
        plant, clock, ledger, actuation = house.plant, house.clock, house.ledger, house.actuation
        self.cards = Cards(
            plant, actuation, ledger, clock, store, api, workspace.channel, self._name,
            Pace("cards", clock.monotonic, delays()),
        )  # fmt: skip
        pace = Pace("news", clock.monotonic, delays())
        self.news = News(store, api, self.cards, workspace.channel, pace)
        talk = Talk(house.ask, draw, api, self.cards, _opaque, clock.monotonic)
        decisions = Decisions(
            plant.site, actuation, ledger, store, api, self.cards, edit, self._asker
        )
        self.app = SlackApp(
            plant, api, store, links, talk, self.cards, decisions, self._asker, self._rotas
        )
        self.door = SlackDoor(
            store, self.app.ours, self.app.dispatch, workspace.secret,
            lambda: clock.host() / SECOND,
        )  # fmt: skip
        self._socket = _Socket(workspace, api, self.door, clock) if workspace.app_token else None

    @property
    def state(self) -> str:
        """How it is, in words."""
        if self._socket is None:
            return "by HTTP"
        return "connected" if self._socket.up else f"down: {self._socket.reason}"

    async def look(self) -> None:
        """Keep connected, do what was left, bring cards and news up to date."""
        await self.door.again()
        if self._socket is not None:
            await self._socket.look()
        await self.cards.look()
        await self.news.look()

    async def close(self) -> None:
        """Stop; what was taken and not done is done after the next start."""
        if self._socket is not None:
            await self._socket.close()
        await self.app.close()
        await self._store.close()

    async def _asker(self, team: str, member: str) -> Asker | None:
        """Who a member is, with what he may at this site; nobody else is told anything."""
        found = await asyncio.to_thread(self.links.person, team, member)
        if found is None or self._house.plant.site not in found.sites:
            return None
        return found.within(self._house.plant.site)

    def _name(self, user: str) -> str:
        try:
            return self._house.identity.person(user).name
        except OpsTwinError:
            return user

    async def _rotas(self) -> dict[str, tuple[str, ...]]:
        found, now = self._house.oncall(), await self._house.ledger.now()
        return {name: tuple(on_call(r, found.zone, now)) for name, r in found.rotas.items()}


class _Socket:
    """Socket Mode: one client of the library's at a time, connected in the background."""

    def __init__(self, workspace: Workspace, api: SlackApi, door: SlackDoor, clock: Clock) -> None:
        self._workspace, self._api, self._door, self._clock = workspace, api, door, clock
        self._client: Any = None
        self._connecting: asyncio.Task[None] | None = None
        self._lost = clock.monotonic()
        self.up, self.reason = False, "not connected yet"

    async def look(self) -> None:
        """Connect where there is no connection; say once that it was lost, or is back."""
        up = self._client is not None and await self._client.is_connected()
        now = self._clock.monotonic()
        if up != self.up:
            self.up, self._lost = up, now
            self.reason = "" if up else "the connection was lost"
            (log.info if up else log.warning)("Slack is connected" if up else "Slack is lost")
        if up:
            return
        if self._client is None or now - self._lost > _TOO_LONG_S:
            await self.close()
            self._lost = now
            self._client = self._made()
            self._connecting = asyncio.create_task(self._client.connect(), name="slack")

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.gather(self._connecting, return_exceptions=True)
            self._connecting = None
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _made(self) -> Any:
        from slack_sdk.socket_mode.aiohttp import SocketModeClient

        silent = logging.getLogger("opstwin.slack.socket")
        silent.setLevel(logging.CRITICAL)  # what goes wrong is told in our own words, once
        client = SocketModeClient(
            self._workspace.app_token, logger=silent, web_client=self._api.client
        )
        client.socket_mode_request_listeners.append(self._taken)
        return client

    async def _taken(self, client: Any, request: Any) -> None:
        """An envelope; what could not be kept is not acknowledged, and Slack sends it again."""
        from slack_sdk.socket_mode.response import SocketModeResponse

        try:
            reply = await self._door.take(request.payload)
        except NotAllowed:
            reply = Reply()  # recorded; Slack has no use for it
        except OpsTwinError as problem:
            log.warning("what Slack sent was not taken", reason=str(problem))
            return
        payload = reply.body if isinstance(reply.body, dict) and reply.body else None
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        )


def _opaque() -> str:
    return secrets.token_urlsafe(18)
