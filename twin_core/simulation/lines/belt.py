"""What lies between two machines of `flow.py`, part by part. It must never know the machines."""

from collections import deque
from collections.abc import Generator
from typing import Any

import simpy

from twin_core.simulation.lines.line import NEVER, Buffer, us


class Belt:
    """What lies between two machines: when each part is at its far end, and what takes up room."""

    def __init__(self, env: simpy.Environment, buffer: Buffer) -> None:
        self.env, self.buffer = env, buffer
        travel, comes = us(buffer.travel_s), buffer.underway
        self.parts = deque([0] * buffer.contents)
        self.parts.extend((k + 1) * travel // comes for k in range(comes))
        self.holds = len(self.parts)
        self.least, self.most, self._since = NEVER, 0, 0
        self.frees: tuple[Belt, ...] = (self,)
        self.put_turn = self.take_turn = 0
        self.changed = env.event()
        self._closed = sorted((us(at), us(at + seconds)) for at, seconds in buffer.closed)
        self._resized, self._resized_to = NEVER, buffer.capacity
        if buffer.resized is not None:
            self._resized, self._resized_to = us(buffer.resized[0]), buffer.resized[1]
            env.process(self._tell_later())

    def until(self, last: "Belt") -> None:
        """What is put here takes up room until it is taken off `last`."""
        self.holds += len(last.parts)
        self.frees, last.frees = (), (last, self)

    def weigh(self) -> None:
        """What it held until now, once all was done that was done at one moment."""
        if self.env.now > self._since:
            self.least, self.most = min(self.least, self.holds), max(self.most, self.holds)
        self._since = int(self.env.now)

    def tell(self) -> None:
        """Whoever waits for parts or room looks again."""
        told, self.changed = self.changed, self.env.event()
        told.succeed()

    def _tell_later(self) -> Generator[simpy.Event, Any, None]:
        yield self.env.timeout(self._resized)
        self.tell()

    @property
    def takes(self) -> int:
        """Parts that the next cycle takes."""
        return self.buffer.takes[self.take_turn]

    @property
    def puts(self) -> int:
        """Parts that the next cycle puts."""
        return self.buffer.puts[self.put_turn]

    @property
    def has_room(self) -> bool:
        """Whether there is room for what the next cycle puts."""
        late = self.env.now >= self._resized
        return self.holds + self.puts <= (self._resized_to if late else self.buffer.capacity)

    def opens(self, at: int) -> int:
        """The first moment from `at` on at which it is not closed."""
        for start, end in self._closed:
            at = end if start <= at < end else at
        return at

    def ready_at(self, parts: int) -> int | None:
        """When so many parts are at the far end; None while they are not on it."""
        if not parts:
            return 0
        return self.parts[parts - 1] if len(self.parts) >= parts else None

    def take(self) -> None:
        """What the next cycle takes."""
        for belt in self.frees:
            belt.weigh()
            belt.holds -= self.takes
        for _ in range(self.takes):
            self.parts.popleft()
        self.take_turn = (self.take_turn + 1) % len(self.buffer.takes)
        for belt in {self, *self.frees}:
            belt.tell()

    def put(self, *, thrown: bool) -> None:
        """What the next cycle puts, unless it is thrown out."""
        comes, puts = int(self.env.now) + us(self.buffer.travel_s), 0 if thrown else self.puts
        self.parts.extend([comes] * puts)
        self.weigh()
        self.holds += puts
        self.put_turn = (self.put_turn + 1) % len(self.buffer.puts)
        self.tell()
