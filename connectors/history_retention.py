"""How long readings and tiers are kept, and what replay needs of what is let go.

Age is counted in plant time of the log, by our own clock at arrival, never by what a source
wrote. Of entries past their time remain: people's edits, sources found and lost, the newest sign
of life of each source and the newest reading of each point; ticks, other readings and what
controllers reported of their alarms go (what stands they tell again when they are connected). It
must never let go of the log's newest entry.
"""

from dataclasses import dataclass, replace
from typing import Any

from connectors.history_tiers import AT_ONCE, HOUR, MINUTE, Progress
from twin_core.value import SECOND, Instant

DAY = 86_400 * SECOND
_STEP = 10 * MINUTE  # readings are let go by so much of the log, or more where it is little
_AHEAD = 60 * SECOND  # a reading further ahead of its arrival has a wrong clock

_POINTS = 500
"""So many go at once where there are many readings: DuckDB holds up to 16 bytes in memory for every
row around one that is deleted until its checkpoint, and those of an hour lie by point."""
_ALL = 1 << 31

_CARRIED = f"""
    CREATE OR REPLACE TEMP TABLE newest AS
    SELECT * FROM (
        SELECT * FROM (SELECT * FROM kept WHERE seq <= $3 UNION ALL SELECT * FROM carried)
        WHERE point >= $1 AND point < $2
    )
    QUALIFY row_number() OVER (
        PARTITION BY point
        ORDER BY instant <= received + {_AHEAD} DESC, instant DESC, seq DESC, place DESC
    ) = 1
"""  # noqa: S608 (our constants)
_OF_POINTS = (
    _CARRIED,
    "DELETE FROM carried WHERE point >= $1 AND point < $2",
    "INSERT INTO carried FROM newest ORDER BY seq, place",
    "DELETE FROM reading WHERE seq <= $3 AND point >= $1 AND point < $2",
    "DELETE FROM packed WHERE seq <= $3 AND point >= $1 AND point < $2",
)
_OF_LOG = (
    """
    DELETE FROM original
    WHERE seq <= $1 AND (seq, place) NOT IN (SELECT (seq, place) FROM carried)
    """,
    """
    DELETE FROM log WHERE seq <= $1 AND (
        kind IN ('tick', 'condition')
        OR seq IN (
            SELECT seq FROM log
            WHERE seq <= $1 AND kind = 'event' AND json_extract_string(body, '$.kind') = 'alive'
            QUALIFY seq < max(seq) OVER (PARTITION BY json_extract_string(body, '$.source'))
        )
        OR (kind = 'batch' AND seq NOT IN (SELECT seq FROM carried))
    )
    """,
)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days of plant time for which each tier is kept; None = for ever."""

    raw_days: float | None = None
    minute_days: float | None = None
    hour_days: float | None = None


class LettingGo:
    """The letting go of one history file.

    Args:
        db: the writer's connection.
        keep: how long.
    """

    def __init__(self, db: Any, keep: Retention) -> None:
        self._db = db
        self._keep = keep
        self._begun: tuple[Instant, int] | None = None

    @property
    def under_way(self) -> bool:
        """Whether readings of some points have gone, and others are to follow."""
        return self._begun is not None

    def due(self, at: Progress, now: Instant) -> bool:
        """Whether something is past its time by more than a step, or half gone."""
        return self.under_way or any(
            _limit(now, days) >= since + step
            for days, since, step in (
                (self._keep.raw_days, at.raw_from, _STEP),
                (self._keep.minute_days, at.minute_from, HOUR),
                (self._keep.hour_days, at.hour_from, DAY),
            )
        )

    def step(self, at: Progress, now: Instant) -> Progress:
        """Let go of what is past its time, of readings as much as one step may.

        Runs in the transaction of the caller, who stores what comes back.
        """
        minute = _limit(now, self._keep.minute_days) // HOUR * HOUR
        minute = max(at.minute_from, min(minute, at.hour))
        hour = max(at.hour_from, _limit(now, self._keep.hour_days) // HOUR * HOUR)
        for tier, since, until in (
            ("tier_minute", at.minute_from, minute),
            ("tier_hour", at.hour_from, hour),
        ):
            if until > since:
                self._db.execute(f"DELETE FROM {tier} WHERE start < $1", [until])  # noqa: S608 (our names)
        raw = self._readings(at, _limit(now, self._keep.raw_days))
        return replace(at, raw_from=raw, minute_from=minute, hour_from=hour)

    def _readings(self, at: Progress, limit: Instant) -> Instant:
        """Let go of readings of some points, at last of all, and of their entries.

        From the first of these steps on the tiers serve in their place.
        """
        until, seq = self._begun or self._span(at, limit)
        if until == at.raw_from and not self._begun:
            return until
        (first,) = self._db.execute(
            "SELECT min(point) FROM packed WHERE seq <= $1", [seq]
        ).fetchone()
        some = first is not None and self._many(seq)
        self._begun = (until, seq) if some else None
        given = [first, first + _POINTS, seq] if some else [0, _ALL, seq]
        for statement in _OF_POINTS:
            self._db.execute(statement, given[: sum(f"${n}" in statement for n in (1, 2, 3))])
        if not some:
            for statement in _OF_LOG:
                self._db.execute(statement, [seq])
        return until

    def _span(self, at: Progress, limit: Instant) -> tuple[Instant, int]:
        """Up to when readings go now, and up to which entry."""
        if limit < at.raw_from + _STEP:
            return at.raw_from, 0
        seq = _last_before(self._db, limit, at.seq)
        if not self._many(seq):
            return limit, seq
        (oldest,) = self._db.execute(
            "SELECT min(time) FROM log WHERE kind = 'batch' "
            "AND seq NOT IN (SELECT seq FROM carried)"
        ).fetchone()
        until = min(limit, max(oldest, at.raw_from) + _STEP)
        return until, _last_before(self._db, until, at.seq)

    def _many(self, seq: int) -> bool:
        found = self._db.execute("SELECT count(*) FROM kept WHERE seq <= $1", [seq])
        return bool(found.fetchone()[0] > AT_ONCE)


def _last_before(db: Any, time: Instant, at_most: int) -> int:
    """The newest entry of the log before a time, 0 = none; never the log's very newest."""
    seq: int = db.execute(
        "SELECT coalesce(max(seq), 0) FROM log "
        "WHERE time < $1 AND seq <= $2 AND seq < (SELECT max(seq) FROM log)",
        [time, at_most],
    ).fetchone()[0]
    return seq


def _limit(now: Instant, days: float | None) -> Instant:
    return 0 if days is None else max(0, now - int(days * DAY))
