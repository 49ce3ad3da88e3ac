"""A desk in memory before the real gate: keeps what is handed in, for it to be attacked.

It decides nothing itself: every receipt is the gate's. Nothing behind it can act.
"""

from twin_core.answer import Asker, Role
from twin_core.governance.action import Draft, Proposal, Requester
from twin_core.governance.case import Case
from twin_core.governance.desk import Receipt
from twin_core.governance.events import Submit
from twin_core.governance.gate import decide
from twin_core.governance.grounds import seen
from twin_core.governance.policy import Evaluator, Policy
from twin_core.governance.register import concerned
from twin_core.governance.trust import Ladder
from twin_core.governance.world import World
from twin_core.plant.assets import Plant
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant

NOW: Instant = 1_800_000_000 * SECOND
"""Ledger time."""
EXPIRES_S = 900


def people(site: str) -> dict[str, Asker]:
    """Everybody who may try something."""

    def person(user: str, *roles: Role, at: str = site) -> Asker:
        return Asker(user=user, name=user.title(), roles=roles, sites=(at,))

    known = (
        person("olga", "operator"), person("sam", "supervisor"), person("sue", "supervisor"),
        person("both", "operator", "supervisor"), person("vera", "viewer"),
        person("bot", "service", "supervisor"), person("eve", "engineer"),
        person("far", "supervisor", at="elsewhere"),
    )  # fmt: skip
    return {one.user: one for one in known}


def trusted(plant: Plant) -> Ladder:
    """Every asset acts on approval."""
    return Ladder().moved(plant.site, "act_on_approval")


def world_of(snapshot: Snapshot, draft: Draft, policy: Evaluator | None, ladder: Ladder) -> World:
    """What the gate knows of the world a draft is handed in to."""
    plant = snapshot.plant
    return World(
        plant=plant, policy=policy, plant_now=snapshot.now, ladder=ladder,
        seen=seen(snapshot, concerned(plant, draft), snapshot.now),
        people=people(plant.site), sinks=frozenset(s.id for s in plant.sources), epoch=1,
    )  # fmt: skip


def handed_in(
    snapshot: Snapshot, draft: Draft, by: str, policy: Evaluator | None, ladder: Ladder
) -> tuple[Case, World]:
    """What the gate makes of a draft."""
    proposal = Proposal(
        id="p-stress00", site=snapshot.plant.site, draft=draft, requester=Requester(user=by),
        created=NOW, expires=NOW + EXPIRES_S * SECOND, nonce="stress",
    )  # fmt: skip
    world = world_of(snapshot, draft, policy, ladder)
    return decide(None, Submit(proposal, world), NOW)[0], world


class MemoryDesk:
    """A ProposalDesk; `drafts` are those handed in, by whom."""

    def __init__(self, snapshot: Snapshot, policy: Evaluator | None = None) -> None:
        self._snapshot = snapshot
        self._policy = policy or Policy.shipped()
        self.drafts: list[tuple[Draft, Asker]] = []

    async def submit(self, draft: Draft, asker: Asker) -> Receipt:
        """Hand in a draft in the name of `asker`."""
        self.drafts.append((draft, asker))
        ladder = trusted(self._snapshot.plant)
        case, _ = handed_in(self._snapshot, draft, asker.user, self._policy, ladder)
        return Receipt(
            proposal=case.id,
            state="pending" if case.stage == "pending" else "denied",
            needs=case.needs,
            reason="" if case.stage == "pending" else case.result,
        )
