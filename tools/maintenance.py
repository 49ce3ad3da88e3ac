"""Work orders as the maintenance system has them. It must never open or close one."""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.wording import called, duration, moment
from twin_core.evidence import Evidence
from twin_core.plain_text import as_name, quoted
from twin_core.plant.assets import Plant
from twin_core.ports import WorkOrderRecord, WorkRecords
from twin_core.testimony.stops import reason_text
from twin_core.twin import Snapshot
from twin_core.work_history import WorkHistory, work_history

_MOST = 10
_AGAIN = 3


class WorkOrders(Arguments):
    """Work orders of the maintenance crew: what is open, what was found, newest first.

    And what they come to: how many, when work was last done, the mean time between faults found,
    which findings came again. Use it for "what is maintenance working on?", "any work orders on
    …?", "when was … last serviced?", "recurring faults of …?".
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
    given = {
        one.stop: reason_text(one, snapshot.plant)
        for one in scene.testimony()
        if one.stop and f"{one.asset}/".startswith(f"{path}/")
    }
    counted = work_history(everything, given.values())
    still_open = counted.open
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
    evidence = [_record(r, snapshot) for r in everything[:_MOST]]
    if said := _history(counted, path, snapshot):
        evidence.append(said)
    return ToolResult(status="ok", text=summary.statement, evidence=(summary, *evidence))


def _history(counted: WorkHistory, path: str, snapshot: Snapshot) -> Evidence | None:
    """What the orders come to, as one piece of evidence; None where there is nothing to tell."""
    plant, said = snapshot.plant, []
    if (last := counted.last_done) is not None:
        when = moment(last.closed or last.created, plant, snapshot.now)
        where = _called(last.asset, plant)
        said.append(f"Work was last done on {where}: {last.reference}, closed at {when}.")
    if counted.between_faults_h is not None:
        said.append(
            f"A fault was found {counted.faults} times, on one machine every "
            f"{duration(counted.between_faults_h * 3600)} on average "
            f"({counted.intervals} interval{'' if counted.intervals == 1 else 's'})."
        )
    said += [
        f"{quoted(one.finding.rstrip('.'))} came {len(one.orders)} times on "
        f"{_called(one.asset, plant)} ({', '.join(one.orders)}), "
        f"every {duration(one.every_h * 3600)} on average."
        for one in counted.recurring[:_AGAIN]
    ]
    if counted.reasons:
        told = ", ".join(f"{quoted(reason)} {n}" for reason, n in counted.reasons[:_MOST])
        said.append(f"Reasons that people gave for stops, and how often: {told}.")
    if not said:
        return None
    return Evidence(
        kind="record",
        subject=path,
        statement=" ".join(said),
        data={
            "faults": counted.faults,
            "between_faults_h": counted.between_faults_h,
            "intervals": counted.intervals,
            "recurring": [one.model_dump(mode="json") for one in counted.recurring[:_AGAIN]],
            "reasons": [list(pair) for pair in counted.reasons[:_MOST]],
        },
        time=snapshot.now,
        origin="maintenance system",
    )


def _called(asset: str, plant: Plant) -> str:
    known = asset in plant.units or len(asset.split("/")) < 4
    return called(asset, plant) if known else asset


def _record(record: WorkOrderRecord, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    where = _called(record.asset, plant)
    created = moment(record.created, plant, snapshot.now)
    closed = f", closed at {moment(record.closed, plant, snapshot.now)}" if record.closed else ""
    finding = f" The crew reports: {quoted(record.finding)}" if record.finding else ""
    return Evidence(
        kind="record",
        subject=record.asset,
        statement=(
            f"Work order {record.reference} on {where}, {record.status}: "
            f"{as_name(record.task.rstrip('.'))}, created at {created}{closed}.{finding}"
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
