"""What the Slack channel must not forget."""

import itertools

import pytest

from connectors.slack_store import SlackStore
from tests.fakes import FakeClock
from twin_core.chat import Posted


@pytest.fixture
def clock():
    """Turned by hand."""
    return FakeClock()


@pytest.fixture
def opened(tmp_path, clock):
    """What opens the store of one file again and again."""
    numbers = itertools.count(1)

    def another():
        url = f"sqlite:///{tmp_path / 'slack.db'}"
        return SlackStore(url, clock.ledger, lambda: f"b{next(numbers)}")

    return another


async def test_what_comes_twice_is_taken_once(opened):
    """After a restart too."""
    store = opened()
    assert await store.take("k", {"a": 1})
    assert not await store.take("k", {"a": 2})
    await store.close()
    store = opened()
    assert not await store.take("k", {"a": 1})
    await store.close()


async def test_what_was_taken_and_not_done_is_found_again(opened, clock):
    """Oldest first; what was done is not."""
    store = opened()
    for key in ("one", "two", "three"):
        await store.take(key, {"is": key})
        clock.turn(1)
    await store.done("two")
    await store.close()
    store = opened()
    assert [(one.key, one.body) for one in await store.undone()] == [
        ("one", {"is": "one"}),
        ("three", {"is": "three"}),
    ]
    await store.close()


async def test_what_was_done_long_ago_is_let_go(opened, clock):
    """And what is still to be done never."""
    store = opened()
    await store.take("old", {})
    await store.take("open", {})
    await store.done("old")
    clock.turn(8 * 86_400)
    await store.take("new", {})
    await store.done("new")
    assert await store.take("old", {})
    assert not await store.take("open", {})
    await store.close()


async def test_a_button_is_opaque_and_the_same_for_the_same(opened):
    """Another proposal, form or verb has another."""
    store = opened()
    one = await store.button("p-1", "d", "approve")
    assert await store.button("p-1", "d", "approve") == one
    assert await store.button("p-1", "e", "approve") != one
    assert await store.button("p-1", "d", "reject") != one
    found = await store.pressed(one)
    assert (found.proposal, found.digest, found.verb) == ("p-1", "d", "approve")
    assert await store.pressed("p-1") is None
    await store.close()


async def test_a_topic_has_one_message(opened):
    """The newest place of it."""
    store = opened()
    for ts in ("1", "2"):
        await store.post(Posted(topic="card/p-1/C/", channel="C", ts=ts, shown="x"))
    await store.post(Posted(topic="card_p-1", channel="C", ts="3", shown="x"))
    assert [one.ts for one in await store.all_posted("card/")] == ["2"]
    await store.forget("card/p-1/C/")
    assert await store.posted("card/p-1/C/") is None
    await store.close()
