"""A file that anybody may have made is read in a worker, with so much memory and time and no more.

It must never be read in the server's own process.
"""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.filing import Filing, filed
from knowledge.passages import Passage
from twin_core.errors import DocumentError
from twin_core.ports import Compute

_READ_S = 180.0
_MEMORY = 2 << 30
"""Bytes that reading a file may take."""


async def read_apart(
    compute: Compute, data: bytes, file: str, filing: Filing
) -> tuple[Passage, ...]:
    """The passages of a file.

    Raises:
        DocumentError: it cannot be read, takes too long or too much memory, and why.
        ComputeDown: no worker can be used.
    """
    try:
        async with asyncio.timeout(_READ_S):
            (found,) = await compute.map(_bounded, [(data, file, filing)], long=True)
    except TimeoutError as problem:
        raise DocumentError(
            file, f"it could not be read in {_READ_S:.0f} s", "a simpler file"
        ) from problem
    return found


def _bounded(work: tuple[bytes, str, Filing]) -> tuple[Passage, ...]:
    """Read a file in a worker, which may take so much memory for it and no more."""
    data, file, filing = work
    try:
        with _little_memory():
            return filed(data, file, filing)
    except MemoryError as problem:
        raise DocumentError(
            file, f"reading it takes more than {_MEMORY >> 30} GiB", "a smaller file"
        ) from problem


@contextmanager
def _little_memory() -> Iterator[None]:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))
