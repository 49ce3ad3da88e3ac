"""Signed heads of the audit chain, kept elsewhere: they show that it was cut, or written anew.

Pure: who signs, and who says whether a signature holds, is passed in. It must never take a key for
the plant's that no record of the chain introduces.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

from pydantic import Field

from twin_core.canonical import canonical
from twin_core.errors import WitnessBroken
from twin_core.governance.audit import Head
from twin_core.governance.ports import AuditRecord
from twin_core.value import JSON, Instant, Slug, Value

KEY: str = "signing_key"
"""Kind of the records that introduce a key."""

Holds: TypeAlias = Callable[[str, bytes, str], bool]
"""Whether a signature is the one of a key over a message; all in hexadecimal but the message."""


class Signer(Protocol):
    """Who holds a private key of Ed25519 (RFC 8032)."""

    @property
    def key(self) -> str:
        """The public key, 64 hexadecimal digits."""
        ...

    def sign(self, message: bytes) -> str:
        """The signature, 128 hexadecimal digits."""
        ...


class Checkpoint(Value):
    """A head of a site's chain, signed.

    Attributes:
        count, digest, at: the head's.
        key: the public key it is signed with.
        restored: why what was witnessed beyond it is gone (a backup was restored); else empty.
    """

    site: Slug
    count: int = Field(ge=1)
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    at: Instant
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    restored: str = ""
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")

    @property
    def head(self) -> Head:
        """The head that was signed."""
        return Head(count=self.count, digest=self.digest, at=self.at)


class Introduced(Value):
    """A key of the plant, from the record `index` on.

    Attributes:
        vouched: whether the key before it signed it; the first has none before it.
    """

    index: int
    key: str
    vouched: bool
    first: bool


class Witnessed(Value):
    """What checkpoints say together.

    Attributes:
        heads: those that must lie on the chain, in order.
        given_up: in words, what was witnessed and then given up by a restored backup.
        key: that signed the newest; empty if there is none.
    """

    heads: tuple[Head, ...]
    given_up: tuple[str, ...] = ()
    key: str = ""


def seal(head: Head, site: str, signer: Signer, restored: str = "") -> Checkpoint:
    """A head, signed."""
    said = {"site": site, **head.model_dump(), "key": signer.key, "restored": restored}
    return Checkpoint.model_validate({**said, "signature": signer.sign(_message(said))})


def introduction(site: str, key: str, before: str = "", old: Signer | None = None) -> JSON:
    """The body of the record that introduces a key.

    Args:
        site: whose chain it is.
        key: the new public key.
        before: the key in force until then; empty for the first.
        old: who holds that key and vouches for the new one; None if it was lost.
    """
    vouched = "" if old is None else old.sign(_message(_change(site, key, before)))
    return {"key": key, "before": before, "vouched": vouched}


def introduced(records: Iterable[AuditRecord], site: str, holds: Holds) -> tuple[Introduced, ...]:
    """The keys that records of kind `signing_key` introduce, all there are of a chain, in order."""
    keys: list[Introduced] = []
    for record in records:
        key, vouched = (str(record.body.get(name, "")) for name in ("key", "vouched"))
        before = keys[-1].key if keys else ""
        sure = bool(keys) and holds(before, _message(_change(site, key, before)), vouched)
        keys.append(Introduced(index=record.index, key=key, vouched=sure, first=not keys))
    return tuple(keys)


def examine(
    checkpoints: Sequence[Checkpoint], keys: Sequence[Introduced], site: str, holds: Holds
) -> Witnessed:
    """What the checkpoints of a witness say, in the order in which it was told.

    Raises:
        WitnessBroken: one is not signed by the key that was the plant's at its place, or lies
            before an earlier one and no restored backup tells why; or there is none, though the
            chain has a key (the first is signed as soon as there is one).
    """
    if keys and not checkpoints:
        introduced_at = f"record {keys[0].index} introduced the key that signs them"
        raise WitnessBroken(1, f"there is none, and {introduced_at}: it was emptied or lost")
    heads: list[Head] = []
    given_up = []
    for number, one in enumerate(checkpoints, start=1):
        told = one.model_dump(exclude={"signature"})
        if one.site != site:
            raise WitnessBroken(number, f"it is of site {one.site}, not {site}")
        if not holds(one.key, _message(told), one.signature):
            raise WitnessBroken(number, "its signature does not hold")
        held = [known.key for known in keys if known.index < one.count]
        if not held or held[-1] != one.key:
            raise WitnessBroken(number, f"its key {one.key[:16]} was not the plant's at its place")
        beyond = [head for head in heads if head.count > one.count]
        if beyond and not one.restored:
            raise WitnessBroken(number, f"it lies before one of {beyond[-1].count} records")
        if beyond:
            heads = [head for head in heads if head.count <= one.count]
            given_up.append(f"{one.count} to {beyond[-1].count - 1}: {one.restored}")
        heads.append(one.head)
    key = checkpoints[-1].key if checkpoints else ""
    return Witnessed(heads=tuple(heads), given_up=tuple(given_up), key=key)


def _change(site: str, key: str, before: str) -> dict[str, JSON]:
    return {"site": site, "key": key, "before": before, "signs": "key"}


def _message(said: dict[str, JSON]) -> bytes:
    return canonical(said)
