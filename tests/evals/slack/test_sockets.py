"""Socket Mode, through Slack's own client for it."""

import asyncio
import json

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient


class Listener:
    """Slack's client, which keeps what came and acknowledges unless it is told not to."""

    def __init__(self, slack):
        self.came, self.hello, self.answers = [], [], True
        web = AsyncWebClient(base_url=slack.base_url)
        self.client = SocketModeClient(slack.app_token, web_client=web, ping_interval=0.1)
        self.client.socket_mode_request_listeners.append(self._took)
        self.client.on_message_listeners.append(self._heard)

    async def _took(self, client, request):
        self.came.append(request)
        if self.answers:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    async def _heard(self, message):
        told = json.loads(message.data)
        if told["type"] in {"hello", "disconnect"}:
            self.hello.append(told)


@pytest.fixture
async def listener(slack):
    listening = Listener(slack)
    await listening.client.connect()
    await slack.until(lambda: slack.deliveries.connected)
    yield listening
    await listening.client.close()


async def test_an_event_comes_in_its_envelope_and_is_acknowledged(slack, listener, ada, line):
    """As Slack documents it: ids, authorizations, the message with its rich text."""
    told = await ada.mention(line, "why <so> slow & why now?")
    assert told.acknowledged
    assert 0 <= told.took_s < 1
    (came,) = listener.came
    assert (came.type, came.envelope_id, came.retry_attempt) == ("events_api", told.id, 0)
    assert came.payload["type"] == "event_callback"
    assert came.payload["authorizations"][0]["user_id"] == slack.bot_user
    event = came.payload["event"]
    assert event["type"] == "app_mention"
    assert event["text"] == f"<@{slack.bot_user}> why &lt;so&gt; slow &amp; why now?"
    assert event["blocks"][0]["elements"][0]["elements"][1]["text"] == " why <so> slow & why now?"
    assert (event["channel"], event["user"]) == (line.id, ada.id)
    assert listener.hello[0]["connection_info"] == {"app_id": slack.app}
    assert slack.complaints == []


async def test_what_is_not_acknowledged_comes_again_under_its_ids(slack, listener, ada, line):
    """After three seconds, with the number of the attempt and why; commands do not."""
    listener.answers = False
    slack.deliveries.patience_s = 0.05
    told = await ada.mention(line, "hello?")
    await ada.command("/twin", "hello?", line)
    assert not told.acknowledged
    assert await slack.deliveries.redeliver_late() == []
    slack.clock.turn(3.5)
    assert await slack.deliveries.redeliver_late() == [told]
    await slack.until(lambda: len(listener.came) == 3)
    first, again = listener.came[0], listener.came[-1]
    assert (again.retry_attempt, again.retry_reason) == (1, "timeout")
    assert again.envelope_id == first.envelope_id
    assert again.payload == first.payload
    listener.answers = True
    slack.deliveries.patience_s = 2
    await slack.deliveries.redeliver(told)
    assert told.acknowledged
    assert ada.notices == ["/twin failed with the error: operation_timeout"]


async def test_what_comes_too_late_counts_for_nothing(slack, listener, ada, line):
    """An acknowledgement after three seconds is none."""
    listener.answers = False
    slack.deliveries.patience_s = 0.05
    told = await ada.command("/twin", "", line)
    slack.clock.turn(4)
    (came,) = listener.came
    answer = SocketModeResponse(came.envelope_id, {"text": "late"})
    await listener.client.send_socket_mode_response(answer)
    await slack.until(lambda: told.problem == "late")
    assert not told.acknowledged
    assert line.messages == []


async def test_a_connection_is_renewed_when_slack_asks(slack, listener, ada, line):
    """With a warning, with a request, and without goodbye: the client comes back."""
    opened = slack.sockets.opened
    await slack.sockets.refresh()
    await slack.until(lambda: slack.sockets.opened == opened + 1 and slack.sockets.open)
    assert slack.server.drop() == 1
    await slack.until(lambda: slack.sockets.opened == opened + 2 and slack.sockets.open)
    await slack.sockets.warn()
    await slack.until(lambda: slack.sockets.opened == opened + 3 and slack.sockets.open)
    reasons = [m["reason"] for m in listener.hello if m["type"] == "disconnect"]
    assert reasons == ["refresh_requested", "warning"]
    await slack.until(lambda: len(slack.sockets.open) == 1)
    assert (await ada.mention(line, "still there?")).acknowledged


