"""Slack, as settings name it: made, not started; a part of `wiring.py`.

It must never hold a law.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from api.identity import Identity
from api.settings import Settings
from twin_core.answer import Asker
from twin_core.chart import ChartData
from twin_core.chat import ChatStore
from twin_core.errors import BadInput
from twin_core.ports import Clock

if TYPE_CHECKING:
    from api.slack import Workspace
    from api.slack_api import SlackApi
    from api.slack_links import SlackLinks
    from api.slack_news import SlackPager
    from api.slack_pace import Delays
    from api.system import System

_LOOK_S = 1.0


@dataclass(frozen=True)
class SlackParts:
    """What Slack is made of before there is a System; `pager` is the channel for pages."""

    workspace: "Workspace"
    store: ChatStore
    links: "SlackLinks"
    api: "SlackApi"
    pager: "SlackPager"
    delays: Callable[[], "Delays"]


def slack_parts(
    settings: Settings,
    identity: Identity,
    clock: Clock,
    kept: Callable[[], ChatStore],
    delays: Callable[[], "Delays"],
) -> SlackParts | None:
    """What settings name; None where there is no bot token.

    Args:
        settings: with the tokens.
        identity: whose users members are.
        clock: for codes.
        kept: opens the channel's store.
        delays: between tries, new ones at each call.

    Raises:
        BadInput: one token without the other that it needs, or one of another kind.
        StoreDown: the channel's store cannot be opened.
    """
    bot = _secret(settings.slack_bot_token)
    app, signing = _secret(settings.slack_app_token), _secret(settings.slack_signing_secret)
    if not bot:
        if app or signing:
            raise BadInput("Slack: OPSTWIN_SLACK_BOT_TOKEN is missing.")
        return None
    if settings.slack_mode == "socket" and not app.startswith("xapp-"):
        raise BadInput(
            "Slack: OPSTWIN_SLACK_APP_TOKEN (xapp-…) is needed for Socket Mode; "
            "or set slack_mode = http and OPSTWIN_SLACK_SIGNING_SECRET."
        )
    if settings.slack_mode == "http" and not signing:
        raise BadInput("Slack: OPSTWIN_SLACK_SIGNING_SECRET is needed where slack_mode = http.")
    from api.slack import Workspace
    from api.slack_api import SlackApi
    from api.slack_links import SlackLinks
    from api.slack_news import SlackPager

    socket = settings.slack_mode == "socket"
    workspace = Workspace(
        bot, settings.slack_channel, app if socket else "", "" if socket else signing
    )
    store = kept()
    links, api = SlackLinks(identity, clock.monotonic), SlackApi(bot, settings.slack_url)
    return SlackParts(workspace, store, links, api, SlackPager(store, api, links), delays)


def with_slack(system: "System", parts: SlackParts | None) -> "System":
    """A System, which is made already, with Slack as one of its channels, where there is one."""
    if parts is None:
        return system
    from api.editing import edited
    from api.slack import House, Slack
    from api.suppositions import drawn

    async def edit(name: str, asker: Asker, values: Mapping[str, float], reason: str) -> str:
        return (await edited(system, name, asker, values, {}, reason)).proposal

    async def draw(charts: Sequence[ChartData]) -> bytes:
        (png,) = await system.compute.map(partial(drawn, timezone=system.plant.timezone), [charts])
        return png

    house = House(
        plant=system.plant,
        clock=system.clock,
        ledger=system.ledger,
        identity=system.identity,
        actuation=system.actuation,
        ask=system.ask,
        oncall=lambda: system.escalating.oncall,
    )
    slack = Slack(
        house, parts.workspace, parts.store, parts.links, parts.api, edit, draw, parts.delays
    )
    system.slack = slack
    system.actuation.notices.also.append(slack.news.hear)
    system.periodic.append((_LOOK_S, slack.look))
    system.closing.append(slack.close)
    return system


def _secret(given: SecretStr | None) -> str:
    return "" if given is None else given.get_secret_value()
