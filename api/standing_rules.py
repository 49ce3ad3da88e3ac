"""The standing rules of a site, in its ledger: signed, revoked, counted. They decide nothing.

A rule is in force from its signature until it ends or is revoked; which change it covers, the gate
finds out. It must never sign by itself.
"""

from collections.abc import Sequence

from pydantic import ValidationError

from twin_core.errors import Conflict, StoreDown, UnknownName
from twin_core.governance.ports import Ledger
from twin_core.governance.standing_rule import StandingRule
from twin_core.value import JSON, Instant

_MOST = 200


class StandingRules:
    """What is signed and not revoked."""

    def __init__(self, ledger: Ledger, site: str) -> None:
        self._ledger = ledger
        self._key = f"standing_rules/{site}"

    async def in_force(self, now: Instant) -> tuple[StandingRule, ...]:
        """Those that have not ended, in order of their ids.

        Raises:
            StoreDown: what the ledger holds is not of a known form.
        """
        return tuple(rule for rule in (await self._stored())[0] if rule.until > now)

    async def sign(self, rule: StandingRule, body: JSON) -> None:
        """Put a rule into force; one of the same id is replaced.

        Raises:
            Conflict: too many, or others sign at the same moment.
        """
        there, version = await self._stored()
        kept = tuple(one for one in there if one.id != rule.id and one.until > rule.at)
        if len(kept) >= _MOST:
            raise Conflict("standing rules", f"{_MOST} are in force; revoke one first")
        rules = sorted((*kept, rule), key=lambda one: one.id)
        await self._save(rules, version, ("standing_rule_signed", rule.user, rule.id, body))

    async def revoke(self, name: str, user: str, reason: str) -> None:
        """End a rule at once.

        Raises:
            UnknownName: there is none of that id.
            Conflict: others sign or revoke at the same moment.
        """
        there, version = await self._stored()
        if name not in {one.id for one in there}:
            raise UnknownName("standing rule", name, [one.id for one in there])
        kept = [one for one in there if one.id != name]
        await self._save(kept, version, ("standing_rule_revoked", user, name, {"reason": reason}))

    async def _save(
        self, rules: Sequence[StandingRule], version: int | None, record: tuple[str, str, str, JSON]
    ) -> None:
        state: JSON = {"rules": [one.model_dump(mode="json") for one in rules]}
        await self._ledger.save(self._key, state, version, [record])

    async def _stored(self) -> tuple[tuple[StandingRule, ...], int | None]:
        stored = await self._ledger.load(self._key)
        if stored is None:
            return (), None
        try:
            return tuple(StandingRule.model_validate(one) for one in stored[0]["rules"]), stored[1]
        except (LookupError, TypeError, ValidationError) as problem:
            why = f"{self._key} is stored in a form that this program does not know"
            raise StoreDown("ledger", why) from problem
