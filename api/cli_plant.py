"""The commands `opstwin plant`: check a plant file, draft one from what a server offers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_users import Data
from api.printable import printable
from twin_core.errors import BadInput, Conflict, StoreDown

app = typer.Typer(help="Plant files.", no_args_is_help=True)

_TOLD = 30  # decisions named on the terminal; the file has them all


@app.command("check")
def check(file: Annotated[Path, typer.Argument(help="The plant file.")]) -> None:
    """Check a plant file; errors name file, line and column."""
    from api.plant_file import read_plant

    found = read_plant(file)
    lines = sum(line.kind == "production" for line in found.lines)
    typer.echo(
        f"{file}: {found.name}: {len(found.areas)} areas, {lines} production lines, "
        f"{len(found.units)} units, {len(found.points)} points, {len(found.links)} links, "
        f"{len(found.classes)} classes, {len(found.sources)} sources. No errors."
    )


@app.command("discover")
def discover(
    url: Annotated[
        str, typer.Argument(help="opc.tcp://HOST:PORT; or FILE.csv, FILE.parquet, FOLDER/.")
    ],
    out: Annotated[Path | None, typer.Option(help="Where to; absent = the terminal.")] = None,
    class_dir: Annotated[
        Path, typer.Option(help="The folder whose class files are proposed from.")
    ] = Path("plants"),
    data: Data = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="Sign and encrypt; see `opstwin certs`.")
    ] = False,
    user: Annotated[str, typer.Option(help="Come as this user; with --password-file.")] = "",
    password_file: Annotated[str, typer.Option(help="The file with his password in it.")] = "",
    allow_insecure: Annotated[
        bool, typer.Option("--allow-insecure", help="Take any server that answers for the right.")
    ] = False,
) -> None:
    """Look through a server or file and draft a plant file: points proposed, with scores."""
    import asyncio

    from api.plant_file import class_files, drafted
    from api.settings import load
    from api.wiring import survey

    options: dict[str, Any] = {
        "encrypt": encrypt,
        "user": user,
        "password_file": password_file,
        "allow_insecure": allow_insecure,
    }
    options = {name: value for name, value in options.items() if value}
    if out is not None and out.exists():
        raise Conflict(str(out), "it exists already; give another name")
    files = class_files(class_dir)
    found = asyncio.run(survey(load({"data": data}), url, options))
    draft = drafted(found, files, (out or class_dir / "draft.yaml").parent, options)
    if not draft.units:
        raise BadInput(
            f"{printable(url)}: of {len(found.tags)} tags none is like a point of a class in "
            f"{class_dir}."
        )
    if out is None:
        typer.echo(draft.text, nl=False)
    else:
        try:
            with out.open("x", encoding="utf-8") as file:
                file.write(draft.text)
        except OSError as problem:
            raise StoreDown("plant file", f"{out}: {problem.strerror}") from problem
    typer.echo(f"{len(found.tags)} tags, {draft.units} units, {draft.points} points.", err=True)
    typer.echo("To be decided:", err=True)
    for decision in draft.decisions[:_TOLD]:
        typer.echo(f"  - {printable(decision)}", err=True)
    if len(draft.decisions) > _TOLD:
        typer.echo(f"  … and {len(draft.decisions) - _TOLD} more in the file.", err=True)
