"""The chain of what was decided and done: each record's bytes hold the hash of those before.

Pure: it makes links and checks them; a Ledger stores them. It must never mend a chain, and never
hash anything but the stored bytes (columns are an index rebuilt from them).

A chain alone cannot show that its tail was cut or that all of it was written anew: for that a
Head, kept elsewhere, is a witness (`verify(…, heads=…)`).
"""

import hashlib
from collections.abc import Iterable
from itertools import repeat
from typing import TypeAlias

import pydantic_core
from pydantic import Field, ValidationError

from twin_core.canonical import VERSION, canonical
from twin_core.errors import ChainBroken, NotCanonical
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON, Instant, Value

GENESIS: str = "0" * 64
"""What the first record names as the one before it."""

Columns: TypeAlias = tuple[JSON, ...]
"""What is stored beside a record's bytes to find it by: index, at, kind, actor, subject."""


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


def verify(
    stored: Iterable[bytes],
    after: Head = EMPTY,
    heads: Iterable[Head] = (),
    columns: Iterable[Columns] | None = None,
    *,
    deep: bool = False,
) -> Head:
    """The head of a whole chain, from the record after `after` on.

    Args:
        stored: each record's bytes, in order.
        after: a head already verified; the first of `stored` must follow it.
        heads: heads kept elsewhere that must lie on this chain, in any order.
        columns: of each record, what its columns say; absent = they are not looked at.
        deep: whether each record must also be one in its one canonical form (three times slower).

    Raises:
        ChainBroken: names the first index at which the chain does not hold: a record that was
            edited shows at the next one (its `previous`), or at a head that names it.
    """
    known = _known(heads)
    position, digest, at = after.count, after.digest, after.at
    if known.pop(position, digest) != digest:
        raise ChainBroken(position - 1, "what follows it does not follow what was witnessed")
    rows = zip(stored, repeat(None)) if columns is None else zip(stored, columns, strict=True)
    for row, said in rows:
        tree = _tree(row, position)
        say = tree.get
        time = say("at")
        if say("index") != position:
            raise ChainBroken(position, f"record {say('index')} stands in its place")
        if say("previous") != digest:
            raise ChainBroken(position, "it does not follow the record before it")
        if type(time) is not int or time < at:
            raise ChainBroken(position, "its time is before that of the record before it")
        if said and said != (position, time, say("kind"), say("actor"), say("subject")):
            raise ChainBroken(position, "its columns do not say what its bytes say")
        if deep and canonical(read(row, position)) != row:
            raise ChainBroken(position, "its bytes are not the one form of what they say")
        position, digest, at = position + 1, hashed(row), time
        if known and known.pop(position, digest) != digest:
            raise ChainBroken(position - 1, "it is not the record that was witnessed")
    missing = [count for count in known if count > position]
    if missing:
        raise ChainBroken(position, f"{max(missing)} records were witnessed, the rest is gone")
    return Head.model_construct(count=position, digest=digest, at=at)


def _known(heads: Iterable[Head]) -> dict[int, str]:
    known: dict[int, str] = {}
    for head in heads:
        if known.setdefault(head.count, head.digest) != head.digest:
            raise ChainBroken(head.count - 1, "it was witnessed twice, and not as the same")
    return known


def _tree(stored: bytes, index: int) -> dict[str, JSON]:
    if not isinstance(stored, bytes):
        raise ChainBroken(index, "what is stored there is not bytes")
    if not stored.startswith(VERSION):
        raise ChainBroken(index, "its bytes carry no known version")
    try:
        tree = pydantic_core.from_json(stored[len(VERSION) :])
    except ValueError as problem:
        raise ChainBroken(index, "its bytes are not JSON") from problem
    if not isinstance(tree, dict):
        raise ChainBroken(index, "its bytes are no audit record")
    return tree
