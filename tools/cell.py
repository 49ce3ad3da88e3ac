"""Whether a robot cell's sequence is possible and safe, tried in simulation. It moves no robot."""

import re
from typing import ClassVar

from pydantic import Field

from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.view import Forecaster
from twin_core.chart import Picture
from twin_core.errors import ImpossibleScenario, WrongKind
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.plant.cell import Cell
from twin_core.simulation.robots.report import Trouble
from twin_core.simulation.robots.trial import Trial, cell_of, planned

_MOST = 5
_SPEED = re.compile(
    r"(?P<percent>\d+(?:\.\d+)?)\s*(?:%|percent)\s*(?P<way>faster|quicker|slower)?", re.IGNORECASE
)


class RobotCell(Arguments):
    """Whether the robots' task sequence in a cell is safe, and its cycle time: simulated.

    Reach, speed, torque, collisions and where cases come to rest. Use it for "is … safe with this
    sequence?", "how long do the robots take for 6 cases, 10 % faster?".
    """

    doing: ClassVar[tuple[str, str]] = ("Trying the sequence", "at")

    cell: str = Field(default="", description="the cell's id, or its machine; empty = the only one")
    cases: int = Field(default=0, description="how many cases; 0 = a layer", ge=0, le=200)
    speed: str = Field(default="", description="“80 %”, “20 % faster”; empty = as it is")


async def robot_cell(
    scene: Scene, forecaster: Forecaster, cell: str = "", cases: int = 0, speed: str = ""
) -> ToolResult:
    """The judgement on a sequence, what speaks against it, and what the camera sees."""
    snapshot = scene.look()
    found = _cell(scene, snapshot.plant, cell)
    if found.unit is not None:
        scene.heard(found.unit)
    tried = await forecaster.try_cell(found, planned(found, cases or None, _factor(speed)))
    subject = found.unit or snapshot.plant.site
    judged = _evidence(tried, subject, snapshot.now)
    against = tuple(
        _trouble(one, found, subject, snapshot.now) for one in tried.report.troubles[:_MOST]
    )
    charts = (
        ()
        if tried.png is None
        else (Picture(title=f"{tried.name} at {tried.at_s:.1f} s of the sequence", png=tried.png),)
    )
    return ToolResult(
        status="ok", text=judged.statement, evidence=(judged, *against), charts=charts
    )


def _cell(scene: Scene, plant: Plant, said: str) -> Cell:
    if not said.strip() or said in {cell.id for cell in plant.cells}:
        return cell_of(plant, said.strip())
    path = scene.asset(said)
    here = [c for c in plant.cells if c.unit is not None and f"{c.unit}/".startswith(f"{path}/")]
    if len(here) == 1:
        return here[0]
    allowed = ", ".join(cell.id for cell in plant.cells) or "no cell: the plant file draws none"
    raise ImpossibleScenario(f"“{said}” is no robot cell", allowed)


def _factor(said: str) -> float:
    """The share of full speed.

    Raises:
        WrongKind: not a speed.
    """
    if not said.strip():
        return 1.0
    found = _SPEED.search(said)
    if found is None:
        raise WrongKind("speed of the robots", f"“{said}”", "“80 %” or “20 % faster”")
    share = float(found["percent"]) / 100
    if found["way"] is None:
        return share
    return 1 - share if found["way"].lower() == "slower" else 1 + share


def _evidence(tried: Trial, subject: str, now: int) -> Evidence:
    report = tried.report
    return Evidence(
        kind="forecast",
        subject=subject,
        statement=tried.sentence + _may(tried),
        data={
            "cell": report.cell, "fine": report.fine, "cycle_s": report.cycle_s,
            "cases": report.cases, "troubles": len(report.troubles),
        },
        time=now,
        quality="simulated",
        origin=f"cell {report.cell}",
    )  # fmt: skip


def _may(tried: Trial) -> str:
    if tried.report.fine:
        return " It may be proposed."
    return " It may not be proposed."


def _trouble(one: Trouble, cell: Cell, subject: str, now: int) -> Evidence:
    return Evidence(
        kind="forecast",
        subject=subject,
        statement=f"Against it: {one}",
        data=one.model_dump(mode="json"),
        time=now,
        quality="simulated",
        origin=f"cell {cell.id}",
    )
