"""What is asked of the ruling before there is a case, or as if a rule were not there.

Pure. It must never rule by itself.
"""

from dataclasses import replace

from twin_core.answer import Asker
from twin_core.governance.action import Proposal
from twin_core.governance.policy import Evaluator
from twin_core.governance.request import Decision, Request
from twin_core.governance.ruling import Ruling, evaluated, rule
from twin_core.governance.world import World


def asked(proposal: Proposal, world: World) -> tuple[Proposal, Ruling]:
    """A new proposal with the user in whose right it is asked for, and the ruling on it.

    The requester's own right goes before each that was lent to him.
    """
    who = world.people.get(proposal.requester.user)
    found = []
    for lender, _ in who.rights() if who is not None else [("", None)]:
        requester = proposal.requester.model_copy(update={"behalf": lender})
        one = proposal.model_copy(update={"requester": requester})
        found.append((one, rule(one, world)))
    return max(found, key=lambda one: (one[1].allowed, one[1].shadow))


def unruled(proposal: Proposal, world: World) -> Ruling:
    """The ruling as if no rule covered it: for people, and none on what a local rule asks for."""
    return rule(proposal, replace(world, rules={}))


def signs(
    policy: Evaluator | None, who: Asker | None, site: str, assets: tuple[str, ...]
) -> Decision:
    """Whether somebody may sign rules for some assets, in one person's right."""
    found = [
        evaluated(
            policy,
            Request(
                who=person, verb="configure", kind="standing_rule", site=site, assets=assets,
                tier="routine",
            ),
        )
        for _, person in (who.rights() if who is not None else ())
    ]  # fmt: skip
    nobody = Decision(allowed=False, rule="unknown-person", why="he is not known", version="none")
    return max(found, key=lambda decision: decision.allowed, default=nobody)
