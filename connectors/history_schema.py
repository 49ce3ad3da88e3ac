"""The tables of the history file, their version, and the keys of points.

A key is given once and never reused; a renamed point keeps its key. Migrations only go forward:
a file from a newer version is refused, never guessed at.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from twin_core.errors import StoreDown

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
)
"""Step n makes a file of version n + 1 out of one of version n."""


def migrate(db: Any) -> int:
    """Bring the file to the newest version; returns it.

    Raises:
        StoreDown: the file is of a newer version than this program.
    """
    db.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    found = db.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0]
    if found > len(MIGRATIONS):
        raise StoreDown("history", f"it has schema {found}, this program knows {len(MIGRATIONS)}")
    for version in range(found, len(MIGRATIONS)):
        db.execute("BEGIN")
        db.execute(MIGRATIONS[version])
        db.execute("INSERT INTO schema_version VALUES (?)", [version + 1])
        db.execute("COMMIT")
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
