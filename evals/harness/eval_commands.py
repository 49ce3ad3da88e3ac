"""`opstwin eval`: play the exam, judge it, draw the report; or lay two runs side by side.

Everything large is imported inside. It must never choose a model that costs money by itself.
"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twin_core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.settings import Settings
    from evals.harness.case import Case
    from evals.harness.evaluating import Evaluated
    from evals.harness.load import Exam
    from evals.harness.sittings import Sitting

OFFLINE = "offline"


def evaluate(
    model: Annotated[
        str, typer.Option(help="`offline`, or a model's name at your endpoint.")
    ] = OFFLINE,
    cases: Annotated[
        Path | None, typer.Option(help="A folder of case files, or one; absent = ours.")
    ] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only this family; again for more.")] = (
        None
    ),
    epochs: Annotated[
        int | None, typer.Option(min=1, max=4, help="How often each case; 4 unless told.")
    ] = None,
    arms: Annotated[
        list[str] | None,
        typer.Option(help="Only this arm; again for more. No board without every control."),
    ] = None,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="One case a family, once; few for the controls.")
    ] = False,
    wire: Annotated[
        bool,
        typer.Option("--wire", help="Those that are for it over real protocols too: minutes more."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of runs; absent = `evals/runs` in the data directory."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A B", help="Play nothing: two stored runs side by side."),
    ] = None,
    disputed: Annotated[
        Path | None,
        typer.Option(
            help="Answers called wrong: a file of `opstwin wrong --json`, or a data directory; "
            "absent = ours."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 = one more than cores.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Examine the assistant on the stand-in plant, without a model as a judge.

    Each case is played on a twin of its own, in as many epochs as told: other
    seed, onset, load and wording. The product sits beside four controls (no
    data, empty twin, shuffled data, a script), without which there is no board.
    Answers that people called wrong are shown beside them, and count nowhere.
    A run leaves records, one HTML page and one Markdown table in a folder of
    its own, and Inspect's logs and viewer where the extra `evals` is installed.

    Examples: opstwin eval --smoke

    opstwin eval --family cause --family plan

    opstwin eval --compare var/evals/runs/A var/evals/runs/B --out var/apart

    Exit code: 0 if every bar is reached, 1 if not, 2 for what cannot be played.
    """
    if compare is not None:
        _compare(*compare, out, as_json=as_json)
        return
    settings = _settings(model)
    exam, part = _exam(cases, family)
    plan, part = _plan(exam.cases, part, epochs, arms, smoke=smoke, wire=wire)

    from evals.harness.disputed import disputed as called_wrong
    from evals.harness.evaluating import Asked
    from evals.harness.evaluating import evaluate as evaluated
    from evals.harness.kept import let_go
    from evals.harness.players import Model, players

    # one more than processors: a play waits now and then for its own threads
    processes = workers or (os.cpu_count() or 1) + 1
    where = disputed or settings.data
    answers = Model.model_validate({name: getattr(settings, name) for name in Model.model_fields})
    asked = Asked(
        plan=plan,
        model=model,
        part=part,
        out=out or settings.data / "evals" / "runs",
        pasts=settings.data / "evals" / "pasts",
        at=time.time_ns() // 1000,
        disputed=called_wrong(where) if disputed or where.is_dir() else (),
    )
    with players(exam.histories, asked.pasts, answers, processes) as player:
        found = evaluated(asked, player, lambda line: typer.echo(line, err=True))
    if gone := let_go(asked.pasts, time.time()):
        typer.echo(f"let go: {gone} folders of code as it was, of {asked.pasts}", err=True)
    raise typer.Exit(_report(found, as_json=as_json))


