"""A whole system with Slack as one of its channels, on the stand-in of Slack; people linked."""

import asyncio
from contextlib import asynccontextmanager
from unittest.mock import patch

import uvicorn

from api.server import application, listening
from evals.slack.clock import Clock
from evals.slack.workspace import Workspace
from tests.api.test_server import SITE, START, opened

FASTER = "propose setting the speed of filler 4 to 590 bottles per minute"


class Chat:
    """The system, the workspace and its people.

    Attributes:
        floor: the channel for cards and news; `line` one where people ask.
        olga, sam, erik, vera: members who are linked to their users; `ned` to nobody.
    """

    def __init__(self, house, slack):
        self.house, self.slack = house, slack
        self.system = house.system
        self.olga, self.sam, self.erik, self.vera, self.ned = members = [
            slack.add_member(f"U0{name.upper()}", name)
            for name in ("Olga", "Sam", "Erik", "Vera", "Ned")
        ]
        self.floor = slack.add_channel("floor", *members)
        self.line = slack.add_channel("line-4", *members)

    async def look(self):
        """What is done every second, done now."""
        await self.system.slack.look()

    async def idle(self):
        """Return when everything is done that Slack's people asked for."""
        await self.system.slack.app.idle()
        await self.system.actuation.idle()
        await self.look()

    async def cleared(self):
        """Take back what waits, let the cards say so, and trust again what a job disappointed."""
        for case in await self.system.actuation.cases():
            if case.stage == "pending":
                path = f"/proposals/{case.id}/cancellations"
                await self.house.post(path, {}, case.proposal.requester.user)
        for asset in (await self.house.get("/trust", "erik")).json():
            body = {"asset": asset, "step": "act_on_approval", "reason": "the next test"}
            await self.house.post("/trust", body, "erik")
        await self.look()

    async def link(self, *names):
        """Link members to the users of their names, as they would do it."""
        for name in names:
            code = (await self.house.post("/slack/codes", {}, name)).json()["code"]
            await getattr(self, name).command("/twin", f"link {code}", self.line)
            await self.system.slack.app.idle()

    async def ask(self, who, text, **where):
        """Mention us; what stands in the answer's message in the end."""
        await who.mention(self.line, text, **where)
        await self.system.slack.app.idle()
        return self.line.messages[-1]

    async def card(self, text=FASTER, who=None):
        """The card in the floor's channel of something that was asked for in Slack."""
        await (who or self.olga).mention(self.line, text)
        await self.idle()
        return self.floor.last("Approve")

    def read(self, who, channel=None):
        """What somebody reads in a channel."""
        return self.slack.seen(who, channel or self.floor)


@asynccontextmanager
async def chatting(path, mode="socket", slack=None, **settings):
    """A chat; people are linked and the site stands at act on approval.

    With `slack` its workspace is used again, and nothing is set up in it.
    """
    fresh = slack is None
    workspace = slack or Workspace(Clock(lambda: START / 1e6), mode=mode)
    if fresh:
        await workspace.__aenter__()
    told = {
        "slack_bot_token": workspace.bot_token,
        "slack_app_token": workspace.app_token,
        "slack_signing_secret": workspace.signing_secret,
        "slack_mode": mode,
        "slack_url": workspace.base_url,
        "slack_channel": "C0FLOOR",
        **settings,
    }
    try:
        async with _seldom(), opened(path, **told) as house, _served(house, workspace, mode):
            workspace.clock._base = lambda: house.world.clock.host() / 1e6
            chat = Chat(house, workspace)
            await house.turn(60)
            body = {"asset": SITE, "step": "act_on_approval", "reason": "tests"}
            await house.post("/trust", body, "erik")
            if mode == "socket":
                await workspace.until(lambda: workspace.deliveries.connected)
            await chat.link("olga", "sam", "erik", "vera")
            yield chat
    finally:
        if fresh:
            await workspace.__aexit__(None, None, None)


@asynccontextmanager
async def _seldom():
    """After its first look Slack is looked after by the test alone, so that no look is between."""
    with patch("api.chatting._LOOK_S", 86_400.0):
        yield


@asynccontextmanager
async def _served(house, workspace, mode):
    """The system on a real socket, where Slack calls it; nothing where it calls Slack."""
    if mode == "socket":
        yield
        return
    with listening("127.0.0.1", 0) as door:
        config = uvicorn.Config(application(house.system), log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[door]))
        workspace.request_url = f"http://127.0.0.1:{door.getsockname()[1]}/slack/events"
        try:
            yield
        finally:
            server.should_exit = True
            await running
