"""Rate, OEE and state times of a line (ISO 22400-2). What is not given is said to be not given.

It must never average OEEs, and never call a busy time of zero a full one.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.machine import state_name
from tools.rate import line_rate
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.wording import called, duration, percent, period, sentence
from twin_core.evidence import Evidence
from twin_core.operations.kpi import LineIndicators, StateTimes
from twin_core.twin import Snapshot

_FACTORS = (
    ("oee", "OEE"),
    ("availability", "availability"),
    ("effectiveness", "effectiveness"),
    ("quality", "quality"),
)


class Indicators(Arguments):
    """Indicators of a line (rate, availability, effectiveness, OEE), state times of a machine.

    Use it for "what is the OEE of …?"; name a machine for "how long was … held?".
    """

    doing: ClassVar[tuple[str, str]] = ("Reading indicators", "of")

    asset: str = Field(description="line, or a machine on it, as people call it")


async def indicators(scene: Scene, asset: str) -> ToolResult:
    """The indicators of the line an asset stands on, and the state times of that asset."""
    snapshot = scene.look()
    path = scene.asset(asset)
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
    values = {key: getattr(found, key) for key, _ in _FACTORS}
    known = [f"{word} {percent(values[key])}" for key, word in _FACTORS if values[key] is not None]
    missing = [word for key, word in _FACTORS if values[key] is None]
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
