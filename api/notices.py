"""What people were told about proposals, the newest last, in memory and in the log of the process.

It must never ask a store or wait: a page is told while everything else is down.
"""

import logging
from collections import deque
from collections.abc import Callable

import structlog

from twin_core.governance.events import Notify
from twin_core.governance.oncall import Level
from twin_core.governance.ports import Page
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
    """Something people were told, at a time of the host's that never goes back.

    Attributes:
        page: id of the page that it was, to one person; empty if it was for everybody.
    """

    at: Instant
    proposal: str
    level: Level
    text: str
    page: str = ""


class Notices(deque[Notice]):
    """The newest of them; of pages to one person a channel like any other.

    Attributes:
        also: who hears each at once; none of them may wait or fail.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(maxlen=_KEPT)
        self._clock = clock
        self.also: list[Callable[[Notice], None]] = []

    def tell(self, proposal: str, notice: Notify) -> None:
        """Tell people something about a proposal, or about what its name says."""
        self._keep(proposal, notice.level, notice.text)

    async def page(self, page: Page) -> None:
        """A page to one person, as a Pager takes it; its id is known while the notice is kept."""
        if all(notice.page != page.id for notice in self):
            self._keep(page.proposal, page.level, f"to {page.person}: {page.text}", page.id)

    def _keep(self, proposal: str, level: Level, text: str, page: str = "") -> None:
        told = Notice(at=self._clock.ledger(), proposal=proposal, level=level, text=text, page=page)
        self.append(told)
        for hear in self.also:
            hear(told)
        log.log(  # `level` is the log's own word, and would be written over
            _SEVERITY[told.level],
            "notice",
            at=told.at,
            proposal=told.proposal,
            urgency=told.level,
            text=told.text,
        )
