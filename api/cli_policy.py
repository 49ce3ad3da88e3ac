"""The commands `opstwin policy`: what a policy says, whether a file can be used, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from twin_core.answer import Asker
    from twin_core.governance.policy import Policy
    from twin_core.governance.request import Request
    from twin_core.plant.assets import Plant

app = typer.Typer(help="Who may do what: show, check, explain.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Option("--policy", help="Policy file; default OPSTWIN_POLICY, or shipped.")
]
PlantFile = Annotated[
    Path | None, typer.Option("--plant", help="Plant file; default OPSTWIN_PLANT.")
]

_ABOUT = {"configure": "trust", "lift": "freeze", "release": "release", "unlock": "lock"}
"""What a verb is about, where it is about one kind of thing alone."""


@app.command("show")
def show(
    policy: File = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="The words that rules are made of, instead.")
    ] = False,
) -> None:
    """Print the policy in force; a file of your own has the same form.

    Rules are written in Cedar (docs.cedarpolicy.com): a permit allows, a forbid beats every permit,
    and what nothing permits is refused.
    """
    from api.settings import load
    from api.watched_file import file_text
    from twin_core.governance.cedar import SCHEMA
    from twin_core.governance.policy import SHIPPED

    path = load({"policy": policy}).policy
    text = SCHEMA if schema else SHIPPED if path is None else file_text(path)
    typer.echo(text.strip())


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="Policy file (TOML with rules in Cedar).")],
    plant: PlantFile = None,
) -> None:
    """Say whether a policy file can be used at the plant, and what it holds; 2 if it cannot."""
    from api.settings import load

    path = load({"plant": plant}).plant
    found = _policy(file, None if path is None else _plant(path))
    limits = found.limits
    people = ", ".join(f"{n} for a {tier} change" for tier, n in limits.approvals.items())
    typer.echo(
        f"{file}: policy “{found.name}”, version {found.version[:12]}, can be used.\n"
        f"Rules: {', '.join(found.ids) or 'none: everything is refused'}.\n"
        f"People who must approve: {people}; valid {limits.expires_s / 60:g} min."
    )
    if path is None:
        typer.echo("Without --plant it was not looked whether the plant has what the rules name.")


@app.command("explain")
def explain(
    principal: Annotated[str, typer.Argument(help="A user, or roles: operator, supervisor, …")],
    action: Annotated[str, typer.Argument(help="propose, approve, cancel, roll_back, …")],
    asset: Annotated[str, typer.Argument(help="An asset; or the point to be written.")],
    value: Annotated[float | None, typer.Argument(help="Value to be written to the point.")] = None,
    now: Annotated[
        float | None, typer.Option(help="Value that stands there; default the middle of its range.")
    ] = None,
    kind: Annotated[
        str, typer.Option(help="Kind of action; default write_plan for a point, else work_order.")
    ] = "",
    money: Annotated[
        float | None, typer.Option(help="Money at stake by its forecast; default not known.")
    ] = None,
    state: Annotated[
        str, typer.Option(help="What the machine does: execute, held, …; default not known.")
    ] = "unknown",
    policy: File = None,
    plant: PlantFile = None,
    data: Annotated[str | None, typer.Option("--data", help="Where users are kept.")] = None,
) -> None:
    """Say whether somebody may do something, by which rule, and who else must agree.

    opstwin policy explain operator propose SITE/AREA/LINE/UNIT/POINT 560

    What holds at the moment only (locks, modes, a freeze, what was moved already) is not
    asked; the gate asks it again before every write.
    """
    from api.settings import load
    from twin_core.errors import BadInput

    settings = load({"policy": policy, "plant": plant})
    if settings.plant is None:
        raise BadInput("No plant file: give --plant or OPSTWIN_PLANT.")
    read = _plant(settings.plant)
    found = _policy(settings.policy, read)
    request = _request(found, read, _who(principal, read.site, data), action, asset, kind,
                       value, now, money, state)  # fmt: skip
    typer.echo(found.explain(request))
    if action == "propose" and found.evaluate(request).allowed:
        roles = found.approvers(request.model_copy(update={"verb": "approve"}))
        n = found.limits.needed(request.tier)
        who = f"{n} of {' or '.join(roles)}, not the requester" if roles and n else "nobody can"
        heavy = found.limits.major.passed(request.stakes)
        typer.echo(
            f"It is a {request.tier} change{f' ({heavy})' if heavy else ''}; "
            f"who must approve: {who}."
        )


def _plant(path: Path) -> "Plant":
    from api.plant_file import read_plant

    return read_plant(path)


def _policy(path: Path | None, plant: "Plant | None") -> "Policy":
    """The policy of a file, or the shipped one; held against the plant if there is one."""
    from api.watched_file import file_text
    from twin_core.governance.policy import Policy

    found = Policy.shipped() if path is None else Policy.parse(file_text(path), str(path))
    return found if plant is None else found.fitting(plant, str(path))


def _who(principal: str, site: str, data: str | None) -> "Asker":
    """Somebody with these roles, or the user of that name."""
    from typing import get_args

    from api.clock import SystemClock
    from api.directory import DataDirectory
    from api.identity import Identity
    from api.settings import load
    from twin_core.answer import Asker, Role
    from twin_core.errors import UnknownName

    roles = [role.strip() for role in principal.split(",")]
    if set(roles) <= set(get_args(Role)):
        name = " and ".join(roles)
        return Asker(user=principal, name=f"somebody as {name}", roles=tuple(roles), sites=(site,))
    where = load({"data": data}).data
    if not where.is_dir():
        raise UnknownName("user", principal)
    directory = DataDirectory(where)
    return Identity(directory.identity, SystemClock().ledger).person(principal)


def _request(
    policy: "Policy", plant: "Plant", who: "Asker", verb: str, asset: str, kind: str,
    value: float | None, now: float | None, money: float | None, state: str,
) -> "Request":  # fmt: skip
    from pydantic import ValidationError

    from twin_core.errors import BadInput, NotWritable, OutOfRange
    from twin_core.governance.admission import known, moved
    from twin_core.governance.request import Request
    from twin_core.governance.stakes import Stakes, reached

    share, lines = 0.0, 0
    if asset in plant.index:
        point = plant.point(asset)
        span = point.spec.adjustable
        if value is not None and span is None:
            raise NotWritable(asset, "the plant file does not offer it")
        if value is not None and span is not None:
            if not span.holds(value):
                raise OutOfRange(asset, value, span.low, span.high, point.spec.unit)
            old = (span.low + span.high) / 2 if now is None else now
            share = moved(plant, asset, old, value)
        asset, kind = point.unit_id, kind or _ABOUT.get(verb, "write_plan")
        lines = len(tuple(reached(plant, (asset,))))
    else:
        known(plant, asset)
        if value is not None:
            raise BadInput(f"{asset} is no point: a value is written to a point.")
        kind = kind or _ABOUT.get(verb, "work_order")
    try:
        stakes = Stakes(share=share, lines=lines, money=money)
        return Request.model_validate(
            {
                "who": who, "verb": verb, "kind": kind, "site": plant.site, "assets": (asset,),
                "stakes": stakes, "tier": policy.limits.tier(stakes), "states": {asset: state},
            }
        )  # fmt: skip
    except ValidationError as problem:
        first = problem.errors()[0]
        raise BadInput(f"{first['loc'][0]}: {first['msg'].lower()}.") from problem
