"""A file of rules: read at the start, looked at again and again, put into force when it changes.

That is the policy file, the on-call file and that of local rules. One that cannot be read or used
changes nothing; whoever is on watch hears of it.
"""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

from twin_core.errors import BadInput

_LARGEST = 1_000_000


def file_text(path: Path) -> str:
    """What the file says.

    Raises:
        BadInput: it cannot be read, or is no file, or far too large, or no text.
    """
    try:
        there = path.stat()
        if not stat.S_ISREG(there.st_mode):
            raise BadInput(f"{path} is no regular file; allowed is one of up to {_LARGEST} bytes.")
        if there.st_size > _LARGEST:
            raise BadInput(f"{path}: {there.st_size} bytes; allowed is a file of up to {_LARGEST}.")
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise BadInput(
            f"{path}: byte {problem.start} is no text; allowed: TOML in UTF-8."
        ) from problem


class WatchedFile:
    """A file that may change while the service runs.

    Args:
        text: what it said when what is in force was made of it.
        reload: is told what the file says now, or why it cannot be read, and its name.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        reload: Callable[[str | BadInput, str], Awaitable[bool]],
    ) -> None:
        self._path = path
        self._reload = reload
        self._taken: str | None = text
        self._seen = text

    async def look(self) -> None:
        """Put the file into force if it twice says the same, and not what was taken.

        Who writes a file in two goes is not taken at half his word.
        """
        found: str | BadInput
        try:
            found = await asyncio.to_thread(file_text, self._path)
        except BadInput as problem:
            found = problem
        before, self._seen = self._seen, str(found)
        if before == self._seen != self._taken:
            self._taken = None  # if it fails, what is in force is of neither text for certain
            await self._reload(found, str(self._path))
            self._taken = self._seen
