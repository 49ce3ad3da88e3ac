"""What `opstwin doctor` finds out about Slack: whether tokens are good, and what they may."""

import asyncio
from typing import TYPE_CHECKING, Literal

from api.slack_api import SlackApi
from api.slack_manifest import SCOPES
from twin_core.errors import OpsTwinError

if TYPE_CHECKING:
    from api.settings import Settings

Seen = tuple[str, Literal["ok", "note", "bad"], str]


def seen(settings: "Settings") -> list[Seen]:
    """Each thing looked at: what, how it is, what was found."""
    return asyncio.run(_seen(settings))


async def _seen(settings: "Settings") -> list[Seen]:
    assert settings.slack_bot_token is not None
    api = SlackApi(settings.slack_bot_token.get_secret_value(), settings.slack_url)
    found: list[Seen] = []
    try:
        team, member = await api.who()
        lacking = sorted(set(SCOPES) - set(await api.scopes()))
    except OpsTwinError as problem:
        return [("Slack bot token", "bad", str(problem))]
    found.append(("Slack bot token", "ok", f"member {member} of workspace {team}"))
    told = f"lacks {', '.join(lacking)}: install the app again" if lacking else "all it needs"
    found.append(("Slack scopes", "bad" if lacking else "ok", told))
    if settings.slack_mode == "http":
        signed = settings.slack_signing_secret is not None
        told = "given" if signed else "OPSTWIN_SLACK_SIGNING_SECRET is missing"
        found.append(("Slack signing secret", "ok" if signed else "bad", told))
    else:
        found.append(await _socket(settings, api))
    if not settings.slack_channel:
        found.append(("Slack channel", "note", "no slack_channel: cards and news go to none"))
    return found


async def _socket(settings: "Settings", api: SlackApi) -> Seen:
    if settings.slack_app_token is None:
        return ("Slack app token", "bad", "OPSTWIN_SLACK_APP_TOKEN is missing")
    try:
        await api.door(settings.slack_app_token.get_secret_value())
    except OpsTwinError as problem:
        return ("Slack app token", "bad", str(problem))
    return ("Slack app token", "ok", "Socket Mode can be opened")
