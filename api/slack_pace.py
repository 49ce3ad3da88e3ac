"""When to try again what Slack did not take: after what it said, else after longer and longer.

It must never try while it was told to wait, nor tell the same trouble twice.
"""

from collections.abc import Callable
from typing import Protocol

import structlog

from twin_core.errors import Busy, SourceDown

log = structlog.get_logger(__name__)


class Delays(Protocol):
    """Waits that grow."""

    def next(self) -> float:
        """How long to wait now, host seconds."""

    def reset(self) -> None:
        """It worked: begin anew."""


class Pace:
    """Of one thing that is done again and again.

    Args:
        what: is behind, in words, while Slack is away.
        monotonic: the clock.
        delays: between two tries.
    """

    def __init__(self, what: str, monotonic: Callable[[], float], delays: Delays) -> None:
        self._what, self._monotonic, self._delays = what, monotonic, delays
        self._not_before = 0.0
        self._down = False

    @property
    def ready(self) -> bool:
        """Whether it may be tried now."""
        return self._monotonic() >= self._not_before

    def held(self, problem: Busy | SourceDown) -> None:
        """It was not taken."""
        if isinstance(problem, Busy):
            self._not_before = self._monotonic() + problem.retry_s
            return
        self._not_before = self._monotonic() + self._delays.next()
        if not self._down:
            self._down = True
            log.warning("Slack is away", behind=self._what, reason=str(problem))

    def well(self) -> None:
        """All of it was taken."""
        self._delays.reset()
        if self._down:
            self._down = False
            log.info("Slack is back", right_again=self._what)
