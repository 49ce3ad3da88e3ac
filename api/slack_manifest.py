"""The app manifest for Slack: what the app is called, may do and hears of. Pure."""

from typing import Any

COMMAND = "/twin"
SCOPES = (
    "app_mentions:read",
    "chat:write",
    "commands",
    "files:write",
    "im:history",
    "im:read",
    "im:write",
)
"""Scopes of the bot: it reads what is said to it, and nothing else."""
EVENTS = ("app_home_opened", "app_mention", "message.im")


def manifest(name: str, command: str, url: str = "") -> dict[str, Any]:
    """The manifest.

    Args:
        name: of the app, as members see it.
        command: the slash command.
        url: where Slack reaches us (`https://HOST/slack/events`); empty: Socket Mode.
    """
    socket = not url
    at = {} if socket else {"request_url": url}
    return {
        "display_information": {
            "name": name,
            "description": "Ask the plant's digital twin; propose and approve changes.",
            "background_color": "#1a1a1a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [
                {
                    "command": command,
                    "description": "Ask, see what waits, say who you are",
                    "usage_hint": "why is line 4 slow | queue | link CODE",
                    "should_escape": False,
                    **({} if socket else {"url": url}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **at},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket,
            "token_rotation_enabled": False,
        },
    }
