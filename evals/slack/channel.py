"""A channel and its messages, as Slack keeps them and as a person sees them."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Message:
    """One message; `to` is the one member who sees it if it is ephemeral.

    `history` holds what stood there before each edit, oldest first, as (text, blocks).
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    bot_id: str | None = None
    thread_ts: str | None = None
    to: str | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: dict[str, Any] | None = None
    edited_ts: str | None = None
    deleted: bool = False
    broadcast: bool = False
    client_msg_id: str | None = None
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    history: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    def replace(self, text: str, blocks: list[dict[str, Any]], ts: str | None) -> None:
        """Say something else from now on; `ts` is when, None if it is not marked as edited."""
        self.history.append((self.text, self.blocks))
        self.text, self.blocks, self.state = text, blocks, {}
        self.edited_ts = ts or self.edited_ts

    def as_json(self, team: str, app: str) -> dict[str, Any]:
        """As Slack sends it in payloads and answers."""
        told: dict[str, Any] = {"type": "message", "user": self.user, "text": self.text,
                                "ts": self.ts, "team": team}  # fmt: skip
        if self.bot_id:
            told |= {"bot_id": self.bot_id, "app_id": app}
        if self.client_msg_id:
            told["client_msg_id"] = self.client_msg_id
        if self.blocks:
            told["blocks"] = self.blocks
        if self.thread_ts:
            told["thread_ts"] = self.thread_ts
        if self.files:
            told["files"] = self.files
        if self.metadata:
            told["metadata"] = self.metadata
        if self.edited_ts:
            told["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.reactions:
            told["reactions"] = [{"name": name, "users": users, "count": len(users)}
                                 for name, users in self.reactions.items()]  # fmt: skip
        copied: dict[str, Any] = json.loads(json.dumps(told))
        return copied


@dataclass
class Channel:
    """Where people and the app write; `kind` is `channel`, `group` (private) or `im`."""

    id: str
    name: str
    kind: str
    members: set[str]
    messages: list[Message] = field(default_factory=list)
    archived: bool = False

    def find(self, ts: str) -> Message | None:
        """The message with this timestamp that everybody sees; None if there is none."""
        return next(
            (m for m in self.messages if m.ts == ts and m.to is None and not m.deleted), None
        )

    def thread(self, ts: str) -> list[Message]:
        """A message and its replies, oldest first; ephemeral ones are not among them."""
        standing = (m for m in self.messages if m.to is None and not m.deleted)
        return [m for m in standing if ts in {m.ts, m.thread_ts}]

    def last(self, words: str = "") -> Message | None:
        """The newest standing message that has these words, in its text or anywhere in its blocks.

        None if there is none; ephemeral ones count.
        """
        standing = [m for m in self.messages if not m.deleted]
        return next((m for m in reversed(standing) if words in m.text or words in held(m)), None)

    def seen_by(self, member: str) -> list[Message]:
        """What a member has on his screen, oldest first."""
        if member not in self.members:
            return []
        return [m for m in self.messages if not m.deleted and m.to in {None, member}]


def held(message: Message) -> str:
    """Every text in a message's blocks."""
    return json.dumps(message.blocks, ensure_ascii=False)
