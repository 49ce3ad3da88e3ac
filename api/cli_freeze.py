"""`opstwin freeze` and `opstwin lift`. Thin HTTP clients."""

from typing import Annotated

import typer

from api.cli_export import Url, connected
from api.printable import printable


def freeze(
    reason: Annotated[str, typer.Argument(help="Why, for everybody to read.")], url: Url = None
) -> None:
    """Stop everything that waits or is approved: nothing is sent until it is lifted.

    What was sent already is read back as ever; proposals expire meanwhile as they always do. It is
    no emergency stop of the plant, and no safety function.
    """
    found = connected(url).post("/freeze", {"reason": reason})
    typer.echo(f"Frozen {found['frozen']}. It ends with: opstwin lift REASON")


def lift(reason: Annotated[str, typer.Argument(help="Why it may go on.")], url: Url = None) -> None:
    """End a freeze (supervisors, engineers): what still holds goes on, checked again."""
    found = connected(url).post("/lift", {"reason": reason})
    typer.echo("Lifted. What has not expired and still holds goes on:")
    for line in found["goes_on"] or ["nothing waits, and no rule is in force"]:
        typer.echo(f"  {printable(line)}")
