"""Witnesses of the audit chain: a file that is only appended to, and a server told by HTTP.

They must never be asked what to believe of the plant, and never hold up what is recorded.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from connectors.loopback import is_loopback
from twin_core.errors import BadInput, SourceDown, StoreDown
from twin_core.governance.witness import Checkpoint

_WAIT_S = 10.0


class WitnessFile:
    """One checkpoint a line, JSON, the oldest first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[Sequence[Checkpoint], Sequence[int]]:
        """The checkpoints, and the lines that are none, from 1 (a crash tears the one it writes).

        Raises:
            StoreDown: it cannot be read.
        """
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return (), ()
        except OSError as problem:
            raise StoreDown("witness", f"{self._path}: {problem.strerror}") from problem
        found, torn = [], []
        for number, line in enumerate(lines, start=1):
            try:
                found.append(Checkpoint.model_validate_json(line))
            except ValidationError:
                if line:
                    torn.append(number)
        return found, torn

    def append(self, checkpoint: Checkpoint) -> None:
        """Add one; durable when this returns.

        Raises:
            StoreDown: it cannot be written.
        """
        line = checkpoint.model_dump_json().encode() + b"\n"
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                end = os.lseek(handle, 0, os.SEEK_END)
                torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
                os.write(handle, b"\n" + line if torn else line)
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as problem:
            raise StoreDown("witness", f"{self._path}: {problem.strerror}") from problem


class Webhook:
    """A server that is told each newest checkpoint: POST, JSON; any 2xx says that it is kept.

    Args:
        url: `https://…`, or `http://…` on this machine only.

    Raises:
        BadInput: another address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        near = parts.scheme == "http" and is_loopback(parts.hostname or "")
        if not parts.hostname or not (parts.scheme == "https" or near):
            raise BadInput(
                f"witness_url: “{url}” is no address; allowed: https://HOST/…, "
                "or http://… on this machine."
            )
        self._url = url

    async def tell(self, checkpoint: Checkpoint) -> None:
        """Have it kept there.

        Raises:
            SourceDown: it is not known to be.
        """
        import httpx

        try:
            async with asyncio.timeout(_WAIT_S), httpx.AsyncClient(trust_env=False) as http:
                answer = await http.post(self._url, json=checkpoint.model_dump(mode="json"))
        except (httpx.HTTPError, TimeoutError) as problem:
            why = str(problem) or type(problem).__name__
            raise SourceDown("witness", why) from problem
        if not answer.is_success:
            raise SourceDown("witness", f"it answered {answer.status_code}")
