"""`opstwin rehearse`: a proposal of the running server, or a plant file. Large imports wait."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli_export import Url, connected
from twin_core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

_PROPOSAL = re.compile(r"[A-Za-z0-9_-]{1,100}")


def rehearse(
    what: Annotated[
        str,
        typer.Argument(
            metavar="PROPOSAL|PLANT", help="A pending proposal's id, or the path of a plant file."
        ),
    ],
    url: Url = None,
    factor: Annotated[
        float | None,
        typer.Option(help="Plant seconds per second, 1 to 60; usually 20, of a plant file 2."),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=URL",
            help="PLANT only: a vendor's simulator on this machine, in place of ours.",
        ),
    ] = None,
    report: Annotated[
        bool, typer.Option("--report/--no-report", help="Hand the report in with the proposal.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
) -> None:
    """Carry a proposal, or a new plant file, out on a virtual controller first.

    PROPOSAL (from `opstwin proposals`): the real gate and the real connectors
    carry the plan out against a controller that starts from what is believed
    now and moves by the twin's models: once as planned, and undone; then once
    with each fault (write refused, another value read back, connection lost).
    The report stays with the proposal, for whoever approves it. It approves
    nothing, and the real plant is never contacted.

    PLANT: virtual commissioning, before a line is switched on. Every point is
    there and believed; what may be written takes its limits and refuses what
    lies beyond; commands are followed; policy denies what it must. With
    --source the far side is a vendor's simulator on this machine.

    Examples: opstwin rehearse p-1a2b3c4d

    opstwin rehearse plants/riverside.yaml --source line1_plc=opc.tcp://127.0.0.1:4841

    Exit code: 0 if everything held, 1 if not, 2 for what cannot be rehearsed.
    """
    from rich.console import Console

    screen = Console(stderr=True)

    def say(text: str) -> None:
        from api.printable import printable

        if not as_json:
            screen.print(printable(f"· {text}"), style="dim", markup=False, highlight=False)

    _quiet()
    if Path(what).suffix in {".yaml", ".yml"}:
        held = _plant(Path(what), source or [], factor, say, as_json=as_json)
    else:
        if source:
            raise BadInput("--source belongs to a plant file; a proposal brings its own plant.")
        held = _proposal(what, url, factor, say, report=report, as_json=as_json)
    raise typer.Exit(0 if held else 1)


def _proposal(
    name: str,
    url: str | None,
    factor: float | None,
    say: "Callable[[str], None]",
    *,
    report: bool,
    as_json: bool,
) -> bool:
    from api.printable import clipped
    from evals.rehearsal import rehearse as rehearsed

    if not _PROPOSAL.fullmatch(name):
        raise BadInput(
            f"“{clipped(name)}” is neither a proposal's id (letters, digits, _ and -) nor a plant "
            "file (NAME.yaml)."
        )
    client = connected(url)
    found = rehearsed(_scene(client.get(f"/proposals/{name}/scene")), say, factor=factor)
    kept = {}
    if report:
        body = found.model_dump(mode="json")
        kept = client.post(f"/proposals/{name}/rehearsals", body)
    if as_json:
        _json({**found.model_dump(mode="json"), "passed": found.passed, "evidence": kept.get("id")})
        return found.passed
    from evals.rehearsal_lines import rehearsal_lines

    screen = _screen()
    for line in rehearsal_lines(found):
        screen.print(line)
    if kept:
        screen.print(f"Kept with {name} as {kept['id']}.", markup=False)
    return found.passed


def _plant(
    file: Path,
    given: list[str],
    factor: float | None,
    say: "Callable[[str], None]",
    *,
    as_json: bool,
) -> bool:
    from api.plant_file import read_plant
    from api.printable import clipped
    from api.wiring import usable
    from evals.commissioning import commission

    urls = {}
    for item in given:
        name, mark, url = item.partition("=")
        if not mark or not name or not url:
            raise BadInput(f"--source: “{clipped(item)}” is not ID=URL.")
        urls[name] = url
    found = commission(read_plant(file, usable), say, factor=factor, given=urls)
    if as_json:
        _json({**found.model_dump(mode="json"), "passed": found.passed, "verdict": found.verdict})
        return found.passed
    from evals.rehearsal_lines import commissioning_lines

    screen = _screen()
    for line in commissioning_lines(found):
        screen.print(line)
    return found.passed


def _scene(body: Any) -> Any:
    from pydantic import ValidationError

    from api.scene import Scene
    from twin_core.errors import SourceDown

    try:
        return Scene.model_validate(body)
    except ValidationError as problem:
        raise SourceDown("the server", "its scene is not of this program's version") from problem


def _screen() -> "Console":
    from rich.console import Console

    return Console()


def _json(body: Any) -> None:
    import json

    typer.echo(json.dumps(body, indent=2, ensure_ascii=False))


def _quiet() -> None:
    """Pages and lost connections are what a rehearsal plays: its report tells them."""
    import logging

    import structlog

    logging.disable(logging.CRITICAL)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
