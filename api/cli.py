"""The command `opstwin`. Large imports are made inside the commands that need them.

Verbs that work on a running plant are thin HTTP clients of `opstwin serve`; other layers add
their own commands through the entry-point group `opstwin.commands`.
"""

import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli_ahead import ahead, improve, window
from api.cli_alarms import app as alarms
from api.cli_alarms import incident, report
from api.cli_amend import amend
from api.cli_audit import app as audit
from api.cli_backup import backup, restore
from api.cli_bottleneck import bottleneck
from api.cli_calibrate import calibrate
from api.cli_cell import cell
from api.cli_certs import app as certs
from api.cli_delegate import delegate, delegations, undelegate
from api.cli_export import Url, export
from api.cli_freeze import freeze, lift
from api.cli_kb import app as kb
from api.cli_learn import learn
from api.cli_lineage import lineage, lots
from api.cli_local import app as local
from api.cli_locks import lock, locks, unlock
from api.cli_login import login
from api.cli_oncall import app as oncall
from api.cli_plant import app as plant
from api.cli_policy import app as policy
from api.cli_propose import propose
from api.cli_rules import app as rules
from api.cli_schedule import schedule
from api.cli_slack import app as slack
from api.cli_sweep import sweep
from api.cli_testimony import recurring, say, stops, why
from api.cli_trust import trust
from api.cli_users import Data
from api.cli_users import app as users
from api.cli_warehouse import app as warehouse
from api.cli_whatif import Png, compare, draw, whatif
from api.cli_wrong import wrong
from api.printable import clipped, printable
from twin_core.errors import BadInput, OpsTwinError

if TYPE_CHECKING:
    from api.settings import Settings

app = typer.Typer(
    name="opstwin",
    help="Ask a plant's digital twin what is wrong, what would help, and have it done — "
    "by the people who may.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(users, name="users")
app.add_typer(policy, name="policy")
app.add_typer(oncall, name="oncall")
app.add_typer(slack, name="slack")
app.add_typer(plant, name="plant")
app.add_typer(certs, name="certs")
app.add_typer(kb, name="kb")
app.add_typer(audit, name="audit")


def add_commands() -> None:
    """Add the commands that other layers bring."""
    for entry in entry_points(group="opstwin.commands"):
        app.add_typer(entry.load())


def main() -> None:
    """Run the command; an error of ours is one sentence and exit code 1, a bad input 2."""
    add_commands()
    try:
        app()
    except OpsTwinError as error:
        sys.stderr.write(f"opstwin: {printable(str(error))}\n")
        code = 2 if isinstance(error, BadInput) else 1
    except KeyboardInterrupt:
        code = 130
    else:
        return
    sys.exit(code)  # not above: what the error's frames hold (stores, connections) is let go first


@app.command()
def serve(
    plant: Annotated[
        Path | None, typer.Option(help="The plant file (plants/riverside.yaml).")
    ] = None,
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    time_factor: Annotated[
        float | None, typer.Option(help="Plant seconds per second; 1 on a real plant.")
    ] = None,
    time_origin: Annotated[
        int | None, typer.Option(help="Microseconds UTC at which plant and host time are equal.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="ID=URL of a source, over the plant file's.")
    ] = None,
) -> None:
    """Run the twin of one site: connect its sources, listen for questions and decisions."""
    from api.settings import quiet_libraries

    settings = _settings(
        plant=plant,
        data=data,
        host=host,
        port=port,
        time_factor=time_factor,
        time_origin=time_origin,
        sources=_sources(source),
    )
    quiet_libraries(settings.data)
    from api.directory import DataDirectory
    from api.logs import log_to_stderr
    from api.server import listening
    from api.server import serve as run
    from api.wiring import build

    log_to_stderr(settings.log)
    with (
        DataDirectory(settings.data).locked(),
        listening(settings.host, settings.port) as door,
    ):
        system = build(settings)
        system.owned = True
        run(system, door)


app.command("login")(login)


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="The question, in plain words, in quotes.")],
    url: Url = None,
    thread: Annotated[str | None, typer.Option(help="Continue this conversation.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
    png: Png = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell what the answer cost.")
    ] = False,
) -> None:
    """Ask the twin, e.g. "What is the root cause of the throughput drop on line 4?"."""
    import json

    from rich.console import Console

    from api.client import Client
    from api.views import answer_lines, spent_line

    screen, paper = Console(stderr=True), Console()
    told = ""  # words as they came; only somebody who watches needs them before the answer
    charts: list[Any] = []
    for event, body in Client(_settings(url=url).url).ask(text, thread):
        if event == "progress":
            if not as_json:
                doing = printable(f"· {body['text']}")
                screen.print(doing, style="dim", markup=False, highlight=False)
            continue
        if event == "words":
            if paper.is_terminal and not as_json:
                told += body["text"]
                shown = printable(body["text"])
                paper.print(shown, end="", markup=False, highlight=False, soft_wrap=True)
            continue
        charts = body["charts"]
        if as_json:
            typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        else:
            whole = told == body["text"]
            if told:
                paper.print("" if whole else "\n\nCorrected:")
            _print(answer_lines(body, told=whole))
            if verbose:
                typer.echo(spent_line(body["spent"]))
    if png is not None:
        draw(charts, png, url)


app.add_typer(alarms, name="alarms")
app.command("incident")(incident)
app.command("say")(say)
app.command("stops")(stops)
app.command("why")(why)
app.add_typer(rules, name="rules")
app.add_typer(local, name="local")
app.command("trust")(trust)
for verb in (freeze, lift, backup, restore, delegate, delegations, undelegate):
    app.command(verb.__name__)(verb)
