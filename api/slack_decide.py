"""What members press and send about proposals, brought before the gate in their own names.

A button is an opaque id; what it means stands in our store, and who presses it is whom he is linked
to. It must never vote for somebody who is linked to nobody, nor for another form of a proposal than
the one that was shown.
"""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from api.actuation import Actuation
from api.slack_api import SlackApi
from api.slack_blocks import fallback, reason_view, size_view, words_blocks
from api.slack_cards import Cards
from twin_core.answer import Asker
from twin_core.chat import Button, ChatStore
from twin_core.errors import (
    BadInput,
    Busy,
    Conflict,
    NotAllowed,
    OpsTwinError,
    SourceDown,
)
from twin_core.governance.ports import Ledger
from twin_core.value import Slug, Value

log = structlog.get_logger(__name__)

REFUSED = "slack_refused"
"""Kind of the audit records of what came from Slack and could not be ours."""
NOT_LINKED = (
    "I do not know who you are here, so I can do nothing in your name. Run `opstwin slack link` "
    "where you are signed in, and send me what it prints: /twin link CODE"
)
Edit = Callable[[str, Asker, Mapping[str, float], str], Awaitable[str]]
"""Puts another size in a proposal's place: id, by whom, values by point, why; its new id."""


class Pressed(Value):
    """A press of a button, or what a modal sent.

    Attributes:
        button: its opaque id.
        channel, thread: where it was pressed; None: not in a channel.
        trigger: with which a modal can be opened; empty: none can.
        reason, values: what the modal held: text, and the values of its number fields in order.
        again: it was taken before a crash and is done now.
    """

    team: str
    member: str
    button: str
    channel: str | None = None
    thread: str | None = None
    trigger: str = ""
    reason: str = ""
    values: tuple[float, ...] = ()
    again: bool = False


class Decisions:
    """Of one site.

    Args:
        edit: puts another size in a proposal's place, as every channel does.
    """

    def __init__(
        self,
        site: Slug,
        actuation: Actuation,
        ledger: Ledger,
        store: ChatStore,
        api: SlackApi,
        cards: Cards,
        edit: Edit,
        asker: Callable[[str, str], Awaitable[Asker | None]],
    ) -> None:
        self._site, self._actuation, self._ledger = site, actuation, ledger
        self._store, self._api, self._cards, self._edit = store, api, cards, edit
        self._asker = asker

    async def ours(self, team: str, member: str, button: str) -> bool:
        """Whether a button is one that we made; one that is not is recorded.

        Raises:
            StoreDown: it cannot be looked up.
        """
        if await self._store.pressed(button) is not None:
            return True
        body = {"team": team, "member": member, "button": button[:100]}
        await self._ledger.record(REFUSED, f"slack:{member}"[:200], self._site, body)
        return False

    async def pressed(self, pressed: Pressed, verb: str) -> None:
        """Do what a button asks for, or say why not, to whoever pressed it alone."""
        try:
            found = await self._store.pressed(pressed.button)
            if found is None or found.verb != verb:
                raise BadInput("That button is none of mine; nothing was done.")
            asker = await self._asker(pressed.team, pressed.member)
            if asker is None:
                raise BadInput(NOT_LINKED)
            if self._site not in asker.sites:
                raise NotAllowed(asker.name, f"see site {self._site}", f"site {self._site}")
            await self._act(found, asker, pressed)
        except Conflict as problem:
            if not pressed.again:  # what was decided before the crash is told by the card
                await self._whisper(pressed, str(problem))
        except OpsTwinError as problem:
            await self._whisper(pressed, str(problem))

    async def _act(self, button: Button, asker: Asker, pressed: Pressed) -> None:
        name = button.proposal
        case = await self._actuation.proposal(name)
        if case.digest != button.digest:
            raise Conflict(name, "it has changed since this card was drawn")
        if button.verb == "approve":
            await self._actuation.vote(name, asker, "approved", "", "slack")
        elif pressed.reason and button.verb == "reject":
            await self._actuation.vote(name, asker, "rejected", pressed.reason, "slack")
        elif pressed.reason and button.verb == "edit":
            card = await self._cards.card(name)
            values = {s.point: v for s, v in zip(card.sizes, pressed.values, strict=True)}
            new = await self._edit(name, asker, values, pressed.reason)
            await self._whisper(pressed, f"Handed in as {new}, in the place of {name}.")
        elif pressed.trigger:
            card = await self._cards.card(name)
            view = reason_view if button.verb == "reject" else size_view
            await self._api.open(pressed.trigger, view(card, pressed.button))
            return
        await self._cards.look()

    async def _whisper(self, pressed: Pressed, text: str) -> None:
        """Tell whoever pressed, and nobody else; where there is no channel, in private."""
        try:
            if pressed.channel is None:
                await self._api.post(pressed.member, fallback(text), words_blocks([text]))
            else:
                await self._api.whisper(
                    pressed.channel, pressed.member, fallback(text), pressed.thread
                )
        except (SourceDown, Busy) as problem:
            log.warning("somebody was not told why", member=pressed.member, why=text,
                        reason=str(problem))  # fmt: skip