async def test_with_nobody_connected_a_delivery_fails(slack, ada, line):
    """Slack tells the person, and keeps events for another attempt."""
    told = await ada.mention(line, "anybody?")
    assert told.problem == "dispatch_failed"
    await ada.command("/twin", "", line)
    assert ada.notices == ["/twin failed with the error: dispatch_failed"]


async def test_a_ticket_lets_one_connection_in(slack):
    """Another ticket, or the same again, is turned away; the eleventh connection is too many."""
    place = f"{slack.url.replace('http', 'ws')}/link/?ticket="
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{place}forged")
        ticket = slack.links.ticket()
        first = await session.ws_connect(f"{place}{ticket}")
        assert (await first.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{place}{ticket}")
        lines = [await session.ws_connect(f"{place}{slack.links.ticket()}") for _ in range(9)]
        late = await session.ws_connect(f"{place}{slack.links.ticket()}")
        assert (await late.receive_json())["reason"] == "too_many_websockets"
        assert len(slack.sockets.open) == 10
        for one in (first, late, *lines):
            await one.close()


async def test_an_acknowledgement_of_nothing_is_complained_of(slack, listener, ada, line):
    """Of an unknown envelope, of one twice, or with an answer where none is taken."""
    told = await ada.mention(line, "hello")
    send = listener.client.send_message
    await send("no json")
    await listener.client.current_session.send_bytes(b"no text")
    await send(json.dumps({"envelope_id": "of another"}))
    await send(json.dumps({"envelope_id": told.id}))
    listener.answers = False
    slack.deliveries.patience_s = 0.05
    told = await ada.mention(line, "again")
    await send(json.dumps({"envelope_id": told.id, "payload": {"text": "x"}}))
    await slack.until(lambda: len(slack.complaints) == 5)
    assert told.answer is None


async def test_deliveries_go_to_the_connections_in_turn(slack, listener, ada, line):
    """An app with two connections gets each delivery on one of them."""
    second = Listener(slack)
    await second.client.connect()
    await slack.until(lambda: len(slack.sockets.open) == 2)
    for number in range(4):
        await ada.mention(line, str(number))
    assert len(listener.came) == len(second.came) == 2
    await second.client.close()


async def test_the_app_is_told_of_its_own_messages_as_slack_does(slack, listener, ada, client):
    """In direct messages: what it posts and changes comes back to it, with its bot_id."""
    slack.echoes = True
    channel = slack.direct(ada.id)
    ts = (await client.chat_postMessage(channel=channel.id, text="one"))["ts"]
    await client.chat_update(channel=channel.id, ts=ts, text="two")
    await slack.until(lambda: len(listener.came) == 2)
    posted, changed = sorted((r.payload["event"] for r in listener.came), key=lambda e: e["ts"])
    assert (posted["bot_id"], posted["channel_type"]) == (slack.bot_id, "im")
    assert changed["subtype"] == "message_changed"
    assert changed["previous_message"]["text"] == "one"
    assert changed["message"]["text"] == "two"


async def test_many_act_at_once(slack, listener, ada, bob, line):
    """Nothing is lost, and each delivery has an acknowledgement of its own."""
    acts = [who.mention(line, str(n)) for n in range(20) for who in (ada, bob)]
    told = await asyncio.gather(*acts)
    assert all(one.acknowledged for one in told)
    assert len({one.id for one in told}) == 40


@pytest.mark.parametrize("kind", ["refused", "unavailable", "hanging"])
async def test_after_an_outage_the_app_is_there_again(slack, listener, ada, line, kind):
    """However Slack was away: the official client comes back by itself."""
    await slack.outage(kind)
    await slack.until(lambda: not slack.deliveries.connected)
    told = await ada.mention(line, "during")
    assert told.problem == "dispatch_failed"
    await slack.restore()
    await slack.until(lambda: slack.deliveries.connected, timeout_s=20)
    assert (await ada.mention(line, "after")).acknowledged
    await slack.deliveries.redeliver(told, "timeout")
    assert told.acknowledged


async def test_deliveries_are_held_and_released_in_another_order(slack, listener, ada, bob, line):
    """Slack promises no order, so a test may choose one."""
    slack.deliveries.hold()
    first, second = await ada.mention(line, "one"), await bob.mention(line, "two")
    command = await ada.command("/twin", "three", line)
    assert listener.came == []
    await slack.deliveries.release(command, second)
    assert [one.envelope_id for one in listener.came] == [command.id, second.id, first.id]
    assert all(one.acknowledged for one in (first, second, command))
    assert ada.notices == []
