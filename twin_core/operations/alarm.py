"""Alarms in the states of ISA-18.2 (names of OPC UA A&C). The state machine deepens later."""

from typing import Literal

from twin_core.value import Instant, Path, Value


class Alarm(Value):
    """One alarm of one point.

    Attributes:
        limit: the limit that was passed, in the point's unit; `side` which.
        state: ISA-18.2 state.
        since: settled plant time of the state; `raised` of the activation.
    """

    point: Path
    side: Literal["low", "high"]
    limit: float
    value: float
    state: Literal["unacknowledged", "acknowledged", "returned", "normal"]
    raised: Instant
    since: Instant
