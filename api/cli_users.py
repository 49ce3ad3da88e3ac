"""The commands `opstwin users`: who may do what.

They work on the data directory itself, so that the first user can be made before any server runs.
What they change holds at once, also for a running server, which records it in the audit chain.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from api.identity import Identity
    from twin_core.answer import Asker, Grant

app = typer.Typer(help="Who may do what. Works on the data directory.", no_args_is_help=True)

Data = Annotated[
    str | None, typer.Option("--data", help="The data directory; default OPSTWIN_DATA or ./var.")
]
User = Annotated[str, typer.Argument(help="User id.")]
_ROLES = "viewer, operator, supervisor, engineer, admin; service or pusher for a machine."
Roles = Annotated[list[str] | None, typer.Option("--role", help=f"At each of his sites: {_ROLES}")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Sites he may see, by id.")]
Grants = Annotated[
    list[str] | None,
    typer.Option("--grant", help="ROLE@PATH: a role at a site, area, line or unit, and below it."),
]
Until = Annotated[
    str | None, typer.Option(help="When these grants end: a date or time, UTC where not said.")
]
Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for.")
]


@app.command("add")
def add(
    user: Annotated[str, typer.Argument(help="User id, e.g. ada.")],
    role: Roles = None,
    site: Sites = None,
    grant: Grants = None,
    until: Until = None,
    name: Annotated[str, typer.Option(help="His name, as signatures show it.")] = "",
    password: Password = "",
    data: Data = None,
) -> None:
    """Add a user.

    opstwin users add ada --role viewer --site SITE --grant operator@SITE/AREA/LINE

    Whoever may see a site sees all of it; what he may do is bound to places.
    """
    identity = _identity(data)
    identity.add(user, name, role or (), site or (), password, _grants(grant, until))
    machine = {"pusher", "service"} & {*(role or ())} or not password
    way = f"Its token: opstwin users token {user}" if machine else ""
    typer.echo(
        f"Added {user}: {_told(identity.person(user))}. "
        + (way or f"He signs in with: opstwin login {user}")
    )


@app.command("list")
def show(data: Data = None) -> None:
    """List users with roles and sites, and with grants, lent ones and their ends too."""
    for person in _identity(data).people():
        held = [", ".join(person.roles), ", ".join(person.sites), *map(_granted, person.grants)]
        typer.echo("\t".join([person.user, person.name, *held]))


@app.command("role")
def role(
    user: User,
    role: Roles = None,
    site: Sites = None,
    grant: Grants = None,
    until: Until = None,
    data: Data = None,
) -> None:
    """Put these roles, sites and grants in the place of a user's; it holds at once."""
    identity = _identity(data)
    identity.set_rights(user, role or (), site or (), _grants(grant, until))
    typer.echo(f"{user}: {_told(identity.person(user))}.")


@app.command("password")
def password(user: User, password: Password = "", data: Data = None) -> None:
    """Give a user another password; whoever signed in with the old one must sign in again."""
    _identity(data).set_password(user, password)
    typer.echo(f"{user} has another password; he signs in with: opstwin login {user}")


@app.command("disable")
def disable(user: User, data: Data = None) -> None:
    """Take every right and token from a user; his name stays in the record."""
    _identity(data).disable(user)
    typer.echo(f"{user} is disabled. Back with: opstwin users enable {user}")


@app.command("enable")
def enable(user: User, data: Data = None) -> None:
    """Give a disabled user his rights again; his tokens stay gone."""
    _identity(data).enable(user)
    typer.echo(f"{user} is enabled.")


@app.command("remove")
def remove(user: User, data: Data = None) -> None:
    """Remove a user, every token of his, and what he lent or was lent."""
    _identity(data).remove(user)
    typer.echo(f"Removed {user}.")


@app.command("token")
def token(
    user: User,
    days: Annotated[float, typer.Option(help="Days until it expires.")] = 30,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, propose, decide, configure, push; absent = all he may."),
    ] = None,
    data: Data = None,
) -> None:
    """Make a token for a user (a service, a script); it is shown once."""
    from twin_core.answer import SCOPES

    typer.echo(_identity(data).issue(user, days, name, scope or SCOPES))  # type: ignore[arg-type]


@app.command("tokens")
def tokens(user: User, data: Data = None) -> None:
    """List a user's tokens: id, name, what each is good for, its end, its last use."""
    from api.views import clock_time

    identity = _identity(data)
    for kept in identity.tokens.of(identity.person(user).user):
        used = "never used" if kept.used is None else f"last used {clock_time(kept.used)}"
        ends = f"until {clock_time(kept.expires)}"
        typer.echo("\t".join([kept.id, kept.name, ", ".join(kept.scopes), ends, used]))


@app.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(help="Its id, from `opstwin users tokens`.")],
    data: Data = None,
) -> None:
    """Make one token worth nothing."""
    identity = _identity(data)
    kept = identity.tokens.revoke(token, identity.account)
    typer.echo(f"Revoked {kept.id} of {kept.user}.")


def _grants(given: Sequence[str] | None, until: str | None) -> list["Grant"]:
    from datetime import UTC, datetime

    from api.printable import clipped
    from twin_core.answer import Grant
    from twin_core.errors import BadInput
    from twin_core.value import SECOND

    end = None
    if until is not None:
        try:
            given_end = datetime.fromisoformat(until)
        except ValueError as problem:
            allowed = "allowed: 2026-11-25, 2026-11-25T06:00, …T06:00+01:00"
            raise BadInput(f"--until: “{clipped(until)}” is no time; {allowed}.") from problem
        end = round(given_end.replace(tzinfo=given_end.tzinfo or UTC).timestamp() * SECOND)
    return [Grant.parse(text, end) for text in given or ()]


def _told(person: "Asker") -> str:
    roles = f"{', '.join(person.roles)} on {', '.join(person.sites)}" if person.roles else ""
    return "; ".join(filter(None, [roles, *map(_granted, person.grants)]))


def _granted(grant: "Grant") -> str:
    from api.views import clock_time

    end = "" if grant.until is None else f" until {clock_time(grant.until)}"
    return f"{grant}{end}" + (f", lent by {grant.lent_by}" if grant.lent_by else "")


def _identity(data: str | None) -> "Identity":
    import os
    import pwd

    from api.clock import SystemClock
    from api.directory import DataDirectory
    from api.identity import Identity
    from api.settings import load

    settings = load({"data": data})
    try:
        account = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        account = f"uid {os.getuid()}"
    return Identity(
        DataDirectory(settings.data).identity,
        SystemClock().ledger,
        account=f"command line ({account})",
        claims_s=settings.oidc_claims_s,
    )
