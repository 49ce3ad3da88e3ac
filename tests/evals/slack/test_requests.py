"""HTTP mode: signed requests, true and forged, checked with Slack's own verifier."""

import asyncio
import json
from urllib.parse import parse_qs

import pytest
import uvicorn
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from evals.slack.workspace import Workspace
from tests.evals.slack.small_app import CARD


class Receiver:
    """A request URL that verifies as Slack's library does, and keeps what came."""

    def __init__(self, slack):
        self.slack, self.came, self.status = slack, [], 200

    async def take(self, request: Request):
        body = await request.body()
        self.came.append((dict(request.headers), body))
        if b"ssl_check" in body:
            return PlainTextResponse("")
        verifier = SignatureVerifier(self.slack.signing_secret)
        try:
            verified = verifier.is_valid_request(body, dict(request.headers))
        except (ValueError, OverflowError):  # a timestamp that is no number
            verified = False
        if not verified:
            return PlainTextResponse("", 401)
        if b"url_verification" in body:
            return JSONResponse({"challenge": json.loads(body)["challenge"]})
        return PlainTextResponse("", self.status)


@pytest.fixture
async def slack():
    async with Workspace(mode="http") as started:
        started.add_channel("line-4", started.add_member("U0ADA", "Ada"))
        started.echoes = False
        yield started


@pytest.fixture
async def receiver(slack):
    taking = Receiver(slack)
    web = Starlette(routes=[Route("/slack", taking.take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await slack.until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.request_url = f"http://127.0.0.1:{port}/slack"
    yield taking
    server.should_exit = True
    await serving


async def test_each_kind_comes_in_its_own_form_and_signed(slack, receiver, ada, line, client):
    """Events as JSON, commands as a form, interactions as a form's payload."""
    assert (await ada.mention(line, "hello")).acknowledged
    head, body = receiver.came[-1]
    assert head["content-type"] == "application/json"
    assert json.loads(body)["event"]["type"] == "app_mention"
    assert "x-slack-retry-num" not in head
    assert (await ada.command("/twin", "why?", line)).acknowledged
    head, body = receiver.came[-1]
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    assert (form["command"], form["text"], form["user_id"]) == ("/twin", "why?", ada.id)
    ts = (await client.chat_postMessage(channel=line.id, text="x", blocks=CARD))["ts"]
    assert (await ada.click(line.find(ts), "Reject")).acknowledged
    payload = json.loads(parse_qs(receiver.came[-1][1].decode())["payload"][0])
    assert payload["actions"][0]["action_id"] == "reject"


async def test_a_new_url_is_verified_and_its_certificate_looked_at(slack, receiver):
    """url_verification is signed, ssl_check is not."""
    assert await slack.requests.verify_url()
    assert await slack.requests.ssl_check()
    receiver.status = 500
    assert "x-slack-signature" not in receiver.came[-1][0]


async def test_what_failed_comes_again_with_its_number(slack, receiver, ada, line):
    """X-Slack-Retry-Num and -Reason tell that it is not the first time."""
    receiver.status = 500
    told = await ada.mention(line, "hello")
    assert told.problem == "http_error"
    receiver.status = 200
    await slack.deliveries.redeliver(told, "http_error")
    assert told.acknowledged
    head, body = receiver.came[-1]
    assert (head["x-slack-retry-num"], head["x-slack-retry-reason"]) == ("1", "http_error")
    assert body == receiver.came[-2][1]


async def test_who_cannot_be_reached_gets_nothing(slack, ada, line):
    """The delivery tells that nobody answered."""
    slack.request_url = "http://127.0.0.1:9/slack"
    assert (await ada.mention(line, "hello")).problem == "connection_failed"


FORGERIES = [
    "stale", "from the future", "timestamp is no number", "timestamp is not finite",
    "timestamp is empty", "no timestamp", "another timestamp", "no signature", "empty signature",
    "another version", "wrong secret", "tampered body",
]  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
async def test_what_slack_did_not_send_is_told_from_what_it_did(slack, receiver, ada, line, name):
    """Slack's own verifier refuses each forgery, and takes the true one."""
    told = await ada.mention(line, "hello")
    forged = slack.requests.forged(told)
    assert sorted(forged) == sorted(FORGERIES)
    assert (await slack.requests.post(forged[name])).status_code == 401


async def test_a_replay_is_the_same_to_the_last_byte(slack, receiver, ada, line):
    """Its signature is good: only who remembers can tell."""
    told = await ada.mention(line, "hello")
    assert (await slack.requests.replay(told)).status_code == 200
    assert receiver.came[-1] == receiver.came[-2]


async def test_an_answer_where_none_is_taken_is_complained_of(slack, receiver, ada, line):
    """In both modes alike: events and clicks are acknowledged, not answered."""

    async def chatty(request):
        return PlainTextResponse("thanks")

    web = Starlette(routes=[Route("/slack", chatty, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await slack.until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    slack.request_url = f"http://127.0.0.1:{port}/slack"
    assert (await ada.mention(line, "hello")).acknowledged
    assert slack.complaints == ["An answer where none is taken: thanks"]
    server.should_exit = True
    await serving
