"""Which of our verbs follows what comes from Slack: Bolt's routes. Each calls one thing.

It must never hold a law, nor wait before it acknowledges: what is acknowledged is kept already.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import structlog

from api.slack_api import SlackApi
from api.slack_blocks import EVIDENCE, evidence_view, fallback, words_blocks
from api.slack_cards import Cards
from api.slack_decide import NOT_LINKED, Decisions, Pressed
from api.slack_door import Arrival, Payload, Reply
from api.slack_home import home_blocks
from api.slack_links import SlackLinks
from api.slack_manifest import COMMAND
from api.slack_talk import Said, Talk, spoken
from twin_core.answer import Asker
from twin_core.chat import ChatStore
from twin_core.errors import OpsTwinError, StoreDown
from twin_core.plant.assets import Plant

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)

_VERB = re.compile(r"card_(?:approve|reject|edit)")
_HELP = (
    f"{COMMAND} QUESTION asks me about the plant, as a mention or a direct message does.",
    f"{COMMAND} queue shows what waits for a decision.",
    f"{COMMAND} link CODE says who you are; opstwin slack link gives the code.",
)
_RESTARTED = "I was restarted before I had an answer for you: ask me again."
Handler = Callable[[Arrival], Coroutine[Any, Any, None]]


class SlackApp:
    """The routes.

    Args:
        asker: who a member is, at this site; None: nobody.
        rotas: who is called first now.
    """

    def __init__(
        self,
        plant: Plant,
        api: SlackApi,
        store: ChatStore,
        links: SlackLinks,
        talk: Talk,
        cards: Cards,
        decisions: Decisions,
        asker: Callable[[str, str], Awaitable[Asker | None]],
        rotas: Callable[[], Awaitable[dict[str, tuple[str, ...]]]],
    ) -> None:
        self._plant, self._api, self._store, self._links = plant, api, store, links
        self._talk, self._cards, self._decisions = talk, cards, decisions
        self._asker, self._rotas = asker, rotas
        self._doing: set[asyncio.Task[None]] = set()
        self._bolt = self._routed()

    async def dispatch(self, came: Arrival) -> Reply:
        """Route a payload; what is to be done goes on after it is acknowledged."""
        from slack_bolt.async_app import AsyncBoltRequest

        request = AsyncBoltRequest(mode="socket_mode", body=came.payload, context={"came": came})
        found = await self._bolt.async_dispatch(request)
        if found.status == 404:  # nothing of ours follows; Slack need not come again
            if came.key:
                await self._store.done(came.key)
            return Reply()
        try:
            body = json.loads(found.body) if found.body else ""
        except ValueError:
            body = found.body
        return Reply(found.status, body)

    async def ours(self, payload: Payload) -> bool:
        """Whether every button of a payload is one that we made.

        Raises:
            StoreDown: it cannot be looked up.
        """
        team, member = _who(payload)
        for action in _actions(payload):
            if _VERB.fullmatch(str(action.get("action_id"))):
                value = str(action.get("value"))
                if not await self._decisions.ours(team, member, value):
                    return False
        return True

    async def idle(self) -> None:
        """Return when nothing is being done."""
        while self._doing:
            await asyncio.gather(*self._doing, return_exceptions=True)

    async def close(self) -> None:
        """Stop; what was not done is done after the next start."""
        for task in (doing := tuple(self._doing)):
            task.cancel()
        await asyncio.gather(*doing, return_exceptions=True)

    def _routed(self) -> "AsyncApp":
        from slack_bolt.async_app import AsyncApp
        from slack_bolt.authorization import AuthorizeResult

        silent = logging.getLogger("opstwin.slack")
        silent.setLevel(logging.CRITICAL)  # what goes wrong is told in our own words

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None, team_id=None, bot_token=self._api.client.token
            )

        bolt = AsyncApp(
            logger=silent,
            client=self._api.client,
            authorize=authorize,
            request_verification_enabled=False,  # that is the door's
        )
        bolt.event("app_mention")(self._follows(self._said))
        bolt.event("message")(self._follows(self._written))
        bolt.event("app_home_opened")(self._follows(self._home))
        bolt.command(COMMAND)(self._follows(self._command))
        bolt.action(_VERB)(self._follows(self._pressed))
        bolt.action(EVIDENCE)(self._follows(self._evidence))
        bolt.view(re.compile("reason|size"))(self._follows(self._sent))
        return bolt

    def _follows(self, act: Handler) -> Callable[..., Awaitable[None]]:
        async def listener(ack: Callable[[], Awaitable[None]], context: Any) -> None:
            await ack()
            task = asyncio.create_task(self._done(act, context["came"]))
            self._doing.add(task)
            task.add_done_callback(self._doing.discard)

        return listener

    async def _done(self, act: Handler, came: Arrival) -> None:
        try:
            await act(came)
        except OpsTwinError as problem:
            log.warning("what Slack sent was not done", reason=str(problem))
        except Exception:  # one broken message must not be done again at each start
            log.exception("what Slack sent broke")
        try:
            await self._store.done(came.key)
        except StoreDown as problem:
            log.warning("it is not known that it was done", reason=str(problem))

    async def _said(self, came: Arrival) -> None:
        event = came.payload.get("event", {})
        team, member = _who(came.payload)
        await self._answer(
            Said(
                team=team,
                member=member,
                channel=str(event.get("channel")),
                text=str(event.get("text", "")),
                ts=event.get("ts"),
                thread=event.get("thread_ts"),
                direct=event.get("channel_type") == "im",
            ),
            came,
        )

    async def _written(self, came: Arrival) -> None:
        """A message; ours is only what a person wrote to us alone: a mention comes by itself."""
        event = came.payload.get("event", {})
        whole = not event.get("subtype") and not event.get("bot_id") and event.get("user")
        if event.get("channel_type") == "im" and whole:
            await self._said(came)

    async def _command(self, came: Arrival) -> None:
        body, (team, member) = came.payload, _who(came.payload)
        channel, text = str(body.get("channel_id")), str(body.get("text", "")).strip()
        verb, _, rest = text.partition(" ")
        if verb == "link":
            await self._link(team, member, channel, rest)
        elif verb in {"", "help"}:
            await self._api.whisper(channel, member, fallback(" · ".join(_HELP)), None)
        elif verb == "queue":
            waiting = await self._cards.waiting()
            told = [f"{card.proposal}: {card.changes[0]} ({card.needs})" for card in waiting]
            said = " · ".join(told) or "Nothing waits for a decision."
            await self._api.whisper(channel, member, fallback(said), None)
        else:
            asked = Said(team=team, member=member, channel=channel, text=text)
            await self._answer(asked, came)

    async def _link(self, team: str, member: str, channel: str, code: str) -> None:
        try:
            who = await asyncio.to_thread(self._links.link, team, member, code)
            said = f"You are {who.name} here."
        except OpsTwinError as problem:
            said = str(problem)
        await self._api.whisper(channel, member, fallback(said), None)

    async def _answer(self, said: Said, came: Arrival) -> None:
        """Answer; what was asked before a crash may have been its cause, and is not asked again."""
        asker = await self._asker(said.team, said.member)
        if asker is not None and came.again:
            await self._api.post(
                said.channel, _RESTARTED, words_blocks([_RESTARTED]), said.answered_in
            )
        elif asker is not None:
            await self._talk.answer(said, asker)
        elif said.direct:
            await self._api.post(said.channel, fallback(NOT_LINKED), words_blocks([NOT_LINKED]))
        else:
            await self._api.whisper(
                said.channel, said.member, fallback(NOT_LINKED), said.answered_in
            )

    async def _pressed(self, came: Arrival) -> None:
        for action in _actions(came.payload):
            verb = str(action.get("action_id")).removeprefix("card_")
            await self._decisions.pressed(_press(came, str(action.get("value"))), verb)

    async def _sent(self, came: Arrival) -> None:
        view = came.payload.get("view", {})
        held = view.get("state", {}).get("values", {})
        why = str(held.get("why", {}).get("value", {}).get("value") or "").strip()
        sizes = sorted((k for k in held if k.startswith("size_")), key=lambda k: int(k[5:]))
        press = _press(came, str(view.get("private_metadata"))).model_copy(
            update={
                "reason": spoken(why),
                "values": tuple(float(held[k]["value"]["value"]) for k in sizes),
                "trigger": "",
            }
        )
        verb = "reject" if view.get("callback_id") == "reason" else "edit"
        await self._decisions.pressed(press, verb)

    async def _evidence(self, came: Arrival) -> None:
        (action, *_) = _actions(came.payload)
        answer = self._talk.answered(str(action.get("value")))
        team, member = _who(came.payload)
        if answer is None or await self._asker(team, member) is None:
            said = (
                "That answer was given too long ago: ask again." if answer is None else NOT_LINKED
            )
            press = _press(came, "")
            if press.channel is not None:
                await self._api.whisper(press.channel, member, fallback(said), press.thread)
            return
        trigger = str(came.payload.get("trigger_id"))
        await self._api.open(trigger, evidence_view(answer, self._plant))

    async def _home(self, came: Arrival) -> None:
        team, member = _who(came.payload)
        who = await self._asker(team, member)
        waiting = [] if who is None else list(await self._cards.waiting())
        shown = [(card, await self._cards.blocks(card)) for card in waiting]
        rotas = {} if who is None else await self._rotas()
        await self._api.home(member, home_blocks(who, shown, rotas, self._plant.name))


def _actions(payload: Payload) -> list[Payload]:
    found = payload.get("actions", ()) if payload.get("type") == "block_actions" else ()
    return [one for one in found if isinstance(one, dict)]


def _who(payload: Payload) -> tuple[str, str]:
    """The workspace and the member that a payload comes from."""
    team, user, event = (payload.get(name) for name in ("team", "user", "event"))
    of_team = team.get("id") if isinstance(team, dict) else payload.get("team_id")
    of_user = user.get("id") if isinstance(user, dict) else payload.get("user_id")
    if isinstance(event, dict):
        of_user = event.get("user")
    return str(of_team or ""), str(of_user or "")


def _press(came: Arrival, button: str) -> Pressed:
    payload, (team, member) = came.payload, _who(came.payload)
    channel, container = payload.get("channel"), payload.get("container", {})
    return Pressed(
        team=team,
        member=member,
        button=button,
        channel=channel.get("id") if isinstance(channel, dict) else None,
        thread=container.get("thread_ts") if isinstance(container, dict) else None,
        trigger="" if came.again else str(payload.get("trigger_id") or ""),
        again=came.again,
    )
