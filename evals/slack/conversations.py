"""The Web API's methods of channels, and which of them the app can see, read and write to.

Source: Slack's method pages of conversations.*.
"""

import math
from typing import Any

from evals.slack.channel import Channel, Message
from evals.slack.records import Records
from evals.slack.refused import Refused

Args = dict[str, Any]


def open_direct(slack: Records, args: Args) -> Args:
    """conversations.open: the direct messages with one member."""
    given = args.get("channel")
    if given:
        return {"channel": {"id": known(slack, args).id}}
    users = [user for user in str(args.get("users", "")).split(",") if user]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("not_enough_users" if len(users) > 8 else "method_not_supported")
    if users[0] not in slack.members:
        raise Refused("user_not_found")
    if slack.members[users[0]].bot:
        raise Refused("cannot_dm_bot")
    opened = f"D0{users[0][1:]}" in slack.channels
    found: Args = {"channel": {"id": slack.direct(users[0]).id}}
    return found | ({"already_open": True, "no_op": True} if opened else {})


def history(slack: Records, args: Args) -> Args:
    """conversations.history: newest first, threads by their first message."""
    channel = readable(slack, args)
    standing = [
        m for m in channel.messages
        if m.to is None and not m.deleted
        and (m.thread_ts in {None, m.ts} or m.broadcast) and _within(m.ts, args)
    ]  # fmt: skip
    return _page(slack, channel, standing[::-1], args)


def replies(slack: Records, args: Args) -> Args:
    """conversations.replies: a thread, oldest first."""
    channel = readable(slack, args)
    parent = channel.find(ts_of(args, "ts"))
    if parent is None:
        raise Refused("thread_not_found")
    root = parent.thread_ts or parent.ts
    held = [m for m in channel.thread(root) if m.ts == root or _within(m.ts, args)]
    return _page(slack, channel, held, args)


def info(slack: Records, args: Args) -> Args:
    """conversations.info."""
    channel = known(slack, args)
    told = {"id": channel.id, "is_im": channel.kind == "im", "is_archived": channel.archived,
            "is_channel": channel.kind == "channel", "is_private": channel.kind != "channel",
            "context_team_id": slack.team}  # fmt: skip
    if channel.kind == "im":
        told["user"] = next(iter(channel.members - {slack.bot_user}))
    else:
        told |= {"name": channel.name, "is_member": slack.bot_user in channel.members}
    return {"channel": told}


def members(slack: Records, args: Args) -> Args:
    """conversations.members."""
    held = sorted(readable(slack, args).members)
    return {"members": held, "response_metadata": {"next_cursor": ""}}


def known(slack: Records, args: Args) -> Channel:
    """The channel of the arguments that the app can see.

    Raises:
        Refused: `channel_not_found`.
    """
    given = str(args.get("channel", ""))
    channel = slack.channels.get(given)
    if channel is None or (channel.kind != "channel" and slack.bot_user not in channel.members):
        raise Refused("channel_not_found")
    return channel


def writable(slack: Records, args: Args) -> Channel:
    """The channel of the arguments that the app can write to; a member's id means him alone.

    Raises:
        Refused: `channel_not_found`, `is_archived`, `not_in_channel`.
    """
    given = str(args.get("channel", ""))
    if given in slack.members and not slack.members[given].bot:
        return slack.direct(given)
    named = [c for c in slack.channels.values() if given in {c.name, f"#{c.name}"}]
    channel = named[0] if named and named[0].kind != "im" else known(slack, args)
    if channel.archived:
        raise Refused("is_archived")
    if slack.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def readable(slack: Records, args: Args) -> Channel:
    """The channel of the arguments that the app is in.

    Raises:
        Refused: `channel_not_found`, `not_in_channel`.
    """
    channel = known(slack, args)
    if slack.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def ts_of(args: Args, name: str) -> str:
    """A timestamp that must be given.

    Raises:
        Refused: `invalid_arguments`.
    """
    given = args.get(name)
    if given in (None, ""):
        raise Refused("invalid_arguments")
    return str(given)


def is_true(given: Any) -> bool:
    """A yes, as JSON or as a form has it."""
    return given is True or str(given).lower() in {"true", "1"}


def _within(ts: str, args: Args) -> bool:
    inclusive = is_true(args.get("inclusive"))
    oldest, latest = _number(args, "oldest", 0.0), _number(args, "latest", float("inf"))
    at = float(ts)
    return oldest < at < latest or (inclusive and at in {oldest, latest})


def _page(slack: Records, channel: Channel, held: list[Message], args: Args) -> Args:
    most = int(_number(args, "limit", 100))
    if not 1 <= most <= 1000:
        raise Refused("invalid_limit")
    start = int(_number(args, "cursor", 0))
    told = []
    for message in held[start : start + most]:
        one = message.as_json(slack.team, slack.app)
        answers = [m for m in channel.thread(message.ts) if m is not message]
        if answers and message.thread_ts in {None, message.ts}:
            one |= {"thread_ts": message.ts, "reply_count": len(answers),
                    "latest_reply": answers[-1].ts}  # fmt: skip
        told.append(one)
    more = start + most < len(held)
    metadata = {"next_cursor": str(start + most) if more else ""}
    return {"messages": told, "has_more": more, "response_metadata": metadata}


def _number(args: Args, name: str, otherwise: float) -> float:
    given = args.get(name)
    if given in (None, ""):
        return otherwise
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise Refused("invalid_cursor" if name == "cursor" else "invalid_arguments")
    return number
