import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.turns import Turns


class Hall:
    """Who is at work, and who has been, in order; everybody stays until sent home."""

    def __init__(self, most, kept):
        self.turns = Turns(most, kept)
        self.inside: list[tuple[str, bool]] = []
        self.order: list[str] = []
        self.home: list[tuple[tuple[str, bool], asyncio.Event]] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, who, *, long=False):
        task = asyncio.create_task(self._work(who, long))
        self.tasks.append(task)
        await settle()
        return task

    async def send_home(self, at=0):
        _, leave = self.home.pop(at)
        leave.set()
        await settle()

    async def _work(self, who, long):
        async with self.turns.turn(who, long=long):
            one, leave = (who, long), asyncio.Event()
            self.inside.append(one)
            self.order.append(who)
            self.home.append((one, leave))
            try:
                await leave.wait()
            finally:
                self.inside.remove(one)
                self.home = [(w, left) for w, left in self.home if left is not leave]

    async def close(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def settle():
    for _ in range(8):
        await asyncio.sleep(0)


@pytest.mark.catches("a chart that waits for the end of a schedule search")
async def test_short_work_never_waits_for_the_end_of_long_work():
    """Long work leaves a worker, however much of it waits, and short work goes before it."""
    hall = Hall(2, 1)
    for _ in range(5):
        await hall.come("ann", long=True)
    assert hall.inside == [("ann", True)]
    await hall.come("ann")
    assert hall.inside == [("ann", True), ("ann", False)]
    await hall.send_home(1)
    assert hall.inside == [("ann", True)]
    await hall.close()


async def test_long_work_gets_a_worker_whatever_short_work_comes():
    """Where both wait, and there are two workers, each lane has one."""
    hall = Hall(2, 1)
    for _ in range(6):
        await hall.come("ann")
    await hall.come("bob", long=True)
    await hall.send_home()
    assert sorted(hall.inside) == [("ann", False), ("bob", True)]
    await hall.close()


async def test_people_take_turns():
    """Who asks for one thing waits for one thing of who asks for twenty."""
    hall = Hall(1, 0)
    for _ in range(20):
        await hall.come("ann")
    await hall.come("bob")
    await hall.come("cid")
    for _ in range(3):
        await hall.send_home()
    assert hall.order == ["ann", "bob", "cid", "ann"]
    await hall.close()


async def test_who_asks_again_and_again_does_not_pass_who_waits():
    """Not having waited just now is no privilege."""
    hall = Hall(1, 0)
    for _ in range(4):
        await hall.come("ann")
    for _ in range(3):
        await hall.come("bob")
        await hall.send_home()
    assert hall.order == ["ann", "bob", "ann", "bob"]
    await hall.close()


async def test_who_gives_up_waiting_is_never_served():
    """A turn that is cancelled is nobody's, and the next one gets it."""
    hall = Hall(1, 0)
    await hall.come("ann")
    bored = await hall.come("bob")
    await hall.come("cid")
    bored.cancel()
    await settle()
    assert hall.turns.waiting == 1
    await hall.send_home()
    assert hall.order == ["ann", "cid"]
    await hall.close()


@given(
    st.integers(1, 4),
    st.integers(0, 3),
    st.lists(st.tuples(st.sampled_from(["come", "go", "quit"]), st.integers(0, 9), st.booleans())),
)
async def test_no_turn_is_lost_and_none_is_given_twice(most, kept, steps):
    """Whatever comes and goes: never more at work than there are workers, none idle for no reason.

    Long work leaves those that are kept, but for one.
    """
    hall = Hall(most, kept)
    for step, number, long in steps:
        if step == "come":
            await hall.come(str(number % 3), long=long)
        elif step == "go" and hall.home:
            await hall.send_home(number % len(hall.home))
        elif step == "quit" and hall.tasks:
            hall.tasks[number % len(hall.tasks)].cancel()
            await settle()
        lanes = Counter(long for _, long in hall.inside)
        room = max(1, most - kept)
        assert sum(lanes.values()) <= most
        assert lanes[True] <= room
        if hall.turns.waiting and len(hall.inside) < most:
            assert lanes[True] == room  # only long work waits, for its own
    await hall.close()
