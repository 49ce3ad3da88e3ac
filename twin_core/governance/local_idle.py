"""What came to nothing of local rules that were due, so that each kind of it is told once.

A rule whose conditions hold is due again and again. It is told anew when it comes to nothing for
another reason, after it acted, or when it had not been due for longer than it cools down. Nothing
here counts as an act. It must never keep a rule from being tried again.
"""

import re

from twin_core.governance.local_watch import AGAIN, Due
from twin_core.value import SECOND, Instant

_NUMBER = re.compile(r"\d[\d.:]*")


def same(why: str, other: str) -> bool:
    """Whether two reasons differ in their numbers at most."""
    return _NUMBER.sub("#", why) == _NUMBER.sub("#", other)


class Idle:
    """By rule: why nothing came of it last, and when it was due then (plant time)."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, Instant]] = {}

    def before(self, due: Due) -> str:
        """Why nothing came of it when it was due shortly before; empty if something did."""
        why, at = self._last.get(due.rule.id, ("", due.at))
        lately = due.at - at <= AGAIN + round(due.rule.cooldown_s * SECOND)
        return why if lately else ""

    def nothing(self, due: Due, why: str) -> bool:
        """Nothing came of it; whether that is news."""
        news = not same(why, self.before(due))
        self._last[due.rule.id] = (why, due.at)
        return news

    def acted(self, due: Due) -> None:
        """Something came of it."""
        self._last.pop(due.rule.id, None)
