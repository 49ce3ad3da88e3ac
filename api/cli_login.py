"""`opstwin login`: by password, or at the OpenID provider of the server."""

from typing import Annotated

import typer

from api.cli_export import Url, connected
from twin_core.errors import BadInput


def login(
    user: Annotated[
        str | None, typer.Argument(help="Your user id; absent = sign in at the provider.")
    ] = None,
    url: Url = None,
    password: Annotated[
        str | None, typer.Option(help="Asked for, where a user id is given.")
    ] = None,
) -> None:
    """Sign in to a server; the token is kept for you alone and later commands act as you."""
    from api.directory import keep_token

    client = connected(url)
    if user is None:
        token = _provided(client.get("/login")["provider"])
        keep_token(client.url, token)
        user = str(connected(url).get("/me")["user"])
    else:
        secret = password or typer.prompt("Password", hide_input=True)
        given = client.post("/login", {"user": user, "password": secret})
        keep_token(client.url, given["token"])
    typer.echo(f"Signed in to {client.url} as {user}.")


def _provided(way: dict[str, str] | None) -> str:
    import threading

    import httpx

    from api.device_login import signed_in

    if way is None:
        raise BadInput("The server knows no provider: give your user id, opstwin login USER.")
    with httpx.Client(timeout=30.0, trust_env=False, follow_redirects=False) as http:
        return signed_in(way, http, typer.echo, threading.Event().wait)
