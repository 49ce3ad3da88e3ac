"""Closed hours in point order, so that one point's day is a few row groups of the file.

Once an hour has closed, all that is closed becomes the table `closing` as a whole, is copied from
there into `packed` some points at a time, each step one transaction, and is dropped as a whole:
DuckDB holds 16 bytes in memory for every row around one that was deleted. `moved` says how far
the copy has come: at any moment every reading is in exactly one of `reading`, `held` (what of
`closing` is still to be copied) and `packed`. It must never move what the tiers have not taken in.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, Self

from connectors.history_schema import READING
from connectors.history_tiers import HOUR, Progress
from twin_core.value import Instant

ROW_GROUP = 491_520
"""Rows of a row group, four times DuckDB's own: it holds something in memory for each there is."""
ROWS_PER_MOVE = ROW_GROUP // 2
"""Less than half a second."""
_EVER: Instant = -(1 << 63)
"""Before any plant time: a source's clock may stand before 1970."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What of `closing` is to be copied, and how far that has come.

    Attributes:
        seq, until: entries up to this one, plant time before this; the rest stayed in `reading`.
        since: what is older is copied.
        before: the end of the hour being copied.
        point, instant: of it, points before this one are copied, and this one up to this time.
    """

    seq: int
    until: Instant
    since: Instant = _EVER
    before: Instant = 0
    point: int = -1
    instant: Instant = 0

    @classmethod
    def of(cls, db: Any) -> Self:
        """As stored."""
        return cls(*db.execute("FROM moved").fetchone())

    def store(self, db: Any) -> None:
        """Put it in the place of what is stored, in the transaction under way."""
        db.execute("DELETE FROM moved")
        db.execute("INSERT INTO moved VALUES ($1, $2, $3, $4, $5, $6)", list(astuple(self)))


class Packing:
    """The copying of one history file.

    Args:
        db: the writer's connection.
    """

    def __init__(self, db: Any) -> None:
        self._db = db
        self._counted: Moved | None = None
        self._counts: list[tuple[int, int]] = []

    def move(self, at: Progress) -> Progress:
        """Copy readings of some points of the oldest closed hour, late ones of older hours too.

        Runs in the transaction of the caller, who stores what comes back.
        """
        moved = Moved.of(self._db)
        if not moved.until:
            return self._begun(at)
        if counts := self._left(moved):
            self._copied(moved, counts).store(self._db)
            return at
        rest = f"{_due(moved.until, moved.seq)} AND instant >= {moved.before}"
        oldest = self._oldest(f"closing WHERE {rest}")
        if oldest is not None:
            before = min(moved.until, oldest // HOUR * HOUR + HOUR)
            Moved(moved.seq, moved.until, since=moved.before, before=before).store(self._db)
            return at
        self._db.execute("DROP TABLE closing")
        self._db.execute(f"CREATE TABLE closing {READING}")
        Moved(0, 0).store(self._db)
        return replace(at, packed=moved.until)

    def _begun(self, at: Progress) -> Progress:
        """All that is closed becomes `closing`; what is open begins the new `reading`."""
        closed = _due(at.hour, at.seq)
        oldest = self._oldest(f"reading WHERE {closed}")
        if oldest is None:
            return replace(at, packed=at.hour)
        self._db.execute("DROP TABLE closing")
        self._db.execute("ALTER TABLE reading RENAME TO closing")
        self._db.execute(f"CREATE TABLE reading {READING}")
        self._db.execute(
            f"INSERT INTO reading SELECT * FROM closing WHERE NOT ({closed})"  # noqa: S608
        )
        before = min(at.hour, max(at.packed, oldest // HOUR * HOUR) + HOUR)
        Moved(at.seq, at.hour, before=before).store(self._db)
        return at

    def _left(self, moved: Moved) -> list[tuple[int, int]]:
        """Points of the hour that are to be copied still, and how many readings of each.

        Counted once an hour: it takes as long as copying them.
        """
        hour = replace(moved, point=-1, instant=0)
        if self._counted != hour:
            self._counts = self._db.execute(
                f"SELECT point, count(*) FROM closing WHERE {_held(moved)} "  # noqa: S608
                "GROUP BY point ORDER BY point"
            ).fetchall()
            self._counted = hour
        first = moved.point + (moved.instant == moved.before - 1)
        return [(point, count) for point, count in self._counts if point >= first]

    def _copied(self, moved: Moved, counts: Sequence[tuple[int, int]]) -> Moved:
        """Copy the first of these points, about `ROWS_PER_MOVE` readings."""
        taken, last, until = 0, counts[0][0], moved.before - 1
        for point, count in counts:
            if taken and taken + count > ROWS_PER_MOVE:
                break
            taken, last = taken + count, point
        which = f"{_held(moved)} AND point <= {last}"
        if taken > ROWS_PER_MOVE:  # one point alone is too many: its oldest readings first
            share = ROWS_PER_MOVE / taken
            (until,) = self._db.execute(
                f"SELECT quantile_disc(instant, {share}) FROM closing WHERE {which}"  # noqa: S608
            ).fetchone()
            which += f" AND instant <= {until}"
            self._counted = None
        self._db.execute(
            f"INSERT INTO packed SELECT * FROM closing WHERE {which} "  # noqa: S608
            "ORDER BY point, instant, seq, place"
        )
        return replace(moved, point=last, instant=until)

    def _oldest(self, readings: str) -> Instant | None:
        found: Instant | None = self._db.execute(
            f"SELECT min(instant) FROM {readings}"  # noqa: S608
        ).fetchone()[0]
        return found


def _due(until: Instant, seq: int) -> str:
    return f"seq <= {seq} AND instant < {until}"


def _held(moved: Moved) -> str:
    """As the view `held` has it, of the hour being copied alone."""
    point = f"point > {moved.point} OR (point = {moved.point} AND instant > {moved.instant})"
    return (
        f"point >= {moved.point} AND ({point}) AND {_due(moved.before, moved.seq)} "
        f"AND instant >= {moved.since}"
    )
