"""What goes wrong on demand: limits, errors, lost answers, outages."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.evals.slack.refusing import refused


async def test_a_limit_is_told_with_how_long_to_wait(client, slack, line):
    """429 with Retry-After, for so many calls of that method and no other."""
    slack.mishaps.limit("chat.postMessage", 2, 7)
    for _ in range(2):
        with pytest.raises(SlackApiError) as told:
            await client.chat_postMessage(channel=line.id, text="x")
        assert told.value.response.status_code == 429
        assert told.value.response["error"] == "ratelimited"
        assert told.value.response.headers["Retry-After"] == "7"
        await client.auth_test()
    await client.chat_postMessage(channel=line.id, text="x")
    assert [m.text for m in line.messages] == ["x"]


async def test_slacks_own_limits_are_per_channel_and_give_way_with_time(client, slack, line):
    """A short burst of posts, then one a second in each channel; fifty updates a minute."""
    other = slack.add_channel("line-5")
    slack.mishaps.realistic = True

    async def posted(channel):
        told = await client.api_call("chat.postMessage", json={"channel": channel.id, "text": "x"})
        return told["ts"]

    burst = [await posted(line) for _ in range(4)]
    await refused(posted(line), "ratelimited")
    assert await posted(other)
    slack.clock.turn(1)
    assert await posted(line)
    await refused(posted(line), "ratelimited")
    for _ in range(50):
        await client.chat_update(channel=line.id, ts=burst[0], text="y")
    call = client.chat_update(channel=line.id, ts=burst[0], text="y")
    await refused(call, "ratelimited")
    slack.clock.turn(2)
    await client.chat_update(channel=line.id, ts=burst[0], text="y")


async def test_an_error_of_slacks_is_answered_on_demand(client, slack, line):
    """And nothing is done."""
    slack.mishaps.refuse("chat.postMessage", "internal_error")
    await refused(client.chat_postMessage(channel=line.id, text="x"), "internal_error")
    assert line.messages == []


async def test_an_answer_is_lost_and_yet_the_call_was_carried_out(client, slack, line):
    """Whoever asked cannot know, but people see it."""
    slack.mishaps.lose("chat.postMessage")
    client.retry_handlers.clear()
    with pytest.raises((aiohttp.ClientError, SlackApiError)):
        await client.chat_postMessage(channel=line.id, text="x")
    assert [m.text for m in line.messages] == ["x"]


async def test_slack_refuses_connections_and_is_back_on_the_same_port(client, slack):
    """An outage is what a client sees of one."""
    client.retry_handlers.clear()
    before = slack.url
    await slack.outage("refused")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.auth_test()
    await slack.restore()
    assert slack.url == before
    await client.auth_test()


async def test_slack_is_unavailable_and_back(client, slack):
    """503, which is no JSON."""
    await slack.outage("unavailable")
    with pytest.raises(SlackApiError) as told:
        await client.auth_test()
    assert told.value.response.status_code == 503
    await slack.restore()
    await client.auth_test()


async def test_slack_hangs_and_is_back(client, slack):
    """No answer comes while it lasts; what was asked is answered when it is over."""
    await slack.outage("hanging")
    asked = asyncio.create_task(client.auth_test())
    done, _ = await asyncio.wait([asked], timeout=0.2)
    assert not done
    await slack.restore()
    assert (await asked)["ok"]


async def test_a_call_fails_with_a_page_that_is_no_json(client, slack, line):
    """A gateway's error: nothing was done."""
    client.retry_handlers.clear()
    slack.mishaps.fail("chat.postMessage", 502)
    with pytest.raises(SlackApiError) as told:
        await client.chat_postMessage(channel=line.id, text="x")
    assert told.value.response.status_code == 502
    assert line.messages == []


async def test_a_call_is_held_until_the_test_lets_it_go(client, slack, line):
    """Others pass it meanwhile."""
    gate = slack.mishaps.hold("chat.postMessage")
    first = asyncio.create_task(client.chat_postMessage(channel=line.id, text="first"))
    await asyncio.wait([first], timeout=0.05)
    await client.chat_postMessage(channel=line.id, text="second")
    gate.set()
    await first
    assert [m.text for m in line.messages] == ["second", "first"]
