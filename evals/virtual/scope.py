"""What a rehearsal of a proposal must play: sources, lines, points, and who may sign.

Read from the scene alone. It must never widen what the proposal would touch.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from api.scene import Scene
from evals.virtual.loopback import WIRES
from twin_core.errors import BadInput
from twin_core.governance.action import WritePlan
from twin_core.governance.admission import touched
from twin_core.governance.register import concerned
from twin_core.governance.request import Request, Tier, Verb
from twin_core.governance.stakes import stakes_of


@dataclass(frozen=True)
class Scope:
    """The scope of a scene."""

    scene: Scene

    @cached_property
    def plan(self) -> WritePlan:
        """What would be written.

        Raises:
            BadInput: nothing that a controller could be asked for.
        """
        action = self.scene.proposal.draft.action
        if not isinstance(action, WritePlan):
            kind = action.kind.replace("_", " ")
            raise BadInput(
                f"{self.scene.proposal.id} is a {kind}; only writes to controllers are rehearsed."
            )
        return action

    @cached_property
    def points(self) -> tuple[str, ...]:
        """The points that must be believed: grounds, modes, targets, what must follow."""
        draft = self.scene.proposal.draft
        found = [*concerned(self.scene.plant, draft), *(step.point for step in self.plan.steps)]
        if draft.effect is not None and draft.effect.point is not None:
            found.append(draft.effect.point)
        return tuple(dict.fromkeys(found))

    @property
    def sources(self) -> list[str]:
        """The sources of these points and of the line that is to gain, in file order.

        Raises:
            BadInput: a point that must be believed comes from where nothing can be played.
        """
        plant, effect = self.scene.plant, self.scene.proposal.draft.effect
        needed = {p.source for path in self.points for p in plant.rests_on(path)}
        beside = set()
        if effect is not None:
            beside = {p.source for unit in plant.line(effect.line).units for p in unit.points}
        found = []
        for source in plant.sources:
            if source.kind in WIRES and source.id in needed | beside:
                found.append(source.id)
            elif source.id in needed:
                raise BadInput(
                    f"Source {source.id} is of kind {source.kind}, which no virtual controller "
                    f"stands in for; allowed: {', '.join(WIRES)}."
                )
        return found

    def lines(self, sources: Collection[str]) -> tuple[str, ...]:
        """The production lines with a machine behind one of these sources."""
        plant = self.scene.plant
        return tuple(
            line.id
            for line in plant.lines
            if line.kind == "production"
            and any(p.source in sources for unit in plant.machines(line) for p in unit.points)
        )

    def role(self, verb: Verb, tier: Tier) -> str:
        """A role whose holder policy lets do that about the plan.

        Raises:
            BadInput: there is none.
        """
        scene, plan = self.scene, self.plan
        roles = scene.policy.approvers(
            Request(
                who=scene.requester,
                verb=verb,
                kind=plan.kind,
                site=scene.plant.site,
                assets=touched(scene.plant, plan),
                tier=tier,
                stakes=stakes_of(scene.plant, scene.proposal.draft),
            )
        )
        people = [role for role in roles if role not in {"service", "viewer", "pusher"}]
        if not people:
            raise BadInput(f"Policy lets nobody {verb.replace('_', ' ')} {scene.proposal.id}.")
        return people[0]
