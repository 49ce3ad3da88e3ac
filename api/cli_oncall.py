"""The commands `opstwin oncall`: who is called when nobody answers, and who answers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli_export import TIME, Url, connected, instant
from api.cli_users import Data

app = typer.Typer(help="Who is called when nobody answers: check, show, ack.", no_args_is_help=True)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="On-call file (TOML).")],
    plant: Annotated[
        Path | None, typer.Option("--plant", help="Plant file; default OPSTWIN_PLANT.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="Policy file; default OPSTWIN_POLICY.")
    ] = None,
    data: Data = None,
) -> None:
    """Say whether an on-call file can be used, whom it names that is nobody; 2 if it cannot.

    Rotas hand over by the plant's clock; people are those of the data directory.
    """
    from api.clock import SystemClock
    from api.directory import DataDirectory
    from api.escalating import read_oncall
    from api.identity import Identity
    from api.plant_file import read_plant
    from api.settings import load
    from api.watched_file import file_text
    from twin_core.errors import BadInput
    from twin_core.governance.policy import Limits, Policy

    settings = load({"plant": plant, "policy": policy, "data": data})
    if settings.plant is None:
        raise BadInput("No plant file: give --plant or OPSTWIN_PLANT.")
    _, found = read_oncall(file, read_plant(settings.plant).timezone)
    limits = Limits()
    if settings.policy is not None:
        limits = Policy.parse(file_text(settings.policy), str(settings.policy)).limits
    users = None
    if settings.data.is_dir():
        identity = Identity(DataDirectory(settings.data).identity, SystemClock().ledger)
        users = {who.user for who in identity.people()}
    typer.echo(f"{file} can be used; its clock is {found.timezone}.")
    for name, rota in found.rotas.items():
        typer.echo(f"Rota {name}: {', '.join(rota.people)}, {rota.days} days each.")
    for place, step in found.steps():
        who = ", ".join(step.tell)
        typer.echo(f"{place}: after {step.after_s:g} s tell {who} ({step.level}).")
    for doubt in found.doubts(users, limits.expires_s):
        typer.echo(f"Doubtful: {doubt}.")
    if users is None:
        typer.echo(f"There is no {settings.data}: it was not looked whether the people exist.")


@app.command("show")
def show(
    at: Annotated[str | None, typer.Option("--at", help=TIME)] = None, url: Url = None
) -> None:
    """Say who is on call, now or at a time, and what waits for an answer."""
    from api.printable import clock

    client = connected(url)
    query = {} if at is None else {"at": instant("--at", at, client)}
    found, zone = client.get("/oncall", **query), client.zone()
    typer.echo(f"At {clock(found['time'], zone)}:")
    for name, rota in found["rotas"].items():
        first, *others = rota["people"]
        then = f"; then {', '.join(others)}" if others else ""
        typer.echo(f"{name}: {first} until {clock(rota['until'], zone)}{then}")
    if not found["rotas"]:
        typer.echo("No rota is given.")
    for state in found["waiting"]:
        typer.echo(_waiting(state, zone))


@app.command("ack")
def ack(
    proposal: Annotated[str, typer.Argument(help="Its id, as the page says.")], url: Url = None
) -> None:
    """Say that you look after a write whose end is uncertain: nobody else is called.

    It closes nothing: that is `opstwin resolve`, after a look at the equipment.
    """
    found = connected(url).about(proposal, "acknowledgements", {})
    typer.echo(f"{proposal}: looked after by {found['acknowledged']}.")


def _waiting(state: dict[str, Any], zone: str) -> str:
    from api.printable import clock

    what = "waits for a decision" if state["kind"] == "approval" else "is uncertain"
    told = f"told: {', '.join(state['told'])}" if state["told"] else "nobody in particular was told"
    if state["acknowledged"]:
        following = f"looked after by {state['acknowledged']}"
    elif state["next"] is None:
        following = "no step is left"
    else:
        following = f"next step at {clock(state['next'], zone)}"
    return f"{state['proposal']} {what} since {clock(state['since'], zone)}; {told}; {following}"
