import asyncio

import pytest

from connectors.backoff import Backoff
from connectors.feed import Feed
from tests.fakes import FakeClock
from twin_core.condition import ConditionEvent, ConditionReport
from twin_core.reading import Batch, SourceEvent


def batch(value):
    return Batch.of([(0, 0, float(value), 0, 0)])


async def for_ever():
    await asyncio.Event().wait()
    return ""


def feed_of(connected, **given):
    return Feed("plc", FakeClock(), connected, jitter=lambda: 0.0, **given)


@pytest.mark.catches("a queue that grows with a slow reader")
async def test_f55_a_flood_is_bounded_and_what_is_dropped_is_counted():
    """A reader that is too slow loses the oldest readings, never an event, and it is counted."""
    feed = feed_of(for_ever, limit=10)
    feed.put(SourceEvent(source="plc", kind="up", time=1))
    for value in range(100):
        feed.put(batch(value))
    arrivals = feed.arrivals()
    first = await anext(arrivals)
    assert isinstance(first, SourceEvent)
    kept = [await anext(arrivals) for _ in range(9)]
    assert [a.value[0] for a in kept if isinstance(a, Batch)] == list(range(91, 100))
    assert feed.dropped == 91
    await feed.close()


async def test_a_failure_of_the_wire_reaches_the_reader():
    """An error that nobody expected ends the readings aloud, after what was put before."""

    async def fail():
        feed.put(batch(1))
        raise ZeroDivisionError

    feed = feed_of(fail)
    arrivals = feed.arrivals()
    await anext(arrivals)
    with pytest.raises(ZeroDivisionError):
        await anext(arrivals)
    await feed.close()


async def test_a_closed_feed_has_no_more():
    """After closing, a new reader gets nothing and nothing is started."""
    feed = feed_of(for_ever)
    await feed.close()
    assert [a async for a in feed.arrivals()] == []


async def test_a_loss_and_a_return_are_said_once_each():
    """Of many connections that fail only the first is told; a return once, however often heard."""
    turns = iter(["refused", "refused", "lost"])

    async def connected():
        why = next(turns)
        if why == "lost":
            feed.heard(7)
            feed.heard(7)
        return why

    feed = feed_of(connected)
    arrivals = feed.arrivals()
    said = [await anext(arrivals) for _ in range(3)]
    assert [(a.kind, a.offset_us, a.reason) for a in said if isinstance(a, SourceEvent)] == [
        ("down", 0, "refused"),
        ("up", 7, ""),
        ("down", 0, "lost"),
    ]
    assert feed.health("5 points", 0).detail == "lost"
    await feed.close()


def test_delays_double_up_to_a_limit_and_are_spread():
    """Delays double from try to try, lie between half and whole, and end at the limit."""
    low, high = Backoff(lambda: 0.0, 1.0, 10.0), Backoff(lambda: 1.0, 1.0, 10.0)
    assert [low.next() for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
    assert [high.next() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]
    low.reset()
    assert low.next() == 0.5


def report(n):
    events = tuple(ConditionEvent(condition=str(i), time=1, severity=1) for i in range(n))
    return ConditionReport(source="plc", time=1, events=events)


async def test_f55_alarms_that_nobody_takes_are_dropped_and_told():
    """The oldest reports go first, no reading with them; the next one says how many are missing."""
    feed = feed_of(for_ever)
    feed.put(batch(1))
    for _ in range(60):
        feed.put(report(7))
    feed.heard()
    arrivals = feed.arrivals()
    taken = [await anext(arrivals) for _ in range(42)]
    reports = [a for a in taken if isinstance(a, ConditionReport)]
    assert isinstance(taken[0], Batch)
    assert [len(r) for r in reports] == [7] * 40
    assert [r.lost for r in reports] == [140] + [0] * 39
    assert (feed.dropped, feed.dropped_events) == (0, 140)
    assert "140 alarm events dropped" in feed.health("5 points", 0).detail
    await feed.close()


async def test_what_is_not_urgent_waits_until_the_reader_has_caught_up():
    """`quiet` returns once few arrivals wait, however many did."""
    feed = feed_of(for_ever)
    for _ in range(100):
        feed.put(batch(1))
    waiting = asyncio.ensure_future(feed.quiet())
    arrivals = feed.arrivals()
    for _ in range(30):
        await anext(arrivals)
    assert not waiting.done()
    for _ in range(60):
        await anext(arrivals)
    async with asyncio.timeout(5):
        await waiting
    await feed.close()


@pytest.mark.catches("a server that does not end because a wait swallowed its cancellation")
async def test_closing_ends_a_connection_that_missed_its_cancellation(monkeypatch):
    """It is cancelled again until it ends."""
    monkeypatch.setattr("connectors.feed._AGAIN_S", 0.1)
    missed = asyncio.Event()

    async def connected():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            missed.set()
        return await for_ever()

    feed = feed_of(connected)
    reading = asyncio.ensure_future(anext(feed.arrivals(), None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await feed.close()
    assert missed.is_set()
    assert await reading is None
