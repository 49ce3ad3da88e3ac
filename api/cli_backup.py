"""`opstwin backup` and `opstwin restore`: the ledger into a file, and back. They need no server."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli_users import Data
from api.printable import printable


def backup(
    to: Annotated[Path, typer.Argument(help="A new file, or a directory for one.")],
    data: Data = None,
) -> None:
    """Copy the ledger (proposals, approvals, trust, audit chain) while the server may run.

    The copy's chain is checked. Keep it on another machine, and the head beside it.
    """
    from api.clock import SystemClock
    from api.ledgers import backed_up
    from api.settings import load

    file, head = backed_up(load({"data": data}), to, SystemClock())
    typer.echo(f"{file}: {head.count} audit records, unbroken; head {head.digest}")


def restore(
    file: Annotated[
        Path | None,
        typer.Argument(help="A backup; absent = it was restored by other means, and this says so."),
    ] = None,
    data: Data = None,
) -> None:
    """Put a backup in the ledger's place; the server must not run.

    What it replaces is kept beside it. At the next start everything is frozen, nothing that the
    backup shows as open is sent any more, and what may have been sent since is read back. Locks and
    freezes of the ledger that stood there hang and stand again; what was signed in advance is not
    in force until it is signed anew.
    """
    from api.clock import SystemClock
    from api.ledgers import restored
    from api.settings import load

    head, aside, told = restored(load({"data": data}), file, SystemClock())
    typer.echo(f"{head.count} audit records, unbroken; head {head.digest}")
    if aside is not None:
        typer.echo(f"The ledger that stood there: {aside}")
    for sentence in told:
        typer.echo(printable(sentence))
    typer.echo("Standing rules and local rules are not in force until they are signed anew.")
    typer.echo("Users, their rights and what they lent lie in identity.db: as they stood.")
    typer.echo("The next start comes up frozen. Look at the plant, then: opstwin lift REASON")
