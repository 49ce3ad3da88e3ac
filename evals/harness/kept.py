"""What is made once and kept in a folder of its own, by a digest of all it is made of.

Two processes may make the same at the same time. It must never show a folder that is half made.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_COMPUTE = ("numpy", "duckdb", "pydantic", "scipy", "numba")


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Path | None]:
    """An empty folder that takes that place when the block ends; None where one stands there."""
    if folder.is_dir():
        os.utime(folder)
        yield None
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    try:
        yield partial
        with contextlib.suppress(OSError):  # another process was first, with the same
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def written(file: Path, content: bytes) -> None:
    """Put a file there, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".making-", delete=False) as partial:
        partial.write(content)
    Path(partial.name).replace(file)


@cache
def code(*places: str) -> str:
    """A digest of every line at those places of the repository, and of what computes."""
    found = hashlib.sha256()
    for name in _COMPUTE:
        found.update(f"{name} {version(name)}\n".encode())
    for place in places:
        here = _ROOT / place
        files = [here] if here.is_file() else sorted(here.rglob("*.py"))
        for file in files:
            found.update(f"{file.relative_to(_ROOT)}\0".encode())
            found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
