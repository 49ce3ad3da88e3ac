"""What there is: sites, lines and assets, and what is known of one. It must never tell a value."""

from typing import ClassVar, Literal

from pydantic import Field

from tools.arguments import Arguments
from tools.hearing import units_under
from tools.result import ToolResult
from tools.scene import Scene
from tools.wording import called, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Unit
from twin_core.units import number_text, unit_text
from twin_core.value import JSON, Instant, Path

_NAMED = 40
_ORIGIN = "plant file"


class ListAssets(Arguments):
    """Which sites there are, or which lines and machines a site, area or line has.

    Use it for "what sites are there?", "which assets are at …?", "list the machines of …".
    """

    doing: ClassVar[tuple[str, str]] = ("Listing", "of")

    inside: str = Field(default="", description="site, area or line; empty = the whole site")
    what: Literal["sites", "assets"] = Field(
        default="assets",
        description="“sites”: which sites may be seen; “assets”: what stands there",
    )


class AssetDetails(Arguments):
    """What is known of an asset for good: names, kind, place, measurements, links, failure modes.

    Use it for "metadata of …", "details of …", "what is known about …". Not for values.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking up", "of")

    asset: str = Field(description="site, line or machine as people call it")


async def list_assets(scene: Scene, inside: str = "", what: str = "assets") -> ToolResult:
    """Sites that may be seen, or the assets below one."""
    snapshot = scene.look()
    plant = snapshot.plant
    if what == "sites":
        lead = Evidence(
            kind="record", subject=plant.site, time=snapshot.now, origin=_ORIGIN,
            statement=f"There is 1 site: {plant.name}.",
            data={"count": 1, "sites": [plant.site], "names": [plant.name]},
        )  # fmt: skip
        return ToolResult(status="ok", text=lead.statement, evidence=(lead,))
    path = scene.asset(inside) if inside.strip() else plant.site
    units = units_under(path, plant)
    lines = list(dict.fromkeys(plant.line(u.id).id for u in units))
    lead = Evidence(
        kind="record", subject=path, time=snapshot.now, origin=_ORIGIN,
        statement=f"{sentence(called(path, plant))} has {len(units)} assets"
        + (f" on {len(lines)} lines." if len(lines) > 1 else "."),
        data={"count": len(units), "lines": len(lines), "assets": [u.id for u in units]},
    )  # fmt: skip
    groups = [_group(line, units, plant, snapshot.now) for line in lines]
    return ToolResult(status="ok", text=lead.statement, evidence=(lead, *groups))


async def asset_details(scene: Scene, asset: str) -> ToolResult:
    """What the plant file holds of one asset."""
    snapshot = scene.look()
    path = scene.asset(asset)
    plant = snapshot.plant
    if path not in plant.units:
        return await list_assets(scene, asset)
    unit = plant.unit(path)
    evidence = [_card(unit, plant, snapshot.now)]
    points = plant.points_of(unit)
    if points:
        named = ", ".join(_point_text(p.spec.name, p.spec.unit) for p in points[:_NAMED])
        more = f" and {len(points) - _NAMED} more" if len(points) > _NAMED else ""
        told: JSON = [
            {"id": p.spec.id, "name": p.spec.name, "unit": p.spec.unit} for p in points[:_NAMED]
        ]
        evidence.append(
            Evidence(
                kind="record", subject=path, time=snapshot.now, origin=_ORIGIN,
                statement=f"Its measurements: {named}{more}.",
                data={"points": told, "more": max(0, len(points) - _NAMED)},
            )
        )  # fmt: skip
    evidence += _beside(unit, plant, snapshot.now)
    return ToolResult(status="ok", text=evidence[0].statement, evidence=tuple(evidence))


def _group(line: Path, units: list[Unit], plant: Plant, now: Instant) -> Evidence:
    """The assets of one line, by name."""
    here = [u for u in units if plant.line(u.id).id == line]
    named = ", ".join(u.name for u in here[:_NAMED])
    more = f" and {len(here) - _NAMED} more" if len(here) > _NAMED else ""
    return Evidence(
        kind="record", subject=line, time=now, origin=_ORIGIN,
        statement=f"{sentence(called(line, plant))}: {named}{more}.",
        data={"names": [u.name for u in here], "more": max(0, len(here) - _NAMED)},
    )  # fmt: skip


def _card(unit: Unit, plant: Plant, now: Instant) -> Evidence:
    """Name, kind and place of one asset."""
    kind, line = plant.class_of(unit.id), plant.line(unit.id)
    also = f", also called {', '.join(unit.names)}" if unit.names else ""
    count = len(plant.points_of(unit))
    held = f"{count} measurement{'' if count == 1 else 's'}" if count else "no measurements"
    return Evidence(
        kind="record", subject=unit.id, time=now, origin=_ORIGIN,
        statement=f"{unit.name}{also}, is a {kind.name.lower()} at {plant.name}, "
        f"{line.name.lower()} ({unit.id}); it has {held}.",
        data={
            "id": unit.id, "name": unit.name, "names": list(unit.names), "class": kind.id,
            "site": plant.site, "line": line.id, "measurements": count,
        },
    )  # fmt: skip


def _beside(unit: Unit, plant: Plant, now: Instant) -> list[Evidence]:
    """Nameplate, links and failure modes, each if there are any."""
    kind = plant.class_of(unit.id)
    told: list[tuple[str, dict[str, JSON]]] = []
    if unit.parameters:
        said = [
            f"{name.replace('_', ' ')} {number_text(value)} "
            f"{unit_text(kind.parameters[name].unit)}".rstrip()
            for name, value in unit.parameters.items()
        ]
        told.append((f"Its nameplate: {', '.join(said)}.", {"parameters": dict(unit.parameters)}))
    links = [(k.source, k.kind) for k in plant.links_into(unit.id)]
    if links:
        said = [f"{called(source, plant)} {verb} it" for source, verb in links]
        told.append((f"{sentence(', '.join(said))}.", {"from": [source for source, _ in links]}))
    links = [(k.target, k.kind) for k in plant.links_from(unit.id)]
    if links:
        said = [f"{verb} {called(target, plant)}" for target, verb in links]
        told.append((f"It {', '.join(said)}.", {"to": [target for target, _ in links]}))
    if kind.failure_modes:
        named = ", ".join(m.name for m in kind.failure_modes)
        told.append((f"Failure modes of its kind: {named}.", {"count": len(kind.failure_modes)}))
    return [
        Evidence(
            kind="record", subject=unit.id, time=now, origin=_ORIGIN, statement=text, data=data
        )
        for text, data in told
    ]


def _point_text(name: str, unit: str) -> str:
    written = unit_text(unit)
    return f"{name} ({written})" if written else name
