"""`opstwin audit …`: the chain checked, shown, exported; its key replaced."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from api.cli_export import TIME, Url, connected, instant, whole
from api.cli_users import Data
from api.printable import clipped, clock, printable
from twin_core.errors import BadInput

app = typer.Typer(help="The audit chain.", no_args_is_help=True)

_ANSWERED = "answered"


@app.command("verify")
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(help="A ledger file, or an export in JSON; absent = the running server's."),
    ] = None,
    witness: Annotated[
        Path | None, typer.Option(help="With FILE: the witness file it must agree with.")
    ] = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also that each record is in its one form; slower.")
    ] = False,
    url: Url = None,
) -> None:
    """Check the whole chain; a changed, moved or missing record is named.

    A running server's is checked against its own witness file. A copy of that, kept where nobody
    who can write the ledger can write, shows more: --witness.
    """
    from api.verifying import Verification, lines

    if file is not None:
        from api.wiring import verify_file

        found = verify_file(file, witness, deep=deep)
    elif witness is not None:
        raise BadInput("--witness goes with a FILE; the server's chain is checked with its own.")
    else:
        got = connected(url).get("/audit/verification", deep=deep)
        found = Verification.model_validate(got)
    for line in lines(found):
        typer.echo(line)


@app.command("show")
def show(
    what: Annotated[str, typer.Argument(help="INDEX of a record, or PROPOSAL; absent = all.")] = "",
    answers: Annotated[
        bool, typer.Option("--answers", help="Only what the assistant answered.")
    ] = False,
    start: Annotated[int, typer.Option(help="First index.")] = 0,
    limit: Annotated[int, typer.Option(help="How many.")] = 200,
    url: Url = None,
) -> None:
    """Print audit records: index, ledger time, what, who, about what; of one, all it says."""
    client = connected(url)
    if what.isdecimal():
        found = client.get("/audit", start=int(what), limit=1)
        if not found:
            raise BadInput(f"There is no record {clipped(what)}.")
        for line in _told(found[0], client.zone()):
            typer.echo(printable(line))
        return
    kind = _ANSWERED if answers else ""
    query: dict[str, Any] = {"start": start, "limit": limit, "kind": kind, "subject": what}
    for record in client.get("/audit", **query):
        about = record["body"]["question"] if record["kind"] == _ANSWERED else record["subject"]
        typer.echo(
            f"{record['index']:>6}  {_utc(record['at'])}  {record['kind']:<14}"
            f"{record['actor']:<14}{printable(about)}"
        )


@app.command("export")
def export(
    out: Annotated[Path, typer.Option(help="The file; it is written whole or not at all.")],
    start: Annotated[str | None, typer.Option("--from", help=f"Ledger time. {TIME}")] = None,
    end: Annotated[str | None, typer.Option("--to", help="As --from; absent = now.")] = None,
    kind: Annotated[
        Literal["csv", "json"],
        typer.Option("--format", help="Of the file; JSON is what `verify` can check."),
    ] = "csv",
    url: Url = None,
) -> None:
    """Write the audit trail to a file, a row a record, for an inspector.

    With who signed by name, when in UTC and by the plant's clock, what it meant, why, and old and
    new values with their units.
    """
    client = connected(url)
    query: dict[str, Any] = {"format": kind}
    for flag, name, text in (("--from", "start", start), ("--to", "end", end)):
        if text is not None:
            query[name] = instant(flag, text, client)
    with whole("--out", out) as file:
        client.download("/audit/export", file, **query)
    typer.echo(f"{out}: {out.stat().st_size} bytes")


@app.command("rotate")
def rotate(
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit trail.")],
    url: Url = None,
) -> None:
    """Sign the chain with a new key; the old one vouches for it, and what it signed still holds."""
    found = connected(url).post("/audit/keys", {"reason": reason})
    typer.echo(f"signed by {found['key']} from now on")


@app.command("rerun")
def rerun(
    index: Annotated[int, typer.Argument(help="Of a recorded answer: `audit show --answers`.")],
    url: Url = None,
) -> None:
    """Work out anew, as of its moment, the causes that an answer gave; print both.

    Out of the history, with the program and plant file of now. Forecasts are not made anew.
    """
    client = connected(url)
    found, zone = client.get(f"/audit/reruns/{index}"), client.zone()
    then = found["then"]
    typer.echo(f"then, to {printable(then['asker']['name'])}: {printable(then['question'])}")
    typer.echo(printable(then["answer"]))
    for one in found["again"]:
        when = clock(one["time"], zone)
        typer.echo(f"again, of {one['asset']} at {when}: {printable(one['summary'])}")
        for cause in one["causes"]:
            typer.echo(f"  {printable(cause['statement'])}")
    for line in found["unknown"] or ([] if found["again"] else ["It gave no causes."]):
        typer.echo(f"not known: {printable(line)}")
    for name in ("program", "plant", "prompt"):
        if found["versions"][name] != then["versions"][name]:
            typer.echo(f"another {name} since")


@app.command("restored")
def restored(
    reason: Annotated[str, typer.Option(help="Which backup, by whom and why.")],
    data: Data = None,
) -> None:
    """Say that a backup of the ledger was restored, before the server is started on it.

    Otherwise a server refuses a ledger that ends before its newest checkpoint. What was witnessed
    beyond the backup is then given up, under this reason, and every check tells of it.
    """
    from api.directory import DataDirectory
    from api.settings import load
    from api.witnessing import RESTORED

    if not reason.strip():
        raise BadInput("--reason: empty.")
    directory = DataDirectory(load({"data": data}).data)
    with directory.locked():
        directory.audit.mkdir(mode=0o700, exist_ok=True)
        (directory.audit / RESTORED).write_text(reason, encoding="utf-8")
    typer.echo("the next `opstwin serve` takes the ledger as it is, and pages")


def _told(record: dict[str, Any], zone: str) -> Iterator[str]:
    """All of one record; an answer in words."""
    when = f"{_utc(record['at'])} ({clock(record['at'], zone)})"
    yield f"record {record['index']}, {when}: {record['kind']} by {record['actor']}"
    body = record["body"]
    if record["kind"] != _ANSWERED:
        yield f"about {record['subject']}"
        yield json.dumps(body, indent=1, ensure_ascii=False)
    else:
        yield f"question of {body['asker']['name']}: {body['question']}"
        yield f"answered at plant time {clock(body['time'], zone)} by {body['model']}:"
        yield body["answer"]
        for item in body["evidence"]:
            yield f"  {item['id']} {item['kind']}: {item['statement']}"
        for name in body["proposals"]:
            yield f"proposal {name}"
        for name, value in body["versions"].items():
            yield f"{name} {value}"
    yield f"after {record['previous']}"


def _utc(at: int) -> str:
    from api.views import clock_time

    return clock_time(at)
