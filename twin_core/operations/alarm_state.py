"""The alarm state machine of ISA-18.2 (IEC 62682): seven states, every transition by name.

Pure. A transition that the standard does not have from a state is refused. The latched states of
the standard are `returned` here: their reset is an acknowledgement.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from twin_core.errors import Conflict

State: TypeAlias = Literal[
    "normal", "unacknowledged", "acknowledged", "returned", "shelved", "suppressed",
    "out_of_service",
]  # fmt: skip
"""A normal; B unacknowledged and C acknowledged, both active; D returned to normal
unacknowledged; G shelved; H suppressed by design; I out of service."""

Transition: TypeAlias = Literal[
    "activate", "return", "acknowledge", "re_alarm", "shelve", "unshelve", "suppress",
    "unsuppress", "remove", "restore",
]  # fmt: skip
"""`remove` from service and `restore` to it; `suppress` is by design, `shelve` by a person."""

STATES: frozenset[State] = frozenset(get_args(State))
ACTIVE: frozenset[State] = frozenset({"unacknowledged", "acknowledged"})
"""Shown, and the limit is passed."""
HIDDEN: frozenset[State] = frozenset({"shelved", "suppressed", "out_of_service"})
"""Not shown to who watches the plant."""

FROM: Mapping[Transition, frozenset[State]] = {
    "activate": frozenset({"normal", "returned"}),
    "return": ACTIVE,
    "acknowledge": frozenset({"unacknowledged", "returned"}),
    "re_alarm": frozenset({"acknowledged"}),
    "shelve": STATES - HIDDEN,
    "unshelve": frozenset({"shelved"}),
    "suppress": STATES - {"suppressed", "out_of_service"},
    "unsuppress": frozenset({"suppressed"}),
    "remove": STATES - {"out_of_service"},
    "restore": frozenset({"out_of_service"}),
}
"""The states that a transition leads away from."""


def after(
    state: State, transition: Transition, *, latching: bool = False, beneath: State = "normal"
) -> State:
    """The state that a transition leads to.

    Args:
        state: before it.
        transition: its name.
        latching: a return always waits for a person.
        beneath: what `unshelve`, `unsuppress` and `restore` uncover: `normal`, `unacknowledged`
            where the limit is passed, or what else still hides the alarm.

    Raises:
        Conflict: the standard has no such transition from that state.
    """
    if state not in FROM[transition]:
        allowed = ", ".join(sorted(FROM[transition]))
        raise Conflict(
            "alarm", f"it is {said(state)}; “{said(transition)}” is only from {said(allowed)}"
        )
    if transition == "return":
        return "normal" if state == "acknowledged" and not latching else "returned"
    if transition == "acknowledge":
        return "acknowledged" if state == "unacknowledged" else "normal"
    if transition in {"unshelve", "unsuppress", "restore"}:
        return beneath
    return _TO[transition]


def said(word: str) -> str:
    """A state or transition as people read it."""
    return word.replace("_", " ")


_TO: Mapping[str, State] = {
    "activate": "unacknowledged",
    "re_alarm": "unacknowledged",
    "shelve": "shelved",
    "suppress": "suppressed",
    "remove": "out_of_service",
}
