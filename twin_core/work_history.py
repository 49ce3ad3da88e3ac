"""What work orders come to: how many, when last, how often faults were found, which come again.

Counted exactly, by asset and by what the crew reported; never by likeness of words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND, Instant, Path, Value


class Recurring(Value):
    """A finding that was reported of one asset more than once.

    Attributes:
        finding: in the words of its newest report.
        orders: the references, oldest first.
        every_h: mean hours between the orders' creation.
        last: creation of the newest.
    """

    asset: Path
    finding: str
    orders: tuple[str, ...]
    every_h: float
    last: Instant


class WorkHistory(Value):
    """The work orders of an asset and everything below it, in numbers.

    Attributes:
        orders: all of them; `open` those not done; `faults` those in which a fault was found.
        last_done: the newest that is done; None if none is.
        between_faults_h: mean hours between the creation of successive orders in which a fault was
            found, on the same asset; None where no asset has two.
        intervals: how many it is the mean of.
        recurring: findings that came again, the most frequent first.
        reasons: what people gave as reasons of stops, with how often, the most frequent first.
    """

    orders: int
    open: int
    faults: int
    last_done: WorkOrderRecord | None
    between_faults_h: float | None
    intervals: int
    recurring: tuple[Recurring, ...]
    reasons: tuple[tuple[str, int], ...] = ()


def work_history(records: Iterable[WorkOrderRecord], reasons: Iterable[str] = ()) -> WorkHistory:
    """Count work orders, and the reasons that were given for stops.

    Two findings are one where they differ in nothing but case, spaces and a last full stop. An
    order without a finding, or in which expressly no fault was found, recurs with none.
    """
    orders = sorted(records, key=lambda one: (one.created, one.reference))
    done = [one for one in orders if one.status == "done"]
    faults = [one for one in orders if one.found_fault]
    by_asset: dict[str, list[Instant]] = defaultdict(list)
    for one in faults:
        by_asset[one.asset].append(one.created)
    spans = [(times[-1] - times[0]) / SECOND / 3600 for times in by_asset.values()]
    intervals = sum(len(times) - 1 for times in by_asset.values())
    return WorkHistory(
        orders=len(orders),
        open=len(orders) - len(done),
        faults=len(faults),
        last_done=max(done, key=lambda one: (one.closed or one.created, one.reference))
        if done
        else None,
        between_faults_h=sum(spans) / intervals if intervals else None,
        intervals=intervals,
        recurring=_recurring(orders),
        reasons=tuple(sorted(Counter(reasons).items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _recurring(orders: Iterable[WorkOrderRecord]) -> tuple[Recurring, ...]:
    found: dict[tuple[str, str], list[WorkOrderRecord]] = defaultdict(list)
    for one in orders:
        said = " ".join(one.finding.casefold().split()).rstrip(".")
        if said and one.found_fault is not False:
            found[one.asset, said].append(one)
    again = [
        Recurring(
            asset=asset,
            finding=same[-1].finding,
            orders=tuple(one.reference for one in same),
            every_h=(same[-1].created - same[0].created) / SECOND / 3600 / (len(same) - 1),
            last=same[-1].created,
        )
        for (asset, _), same in found.items()
        if len(same) > 1
    ]
    return tuple(sorted(again, key=lambda one: (-len(one.orders), -one.last, one.asset)))
