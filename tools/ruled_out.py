"""What speaks against a suspect in a diagnosis that was told: how it ranked, what it shows now.

Not to be among the causes is not to be impossible, and it says so. It must never look for a cause
anew where the conversation was told one.
"""

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.diagnosis import cause_evidence, check_evidence, verdict
from tools.hearing import units_under
from tools.result import ToolResult, no_data
from tools.scene import Scene
from tools.state import reading
from tools.study import Study
from tools.wording import called, moment, sentence
from twin_core.diagnosis.cause import Cause, Diagnosis
from twin_core.errors import BadInput
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant, Point
from twin_core.plant.classes import SETTINGS, Role
from twin_core.twin import Snapshot

_MOST_SIGNS = 3
_MOST_VALUES = 4


class RuledOut(Arguments):
    """What speaks against something being the cause, in the diagnosis this conversation was told.

    Use it for "why did you rule out …?", "why is it not …?", "could it be … instead?".
    """

    doing: ClassVar[tuple[str, str]] = ("Looking at what speaks against a cause", "of")

    asset: str = Field(description="the line or machine whose cause was asked for")
    suspect: str = Field(description="the machine or utility that is asked about")


async def ruled_out(scene: Scene, study: Study, asset: str, suspect: str) -> ToolResult:
    """How a suspect stands in a diagnosis, what it shows now, and what explains it instead."""
    path, other = scene.asset(asset), scene.asset(suspect)
    if other == path:
        raise BadInput(f"{suspect} is what the cause was asked of; ask about another machine.")
    await study.recall(path)
    found = await study.diagnosis(path)
    plant = scene.look().plant
    if found.verdict == "no_data":
        return no_data(found.summary, *found.evidence[:_MOST_SIGNS])
    at = [rank for rank, cause in enumerate(found.causes) if _under(cause.asset, other)]
    evidence = [_standing(other, [found.causes[rank] for rank in at], found, plant)]
    evidence += [cause_evidence(found.causes[rank], rank, found, plant) for rank in at[:2]]
    against = {i for rank in at for i in found.causes[rank].contradicts}
    evidence += [e for e in found.evidence if e.id in against][:_MOST_SIGNS]
    silent = scene.silent(other)
    evidence += [silent] if silent is not None else _values(other, scene.look())
    evidence += _instead(found, at, plant)
    return ToolResult(status="ok", text=evidence[0].statement, evidence=tuple(evidence))


def _under(asset: str, path: str) -> bool:
    return f"{asset}/".startswith(f"{path}/")


def _standing(path: str, own: list[Cause], found: Diagnosis, plant: Plant) -> Evidence:
    """Whether the suspect is among the causes that were found."""
    name, subject = sentence(called(path, plant)), called(found.subject, plant)
    when = moment(found.end, plant)
    if own:
        told = f"{name} was not ruled out: it is among the causes found for {subject} at {when}"
    elif found.causes:
        told = (
            f"{name} is not among the causes found for {subject} at {when}: what was measured "
            "speaks for another, which does not prove it impossible"
        )
    else:
        told = (
            f"No cause was found for {subject} at {when}, neither {called(path, plant)} nor another"
        )
    return Evidence(
        kind="symptom",
        subject=path,
        statement=f"{told}.",
        data={"among": bool(own), "causes": len(found.causes), "of": found.subject},
        time=found.end,
    )


def _instead(found: Diagnosis, at: list[int], plant: Plant) -> Iterator[Evidence]:
    """The likeliest cause and its check, if it is another; without any, what the line does."""
    if not found.causes:
        yield verdict(found, plant)
    elif 0 not in at:
        first = found.causes[0]
        yield cause_evidence(first, 0, found, plant)
        if first.check is not None:
            yield check_evidence(first.check, found, plant)


def _values(path: str, snapshot: Snapshot) -> Iterator[Evidence]:
    """What the suspect, and what it gives to others, shows now beside what is normal."""
    plant = snapshot.plant
    units = [unit.id for unit in units_under(path, plant)]
    fed = [link.target for unit in units for link in plant.links_from(unit, "supplies")]
    shown = [
        point
        for unit in dict.fromkeys([*units, *fed])
        if unit in plant.units
        for point in plant.points_of(plant.unit(unit))
        if point.spec.normal is not None and _tells(point)
    ]
    for point in shown[:_MOST_VALUES]:
        yield reading(point, snapshot, compare=True)


def _tells(point: Point) -> bool:
    return point.spec.role not in SETTINGS | {Role.STATE, Role.MODE, Role.STOP_REASON, Role.PRODUCT}
