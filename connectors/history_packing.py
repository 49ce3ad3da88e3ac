"""Closed hours in point order, so that one point's day is a few row groups of the file.

Readings move from `reading` to `packed` some points at a time, each move one transaction: at any
moment every reading is in exactly one of the two. It must never move what the tiers have not
taken in.
"""

from dataclasses import replace
from typing import Any

from connectors.history_tiers import HOUR, Progress

ROWS_PER_MOVE = 245_760
"""Two of DuckDB's row groups: about a tenth of a second."""


def move(db: Any, at: Progress) -> Progress:
    """Move the readings of some points of the oldest closed hour, late ones of older hours too.

    Runs in the transaction of the caller, who stores what comes back.
    """
    taken_in = f"seq <= {at.seq}"
    oldest = db.execute(
        f"SELECT min(instant) FROM reading WHERE instant < {at.hour} AND {taken_in}"  # noqa: S608
    ).fetchone()[0]
    if oldest is None:
        return replace(at, packed=at.hour)
    before = min(at.hour, max(at.packed, oldest // HOUR * HOUR) + HOUR)
    which = f"instant < {before} AND {taken_in}"
    counts = db.execute(
        f"SELECT point, count(*) FROM reading WHERE {which} GROUP BY point ORDER BY point"  # noqa: S608
    ).fetchall()
    taken, last = 0, counts[0][0]
    for point, count in counts:
        if taken and taken + count > ROWS_PER_MOVE:
            break
        taken, last = taken + count, point
    which += f" AND point <= {last}"
    if taken > ROWS_PER_MOVE:  # one point alone is too many: its oldest readings first
        share = ROWS_PER_MOVE / taken
        (until,) = db.execute(
            f"SELECT quantile_disc(instant, {share}) FROM reading WHERE {which}"  # noqa: S608
        ).fetchone()
        which += f" AND instant <= {until}"
    db.execute(
        f"INSERT INTO packed SELECT * FROM reading WHERE {which} "  # noqa: S608
        "ORDER BY point, instant, seq, place"
    )
    db.execute(f"DELETE FROM reading WHERE {which}")  # noqa: S608
    return at
