"""Slack's own libraries are content with the stand-in, in both modes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from evals.slack.workspace import Workspace
from tests.evals.slack.small_app import made


@asynccontextmanager
async def running(slack: Workspace, mode: str) -> AsyncIterator[AsyncApp]:
    app = made(slack)
    client = app.client
    if mode == "socket":
        handler = AsyncSocketModeHandler(app, slack.app_token, web_client=client, ping_interval=0.1)
        await handler.connect_async()
        await slack.until(lambda: slack.deliveries.connected)
        try:
            yield app
        finally:
            await handler.close_async()
        return
    bolt = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await bolt.handle(request)

    web = Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server._serve())
    await slack.until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    try:
        yield app
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_bolt_app_answers_a_mention_takes_a_click_and_a_form(mode):
    """The same day in both modes: mention, card, button, modal, submission, command, home."""
    async with Workspace(mode=mode) as slack:
        ada = slack.add_member("U0ADA", "Ada")
        line = slack.add_channel("line-4", ada)
        async with running(slack, mode):
            told = await ada.mention(line, "why is it <slow>?")
            assert told.acknowledged
            card = await slack.until(lambda: line.last("Approve"))
            told = await ada.click(card, "Approve", confirmed=True)
            assert told.acknowledged
            await slack.until(lambda: ada.modals)
            assert ada.modal.title == "How fast?"
            told = await ada.submit(ada.modal, {"Speed": "400"})
            assert "too fast" in ada.screen()
            told = await ada.submit(ada.modal, {"Speed": "40"})
            assert not ada.modals
            await slack.until(lambda: line.last("set to 40"))
            told = await ada.command("/twin", "help me", line)
            assert told.acknowledged
            assert "you said help me" in slack.seen(ada, line)
            await ada.open_home()
            await slack.until(lambda: ada.home)
            await ada.direct("hello")
            await slack.until(lambda: slack.direct(ada.id).last("hello yourself"))
        assert slack.complaints == []
