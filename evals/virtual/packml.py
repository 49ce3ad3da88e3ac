"""PackML commands as a virtual machine follows them (ISA-TR88.00.02, state model and CntrlCmd).

Only the states in which it comes to rest: the acting ones between pass at once. It must never
follow a command from a state in which the standard does not allow it.
"""

IDLE, SUSPENDED, EXECUTE, STOPPED, ABORTED, HELD, COMPLETE = 4, 5, 6, 2, 9, 11, 17
RESET, START, STOP, HOLD, UNHOLD, SUSPEND, UNSUSPEND, ABORT, CLEAR = range(1, 10)

_FROM: dict[int, tuple[set[int], int]] = {
    RESET: ({STOPPED, COMPLETE}, IDLE),
    START: ({IDLE}, EXECUTE),
    STOP: ({IDLE, SUSPENDED, EXECUTE, HELD, COMPLETE}, STOPPED),
    HOLD: ({EXECUTE}, HELD),
    UNHOLD: ({HELD}, EXECUTE),
    SUSPEND: ({EXECUTE}, SUSPENDED),
    UNSUSPEND: ({SUSPENDED}, EXECUTE),
    ABORT: ({IDLE, SUSPENDED, EXECUTE, STOPPED, HELD, COMPLETE}, ABORTED),
    CLEAR: ({ABORTED}, STOPPED),
}


def after(state: int, command: int) -> int:
    """The state a machine rests in after a command; the same where it does not allow it."""
    allowed, then = _FROM.get(command, (set(), state))
    return then if state in allowed else state
