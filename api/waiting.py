"""What waits to be taken in or durable: how much it counts, and who is told when it is.

It must never answer anybody before the commit.
"""

import asyncio
import queue
from typing import Any

from twin_core.condition import ConditionReport
from twin_core.errors import OpsTwinError
from twin_core.ports import LogEntry
from twin_core.reading import Batch, SourceEvent


def gathered(waiting: "queue.SimpleQueue[Any]", timeout: float) -> tuple[list[Any], bool]:
    """Everything in a queue, waited at most `timeout` seconds for; whether None ended it."""
    found: list[Any] = []
    try:
        item = waiting.get(timeout=timeout) if timeout > 0 else waiting.get_nowait()
        while item is not None:
            found.append(item)
            item = waiting.get_nowait()
    except queue.Empty:
        return found, False
    return found, True


def weight(entry: object) -> int:
    """What an entry counts among those that wait; what only people and time bring does not."""
    if isinstance(entry, Batch):
        return len(entry)
    if isinstance(entry, LogEntry):
        return int(entry.kind in {"event", "condition"})
    return int(isinstance(entry, SourceEvent | ConditionReport))


def tell(awaited: "list[asyncio.Future[None]]", problem: OpsTwinError | None) -> None:
    """Answer those who wait, unless they have gone."""
    for done in awaited:
        if not done.done():
            if problem is None:
                done.set_result(None)
            else:
                done.set_exception(problem)
