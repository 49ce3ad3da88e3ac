"""The local rules of a site: what its file says, and what is signed in the ledger.

A rule is in force while both say the same, word for word, and it has not ended. A signature ends
for good as soon as the file says otherwise, or no more. It must never sign by itself, nor act.
"""

from collections.abc import Sequence

from api.kept import Kept
from twin_core.errors import UnknownName
from twin_core.governance.local_rule import LocalRule
from twin_core.governance.local_signed import SignedLocalRule
from twin_core.governance.ports import Ledger
from twin_core.governance.standing_rule import LOCAL
from twin_core.value import JSON, Instant

LAPSED = "local_rule_lapsed"


class LocalStore:
    """File and signatures.

    Attributes:
        file: the rules that the site's file says at present, in order.
    """

    def __init__(self, ledger: Ledger, site: str) -> None:
        self._ledger = ledger
        self._kept = Kept(ledger, f"local_rules/{site}", "rules", SignedLocalRule)
        self._otherwise: set[str] = set()  # what the file said otherwise since signatures lapsed
        self.file: tuple[LocalRule, ...] = ()

    def read(self, file: tuple[LocalRule, ...]) -> None:
        """Take what the file says now; what it said before and does not say now is over."""
        self._otherwise |= {rule.id for rule in self.file if rule not in file}
        self.file = file

    async def lapse(self) -> tuple[str, ...]:
        """End, on record, each signature under what the file does not say; their rules' ids.

        Raises:
            Conflict: others sign or revoke at the same moment.
        """
        otherwise = frozenset(self._otherwise)
        there, version = await self._kept.read()
        over = [one for one in there if not self._stands(one)]
        if over:
            said = {rule.id: rule.digest for rule in self.file}
            records: tuple[tuple[str, str, str, JSON], ...] = tuple(
                (LAPSED, "opstwin", one.id,
                 {"digest": one.local.digest, "file": said.get(one.local.id, "")})
                for one in over
            )  # fmt: skip
            kept = [one for one in there if one not in over]
            await self._kept.put(kept, version, *records)
        self._otherwise -= otherwise
        return tuple(one.local.id for one in over)

    async def lapsed(self, rule: LocalRule) -> bool:
        """Whether the last that became of a rule's signature is that the file said otherwise."""
        records = await self._ledger.about(f"{LOCAL}{rule.id}")
        return bool(records) and records[-1].kind == LAPSED

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
            one for one in found if one is not None and self._stands(one) and one.until > now
        )

    def _stands(self, one: SignedLocalRule) -> bool:
        return one.local in self.file and one.local.id not in self._otherwise

    async def signed(self) -> tuple[SignedLocalRule, ...]:
        """Every signature that was not revoked and has not lapsed, of ended rules too."""
        return tuple(one for one in (await self._kept.read())[0] if self._stands(one))

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
        self._otherwise -= {one.local.id for one in rules}

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
