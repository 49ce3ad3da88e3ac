"""What keeps coming back on a line or machine: causes, reasons of stops, findings of the crew.

Counted exactly from what was diagnosed, confirmed and reported. It must never reason itself.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.wording import called, dated, sentence
from twin_core.errors import SourceDown
from twin_core.evidence import Evidence
from twin_core.plain_text import quoted
from twin_core.plant.assets import Plant
from twin_core.ports import WorkRecords
from twin_core.recurring import Again, recurring
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Instant, Path
from twin_core.work_history import Recurring, work_history

DAY_US = 86_400 * SECOND
DAYS = 30.0
"""How far back things are said to come again."""
_MOST, _DATES = 5, 6


class RecurringCauses(Arguments):
    """What keeps coming back: causes and findings that came more than once, with dates.

    Use it for "what keeps coming back on …?", "is this the first time?", "how often did … happen?".
    """

    doing: ClassVar[tuple[str, str]] = ("Counting what came again", "on")

    asset: str = Field(default="", description="line or machine; empty = whole plant")
    days: float = Field(default=DAYS, gt=0, le=365, description="how far back, days")


async def recurring_causes(
    scene: Scene, records: WorkRecords, asset: str = "", days: float = DAYS
) -> ToolResult:
    """Causes, reasons and findings that came more than once."""
    snapshot = scene.look()
    plant = snapshot.plant
    path = scene.asset(asset) if asset.strip() else plant.site
    since = snapshot.now - round(days * DAY_US)
    causes = recurring(path, scene.cases(), scene.testimony(), since, plant)
    findings, unheard = await found_again(records, path, since, plant)
    evidence = [_cause(one, plant) for one in causes[:_MOST]]
    evidence += findings[:_MOST]
    summary = _summary(path, len(causes) + len(findings), since, snapshot, unheard)
    return ToolResult(status="ok", text=summary.statement, evidence=(summary, *evidence))


async def found_again(
    records: WorkRecords, path: Path, since: Instant, plant: Plant
) -> tuple[list[Evidence], str]:
    """Findings of the crew that came again at or below an asset since a moment.

    And why they are not known, if they are not; empty if they are.
    """
    try:
        orders = await records.work_orders(None if path == plant.site else path)
    except SourceDown as problem:
        return [], str(problem)
    lately = [
        one for one in orders if one.created >= since and f"{one.asset}/".startswith(f"{path}/")
    ]
    return [_finding(one, plant) for one in work_history(lately).recurring], ""


def _summary(path: Path, n: int, since: Instant, snapshot: Snapshot, unheard: str) -> Evidence:
    plant = snapshot.plant
    begin = dated(since, plant)
    what = f"{n} thing{'' if n == 1 else 's'} came back" if n else "Nothing came back"
    where = called(path, plant)
    without = f" Work orders are not among it: {unheard}" if unheard else ""
    return Evidence(
        kind="record",
        subject=path,
        statement=f"{what} on {where} since {begin}.{without}",
        data={"things": n, "since": begin, "heard": not unheard},
        time=snapshot.now,
    )


def _cause(one: Again, plant: Plant) -> Evidence:
    times = [dated(at, plant) for at in one.times]
    told = ", ".join(times[-_DATES:])
    before = f"{len(times) - _DATES} more, " if len(times) > _DATES else ""
    by = f"; {one.confirmed} of the incidents were confirmed" if one.confirmed else ""
    return Evidence(
        kind="incident",
        subject=one.asset,
        statement=(
            f"{sentence(one.what)} at {called(one.asset, plant)}: {len(times)} times "
            f"({before}{told}){by}."
        ),
        data={
            "times": len(times), "at": times, "more": max(0, len(times) - _DATES),
            "incidents": list(one.incidents), "stops": list(one.stops), "confirmed": one.confirmed,
        },
        time=one.times[-1],
    )  # fmt: skip


def _finding(one: Recurring, plant: Plant) -> Evidence:
    last = dated(one.last, plant)
    known = one.asset in plant.units or one.asset.count("/") < 3
    where = called(one.asset, plant) if known else one.asset
    return Evidence(
        kind="record",
        subject=one.asset,
        statement=(
            f"The crew found {quoted(one.finding.rstrip('.'))} at {where} {len(one.orders)} times "
            f"({', '.join(one.orders)}), last on {last}."
        ),
        data={"times": len(one.orders), "orders": list(one.orders), "last": last},
        time=one.last,
        origin="maintenance system",
    )
