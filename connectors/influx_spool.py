"""The bounded disk buffer: lines that are acknowledged and not yet with the server.

A folder of line protocol files. After the lines of each `put` stands a comment with their check
sum, so that a put cut short by a crash is known and dropped: it was never acknowledged. Which
lines are with the server is not written down, since sending them again changes nothing. It must
never let go of a line that nobody has taken over.
"""

import os
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from connectors.lasting import lasting
from connectors.vendor_error import clause
from twin_core.errors import StoreDown

MEBIBYTE = 2**20
_FILE = 8 * MEBIBYTE  # a file that has grown so long is followed by another


class Spool:
    """A queue of lines on disk; one thread puts, one takes.

    Args:
        folder: where its files lie; made when absent. What is there already comes out first.
        most: bytes that may wait; kept as an attribute.

    Attributes:
        put_bytes, taken_bytes: ever put, and ever let go of; their difference waits.
        lines_waiting: how many lines wait, marks included.

    Raises:
        StoreDown: the folder cannot be used.
    """

    def __init__(self, folder: Path, most: int = 1024 * MEBIBYTE) -> None:
        self._folder = folder
        self.most = most
        self._turn = threading.Lock()
        self._out: BinaryIO | None = None
        self._in: BinaryIO | None = None
        self._offset = 0  # how far the first file has been let go of
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = sorted(folder.glob("*.lp"))
            mended = {path: _mended(path) for path in found}
        except OSError as problem:
            raise StoreDown("history", f"{folder}: {clause(problem)}") from problem
        self._files = {path: size for path, (size, _) in mended.items()}
        self._next = int(found[-1].stem) + 1 if found else 1
        self.lines_waiting = sum(lines for _, lines in mended.values())
        self.put_bytes = sum(self._files.values())
        self.taken_bytes = 0

    @property
    def waiting(self) -> int:
        """Bytes that nobody has taken over."""
        return self.put_bytes - self.taken_bytes

    def put(self, lines: Sequence[str]) -> None:
        """Add lines; returns once they are on disk.

        Raises:
            StoreDown: as many wait as may, or the disk refuses; nothing was added.
        """
        body = "".join(line + "\n" for line in lines).encode("ascii")
        body += b"# %08x\n" % zlib.crc32(body)
        with self._turn:
            if self.waiting and self.waiting + len(body) > self.most:
                mib = self.most / MEBIBYTE
                raise StoreDown(
                    "history",
                    f"the buffer of {mib:g} MiB in {self._folder} is full, nothing more is taken; "
                    "bring InfluxDB back or raise influxdb_buffer_mb",
                )
            try:
                self._write(body)
            except OSError as problem:
                raise StoreDown("history", f"{self._folder}: {clause(problem)}") from problem
            self.put_bytes += len(body)
            self.lines_waiting += len(lines) + 1

    def take(self, most: int) -> "tuple[list[bytes], Taken]":
        """Up to `most` of the oldest lines, without line ends, and what to let go of then.

        The same ones come again until `let_go` is called. A mark may come without a line.
        """
        with self._turn:
            if not self.waiting:
                return [], Taken(0, 0)
            path, size = next(iter(self._files.items()))
            if self._in is None:
                self._in = path.open("rb")
            self._in.seek(self._offset)
            lines: list[bytes] = []
            end, count = self._offset, 0
            while end < size and len(lines) < most:
                line = self._in.readline()
                end, count = end + len(line), count + 1
                if not line.startswith(b"#"):
                    lines.append(line[:-1])
            return lines, Taken(end - self._offset, count)

    def let_go(self, taken: "Taken") -> None:
        """What was taken is with somebody else now."""
        with self._turn:
            self._offset += taken.size
            self.taken_bytes += taken.size
            self.lines_waiting -= taken.lines
            path, size = next(iter(self._files.items()))
            still_written = self._out is not None and len(self._files) == 1
            if self._offset >= size and not (still_written and size < _FILE):
                self._drop(path)

    def close(self) -> None:
        """Let go of the files; they stay while anything in them waits."""
        with self._turn:
            if self._files and not self.waiting:
                self._drop(next(iter(self._files)))
            for file in (self._in, self._out):
                if file is not None:
                    file.close()
            self._in = self._out = None

    def _write(self, body: bytes) -> None:
        path = next(reversed(self._files), None)
        if self._out is None or path is None or self._files[path] >= _FILE:
            if self._out is not None:
                self._out.close()
                self._out = None
            path = self._folder / f"{self._next:012d}.lp"
            self._next += 1
            self._out = path.open("wb", buffering=0)
            self._files[path] = 0
            lasting(self._folder)
        size = self._files[path]
        try:
            rest = memoryview(body)
            while rest:  # a write may take a part only
                rest = rest[self._out.write(rest) :]
            os.fsync(self._out.fileno())
        except OSError:
            os.ftruncate(self._out.fileno(), size)
            self._out.seek(size)
            raise
        self._files[path] = size + len(body)

    def _drop(self, path: Path) -> None:
        if self._in is not None:
            self._in.close()
            self._in = None
        if len(self._files) == 1 and self._out is not None:
            self._out.close()
            self._out = None
        path.unlink()
        del self._files[path]
        self._offset = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A part of the spool's front: bytes, and lines with their marks."""

    size: int
    lines: int


def _mended(path: Path) -> tuple[int, int]:
    """The file's bytes and lines, once what was not wholly put is cut off its end.

    Raises:
        StoreDown: it is damaged elsewhere.
    """
    whole, at, check, lines, kept = 0, 0, 0, 0, 0
    with path.open("r+b") as file:
        for line in file:
            at += len(line)
            lines += 1
            if not line.startswith(b"#"):
                check = zlib.crc32(line, check)
            elif line == b"# %08x\n" % check:
                whole, check, kept = at, 0, lines
            elif at < path.stat().st_size:
                where = f"{path} is damaged between bytes {whole} and {at}"
                raise StoreDown("history", f"{where}; move it elsewhere to go on without it")
        file.truncate(whole)
        os.fsync(file.fileno())
    return whole, kept
