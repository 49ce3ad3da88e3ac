"""The standing rules of a site, in its ledger: signed, revoked, counted. They decide nothing.

A rule is in force from its signature until it ends or is revoked; which change it covers, the gate
finds out. It must never sign by itself.
"""

from api.kept import Kept
from twin_core.errors import Conflict, UnknownName
from twin_core.governance.ports import Ledger
from twin_core.governance.standing_rule import StandingRule
from twin_core.value import JSON, Instant

_MOST = 200


class StandingRules:
    """What is signed and not revoked."""

    def __init__(self, ledger: Ledger, site: str) -> None:
        self._kept = Kept(ledger, f"standing_rules/{site}", "rules", StandingRule)

    async def in_force(self, now: Instant) -> tuple[StandingRule, ...]:
        """Those that have not ended, in order of their ids.

        Raises:
            StoreDown: what the ledger holds is not of a known form.
        """
        return tuple(rule for rule in (await self._kept.read())[0] if rule.until > now)

    async def sign(self, rule: StandingRule, body: JSON) -> None:
        """Put a rule into force; one of the same id is replaced.

        Raises:
            Conflict: too many, or others sign at the same moment.
        """
        there, version = await self._kept.read()
        kept = tuple(one for one in there if one.id != rule.id and one.until > rule.at)
        if len(kept) >= _MOST:
            raise Conflict("standing rules", f"{_MOST} are in force; revoke one first")
        rules = sorted((*kept, rule), key=lambda one: one.id)
        await self._kept.put(rules, version, ("standing_rule_signed", rule.user, rule.id, body))

    async def withdraw(self, why: str) -> tuple[str, ...]:
        """Put no rule in force any more, in the service's own name; those it was, by id.

        Raises:
            Conflict: others sign or revoke at the same moment.
        """
        there, version = await self._kept.read()
        ids = tuple(one.id for one in there)
        if ids:
            body: JSON = {"reason": why}
            gone = [("standing_rule_withdrawn", "opstwin", name, body) for name in ids]
            await self._kept.put((), version, *gone)
        return ids

    async def revoke(self, name: str, user: str, reason: str) -> None:
        """End a rule at once.

        Raises:
            UnknownName: there is none of that id.
            Conflict: others sign or revoke at the same moment.
        """
        there, version = await self._kept.read()
        if name not in {one.id for one in there}:
            raise UnknownName("standing rule", name, [one.id for one in there])
        kept = [one for one in there if one.id != name]
        await self._kept.put(
            kept, version, ("standing_rule_revoked", user, name, {"reason": reason})
        )
