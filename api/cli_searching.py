"""A search as it goes on, for who waits at a screen: the best so far, the bound, and Ctrl-C.

A thin HTTP client: the server searches, and is asked to end it.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from api.printable import printable
from twin_core.errors import OpsTwinError, SourceDown

if TYPE_CHECKING:
    from api.client import Client


def searched(client: "Client", path: str, wanted: dict[str, Any]) -> Any:
    """What a search came to; the best so far where Ctrl-C ended it.

    Raises:
        ServerRefusal: the server's own sentence.
        SourceDown: it was stopped before the search was done.
    """
    from rich.console import Console

    from api.client import ServerRefusal

    screen = Console(stderr=True)
    search = ""

    def end() -> None:
        if not search:
            raise KeyboardInterrupt
        screen.print("Ending with the best found so far …", markup=False)
        try:
            client.post(f"/schedules/{search}/endings", {})
        except OpsTwinError as problem:  # it may be done by now, and its answer on the way
            screen.print(printable(str(problem)), markup=False)

    looking = "Looking for a better order of work …"
    with screen.status(looking) as shown, _first_interrupt(end):
        for event, body in client.events(path, wanted):
            if event == "search":
                search = str(body["id"])
            elif event == "progress":
                shown.update(told(body))
            elif event == "problem":
                raise ServerRefusal(str(body["message"]))
            else:
                return body
    raise SourceDown(client.url, "it was stopped before the search was done")


def told(progress: dict[str, Any]) -> str:
    """How far it is, in one line."""
    from tools.wording import duration

    if progress["aim"] is None:
        return f"Looking for a better order of work …; {progress['took_s']:.0f} s"
    value, bound = progress["value"], duration(progress["bound"])
    late = progress["aim"] == "tardiness"
    what = "lateness" if late else "all done after"
    name = "" if len(progress["of"]) != 1 else f"{progress['of'][0].rsplit('/', 1)[-1]}: "
    best = "none found yet" if value is None else f"{what} {duration(value)} so far"
    return f"{name}{best}, none is below {bound}; {progress['took_s']:.0f} s"


@contextmanager
def _first_interrupt(end: Callable[[], None]) -> Iterator[None]:
    """While entered, the first Ctrl-C does that, and the second what it always does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    usual = signal.getsignal(signal.SIGINT)

    def first(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, usual)
        end()

    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
