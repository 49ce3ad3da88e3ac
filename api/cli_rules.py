"""`opstwin rules`: what is approved in advance. Thin HTTP clients."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli_export import Url, connected
from twin_core.errors import BadInput

app = typer.Typer(help="Standing rules: routine changes approved in advance.", no_args_is_help=True)


@app.command("list")
def show(url: Url = None) -> None:
    """Show the rules in force: what they let happen, how often, until when, by whom."""
    for rule in connected(url).get("/standing-rules"):
        bands = ", ".join(f"{at} {b['low']:g}..{b['high']:g}" for at, b in rule["bands"].items())
        ends = datetime.fromtimestamp(rule["at"] / 1e6 + rule["days"] * 86_400, UTC)
        typer.echo(
            f"{rule['id']}\t{bands}\t{rule['most']} times in {rule['window_s'] / 60:g} min\t"
            f"until {ends:%Y-%m-%d %H:%M} UTC\t{rule['name']}: {rule['reason']}"
        )


@app.command("sign")
def sign(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id: small letters, digits, -.")],
    band: Annotated[
        list[str],
        typer.Argument(metavar="POINT=LOW..HIGH…", help="What each point may be set to."),
    ],
    reason: Annotated[str, typer.Option(help="Why, for everybody to read.")],
    days: Annotated[float, typer.Option(help="Days until it ends.")] = 30,
    most: Annotated[int, typer.Option(help="How often, within --minutes.")] = 4,
    minutes: Annotated[float, typer.Option(help="In which --most is counted.")] = 60,
    moves: Annotated[
        bool, typer.Option("--moves", help="Bands are quantities moved to places, not settings.")
    ] = False,
    url: Url = None,
) -> None:
    """Approve routine changes in advance (engineers).

    What the rule covers is carried out without asking, read back and told, where the asset stands
    at act_by_standing_rule and nothing makes the change a major one. A rule of the same id is
    replaced.
    """
    body = {
        "id": name, "kind": "stock_move" if moves else "write_plan",
        "bands": dict(map(_band, band)), "most": most, "window_s": minutes * 60, "days": days,
        "reason": reason,
    }  # fmt: skip
    found = connected(url).post("/standing-rules", body)
    typer.echo(f"In force: {found['id']}. It ends at once with: opstwin rules revoke {name}")


@app.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(metavar="ID", help="From `opstwin rules list`.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    url: Url = None,
) -> None:
    """End a rule at once; anybody who works there may."""
    connected(url).post(f"/standing-rules/{name}/revocations", {"reason": reason})
    typer.echo(f"Revoked: {name}.")


def _band(text: str) -> tuple[str, dict[str, float]]:
    point, _, ends = text.partition("=")
    low, dots, high = ends.partition("..")
    try:
        return point, {"low": float(low), "high": float(high if dots else low)}
    except ValueError as problem:
        raise BadInput(f"“{text}” is not POINT=LOW..HIGH.") from problem
