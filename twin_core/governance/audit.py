"""The chain of what was decided and done: each record's bytes hold the hash of those before.

Pure: it makes links and checks them; a Ledger stores them. It must never mend a chain, and never
hash anything but the stored bytes (columns are an index rebuilt from them).

A chain alone cannot show that its tail was cut or that all of it was written anew: for that a
Head, kept elsewhere, is a witness (`verify(…, heads=…)`).
"""

import hashlib
from collections.abc import Iterable, Iterator

import pydantic_core
from pydantic import Field, ValidationError

from twin_core.canonical import VERSION, canonical
from twin_core.errors import ChainBroken, NotCanonical
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON, Instant, Value

GENESIS: str = "0" * 64
"""What the first record names as the one before it."""


class Head(Value):
    """How far a chain had come: `count` records, the newest of which hashes to `digest`."""

    count: int = Field(ge=0)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    at: Instant = 0


EMPTY: Head = Head(count=0, digest=GENESIS)
"""The head of a chain without records."""


def link(
    head: Head, *, at: Instant, kind: str, actor: str, subject: str, body: dict[str, JSON]
) -> tuple[AuditRecord, bytes, Head]:
    """The next record, the bytes to store, and the head after it.

    A time before the head's is replaced by the head's: ledger time never runs backwards.

    Raises:
        NotCanonical: `body` holds what has no canonical form (NaN, an integer beyond 2^53), or
            what a record is searched by holds a NUL, which not every database keeps.
    """
    for name, text in (("kind", kind), ("actor", actor), ("subject", subject)):
        if "\0" in text:
            raise NotCanonical(name, ascii(text))
    record = AuditRecord(
        index=head.count,
        at=max(at, head.at),
        kind=kind,
        actor=actor,
        subject=subject,
        body=body,
        previous=head.digest,
    )
    stored = canonical(record)
    return record, stored, Head(count=head.count + 1, digest=hashed(stored), at=record.at)


def hashed(stored: bytes) -> str:
    """SHA-256 of a record's stored bytes, 64 hexadecimal digits."""
    return hashlib.sha256(stored).hexdigest()


def read(stored: bytes, index: int = 0) -> AuditRecord:
    """The record that the stored bytes say; `index` names it if they say none.

    Raises:
        ChainBroken: they are no record.
    """
    try:
        return AuditRecord.model_validate(_tree(stored, index))
    except ValidationError as problem:
        raise ChainBroken(index, "its bytes are no audit record") from problem


def verify(stored: Iterable[bytes], after: Head = EMPTY, heads: Iterable[Head] = ()) -> Head:
    """The head of a whole chain, from the record after `after` on.

    Args:
        stored: each record's bytes, in order.
        after: a head already verified; the first of `stored` must follow it.
        heads: heads kept elsewhere that must lie on this chain, in any order.

    Raises:
        ChainBroken: names the first index at which the chain does not hold: a record that was
            edited shows at the next one (its `previous`), or at a head that names it.
    """
    known = {head.count: head.digest for head in heads}
    head = after
    for position, row in enumerate(stored, start=after.count):
        tree = _tree(row, position)
        if tree.get("index") != position:
            raise ChainBroken(position, f"record {tree.get('index')} stands in its place")
        if tree.get("previous") != head.digest:
            raise ChainBroken(position, "it does not follow the record before it")
        at = tree.get("at")
        if not isinstance(at, int) or at < head.at:
            raise ChainBroken(position, "its time is before that of the record before it")
        head = Head.model_construct(count=position + 1, digest=hashed(row), at=at)
        if known.pop(head.count, head.digest) != head.digest:
            raise ChainBroken(position, "it is not the record that was witnessed")
    missing = [count for count in known if count > head.count]
    if missing:
        raise ChainBroken(head.count, f"{max(missing)} records were witnessed, the rest is gone")
    return head


def compared(pairs: Iterable[tuple[AuditRecord, bytes]], start: int = 0) -> Iterator[bytes]:
    """The stored bytes of each pair, after its columns were found to say the same.

    Raises:
        ChainBroken: a column says something else than the bytes.
    """
    for position, (record, stored) in enumerate(pairs, start=start):
        if canonical(record) != stored:
            raise ChainBroken(position, "its columns do not say what its bytes say")
        yield stored


def _tree(stored: bytes, index: int) -> dict[str, JSON]:
    if not stored.startswith(VERSION):
        raise ChainBroken(index, "its bytes carry no known version")
    try:
        tree = pydantic_core.from_json(stored[len(VERSION) :])
    except ValueError as problem:
        raise ChainBroken(index, "its bytes are not JSON") from problem
    if not isinstance(tree, dict):
        raise ChainBroken(index, "its bytes are no audit record")
    return tree
