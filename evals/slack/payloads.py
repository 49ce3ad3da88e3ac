"""What Slack sends when a person presses, submits, closes or commands. Pure but for the links.

Source: Slack's reference of `block_actions`, `view_submission`, `view_closed` and slash commands.
"""

from typing import Any

from evals.slack.channel import Channel, Message
from evals.slack.form import started
from evals.slack.records import Records
from evals.slack.view import View


def who(slack: Records, user: str) -> dict[str, Any]:
    """A member as interactions name him."""
    handle = slack.members[user].handle
    team = slack.members[user].team or slack.team
    return {"id": user, "username": handle, "name": handle, "team_id": team}


def shown(slack: Records, view: View) -> dict[str, Any]:
    """A view as Slack sends it."""
    return view.as_json(slack.team, slack.app, slack.bot_id)


def action_of(
    slack: Records, block: dict[str, Any], element: dict[str, Any], chosen: dict[str, Any]
) -> dict[str, Any]:
    """One entry of `actions`: the element that was used, and what was chosen."""
    kept = ["type", "action_id", "confirm"]
    kept += ["text", "value", "style", "url"] if element["type"] == "button" else ["placeholder"]
    used = {name: element[name] for name in kept if name in element}
    return {**used, **chosen, "block_id": block["block_id"], "action_ts": slack.next_ts()}


def pressed_in_message(
    slack: Records, user: str, channel: Channel, message: Message, action: dict[str, Any]
) -> dict[str, Any]:
    """`block_actions` in a message; an ephemeral one is not sent along, as Slack does not."""
    container: dict[str, Any] = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.to is not None,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    url = slack.links.url(user, channel.id, message)
    told = {
        **_interaction(slack, "block_actions", user),
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": message.state or started(message.blocks)},
        "response_url": f"{slack.url}/actions/{slack.team}/{url}",
        "actions": [action],
    }
    if message.to is None:
        told["message"] = message.as_json(slack.team, slack.app)
    return told


def pressed_in_view(
    slack: Records, user: str, view: View, action: dict[str, Any]
) -> dict[str, Any]:
    """`block_actions` in a modal or a home tab."""
    return {
        **_interaction(slack, "block_actions", user),
        "container": {"type": "view", "view_id": view.id},
        "view": shown(slack, view),
        "actions": [action],
    }


def submitted(slack: Records, user: str, view: View) -> dict[str, Any]:
    """`view_submission`."""
    told = _interaction(slack, "view_submission", user)
    return {**told, "view": shown(slack, view), "response_urls": []}


def closed(slack: Records, user: str, view: View, *, cleared: bool) -> dict[str, Any]:
    """`view_closed`; it comes without a trigger."""
    told = _interaction(slack, "view_closed", user)
    del told["trigger_id"]
    return {**told, "view": shown(slack, view), "is_cleared": cleared}


def command(slack: Records, user: str, channel: Channel, name: str, text: str) -> dict[str, Any]:
    """A slash command's fields, all of them texts."""
    url = slack.links.url(user, channel.id)
    return {
        "token": slack.verification,
        "team_id": slack.team,
        "team_domain": slack.domain,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user,
        "user_name": slack.members[user].handle,
        "command": name,
        "text": text,
        "api_app_id": slack.app,
        "is_enterprise_install": "false",
        "response_url": f"{slack.url}/commands/{slack.team}/{url}",
        "trigger_id": slack.links.trigger(user),
    }


def _interaction(slack: Records, kind: str, user: str) -> dict[str, Any]:
    return {
        "type": kind,
        "user": who(slack, user),
        "api_app_id": slack.app,
        "token": slack.verification,
        "trigger_id": slack.links.trigger(user),
        "team": {"id": slack.team, "domain": slack.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }
