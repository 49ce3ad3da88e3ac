"""`opstwin warehouse`: picking, slotting, replenishing, rebalancing. Thin HTTP clients."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli_export import Url, connected
from api.cli_schedule import read_yaml, said, show
from api.cli_whatif import Png, draw
from twin_core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from api.client import Client

app = typer.Typer(
    help="The warehouses of the plant file: without a verb, those there are.",
    invoke_without_command=True,
    no_args_is_help=False,
)

Warehouse = Annotated[str, typer.Option(help="Its id or name; absent = the only one.")]
Orders = Annotated[
    Path | None,
    typer.Option(
        help="Order history, CSV or Parquet: order, article, quantity, arrived, due; absent = "
        "the plant's own."
    ),
]
Day = Annotated[str, typer.Option(help="2026-03-02; absent = today, or the newest day.")]
Json = Annotated[bool, typer.Option("--json", help="The whole of it as JSON.")]


@app.callback()
def warehouses(context: typer.Context, url: Url = None) -> None:
    """List the warehouses of the plant file."""
    if context.invoked_subcommand is not None:
        return
    from api.warehouse_lines import store_lines

    body = connected(url).get("/warehouses")
    show(body, store_lines(body), as_json=False)


@app.command()
def picking(
    warehouse: Warehouse = "",
    orders: Orders = None,
    day: Day = "",
    objective: Annotated[
        Literal["labour", "flow", "tardiness"],
        typer.Option(help="Picker time per line, time until done, or lateness."),
    ] = "labour",
    png: Png = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Rank picking order by order, in batches, by zones and in waves on the same days."""
    from api.warehouse_lines import picking_lines

    body = _asked("picking", warehouse, orders, day, url, quiet=as_json, objective=objective)
    _shown(body, picking_lines(body), png, url, as_json=as_json)


@app.command()
def slotting(
    warehouse: Warehouse = "",
    orders: Orders = None,
    day: Day = "",
    png: Png = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Find where goods should lie, made from the days before and judged on this one."""
    from api.warehouse_lines import slotting_lines

    body = _asked("slotting", warehouse, orders, day, url, quiet=as_json)
    _shown(body, slotting_lines(body), png, url, as_json=as_json)


@app.command()
def replenish(
    warehouse: Warehouse = "",
    orders: Orders = None,
    day: Day = "",
    png: Png = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Draw rules for fetching from reserve from the day before, beside those that are."""
    from api.warehouse_lines import replenishing_lines

    body = _asked("replenishing", warehouse, orders, day, url, quiet=as_json)
    _shown(body, replenishing_lines(body), png, url, as_json=as_json)


@app.command()
def rebalance(
    file: Annotated[
        Path | None,
        typer.Argument(help="YAML or JSON: lots, needs, hauls; absent = the plant's warehouses."),
    ] = None,
    png: Png = None,
    as_json: Json = False,
    url: Url = None,
) -> None:
    """Find the cheapest moves between places that cover what each will be asked for."""
    from api.warehouse_lines import rebalancing_lines

    told: Any = {}
    if file is not None:
        told = read_yaml("FILE", file)
        if not isinstance(told, dict) or "needs" not in told:
            raise BadInput(f"FILE: {file} holds no `lots`, `needs` and `hauls`.")
    body = connected(url).post("/warehouses/rebalancing", told)
    _shown(body, rebalancing_lines(body), png, url, as_json=as_json)


def _shown(
    body: Any, lines: "Iterable[RenderableType]", png: Path | None, url: str | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    show(body, lines, as_json=as_json)
    if png is not None:
        draw(body["charts"], png, url)


def _asked(
    what: str, warehouse: str, orders: Path | None, day: str, url: str | None, *, quiet: bool,
    **more: str,
) -> Any:  # fmt: skip
    client = connected(url)
    body: dict[str, Any] = {"warehouse": warehouse, **more}
    if day:
        body["day"] = day
    if orders is not None:
        body["days"] = _days(orders, client)
    said(f"Simulating {what} …", quiet=quiet)
    return client.post(f"/warehouses/{what}", body)


def _days(file: Path, client: "Client") -> dict[str, Any]:
    from api.outside import picked_in

    return {
        day.isoformat(): [order.model_dump(mode="json") for order in orders]
        for day, orders in picked_in(file, client.zone()).items()
    }
