"""What a check of the audit chain found, in numbers and in words.

It must never call a chain unbroken that was not checked from end to end of what was given.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeAlias

from api.audit_file import exported, verify_export
from twin_core.errors import BadInput
from twin_core.governance.audit import Head
from twin_core.governance.ports import AuditRecord
from twin_core.governance.witness import (
    Checkpoint,
    Holds,
    Introduced,
    Witnessed,
    examine,
    introduced,
)
from twin_core.value import Value

LedgerFile: TypeAlias = Callable[
    [Path, Callable[[Sequence[AuditRecord]], Iterable[Head]]], Awaitable[Head]
]
"""Checks a ledger file against the heads that follow from the records that introduce keys."""


class Kept(Protocol):
    """Checkpoints kept outside the ledger."""

    def read(self) -> tuple[Sequence[Checkpoint], Sequence[int]]:
        """Those there are, and which lines are none, from 1."""
        ...


class Verification(Value):
    """An unbroken chain, or part of one.

    Attributes:
        start: index of the first record; 0 unless it is a part.
        records: how many follow, of which each was checked.
        head: SHA-256 of the last.
        witnessed: of the whole chain, how many records the newest checkpoint on it speaks for;
            None if no witness was asked.
        checkpoints: of the witness, how many lie on it.
        notes: what a person must weigh: keys that nobody vouched for, torn lines, restored backups.
    """

    start: int = 0
    records: int
    head: str
    witnessed: int | None = None
    checkpoints: int = 0
    keys: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verification(
    head: Head,
    keys: Sequence[Introduced],
    found: Witnessed | None,
    torn: Sequence[int] = (),
    start: int = 0,
    later: int = 0,
) -> Verification:
    """What is to be said of a chain that was found whole.

    Args:
        head: of what was checked.
        keys: that the chain introduces.
        found: what the witness says; None if none was asked.
        torn: lines of the witness that are no checkpoints, from 1.
        start: index of the first record that was checked.
        later: how many records a witness knows of, where that is more than a part has to hold.
    """
    on = [] if found is None else [one for one in found.heads if start <= one.count <= head.count]
    notes = [
        f"record {one.index} introduced the key {one.key[:16]}, and the key before it did not "
        "vouch for it"
        for one in keys
        if not (one.first or one.vouched)
    ]
    if found is not None:
        notes += [f"witnessed and given up: records {text}" for text in found.given_up]
    if torn:
        notes.append(no_checkpoints(torn))
    if later:
        notes.append(
            f"the witness knows {later} records, and this part was exported before the last "
            f"{later - head.count} of them"
        )
    if found is not None and keys and found.key != keys[-1].key:
        notes.append(
            f"the witness ends before record {keys[-1].index} introduced the key "
            f"{keys[-1].key[:16]}: it was cut there, or is an older copy"
        )
    return Verification(
        start=start,
        records=head.count - start,
        head=head.digest,
        witnessed=None if found is None else max((one.count for one in on), default=0),
        checkpoints=len(on),
        keys=tuple(one.key for one in keys),
        notes=tuple(notes),
    )


def no_checkpoints(torn: Sequence[int]) -> str:
    """What is said of lines of a witness, from 1, that are no checkpoints."""
    told = ", ".join(map(str, torn))
    return f"no checkpoint stands in the witness on line {told}: torn by a crash, or edited"


def lines(found: Verification) -> Iterator[str]:
    """The same for a person, the unwitnessed tail with it."""
    end = found.start + found.records
    where = f", from {found.start} to {end - 1}" if found.start else ""
    yield f"{found.records} audit records{where}, unbroken; head {found.head}"
    if found.witnessed is None:
        yield "no witness was asked: a tail that was cut off would not be missed"
    else:
        tail = end - max(found.witnessed, found.start)
        last = "the last is" if tail == 1 else f"the last {tail} are"
        unseen = f"{last} not witnessed yet" if tail else "all are witnessed"
        yield f"{found.checkpoints} checkpoints lie on it; {unseen}"
    for key in found.keys:
        yield f"signed by {key}"
    for note in found.notes:
        yield f"NOTE: {note}"


def checked(
    path: Path, witness: Kept | None, holds: Holds, ledger_file: LedgerFile, *, deep: bool = False
) -> Verification:
    """Check the audit chain of a ledger file, or the part of it that was exported to a file.

    Args:
        path: the file.
        witness: what must lie on it; None = what is cut off behind the last record is not missed.
        holds: checks a signature.
        ledger_file: checks a ledger.
        deep: whether each record must also be in its one canonical form.

    Raises:
        BadInput: not a file, or neither a ledger nor an export.
        ChainBroken: with the index of the first bad record.
        WitnessBroken: a checkpoint cannot be relied on.
    """
    if not path.is_file():
        raise BadInput(f"{path} is not a file.")
    told, torn = witness.read() if witness is not None else ((), ())
    known: tuple[Introduced, ...] = ()
    found: Witnessed | None = None

    def heads(records: Sequence[AuditRecord]) -> tuple[Head, ...]:
        nonlocal known, found
        site = records[0].subject if records else ""
        known = introduced(records, site, holds)
        found = examine(told, known, site, holds) if witness is not None else None
        return () if found is None else found.heads

    if exported(path):
        head, start, later = verify_export(path, heads, deep=deep)
        return verification(head, known, found, torn, start, later)

    async def whole() -> Head:
        return await ledger_file(path, heads)

    return verification(asyncio.run(whole()), known, found, torn)
