"""People who mend, in SimPy, and what waits until all else in a microsecond has happened.

Part of `flow.py`. It must never ask what a machine is.
"""

from heapq import heappop, heappush

import simpy
from simpy.events import EventPriority

from twin_core.simulation.lines.line import Crew

_AFTER_ALL, _AT_LAST = EventPriority(2), EventPriority(3)


class Last(simpy.Event):
    """When all else that happens in this microsecond has happened."""

    def __init__(self, env: simpy.Environment, priority: EventPriority = _AFTER_ALL) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=priority)


class People:
    """A crew. Who comes to whom is settled when all have called that call in a microsecond."""

    def __init__(self, env: simpy.Environment, crew: Crew) -> None:
        self._env, self._free = env, crew.size
        ranks = (*crew.first, *(m for m in crew.machines if m not in crew.first))
        self._ranks = {m: min(rank, len(crew.first)) for rank, m in enumerate(ranks)}
        self._waiting: list[tuple[int, float, int, int, simpy.Event]] = []
        self._calls = 0

    def come(self, m: int) -> simpy.Event:
        """When somebody comes to machine m."""
        called = self._env.event()
        self._calls += 1
        heappush(self._waiting, (self._ranks[m], self._env.now, m, self._calls, called))
        self._settle()
        return called

    def leave(self) -> None:
        """One of them is done."""
        self._free += 1
        self._settle()

    def _settle(self) -> None:
        Last(self._env, _AT_LAST).callbacks.append(self._go)

    def _go(self, _event: simpy.Event) -> None:
        while self._free and self._waiting:
            heappop(self._waiting)[-1].succeed()
            self._free -= 1
