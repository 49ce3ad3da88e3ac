"""What is around the gate in its stateful test: plant, people and site as they are.

The machine turns it, the drive tells the gate of it, and the judge looks at it. It must never hold
what the gate concluded.
"""

from dataclasses import dataclass, field

from evals.bench import governance_scene as scene
from twin_core.answer import Asker
from twin_core.governance.grounds import Seen
from twin_core.governance.policy import Policy
from twin_core.governance.standing_rule import StandingRule
from twin_core.governance.trust import Ladder, Step
from twin_core.value import SECOND, Instant

_NEEDED = {scene.NARROW.version: (1, 2), scene.STRICT.version: (3, 3)}
"""By policy: people who must approve, with a forecast and without."""
_FRESH = 30 * SECOND


@dataclass
class Around:
    """Plant, people and site as they are, turned by the machine.

    Attributes:
        device: what the controllers hold; `believed` what the twin believes.
        heard: when a point was last heard, where it is not now; `uncertain` points of bad quality.
        step: how far the site is trusted, set at `since`.
        rules: standing rules in force; `locks` what people have locked, and why.
        owner: epoch of the actuator that owns the plant; ours is `epoch`.
    """

    now: Instant
    device: dict[str, float] = field(default_factory=lambda: dict(scene.VALUES))
    believed: dict[str, float] = field(default_factory=lambda: dict(scene.VALUES))
    heard: dict[str, Instant] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)
    people: dict[str, Asker] = field(default_factory=lambda: dict(scene.PEOPLE))
    policy: Policy | None = scene.NARROW
    step: Step = "act_on_approval"
    since: Instant = 0
    rules: dict[str, StandingRule] = field(default_factory=dict)
    frozen: str = ""
    locks: dict[str, str] = field(default_factory=dict)
    epoch: int = 1
    owner: int = 1

    @property
    def fenced(self) -> bool:
        """Whether another actuator owns the plant."""
        return self.owner != self.epoch

    @property
    def ladder(self) -> Ladder:
        """How far everything is trusted."""
        return Ladder(steps={scene.SITE: self.step}, since={scene.SITE: self.since})

    def seen(self, points: tuple[str, ...]) -> dict[str, Seen]:
        """What is believed of some points."""
        return {
            point: Seen(
                value=self.believed[point],
                state="uncertain" if point in self.uncertain else "good",
                age_s=(self.now - self.heard.get(point, self.now)) / SECOND,
            )
            for point in points
        }

    def good(self, point: str) -> bool:
        """Whether a point is believed, and heard lately."""
        return self.now - self.heard.get(point, self.now) <= _FRESH and point not in self.uncertain

    def may(self, user: str, *roles: str) -> bool:
        """Whether he works here in one of the roles, and a policy that permits is in force."""
        who = self.people.get(user)
        if who is None or "service" in who.roles or scene.SITE not in who.sites:
            return False
        return bool(set(roles) & set(who.roles)) and self.needed(forecast=True) > 0

    def needed(self, *, forecast: bool) -> int:
        """How many must approve by the policy in force; 0 = it permits nothing."""
        known = _NEEDED.get(self.policy.version) if self.policy is not None else None
        return 0 if known is None else known[not forecast]
