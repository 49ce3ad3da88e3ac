"""Work orders as the maintenance system has them. It must never open or close one."""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.wording import called, moment
from twin_core.evidence import Evidence
from twin_core.ports import WorkOrderRecord, WorkRecords
from twin_core.twin import Snapshot

_MOST = 10


class WorkOrders(Arguments):
    """Work orders of the maintenance crew: what is open, what was found, newest first.

    Use it for "what is maintenance working on?", "any work orders on …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Reading work orders", "on")

    asset: str = Field(default="", description="line or machine; empty = whole plant")


async def work_orders(scene: Scene, records: WorkRecords, asset: str = "") -> ToolResult:
    """Work orders at or below an asset."""
    snapshot = scene.look()
    path = scene.asset(asset) if asset.strip() else snapshot.plant.site
    everything = [
        r
        for r in await records.work_orders(None if path == snapshot.plant.site else path)
        if r.asset.split("/")[0] == snapshot.plant.site
    ]
    still_open = sum(r.status != "done" for r in everything)
    summary = Evidence(
        kind="record",
        subject=path,
        statement=(
            f"There {'is' if len(everything) == 1 else 'are'} {len(everything) or 'no'} work "
            f"order{'' if len(everything) == 1 else 's'} for {called(path, snapshot.plant)}"
            + (f", {still_open or 'none'} of them open." if everything else ".")
        ),
        data={"all": len(everything), "open": still_open},
        time=snapshot.now,
        origin="maintenance system",
    )
    evidence = tuple(_record(r, snapshot) for r in everything[:_MOST])
    return ToolResult(status="ok", text=summary.statement, evidence=(summary, *evidence))


def _record(record: WorkOrderRecord, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    known = record.asset in plant.units or len(record.asset.split("/")) < 4
    where = called(record.asset, plant) if known else record.asset
    created = moment(record.created, plant, snapshot.now)
    closed = f", closed at {moment(record.closed, plant, snapshot.now)}" if record.closed else ""
    finding = f" The crew reports: “{record.finding}”" if record.finding else ""
    return Evidence(
        kind="record",
        subject=record.asset,
        statement=(
            f"Work order {record.reference} on {where}, {record.status}: "
            f"{record.task.rstrip('.')}, created at {created}{closed}.{finding}"
        ),
        data={
            "reference": record.reference,
            "status": record.status,
            "found_fault": record.found_fault,
            "created": record.created,
            "closed": record.closed,
        },
        time=record.created,
        origin="maintenance system",
    )
