"""Rate, OEE and state times of a line (ISO 22400-2). What is not given is said to be not given.

It must never average OEEs, and never call a busy time of zero a full one.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.machine import state_name
from tools.performance import FACTORS, over, ranking
from tools.rate import line_rate
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.wording import called, duration, percent, period, sentence
from twin_core.evidence import Evidence
from twin_core.operations.kpi import LineIndicators, StateTimes
from twin_core.twin import Snapshot


class Indicators(Arguments):
    """Indicators of lines and machines: rate, OEE and its factors, state times, MTBF, MTTR.

    Use it for "what is the OEE of …?", "how often did … fail this shift?", "today against
    yesterday", "which line is worst?" (no asset). Without a span: the last minutes.
    """

    doing: ClassVar[tuple[str, str]] = ("Reading indicators", "of")

    asset: str = Field(
        default="", description="line or machine as people call it; empty = rank all lines"
    )
    span: str = Field(
        default="", description="e.g. “last hour”, “this shift”, “today”, “06:00 to 14:00”"
    )
    against: str = Field(default="", description="a second span to compare with, e.g. “yesterday”")


async def indicators(
    scene: Scene, asset: str = "", span: str = "", against: str = ""
) -> ToolResult:
    """The indicators of an asset, over the last minutes or a span, or against another span."""
    snapshot = scene.look()
    path = scene.asset(asset) if asset.strip() else snapshot.plant.site
    several = len(path.split("/")) < 3
    if several and not against.strip():
        return ranking(snapshot, path, span or "last hour")
    if span.strip() or against.strip():
        return over(snapshot, path, span or "last hour", against)
    line = snapshot.plant.line(path)
    silent = scene.silent(line.id)
    if silent is not None:
        return no_data(silent.statement, silent)
    found = snapshot.indicators.get(line.id)
    if found is None:
        return no_data(f"There are no indicators for {called(line.id, snapshot.plant)}.")
    times = [_times(s, snapshot) for s in found.states if s.asset == path]
    evidence = (*times, _oee(found, snapshot), line_rate(snapshot, line))
    return ToolResult(status="ok", text=evidence[0].statement, evidence=evidence)


def _oee(found: LineIndicators, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    values = {key: getattr(found, key) for key, _ in FACTORS}
    known = [f"{word} {percent(values[key])}" for key, word in FACTORS if values[key] is not None]
    missing = [word for key, word in FACTORS if values[key] is None]
    lacking = [f"{' and '.join(missing)} not to be had"] if missing else []
    # What was asked for comes first: the OEE, or that there is none.
    told = "; ".join([*lacking, ", ".join(known)] if known else ["no indicator can be had"])
    name = sentence(called(found.line, plant))
    return Evidence(
        kind="indicator",
        subject=found.line,
        statement=f"{name} {period(found.start, found.end, plant)}: {told}.",
        data={**values, "start": found.start, "end": found.end, "complete": found.complete},
        time=found.end,
        quality="good" if found.complete >= 0.5 else "uncertain",
    )


def _times(times: StateTimes, snapshot: Snapshot) -> Evidence:
    plant = snapshot.plant
    spent = sorted(times.seconds.items(), key=lambda item: -item[1])
    told = ", ".join(f"{state_name(state)} {duration(s)}" for state, s in spent if s > 0)
    name = sentence(called(times.asset, plant))
    return Evidence(
        kind="indicator",
        subject=times.asset,
        statement=f"{name} {period(times.start, times.end, plant)}: {told or 'no state heard'}.",
        data={"seconds": {str(k): v for k, v in times.seconds.items()}, "end": times.end},
        time=times.end,
    )
