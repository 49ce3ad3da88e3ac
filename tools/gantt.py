"""Plans as something to draw: what lines do when, as planned and as offered.

It must never decide how it looks.
"""

from collections.abc import Iterator, Sequence

from tools.wording import called, sentence
from twin_core.chart import Due, Gantt, Span
from twin_core.plant.assets import Plant
from twin_core.simulation.scheduling.offer import Offer
from twin_core.simulation.scheduling.plan import Plan
from twin_core.simulation.scheduling.schedule import Schedule
from twin_core.simulation.scheduling.shop import Shop


def plan_charts(plans: Sequence[Plan], plant: Plant) -> tuple[Gantt, ...]:
    """Plans of one moment with an offer, as planned and as offered; none where none has one."""
    offers = [(plan, plan.outcome) for plan in plans if isinstance(plan.outcome, Offer)]
    if not offers:
        return ()
    names = {line: sentence(called(line, plant)) for plan, _ in offers for line in plan.lines}
    due = tuple(
        Due(label=turn.order, at=(turn.due - plan.at) / 1e6)
        for plan, _ in offers
        for turn in plan.turns
        if turn.due is not None
    )
    named = next(iter(names.values())) if len(names) == 1 else "Lines"
    found = []
    for title, before in ((f"{named} as planned", True), (f"{named} as offered", False)):
        spans = [
            span.model_copy(update={"row": names[span.row]})
            for plan, offer in offers
            for span in _spans(plan.shop, offer.before if before else offer.schedule)
        ]
        found.append(
            Gantt(
                title=title, rows=tuple(names.values()), spans=tuple(spans), due=due,
                start=plans[0].at,
            )
        )  # fmt: skip
    return tuple(found)


def shop_charts(shop: Shop, offer: Offer) -> tuple[Gantt, Gantt]:
    """A shop as planned and as offered, vehicles under the machines."""
    vehicles = range(shop.fleet.vehicles if shop.fleet is not None else 0)
    rows = (*(machine.id for machine in shop.machines), *(_vehicle(v) for v in vehicles))
    due = tuple(Due(label=job.id, at=job.due) for job in shop.jobs if job.due is not None)
    before, offered = (
        Gantt(title=title, rows=rows, spans=tuple(_spans(shop, schedule)), due=due)
        for title, schedule in (("As planned", offer.before), ("As offered", offer.schedule))
    )
    return before, offered


def _spans(shop: Shop, schedule: Schedule) -> Iterator[Span]:
    """All of a schedule and what is closed meanwhile, in seconds after the shop's start."""
    end = schedule.makespan
    for machine in shop.machines:
        for window in machine.closed:
            if window.start < end:
                yield Span(row=machine.id, doing="closed", label=window.reason,
                           start=window.start, end=min(window.end, end))  # fmt: skip
    for change in schedule.changeovers:
        yield Span(row=change.machine, doing="changeover", label=change.job,
                   start=change.start, end=change.end)  # fmt: skip
    for stint in schedule.stints:
        yield Span(row=stint.machine, label=stint.job, start=stint.start, end=stint.end)
    for trip in schedule.trips:
        yield Span(row=_vehicle(trip.vehicle), label=trip.job, start=trip.start, end=trip.end)


def _vehicle(number: int) -> str:
    return f"vehicle {number + 1}"
