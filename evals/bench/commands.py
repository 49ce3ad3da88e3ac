"""`opstwin bench`: measure, print, write `RESULTS.md`, exit 1 when a bar is missed."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evals.bench.row import Row

app = typer.Typer(help="Measure against the bars.", no_args_is_help=True)

_ROOT = Path(__file__).resolve().parents[2]
PLANT = _ROOT / "plants" / "riverside.yaml"
CATALOGUE = _ROOT / "evals" / "faults.yaml"
RESULTS = Path(__file__).with_name("RESULTS.md")
CRASH_LOG = Path(__file__).with_name("crash.log")

Quick = Annotated[bool, typer.Option("--quick", help="Smaller; writes no results.")]
Json = Annotated[bool, typer.Option("--json", help="Print rows as JSON.")]


@app.callback()
def bench() -> None:
    """Measure against the bars."""


@app.command()
def loop(
    quick: Quick = False,
    as_json: Json = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 = one a core.")] = 0,
    plant: Annotated[Path, typer.Option(help="Plant file.")] = PLANT,
    faults: Annotated[Path, typer.Option(help="Catalogue of faults.")] = CATALOGUE,
) -> None:
    """Forecasts of the line's rate, over the whole catalogue of faults."""
    from evals.bench.loop import QUICK_SEEDS, SEEDS, measure

    began = perf_counter()
    cores = os.cpu_count() or 1
    rows, trials = measure(plant, faults, QUICK_SEEDS if quick else SEEDS, workers or cores)
    if not as_json:
        for trial in trials:
            asked = trial.known
            mark = "" if asked.inside else "  outside"
            typer.echo(
                f"{trial.case:32s} seed {trial.seed}: {asked.rate.mean:6.0f}"
                f" [{asked.rate.low:.0f}, {asked.rate.high:.0f}] came {asked.actual:.0f}{mark}"
            )
    report("loop", rows, quick=quick, as_json=as_json, took_s=perf_counter() - began)


@app.command()
def history(quick: Quick = False, as_json: Json = False) -> None:
    """The DuckDB history: durable appends, a day in buckets, an hour raw, memory."""
    from evals.bench.history import FULL, QUICK, measure

    began = perf_counter()
    rows = measure(QUICK if quick else FULL)
    report("history", rows, quick=quick, as_json=as_json, took_s=perf_counter() - began)


@app.command()
def quality(
    quick: Quick = False,
    as_json: Json = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 = one a core.")] = 0,
    plant: Annotated[Path, typer.Option(help="Plant file.")] = PLANT,
    faults: Annotated[Path, typer.Option(help="Catalogue of faults.")] = CATALOGUE,
    datasets: Annotated[
        Path | None, typer.Option(help="Real data; absent = OPSTWIN_DATASETS.")
    ] = None,
) -> None:
    """The rules of belief on planted instrument faults, and how often they are wrong."""
    from api.settings import load
    from evals.bench.quality import FULL, QUICK, measure

    began = perf_counter()
    cores = os.cpu_count() or 1
    where = load({"datasets": datasets}).datasets
    size = QUICK if quick else FULL
    rows, found = measure(plant, faults, size, where, workers or cores)
    if not as_json:
        for one in found:
            after = "not found" if one.delay_s is None else f"{one.rule} after {one.delay_s:.0f} s"
            typer.echo(f"{one.kind:10s} {one.point:56s} {after}")
    report("quality", rows, quick=quick, as_json=as_json, took_s=perf_counter() - began)


@app.command()
def ingest(
    quick: Quick = False,
    as_json: Json = False,
    plant: Annotated[Path, typer.Option(help="Plant file, taken many times over.")] = PLANT,
) -> None:
    """From a reading to belief, the disk and an answer: 10,000 points, real wires, memory."""
    from evals.bench.ingest import measure

    report_each("ingest", measure(plant, quick=quick), quick=quick, as_json=as_json)


@app.command()
def agents(
    quick: Quick = False,
    as_json: Json = False,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part, or these (overhead, paraphrases, attacks, …)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the attacks that are drawn.")] = 1,
    plant: Annotated[Path, typer.Option(help="Plant file.")] = PLANT,
) -> None:
    """The assistant: its own time, made-up answers, other wordings, attacks, the stored exam."""
    from api.settings import load
    from evals.bench.agents import PARTS, Exam, measure

    parts = _parts(part, PARTS)
    exam = Exam(plant, load({}).data, quick, seed, _teller(as_json))
    title = " ".join(["agents", *(part or ())])
    report_each(title, measure(exam, parts), quick=quick, as_json=as_json)


@app.command()
def api(
    quick: Quick = False,
    as_json: Json = False,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part, or these (state, slack, sessions)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the questions that are drawn.")] = 1,
    plant: Annotated[Path, typer.Option(help="Plant file.")] = PLANT,
) -> None:
    """How fast people and programs are served: state reads, Slack, many who ask at once."""
    from evals.bench.api import PARTS, Exam, measure

    parts = _parts(part, PARTS)
    exam = Exam(plant, quick, seed, _teller(as_json))
    title = " ".join(["api", *(part or ())])
    report_each(title, measure(exam, parts), quick=quick, as_json=as_json)


