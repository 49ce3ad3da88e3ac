"""Who a member of Slack is here: linked by a code that only he himself can have got.

Signed in at the command line he is given a code; said in Slack it links the two. The other way
round a stranger could have somebody confirm his. It must never link by a name or an address.
"""

import secrets
import threading
from collections.abc import Callable

from sqlalchemy import delete, insert, select

from api.identity import Identity
from api.identity_store import LINKS
from api.throttle import Throttle
from twin_core.answer import Asker
from twin_core.errors import BadInput, UnknownName
from twin_core.value import Value

CODE_S = 600.0
"""Seconds for which a code is good."""
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH, _TRIES, _WITHIN_S = 8, 5, 300.0


class Link(Value):
    """A member of a workspace, and the user whom he is."""

    team: str
    member: str
    user: str


class SlackLinks:
    """Of one data directory; safe to call from any thread.

    Args:
        identity: whose users they are.
        monotonic: by which tries are counted and codes end.
    """

    def __init__(self, identity: Identity, monotonic: Callable[[], float]) -> None:
        self._identity = identity
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[str, float]] = {}
        self._tries = Throttle("codes by this member", _TRIES, _WITHIN_S, monotonic)

    def code(self, user: str) -> str:
        """A code for a user who is signed in; one at a time, and good once."""
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        now = self._monotonic()
        with self._lock:
            self._codes = {
                known: (whose, until)
                for known, (whose, until) in self._codes.items()
                if until > now and whose != user
            }
            self._codes[code] = (user, now + CODE_S)
        return f"{code[:4]}-{code[4:]}"

    def link(self, team: str, member: str, code: str) -> Asker:
        """Link a member by a code; whoever he was before, he is no more.

        Raises:
            BadInput: no such code, or it is good no more.
            Busy: he has tried too often.
        """
        self._tries.enter(f"{team}/{member}")
        given = "".join(c for c in code.upper() if c in _LETTERS)
        with self._lock:
            user, until = self._codes.pop(given, ("", 0.0))
        if not user or until <= self._monotonic():
            raise BadInput("That code is not known, or is good no more: run opstwin slack link.")
        with self._identity.store.writing() as connection:
            connection.execute(delete(LINKS).where(LINKS.c.team == team, LINKS.c.member == member))
            connection.execute(insert(LINKS).values(team=team, member=member, user=user))
            self._identity.store.note(
                connection, "slack_linked", user, user, {"team": team, "member": member}
            )
        self._tries.forgive(f"{team}/{member}")
        return self._identity.person(user)

    def unlink(self, user: str) -> int:
        """Take every link from a user; how many there were."""
        with self._identity.store.writing() as connection:
            gone = connection.execute(delete(LINKS).where(LINKS.c.user == user)).rowcount
            if gone:
                self._identity.store.note(connection, "slack_unlinked", user, user, {})
        return gone

    def person(self, team: str, member: str) -> Asker | None:
        """Who a member is, as he stands now; None: nobody here."""
        asked = select(LINKS.c.user).where(LINKS.c.team == team, LINKS.c.member == member)
        with self._identity.store.reading() as connection:
            user = connection.scalar(asked)
        if user is None:
            return None
        try:
            return self._identity.person(user)
        except UnknownName:
            return None  # he was removed at this moment, and his links with him

    def members(self, user: str) -> tuple[Link, ...]:
        """Every member that a user is."""
        asked = select(LINKS).where(LINKS.c.user == user).order_by(LINKS.c.member)
        with self._identity.store.reading() as connection:
            rows = connection.execute(asked).all()
        return tuple(Link(team=r.team, member=r.member, user=r.user) for r in rows)
