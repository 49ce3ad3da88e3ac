"""A search as server-sent events: `search` with its id, `progress` as it comes, then `schedule`.

`POST /schedules/{id}/endings` ends it with the best it has; when its reader goes, it ends too. What
goes wrong on the way is an event `problem`. It must never search in this process.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from api import views
from twin_core.errors import NotAllowed, OpsTwinError, UnknownName
from twin_core.simulation.scheduling.solve import Progress, Watch

_LOOK_S = 0.25
"""Host seconds between two looks whether there is news, and whether the reader is still there."""
_BEAT_S = 10.0
"""Host seconds without news after which the last is told again."""


class Watching(Watch, Protocol):
    """A watch of ours: what was heard of it, and how it is ended."""

    def heard(self) -> Progress | None:
        """The newest word; None = none yet."""
        ...

    def end(self) -> None:
        """Ask that the search ends with the best it has."""
        ...


class Searches:
    """The searches that run, so that who began one can end it.

    Args:
        watches: makes what a worker is watched by, for as long as it is entered.
    """

    def __init__(self, watches: Callable[[], AbstractContextManager[Watching]]) -> None:
        self._watches = watches
        self._running: dict[str, tuple[str, Watching]] = {}

    def end(self, search: str, user: str) -> None:
        """End a search with the best it has; blocks for a moment.

        Raises:
            UnknownName: there is none of that id, or no more.
            NotAllowed: another began it.
        """
        if search not in self._running:
            raise UnknownName("search that runs", search)
        asker, watch = self._running[search]
        if asker != user:
            raise NotAllowed(user, "end this search", "whoever began it")
        watch.end()

    async def events(
        self,
        run: Callable[[Watch], Awaitable[dict[str, Any]]],
        user: str,
        gone: Callable[[], Awaitable[bool]],
    ) -> AsyncGenerator[str]:
        """The events of a search, until it is done or the reader or the server is `gone`."""
        loop, search = asyncio.get_running_loop(), secrets.token_hex(8)
        with contextlib.ExitStack() as stack:
            try:
                watch = await asyncio.to_thread(stack.enter_context, self._watches())
            except OpsTwinError as problem:
                yield _event("problem", views.problem(problem))
                return
            self._running[search] = user, watch
            stack.callback(self._running.pop, search)
            yield _event("search", {"id": search})
            began = loop.time()
            said, said_at = None, began - _BEAT_S
            task = asyncio.ensure_future(run(watch))
            try:
                while not task.done():
                    await asyncio.wait({task}, timeout=_LOOK_S)
                    if await gone():
                        return
                    news = await asyncio.to_thread(watch.heard) or Progress(value=None, bound=0)
                    if news != said or loop.time() - said_at > _BEAT_S:
                        said, said_at = news, loop.time()
                        body = news.model_dump(mode="json") | {"took_s": said_at - began}
                        yield _event("progress", body)
                try:
                    yield _event("schedule", task.result())
                except OpsTwinError as problem:
                    yield _event("problem", views.problem(problem))
            finally:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, OpsTwinError):
                    await task


def _event(name: str, body: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(body)}\n\n"
