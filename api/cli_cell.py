"""`opstwin cell`: a robot cell's sequence, tried in simulation. A thin HTTP client."""

import base64
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_export import Url, connected, whole
from twin_core.errors import BadInput


def cell(
    name: Annotated[str, typer.Argument(metavar="[ID]", help="A cell's id.")] = "",
    task: Annotated[
        Path | None, typer.Option(help="A sequence as JSON: tasks, each with robot and steps.")
    ] = None,
    cases: Annotated[int | None, typer.Option(help="So many in turn; absent: a layer.")] = None,
    speed: Annotated[float, typer.Option(help="Of what the joints are allowed.")] = 1.0,
    at: Annotated[float | None, typer.Option(help="Second at which the camera looks.")] = None,
    png: Annotated[Path | None, typer.Option(help="A file for what the camera sees.")] = None,
    propose: Annotated[
        str, typer.Option(metavar="REASON", help="Propose it, where nothing speaks against it.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")] = False,
    url: Url = None,
) -> None:
    """Try a task sequence: cycle time, reach, speeds, torques, collisions; without ID, list cells.

    It is run with its masses at 240 steps a second. Cells are simulated with PyBullet, which the
    server has on Python below 3.12 only.
    """
    from rich.console import Console

    from api.cell_lines import cell_lines, trial_lines

    client = connected(url)
    if name:
        asked: dict[str, Any] = {"speed": speed}
        given = {"cases": cases, "at_s": at, "sequence": None if task is None else _read(task)}
        asked |= {key: value for key, value in given.items() if value is not None}
        if propose:
            body = client.post(f"/cells/{_slug(name)}/proposals", {**asked, "reason": propose})
        else:
            body = client.post(f"/cells/{_slug(name)}/trials", asked)
        if png is not None:
            _keep(body["trial"]["png"], png)
            body["trial"]["png"] = str(png)
    else:
        body = client.get("/cells")
    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        return
    screen = Console()
    for line in trial_lines(body) if name else cell_lines(body):
        screen.print(line, markup=False)


def _slug(name: str) -> str:
    from api.printable import clipped

    if not all(c.isascii() and (c.isalnum() or c in "_-") for c in name):
        raise BadInput(f"“{clipped(name)}” is no id of a cell; `opstwin cell` lists them.")
    return name


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise BadInput(f"{path} is no sequence in JSON: {problem}.") from problem


def _keep(png: str | None, to: Path) -> None:
    if png is None:
        raise BadInput("There is no picture: the cell has no camera, or a place is out of reach.")
    with whole("--png", to) as file:
        file.write(base64.b64decode(png))