@app.command()
def simulation(
    quick: Quick = False,
    as_json: Json = False,
    datasets: Annotated[
        Path | None, typer.Option(help="Real data; absent = OPSTWIN_DATASETS.")
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part, or these (line, forecast, …)."),
    ] = None,
) -> None:
    """Lines part by part beside SimPy, what-ifs, schedules, warehouse, calibration, cell."""
    from api.settings import load
    from evals.bench.simulation import PARTS, measure

    parts = _parts(part, PARTS)
    rows = measure(load({"datasets": datasets}).datasets, parts, quick=quick)
    report_each(" ".join(["simulation", *(part or ())]), rows, quick=quick, as_json=as_json)


@app.command()
def diagnosis(
    quick: Quick = False,
    as_json: Json = False,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part, or these (riverside, healthy, drawn, …)."),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 = one a core.")] = 1,
    plant: Annotated[Path, typer.Option(help="Plant file.")] = PLANT,
    faults: Annotated[Path, typer.Option(help="Catalogue of faults.")] = CATALOGUE,
    datasets: Annotated[
        Path | None, typer.Option(help="Real data; absent = OPSTWIN_DATASETS.")
    ] = None,
) -> None:
    """The exam of "why": faults put in, what is named instead of them, how long it takes."""
    from api.settings import load
    from evals.bench.diagnosis import PARTS, Exam, measure

    parts = _parts(part, PARTS)
    where = load({"datasets": datasets}).datasets
    exam = Exam(plant, faults, where, workers or os.cpu_count() or 1, quick, _teller(as_json))
    title = " ".join(["diagnosis", *(part or ())])
    report_each(title, measure(exam, parts), quick=quick, as_json=as_json)


@app.command()
def knowledge(
    quick: Quick = False,
    as_json: Json = False,
    datasets: Annotated[
        Path | None, typer.Option(help="Real data; absent = OPSTWIN_DATASETS.")
    ] = None,
) -> None:
    """Documents found: scifact, a failure matrix, 100,000 passages with filter, a restart."""
    from api.settings import load
    from evals.bench.knowledge import measure

    rows = measure(load({"datasets": datasets}).datasets, _teller(as_json), quick=quick)
    report_each("knowledge", rows, quick=quick, as_json=as_json)


@app.command()
def governance(
    quick: Quick = False,
    as_json: Json = False,
    part: Annotated[
        list[str] | None,
        typer.Option(help="Only this part, or these (costs, kills, machines, mutants, …)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 1,
    plant: Annotated[Path, typer.Option(help="Plant file.")] = PLANT,
) -> None:
    """The exam of the gate: costs, kills, its stateful test and mutants, latency, tampering."""
    from evals.bench.governance import PARTS, Exam, measure

    parts = _parts(part, PARTS)
    exam = Exam(plant, quick, seed, _teller(as_json))
    title = " ".join(["governance", *(part or ())])
    report_each(title, measure(exam, parts), quick=quick, as_json=as_json)


@app.command()
def crash(
    kills: Annotated[int, typer.Option(min=0, help="How often; 0 = 1,000, or 20 if quick.")] = 0,
    quick: Quick = False,
    as_json: Json = False,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 1,
    plant: Annotated[Path, typer.Option(help="Plant file, of which 60 points live.")] = PLANT,
) -> None:
    """Kill a process that stores readings, at any moment, and look at what is left."""
    from evals.bench.crash import KILLS, QUICK_KILLS, measure

    began = perf_counter()
    lines: list[str] = []

    def told(line: str) -> None:
        lines.append(line)
        if not as_json:
            typer.echo(line, err=True)

    rows = measure(plant, kills or (QUICK_KILLS if quick else KILLS), seed, told)
    if not quick:
        CRASH_LOG.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report("crash", rows, quick=quick, as_json=as_json, took_s=perf_counter() - began)


def _teller(as_json: bool) -> Callable[[str], None]:
    """Who tells what comes meanwhile: nobody, where a program reads."""
    return (lambda _: None) if as_json else (lambda line: typer.echo(line, err=True))


def _parts(asked: list[str] | None, there: Iterable[str]) -> tuple[str, ...]:
    """Those asked for, or all."""
    if strange := set(asked or ()) - set(there):
        raise typer.BadParameter(f"no part {sorted(strange)}; there are {', '.join(there)}")
    return tuple(asked or there)


def report_each(name: str, measured: "Iterable[Row]", *, quick: bool, as_json: bool) -> None:
    """Tell each row as it comes, and then report them all."""
    began, rows, tell = perf_counter(), [], _teller(as_json)
    for row in measured:
        rows.append(row)
        found = row.why if row.value is None else f"{row.value:.4g} {row.unit}"
        tell(f"{row.name:36s} {found}")
    report(name, tuple(rows), quick=quick, as_json=as_json, took_s=perf_counter() - began)


def report(
    name: str, rows: "tuple[Row, ...]", *, quick: bool, as_json: bool, took_s: float
) -> None:
    """Print rows, keep them unless `quick`, and exit 1 if a bar is missed."""
    from evals.bench.results import machine, put, section
    from evals.bench.row import missed

    text = section(name, rows, machine(os.cpu_count() or 1), took_s)
    if as_json:
        typer.echo(json.dumps([row.tree() for row in rows], indent=1))
    else:
        typer.echo(text)
    if not quick:
        old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        RESULTS.write_text(put(old, name, text), encoding="utf-8")
    if missed(rows):
        raise typer.Exit(1)
