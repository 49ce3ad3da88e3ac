"""The Web API's methods of messages: chat.* and reactions.*.

Source: Slack's method pages. Each takes the workspace and the arguments, and returns what the
answer has beside `ok`; it must never change anything before all arguments are found good.
"""

import json
import re
from typing import Any

from evals.slack.channel import Channel, Message
from evals.slack.conversations import is_true, known, ts_of, writable
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.responses import said
from evals.slack.strict import argument

Args = dict[str, Any]
_WORDLESS = "This content can't be displayed."
"""What Slack puts for the text of blocks that came without one, in notifications too."""
_MOST_POSTED, _MOST_UPDATED = 40_000, 4_000
_TS = re.compile(r"\d{1,12}\.\d{6}")


def post_message(slack: Records, args: Args) -> Args:
    """chat.postMessage."""
    channel = writable(slack, args)
    text, blocks = _said(args, _MOST_POSTED)
    message = Message(
        channel.id, slack.next_ts(), slack.bot_user, text or _WORDLESS, blocks, slack.bot_id,
        _thread(slack, channel, args), metadata=_metadata(args),
        broadcast=is_true(args.get("reply_broadcast")),
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


def add_reaction(slack: Records, args: Args) -> Args:
    """reactions.add."""
    name = str(args.get("name", ""))
    if not re.fullmatch(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?", name):
        raise Refused("invalid_name")
    users = _reacted_to(slack, args).reactions.setdefault(name, [])
    if slack.bot_user in users:
        raise Refused("already_reacted")
    users.append(slack.bot_user)
    slack.changed()
    return {}


def remove_reaction(slack: Records, args: Args) -> Args:
    """reactions.remove."""
    message, name = _reacted_to(slack, args), str(args.get("name", ""))
    users = message.reactions.get(name, [])
    if slack.bot_user not in users:
        raise Refused("no_reaction")
    users.remove(slack.bot_user)
    if not users:
        del message.reactions[name]
    slack.changed()
    return {}


def permalink(slack: Records, args: Args) -> Args:
    """chat.getPermalink."""
    channel = known(slack, args)
    message = channel.find(ts_of(args, "message_ts"))
    if message is None:
        raise Refused("message_not_found")
    place = f"https://{slack.domain}.slack.com/archives/{channel.id}"
    return {"channel": channel.id, "permalink": f"{place}/p{message.ts.replace('.', '')}"}


def _reacted_to(slack: Records, args: Args) -> Message:
    channel = known(slack, args)
    if args.get("timestamp") in (None, ""):
        raise Refused("no_item_specified")
    message = channel.find(str(args["timestamp"]))
    if message is None:
        raise Refused("message_not_found")
    return message


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
    message = channel.find(ts_of(args, "ts"))
    if message is None:
        raise Refused("message_not_found")
    if message.bot_id != slack.bot_id:
        raise Refused(otherwise)
    return message


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
