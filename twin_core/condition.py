"""What a controller says of its own alarms and events (OPC 10000-9), as values.

Names are those of OPC UA Alarms & Conditions. Texts are the controller's: data, already of one
line and bounded. It must never carry anything by which an alarm could be acknowledged there.
"""

from typing import Literal

from pydantic import Field

from twin_core.value import Instant, Path, Slug, Value

LONGEST = 200
"""Characters of each text."""


class ConditionEvent(Value):
    """One event notification.

    Attributes:
        condition: its node in the controller, the same on every run; empty = an event that is no
            condition and so has no state.
        branch: an earlier state that still needs somebody (BranchId); empty = the present one.
        name: ConditionName; `kind` the event type's name; `source_name` SourceName.
        point: of the plant, where the condition's input or source node is one.
        time: by the controller's clock.
        severity: 1 (least) to 1000.
        retain: whether the controller still shows it to operators.
        active, acked, confirmed: None = it has no such state.
        shelved: empty = not.
    """

    condition: str = Field(default="", max_length=LONGEST)
    branch: str = Field(default="", max_length=LONGEST)
    name: str = Field(default="", max_length=LONGEST)
    kind: str = Field(default="", max_length=LONGEST)
    source_name: str = Field(default="", max_length=LONGEST)
    point: Path | None = None
    time: Instant
    severity: int = Field(ge=1, le=1000)
    message: str = Field(default="", max_length=LONGEST)
    retain: bool = False
    enabled: bool = True
    active: bool | None = None
    acked: bool | None = None
    confirmed: bool | None = None
    suppressed: bool = False
    out_of_service: bool = False
    shelved: Literal["", "timed", "one_shot"] = ""


class ConditionReport(Value):
    """Event notifications of one source, in the order in which it sent them.

    Attributes:
        time: plant time at which they came.
        begins: they are the first of a whole: all that stands is told from here on.
        ends: they are the last of it: what was not told since `begins` stands no more.
        lost: how many before them were not kept, because nobody took them in time.
    """

    source: Slug
    time: Instant
    events: tuple[ConditionEvent, ...] = ()
    begins: bool = False
    ends: bool = False
    lost: int = Field(default=0, ge=0)

    def __len__(self) -> int:
        """The number of events."""
        return len(self.events)
