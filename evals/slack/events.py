"""Which events Slack tells the app of when something happens in a channel. Pure.

Source: Slack's reference of `message`, `app_mention` and `app_home_opened`.
"""

from typing import Any

from evals.slack.channel import Channel, Message
from evals.slack.records import Happening, Records

_SUBSCRIBED = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


def events_of(slack: Records, happening: Happening) -> list[dict[str, Any]]:
    """The events of something that happened to a message: none, one or two."""
    channel, message = happening.channel, happening.message
    found = []
    if happening.kind != "deleted" and _mentions(slack, channel, message):
        found.append(_told(slack, channel, message) | {"type": "app_mention"})
    if not _hears(slack, channel):
        return found
    if happening.kind == "posted":
        subtype = {"subtype": "file_share"} if message.files else {}
        told = _told(slack, channel, message) | {"channel_type": channel.kind, **subtype}
    elif happening.kind == "changed":
        now = message.as_json(slack.team, slack.app)
        told = _hidden(slack, channel, "message_changed", happening.before) | {"message": now}
    else:
        gone = {"deleted_ts": message.ts}
        told = _hidden(slack, channel, "message_deleted", happening.before) | gone
    return [*found, told]


def home_opened(
    slack: Records, user: str, channel: str, view: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """The events of a member who opens the app's home tab."""
    if "app_home_opened" not in slack.subscriptions:
        return []
    told = {"type": "app_home_opened", "user": user, "channel": channel, "tab": "home",
            "event_ts": slack.next_ts()}  # fmt: skip
    return [told | ({"view": view} if view else {})]


def callback(slack: Records, event: dict[str, Any]) -> dict[str, Any]:
    """The event as it is sent, in its outer envelope."""
    name = next(slack.names)
    return {
        "token": slack.verification,
        "team_id": slack.team,
        "context_team_id": slack.team,
        "context_enterprise_id": None,
        "api_app_id": slack.app,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0{name.upper()}",
        "event_time": int(slack.clock.now()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": slack.team,
                "user_id": slack.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{name}",
    }


def _hears(slack: Records, channel: Channel) -> bool:
    subscribed = _SUBSCRIBED[channel.kind] in slack.subscriptions
    return subscribed and slack.bot_user in channel.members


def _mentions(slack: Records, channel: Channel, message: Message) -> bool:
    return (
        "app_mention" in slack.subscriptions
        and channel.kind != "im"  # there it is told as a message, once
        and slack.bot_user in channel.members
        and message.user != slack.bot_user
        and f"<@{slack.bot_user}>" in message.text
    )


def _told(slack: Records, channel: Channel, message: Message) -> dict[str, Any]:
    told = message.as_json(slack.team, slack.app)
    told.pop("reactions", None)
    person = slack.members.get(message.user)
    if person is not None and person.team:  # somebody of another workspace says which
        told |= {"team": person.team, "user_team": person.team, "source_team": person.team}
    return told | {"channel": channel.id, "event_ts": message.edited_ts or message.ts}


def _hidden(
    slack: Records, channel: Channel, subtype: str, before: dict[str, Any]
) -> dict[str, Any]:
    ts = slack.next_ts()
    return {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id,
            "channel_type": channel.kind, "previous_message": before, "ts": ts,
            "event_ts": ts}  # fmt: skip
