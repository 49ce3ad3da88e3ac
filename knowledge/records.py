"""Work orders as passages: what the crew wrote is found by meaning, beside the exact queries.

It must never count them or say when one was: `tools/maintenance.py` asks the records for that.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from knowledge.passages import Passage
from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND

_LONGEST = 4000


def work_order_passages(
    orders: Iterable[WorkOrderRecord], about: Callable[[str], tuple[str, str]]
) -> tuple[Passage, ...]:
    """A passage for each work order, newest wording of each.

    Args:
        orders: as the maintenance system has them.
        about: asset → (its name, its equipment class or "").
    """
    found: dict[str, Passage] = {}
    for order in orders:
        name, kind = about(order.asset)
        created = datetime.fromtimestamp(order.created / SECOND, UTC)
        said = [order.task.rstrip(". ") + "."]
        if order.finding:
            said.append(f"Found: {order.finding.rstrip('. ')}.")
        if order.found_fault is not None:
            said.append("A fault was found." if order.found_fault else "No fault was found.")
        # No document's passage has a colon in its id, so none can take the place of one of these.
        identity = f"work-order:{order.reference}"
        found.setdefault(
            identity,
            Passage(
                id=identity,
                document=order.reference,
                title="Work order",
                version=order.status,
                section=f"{name}, {created:%Y-%m-%d}",
                classes=(kind,) if kind else (),
                sites=(order.asset.split("/")[0],),
                assets=(order.asset,),
                text=" ".join(said)[:_LONGEST],
            ),
        )
    return tuple(found.values())
