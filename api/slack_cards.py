"""Keeps every card in Slack as the gate has it: drawn from the stored case, never from a click.

Slack may be away for hours: what is shown is made right when it is back. It must never say that
something was decided before it is durable, nor hold the gate up.
"""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence

from api.actuation import Actuation
from api.card import Card, Who, card
from api.slack_api import SlackApi
from api.slack_blocks import Block, card_blocks, card_fallback, offers
from api.slack_pace import Pace
from twin_core.chat import ChatStore, Posted
from twin_core.errors import Busy, SourceDown, SourceRefuses, UnknownName
from twin_core.governance.case import Case
from twin_core.governance.ports import Ledger
from twin_core.plant.assets import Plant
from twin_core.ports import Clock

_TOPIC = "card/"


class Cards:
    """One site's.

    Args:
        channel: where every proposal that waits for people is shown; empty: only where it was
            asked for.
        who: the printed name of a user; it may read a file.
        pace: when it is tried again.
    """

    def __init__(
        self,
        plant: Plant,
        actuation: Actuation,
        ledger: Ledger,
        clock: Clock,
        store: ChatStore,
        api: SlackApi,
        channel: str,
        who: Who,
        pace: Pace,
    ) -> None:
        self._plant, self._actuation, self._ledger, self._clock = plant, actuation, ledger, clock
        self._store, self._api, self._channel, self._who = store, api, channel, who
        self._pace = pace
        self._lock = asyncio.Lock()  # one message is posted once

    async def look(self) -> None:
        """Post what is new and change what is no longer so; nothing while Slack is not to be had.

        Raises:
            StoreDown: the ledger or the channel's own store cannot be read.
        """
        if not self._pace.ready:
            return
        async with self._lock:
            try:
                await self._all()
            except (Busy, SourceDown) as problem:
                self._pace.held(problem)
            else:
                self._pace.well()

    async def show(self, proposal: str, channel: str, thread: str | None) -> None:
        """Show a proposal where it was asked for, beside where all are shown.

        Raises:
            UnknownName: there is none.
            SourceDown, Busy: Slack does not take it.
        """
        async with self._lock:
            topic = f"{_TOPIC}{proposal}/{channel}/{thread or ''}"
            if await self._store.posted(topic) is None:
                await self._draw(await self._actuation.proposal(proposal), topic, channel, thread)

    async def card(self, proposal: str) -> Card:
        """The card of a proposal as it stands.

        Raises:
            UnknownName: there is none.
        """
        return await self._of(await self._actuation.proposal(proposal))

    async def waiting(self) -> Sequence[Card]:
        """The cards of all that wait for people, oldest first."""
        return [await self._of(case) for case in _pending(await self._actuation.cases())]

    async def blocks(self, shown: Card) -> list[Block]:
        """A card with its buttons."""
        buttons = {
            verb: await self._store.button(shown.proposal, shown.digest, verb)
            for verb in offers(shown)
        }
        return card_blocks(shown, buttons)

    async def shows(self, topic: str) -> bool:
        """Whether a card tells how it stands: it is a proposal."""
        try:
            await self._actuation.proposal(topic)
        except UnknownName:
            return False
        return True

    async def thread(self, proposal: str) -> Posted | None:
        """The message under which more is told of a proposal; None: there is none."""
        return await self._store.posted(self._main(proposal))

    async def _all(self) -> None:
        """Every card; one that Slack refuses keeps no other from being right."""
        cases = {case.id: case for case in await self._actuation.cases()}
        posted = await self._store.all_posted(_TOPIC)
        known = {one.topic for one in posted}
        refused: SourceRefuses | None = None
        for case in _pending(cases.values()) if self._channel else ():
            if (topic := self._main(case.id)) not in known:
                try:
                    await self._draw(case, topic, self._channel, None)
                except SourceRefuses as problem:
                    refused = problem
        for one in posted:
            name = one.topic.removeprefix(_TOPIC).partition("/")[0]
            if name not in cases:
                await self._store.forget(one.topic)
                continue
            try:
                await self._again(cases[name], one)
            except SourceRefuses as problem:
                refused = problem
        if refused is not None:
            raise refused

    async def _again(self, case: Case, posted: Posted) -> None:
        """Make a message right; one whose case is over is looked after no more."""
        shown = await self._of(case)
        blocks = await self.blocks(shown)
        digest = _digest(blocks)
        over = not (case.moving or case.uncertain)
        if digest != posted.shown:
            try:
                await self._api.change(posted.channel, posted.ts, card_fallback(shown), blocks)
            except SourceRefuses as problem:
                if "message_not_found" not in problem.reason:
                    raise
                over = True  # somebody took it away; while it waits, it is shown anew
            else:
                await self._store.post(posted.model_copy(update={"shown": digest}))
        if over:
            await self._store.forget(posted.topic)

    async def _draw(self, case: Case, topic: str, channel: str, thread: str | None) -> None:
        shown = await self._of(case)
        blocks = await self.blocks(shown)
        there, ts = await self._api.post(channel, card_fallback(shown), blocks, thread)
        posted = Posted(topic=topic, channel=there, ts=ts, shown=_digest(blocks))
        await self._store.post(posted)

    async def _of(self, case: Case) -> Card:
        try:
            disabled = self._actuation.disabled(case.id)
        except UnknownName:
            disabled = "it is not known any more"
        now = await self._ledger.now()
        by = await asyncio.to_thread(self._who, case.proposal.requester.user)
        return card(case, self._plant, self._clock, now, disabled, lambda _: by)

    def _main(self, proposal: str) -> str:
        return f"{_TOPIC}{proposal}/{self._channel}/"


def _pending(cases: Iterable[Case]) -> list[Case]:
    """Those that wait for people, oldest first."""
    waiting = (case for case in cases if case.stage == "pending")
    return sorted(waiting, key=lambda case: case.proposal.created)


def _digest(blocks: Sequence[Block]) -> str:
    return hashlib.sha256(json.dumps(blocks, sort_keys=True).encode()).hexdigest()
