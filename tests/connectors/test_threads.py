"""Conversations on disk: how long, how many, and across a restart."""

from connectors.threads import SqlThreads
from tests.fakes import FakeClock
from twin_core.value import SECOND

DAY = 86_400 * SECOND


async def test_what_was_not_used_for_long_is_let_go(tmp_path):
    """After the days that are set it is not given any more; when others write it is gone."""
    clock = FakeClock()
    store = SqlThreads(f"sqlite:///{tmp_path}/threads.db", clock, 2)
    await store.keep("ola", "old", b"x")
    clock.turn(2 * DAY / SECOND)
    assert await store.kept("ola", "old") == b"x"
    clock.turn(1)
    assert await store.kept("ola", "old") is None
    await store.keep("vic", "new", b"y")
    await store.close()
    again = SqlThreads(f"sqlite:///{tmp_path}/threads.db", clock, 9999)
    assert await again.kept("ola", "old") is None
    await again.close()


async def test_of_very_many_a_persons_oldest_are_let_go_and_nobody_elses(tmp_path, monkeypatch):
    """Whoever opens threads without end forgets his own."""
    monkeypatch.setattr("connectors.threads._EACH", 3)
    clock = FakeClock()
    store = SqlThreads(f"sqlite:///{tmp_path}/threads.db", clock, 90)
    await store.keep("vic", "his", b"his")
    for n in range(5):
        clock.turn(1)
        await store.keep("ola", f"t{n}", b"x")
    assert [await store.kept("ola", f"t{n}") for n in range(5)] == [None, None, *(b"x",) * 3]
    assert await store.kept("vic", "his") == b"his"
    await store.close()


async def test_a_restart_forgets_nothing(tmp_path):
    """Opened again it is all there."""
    url = f"sqlite:///{tmp_path}/threads.db"
    store = SqlThreads(url, FakeClock(), 90)
    await store.keep("ola", "t", b"x")
    await store.close()
    again = SqlThreads(url, FakeClock(), 90)
    assert await again.kept("ola", "t") == b"x"
    await again.close()
