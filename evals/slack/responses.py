"""What Slack does with an app's answer to a command, to a form and to a response_url.

Source: Slack's pages on slash commands, on modals and on handling interactions.
"""

from typing import Any

from evals.slack.blocks import named, taken, with_defaults
from evals.slack.channel import Channel, Message
from evals.slack.conversations import is_true
from evals.slack.form import started
from evals.slack.links import ResponseUrl
from evals.slack.person import Person
from evals.slack.records import Records
from evals.slack.refused import Refused
from evals.slack.view import View, taken_view

_MOST_TEXT = 40_000
_ON_TOP = 3


def answered_command(slack: Records, member: Person, channel: Channel, answer: Any) -> None:
    """Show what the app answered a command with; nothing if with nothing."""
    if not answer:
        return
    try:
        _say(slack, channel, member.id, _object(answer), None)
    except Refused as refused:
        member.notices.append(f"The command failed with the error: {refused.code}")
        slack.complaints.append(f"Answer of a command: {refused.answer()}")


def answered_submission(slack: Records, member: Person, view: View, answer: Any) -> None:
    """Do with a modal what the app answered its submission with: close, update, errors."""
    view.errors = {}
    if view not in member.modals:
        return  # it was closed while the answer was on the way
    try:
        _done_with(slack, member, view, answer)
    except Refused as refused:
        member.notices.append(f"We had some trouble connecting: {refused.code}")
        slack.complaints.append(f"Answer of “{view.title}”: {refused.answer()}")
    slack.changed()


def _done_with(slack: Records, member: Person, view: View, answer: Any) -> None:
    told = _object(answer) if answer else {}
    action = told.get("response_action", "" if told else "close")
    if action == "close":
        member.modals.remove(view)
    elif action == "clear":
        member.modals.clear()
    elif action == "errors":
        view.errors = _errors(view, told.get("errors"))
    elif action == "update":
        change_view(slack, view, taken_view(told.get("view"), "modal"))
    elif action == "push":
        push_view(slack, member, taken_view(told.get("view"), "modal"))
    else:
        raise Refused("invalid_response_action")


def answered_url(slack: Records, url: ResponseUrl, body: dict[str, Any]) -> None:
    """Do what the app POSTs to a response_url: say, replace or delete.

    Raises:
        Refused: what it says is not taken.
    """
    channel = slack.channels[url.channel]
    original = url.message
    if is_true(body.get("delete_original")):
        if original is None or original.deleted:
            raise Refused("message_not_found")
        slack.remove(channel, original)
    elif is_true(body.get("replace_original")) and original is not None:
        if original.deleted:
            raise Refused("message_not_found")
        text, blocks = said(body, weighed=False)
        slack.edit(channel, original, text, blocks)
    else:
        _say(slack, channel, url.user, body, body.get("thread_ts"))


def said(body: dict[str, Any], most: int = _MOST_TEXT, *, weighed: bool = True) -> tuple[str, Any]:
    """The text and blocks of a message, if Slack takes them.

    Raises:
        Refused: `no_text`, `msg_too_long`, `invalid_blocks` and their like.
    """
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise Refused("invalid_arguments")
    given = body.get("blocks")
    blocks = taken(given, weighed=weighed) if given not in (None, "", []) else []
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > most:
        raise Refused("msg_too_long")
    return text, blocks


def new_view(slack: Records, owner: str, body: dict[str, Any]) -> View:
    """A view that nobody has yet, its blocks named.

    Raises:
        Refused: `duplicate_external_id`.
    """
    external = body.get("external_id")
    if external and any(v.body.get("external_id") == external for v in slack.views()):
        raise Refused("duplicate_external_id")
    name = f"V0{next(slack.names).upper()}"
    view = View(name, owner, {}, "", name)
    _fill(slack, view, body)
    return view


def change_view(slack: Records, view: View, body: dict[str, Any]) -> None:
    """Show something else in a view; what was filled in stays where block and action do."""
    view.history.append(view.body)
    before = view.state
    _fill(slack, view, body)
    for block, actions in view.state.items():
        for action, held in actions.items():
            kept = before.get(block, {}).get(action)
            if kept is not None and kept["type"] == held["type"]:
                actions[action] = kept
    slack.changed()


def push_view(slack: Records, member: Person, body: dict[str, Any]) -> View:
    """Put a modal on top of those that a member has.

    Raises:
        Refused: `push_limit_reached`: three are all there can be.
    """
    if len(member.modals) >= _ON_TOP:
        raise Refused("push_limit_reached")
    view = new_view(slack, member.id, body)
    if member.modals:
        view.previous_id, view.root_id = member.modals[-1].id, member.modals[0].id
    member.modals.append(view)
    slack.changed()
    return view


def _fill(slack: Records, view: View, body: dict[str, Any]) -> None:
    view.body = {**body, "blocks": named(body["blocks"], slack.names)}
    with_defaults(view.body)
    view.state = started(view.blocks)
    view.errors = {}
    view.hash = f"{slack.next_ts()}.{next(slack.names)}"


def _errors(view: View, errors: Any) -> dict[str, str]:
    asked = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= asked:
        raise Refused("invalid_errors")
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise Refused("invalid_errors")
    return dict(errors)


def _say(slack: Records, channel: Channel, user: str, body: dict[str, Any], thread_ts: Any) -> None:
    text, blocks = said(body, weighed=False)
    kind = body.get("response_type", "ephemeral")
    to = None if kind == "in_channel" else user
    slack.post(
        channel,
        Message(channel.id, slack.next_ts(), slack.bot_user, text, blocks, slack.bot_id,
                str(thread_ts) if thread_ts else None, to),
    )  # fmt: skip


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise Refused("invalid_payload")
    return answer
