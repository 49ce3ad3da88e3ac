"""A question asked in Slack and its answer, streamed into one message of the thread.

The assistant is asked as by every other channel. It must never show an answer to anybody but where
it was asked for, nor wait for Slack longer than the answer takes.
"""

import asyncio
import html
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

import structlog

from api.slack_api import SlackApi
from api.slack_blocks import Block, answer_blocks, fallback, words_blocks
from api.slack_cards import Cards
from twin_core.answer import Answer, Ask, Asker, Progress, Words
from twin_core.chart import ChartData
from twin_core.errors import Busy, OpsTwinError, SourceDown
from twin_core.value import Value

log = structlog.get_logger(__name__)

_BETWEEN_S = 1.2
"""Between two changes of a message; Slack takes about fifty in a minute."""
_TRIES = 4
_MOST_WAIT_S = 30
_KEPT = 200
_MOST_TEXT = 4000
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
_LABELLED = re.compile(r"<[^<>|\s]*\|([^<>]*)>")
_BARE = re.compile(r"<([^<>|]*)>")


class Said(Value):
    """Something that a member said to us.

    Attributes:
        thread: the thread it stands in; None: none.
        ts: of the message itself, under which it is answered in a channel; None: not there.
        direct: whether it was said to us alone.
    """

    team: str
    member: str
    channel: str
    text: str
    ts: str | None = None
    thread: str | None = None
    direct: bool = False

    @property
    def answered_in(self) -> str | None:
        """The thread where the answer belongs."""
        return self.thread or (None if self.direct else self.ts)

    @property
    def conversation(self) -> str:
        """The conversation it goes on with: a thread, or all that is said in private."""
        return f"slack/{self.team}/{self.channel}/{self.answered_in or ''}"


class Talk:
    """Answers.

    Args:
        ask: the assistant.
        draw: charts → PNG.
        ids: a fresh opaque id at each call.
        monotonic: by which changes of a message are spaced.
        sleep: waits, host seconds.
    """

    def __init__(
        self,
        ask: Callable[[Ask], AsyncIterator[Progress | Words | Answer]],
        draw: Callable[[Sequence[ChartData]], Awaitable[bytes]],
        api: SlackApi,
        cards: Cards,
        ids: Callable[[], str],
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ask, self._draw, self._api, self._cards = ask, draw, api, cards
        self._ids, self._monotonic, self._sleep = ids, monotonic, sleep
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def answered(self, name: str) -> Answer | None:
        """An answer whose evidence is asked for; None: it was too long ago, or before a restart."""
        return self._answers.get(name)

    async def answer(self, said: Said, asker: Asker) -> None:
        """Answer where it was asked: a message at once, which becomes the answer."""
        text = spoken(said.text)
        if not text:
            await self._tell(said, ["Ask me about the plant: how a line runs, why it is slow, …"])
            return
        question = Ask(
            text=text[:_MOST_TEXT], asker=asker, thread=said.conversation, channel="slack"
        )
        shown = _Shown(self._api, said, self._monotonic, self._sleep)
        await shown.first()
        try:
            answer = await self._heard(question, shown)
        except OpsTwinError as problem:
            await shown.last(str(problem), words_blocks([str(problem)]))
            return
        name = self._ids()
        self._answers[name] = answer
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        await shown.last(answer.text, answer_blocks(answer, name))
        await self._beside(said, answer)

    async def _heard(self, question: Ask, shown: "_Shown") -> Answer:
        words = ""
        async for step in self._ask(question):
            if isinstance(step, Answer):
                return step
            if isinstance(step, Words):
                words += step.text
            await shown.now(words or f"{step.text} …")
        raise SourceDown("assistant", "it gave no answer")

    async def _beside(self, said: Said, answer: Answer) -> None:
        """The answer's charts and the cards of what it handed in."""
        where, thread = said.channel, said.answered_in
        acts = [partial(self._cards.show, name, where, thread) for name in answer.proposals]
        if answer.charts:
            acts.append(partial(self._charts, answer.charts, where, thread))
        for act in acts:
            try:
                await act()
            except OpsTwinError as problem:
                log.warning("something beside an answer was not shown", reason=str(problem))

    async def _charts(self, charts: Sequence[ChartData], channel: str, thread: str | None) -> None:
        png = await self._draw(charts)
        await self._api.upload(channel, "charts.png", "Charts of this answer", png, thread)

    async def _tell(self, said: Said, lines: list[str]) -> None:
        await self._api.post(
            said.channel, fallback(lines[0]), words_blocks(lines), said.answered_in
        )


class _Shown:
    """The message that becomes the answer."""

    def __init__(
        self,
        api: SlackApi,
        said: Said,
        monotonic: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._api, self._said, self._monotonic, self._sleep = api, said, monotonic, sleep
        self._place: tuple[str, str] | None = None
        self._next = 0.0

    async def first(self) -> None:
        """Show at once that it was heard."""
        await self._try("Looking …", words_blocks(["Looking …"]))

    async def now(self, text: str) -> None:
        """Show how far it is, if it is time; what Slack does not take is not missed."""
        if self._monotonic() >= self._next:
            await self._try(text, words_blocks(text.splitlines()))

    async def last(self, text: str, blocks: list[Block]) -> None:
        """Show the whole; this one must arrive."""
        for _ in range(_TRIES):
            wait = await self._try(text, blocks)
            if not wait:
                return
            await self._sleep(min(wait, _MOST_WAIT_S))
        log.warning("an answer did not reach Slack", channel=self._said.channel)

    async def _try(self, text: str, blocks: list[Block]) -> float:
        """0 if it is shown, else after how many seconds to try again."""
        self._next = self._monotonic() + _BETWEEN_S
        try:
            if self._place is None:
                self._place = await self._api.post(
                    self._said.channel, fallback(text), blocks, self._said.answered_in
                )
            else:
                await self._api.change(*self._place, fallback(text), blocks)
        except Busy as problem:
            self._next = self._monotonic() + problem.retry_s
            return problem.retry_s
        except SourceDown as problem:
            log.info("a message was not taken", reason=str(problem))
            return 2 * _BETWEEN_S
        return 0.0


def spoken(text: str) -> str:
    """What was said, as it was typed: without mentions of us, names instead of Slack's codes."""
    plain = _LABELLED.sub(r"\1", _MENTION.sub(" ", text))
    plain = _BARE.sub(r"\1", plain)
    return " ".join(html.unescape(plain).split())
