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

_CARRIED = f"""
    CREATE OR REPLACE TEMP TABLE newest AS
    SELECT * FROM (SELECT * FROM kept WHERE seq <= $1 UNION ALL SELECT * FROM carried)
    QUALIFY row_number() OVER (
        PARTITION BY point
        ORDER BY instant <= received + {_AHEAD} DESC, instant DESC, seq DESC, place DESC
    ) = 1
"""  # noqa: S608 (our constants)
_LET_GO = (
    "DELETE FROM carried",
    "INSERT INTO carried FROM newest ORDER BY seq, place",
    "DELETE FROM reading WHERE seq <= $1",
    "DELETE FROM packed WHERE seq <= $1",
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


def due(at: Progress, now: Instant, keep: Retention) -> bool:
    """Whether something is past its time by more than a step."""
    return any(
        _limit(now, days) >= since + step
        for days, since, step in (
            (keep.raw_days, at.raw_from, _STEP),
            (keep.minute_days, at.minute_from, HOUR),
            (keep.hour_days, at.hour_from, DAY),
        )
    )


def let_go(db: Any, at: Progress, now: Instant, keep: Retention) -> Progress:
    """Let go of what is past its time, of readings as much as one step may.

    Runs in the transaction of the caller, who stores what comes back.
    """
    minute = max(at.minute_from, min(_limit(now, keep.minute_days) // HOUR * HOUR, at.hour))
    hour = max(at.hour_from, _limit(now, keep.hour_days) // HOUR * HOUR)
    for tier, since, until in (
        ("tier_minute", at.minute_from, minute),
        ("tier_hour", at.hour_from, hour),
    ):
        if until > since:
            db.execute(f"DELETE FROM {tier} WHERE start < $1", [until])  # noqa: S608 (our names)
    raw = _readings(db, at, _limit(now, keep.raw_days))
    return replace(at, raw_from=raw, minute_from=minute, hour_from=hour)


def _readings(db: Any, at: Progress, limit: Instant) -> Instant:
    if limit < at.raw_from + _STEP:
        return at.raw_from
    until, seq = limit, _last_before(db, limit, at.seq)
    if db.execute("SELECT count(*) FROM kept WHERE seq <= $1", [seq]).fetchone()[0] > AT_ONCE:
        oldest = db.execute(
            "SELECT min(time) FROM log WHERE kind = 'batch' "
            "AND seq NOT IN (SELECT seq FROM carried)"
        ).fetchone()[0]
        until = min(limit, max(oldest, at.raw_from) + _STEP)
        seq = _last_before(db, until, at.seq)
    db.execute(_CARRIED, [seq])
    for statement in _LET_GO:
        db.execute(statement, [seq] if "$1" in statement else [])
    return until


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
