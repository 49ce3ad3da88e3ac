"""Roles held below an asset or for a time, and what people lend to one another, as stored.

Who lends has the role there in his own right when he lends it, and it is lent only as long as he
has it: `identity.py` looks at each question. It must never lend what was lent.
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select

from api.identity_store import GRANTS, IdentityStore
from twin_core.answer import Asker, Grant
from twin_core.errors import BadInput, Conflict, NotAllowed, UnknownName
from twin_core.governance.request import PEOPLE
from twin_core.value import SECOND, Instant, Value

LONGEST_DAYS = 366
_DAY = 86_400 * SECOND


_HIS = select(GRANTS).where(GRANTS.c.user == bindparam("who")).order_by(GRANTS.c.id)


class Delegation(Value):
    """What one person lent another; it ends by itself.

    Attributes:
        of: the user whose right it is.
        to: the user who may use it too.
    """

    id: str
    of: str
    to: str
    grant: Grant


class Delegations:
    """What is lent, in an identity store."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    def lend(self, of: Asker, to: Asker, grant: Grant, now: Instant) -> Delegation:
        """Let somebody use a right beside its owner, until it ends; noted in the owner's name.

        Args:
            of: the owner, as he stands now.
            to: the deputy, as he stands now.
            grant: with its end.
            now: ledger time.

        Raises:
            BadInput: no end or one that cannot be, or a role that is no person's.
            NotAllowed: he does not have it there in his own right, or the other cannot use it.
            Conflict: it is lent already.
        """
        most = now + LONGEST_DAYS * _DAY
        if grant.until is None or not now < grant.until <= most:
            raise BadInput(
                f"until: a time that is yet to come is needed, within {LONGEST_DAYS} days."
            )
        if grant.role not in PEOPLE:
            raise BadInput(f"{grant.role} cannot be lent; allowed: {', '.join(sorted(PEOPLE))}.")
        own = next(person for _, person in of.rights())
        if not own.may(grant.role, grant.at):
            needed = f"the role {grant.role} there in his own right"
            raise NotAllowed(of.name, f"lend {grant}", needed)
        site = grant.at.partition("/")[0]
        if "service" in of.held:
            raise NotAllowed(of.name, f"lend {grant}", "to be a person")
        if to.user == of.user or site not in to.sites or {"service", "pusher"} & set(to.held):
            needed = f"another person, who sees site {site}"
            raise NotAllowed(of.name, f"lend {grant} to {to.user}", needed)
        lent = grant.model_copy(update={"lent_by": of.user})
        with self._store.writing() as connection:
            if lent in grants_of(connection, to.user):
                raise Conflict(str(grant), f"it is lent to {to.user} until then already")
            made = Delegation(id=f"d-{secrets.token_hex(4)}", of=of.user, to=to.user, grant=lent)
            connection.execute(insert(GRANTS).values(_stored(made.id, to.user, lent)))
            told = lent.model_dump(mode="json")
            self._store.note(connection, "delegated", of.user, to.user, {"id": made.id, **told})
        return made

    def end(self, name: str, by: Asker) -> Delegation:
        """End a delegation before its time; its owner, its deputy or an administrator may.

        Raises:
            UnknownName: there is none of that id.
            NotAllowed: he is none of these.
        """
        with self._store.writing() as connection:
            row = connection.execute(select(GRANTS).where(GRANTS.c.id == name)).first()
            if row is None or not row.lent_by:
                raise UnknownName("delegation", name)
            found = Delegation(id=row.id, of=row.lent_by, to=row.user, grant=_grant(row))
            if by.user not in {found.of, found.to} and not by.may("admin", found.grant.at):
                needed = "to be who lent it, to whom it was lent, or an admin"
                raise NotAllowed(by.name, f"end {name}", needed)
            connection.execute(delete(GRANTS).where(GRANTS.c.id == name))
            self._store.note(connection, "delegation_ended", by.user, found.to, {"id": name})
        return found

    def standing(self, now: Instant) -> list[Delegation]:
        """All that has not ended, the first to end first."""
        lent = select(GRANTS).where(GRANTS.c.until > now, GRANTS.c.lent_by != "")
        with self._store.reading() as connection:
            rows = connection.execute(lent.order_by(GRANTS.c.until)).all()
        return [Delegation(id=r.id, of=r.lent_by, to=r.user, grant=_grant(r)) for r in rows]


def grants_of(connection: Connection, user: str) -> tuple[Grant, ...]:
    """What is written to be a user's, his own and what was lent to him; ended grants too."""
    return tuple(_grant(row) for row in connection.execute(_HIS, {"who": user}))


def keep_grants(connection: Connection, user: str, grants: Sequence[Grant]) -> None:
    """Put these in the place of what a user holds in his own right."""
    connection.execute(delete(GRANTS).where(GRANTS.c.user == user, GRANTS.c.lent_by == ""))
    rows = [_stored(f"g-{user}-{n:03d}", user, grant) for n, grant in enumerate(grants)]
    if rows:
        connection.execute(insert(GRANTS), rows)


def _stored(name: str, user: str, grant: Grant) -> dict[str, object]:
    return {"id": name, "user": user, **grant.model_dump()}


def _grant(row: object) -> Grant:
    return Grant.model_validate({name: getattr(row, name) for name in Grant.model_fields})
