"""A loop of its own for questions: what is slow to read, to word or to write never holds up people.

The serving loop reads a request and sends its answer; all between is done here, in one thread. What
a route awaits must therefore not belong to a loop: stores with threads of their own, workers,
snapshots. It must never act on the plant: the desk is the serving loop's.
"""

import asyncio
import atexit
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

_T = TypeVar("_T")


class Aside:
    """The loop and its thread; it begins with the first question."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """What comes of it; cancelled, it is cancelled there."""
        loop = self._begun()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))

    def close(self) -> None:
        """End the loop; what still runs there is dropped."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        atexit.unregister(self.close)
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _begun(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_forever, args=(self._loop,), name="questions", daemon=True
                )
                self._thread.start()
                atexit.register(self.close)  # if nobody else does
            return self._loop


class AsideRoute(APIRoute):
    """A route that is a question: parsed, answered and written beside the serving loop."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            await request.body()  # it comes in by the serving loop, and is kept
            aside: Aside = request.app.state.aside
            return await aside.run(handle(request))

        return handled


def _forever(loop: asyncio.AbstractEventLoop) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.get_loop().run_forever()
