"""`opstwin local`: rules that act by themselves on what was just read. Thin HTTP clients."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli_export import Url, connected
from twin_core.errors import UnknownName

if TYPE_CHECKING:
    from twin_core.governance.local_rule import LocalRule

app = typer.Typer(
    help="Local rules: writes signed in advance, made by the server itself on what it just read. "
    "No safety function.",
    no_args_is_help=True,
)
File = Annotated[Path, typer.Argument(help="File of local rules (TOML).")]


@app.command("check")
def check(
    file: File,
    plant: Annotated[
        Path | None, typer.Option("--plant", help="Plant file; default OPSTWIN_PLANT.")
    ] = None,
) -> None:
    """Say whether a file of local rules can be used at the plant, and what each does."""
    from api.plant_file import read_plant
    from api.settings import load
    from api.wiring import usable
    from twin_core.governance.local_rule import fitting

    path = load({"plant": plant}).plant
    rules = _rules(file)
    if path is not None:
        fitting(read_plant(path, usable), rules)
    for rule in rules:
        typer.echo(f"{rule.id}\t{rule}\t{rule.most} times in {rule.window_s:g} s\t{rule.reason}")
    typer.echo(f"{file}: {len(rules)} rules, can be used. In force is what an engineer signs.")
    if path is None:
        typer.echo("Without --plant it was not looked whether the plant has what the rules name.")


@app.command("show")
def show(url: Url = None) -> None:
    """Show the rules of the server's file: what is in force, by whose signature, until when."""
    for rule in connected(url).get("/local-rules"):
        ends = rule["until"]
        until = (
            f"until {datetime.fromtimestamp(ends / 1e6, UTC):%Y-%m-%d %H:%M} UTC" if ends else ""
        )
        state = "in force" if rule["in_force"] else "not in force"
        told = ", ".join(filter(None, (state, rule["signed"], until, rule["why"])))
        typer.echo(f"{rule['id']}\t{told}\t{rule['does']}")


@app.command("sign")
def sign(
    file: File,
    reason: Annotated[str, typer.Option(help="Why, for everybody to read.")],
    only: Annotated[
        list[str] | None, typer.Option("--rule", help="Sign this rule alone; may be repeated.")
    ] = None,
    url: Url = None,
) -> None:
    """Put the rules of a file into force (engineers), as this file says them.

    The server's own file, its setting `local_rules`, must say the same. A rule that is changed
    there later is not in force until it is signed again.
    """
    digests = {rule.id: rule.digest for rule in _rules(file)}
    for name in only or ():
        if name not in digests:
            raise UnknownName(f"rule in {file}", name, tuple(digests))
    digests = {name: digest for name, digest in digests.items() if not only or name in only}
    body = {"digests": digests, "reason": reason}
    found = connected(url).post("/local-rules/signatures", body)["in_force"]
    typer.echo(f"In force: {', '.join(found)}. One ends at once with: opstwin local revoke ID")


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="From `opstwin local show`.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    url: Url = None,
) -> None:
    """End a rule at once; anybody who works there may."""
    connected(url).post(f"/local-rules/{name}/revocations", {"reason": reason})
    typer.echo(f"Revoked: {name}.")


def _rules(file: Path) -> "tuple[LocalRule, ...]":
    from api.watched_file import file_text
    from twin_core.governance.local_rule import parse

    return parse(file_text(file), str(file))
