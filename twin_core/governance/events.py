"""What can happen to a proposal, and what the gate then asks for: two closed unions of values.

An event carries the World it happened in. An effect is a wish: the driver performs it, in order,
and nothing after a Save that failed. Only `gate.py` makes the Command inside one.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from twin_core.evidence import Evidence
from twin_core.governance.action import Command, Outcome, Proposal
from twin_core.governance.case import Case
from twin_core.governance.verification import Observation
from twin_core.governance.world import World
from twin_core.ports import WorkOrderRecord
from twin_core.value import JSON


@dataclass(frozen=True)
class Submit:
    """A proposal is handed in."""

    proposal: Proposal
    world: World


@dataclass(frozen=True)
class Vote:
    """A person signs, for or against."""

    user: str
    meaning: Literal["approved", "rejected"]
    reason: str
    channel: str
    world: World


@dataclass(frozen=True)
class Cancel:
    """A person takes the proposal back."""

    user: str
    reason: str
    world: World


@dataclass(frozen=True)
class RollBack:
    """A person asks for the approved way back."""

    user: str
    reason: str
    world: World


@dataclass(frozen=True)
class Resolve:
    """A person has looked at what was left uncertain and closes it."""

    user: str
    reason: str
    world: World


@dataclass(frozen=True)
class Reported:
    """A person says what became of the job that people were told of, and what was found."""

    user: str
    became: Literal["done", "failed"]
    reason: str
    world: World


@dataclass(frozen=True)
class Rehearsed:
    """A person, or a program of ours, hands in what a rehearsal of `digest` found."""

    user: str
    digest: str
    found: Evidence
    world: World


@dataclass(frozen=True)
class Proceed:
    """The world was looked at again just now: may the next transition towards the write happen?"""

    world: World


@dataclass(frozen=True)
class ExecuteResult:
    """A connector answered a command, or its deadline passed."""

    outcome: Outcome
    world: World


@dataclass(frozen=True)
class LookResult:
    """A connector read back without writing."""

    outcome: Outcome
    world: World


@dataclass(frozen=True)
class EffectSeen:
    """The process was observed while its answer is awaited."""

    observation: Observation
    world: World


@dataclass(frozen=True)
class JobSeen:
    """The maintenance system was asked how the job stands."""

    record: WorkOrderRecord
    world: World


@dataclass(frozen=True)
class Tick:
    """Time went on, and nothing is being done for the proposal at present."""

    world: World


@dataclass(frozen=True)
class Recover:
    """A driver took over a stored case, after a crash or a restart.

    Attributes:
        restored: its ledger came back from a backup: what happened since then is lost.
    """

    world: World
    restored: bool = False


Event: TypeAlias = (
    Submit
    | Vote
    | Cancel
    | RollBack
    | Resolve
    | Reported
    | Rehearsed
    | Proceed
    | ExecuteResult
    | LookResult
    | EffectSeen
    | JobSeen
    | Tick
    | Recover
)

Entry: TypeAlias = tuple[str, str, str, dict[str, JSON]]
"""An audit entry: kind, actor, subject, body."""


@dataclass(frozen=True)
class Save:
    """Store the case and its audit entries in one transaction; without it nothing follows."""

    case: Case
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Check:
    """Look at the world now and come back with Proceed."""


@dataclass(frozen=True)
class Execute:
    """Send the command, once, to the endpoint."""

    command: Command
    endpoint: str


@dataclass(frozen=True)
class Look:
    """Read back what the command would have written; send nothing."""

    command: Command
    endpoint: str


@dataclass(frozen=True)
class Notify:
    """Tell people; `page` wakes somebody, `highest` everybody."""

    level: Literal["info", "alarm", "page", "highest"]
    text: str


@dataclass(frozen=True)
class Tell:
    """The answer to the person who caused the event; `error` says which kind of no."""

    text: str
    error: Literal["", "not_allowed", "conflict"] = ""


Effect: TypeAlias = Save | Check | Execute | Look | Notify | Tell
