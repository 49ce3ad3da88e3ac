"""The commands `opstwin users`: who may do what.

They work on the data directory itself, so that the first user can be made before any server runs.
"""

from typing import Annotated, Any

import typer

app = typer.Typer(help="Who may do what. Works on the data directory.", no_args_is_help=True)

Data = Annotated[
    str | None, typer.Option("--data", help="The data directory; default OPSTWIN_DATA or ./var.")
]


@app.command("add")
def add(
    user: Annotated[str, typer.Argument(help="User id, e.g. ada.")],
    role: Annotated[
        list[str], typer.Option(help="viewer, operator, supervisor, engineer, admin; or pusher.")
    ],
    site: Annotated[list[str], typer.Option(help="Sites he may see, by id.")],
    name: Annotated[str, typer.Option(help="His name, as signatures show it.")] = "",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for.")
    ] = "",
    data: Data = None,
) -> None:
    """Add a user."""
    _identity(data).add(user, name, role, site, password)
    way = f"Its token: opstwin users token {user}" if "pusher" in role else ""
    typer.echo(
        f"Added {user}: {', '.join(role)} on {', '.join(site)}. "
        + (way or f"He signs in with: opstwin login {user}")
    )


@app.command("list")
def show(data: Data = None) -> None:
    """List users with roles and sites."""
    for person in _identity(data).people():
        typer.echo(
            f"{person.user}\t{person.name}\t{', '.join(person.roles)}\t{', '.join(person.sites)}"
        )


@app.command("remove")
def remove(user: str, data: Data = None) -> None:
    """Remove a user and every token of his."""
    _identity(data).remove(user)
    typer.echo(f"Removed {user}.")


@app.command("token")
def token(
    user: str,
    days: Annotated[float, typer.Option(help="Days until it expires.")] = 30,
    data: Data = None,
) -> None:
    """Make a token for a user (a service, a script); it is shown once."""
    typer.echo(_identity(data).issue(user, days))


def _identity(data: str | None) -> Any:
    from api.clock import SystemClock
    from api.directory import DataDirectory
    from api.identity import Identity
    from api.settings import load

    return Identity(DataDirectory(load({"data": data}).data).identity, SystemClock().ledger)
