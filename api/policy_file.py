"""The policy file: read at the start, looked at again and again, put into force when it changes.

A file that cannot be read or used changes nothing; whoever is on watch hears of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from twin_core.errors import BadInput, PolicyError


def policy_text(path: Path) -> str:
    """What the file says.

    Raises:
        BadInput: it cannot be read.
        PolicyError: it is no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {problem.strerror}.") from problem
    except UnicodeDecodeError as problem:
        raise PolicyError(
            str(path), f"byte {problem.start} is no text; allowed: TOML in UTF-8"
        ) from problem


class PolicyFile:
    """A policy file that may change while the service runs.

    Args:
        reload: is told what the file says now, or why it cannot be read, and its name.
    """

    def __init__(
        self, path: Path, reload: Callable[[str | BadInput, str], Awaitable[bool]]
    ) -> None:
        self._path = path
        self._reload = reload
        self._seen = policy_text(path)

    async def look(self) -> None:
        """Put the file into force if it says something else than when it was looked at last."""
        found: str | BadInput
        try:
            found = await asyncio.to_thread(policy_text, self._path)
        except BadInput as problem:
            found = problem
        if str(found) != self._seen:
            await self._reload(found, str(self._path))
            self._seen = str(found)
