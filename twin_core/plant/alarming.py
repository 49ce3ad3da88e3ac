"""How a point's alarms behave: priority, delays, dead band, suppression by design (ISA-18.2).

A class file gives it for a kind, a plant file changes single keys of it for one point. It must
never say that an alarm stands.
"""

from typing import Literal, TypeAlias

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from twin_core.value import Value

Priority: TypeAlias = Literal["low", "medium", "high"]
"""ISA-18.2 wants about 80, 15 and 5 % of all alarms in these."""

STATES: dict[str, int] = {
    "clearing": 1, "stopped": 2, "starting": 3, "idle": 4, "suspended": 5, "execute": 6,
    "stopping": 7, "aborting": 8, "aborted": 9, "holding": 10, "held": 11, "unholding": 12,
    "suspending": 13, "unsuspending": 14, "resetting": 15, "completing": 16, "complete": 17,
}  # fmt: skip
"""PackML state → its number (ISA-TR88.00.02)."""
MODES: dict[str, int] = {"production": 1, "maintenance": 2, "manual": 3}
"""PackML unit mode → its number."""


class AlarmSpec(Value):
    """The behaviour of the alarms of one point. Names are OPC UA's (OPC 10000-9, 5.8).

    Attributes:
        priority: `low`, `medium` or `high`.
        on_delay_s: plant seconds beyond the limit before it is raised; judged every ten seconds.
        off_delay_s: plant seconds back inside limit and dead band before it returns.
        dead_band: in the point's unit; absent = twice the noise, a step of the instrument or 2 %
            of the way from the middle of what is usual to the limit, whichever is most.
        latching: a return needs a person too, even if he had acknowledged it while it stood.
        re_alarm_s: an acknowledged alarm that still stands after so long asks again.
        suppressed_while: PackML states and modes of the point's machine in which it means
            nothing; a machine that tells neither is never suppressed.
        shelve_at_most_s: the longest a person may shelve it.
    """

    priority: Priority = "low"
    on_delay_s: float = Field(default=20.0, ge=0, le=3600)
    off_delay_s: float = Field(default=30.0, ge=0, le=3600)
    dead_band: float | None = Field(default=None, ge=0)
    latching: bool = False
    re_alarm_s: float | None = Field(default=None, ge=60)
    suppressed_while: tuple[str, ...] = ("stopped", "maintenance")
    shelve_at_most_s: float = Field(default=8 * 3600.0, gt=0, le=86400)

    @field_validator("suppressed_while")
    @classmethod
    def _known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for word in given:
            if word not in STATES and word not in MODES:
                raise PydanticCustomError(
                    "suppressed_while",
                    "no PackML state or mode is called “{word}”",
                    {"word": word, "allowed": ", ".join([*STATES, *MODES])},
                )
        return given
