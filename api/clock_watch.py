"""Whether the host's clock still goes as time goes. It must never read a clock: times come in."""

from twin_core.value import SECOND, Instant

_JUMP_S = 60.0
"""The host's clock and monotonic time may part by so many seconds before it is a jump."""
_BEHIND_S = 5.0
"""By which the host's clock may be behind the ledger's newest record at a start."""


class ClockWatch:
    """Compares what the host's clock says with monotonic time and reports a jump once."""

    def __init__(self) -> None:
        self._reference: tuple[Instant, float] | None = None
        self._jumped = False

    def jumped(self, host: Instant, monotonic: float) -> int:
        """Seconds by which the host's clock was found to have jumped just now; 0 if it did not."""
        if self._reference is None:
            self._reference = (host, monotonic)
        elapsed = monotonic - self._reference[1]
        drift = (host - self._reference[0]) / SECOND - elapsed
        if abs(drift) >= _JUMP_S:
            self._reference = (host, monotonic)
            first, self._jumped = not self._jumped, True
            return round(drift) if first else 0
        if elapsed > 2 * _JUMP_S:
            self._reference, self._jumped = (host, monotonic), False
        return 0


def told_of(jump: int) -> str:
    """A jump by so many seconds, as people are told it."""
    ahead = f"ahead by {jump} s: what waited may have expired"
    back = (
        f"back by {-jump} s: until it is there again, ledger and plant time go on at nine tenths "
        "of their pace"
    )
    return f"the host's clock jumped {ahead if jump > 0 else back}"


def behind(newest: Instant, ledger: Instant) -> str:
    """Why nothing is decided at a start before a person has looked at the clock; empty if it is.

    Args:
        newest: time of the ledger's newest record, or the host's if that is later.
        ledger: what the host's clock says.
    """
    late = (newest - ledger) / SECOND
    if late <= _BEHIND_S:
        return ""
    return (
        f"the host's clock was {late:.0f} s behind the ledger's newest record at the start: what "
        "has expired meanwhile is not known; set it right, look at what is approved, then lift"
    )
