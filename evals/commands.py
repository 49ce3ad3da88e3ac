"""The commands that evals adds to `opstwin`. Everything large is imported inside them."""

from pathlib import Path
from typing import Annotated

import typer

from evals.bench.commands import app as bench
from evals.harness.eval_commands import evaluate
from evals.rehearsal_commands import rehearse

app = typer.Typer()
app.add_typer(bench, name="bench")
app.command()(rehearse)
app.command("eval")(evaluate)


@app.command()
def emulator(
    plant: Annotated[Path, typer.Option(help="The plant file.")] = Path("plants/riverside.yaml"),
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
    time_factor: Annotated[
        float, typer.Option(min=0.1, max=100.0, help="Plant seconds per second.")
    ] = 1.0,
    time_origin: Annotated[
        int, typer.Option(help="Microseconds UTC at which plant time is host time.")
    ] = 0,
    faults: Annotated[
        Path | None,
        typer.Option(help="YAML with `cases` (by name) and `faults` (at the start)."),
    ] = None,
    port_base: Annotated[
        int | None,
        typer.Option(help="First TCP port; sources follow in file order. Default: their URLs."),
    ] = None,
    control: Annotated[Path | None, typer.Option(help="Unix socket for the harness.")] = None,
    crew: Annotated[bool, typer.Option(help="A maintenance crew carries out orders.")] = True,
) -> None:
    """Run the stand-in plant: OPC UA and Modbus servers, crew, maintenance system."""
    import asyncio

    from api.plant_file import read_plant
    from evals.emulator.nameplate import catalogue_of, read_faults
    from evals.emulator.running import Options, run
    from twin_core.errors import Conflict

    options = Options(
        plant_file=plant,
        seed=seed,
        factor=time_factor,
        origin=time_origin,
        port_base=port_base,
        control=control,
        crew=crew,
    )
    described = read_plant(plant)
    catalogue = read_faults(faults or catalogue_of(described.site))
    try:
        asyncio.run(run(described, options, catalogue))
    except OSError as problem:
        raise Conflict("The emulator cannot listen", str(problem)) from problem


@app.command()
def demo(
    fault: Annotated[str | None, typer.Option(help="Which fault strikes; see --list.")] = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="An automatic supervisor approves."),
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the system up afterwards.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Name the faults and stop.")] = False,
    seed: Annotated[int, typer.Option(help="Of the stand-in plant.")] = 7,
    plant: Annotated[Path, typer.Option(help="The plant file.")] = Path("plants/riverside.yaml"),
) -> None:
    """Tell the whole story: ask, diagnose, simulate, propose, approve, act, verify."""
    import sys
    import time

    began = time.monotonic()
    from api.plant_file import read_plant
    from evals.demo import DEFAULT, run
    from evals.emulator.nameplate import CATALOGUE, catalogue_of, read_faults
    from evals.screen import name_all
    from evals.stage import Stage

    file = catalogue_of(read_plant(plant).site)
    catalogue = read_faults(file)
    if listed:
        name_all(catalogue.cases)
        return
    case = catalogue.case(fault or (DEFAULT if file == CATALOGUE else catalogue.cases[0].id))
    automatic = yes or not sys.stdin.isatty()
    stage = Stage(plant, line=case.line, seed=seed)
    raise typer.Exit(run(stage, case, automatic=automatic, began=began, keep=keep))


@app.command()
def stress(
    n: Annotated[int, typer.Option("--n", min=1, max=10_000, help="How many extremes.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 1,
    plant: Annotated[Path, typer.Option(help="The plant file.")] = Path("plants/riverside.yaml"),
) -> None:
    """Put rare scenarios to twin, policy and assistant; list what broke, exit 1 if anything did.

    In this process, on the stand-in plant: each scenario is forecast, played, asked about; every
    proposal that comes of it is pushed at the gate in all the wrong ways.
    """
    from api.plant_file import read_plant
    from evals.stress.stress import stress as run

    def told(line: str) -> None:
        typer.echo(line, err=True)

    report = run(read_plant(plant), n, seed, told)
    for line in report.lines():
        typer.echo(line)
    raise typer.Exit(1 if report.broke else 0)
