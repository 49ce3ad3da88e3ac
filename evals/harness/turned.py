"""What a house stands on instead of the outside: a clock that is turned, a sink that counts.

It must never let more through than a wire would, nor change what passes.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.emulator.standin import StandIn
from evals.harness.history import renaming
from evals.inprocess import TurnedClock, TurnedSource
from twin_core.governance.action import Command, Outcome
from twin_core.governance.ports import CommandSink
from twin_core.ports import Health
from twin_core.reading import Arrival
from twin_core.value import SECOND, Instant

_SPIN_S = 2.0
"""Longer than anything waits: what looks at the clock twice is due."""


class Still:
    """The three clocks at one moment, for a house in which nothing happens."""

    def __init__(self, at: Instant) -> None:
        self._at = at

    def plant(self) -> Instant:
        """That moment."""
        return self._at

    def ledger(self) -> Instant:
        """The same."""
        return self._at

    def host(self) -> Instant:
        """The same."""
        return self._at

    def plant_at(self, ledger: Instant) -> Instant:
        """The two are one."""
        return ledger

    def monotonic(self) -> float:
        """The same, in seconds."""
        return self._at / SECOND


class HouseClock(TurnedClock):
    """The three clocks of a stand-in plant, which move when it is turned.

    A part that waits for the monotonic clock would wait for ever while the plant stands: for as
    long as it `hurries`, that clock moves on whenever it is looked at.
    """

    def __init__(self, standin: StandIn) -> None:
        super().__init__(standin)
        self._spun_s = 0.0
        self.hurries = False

    def monotonic(self) -> float:
        """Plant seconds since the epoch, and what was spun since the plant was turned."""
        if self.hurries:
            self._spun_s += _SPIN_S
        return super().monotonic() + self._spun_s

    def turned(self, seconds: float) -> None:
        """The plant was turned by plant seconds: what was spun is part of them, if they suffice.

        A clock that went back would let whoever waits for it wait on while nothing happens.
        """
        self._spun_s = max(0.0, self._spun_s - seconds)


@dataclass(frozen=True)
class Reached:
    """A command that reached the plant, and what the plant said."""

    command: Command
    outcome: Outcome


class Counted:
    """A CommandSink that keeps every command that left for the plant."""

    def __init__(self, sink: CommandSink) -> None:
        self._sink = sink
        self.reached: list[Reached] = []

    async def execute(self, command: Command) -> Outcome:
        """Hand it on, and keep it if anything was sent."""
        outcome = await self._sink.execute(command)
        if outcome.sent:
            self.reached.append(Reached(command, outcome))
        return outcome

    async def look(self, command: Command) -> Outcome:
        """Hand it on: a look sends nothing."""
        return await self._sink.look(command)


class Renamed:
    """A source whose readings are heard under the names of other points."""

    def __init__(self, source: TurnedSource, renamed: NDArray[np.int32]) -> None:
        self._source = source
        self._renamed = renamed

    async def readings(self) -> AsyncIterator[Arrival]:
        """Arrivals as they are fed, renamed."""
        async for arrival in self._source.readings():
            yield renaming(arrival, self._renamed)

    async def health(self) -> Health:
        """As the source's own."""
        return await self._source.health()

    async def close(self) -> None:
        """`readings` ends."""
        await self._source.close()
