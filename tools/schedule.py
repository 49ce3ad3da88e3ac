"""The best order of a line's jobs, beside the one that is planned: found, run, and only told.

It must never change a plan: it offers, and people decide.
"""

from typing import ClassVar

from pydantic import Field

from tools.ahead import read_ahead
from tools.arguments import Arguments
from tools.gantt import plan_charts
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, moment, percent, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.simulation.scheduling.offer import Offer, Withheld
from twin_core.simulation.scheduling.plan import Plan, Plans, Totals, Wish
from twin_core.simulation.scheduling.search import NoneExists
from twin_core.simulation.scheduling.seen import Pace, pace
from twin_core.twin import Snapshot

_MOST_NAMED = 12


class Schedule(Arguments):
    """The best order of the jobs (production orders) of a line, or of all lines.

    Beside the order that is planned: when all is done, lateness, changeovers. Use it for "can you
    find a better order of the jobs on …?", "what is the best schedule for tonight?".
    """

    doing: ClassVar[tuple[str, str]] = ("Looking for a better order of the jobs", "on")

    line: str = Field(default="", description="whose jobs; empty = every line's")
    horizon: str = Field(
        default="", description="how far ahead: “12 h”, “tonight”, “tomorrow”; empty = all jobs"
    )


async def schedule(
    scene: Scene, forecaster: Forecaster, line: str = "", horizon: str = ""
) -> ToolResult:
    """What is planned and what is offered, line by line."""
    snapshot = scene.look()
    plant = snapshot.plant
    lines = lines_with_orders(scene, line)
    if not lines:
        return no_data("There are no orders to put into another order.")
    horizon_s = read_ahead(horizon, snapshot.now, plant) if horizon.strip() else None
    found = await forecaster.schedule(snapshot, Wish(lines=lines, horizon_s=horizon_s))
    evidence = [
        *(said for plan in found.plans for said in _evidence(plan, snapshot)),
        *_unplanned(found, snapshot),
    ]
    return ToolResult(
        status="ok",
        text="Found by search and run by simulation; nothing is changed.",
        evidence=tuple(evidence),
        charts=plan_charts(found.plans, plant),
    )


def lines_with_orders(scene: Scene, said: str) -> tuple[str, ...]:
    """The lines with orders at or below what was said; a line itself, whatever it has."""
    plant = scene.look().plant
    path = scene.asset(said) if said.strip() else plant.site
    if path.count("/") >= 2:
        return ("/".join(path.split("/")[:3]),)
    lines = dict.fromkeys(order.line for order in plant.orders)
    return tuple(one for one in lines if f"{one}/".startswith(f"{path}/"))


def _evidence(plan: Plan, snapshot: Snapshot) -> list[Evidence]:
    """What a plan comes to, and what it takes for granted."""
    plant, outcome = snapshot.plant, plan.outcome
    name = " and ".join(called(line, plant) for line in plan.lines)
    if isinstance(outcome, Offer):
        told = f"{sentence(name)}: {_offered(plan, outcome, snapshot)}"
    elif isinstance(outcome, NoneExists):
        told = f"{sentence(name)}: no order of the jobs keeps every deadline; {outcome.told}"
    elif isinstance(outcome, Withheld):
        told = f"{sentence(name)}: nothing is offered, for {'; '.join(outcome.why)}"
    else:
        told = f"{sentence(name)}: no order of the jobs was found in the time there is"
    found = [_said(plan, f"{told}.", _data(plan), snapshot)]
    seen = {line: pace(snapshot, line) for line in plan.lines}
    notes = [*plan.unsaid, *(_paced(line, share, plant) for line, share in seen.items())]
    known = {line: share.model_dump() for line, share in seen.items() if share is not None}
    assumed = f"{sentence(_readable('; '.join(notes), plant))}."
    return [*found, _said(plan, assumed, {"pace": known}, snapshot)]


def _said(plan: Plan, statement: str, data: dict[str, object], snapshot: Snapshot) -> Evidence:
    outcome = plan.outcome
    return Evidence(
        kind="plan",
        subject=plan.lines[0],
        statement=statement,
        data=data,
        time=snapshot.now,
        quality="simulated",
        origin=outcome.model_version if isinstance(outcome, Offer) else "twin",
    )


def _offered(plan: Plan, outcome: Offer, snapshot: Snapshot) -> str:
    before, offered = plan.before, plan.offered
    assert before is not None
    assert offered is not None
    sure = "nothing better exists" if outcome.proven else "a better one may exist"
    orders = [turn.order for turn in plan.turns]
    count = f"{len(orders)} jobs" if len(orders) > 1 else "only job"
    if not plan.better:
        word = "is as good as any" if outcome.proven else "was not improved on"
        return (
            f"the planned order of its {count} {word}: {_total(offered, snapshot)}; "
            "the simulation ran it so"
        )
    named = ", ".join(orders[:_MOST_NAMED]) + (", …" if len(orders) > _MOST_NAMED else "")
    return (
        f"a better order of its {count} is {named}: {_total(offered, snapshot)}, instead of "
        f"{_total(before, snapshot)}; {sure}, and the simulation ran it so"
    )


def _total(total: Totals, snapshot: Snapshot) -> str:
    when = moment(total.end, snapshot.plant, snapshot.now)
    late = "none late"
    if total.late:
        late = f"{total.late} late by {duration(total.late_s)}" + " in all" * (total.late > 1)
    changes = f"{total.changeovers} changeover{'' if total.changeovers == 1 else 's'}"
    spent = f" of {duration(total.changeover_s)}" if total.changeovers else ""
    return f"done at {when}, {late}, {changes}{spent}"


def _data(plan: Plan) -> dict[str, object]:
    outcome = plan.outcome
    if not isinstance(outcome, Offer):
        return {"outcome": outcome.kind}
    assert plan.before is not None
    assert plan.offered is not None
    return {
        "outcome": outcome.kind,
        "aim": plan.aim,
        "orders": [turn.order for turn in plan.turns],
        "before": plan.before.model_dump(),
        "offered": plan.offered.model_dump(),
        "better": plan.better,
        "proven": outcome.proven,
        "bound": outcome.bound,
        "use_before": [use.share for use in outcome.use_before],
        "use": [use.share for use in outcome.use],
    }


def _paced(line: str, seen: Pace | None, plant: Plant) -> str:
    """What a line really made of its nominal rate, where that was seen."""
    counted = f"jobs on {called(line, plant)} are counted at its nominal rate"
    if seen is None:
        return counted
    over = duration(seen.over_s)
    return f"{counted}, of which it made {percent(seen.share)} in planned time over the last {over}"


def _unplanned(found: Plans, snapshot: Snapshot) -> list[Evidence]:
    plant = snapshot.plant
    return [
        Evidence(
            kind="plan",
            subject=line,
            statement=f"{sentence(called(line, plant))} has no plan: {_readable(why, plant)}",
            data={},
            time=snapshot.now,
        )
        for line, why in found.unplanned.items()
    ]


def _readable(told: str, plant: Plant) -> str:
    """The same with lines by the names that people have for them."""
    for line in plant.lines:
        told = told.replace(line.id, called(line.id, plant))
    return told
