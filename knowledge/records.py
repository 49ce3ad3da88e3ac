"""Work orders and confirmed incidents as passages: what people found is found by meaning.

It must never count them or say when one was: `tools/maintenance.py` asks the records for that. No
id of these holds a colon by chance: no document's passage has one, so none can take their place.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from knowledge.passages import Passage
from twin_core.errors import UnknownName
from twin_core.operations.incident import Incident
from twin_core.plant.assets import Plant
from twin_core.ports import WorkOrderRecord
from twin_core.value import SECOND, Instant

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


def confirmed_incident(
    incident: Incident, plant: Plant, asset: str, mode: str, words: str, who: str, at: Instant
) -> Passage:
    """What an incident was, as a person confirmed it.

    Args:
        incident: as the twin knows it.
        plant: with the asset.
        asset: the unit where the cause was.
        mode: id of one of its class's failure modes; "" = none of them.
        words: what else the person says of it.
        who: his name.
        at: when he says it, ledger time; that is the version.

    Raises:
        UnknownName: no such unit, or its class has no such failure mode.
    """
    unit, kind = plant.unit(asset), plant.class_of(asset)
    failure = kind.failure_mode(mode) if mode else None
    if mode and failure is None:
        raise UnknownName(f"failure mode of {kind.name}", mode, [m.id for m in kind.failure_modes])
    named = f"{failure.name} at {unit.name}" if failure else f"at {unit.name}"
    opened = datetime.fromtimestamp(incident.opened / SECOND, UTC)
    line = plant.line(asset)
    return Passage(
        id=f"incident:{incident.id}/cause",
        document=incident.id,
        title="Confirmed incident",
        version=f"{datetime.fromtimestamp(at / SECOND, UTC):%Y-%m-%d %H:%M}",
        section=f"{line.name}, {opened:%Y-%m-%d}",
        classes=(unit.class_id,),
        sites=(plant.site,),
        assets=tuple(dict.fromkeys((asset, line.id))),
        text=f"{incident.statement} The cause, as {who} confirmed: {named}. {words}"[:_LONGEST],
    )
