"""`opstwin delegate`, `delegations` and `undelegate`: rights lent for a time. Thin HTTP clients."""

from typing import Annotated, Any

import typer

from api.cli_export import Url, connected, instant
from api.printable import clock


def delegate(
    user: Annotated[str, typer.Argument(help="Who may act on your behalf.")],
    role: Annotated[str, typer.Option(help="A role that you have in your own right.")],
    until: Annotated[
        str, typer.Option(help="2026-12-24 (as that day begins) or a time, ISO 8601.")
    ],
    at: Annotated[
        str | None, typer.Option(help="An asset by path or name; absent = the whole site.")
    ] = None,
    url: Url = None,
) -> None:
    """Let somebody use a role of yours beside you, until it ends by itself.

    With it he never approves what you proposed, and you and he count as one. It ends before its
    time with `opstwin undelegate ID`, or when you lose the role.
    """
    client = connected(url)
    end = instant("--until", until, client)
    body: dict[str, Any] = {"user": user, "role": role, "until": end, "at": at}
    made = client.post("/delegations", body)
    typer.echo(_line(made, client.zone()))


def delegations(url: Url = None) -> None:
    """List what is lent: whose right, to whom, where, until when."""
    found = connected(url).get("/delegations")
    for one in found["delegations"]:
        typer.echo(_line(one, found["timezone"]))


def undelegate(
    delegation: Annotated[str, typer.Argument(help="Its id, from `opstwin delegations`.")],
    url: Url = None,
) -> None:
    """End a delegation now: yours, one given to you, or as an admin."""
    from urllib.parse import quote

    ended = connected(url).post(f"/delegations/{quote(delegation, safe='')}/endings", {})
    typer.echo(f"Ended {ended['id']}: {ended['to']} acts for {ended['of']} no more.")


def _line(one: dict[str, Any], zone: str) -> str:
    right = f"{one['role']} at {one['at']}, until {clock(one['until'], zone)}"
    return f"{one['id']}\t{one['to']} for {one['of']}: {right}"
