"""What the writer thread does between commits: tiers, packing, retention, one short step a time.

Each step is one transaction with its progress in it, so a process killed anywhere loses nothing
and repeats nothing. It must never run beside a commit, and never outlast its patience.
"""

from contextlib import suppress
from typing import Any

import duckdb
import structlog

from connectors.history_packing import Packing
from connectors.history_retention import LettingGo, Retention
from connectors.history_tiers import Progress, closed, take
from connectors.vendor_error import clause
from twin_core.value import Instant

log = structlog.get_logger(__name__)


class Upkeep:
    """The background work of one history file.

    Args:
        db: the writer's connection.
        keep: how long.
    """

    def __init__(self, db: Any, keep: Retention) -> None:
        self._db = db
        self._letting_go = LettingGo(db, keep)
        self._at = Progress.of(db)
        self._packing = Packing(db)
        self._failed_at: Instant | None = None
        self.now: Instant = db.execute(
            "SELECT coalesce(arg_max(time, seq), 0) FROM log WHERE time > 0"
        ).fetchone()[0]

    def heard(self, now: Instant) -> None:
        """The time of the log's newest entries; 0 when they have none."""
        self.now = now or self.now

    def step(self, seq: int) -> bool:
        """Do the next step, if one is due; the log is durable up to `seq`.

        Returns:
            Whether another may be due. A step that fails changes nothing, is told once, and is
            tried again when plant time has gone on.
        """
        if self._failed_at == self.now:
            return False
        try:
            return self._step(seq)
        except Exception as problem:  # noqa: BLE001 (ingest must go on whatever it is)
            if self._failed_at is None:
                log.warning("the history's upkeep failed", problem=clause(problem))
            self._failed_at = self.now
            self._undo()
            return False

    def _step(self, seq: int) -> bool:
        at = self._at
        tiers = closed(self.now) > at.minute
        pack = at.hour > at.packed
        if not (tiers or pack or self._letting_go.due(at, self.now)):
            return False
        self._db.execute("BEGIN")
        if tiers:
            at = take(self._db, at, seq, self.now)
        elif pack:
            at = self._packing.move(at)
        else:
            at = self._letting_go.step(at, self.now)
        at.store(self._db)
        self._db.execute("COMMIT")
        self._at, self._failed_at = at, None
        if self._letting_go.under_way:
            with suppress(duckdb.TransactionException):  # somebody else's turn; the next will do
                self._db.execute("CHECKPOINT")
        return True

    def _undo(self) -> None:
        try:
            self._db.execute("ROLLBACK")
        except duckdb.Error:
            return  # it had not begun, the failed commit undid it, or the file is beyond use
