"""The Web API's methods of messages: chat.*, conversations.*, reactions.add, users.info.

Source: Slack's method pages. Each takes the workspace and the arguments, and returns what the
answer has beside `ok`; it must never change anything before all arguments are found good.
"""

import json
import math
import re
from typing import Any

from evals.slack.channel import Channel, Message
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.responses import said
from evals.slack.strict import argument

Args = dict[str, Any]
_MOST_POSTED, _MOST_UPDATED = 40_000, 4_000
_TS = re.compile(r"\d{1,12}\.\d{6}")


def post_message(slack: Records, args: Args) -> Args:
    """chat.postMessage."""
    channel = writable(slack, args)
    text, blocks = _said(args, _MOST_POSTED)
    message = Message(
        channel.id, slack.next_ts(), slack.bot_user, text, blocks, slack.bot_id,
        _thread(slack, channel, args), metadata=_metadata(args),
        broadcast=_true(args.get("reply_broadcast")),
    )  # fmt: skip
    slack.post(channel, message)
    told = message.as_json(slack.team, slack.app)
    return {"channel": channel.id, "ts": message.ts, "message": told}


def post_ephemeral(slack: Records, args: Args) -> Args:
    """chat.postEphemeral."""
    channel = writable(slack, args)
    user = str(args.get("user", ""))
    if user not in channel.members or user == slack.bot_user:
        raise Refused("user_not_in_channel")
    text, blocks = _said(args, _MOST_POSTED)
    message = Message(
        channel.id, slack.next_ts(), slack.bot_user, text, blocks, slack.bot_id,
        _thread(slack, channel, args), user,
    )  # fmt: skip
    slack.post(channel, message)
    return {"message_ts": message.ts}


def update(slack: Records, args: Args) -> Args:
    """chat.update: blocks that are not given are kept; an empty list of them takes them away."""
    channel = known(slack, args)
    message = _own(slack, channel, args, "cant_update_message")
    text, blocks = said(args, _MOST_UPDATED)
    if args.get("blocks") is None:
        blocks = message.blocks
    slack.edit(channel, message, text, blocks)
    told = message.as_json(slack.team, slack.app)
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": told}


def delete(slack: Records, args: Args) -> Args:
    """chat.delete."""
    channel = known(slack, args)
    message = _own(slack, channel, args, "cant_delete_message")
    slack.remove(channel, message)
    return {"channel": channel.id, "ts": message.ts}


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
    channel = _readable(slack, args)
    standing = [
        m for m in channel.messages
        if m.to is None and not m.deleted
        and (m.thread_ts in {None, m.ts} or m.broadcast) and _within(m.ts, args)
    ]  # fmt: skip
    return _page(slack, channel, standing[::-1], args)


def replies(slack: Records, args: Args) -> Args:
    """conversations.replies: a thread, oldest first."""
    channel = _readable(slack, args)
    parent = channel.find(_ts(args, "ts"))
    if parent is None:
        raise Refused("thread_not_found")
    root = parent.thread_ts or parent.ts
    held = [m for m in channel.thread(root) if m.ts == root or _within(m.ts, args)]
    return _page(slack, channel, held, args)


def add_reaction(slack: Records, args: Args) -> Args:
    """reactions.add."""
    name = str(args.get("name", ""))
    if not re.fullmatch(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?", name):
        raise Refused("invalid_name")
    channel = known(slack, args)
    if not args.get("timestamp"):
        raise Refused("no_item_specified")
    message = channel.find(str(args["timestamp"]))
    if message is None:
        raise Refused("message_not_found")
    users = message.reactions.setdefault(name, [])
    if slack.bot_user in users:
        raise Refused("already_reacted")
    users.append(slack.bot_user)
    slack.changed()
    return {}


def user_info(slack: Records, args: Args) -> Args:
    """users.info."""
    user = str(args.get("user", ""))
    if user == slack.bot_user:
        name, bot, locale = slack.bot_name, True, "en-US"
    elif user in slack.members:
        member = slack.members[user]
        name, bot, locale = member.name, member.bot, member.locale
    else:
        raise Refused("user_not_found")
    handle = name.lower().replace(" ", ".")
    profile = {"real_name": name, "display_name": handle, "team": slack.team}
    tongue = {"locale": locale} if _true(args.get("include_locale")) else {}
    told = {**tongue, "id": user, "team_id": slack.team, "name": handle, "deleted": False,
            "real_name": name, "tz": "Europe/London", "tz_offset": 0, "is_bot": bot,
            "is_admin": False, "is_owner": False, "is_restricted": False,
            "is_ultra_restricted": False, "is_app_user": False, "profile": profile}  # fmt: skip
    return {"user": told}


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


def _said(args: Args, most: int) -> tuple[str, Any]:
    markdown = args.get("markdown_text")
    if not markdown:
        return said(args, most)
    if args.get("text") or args.get("blocks"):
        raise Refused("markdown_text_conflict")
    if not isinstance(markdown, str):
        raise Refused("invalid_arguments")
    if len(markdown) > 12_000:
        raise Refused("msg_too_long")
    return markdown, [{"type": "markdown", "text": markdown}]


def _own(slack: Records, channel: Channel, args: Args, otherwise: str) -> Message:
    """The app's own message: an ephemeral one is none."""
    message = channel.find(_ts(args, "ts"))
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != slack.bot_id:
        raise Refused(otherwise)
    return message


def _readable(slack: Records, args: Args) -> Channel:
    channel = known(slack, args)
    if slack.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _thread(slack: Records, channel: Channel, args: Args) -> str | None:
    """The thread to reply in; what Slack lets pass and people then do not find is complained of."""
    given = args.get("thread_ts")
    if given in (None, ""):
        return None
    ts = str(given)
    if not _TS.fullmatch(ts):
        raise Refused("invalid_thread_ts")
    parent = channel.find(ts)
    if parent is None:
        slack.complaints.append(
            f"A reply to {ts} in {channel.name}, where there is no such message"
        )
    elif parent.thread_ts not in {None, ts}:
        slack.complaints.append(f"A reply to the reply {ts}, not to its thread")
    return ts


def _ts(args: Args, name: str) -> str:
    given = args.get(name)
    if given in (None, ""):
        raise Refused("invalid_arguments")
    return str(given)


def _within(ts: str, args: Args) -> bool:
    inclusive = _true(args.get("inclusive"))
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


def _metadata(args: Args) -> dict[str, Any] | None:
    given = args.get("metadata")
    if given in (None, ""):
        return None
    try:
        found = argument(given)
    except ValueError:
        found = None
    if not isinstance(found, dict) or set(found) < {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    copied: dict[str, Any] = json.loads(json.dumps(found))
    return copied


def _true(given: Any) -> bool:
    return given is True or str(given).lower() in {"true", "1"}
