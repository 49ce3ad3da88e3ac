"""A member of the workspace: what he can do in Slack's client, and what he has before him.

He must never do what the client would not let him: press what he does not see, confirm what does
not ask, submit a form that is not complete.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from evals.slack.channel import Channel, Message
from evals.slack.deliveries import Deliveries, Delivery
from evals.slack.events import home_opened
from evals.slack.form import CannotDo, chosen_from, filled, picked, pressed, started
from evals.slack.payloads import (
    action_of,
    closed,
    command,
    pressed_in_message,
    pressed_in_view,
    shown,
    submitted,
)
from evals.slack.person import Person
from evals.slack.records import Records
from evals.slack.responses import answered_command, answered_submission
from evals.slack.transcript import screen
from evals.slack.view import View


class Member(Person):
    """A person, or somebody else's bot, with his hands on Slack's client."""

    def __init__(
        self,
        slack: Records,
        deliveries: Deliveries,
        id: str,  # noqa: A002  # Slack's word for it
        name: str,
        *,
        bot: bool = False,
    ) -> None:
        super().__init__(id, name, bot)
        self._slack, self._deliveries = slack, deliveries

    @property
    def modal(self) -> View:
        """The modal on top.

        Raises:
            CannotDo: there is none.
        """
        if not self.modals:
            raise CannotDo(f"{self.name} has no modal before him.")
        return self.modals[-1]

    def screen(self) -> str:
        """What he reads in the modal on top; empty if there is none."""
        return screen(self.modals[-1] if self.modals else None, self._slack.all_names())

    def home_screen(self) -> str:
        """What he reads in the app's home tab."""
        return screen(self.home, self._slack.all_names())

    async def mention(self, channel: Channel, text: str, thread_ts: str | None = None) -> Delivery:
        """Write to the app in a channel; it has no attempts if the app is not told of that."""
        return await self._write(
            channel, f"<@{self._slack.bot_user}> {self._typed(text)}", thread_ts
        )

    async def say(self, channel: Channel, text: str, thread_ts: str | None = None) -> Delivery:
        """Write to the others; `@Name` names a member. No attempts: the app is not told of that."""
        return await self._write(channel, self._typed(text), thread_ts)

    async def direct(self, text: str, thread_ts: str | None = None) -> Delivery:
        """Write to the app alone."""
        return await self._write(self._slack.direct(self.id), self._typed(text), thread_ts)

    async def edit(self, message: Message, text: str) -> None:
        """Change what he wrote; a mention stays one."""
        mention = f"<@{self._slack.bot_user}> "
        kept = mention if message.text.startswith(mention) else ""
        said = f"{kept}{self._typed(text)}"
        channel = self._slack.channels[message.channel]
        self._slack.edit(channel, message, said, _typed_blocks(said))

    async def delete(self, message: Message) -> None:
        """Take away what he wrote."""
        self._slack.remove(self._slack.channels[message.channel], message)

    async def command(self, name: str, text: str = "", channel: Channel | None = None) -> Delivery:
        """Give a slash command, in a channel or in the direct messages with the app."""
        where = channel or self._slack.direct(self.id)
        payload = command(self._slack, self.id, where, name, _escaped(text))

        def then(answer: Any) -> None:
            answered_command(self._slack, self, where, answer)

        delivery = self._deliveries.made("slash_commands", payload, accepts_answer=True, then=then)
        return await self._sent(delivery, f"{name} failed with the error")

    async def click(
        self,
        where: Message | View,
        label: str,
        *,
        confirmed: bool = False,
        seen: list[dict[str, Any]] | None = None,
    ) -> Delivery:
        """Press a button.

        Args:
            where: the message or view it is on.
            label: its text, or its action_id.
            confirmed: answer yes to the question it asks; a button with one needs it.
            seen: the blocks that he still has before him, when his client is behind.

        Raises:
            CannotDo: he sees no such button, or leaves its question open, or it asks none.
        """
        self._check_sees(where)
        block, element = pressed(where.blocks if seen is None else seen, label)
        self._confirm(element, confirmed=confirmed)
        return await self._acted(where, action_of(self._slack, block, element, {}))

    async def choose(
        self, where: Message | View, which: str, choice: Any, *, confirmed: bool = False
    ) -> Delivery:
        """Pick from a menu: select, overflow, checkboxes, radio buttons, a date.

        Args:
            where: the message or view it is on.
            which: its action_id, placeholder or label.
            choice: an option's text or value, a list of them, or what is entered.
            confirmed: answer yes to the question it asks.

        Raises:
            CannotDo: there is no such menu or option.
        """
        self._check_sees(where)
        block, element = chosen_from(where.blocks, which)
        self._confirm(element, confirmed=confirmed)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise CannotDo(f"“{which}” tells the app only when the form is submitted.")
        held = picked(element, choice)
        if element["type"] != "overflow":  # it remembers nothing
            where.state = where.state or started(where.blocks)
            where.state[block["block_id"]][element["action_id"]] = held
        chosen = {name: value for name, value in held.items() if name != "type"}
        return await self._acted(where, action_of(self._slack, block, element, chosen))

    async def submit(self, view: View, values: Mapping[str, Any] | None = None) -> Delivery:
        """Fill in a modal and send it.

        Args:
            view: the modal on top.
            values: by label, block_id or action_id.

        Raises:
            CannotDo: it is not before him, has nothing to submit, or is not complete.
        """
        if view is not self.modal or "submit" not in view.body:
            raise CannotDo(f"“{view.title}” is not on top, or cannot be submitted.")
        view.state = filled(view.blocks, view.state, values or {})

        def then(answer: Any) -> None:
            answered_submission(self._slack, self, view, answer)

        payload = submitted(self._slack, self.id, view)
        delivery = self._deliveries.made("interactive", payload, accepts_answer=True, then=then)
        return await self._sent(delivery, "We had some trouble connecting")

    async def close(self, view: View, *, cleared: bool = False) -> Delivery:
        """Close a modal, or with `cleared` all of them; no attempts if the app is not told."""
        kept = [] if cleared else [one for one in self.modals if one is not view]
        self.modals[:] = kept
        if not view.body.get("notify_on_close"):
            return Delivery("interactive", {}, accepts_answer=False)
        payload = closed(self._slack, self.id, view, cleared=cleared)
        return await self._sent(self._deliveries.made("interactive", payload), "")

    async def open_home(self) -> Delivery:
        """Open the app's home tab; no attempts if the app is not told."""
        channel = self._slack.direct(self.id)
        view = shown(self._slack, self.home) if self.home else None
        told = self._deliveries.tell(home_opened(self._slack, self.id, channel.id, view))
        return await self._first(told)

    async def _write(self, channel: Channel, text: str, thread_ts: str | None) -> Delivery:
        if self.id not in channel.members:
            raise CannotDo(f"{self.name} is not in {channel.name}.")
        before = len(self._deliveries.all)
        message = Message(channel.id, self._slack.next_ts(), self.id, text, thread_ts=thread_ts)
        message.blocks = _typed_blocks(text)
        if self.bot:
            message.bot_id = f"B{self.id[1:]}"
        else:
            message.client_msg_id = next(self._slack.names)
        self._slack.post(channel, message)
        return await self._first(self._deliveries.all[before:])

    async def _first(self, told: list[Delivery]) -> Delivery:
        for delivery in told:
            await self._deliveries.wait(delivery)
        return told[0] if told else Delivery("events_api", {}, accepts_answer=False)

    async def _acted(self, where: Message | View, action: dict[str, Any]) -> Delivery:
        if isinstance(where, View):
            payload = pressed_in_view(self._slack, self.id, where, action)
        else:
            channel = self._slack.channels[where.channel]
            payload = pressed_in_message(self._slack, self.id, channel, where, action)
        return await self._sent(self._deliveries.made("interactive", payload), "")

    async def _sent(self, delivery: Delivery, complaint: str) -> Delivery:
        """Send it, and let Slack tell him if nothing came of it."""
        await self._deliveries.send(delivery)
        waited = self._deliveries.patience_s > 0 and self._deliveries.held is None
        if complaint and waited and not delivery.acknowledged:
            self.notices.append(f"{complaint}: {delivery.problem or 'operation_timeout'}")
        return delivery

    def _check_sees(self, where: Message | View) -> None:
        if isinstance(where, View):
            if where is not self.home and where not in self.modals:
                raise CannotDo(f"{self.name} does not have “{where.title}” before him.")
        elif where not in self._slack.channels[where.channel].seen_by(self.id):
            raise CannotDo(f"{self.name} does not see the message {where.ts}.")

    def _confirm(self, element: dict[str, Any], *, confirmed: bool) -> None:
        asked = element.get("confirm")
        if bool(asked) is not confirmed:
            asks = "asks before it acts" if asked else "asks nothing"
            raise CannotDo(f"“{element.get('action_id')}” {asks}.")
        if asked:
            said = (asked["title"]["text"], asked["text"]["text"], asked["confirm"]["text"])
            self.confirmed.append(said)

    def _typed(self, text: str) -> str:
        """What Slack makes of what he types: `@Name` becomes a mention, markup is only text."""
        named = {f"@{one.name}": f"<@{one.id}>" for one in self._slack.members.values()}
        said = _escaped(text)
        for name, mention in named.items():
            said = said.replace(name, mention)
        return said


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _typed_blocks(text: str) -> list[dict[str, Any]]:
    """The rich text that Slack's client sends for what somebody typed."""
    spans: list[dict[str, Any]] = []
    for part in re.split(r"(<@\w+>)", text):
        if re.fullmatch(r"<@\w+>", part):
            spans.append({"type": "user", "user_id": part[2:-1]})
        elif part:
            plain = part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            spans.append({"type": "text", "text": plain})
    section = {"type": "rich_text_section", "elements": spans}
    copied: list[dict[str, Any]] = json.loads(
        json.dumps([{"type": "rich_text", "elements": [section]}])
    )
    return copied
