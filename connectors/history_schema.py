"""The tables of the history file, their version, and the keys of points.

    log       every entry's number, kind and time; what is no batch whole
    reading   readings as they arrived, of hours still open
    closing   the same columns, closed hours on their way into point order
    moved     one row: which of `closing` are there still; `held` shows them
    packed    the same columns, closed hours in point order
    carried   each point's newest reading of what retention has let go, for replay alone
    original  texts of what was no number
    clock     how far each source's clock was ahead, from which entry on
    tier_minute, tier_hour   what the readings of a point came to; see `history_tiers.py`
    progress  one row: how far tiers, packing and retention have come

A key is given once and never reused; a renamed point keeps its key. Migrations only go forward:
a file from a newer version is refused, never guessed at.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from twin_core.errors import StoreDown

READING = """(
    seq BIGINT NOT NULL, place INTEGER NOT NULL, point INTEGER NOT NULL, time BIGINT NOT NULL,
    value DOUBLE NOT NULL, status UINTEGER NOT NULL, received BIGINT NOT NULL,
    late BOOLEAN NOT NULL, instant BIGINT NOT NULL
)"""
"""Columns of `reading` and `closing`."""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE point (key INTEGER NOT NULL PRIMARY KEY, id VARCHAR NOT NULL UNIQUE);
    CREATE TABLE log (
        seq BIGINT NOT NULL, kind VARCHAR NOT NULL, time BIGINT NOT NULL, body VARCHAR NOT NULL
    );
    CREATE TABLE reading (
        seq BIGINT NOT NULL, place INTEGER NOT NULL, point INTEGER NOT NULL, time BIGINT NOT NULL,
        value DOUBLE NOT NULL, status UINTEGER NOT NULL, received BIGINT NOT NULL
    );
    CREATE TABLE original (seq BIGINT NOT NULL, place INTEGER NOT NULL, text VARCHAR NOT NULL);
    """,
    "ALTER TABLE reading ADD COLUMN late BOOLEAN DEFAULT false;",
    """
    CREATE TABLE clock (seq BIGINT NOT NULL, source VARCHAR NOT NULL, ahead BIGINT NOT NULL);
    INSERT INTO clock
    SELECT seq, json_extract_string(body, '$.source'),
           CAST(json_extract_string(body, '$.offset_us') AS BIGINT)
    FROM log WHERE kind = 'event' AND json_extract_string(body, '$.kind') = 'up' ORDER BY seq;
    """,
    f"""
    ALTER TABLE reading RENAME TO former;
    CREATE TABLE reading {READING};
    INSERT INTO reading
    SELECT r.seq, r.place, r.point, r.time, r.value, r.status, r.received, coalesce(r.late, false),
           r.time - coalesce(c.ahead, 0)
    FROM (
        SELECT f.*, coalesce(s.source, '') AS source
        FROM former f JOIN point p ON p.key = f.point LEFT JOIN source_of s ON s.id = p.id
    ) r ASOF LEFT JOIN clock c ON c.source = r.source AND r.seq >= c.seq
    ORDER BY r.seq, r.place;
    DROP TABLE former;
    CREATE TABLE packed AS SELECT * FROM reading LIMIT 0;
    CREATE TABLE carried AS SELECT * FROM reading LIMIT 0;
    CREATE VIEW kept AS SELECT * FROM reading UNION ALL SELECT * FROM packed;
    CREATE VIEW logged AS SELECT * FROM kept UNION ALL SELECT * FROM carried;
    CREATE TABLE tier_minute (
        point INTEGER NOT NULL, start BIGINT NOT NULL, mean DOUBLE NOT NULL, low DOUBLE NOT NULL,
        high DOUBLE NOT NULL, first DOUBLE NOT NULL, last DOUBLE NOT NULL, count BIGINT NOT NULL,
        good BIGINT NOT NULL
    );
    CREATE TABLE tier_hour AS SELECT * FROM tier_minute LIMIT 0;
    CREATE TABLE progress (
        seq BIGINT NOT NULL, minute BIGINT NOT NULL, hour BIGINT NOT NULL, packed BIGINT NOT NULL,
        raw_from BIGINT NOT NULL, minute_from BIGINT NOT NULL, hour_from BIGINT NOT NULL
    );
    INSERT INTO progress VALUES (0, 0, 0, 0, 0, 0, 0);
    """,  # noqa: S608 (our constant)
    f"""
    CREATE TABLE closing {READING};
    CREATE TABLE moved (
        seq BIGINT NOT NULL, until BIGINT NOT NULL, since BIGINT NOT NULL, before BIGINT NOT NULL,
        point INTEGER NOT NULL, instant BIGINT NOT NULL
    );
    INSERT INTO moved VALUES (0, 0, 0, 0, -1, 0);
    CREATE VIEW held AS SELECT c.* FROM closing c, moved m
    WHERE c.seq <= m.seq AND c.instant < m.until AND c.instant >= m.since AND (
        c.instant >= m.before OR c.point > m.point OR (c.point = m.point AND c.instant > m.instant)
    );
    CREATE OR REPLACE VIEW kept AS
    SELECT * FROM reading UNION ALL SELECT * FROM held UNION ALL SELECT * FROM packed;
    """,  # noqa: S608
)
"""Step n makes a file of version n + 1 out of one of version n."""


def migrate(db: Any, sources: Mapping[str, str] | None = None) -> int:
    """Bring the file to the newest version; returns it.

    Args:
        db: the open file.
        sources: point id, former ones too → its source, for readings stored without plant time.

    Raises:
        StoreDown: the file is of a newer version than this program.
    """
    db.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    found: int = db.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0]
    if found > len(MIGRATIONS):
        raise StoreDown("history", f"it has schema {found}, this program knows {len(MIGRATIONS)}")
    if found == len(MIGRATIONS):
        return found
    known = sources or {}
    db.execute(
        "CREATE TEMP TABLE source_of AS "
        "SELECT unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS source",
        [list(known), list(known.values())],
    )
    for version in range(found, len(MIGRATIONS)):
        db.execute("BEGIN")
        db.execute(MIGRATIONS[version])
        db.execute("INSERT INTO schema_version VALUES (?)", [version + 1])
        db.execute("COMMIT")
    db.execute("DROP TABLE source_of")
    return len(MIGRATIONS)


def key_points(db: Any, points: Sequence[str], aliases: Mapping[str, str]) -> list[int]:
    """The key of each point, in order; new points get new keys, renamed ones keep theirs.

    Args:
        db: the open file.
        points: ids as the plant has them now.
        aliases: former id → id.
    """
    keys = dict(db.execute("SELECT id, key FROM point").fetchall())
    fresh = max(keys.values(), default=-1) + 1
    db.execute("BEGIN")
    for former, now in aliases.items():
        if former in keys and now not in keys:
            keys[now] = keys.pop(former)
            db.execute("UPDATE point SET id = ? WHERE key = ?", [now, keys[now]])
    new = [point for point in points if point not in keys]
    if new:
        keys.update({point: fresh + i for i, point in enumerate(new)})
        db.execute(
            "INSERT INTO point SELECT unnest(?::INTEGER[]), unnest(?::VARCHAR[])",
            [[keys[point] for point in new], new],
        )
    db.execute("COMMIT")
    return [keys[point] for point in points]
