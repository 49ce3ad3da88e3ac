"""Whether ledger time still goes as time goes. It must never read a clock: both come in."""

from twin_core.value import SECOND, Instant

_JUMP_S = 60.0
"""Ledger and monotonic time may part by so many seconds before it is a jump."""


class ClockWatch:
    """Compares ledger time with monotonic time and reports a jump once.

    A host clock set back shows as ledger time that stands still (it never runs backwards).
    """

    def __init__(self) -> None:
        self._reference: tuple[Instant, float] | None = None
        self._jumped = False

    def jumped(self, ledger: Instant, monotonic: float) -> int:
        """Seconds by which the host's clock was found to have jumped just now; 0 if it did not."""
        if self._reference is None:
            self._reference = (ledger, monotonic)
        elapsed = monotonic - self._reference[1]
        drift = (ledger - self._reference[0]) / SECOND - elapsed
        if abs(drift) >= _JUMP_S:
            self._reference = (ledger, monotonic)
            first, self._jumped = not self._jumped, True
            return round(drift) if first else 0
        if elapsed > 2 * _JUMP_S:
            self._reference, self._jumped = (ledger, monotonic), False
        return 0


def told_of(jump: int) -> str:
    """A jump by so many seconds, as people are told it."""
    ahead = f"ahead by {jump} s: what waited may have expired"
    back = f"back by {-jump} s at least: ledger time stands still until it is there again"
    return f"the host's clock jumped {ahead if jump > 0 else back}"
