"""A local rule with the signature under it: it covers what it names, word for word, and no more.

To the gate it is a standing rule that only it itself can ask for. It must never cover a write whose
cause the proposal does not rest on.
"""

from twin_core.governance.action import Proposal, Requester, WritePlan
from twin_core.governance.case import clock_text
from twin_core.governance.local_rule import Condition, LocalRule
from twin_core.governance.standing_rule import LOCAL, StandingRule
from twin_core.value import Instant, Range

_TICK_S = 0.001
"""Plant time is rounded to microseconds, and many pass in one of the host's."""


class SignedLocalRule(StandingRule):
    """A standing rule made of a local one.

    Attributes:
        id: `local/` and the rule's own.
        local: as it was signed.
    """

    id: str
    local: LocalRule

    @classmethod
    def of(cls, rule: LocalRule, user: str, name: str, at: Instant) -> "SignedLocalRule":
        """The rule, signed by a person at a ledger time."""
        return cls(
            id=f"{LOCAL}{rule.id}",
            bands={w.point: Range(low=w.value, high=w.value) for w in rule.write},
            most=rule.most,
            window_s=rule.window_s,
            days=rule.days,
            reason=rule.reason,
            user=user,
            name=name,
            at=at,
            local=rule,
        )

    def __str__(self) -> str:
        """As people are told it."""
        return f"local rule {self.local.id} of {self.name}, signed {clock_text(self.at)}"

    @property
    def weighed(self) -> bool:
        """It names each write."""
        return True

    def leaves(self, proposal: Proposal, used: int, rested: float) -> str:
        """Why the rule does not cover a proposal, one clause; empty if it does."""
        action = proposal.draft.action
        if proposal.requester != Requester(user=self.user, through=self.id):
            return "a local rule is asked for by itself alone"
        if not isinstance(action, WritePlan):
            return "it covers writes alone"
        named = iter((w.point, w.unit, w.value, w.check) for w in self.local.write)
        asked = ((s.point, s.unit, s.value, s.check) for s in action.steps)
        if not all(any(one == it for it in named) for one in asked):  # in their order
            return "it names other writes, or in another order"
        if not self._rests(proposal):
            return "the proposal does not rest on what brings the rule about"
        if rested < self.local.cooldown_s - _TICK_S:
            return f"it acted {rested:g} s before and cools down for {self.local.cooldown_s:g} s"
        if used >= self.most:
            return f"it was used {used} times within {self.window_s:g} s, as often as it may"
        return ""

    def _rests(self, proposal: Proposal) -> bool:
        bands = {point.point: point.band for point in proposal.draft.basis.points}
        found = [
            condition.on_loss or _inside(condition, bands.get(condition.point))
            for condition in self.local.condition
        ]
        return all(found) if self.local.when == "all" else any(found)


def _inside(condition: Condition, band: Range | None) -> bool:
    """Whether a point that stays inside the band holds the condition."""
    if band is None:
        return False
    if condition.below is not None:
        return band.high <= condition.below
    return condition.above is not None and band.low >= condition.above
