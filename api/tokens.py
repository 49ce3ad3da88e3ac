"""Tokens: 256 random bits, of which only the SHA-256 is kept.

A slow hash guards guessable secrets, as passwords are; these are not guessable. Each has a name,
an end, and scopes: what it is good for, of all that its holder may. It must never give more.
"""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from api.identity_store import LOG_IN, TOKENS, USERS, IdentityStore
from api.printable import clipped
from twin_core.answer import SCOPES, Scope
from twin_core.errors import BadInput, NotSignedIn, StoreDown, UnknownName
from twin_core.value import SECOND, Instant, Value

log = structlog.get_logger(__name__)

LONGEST_DAYS = 3650
_DAY = 86_400 * SECOND
_USE_TOLD = 60 * SECOND
"""The last use is kept to the minute: not every request writes to the disk."""
_LONGEST_NAME = 100


_HOLDER = (
    select(TOKENS.c.expires, TOKENS.c.scopes, TOKENS.c.used, USERS)
    .join(USERS, USERS.c.user == TOKENS.c.user)
    .where(TOKENS.c.digest == bindparam("of"))
)


class Kept(Value):
    """What is known of a token: all but itself.

    Attributes:
        used: ledger time of its last use, to the minute; None = never.
    """

    id: str
    user: str
    name: str
    scopes: tuple[Scope, ...]
    expires: Instant
    used: Instant | None


class Tokens:
    """The tokens in an identity store."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    def issue(
        self, connection: Connection, user: str, days: float, name: str, scopes: Sequence[Scope]
    ) -> tuple[str, Kept]:
        """A new token, in a transaction that has looked at the user.

        Raises:
            BadInput: days, name or scopes that cannot be.
        """
        if not 0 < days <= LONGEST_DAYS:  # also refuses what is not a number
            raise BadInput(f"{days:g} days: more than 0 and at most {LONGEST_DAYS} are allowed.")
        unknown = [clipped(scope) for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            named = ", ".join(unknown) or "none"
            raise BadInput(f"Scope {named} is not known; allowed: {', '.join(SCOPES)}.")
        if not name.isprintable() or len(name) > _LONGEST_NAME:
            raise BadInput(
                f"Name “{clipped(name)}”: at most {_LONGEST_NAME} printable characters are allowed."
            )
        token = secrets.token_urlsafe(32)
        row = {
            "digest": _digest(token),
            "user": user,
            "expires": int(self._store.now() + days * _DAY),
            "name": name,
            "scopes": " ".join(dict.fromkeys(scopes)),
            "used": None,
        }
        connection.execute(insert(TOKENS).values(row))
        return token, _kept(row)

    def holder(self, connection: Connection, token: str) -> Row[Any]:
        """The row of its user, with `scopes`, `expires` and `used` of the token.

        Raises:
            NotSignedIn: unknown or expired.
        """
        row = connection.execute(_HOLDER, {"of": _digest(token)}).first()
        if row is None:
            raise NotSignedIn("the token is not known")
        if row.expires <= self._store.now():
            raise NotSignedIn("the token has expired")
        return row

    def was_used(self, token: str, before: Instant | None) -> None:
        """Keep that it was used now, unless that is known already; a failure is only logged."""
        now = self._store.now()
        if before is not None and now < before + _USE_TOLD:
            return
        own = update(TOKENS).where(TOKENS.c.digest == _digest(token)).values(used=now)
        try:
            with self._store.writing() as connection:
                connection.execute(own)
        except StoreDown as problem:
            log.warning("the use of a token was not kept", reason=str(problem))

    def of(self, user: str) -> list[Kept]:
        """A user's tokens, the first to expire first."""
        own = select(TOKENS).where(TOKENS.c.user == user).order_by(TOKENS.c.expires)
        with self._store.reading() as connection:
            return [_kept(row._asdict()) for row in connection.execute(own)]

    def revoke(self, token: str, actor: str) -> Kept:
        """Make a token worth nothing; it is named by its id, `t-…`.

        Raises:
            UnknownName: there is none of that id.
        """
        with self._store.writing() as connection:
            here = func.substr(TOKENS.c.digest, 1, 10) == token.removeprefix("t-")
            row = connection.execute(select(TOKENS).where(here)).first()
            if row is None or not token.startswith("t-"):
                raise UnknownName("token", clipped(token))
            kept = _kept(row._asdict())
            connection.execute(delete(TOKENS).where(TOKENS.c.digest == row.digest))
            self._store.note(connection, "token_revoked", actor, kept.user, {"token": kept.id})
        return kept

    @staticmethod
    def drop(connection: Connection, user: str, *, log_ins: bool = False) -> None:
        """Take away all tokens of a user, or those that log-ins gave him."""
        gone = delete(TOKENS).where(TOKENS.c.user == user)
        connection.execute(gone.where(TOKENS.c.name == LOG_IN) if log_ins else gone)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(
        id=f"t-{row['digest'][:10]}",
        user=row["user"],
        name=row["name"],
        scopes=tuple(row["scopes"].split()),
        expires=row["expires"],
        used=row["used"],
    )
