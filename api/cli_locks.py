"""`opstwin lock`, `opstwin unlock` and `opstwin locks`. Thin HTTP clients."""

from typing import Annotated, Any

import typer

from api.cli_export import Url, connected
from api.printable import printable

Asset = Annotated[str, typer.Argument(help="Path or name of a machine, line, area or site.")]
Why = Annotated[str, typer.Option(help="Why, for everybody to read.")]


def lock(asset: Asset, reason: Why, url: Url = None) -> None:
    """Hang your lock on an asset: nothing is written to it, or to what lies in it, until it is off.

    It keeps this program away. It does not replace the lock on the machine: whoever reaches in
    isolates the energy and hangs his padlock and tag there.
    """
    _tell(connected(url).post("/locks", {"asset": asset, "reason": reason}))


def unlock(
    asset: Asset,
    reason: Why,
    of: Annotated[str, typer.Option(help="User whose lock it is; absent = your own.")] = "",
    url: Url = None,
) -> None:
    """Take your lock off an asset; another's with `--of` (supervisors, or whom policy names)."""
    _tell(connected(url).post("/unlocks", {"asset": asset, "reason": reason, "of": of}))


def locks(url: Url = None) -> None:
    """List every lock that hangs: on what, whose, since when, why."""
    _tell(connected(url).get("/locks"))


def _tell(hung: list[dict[str, Any]]) -> None:
    for one in hung:
        typer.echo(printable(f"{one['asset']} is locked {one['text']} (user {one['user']})"))
    if not hung:
        typer.echo("Nothing is locked.")
