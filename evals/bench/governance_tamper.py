"""`bench governance --part tamper`: whatever somebody changes in the stored chain is found.

A real ledger file is changed in one place as its owner could: a field, the bytes, a row too many,
one too few, two that changed places, a tail cut off, or all written anew from somewhere on. It must
never be told where it was changed: the index found is compared afterwards.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from api.clock import SystemClock
from connectors.ledger import SqlLedger
from evals.bench.row import Bar, Row
from twin_core.errors import ChainBroken
from twin_core.governance.audit import EMPTY, Head, link, read

CHANGES, QUICK_CHANGES = 2000, 60
RECORDS = 40
WITNESSED = 30
"""Records up to which a witness elsewhere knows the chain."""
_COLUMNS = ("at", "kind", "actor", "subject", "stored")
_WAYS = (*_COLUMNS, "bytes", "insert", "delete", "swap", "cut", "rewrite")


def measure(changes: int, seed_: int, told: Callable[[str], None]) -> Row:
    """So many changes, and how many of them were missed or placed wrongly."""
    missed: list[str] = []
    ways: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="opstwin-tamper-") as folder:
        whole, changed = Path(folder) / "whole.sqlite", Path(folder) / "changed.sqlite"
        heads = asyncio.run(_made(whole))

        @seed(seed_)
        @settings(
            max_examples=changes, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet,
        )  # fmt: skip
        @given(way=st.sampled_from(_WAYS), at=st.integers(0, RECORDS - 1), data=st.data())
        def change(way: str, at: int, data: st.DataObject) -> None:
            for old in changed.parent.glob(f"{changed.name}*"):
                old.unlink()
            shutil.copy(whole, changed)
            places = tampered(changed, way, at, data)
            if places:
                ways[way] += 1
                found = checked(changed, heads)
                if found not in places:
                    missed.append(f"{way} at {at}: found at {found}, not in {sorted(places)}")

        change()
    for problem in missed:
        told(problem)
    each = ", ".join(f"{n} {way}" for way, n in ways.most_common())
    return Row(
        name="governance.tamper", unit="changes missed or placed wrongly", n=ways.total(),
        value=len(missed), bar=Bar(high=0),
        load=f"hypothesis on a file of {RECORDS} records, {WITNESSED} of them witnessed: {each}",
    )  # fmt: skip


def checked(ledger: Path, heads: Sequence[Head]) -> int | None:
    """The index at which a stored chain is found not to hold, with what is known elsewhere."""

    async def verified() -> None:
        store = SqlLedger(f"sqlite:///{ledger}", SystemClock())
        try:
            await store.verify(heads, deep=True)
        finally:
            await store.close()

    try:
        asyncio.run(verified())
    except ChainBroken as broken:
        return broken.index
    return None


async def _made(path: Path) -> list[Head]:
    """A ledger of some records, and the heads a witness was told."""
    store = SqlLedger(f"sqlite:///{path}", SystemClock())
    heads = []
    for number in range(RECORDS):
        await store.record("note", f"user{number % 3}", f"p-{number % 5:08d}", {"n": number})
        if number + 1 in {WITNESSED // 2, WITNESSED}:
            heads.append(await store.verify())
    await store.close()
    return heads


def tampered(path: Path, way: str, at: int, data: st.DataObject) -> set[int]:
    """Change a ledger file; the indices that may be named, empty if nothing is to be found."""
    raw = sqlite3.connect(path, isolation_level=None)
    try:
        rows = raw.execute(
            'SELECT "index", at, kind, actor, subject, stored FROM audit ORDER BY 1'
        ).fetchall()
        return _changed(raw, rows, way, at, data)
    finally:
        raw.close()


def _changed(
    raw: sqlite3.Connection, rows: list[Any], way: str, at: int, data: st.DataObject
) -> set[int]:
    near = {at, at + 1}
    if way in _COLUMNS:
        old = rows[at][1 + _COLUMNS.index(way)]
        new: Any = data.draw(
            st.binary(max_size=200) if way == "stored"
            else st.integers(-(2**40), 2**60) if way == "at" else st.text(max_size=20)
        )  # fmt: skip
        if isinstance(new, str):
            new = new.encode("utf-8", "replace").decode()
        if new == old:
            return set()
        raw.execute(f'UPDATE audit SET {way} = ? WHERE "index" = ?', (new, at))  # noqa: S608
        return near
    if way == "bytes":
        stored = bytearray(rows[at][5])
        place = data.draw(st.integers(0, len(stored) - 1))
        stored[place] ^= data.draw(st.integers(1, 255))
        raw.execute('UPDATE audit SET stored = ? WHERE "index" = ?', (bytes(stored), at))
        return near
    if way == "cut":
        raw.execute('DELETE FROM audit WHERE "index" >= ?', (at,))
        return {at} if at < WITNESSED else set()
    if way == "delete":
        last = at == RECORDS - 1
        raw.execute('DELETE FROM audit WHERE "index" = ?', (at,))
        return set() if last else near
    if way == "swap":
        other = data.draw(st.integers(0, RECORDS - 1))
        return _swapped(raw, rows, at, other)
    return _written_anew(raw, rows, way, at)


def _swapped(raw: sqlite3.Connection, rows: list[Any], at: int, other: int) -> set[int]:
    """Two records in each other's place, columns and bytes."""
    if at == other:
        return set()
    for index, row in ((at, rows[other]), (other, rows[at])):
        raw.execute(
            "UPDATE audit SET at = ?, kind = ?, actor = ?, subject = ?, stored = ? "
            'WHERE "index" = ?',
            (*row[1:], index),
        )
    first = min(at, other)
    return {first, first + 1}


def _written_anew(raw: sqlite3.Connection, rows: list[Any], way: str, at: int) -> set[int]:
    """A record put in, or changed, and every one after it linked anew so that the chain holds.

    Only a witness can tell; beyond the last one nobody can.
    """
    records = [read(row[5]) for row in rows]
    forged = records[at].model_copy(update={"actor": "mallory"})
    new = [*records[:at], forged, *records[at + (way == "rewrite") :]]
    raw.execute("DELETE FROM audit")
    head = EMPTY
    for record in new:
        made, stored, head = link(
            head, at=record.at, kind=record.kind, actor=record.actor, subject=record.subject,
            body=record.body,
        )  # fmt: skip
        raw.execute(
            "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
            (made.index, made.at, made.kind, made.actor, made.subject, stored),
        )
    marks = [count for count in (WITNESSED // 2, WITNESSED) if count > at]
    return {marks[0] - 1} if marks else set()
