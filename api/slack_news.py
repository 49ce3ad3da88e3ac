"""What people are told unasked, in Slack: each topic has a thread of its own; pages go to people.

It takes notices as they are told, and posts them when Slack has room. It must never wait where a
notice is told, nor let more wait than it can hold without saying so.
"""

import asyncio
from collections import deque

from api.notices import Notice
from api.slack_api import SlackApi
from api.slack_blocks import fallback, words_blocks
from api.slack_cards import Cards
from api.slack_links import SlackLinks
from api.slack_pace import Pace
from twin_core.chat import ChatStore, Posted
from twin_core.errors import Busy, SourceDown
from twin_core.governance.oncall import Level
from twin_core.governance.ports import Page

_MOST = 200
_TOPIC = "news/"
_MARKS: dict[Level, str] = {
    "info": "",
    "alarm": "\N{WARNING SIGN} ",
    "page": "\N{POLICE CARS REVOLVING LIGHT} ",
    "highest": "\N{POLICE CARS REVOLVING LIGHT} ",
}


class News:
    """Posts notices in a channel.

    Args:
        channel: empty: nothing is posted.
        pace: when it is tried again.
    """

    def __init__(
        self,
        store: ChatStore,
        api: SlackApi,
        cards: Cards,
        channel: str,
        pace: Pace,
    ) -> None:
        self._store, self._api, self._cards = store, api, cards
        self._channel = channel
        self._waiting: deque[Notice] = deque()
        self._lost = 0
        self._pace = pace
        self._lock = asyncio.Lock()

    def hear(self, notice: Notice) -> None:
        """A notice was told; pages to one person go to him alone."""
        if not self._channel or notice.page:
            return
        self._waiting.append(notice)
        if len(self._waiting) > _MOST:
            self._waiting.popleft()
            self._lost += 1

    async def look(self) -> None:
        """Post what waits; nothing while Slack is not to be had.

        Raises:
            StoreDown: the channel's own store cannot be used.
        """
        if not self._pace.ready:
            return
        async with self._lock:
            try:
                while self._waiting:
                    await self._tell(self._waiting[0])
                    self._waiting.popleft()
                self._pace.well()
            except (Busy, SourceDown) as problem:
                self._pace.held(problem)

    async def _tell(self, notice: Notice) -> None:
        """A notice, under the card or the thread of what it is about."""
        if notice.level == "info" and await self._cards.shows(notice.proposal):
            return
        about = await self._cards.thread(notice.proposal)
        topic = f"{_TOPIC}{notice.proposal}"
        about = about or await self._store.posted(topic)
        lost = f" ({self._lost} older ones were not told here: opstwin notices)"
        said = f"{_MARKS[notice.level]}{notice.text}{lost if self._lost else ''}"
        thread = None if about is None else about.ts
        channel, ts = await self._api.post(
            self._channel, fallback(said), words_blocks(said.splitlines()), thread
        )
        self._lost = 0
        if about is None:
            await self._store.post(Posted(topic=topic, channel=channel, ts=ts, shown=""))


class SlackPager:
    """A Pager: a message to one person's own conversation with us."""

    def __init__(self, store: ChatStore, api: SlackApi, links: SlackLinks) -> None:
        self._store, self._api, self._links = store, api, links

    async def page(self, page: Page) -> None:
        """Hand a page over, once.

        Raises:
            SourceDown, Busy: Slack did not take it, or the person is linked to nobody there.
        """
        members = await asyncio.to_thread(self._links.members, page.person)
        if not members:
            raise SourceDown("slack", f"{page.person} is linked to nobody there")
        said = f"{_MARKS[page.level]}{page.text}"
        topic = f"page/{page.id}"
        if await self._store.posted(topic) is None:
            channel, ts = await self._api.post(
                members[0].member, fallback(said), words_blocks(said.splitlines())
            )
            await self._store.post(Posted(topic=topic, channel=channel, ts=ts, shown=""))