app.command("propose")(propose)
app.command("wrong")(wrong)
app.command("lock")(lock)
app.command("unlock")(unlock)
app.command("locks")(locks)
app.command("recurring")(recurring)
app.command("report")(report)
app.command("export")(export)
app.command("amend")(amend)
app.command("lineage")(lineage)
app.command("calibrate")(calibrate)
app.command("cell")(cell)
app.command("learn")(learn)
app.command("lots")(lots)
app.command("sweep")(sweep)
app.command("schedule")(schedule)
app.add_typer(warehouse, name="warehouse")
app.command("bottleneck")(bottleneck)
app.command("ahead")(ahead)
app.command("window")(window)
app.command("improve")(improve)
app.command("whatif")(whatif)
app.command("compare")(compare)


@app.command()
def proposals(url: Url = None) -> None:
    """List proposals: what is asked for, who has signed, what became of it."""
    from api.client import Client
    from api.views import proposal_lines
    from tools.view import ProposalStatus

    rows = Client(_settings(url=url).url).get("/proposals")
    _print(proposal_lines([ProposalStatus.model_validate(row) for row in rows]))


@app.command()
def approve(
    proposal: Annotated[str, typer.Argument(help="Its id, from `opstwin proposals`.")],
    url: Url = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Approve a proposal in your name; it is then carried out and verified."""
    _act(proposal, "decisions", {"meaning": "approved", "reason": reason}, url)


@app.command()
def reject(
    proposal: Annotated[str, typer.Argument(help="Its id, from `opstwin proposals`.")],
    reason: Annotated[str, typer.Option(help="Why; the requester will read it.")],
    url: Url = None,
) -> None:
    """Reject a proposal in your name."""
    _act(proposal, "decisions", {"meaning": "rejected", "reason": reason}, url)


@app.command()
def edit(
    proposal: Annotated[str, typer.Argument(help="Its id, from `opstwin proposals`.")],
    value: Annotated[
        list[str], typer.Argument(metavar="POINT=VALUE…", help="What shall be written instead.")
    ],
    reason: Annotated[str, typer.Option(help="Why.")],
    ramp: Annotated[
        list[str] | None,
        typer.Option(metavar="POINT=PER_SECOND", help="Move it no faster, in steps read back."),
    ] = None,
    url: Url = None,
) -> None:
    """Propose another size: simulated anew, in your name, and nobody has approved it yet."""
    from api.client import Client

    values, ramps = dict(map(_setting, value)), dict(map(_setting, ramp or ()))
    body = {"values": values, "ramps": ramps, "reason": reason}
    found = Client(_settings(url=url).url).post(f"/proposals/{proposal}/edits", body)
    waits = "waits for" if found["state"] == "pending" else "is carried out by"
    typer.echo(f"{found['proposal']} in the place of {proposal}: it {waits} {found['needs']}.")


@app.command()
def rollback(
    proposal: Annotated[str, typer.Argument(help="Its id, from `opstwin proposals`.")],
    url: Url = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Undo what a proposal wrote, as approved with it, where nobody has changed it since."""
    _act(proposal, "rollbacks", {"reason": reason}, url)


@app.command()
def resolve(
    proposal: Annotated[str, typer.Argument(help="Its id, from `opstwin proposals`.")],
    reason: Annotated[str, typer.Option(help="What you found at the equipment, and did.")],
    url: Url = None,
) -> None:
    """Close a proposal whose end is uncertain, after a look; its equipment is free again."""
    _act(proposal, "resolutions", {"reason": reason}, url)


@app.command()
def job(
    proposal: Annotated[str, typer.Argument(help="Its id, from `opstwin proposals`.")],
    became: Annotated[str, typer.Argument(help="done or failed.")],
    reason: Annotated[str, typer.Option(help="What you did and found, or why it is not done.")],
    url: Url = None,
) -> None:
    """Report in your name what became of a job that people were told of."""
    if became not in {"done", "failed"}:
        raise BadInput(f"“{clipped(became)}” is no report; allowed: done, failed.")
    _act(proposal, "reports", {"became": became, "reason": reason}, url)


@app.command()
def doctor(url: Url = None, data: Data = None) -> None:
    """Check this installation, the data directory and the running server; say what to do."""
    from api.doctor import examine

    settings = _settings(url=url, data=data)
    worst = 0
    for check in examine(settings):
        mark = {"ok": "ok  ", "note": "note", "bad": "BAD "}[check.state]
        typer.echo(f"{mark}  {check.what}: {check.found}")
        worst = max(worst, check.state == "bad")
    raise typer.Exit(worst)


def _act(proposal: str, what: str, body: dict[str, str], url: str | None) -> None:
    from api.client import Client
    from api.views import proposal_lines
    from tools.view import ProposalStatus

    found = Client(_settings(url=url).url).about(proposal, what, body)
    _print(proposal_lines([ProposalStatus.model_validate(found)]))


def _settings(**flags: Any) -> "Settings":
    from api.settings import load

    return load(flags)


def _setting(text: str) -> tuple[str, float]:
    point, _, value = text.partition("=")
    try:
        return point, float(value)
    except ValueError as problem:
        raise BadInput(f"“{clipped(text)}” is not POINT=VALUE.") from problem


def _sources(given: list[str] | None) -> dict[str, str] | None:
    if not given:
        return None
    table = {}
    for item in given:
        name, mark, url = item.partition("=")
        if not mark or not name or not url:
            raise BadInput(f"--source: “{clipped(item)}” is not ID=URL.")
        table[name] = url
    return table


def _print(lines: Any) -> None:
    from rich.console import Console

    screen = Console()
    for line in lines:
        screen.print(line, markup=False)
