"""The commands `opstwin plant`: check a file, draft one of what a server offers, import tables."""

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
    from api.wiring import usable

    found = read_plant(file, usable)
    lines = sum(line.kind == "production" for line in found.lines)
    typer.echo(
        f"{file}: {found.name}: {len(found.areas)} areas, {lines} production lines, "
        f"{len(found.units)} units, {len(found.points)} points, {len(found.links)} links, "
        f"{len(found.classes)} classes, {len(found.sources)} sources. No errors."
    )


@app.command("discover")
def discover(
    url: Annotated[
        str,
        typer.Argument(
            help="The server: opc.tcp://HOST:PORT, modbus://HOST:PORT (modbuss:// over TLS) with "
            "its register map, or mqtt://HOST:PORT (mqtts:// over TLS) with Sparkplug nodes; or "
            "FILE.csv, FILE.parquet, FOLDER/."
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Where to; absent = the terminal.")] = None,
    registers: Annotated[
        Path | None,
        typer.Option(
            "--map",
            help="Modbus: the register map, CSV. Columns name and address are needed; table or "
            "function, type, word order, scale, offset, bit, unit, unit id, description, min, "
            "max, access, machine and line are understood.",
        ),
    ] = None,
    first: Annotated[
        int, typer.Option(min=0, max=1, help="Modbus: what the map calls the first register.")
    ] = 0,
    listen: Annotated[
        float, typer.Option(min=0.1, max=3600, help="MQTT: seconds to listen for births.")
    ] = 10.0,
    ask: Annotated[
        list[str] | None,
        typer.Option(help="MQTT: a node GROUP/NODE to be asked for its birth though silent."),
    ] = None,
    class_dir: Annotated[
        Path, typer.Option(help="The folder whose class files are proposed from.")
    ] = Path("plants"),
    data: Data = None,
    encrypt: Annotated[
        bool, typer.Option("--encrypt", help="OPC UA: sign and encrypt; see `opstwin certs`.")
    ] = False,
    user: Annotated[str, typer.Option(help="Come as this user; with --password-file.")] = "",
    password_file: Annotated[str, typer.Option(help="The file with his password in it.")] = "",
    allow_insecure: Annotated[
        bool, typer.Option("--allow-insecure", help="Take any server that answers for the right.")
    ] = False,
    option: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, an option of the source (unit_id=3, word_order=little …)."),
    ] = None,
) -> None:
    """Look through a server or file and draft a plant file: points proposed, with scores."""
    import asyncio

    from api.plant_file import bytes_of, class_files, drafted
    from api.settings import load
    from api.wiring import survey, usable
    from twin_core.plant.survey import Looking

    broker = url.startswith("mqtt")
    options: dict[str, Any] = {
        "encrypt": encrypt,
        "username" if broker else "user": user,
        "password_file": password_file,
        "allow_insecure": allow_insecure,
    }
    options = {name: value for name, value in options.items() if value}
    options = {**({"payload": "sparkplug"} if broker else {}), **options, **_given(option or [])}
    if out is not None and out.exists():
        raise Conflict(str(out), "it exists already; give another name")
    files = class_files(class_dir)
    how = Looking(
        registers=bytes_of(registers) if registers is not None else None,
        named=str(registers),
        first=first,
        listen_s=listen,
        ask=tuple(ask or ()),
    )
    found = asyncio.run(survey(load({"data": data}), url, options, how))
    draft = drafted(found, files, (out or class_dir / "draft.yaml").parent, options, usable)
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


@app.command("import")
def import_(
    mapping: Annotated[
        Path, typer.Option(help="Which tables hold what, and how their columns name it (YAML).")
    ],
    tables: Annotated[Path, typer.Option(help="The folder with the tables, CSV or Parquet.")],
    out: Annotated[Path, typer.Option(help="A folder for the plant file and what goes with it.")],
    data: Data = None,
) -> None:
    """Make a plant of another system's tables: assets, readings, events, orders, failure modes.

    Readings and work orders go into the data directory, which must have no history yet.
    """
    import asyncio

    from api.importing import plan, write
    from api.settings import load
    from twin_core.importing.imported import MODES, PLANT

    made, plant = plan(mapping, tables)
    settings = load({"data": data})
    asyncio.run(write(made, plant, out, settings))
    typer.echo(
        f"{out / PLANT}: {len(plant.units)} assets, {len(plant.points)} points, "
        f"{len(made.readings)} readings, {len(made.orders)} work orders."
    )
    for sentence in made.left_out[:_TOLD]:
        typer.echo(f"  left out: {printable(sentence)}", err=True)
    if len(made.left_out) > _TOLD:
        typer.echo(f"  … and {len(made.left_out) - _TOLD} more.", err=True)
    typer.echo(f"Next: opstwin serve --plant {out / PLANT}; opstwin kb add {out / MODES}", err=True)


def _given(options: list[str]) -> dict[str, Any]:
    """Options of a source from `NAME=VALUE`; values are read as in a plant file.

    Raises:
        BadInput: not of that form.
    """
    import yaml

    found = {}
    for said in options:
        name, sign, value = said.partition("=")
        if not name or not sign:
            raise BadInput(f"--option {printable(said)}: NAME=VALUE is needed.")
        try:
            found[name] = yaml.safe_load(value)
        except yaml.YAMLError as problem:
            raise BadInput(f"--option {printable(said)}: its value cannot be read.") from problem
    return found
