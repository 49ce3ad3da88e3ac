"""What is made once and kept in a folder of its own, by a digest of all it is made of.

Two processes may make the same at the same time. It must never show a folder that is half made.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_DIGEST = re.compile(r"-[0-9a-f]{16}\b")
_NEWEST, _UNUSED_S = 2, 86_400.0
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


def let_go(cache: Path, now_s: float) -> int:
    """Throw away what stands there besides the newest of its name and was not used lately.

    A changed line of code makes all of it anew, and would leave the disk full of what was.

    Args:
        cache: whose entries have digests in their names, and are alike where the rest is.
        now_s: seconds since 1970.

    Returns:
        How many there were.
    """
    alike: dict[str, list[tuple[float, Path]]] = {}
    for folder in cache.glob("*"):
        with contextlib.suppress(OSError):  # another process lets go, too
            name = _DIGEST.sub("", folder.name)
            alike.setdefault(name, []).append((folder.stat().st_mtime, folder))
    found = 0
    for entries in alike.values():
        for used_s, folder in sorted(entries)[:-_NEWEST]:
            if used_s < now_s - _UNUSED_S:
                shutil.rmtree(folder, ignore_errors=True)
                found += 1
    return found


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
