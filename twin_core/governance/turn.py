"""One turn of the gate: the case as it becomes, and the wishes that go with it.

A turn changes nothing without an audit entry: if nothing was noted, the case stays as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from twin_core.governance.action import Approval, Command
from twin_core.governance.admission import endpoint
from twin_core.governance.case import Case, Stage, Wait
from twin_core.governance.events import Effect, Entry, Look, Notify, Save, Tell
from twin_core.governance.world import World
from twin_core.value import JSON, Instant


@dataclass
class Turn:
    """What one event does to one case; used inside `decide` alone.

    Attributes:
        command: the gate's maker of the command for the step under way.
    """

    case: Case
    world: World
    now: Instant
    command: Callable[[Case, World], Command]
    entries: list[Entry] = field(default_factory=list)
    wishes: list[Effect] = field(default_factory=list)

    def note(self, kind: str, actor: str = "opstwin", **body: JSON) -> None:
        """Add an audit entry about this proposal."""
        self.entries.append((kind, actor, self.case.id, body))

    def to(
        self,
        stage: Stage,
        result: str | None = None,
        *,
        wait: Wait | None = None,
        votes: tuple[Approval, ...] | None = None,
    ) -> None:
        """Move the case to a stage; what it waited for is over unless given again.

        What a person closed was the end it had come to: where it goes on, it can be uncertain anew.
        """
        changes: dict[str, object] = {"stage": stage, "wait": wait}
        if stage != self.case.stage:
            changes["resolved"] = ""
        if result is not None:
            changes["result"] = result
        if votes is not None:
            dropped = tuple(v for v in self.case.votes if v not in votes)
            changes |= {"votes": votes, "late": (*self.case.late, *dropped)}
        self.case = self.case.model_copy(update=changes)

    def notify(self, level: Literal["info", "alarm", "page", "highest"], text: str) -> None:
        """Ask that people be told."""
        self.wishes.append(Notify(level, f"{self.case.id} “{self.title}”: {text}"))

    def tell(self, text: str, error: Literal["", "not_allowed", "conflict"] = "") -> None:
        """Answer the person who caused the event."""
        self.wishes.append(Tell(text, error))

    def look(self) -> None:
        """Ask that the step under way be read back."""
        command = self.command(self.case, self.world)
        self.wishes.append(Look(command, endpoint(self.world.plant, command.step)))

    @property
    def title(self) -> str:
        """The proposal's title."""
        return self.case.proposal.draft.title

    def ended(self, before: Case) -> tuple[Case, tuple[Effect, ...]]:
        """The case after the turn and the wishes in order, the Save first."""
        if not self.entries:
            return before, tuple(self.wishes)
        moved = (self.case.stage, self.case.steps) != (before.stage, before.steps)
        changed = self.now if moved else before.changed
        after = self.case.model_copy(update={"changed": changed, "epoch": self.world.epoch})
        return after, (Save(after, tuple(self.entries)), *self.wishes)
