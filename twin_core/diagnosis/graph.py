"""How a cause at one asset reaches another: along supplies and feeds, through headers and ties.

Causes travel with `supplies` links (a weak compressor, a header, its machines), against them as
demand (a leak at one machine lowers the header of all), with `feeds` as starving and against them
as blocking; a controller acts on what it controls. It must never look at a value.
"""

from collections import deque
from collections.abc import Iterable

from twin_core.plant.assets import Line, Plant

_SUPPLIES = {"producer", "header", "tie", "store"}
"""Models of what supplies others by its nature."""


def supplies(plant: Plant, line: Line) -> tuple[str, ...]:
    """Everything that supplies the line's units, at any remove, nearest first.

    A plant file without any link, as discovery leaves it, does not tell what supplies what: then
    whatever could does.
    """
    if not plant.links:
        able = (u for u in plant.units.values() if plant.class_of(u.id).model in _SUPPLIES)
        return tuple(u.id for u in able if plant.line(u.id).id != line.id)
    queue = deque(u.id for u in line.units)
    seen = dict.fromkeys(queue)
    while queue:
        here = queue.popleft()
        for link in _into(plant, here):
            if link not in seen:
                seen[link] = None
                queue.append(link)
    own = {u.id for u in line.units}
    return tuple(u for u in seen if u not in own)


def troubling(plant: Plant, line: Line) -> tuple[str, ...]:
    """Every unit at which a cause may lie of what the line does: its own, and its supplies."""
    return (*(u.id for u in line.units), *supplies(plant, line))


def spoken_of(plant: Plant, line: Line) -> frozenset[str]:
    """Every unit of which a word may be about the line: its own, its supplies, what it delivers to.

    Not whoever else delivers there: what stands at another line's end is that line's matter.
    """
    own = {u.id for u in line.units}
    queue = deque((u, False) for u in own)
    seen = set(queue)
    while queue:
        here, fed = queue.popleft()
        others = {k.source for k in plant.links_into(here, "feeds")} if fed else set[str]()
        after = {k.target for k in plant.links_from(here, "feeds")}
        for unit in set(_into(plant, here)) - (others - after - own):
            step = unit, fed or unit in after
            if step not in seen:
                seen.add(step)
                queue.append(step)
    return frozenset(unit for unit, _ in seen)


def around(plant: Plant, line: Line) -> frozenset[str]:
    """Every unit whose signs can matter to the line: it, its supplies, and what else is at them.

    At a header, or a producer, hang all that draw from it, beyond a tie those of the other header;
    a feed joins two units and the conveyor between them.
    """
    queue = list(supplies(plant, line))
    bears = {u.id for u in line.units} | set(queue)
    found = set(bears)
    for here in queue:
        for link in (*plant.links_from(here, "supplies"), *plant.links_into(here, "supplies")):
            other = link.target if link.source == here else link.source
            if other in found:
                continue
            found.add(other)
            if is_tie(plant, here) or is_tie(plant, other):
                queue.append(other)
    for here in bears:
        for link in (*plant.links_from(here, "feeds"), *plant.links_into(here, "feeds")):
            found |= {link.source, link.target}
            if link.buffer is not None and link.buffer.conveyor is not None:
                found.add(link.buffer.conveyor)
    return frozenset(found)


def _into(plant: Plant, unit_id: str) -> list[str]:
    """Units from which a supply, or material from outside the line, comes to the unit."""
    line = plant.line(unit_id).id
    found = [k.source for k in plant.links_into(unit_id, "supplies")]
    found += [k.target for k in plant.links_from(unit_id, "supplies") if is_tie(plant, k.target)]
    for link in plant.links_into(unit_id, "feeds"):
        if plant.line(link.source).id != line:
            found.append(link.source)
    for link in plant.links_from(unit_id, "feeds"):
        if plant.line(link.target).id != line:
            found.append(link.target)
    return found


def consumers(plant: Plant, unit_id: str) -> tuple[str, ...]:
    """Units that draw from a header."""
    return tuple(k.target for k in plant.links_from(unit_id, "supplies"))


def path(plant: Plant, cause: str, complaint: str, by_demand: bool = False) -> tuple[str, ...]:
    """Assets from the cause to the complaint along the links, both included; empty if unlinked.

    With `by_demand` the cause also acts on the header it draws from.
    """
    queue = deque([cause])
    came: dict[str, str | None] = {cause: None}
    while queue:
        here = queue.popleft()
        if here == complaint:
            break
        for other in onward(plant, here, by_demand and here == cause):
            if other not in came:
                came[other] = here
                queue.append(other)
    if complaint not in came:
        return ()
    steps: list[str] = []
    at: str | None = complaint
    while at is not None:
        steps.append(at)
        at = came[at]
    return tuple(reversed(steps))


def onward(plant: Plant, here: str, with_demand: bool = False) -> Iterable[str]:
    """Units that the unit acts on directly; some may come twice.

    With `with_demand` also the header it draws from.
    """
    for link in plant.links_from(here):
        if link.kind != "feeds":
            yield link.target
    if is_tie(plant, here) or plant.class_of(here).model == "header":
        for link in plant.links_into(here, "supplies"):
            if is_tie(plant, here) or is_tie(plant, link.source):
                yield link.source
    for link in plant.links_from(here, "feeds"):
        if link.buffer is not None and link.buffer.conveyor is not None:
            yield link.buffer.conveyor
        yield link.target
    for link in plant.links_into(here, "feeds"):
        yield link.source
        if link.buffer is not None and link.buffer.conveyor is not None:
            yield link.buffer.conveyor
    for link in plant.links:
        if link.buffer is not None and link.buffer.conveyor == here:
            yield link.target
            yield link.source
    if with_demand:
        for link in plant.links_into(here, "supplies"):
            if plant.class_of(link.source).model == "header":
                yield link.source


def is_tie(plant: Plant, unit_id: str) -> bool:
    """Whether the unit joins two headers."""
    return plant.class_of(unit_id).model == "tie"


def ties(plant: Plant, header: str) -> list[str]:
    """Ties at a header."""
    around = (*plant.links_from(header, "supplies"), *plant.links_into(header, "supplies"))
    others = [k.target if k.source == header else k.source for k in around]
    return [u for u in others if is_tie(plant, u)]
