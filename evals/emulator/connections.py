"""Open connections of a small server: each talks in a task of its own, all end together."""

import asyncio
from collections.abc import Awaitable, Callable

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Connections:
    """Runs `talk` for every connection, and closes them all.

    Args:
        talk: returns when the far side is gone; the writer is closed for it.
    """

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """For `start_server`: a plain function, so that no task is left unwatched."""
        task = asyncio.get_running_loop().create_task(self._run(reader, writer))
        self._open[task] = writer
        task.add_done_callback(lambda done: self._open.pop(done, None))

    async def close(self) -> None:
        """Hang up on everybody and wait until the last has noticed."""
        talking = dict(self._open)
        for writer in talking.values():
            writer.close()
        await asyncio.gather(*talking)

    async def _run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the far side went away or talks something else: nobody to answer
        finally:
            writer.close()
