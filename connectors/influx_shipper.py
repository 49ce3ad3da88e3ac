"""The one thread that sends what waits on disk to InfluxDB, in order, 5,000 lines at a time.

While the server is away it tries again with backoff, or as the server asks. Lines that the server
refuses are singled out by halves and kept in a file with the reason: never lost in silence, never
in the way of the others. It must never let go of a line that is neither there nor in that file.
"""

import math
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from connectors.backoff import SPREAD, Backoff
from connectors.influx_server import Away, InfluxServer, LinesRefused
from connectors.influx_spool import MEBIBYTE, Spool
from connectors.vendor_error import clause
from twin_core.errors import StoreDown

log = structlog.get_logger(__name__)

LINES = 5_000
_HALVINGS = 128  # requests spent on singling out refused lines, of one batch
_CLOSING_S = 5.0  # monotonic seconds in which what waits may still be sent at the end
_LONGEST_S = 300.0  # no server is left alone for longer, whatever it asks


class Shipper:
    """Moves lines from a spool to a server, from construction to `close`.

    Args:
        spool: what it empties.
        server: where to.
        refused: the file for lines that the server does not take.
        every_s: monotonic seconds for which less than a full batch waits for more.
        backoff: how long it waits between tries.

    Attributes:
        refused_lines: how many lines were put into that file, since construction.
    """

    def __init__(
        self,
        spool: Spool,
        server: InfluxServer,
        refused: Path,
        every_s: float = 1.0,
        backoff: Backoff | None = None,
    ) -> None:
        self._spool = spool
        self._server = server
        self._refused = refused
        self._every_s = every_s
        self._backoff = backoff or Backoff(SPREAD)
        self._turn = threading.Condition()
        self._wanted = spool.put_bytes  # what is to be sent without waiting for more
        self._asked = 0
        self._failures = 0
        self._away: Away | None = None
        self._closing_at: float | None = None
        self.refused_lines = 0
        self._thread = threading.Thread(target=self._run, name="influx-shipper", daemon=True)
        self._thread.start()

    @property
    def away(self) -> str:
        """Why the server cannot be used; empty when it can."""
        return self._away.reason if self._away else ""

    def added(self) -> None:
        """Something was put."""
        with self._turn:
            self._turn.notify_all()

    def flush(self, patience_s: float = math.inf) -> None:
        """Returns once everything put so far is with the server. Blocks.

        Args:
            patience_s: monotonic seconds after which it is told that much is still on its way.

        Raises:
            Away: it is not there, or not everything is yet.
            StoreDown: closed.
        """
        until = time.monotonic() + patience_s
        with self._turn:
            target = self._spool.put_bytes
            self._wanted = max(self._wanted, target)
            self._asked += 1
            failures = self._failures
            self._turn.notify_all()
            while self._spool.taken_bytes < target:
                if self._away and (self._failures > failures or self._away.after_s):
                    raise self._away
                if not self._thread.is_alive():
                    raise StoreDown("history", "closed")
                if time.monotonic() >= until:
                    rest = (target - self._spool.taken_bytes) / MEBIBYTE
                    raise Away(f"{rest:.1f} MiB of readings are still on their way to InfluxDB")
                self._turn.wait(1.0)

    def close(self) -> None:
        """Send what waits if it goes quickly, and end the thread. Blocks."""
        with self._turn:
            self._closing_at = time.monotonic() + _CLOSING_S
            self._turn.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while self._next():
            try:
                lines, taken = self._spool.take(LINES)
                self._send(lines)
                self._spool.let_go(taken)
            except Away as problem:
                self._lost(problem)
            except Exception as problem:  # a bug of ours or the client's: the thread must go on
                if not self._away:
                    log.exception("readings cannot be sent on")
                self._lost(Away(clause(problem)))
            else:
                self._sent()
        with self._turn:
            self._turn.notify_all()

    def _next(self) -> bool:
        """Wait until something is to be sent; False to end."""
        since: float | None = None
        with self._turn:
            while True:
                now = time.monotonic()
                waiting = self._spool.waiting
                if self._closing_at is not None:
                    return bool(waiting) and not self._away and now < self._closing_at
                since = since if since is not None or not waiting else now
                full = self._spool.lines_waiting >= LINES
                if waiting and (full or self._wanted > self._spool.taken_bytes):
                    return True
                rest = None if since is None else since + self._every_s - now
                if rest is not None and rest <= 0:
                    return True
                self._turn.wait(rest)

    def _sent(self) -> None:
        with self._turn:
            if self._away:
                log.info("InfluxDB takes readings again", url=self._server.access.url)
            self._away = None
            self._backoff.reset()
            self._turn.notify_all()

    def _lost(self, problem: Away) -> None:
        with self._turn:
            if not self._away:
                log.warning("readings wait on disk for InfluxDB", problem=problem.reason)
            self._away = problem
            self._failures += 1
            asked = self._asked
            self._turn.notify_all()
            pause = min(max(self._backoff.next(), problem.after_s), _LONGEST_S)
            until = time.monotonic() + pause
            while (rest := until - time.monotonic()) > 0:
                if self._closing_at is not None or (self._asked > asked and not problem.after_s):
                    return
                self._turn.wait(rest)

    def _send(self, lines: Sequence[bytes]) -> None:
        """Send lines, readings before the log that tells of them."""
        access = self._server.access
        readings = [line for line in lines if not line.startswith(b"log,")]
        entries = [line for line in lines if line.startswith(b"log,")]
        for bucket, part in ((access.bucket, readings), (access.log, entries)):
            if part:
                self._write(bucket, part)

    def _write(self, bucket: str, lines: Sequence[bytes]) -> None:
        """Write lines, or put those that are refused aside."""
        tries, parts = 0, [lines]
        while parts:
            part = parts.pop()
            try:
                self._server.write(bucket, part)
            except LinesRefused as problem:
                tries += 1
                if len(part) > 1 and tries <= _HALVINGS:
                    half = len(part) // 2
                    parts += [part[half:], part[:half]]
                else:
                    self._put_aside(bucket, part, problem.reason)

    def _put_aside(self, bucket: str, lines: Sequence[bytes], reason: str) -> None:
        why = reason.encode("ascii", "backslashreplace").replace(b"\n", b" ")
        text = b"\n".join((b"# %s: %s" % (bucket.encode(), why), *lines, b""))
        try:
            if self._refused.exists() and self._refused.stat().st_size > self._spool.most:
                raise Away(f"{self._refused} is full; see why, and move it elsewhere to go on")
            with self._refused.open("ab") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise Away(f"{self._refused}: {clause(problem)}") from problem
        self.refused_lines += len(lines)
        log.warning(
            "InfluxDB refuses lines; they are kept aside",
            lines=len(lines),
            reason=reason,
            file=str(self._refused),
        )
