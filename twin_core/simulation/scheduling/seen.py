"""What the twin sees that a plan begins from: what lines are set up for, and their real pace.

It must never put anything in the place of what is not seen.
"""

from twin_core.errors import NoData
from twin_core.operations.report import report
from twin_core.plant.classes import Role
from twin_core.twin import Snapshot
from twin_core.value import SECOND, Path, Slug, Value

_BACK_S = 86_400
_SEEN = 0.5
"""Share of a span below which it shows no pace."""
_SHORTEST_S = 3600.0


class Pace(Value):
    """Good output over what the nominal rate makes in planned time, over so many seconds: OEE."""

    share: float
    over_s: float


def running(snapshot: Snapshot) -> dict[Path, Slug]:
    """Line → product that its counting machine shows, where it is believed and changes over."""
    plant, found = snapshot.plant, {}
    products = {product.number: product.id for product in plant.products}
    for line in plant.lines:
        counter = plant.counter(line) if line.kind == "production" else None
        point = counter.with_role(Role.PRODUCT) if counter is not None else None
        if point is None:
            continue
        shown = snapshot.latest(point.id)
        if shown.state not in {"good", "uncertain"} or shown.value is None:
            continue
        product = products.get(round(shown.value))
        if product is not None and product in plant.changeovers.get(line.id, {product: {}}):
            found[line.id] = product
    return found


def pace(snapshot: Snapshot, line: Path) -> Pace | None:
    """How a line did over the last day, as far as that is remembered; None where it is too little.

    Overall equipment effectiveness (ISO 22400-2): it holds stops, slow running and rejects.
    """
    try:
        found = report(
            snapshot.plant, snapshot.past, line, snapshot.now - _BACK_S * SECOND, snapshot.now
        )
    except NoData:
        return None
    over_s = (found.end - found.start) / SECOND
    if not found.oee or found.complete < _SEEN or over_s < _SHORTEST_S:
        return None
    return Pace(share=found.oee, over_s=over_s)