def _compare(before: Path, after: Path, out: Path | None, *, as_json: bool) -> None:
    from evals.harness.compare import compare
    from evals.harness.compare_table import comparison_lines
    from evals.harness.evaluating import PAGE
    from evals.harness.report_page import page
    from evals.harness.stored import read_run

    old, new = read_run(before), read_run(after)
    found = compare(old, new)
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        for line in comparison_lines(found):
            typer.echo(line)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / PAGE).write_text(page(new, old), encoding="utf-8")
        typer.echo(f"page: {out / PAGE}", err=True)


def _report(found: "Evaluated", *, as_json: bool) -> int:
    """Print what came of it; the exit code."""
    from evals.harness.bars import missed
    from evals.harness.compare_table import comparison_lines
    from evals.harness.evaluating import PAGE, TABLE

    if as_json:
        typer.echo(_tree(found))
    else:
        typer.echo((found.folder / TABLE).read_text(encoding="utf-8"))
        for line in comparison_lines(found.against) if found.against else ():
            typer.echo(line)
    for bar in missed(found.bars):
        typer.echo(f"missed: {bar.name}, wanted {bar.wanted}", err=True)
    typer.echo(f"page: {found.folder / PAGE}", err=True)
    return 1 if missed(found.bars) else 0


def _tree(found: "Evaluated") -> str:
    import json

    tree = {
        "folder": str(found.folder),
        "header": found.run.header.model_dump(mode="json", by_alias=True),
        "bars": [{**bar.model_dump(mode="json"), "met": bar.met} for bar in found.bars],
        "board": {
            arm: {name: row.model_dump(mode="json") for name, row in rows.items()}
            for arm, rows in found.board.items()
        },
    }
    return json.dumps(tree, indent=1, ensure_ascii=False)


def _settings(model: str) -> "Settings":
    """As the environment has them, with this model."""
    from api.settings import load, quiet_libraries

    settings = load({"model": model})
    quiet_libraries(settings.data)
    if model != OFFLINE and settings.openai_api_key is None and settings.openai_base_url is None:
        raise BadInput(
            f"--model {model} needs a key: set OPENAI_API_KEY, or OPENAI_BASE_URL for an endpoint "
            f"of your own; without either: --model {OFFLINE}."
        )
    return settings


def _exam(path: Path | None, families: "Sequence[str] | None") -> "tuple[Exam, str]":
    """The cases that are asked, and which part of the exam that is; empty = all of ours."""
    from evals.harness.figures import FAMILIES
    from evals.harness.load import CASES, Exam, load

    _known("family", families, FAMILIES)
    if path is not None and not path.exists():
        raise BadInput(f"--cases: {path} is not there; allowed: a folder of case files, or one.")
    exam = load(path or CASES)
    taken = tuple(one for one in exam.cases if not families or one.family in families)
    if not taken:
        raise BadInput(f"No case of {', '.join(families or ())} in {path or CASES}.")
    named = [path.stem] if path else []
    return Exam(exam.histories, taken), "+".join([*named, *sorted(families or ())])


def _plan(
    cases: "Sequence[Case]",
    part: str,
    epochs: int | None,
    arms: "Sequence[str] | None",
    *,
    smoke: bool,
    wire: bool,
) -> "tuple[tuple[Sitting, ...], str]":
    """Who sits what, and which part of the exam that is."""
    from evals.harness import sittings
    from evals.harness.case import EPOCHS
    from evals.harness.figures import ARMS

    _known("arm", arms, ARMS)
    named = [part] if part else []
    if smoke and (epochs or arms or wire):
        raise BadInput("--smoke has its own epochs and arms: leave --epochs, --arms, --wire out.")
    if smoke:
        return sittings.smoke(cases), "+".join([*named, "smoke"])
    chosen = [arm for arm in ARMS if not arms or arm in arms]
    part = "+".join([*named, *(arms or ())]) or "all"
    return sittings.sittings(cases, epochs or EPOCHS, chosen, wire=wire), part


def _known(kind: str, given: "Iterable[str] | None", known: "Sequence[str]") -> None:
    for name in given or ():
        if name not in known:
            raise UnknownName(kind, name, known)
