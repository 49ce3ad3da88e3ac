"""What could run better when nothing is wrong: at most three, each tried in the model, or none.

It must never change anything, nor tell a gain without its interval.
"""

from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.change_words import change_words
from tools.result import ToolResult
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, gain, percent, sentence
from twin_core.chart import Bars
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.prospect.improve import SHIFT_S
from twin_core.prospect.improvement import Improved, Improvement
from twin_core.twin import Snapshot
from twin_core.units import unit_text

_KIND = {
    "speed": "speeds out of balance", "buffer": "a buffer that is not used",
    "setting": "a setting away from what it should be", "waste": "waste while it stands",
    "changeover": "the order of changeovers",
}  # fmt: skip


class CouldRunBetter(Arguments):
    """What could run better on a line, an area or the plant when nothing is wrong: tried first.

    Speeds, buffers, settings, media wasted in stops, the order of changeovers. Use it for "what
    could run better?", "any improvements on …?", "where do we waste …?".
    """

    doing: ClassVar[tuple[str, str]] = ("Trying what could run better", "on")

    asset: str = Field(default="", description="plant, area or line; empty = the plant")


async def could_run_better(scene: Scene, forecaster: Forecaster, asset: str = "") -> ToolResult:
    """At most three improvements, or that there is none; what was looked at."""
    snapshot = scene.look()
    path = scene.asset(asset) if asset.strip() else snapshot.plant.site
    found = await forecaster.improve(snapshot, path)
    evidence = improvements_told(found, snapshot)
    charts = (_chart(found, snapshot.plant),) if found.found else ()
    return ToolResult(status="ok", text=evidence[0].statement, evidence=evidence, charts=charts)


def improvements_told(found: Improved, snapshot: Snapshot) -> tuple[Evidence, ...]:
    """What was found as evidence: how many, each, and what was passed over."""
    plant = snapshot.plant
    where = called(found.subject, plant)
    if found.found:
        more = f"; {found.more} more would be there" if found.more else ""
        head = f"In {where} {len(found.found)} could be found that would run better{more}."
    elif found.passed and not found.looked:
        head = f"In {where} nothing was looked at."
    else:
        head = f"In {where} nothing was found that would surely run better."
    looked = f" {found.trials} scenarios were simulated." if found.trials else ""
    counts: dict[str, object] = {"found": len(found.found), "more": found.more}
    counts |= {"trials": found.trials, "looked": list(found.looked)}
    told = [_said(found, found.subject, head + looked, counts)]
    told += [
        _said(found, one.asset, _one(one, plant), {**one.model_dump(mode="json"), "interval": 90,
                                                   "per_cent": 100.0 * one.share,
                                                   "hours": SHIFT_S / 3600})
        for one in found.found
    ]  # fmt: skip
    told += [
        _said(found, line, f"{sentence(called(line, plant))} was not looked at: {why}",
              {"passed": why})
        for line, why in found.passed.items()
    ]  # fmt: skip
    return tuple(told)


def _said(found: Improved, subject: str, statement: str, data: dict[str, object]) -> Evidence:
    return Evidence(
        kind="forecast",
        subject=subject,
        statement=statement,
        data=data,
        time=found.at,
        quality="simulated",
        origin=f"model {found.model_version}",
    )


def _one(one: Improvement, plant: Plant) -> str:
    name = called(one.asset, plant)
    ahead = duration(SHIFT_S)
    if one.kind == "waste" and one.target is not None:
        medium = called(one.target, plant)
        return (
            f"{sentence(name)}: {one.why}; shutting it off in the planned stops of the next "
            f"{ahead} spares {gain(one.gain)} of {medium}, {percent(one.share)} of what it gives. "
            "Counted, not simulated."
        )
    if one.kind == "changeover":
        return (
            f"{sentence(name)}: {one.why}: {', '.join(one.orders)}; in the time that is won it "
            f"makes {gain(one.gain)}, {percent(one.share)} of the orders; the interval is that of "
            "the products' rates and of the share of them that the line reaches."
        )
    change = " and ".join(change_words(change, plant) for change in one.changes)
    return (
        f"{sentence(name)}, {_KIND[one.kind]}: {one.why}. With {change} the line makes "
        f"{gain(one.gain)} over the next {ahead}, {percent(one.share)} of its rate."
    )


def _chart(found: Improved, plant: Plant) -> Bars:
    return Bars(
        title="What would run better, share of the rate",
        labels=tuple(f"{sentence(called(x.asset, plant))}: {_KIND[x.kind]}" for x in found.found),
        values=tuple(100 * x.share for x in found.found),
        low=tuple(100 * _scaled(x, x.gain.low) for x in found.found),
        high=tuple(100 * _scaled(x, x.gain.high) for x in found.found),
        unit=unit_text("%"),
    )


def _scaled(one: Improvement, value: float) -> float:
    """A gain as the share that its mean is told as."""
    return one.share * value / one.gain.mean if one.gain.mean else 0.0
