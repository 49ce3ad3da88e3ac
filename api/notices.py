"""What people were told about proposals, the newest last, in memory and in the log of the process.

It must never ask a store or wait: a page is told while everything else is down.
"""

import logging
from collections import deque
from typing import Literal

import structlog

from twin_core.governance.events import Notify
from twin_core.ports import Clock
from twin_core.value import Instant, Value

log = structlog.get_logger(__name__)

_KEPT = 200
_SEVERITY = {
    "info": logging.INFO,
    "alarm": logging.WARNING,
    "page": logging.ERROR,
    "highest": logging.CRITICAL,
}


class Notice(Value):
    """Something people were told, at a time of the host's that never goes back."""

    at: Instant
    proposal: str
    level: Literal["info", "alarm", "page", "highest"]
    text: str


class Notices(deque[Notice]):
    """The newest of them."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(maxlen=_KEPT)
        self._clock = clock

    def tell(self, proposal: str, notice: Notify) -> None:
        """Tell people something about a proposal, or about what its name says."""
        told = Notice(
            at=self._clock.ledger(), proposal=proposal, level=notice.level, text=notice.text
        )
        self.append(told)
        log.log(  # `level` is the log's own word, and would be written over
            _SEVERITY[told.level],
            "notice",
            at=told.at,
            proposal=told.proposal,
            urgency=told.level,
            text=told.text,
        )
