"""The links of a plant file: what one asset does to another, each once and never in a circle.

It must never know what flows through them.
"""

from collections.abc import Mapping

from twin_core.plant.assets import Buffer, Link, Unit
from twin_core.plant.marked import Document, Loc


def links(doc: Document, site: str, units: Mapping[str, Unit]) -> tuple[Link, ...]:
    """The links of a plant file.

    Args:
        doc: the file.
        site: to which the paths in it are relative.
        units: path → unit.

    Raises:
        PlantFileError: a link that cannot be.
    """
    given: set[tuple[str, ...]] = set()
    feeds: dict[str, list[str]] = {}
    found = []
    for i, _ in enumerate(doc.items(("links",))):
        at: Loc = ("links", i)
        link = _link(doc, at, site, units)
        ends = f"{link.source} to {link.target}"
        key = (link.kind, link.source, link.target, link.medium or "")
        if key in given:
            raise doc.error(at, f"the {link.kind} link from {ends} is given twice")
        if link.source == link.target:
            raise doc.error(at, f"a link leads from {link.source} to itself")
        given.add(key)
        line = link.source.rsplit("/", 1)[0]
        if link.kind == "feeds" and line == link.target.rsplit("/", 1)[0]:
            if _reaches(feeds, link.target, link.source):
                raise doc.error(
                    at,
                    f"the feeds link from {ends} closes a circle",
                    "machines of a line in one order from first to last",
                )
            feeds.setdefault(link.source, []).append(link.target)
        found.append(link)
    return tuple(found)


def _link(doc: Document, at: Loc, site: str, units: Mapping[str, Unit]) -> Link:
    doc.only(at, {"kind", "from", "to", "medium", "share", "buffer"})
    data = dict(doc.mapping(at))
    for key, name in (("from", "source"), ("to", "target")):
        path = f"{site}/{doc.text((*at, key))}"
        if path not in units:
            raise doc.error((*at, key), f"no asset “{data[key]}”")
        data.pop(key)
        data[name] = path
    if doc.at((*at, "buffer")) is not None:
        buffer = dict(doc.mapping((*at, "buffer")))
        if "conveyor" in buffer:
            buffer["conveyor"] = f"{site}/{buffer['conveyor']}"
            if buffer["conveyor"] not in units:
                raise doc.error((*at, "buffer", "conveyor"), "no such asset")
        data["buffer"] = doc.model(Buffer, (*at, "buffer"), buffer)
    if data.get("kind") == "supplies" and not data.get("medium"):
        raise doc.error(at, "a supplies link names its medium")
    return doc.model(Link, at, data)


def _reaches(feeds: Mapping[str, list[str]], start: str, end: str) -> bool:
    """Whether links lead from `start` to `end`."""
    queue, seen = [start], {start}
    while queue:
        here = queue.pop()
        if here == end:
            return True
        queue += [step for step in feeds.get(here, []) if step not in seen]
        seen.update(feeds.get(here, []))
    return False
