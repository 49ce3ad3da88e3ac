"""Who someone is: users, their roles and sites, passwords and tokens.

A token is 256 random bits; only its SHA-256 is kept (a slow hash guards guessable secrets, as
passwords are; these are not guessable). No flag makes anyone someone else.
"""

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from pydantic import ValidationError
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
)
from sqlalchemy.exc import DatabaseError, IntegrityError

from api.passwords import equal, hashed
from api.printable import clipped
from twin_core.answer import Asker, Role
from twin_core.errors import BadInput, NotSignedIn, StoreDown, UnknownName
from twin_core.value import SECOND, Instant

ROLES: tuple[Role, ...] = get_args(Role)
TOKEN_DAYS = 30
LONGEST_DAYS = 3650
RESERVED = frozenset({"system", "opstwin", "service", "actuator", "assistant", "twin", "emulator"})
"""Names under which the programs themselves may appear in the record; no person bears one."""
_USER = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_SITE = re.compile(r"[a-z0-9_-]+")
_NAME_LENGTH = 100
_DAY = 86_400 * SECOND

_meta = MetaData()
_users = Table(
    "users",
    _meta,
    Column("user", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("roles", String, nullable=False),
    Column("sites", String, nullable=False),
    Column("password", String, nullable=False),
)
_tokens = Table(
    "tokens",
    _meta,
    Column("digest", String, primary_key=True),
    Column("user", String, nullable=False),
    Column("expires", Integer, nullable=False),
)
_schema = Table("schema", _meta, Column("version", Integer, primary_key=True))
_VERSION = 1


class Identity:
    """Users and tokens in one SQLite file; safe to call from any thread.

    Args:
        path: the file; created when missing.
        now: ledger time.
    """

    def __init__(self, path: Path, now: Callable[[], Instant]) -> None:
        self._now = now
        self._path = path
        self._lock = threading.Lock()
        self._engine: Engine = create_engine(
            f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 5}
        )
        event.listen(self._engine, "connect", _pragmas)
        with self._opened() as connection:
            _meta.create_all(connection)
            found = connection.execute(select(_schema.c.version)).scalar()
            if found is None:
                connection.execute(insert(_schema).values(version=_VERSION))
            elif found != _VERSION:
                raise StoreDown("identity store", f"{path}: schema {found} is not {_VERSION}")

    def add(
        self, user: str, name: str, roles: Sequence[str], sites: Sequence[str], password: str = ""
    ) -> None:
        """Add a user; without a password he can only use tokens made for him.

        Raises:
            BadInput: an unknown role, a bad id, name, site or password, or the id is taken.
        """
        _check_user(user)
        _check_name(name or user)
        wrong = [role for role in roles if role not in ROLES]
        if wrong or not roles:
            named = ", ".join(wrong) or "none"
            raise BadInput(f"Role {named} is not known; allowed: {', '.join(ROLES)}.")
        if "pusher" in roles and len(set(roles)) > 1:
            raise BadInput("A pusher is a machine that pushes readings: it has no other role.")
        if "pusher" in roles and password:
            raise BadInput('A pusher comes by token alone: give no password (--password "").')
        if not sites:
            raise BadInput(f"User “{user}” needs at least one site.")
        for site in sites:
            if not _SITE.fullmatch(site):
                raise BadInput(
                    f"Site “{clipped(site)}”: small letters, digits, _ and - are allowed, "
                    "at least one."
                )
        if not _is_text(password):
            raise BadInput("The password is not text in UTF-8.")
        row = {
            "user": user,
            "name": name or user,
            "roles": " ".join(roles),
            "sites": " ".join(sites),
            "password": hashed(password),
        }
        with self._lock, self._opened() as connection:
            try:
                connection.execute(insert(_users).values(row))
            except IntegrityError as problem:
                raise BadInput(f"User “{user}” exists already.") from problem

    def remove(self, user: str) -> None:
        """Remove a user and every token of his."""
        self.person(user)
        with self._lock, self._opened() as connection:
            connection.execute(delete(_tokens).where(_tokens.c.user == user))
            connection.execute(delete(_users).where(_users.c.user == user))

    def people(self) -> list[Asker]:
        """Everyone, by user id."""
        with self._opened() as connection:
            return [_asker(row) for row in connection.execute(select(_users).order_by("user"))]

    def person(self, user: str) -> Asker:
        """A user as he stands now.

        Raises:
            UnknownName: there is none.
        """
        if not _is_text(user):
            raise UnknownName("user", clipped(user))
        with self._opened() as connection:
            row = connection.execute(select(_users).where(_users.c.user == user)).first()
        if row is None:
            raise UnknownName("user", user)
        return _asker(row)

    def issue(self, user: str, days: float = TOKEN_DAYS) -> str:
        """A new token for a user; shown once, kept only as a digest.

        Args:
            user: whose it is.
            days: how long it is good, more than 0 and at most 3650.

        Raises:
            BadInput: days out of that range.
            UnknownName: no such user.
        """
        if not 0 < days <= LONGEST_DAYS:  # also refuses what is not a number
            raise BadInput(f"{days:g} days: more than 0 and at most {LONGEST_DAYS} are allowed.")
        self.person(user)
        token = secrets.token_urlsafe(32)
        row = {"digest": _digest(token), "user": user, "expires": int(self._now() + days * _DAY)}
        with self._lock, self._opened() as connection:
            connection.execute(insert(_tokens).values(row))
        return token

    def log_in(self, user: str, password: str) -> str:
        """A token for a user who knows his password.

        Raises:
            NotSignedIn: no such user or another password (which of them is not said).
        """
        with self._opened() as connection:
            row = connection.execute(select(_users).where(_users.c.user == user)).first()
        if not equal(row.password if row is not None else "", password) or row is None:
            raise NotSignedIn("user or password is wrong")
        return self.issue(user)

    def bearer(self, token: str) -> Asker:
        """Whose token it is.

        Raises:
            NotSignedIn: unknown or expired.
        """
        with self._opened() as connection:
            row = connection.execute(
                select(_tokens.c.expires, _users)
                .join(_users, _users.c.user == _tokens.c.user)
                .where(_tokens.c.digest == _digest(token))
            ).first()
        if row is None:
            raise NotSignedIn("the token is not known")
        if row.expires <= self._now():
            raise NotSignedIn("the token has expired")
        return _asker(row)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        """One transaction; what the file refuses is said with its path."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DatabaseError as problem:
            raise StoreDown("identity store", f"{self._path}: {problem.orig}") from problem
        except ValidationError as problem:
            first = problem.errors()[0]
            raise StoreDown(
                "identity store", f"{self._path}: a user's {first['loc'][0]} cannot be read"
            ) from problem


def _check_user(user: str) -> None:
    if not _USER.fullmatch(user):
        raise BadInput(f"User “{clipped(user)}”: 1 to 64 of a-z, A-Z, 0-9 and . _ - @ are allowed.")
    if user.lower() in RESERVED:
        raise BadInput(f"User “{user}” is reserved; not allowed: {', '.join(sorted(RESERVED))}.")


def _check_name(name: str) -> None:
    if not name.strip() or not name.isprintable() or len(name) > _NAME_LENGTH:
        raise BadInput(
            f"Name “{clipped(name)}”: 1 to {_NAME_LENGTH} printable characters are allowed."
        )


def _is_text(text: str) -> bool:
    """Whether it can be written as UTF-8 (arguments of a command may hold other bytes)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _asker(row: object) -> Asker:
    return Asker.model_validate(
        {
            "user": row.user,  # type: ignore[attr-defined]
            "name": row.name,  # type: ignore[attr-defined]
            "roles": tuple(row.roles.split()),  # type: ignore[attr-defined]
            "sites": tuple(row.sites.split()),  # type: ignore[attr-defined]
        }
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
