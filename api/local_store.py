"""The local rules of a site: what its file says, and what is signed in the ledger.

A rule is in force while both say the same, word for word, and it has not ended. It must never sign
by itself, nor act.
"""

from collections.abc import Sequence

from api.kept import Kept
from twin_core.errors import UnknownName
from twin_core.governance.local_rule import LocalRule
from twin_core.governance.local_signed import SignedLocalRule
from twin_core.governance.ports import Ledger
from twin_core.value import JSON, Instant


class LocalStore:
    """File and signatures.

    Attributes:
        file: the rules that the site's file says at present, in order.
    """

    def __init__(self, ledger: Ledger, site: str) -> None:
        self._kept = Kept(ledger, f"local_rules/{site}", "rules", SignedLocalRule)
        self.file: tuple[LocalRule, ...] = ()

    async def in_force(self, now: Instant) -> tuple[SignedLocalRule, ...]:
        """Those signed as the file says them and not ended, in the file's order.

        Raises:
            StoreDown: what the ledger holds is not of a known form.
        """
        if not self.file:
            return ()
        signed = {one.local.id: one for one in (await self._kept.read())[0]}
        found = (signed.get(rule.id) for rule in self.file)
        return tuple(
            one
            for rule, one in zip(self.file, found, strict=True)
            if one is not None and one.local == rule and one.until > now
        )

    async def signed(self) -> tuple[SignedLocalRule, ...]:
        """Every signature that was not revoked, of ended and changed rules too."""
        return (await self._kept.read())[0]

    async def sign(self, rules: Sequence[SignedLocalRule], reason: str) -> None:
        """Put rules into force; a signature under an earlier form of one is replaced.

        Raises:
            Conflict: others sign or revoke at the same moment.
        """
        there, version = await self._kept.read()
        ids = {rule.id for rule in rules}
        records: tuple[tuple[str, str, str, JSON], ...] = tuple(
            (
                "local_rule_signed",
                one.user,
                one.id,
                {
                    "digest": one.local.digest,
                    "reason": reason,
                    "rule": one.local.model_dump(mode="json"),
                },
            )
            for one in rules
        )
        kept = [one for one in there if one.id not in ids]
        await self._kept.put([*kept, *rules], version, *records)

    async def withdraw(self, why: str) -> tuple[str, ...]:
        """Put no rule in force any more, in the service's own name; those it was, as in the file.

        Raises:
            Conflict: others sign or revoke at the same moment.
        """
        there, version = await self._kept.read()
        if there:
            body: JSON = {"reason": why}
            gone = [("local_rule_withdrawn", "opstwin", one.id, body) for one in there]
            await self._kept.put((), version, *gone)
        return tuple(one.local.id for one in there)

    async def revoke(self, name: str, user: str, reason: str) -> None:
        """End a rule at once; `name` as the file has it.

        Raises:
            UnknownName: none of that name is signed.
            Conflict: others sign or revoke at the same moment.
        """
        there, version = await self._kept.read()
        gone = next((one for one in there if one.local.id == name), None)
        if gone is None:
            raise UnknownName("signed local rule", name, [one.local.id for one in there])
        body: JSON = {"digest": gone.local.digest, "reason": reason}
        kept = [one for one in there if one is not gone]
        await self._kept.put(kept, version, ("local_rule_revoked", user, gone.id, body))
