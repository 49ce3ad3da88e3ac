"""Signs the audit chain's head again and again, and has it kept outside the ledger.

At most 100 records or ten seconds of the chain are unwitnessed. It must never hold up a record, nor
sign before the chain was found whole.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from api.notices import Notices
from api.verifying import Verification, no_checkpoints, verification
from twin_core.answer import Asker
from twin_core.errors import NotAllowed, OpsTwinError, SourceDown, StoreDown, WitnessBroken
from twin_core.governance.audit import Head
from twin_core.governance.events import Notify
from twin_core.governance.ports import AuditRecord
from twin_core.governance.witness import (
    KEY,
    Checkpoint,
    Holds,
    Introduced,
    Signer,
    Witnessed,
    examine,
    introduced,
    introduction,
    seal,
)
from twin_core.ports import Clock
from twin_core.value import JSON

LOOK_S, TELL_S = 1.0, 5.0
_RECORDS, _AGE_S = 100, 8.0  # with a look a second, nothing is unwitnessed for longer than ten
_BEHIND_S = 60.0  # monotonic seconds after which a silent far witness is an alarm


RESTORED = "restored"
"""Name of the mark that a backup was restored, in the folder of the keys."""


class Chain(Protocol):
    """What is needed of a ledger."""

    async def head(self) -> Head:
        """The head as it stands."""
        ...

    async def verify(self, heads: Iterable[Head] = (), *, deep: bool = False) -> Head:
        """Check the whole chain; the heads must lie on it."""
        ...

    async def of_kind(self, kind: str) -> Sequence[AuditRecord]:
        """All records of a kind, in order."""
        ...

    async def record(self, kind: str, actor: str, subject: str, body: JSON) -> AuditRecord:
        """Append one."""
        ...


class Keys(Protocol):
    """Where the private key lies, and the next one while it is replaced."""

    def current(self) -> Signer | None: ...  # noqa: D102 (as the class says)
    def prepared(self) -> Signer | None: ...  # noqa: D102
    def prepare(self) -> Signer: ...  # noqa: D102
    def promote(self) -> None: ...  # noqa: D102


class Near(Protocol):
    """A file that is only appended to."""

    def read(self) -> tuple[Sequence[Checkpoint], Sequence[int]]: ...  # noqa: D102
    def append(self, checkpoint: Checkpoint) -> None: ...  # noqa: D102


class Far(Protocol):
    """A server that keeps the newest checkpoint."""

    async def tell(self, checkpoint: Checkpoint) -> None: ...  # noqa: D102


class Witness:
    """The witness of one site's chain.

    Args:
        near: where each checkpoint is kept.
        far: who is told the newest one too; None = nobody.
        holds: checks a signature.
        mark: a file that somebody writes, with the reason, who restored a backup of the ledger; it
            is taken away when that is witnessed.
    """

    def __init__(
        self,
        site: str,
        chain: Chain,
        keys: Keys,
        near: Near,
        far: Far | None,
        holds: Holds,
        clock: Clock,
        notices: Notices,
        mark: Path,
    ) -> None:
        self._site, self._chain, self._keys = site, chain, keys
        self._near, self._far, self._holds = near, far, holds
        self._clock, self._notices = clock, notices
        self._mark = mark
        self._one = asyncio.Lock()
        self._signer: Signer | None = None
        self._newest: Checkpoint | None = None
        self._since: float | None = None
        self._kept: Checkpoint | None = None
        self._owed: float | None = None
        self._failing: set[str] = set()

    async def heads(self) -> tuple[Head, ...]:
        """The newest that was witnessed; of a restored backup, the newest that it reaches.

        Raises:
            StoreDown: the witness file or the ledger cannot be read.
        """
        told, _ = await asyncio.to_thread(self._near.read)
        heads = [one.head for one in told]
        if self._mark.exists():
            count = (await self._chain.head()).count
            heads = [head for head in heads if head.count <= count]
        return tuple(heads[-1:])

    async def start(self) -> None:
        """Take up the key, or introduce one; the chain was found whole.

        A key that was lost is replaced by one that nobody vouches for, and people are told. So they
        are of what was witnessed and is gone, if somebody said that a backup was restored.

        Raises:
            StoreDown: key, witness file or ledger cannot be used.
        """
        known = await self._introduced()
        told, torn = await asyncio.to_thread(self._near.read)
        try:
            examine(told[-1:], known, self._site, self._holds)
        except WitnessBroken as problem:
            self._page(f"the newest checkpoint of the audit chain is not ours: {problem}")
        if torn:
            self._tell(no_checkpoints(torn))
        self._newest = told[-1] if told else None
        before = known[-1].key if known else ""
        signer = await asyncio.to_thread(self._taken, before)
        if signer is None:
            signer = await self._introduce("opstwin", before, None)
            if before:
                self._page(
                    f"the signing key {before[:16]} of the audit chain is lost; {signer.key[:16]} "
                    "signs from now on, and nothing but its record vouches for it"
                )
        self._signer = signer
        if self._mark.exists():
            await self._give_up(signer, await asyncio.to_thread(self._mark.read_text, "utf-8"))
        if self._newest is None or self._newest.key != signer.key:  # a witness is never empty
            await self._seal(await self._chain.head(), signer)

    async def look(self) -> None:
        """Witness what was recorded, if it is much or some time ago.

        Raises:
            StoreDown: the ledger cannot be read.
        """
        async with self._one:
            if self._signer is None:
                return
            head = await self._chain.head()
            behind = head.count - (self._newest.count if self._newest else 0)
            now = self._clock.monotonic()
            if behind <= 0:
                self._since = None
                return
            self._since = now if self._since is None else self._since
            if behind >= _RECORDS or now - self._since >= _AGE_S:
                await self._seal(head, self._signer)

    async def tell(self) -> None:
        """Have the newest checkpoint kept by the far witness too; it says all that earlier said."""
        newest = self._newest
        if self._far is None or newest is None or newest == self._kept:
            return
        now = self._clock.monotonic()
        self._owed = now if self._owed is None else self._owed
        try:
            await self._far.tell(newest)
        except SourceDown as problem:
            if now - self._owed >= _BEHIND_S:
                self._once("far", f"the far witness of the audit chain is behind: {problem}")
            return
        self._kept, self._owed = newest, None
        self._well("far", "the far witness of the audit chain is told again")

    async def close(self) -> None:
        """Witness what is left; people are told if that cannot be done."""
        async with self._one:
            if self._signer is None:
                return
            try:
                head = await self._chain.head()
            except OpsTwinError as problem:
                self._once("near", f"the end of the audit chain is not witnessed: {problem}")
                return
            if head.count > (self._newest.count if self._newest else 0):
                await self._seal(head, self._signer)

    async def rotate(self, asker: Asker, reason: str) -> str:
        """Sign with a new key from now on; the old one vouches for it. Returns the new key.

        Raises:
            NotAllowed: he is no admin.
            StoreDown: key or ledger cannot be written; the old key stays.
        """
        if not asker.may("admin", self._site):
            raise NotAllowed(asker.name, "replace the key of the audit chain", "admin")
        async with self._one:
            if self._signer is None:
                raise StoreDown("audit keys", "none is in use: the chain was not found whole")
            old = self._signer
            self._signer = await self._introduce(asker.user, old.key, old, reason)
            await self._seal(await self._chain.head(), self._signer)
            return self._signer.key

    async def verification(self, *, deep: bool = False) -> Verification:
        """Check the whole chain against all that was witnessed.

        Raises:
            ChainBroken: names the first index that does not hold.
            WitnessBroken, StoreDown: as `examined`.
        """
        found, known, torn = await self.examined()
        head = await self._chain.verify(found.heads, deep=deep)
        return verification(head, known, found, torn)

    async def examined(self) -> tuple[Witnessed, tuple[Introduced, ...], Sequence[int]]:
        """What the witness file says, the keys of the chain, and which lines say nothing.

        Raises:
            WitnessBroken: a checkpoint cannot be relied on.
            StoreDown: the file or the ledger cannot be read.
        """
        known = await self._introduced()
        told, torn = await asyncio.to_thread(self._near.read)
        found = await asyncio.to_thread(examine, told, known, self._site, self._holds)
        return found, known, torn

    async def _introduced(self) -> tuple[Introduced, ...]:
        return introduced(await self._chain.of_kind(KEY), self._site, self._holds)

    def _taken(self, known: str) -> Signer | None:
        """The private key of the key in force; what was prepared and recorded is promoted."""
        prepared, current = self._keys.prepared(), self._keys.current()
        if prepared is not None and prepared.key == known:
            self._keys.promote()
            return prepared
        return current if current is not None and current.key == known else None

    async def _introduce(
        self, actor: str, before: str, old: Signer | None, reason: str = ""
    ) -> Signer:
        new = await asyncio.to_thread(self._keys.prepare)
        body = introduction(self._site, new.key, before, old)
        await self._chain.record(KEY, actor, self._site, {**body, "reason": reason})
        await asyncio.to_thread(self._keys.promote)
        return new

    async def _give_up(self, signer: Signer, why: str) -> None:
        head, witnessed = await self._chain.head(), self._newest.count if self._newest else 0
        if head.count < witnessed:
            gone = seal(head, self._site, signer, why or "no reason was given")
            await asyncio.to_thread(self._near.append, gone)
            self._newest = gone
            self._page(
                f"{witnessed} audit records were witnessed, {head.count} are left: a backup was "
                f"restored ({gone.restored})"
            )
        await asyncio.to_thread(self._mark.unlink)

    async def _seal(self, head: Head, signer: Signer) -> None:
        checkpoint = seal(head, self._site, signer)
        try:
            await asyncio.to_thread(self._near.append, checkpoint)
        except StoreDown as problem:
            self._once("near", f"the audit chain is not witnessed: {problem}")
            return
        self._newest, self._since = checkpoint, None
        self._well("near", "the audit chain is witnessed again")

    def _once(self, what: str, text: str) -> None:
        if what not in self._failing:
            self._failing.add(what)
            self._tell(text)

    def _well(self, what: str, text: str) -> None:
        if what in self._failing:
            self._failing.discard(what)
            self._notices.tell("audit", Notify("info", text))

    def _tell(self, text: str) -> None:
        self._notices.tell("audit", Notify("alarm", text))

    def _page(self, text: str) -> None:
        self._notices.tell("audit", Notify("page", text))
