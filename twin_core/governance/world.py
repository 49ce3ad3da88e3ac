"""What the gate must know of the world at the moment of an event. A value; it decides nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from twin_core.answer import Asker
from twin_core.governance.grounds import Seen
from twin_core.governance.policy import Evaluator
from twin_core.governance.standing_rule import StandingRule
from twin_core.governance.trust import Ladder
from twin_core.plant.assets import Plant
from twin_core.value import Instant


@dataclass(frozen=True)
class World:
    """What the gate must know of the world at the moment of an event.

    Attributes:
        seen: belief about every basis point, handshake and mode point concerned.
        people: requester and voters as they stand now; who is missing has no rights.
        busy: claim → the other proposal that holds it.
        locked: asset → why nothing may be written there, or to anything in it.
        spent: point → how far it was moved within the policy's window by other proposals.
        sent: point, area or user → writes sent to it, into it, or approved by him in that time.
        waiting: other proposals of the same requester and program that wait for people, each with
            the ledger time at which it expires.
        rules: standing rules in force, by id; `used` how often each was, within its window.
        rested: plant seconds for which the local rule that asks had not acted before it did.
        frozen: who stopped everything, and why; empty if nobody did.
        sinks: ids of the sources that can act.
        epoch: of the actuator that asks; `fenced` if a newer one owns the plant.
    """

    plant: Plant
    policy: Evaluator | None
    plant_now: Instant
    ladder: Ladder = field(default_factory=Ladder)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    people: Mapping[str, Asker] = field(default_factory=dict)
    busy: Mapping[str, str] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)
    sent: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, Instant] = field(default_factory=dict)
    rules: Mapping[str, StandingRule] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    rested: float = inf
    frozen: str = ""
    sinks: frozenset[str] = frozenset()
    epoch: int = 0
    fenced: bool = False
