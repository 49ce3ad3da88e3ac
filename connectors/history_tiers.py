"""The minute and hour tiers: what the readings of a point came to, kept beside them.

A tier row is recomputed whole from what lies under it (minutes from readings, hours from minutes)
and never amended: after `take`, a tier holds exactly what every entry up to `Progress.seq` gives.
It counts readings with a finite number that are not Bad, by plant time. It must never be written
but by the history's one writer thread.
"""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

from twin_core.reading import BAD, UNCERTAIN
from twin_core.value import SECOND, Instant

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
ALLOWANCE = 10 * SECOND
"""Plant time for which a minute is left open for what is still on its way."""
AT_ONCE = 300_000
"""Readings one step may treat, so that no commit waits long for it; of more, ten minutes' worth."""

USABLE = f"isfinite(value) AND status < {BAD}"
_ROWS = f"""
    SELECT point, instant // {MINUTE} * {MINUTE} AS start, avg(value), min(value), max(value),
           arg_min(value, (instant, seq, place)), arg_max(value, (instant, seq, place)),
           count(*), count_if(status < {UNCERTAIN})
    FROM kept k WHERE instant >= $low AND instant < $high AND seq <= $seq AND {USABLE}
"""  # noqa: S608 (our constants)
_MINUTES = f"INSERT INTO tier_minute {_ROWS} GROUP BY ALL ORDER BY ALL"
_AGAIN = f"""
    INSERT INTO tier_minute {_ROWS}
    AND EXISTS (SELECT 1 FROM stale s
                WHERE s.point = k.point AND s.start = k.instant // {MINUTE} * {MINUTE})
    GROUP BY ALL ORDER BY ALL
"""  # noqa: S608
_HOURS = f"""
    INSERT INTO tier_hour
    SELECT point, start // {HOUR} * {HOUR} AS begun, sum(mean * count) / sum(count), min(low),
           max(high), arg_min(first, start), arg_max(last, start), sum(count), sum(good)
    FROM tier_minute m WHERE start >= $low AND start < $high
"""  # noqa: S608
_TOGETHER = (
    f"""
    CREATE OR REPLACE TEMP TABLE together AS
    SELECT * FROM tier_minute WHERE start >= $1 AND start < $2
    ORDER BY start // {HOUR}, point, start
    """,  # noqa: S608
    "DELETE FROM tier_minute WHERE start >= $1 AND start < $2",
    "INSERT INTO tier_minute FROM together",
    "DROP TABLE together",
)
"""Minutes of closed hours by point, so that few of them are looked at to find one point's."""
_OF_STALE = "AND point IN (SELECT point FROM stale WHERE hour = $low)"
_HOUR_AGAIN = f"{_HOURS} {_OF_STALE} GROUP BY ALL ORDER BY ALL"
_STALE = f"""
    CREATE OR REPLACE TEMP TABLE stale AS
    SELECT DISTINCT point, instant // {MINUTE} * {MINUTE} AS start, start // {HOUR} * {HOUR} AS hour
    FROM reading
    WHERE seq > $after AND seq <= $seq AND instant >= $low AND instant < $high AND {USABLE}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the background work has come; all times plant time, microseconds.

    Attributes:
        seq: tiers hold what entries up to this one say.
        minute, hour: the tier holds what began before; both whole minutes and hours.
        packed: readings of hours before are in point order.
        raw_from, minute_from, hour_from: what is older was let go.
    """

    seq: int
    minute: Instant
    hour: Instant
    packed: Instant
    raw_from: Instant
    minute_from: Instant
    hour_from: Instant

    @property
    def renewable(self) -> Instant:
        """The oldest minute whose readings are all still here.

        A reading may stand a minute ahead of its arrival, by which readings are let go.
        """
        raw = (self.raw_from // MINUTE + 2) * MINUTE if self.raw_from else 0
        return max(raw, self.minute_from)

    @classmethod
    def of(cls, db: Any) -> Self:
        """As stored."""
        return cls(*db.execute("FROM progress").fetchone())

    def store(self, db: Any) -> None:
        """Put it in the place of what is stored, in the transaction under way."""
        names = [field.name for field in fields(self)]
        db.execute(
            f"UPDATE progress SET {', '.join(f'{name} = ${name}' for name in names)}",  # noqa: S608
            {name: getattr(self, name) for name in names},
        )


def closed(now: Instant) -> Instant:
    """The beginning of the oldest minute that is still open at `now`."""
    return max(0, now - ALLOWANCE) // MINUTE * MINUTE


def take(db: Any, at: Progress, seq: int, now: Instant) -> Progress:
    """Take in entries up to `seq` and, of closed minutes, as many as one step may.

    Runs in the transaction of the caller, who stores what comes back.
    """
    waiting, first = db.execute(
        "SELECT count(*), min(instant) FROM reading WHERE instant >= $1 AND instant < $2",
        [at.minute, closed(now)],
    ).fetchone()
    minute = closed(now)
    if waiting > AT_ONCE:
        minute = min(minute, first // MINUTE * MINUTE + 10 * MINUTE)
    hour = minute // HOUR * HOUR
    _renew(db, at, seq)
    db.execute(_MINUTES, {"low": at.minute, "high": minute, "seq": seq})
    if hour > at.hour:
        db.execute(f"{_HOURS} GROUP BY ALL ORDER BY ALL", {"low": at.hour, "high": hour})
        for statement in _TOGETHER:
            db.execute(statement, [at.hour, hour] if "$1" in statement else [])
    return replace(at, seq=seq, minute=minute, hour=hour)


def _renew(db: Any, at: Progress, seq: int) -> None:
    """Compute again what readings that came late have changed, hour by hour of plant time.

    What is so old that its readings are let go stays as it is: there is nothing to compute it of.
    """
    low = at.renewable
    db.execute(_STALE, {"after": at.seq, "seq": seq, "low": low, "high": at.minute})
    hours = db.execute("SELECT DISTINCT hour FROM stale ORDER BY hour").fetchall()
    for (hour,) in hours:
        db.execute(
            "DELETE FROM tier_minute m USING stale s WHERE m.point = s.point "
            "AND m.start = s.start AND m.start >= $1 AND m.start < $2",
            [hour, hour + HOUR],
        )
        db.execute(_AGAIN, {"low": max(hour, low), "high": hour + HOUR, "seq": seq})
        if hour < at.hour:
            db.execute(
                "DELETE FROM tier_hour WHERE start = $1 "
                "AND point IN (SELECT point FROM stale WHERE hour = $1)",
                [hour],
            )
            db.execute(_HOUR_AGAIN, {"low": hour, "high": hour + HOUR})
