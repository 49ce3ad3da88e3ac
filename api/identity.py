"""Who someone is: users, what they may and where, their passwords, what they lend to one another.

People of an OpenID provider stand beside our own users, under names that none of ours can bear.
Every change is noted for the audit chain. No flag makes anyone someone else.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.grants import grants_of, keep_grants
from api.identity_store import GRANTS, LINKS, LOG_IN, USERS, IdentityStore
from api.known_bearers import KnownBearers
from api.passwords import equal, hashed, outdated
from api.printable import clipped
from api.throttle import Throttle
from api.tokens import Tokens
from api.user_rules import check_name, check_password, check_rights, check_user, is_text
from twin_core.answer import SCOPES, Asker, Grant, Scope
from twin_core.errors import BadInput, Busy, NotSignedIn, UnknownName
from twin_core.value import SECOND, Instant

log = structlog.get_logger(__name__)

TOKEN_DAYS = 30
PROVIDED = "oidc:"
"""Before the name of everybody whom a provider vouches for; no user of ours can have it."""
CLAIMS_S = 3600.0
"""So long, in seconds of ledger time, a provider's last word on somebody holds by default."""
_TRIES, _TRIES_OF_ADDRESS, _WITHIN_S = 5, 50, 300.0


class Identity:
    """Users and tokens in one SQLite file; safe to call from any thread.

    Args:
        path: the file; created when missing.
        now: ledger time.
        account: who makes the changes that no user of ours makes, for the record.
        claims_s: seconds for which a provider's last word on somebody holds.
        monotonic: by which wrong passwords are counted.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], Instant],
        account: str = "opstwin",
        claims_s: float = CLAIMS_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = IdentityStore(path, now)
        self.tokens = Tokens(self.store)
        self._known = KnownBearers(self.store)
        self.account = account
        self._claims = round(claims_s * SECOND)
        self._by_user = Throttle("passwords for this user", _TRIES, _WITHIN_S, monotonic)
        self._by_address = Throttle(
            "passwords from this address", _TRIES_OF_ADDRESS, _WITHIN_S, monotonic
        )

    def add(
        self,
        user: str,
        name: str,
        roles: Sequence[str],
        sites: Sequence[str],
        password: str = "",
        grants: Sequence[Grant] = (),
    ) -> None:
        """Add a user; without a password he can only use tokens made for him.

        He has `roles` at each of `sites`, and `grants` besides.

        Raises:
            BadInput: an unknown role, a bad id, name, site or password, or the id is taken.
        """
        check_user(user)
        check_name(name or user)
        check_rights(user, roles, sites, grants)
        check_password(roles, password)
        row = {
            "user": user,
            "name": name or user,
            "roles": " ".join(roles),
            "sites": " ".join(sites),
            "password": hashed(password),
        }
        with self.store.writing() as connection:
            try:
                connection.execute(insert(USERS).values(row))
            except IntegrityError as problem:
                raise BadInput(f"User “{user}” exists already.") from problem
            keep_grants(connection, user, grants)
            self._note(connection, "user_added", user, _told(roles, sites, grants))

    def remove(self, user: str) -> None:
        """Remove a user, every token and link of his, and what he lent or was lent."""
        with self.store.writing() as connection:
            _row(connection, user)
            self.tokens.drop(connection, user)
            his = (GRANTS.c.user == user) | (GRANTS.c.lent_by == user)
            connection.execute(delete(GRANTS).where(his))
            connection.execute(delete(LINKS).where(LINKS.c.user == user))
            connection.execute(delete(USERS).where(USERS.c.user == user))
            self._note(connection, "user_removed", user, {})

    def set_rights(
        self, user: str, roles: Sequence[str], sites: Sequence[str], grants: Sequence[Grant] = ()
    ) -> None:
        """Put these roles, sites and grants in the place of a user's; his tokens stay.

        Raises:
            BadInput: as `add`; or a provider says what he may.
            UnknownName: no such user.
        """
        check_rights(user, roles, sites, grants)
        with self.store.writing() as connection:
            row = _ours(_row(connection, user))
            check_password(roles, row.password)  # whoever has one becomes no machine
            own = update(USERS).where(USERS.c.user == user)
            connection.execute(own.values(roles=" ".join(roles), sites=" ".join(sites)))
            keep_grants(connection, user, grants)
            self._note(connection, "user_rights", user, _told(roles, sites, grants))

    def set_password(self, user: str, password: str) -> None:
        """Give a user another password; whoever signed in with the old one is signed out.

        Raises:
            BadInput: it is no text, or he comes without one.
            UnknownName: no such user.
        """
        with self.store.writing() as connection:
            row = _ours(_row(connection, user))
            check_password(row.roles.split(), password)
            own = update(USERS).where(USERS.c.user == user)
            connection.execute(own.values(password=hashed(password)))
            self.tokens.drop(connection, user, log_ins=True)
            self._note(connection, "user_password", user, {})

    def disable(self, user: str) -> None:
        """Take all rights and every token from a user, and keep his name for the record."""
        with self.store.writing() as connection:
            _row(connection, user)
            connection.execute(update(USERS).where(USERS.c.user == user).values(disabled=1))
            self.tokens.drop(connection, user)
            self._note(connection, "user_disabled", user, {})

    def enable(self, user: str) -> None:
        """Give a disabled user his rights again; he signs in anew."""
        with self.store.writing() as connection:
            _row(connection, user)
            connection.execute(update(USERS).where(USERS.c.user == user).values(disabled=0))
            self._note(connection, "user_enabled", user, {})

    def meet(self, user: str, name: str, grants: Sequence[Grant]) -> Asker:
        """Take in what a provider has just said of somebody (`oidc:…`); what is new is noted.

        Raises:
            NotSignedIn: he was disabled here.
        """
        now = self.store.now()
        with self.store.reading() as connection:
            row = _found(connection, user)
            fresh = row is not None and not row.disabled and now - row.seen < self._claims // 10
            if row is not None and fresh and _as_said(connection, row, name, grants):
                return self._asker(connection, row)
        with self.store.writing() as connection:
            row = _found(connection, user)
            said = {"name": name, "seen": now}
            if row is not None and row.disabled:
                raise NotSignedIn(f"{user} is disabled")
            if row is None:
                new = {"user": user, "roles": "", "sites": "", "password": "", **said}
                connection.execute(insert(USERS).values(new))
            else:
                connection.execute(update(USERS).where(USERS.c.user == user).values(said))
            if row is None or not _as_said(connection, row, name, grants):
                keep_grants(connection, user, grants)
                self._note(connection, "user_met", user, {"name": name, **_told((), (), grants)})
            return self._asker(connection, _row(connection, user))

    def people(self) -> list[Asker]:
        """Everyone, by user id."""
        with self.store.reading() as connection:
            rows = connection.execute(select(USERS).order_by("user")).all()
            return [self._asker(connection, row) for row in rows]

    def person(self, user: str) -> Asker:
        """A user as he stands now: without any right, where he is disabled or not heard of lately.

        Raises:
            UnknownName: there is none.
        """
        with self.store.reading() as connection:
            return self._asker(connection, _row(connection, user))

    def issue(
        self,
        user: str,
        days: float = TOKEN_DAYS,
        name: str = "",
        scopes: Sequence[Scope] = SCOPES,
    ) -> str:
        """A new token for a user; shown once, kept only as a digest.

        Args:
            user: whose it is.
            days: how long it is good, more than 0 and at most 3650.
            name: what it is for.
            scopes: what it is good for, of all that he may.

        Raises:
            BadInput: days, name or scopes that cannot be, or a provider gives him his tokens.
            UnknownName: no such user.
        """
        if name == LOG_IN:
            raise BadInput(f"Name “{LOG_IN}” is that of the tokens which a log-in gives.")
        with self.store.writing() as connection:
            if _ours(_row(connection, user)).disabled:
                raise BadInput(f"User “{user}” is disabled.")
            return self._issue(connection, user, days, name, scopes)

    def log_in(self, user: str, password: str, address: str = "") -> str:
        """A token for a user who knows his password, good for all that he may.

        Raises:
            NotSignedIn: no such user, a disabled one or another password (which is not said).
            Busy: too many wrong passwords for this user, or from this address.
        """
        try:
            tried = self._by_address.enter(address)
            self._by_user.enter(user)
        except Busy as problem:
            # not the user: somebody may have typed his password there
            log.warning("signing in is held up", address=address, reason=str(problem))
            raise
        with self.store.reading() as connection:
            row = _found(connection, user)
        right = equal(row.password if row is not None else "", password)
        if row is None or not right or row.disabled:
            raise NotSignedIn("user or password is wrong")
        self._by_user.forgive(user)
        self._by_address.forgive(address, tried)
        kept = hashed(password) if outdated(row.password) else row.password
        with self.store.writing() as connection:
            now = _found(connection, user)
            if now is None or now.disabled or now.password != row.password:
                raise NotSignedIn("user or password is wrong")  # since a moment ago
            connection.execute(update(USERS).where(USERS.c.user == user).values(password=kept))
            return self._issue(connection, user, TOKEN_DAYS, LOG_IN, SCOPES)

    def bearer(self, token: str) -> Asker:
        """Whose token it is, coming for what it is good for.

        Raises:
            NotSignedIn: unknown, expired, or of a disabled user.
        """
        now, version = self.store.now(), self._known.version
        with self.store.reading() as connection:
            row = self.tokens.holder(connection, token)
            if row.disabled:
                raise NotSignedIn(f"{row.user} is disabled")
            asker = self._asker(connection, row)
        self.tokens.was_used(token, row.used)
        scopes = tuple(scope for scope in SCOPES if scope in row.scopes.split())
        found = asker.model_copy(update={"scopes": scopes})
        self._known.keep(token, found, now, version)
        return found

    def known(self, token: str) -> Asker | None:
        """Whose token it is, if it was looked up a moment ago and nothing has changed since.

        For the serving loop: it waits for nobody.

        Raises:
            StoreDown: the file cannot be read.
        """
        return self._known.of(token)

    def close(self) -> None:
        """Let go of the file."""
        self.store.close()

    def _issue(
        self, connection: Connection, user: str, days: float, name: str, scopes: Sequence[Scope]
    ) -> str:
        token, kept = self.tokens.issue(connection, user, days, name, scopes)
        told = kept.model_dump(mode="json", include={"id", "name", "scopes", "expires"})
        self._note(connection, "token_issued", user, told)
        return token

    def _note(self, connection: Connection, kind: str, user: str, body: dict[str, Any]) -> None:
        self.store.note(connection, kind, self.account, user, body)

    def _asker(self, connection: Connection, row: Row[Any]) -> Asker:
        """The person of a row, as he stands now.

        What he was lent he has as long as it does not end and his lender has it himself.
        """
        if not self._counts(row):
            return Asker(user=row.user, name=row.name, roles=(), sites=())
        now, held = self.store.now(), grants_of(connection, row.user)
        person = _in_own_right(row, held).as_of(now)
        lent = tuple(
            grant
            for grant in held
            if grant.lent_by and now < (grant.until or 0) and self._holds(connection, grant)
        )
        return person.model_copy(update={"grants": (*person.grants, *lent)}) if lent else person

    def _holds(self, connection: Connection, grant: Grant) -> bool:
        """Whether its lender has now, in his own right, what it gives."""
        row = _found(connection, grant.lent_by)
        if row is None or not self._counts(row):
            return False
        owner = _in_own_right(row, grants_of(connection, grant.lent_by))
        return owner.as_of(self.store.now()).may(grant.role, grant.at)

    def _counts(self, row: Row[Any]) -> bool:
        """Whether he has any right now."""
        heard = row.seen is None or self.store.now() - row.seen < self._claims
        return heard and not row.disabled


def _in_own_right(row: Row[Any], held: Sequence[Grant]) -> Asker:
    """The person without what he was lent, whatever has ended meanwhile."""
    own = tuple(grant for grant in held if not grant.lent_by)
    sites = (*row.sites.split(), *(grant.at.partition("/")[0] for grant in own))
    return Asker.model_validate(
        {
            "user": row.user,
            "name": row.name,
            "roles": tuple(row.roles.split()),
            "sites": tuple(dict.fromkeys(sites)),
            "grants": own,
        }
    )


def _row(connection: Connection, user: str) -> Row[Any]:
    if not is_text(user):
        raise UnknownName("user", clipped(user))
    row = _found(connection, user)
    if row is None:
        raise UnknownName("user", user)
    return row


def _found(connection: Connection, user: str) -> Row[Any] | None:
    return connection.execute(select(USERS).where(USERS.c.user == user)).first()


def _as_said(connection: Connection, row: Row[Any], name: str, grants: Sequence[Grant]) -> bool:
    """Whether a provider says of somebody what it said before."""
    own = tuple(grant for grant in grants_of(connection, row.user) if not grant.lent_by)
    return (row.name, own) == (name, tuple(grants))


def _ours(row: Row[Any]) -> Row[Any]:
    if row.seen is not None:
        raise BadInput(f"{row.user} signs in at the provider, which says what he may.")
    return row


def _told(roles: Sequence[str], sites: Sequence[str], grants: Sequence[Grant]) -> dict[str, Any]:
    held = [grant.model_dump(mode="json", exclude_defaults=True) for grant in grants]
    return {"roles": [*roles], "sites": [*sites], "grants": held}
