"""A sequence tried in its cell: the report, and what a camera of the cell sees meanwhile.

It must never show a sequence without having judged it.
"""

from pydantic import Field

from twin_core.chart import Png
from twin_core.errors import ImpossibleScenario, UnknownName
from twin_core.plant.assets import Plant
from twin_core.plant.cell import Cell
from twin_core.simulation.robots.cell import validate
from twin_core.simulation.robots.report import Report
from twin_core.simulation.robots.sight import picture, png
from twin_core.simulation.robots.task import Sequence, in_turn
from twin_core.value import Value


class Trial(Value):
    """What came of it.

    Attributes:
        name: of the cell, as people call it; `asset` the unit that it is, "" = none.
        at_s: the moment of the picture, None where there is none: the cell has no camera, or a
            place is out of reach.
    """

    name: str
    asset: str = ""
    sequence: Sequence
    report: Report
    at_s: float | None = None
    png: Png | None = Field(default=None, repr=False)

    @property
    def sentence(self) -> str:
        """The judgement, for people."""
        found = self.report
        troubles = len(found.troubles)
        if found.cycle_s is None:
            return f"{self.name}: this sequence is not possible. {found.troubles[0]}"
        rate = f"{found.cases} case{'s' * (found.cases != 1)} in {found.cycle_s:.1f} s"
        if found.cases_per_h is not None and found.cases:
            rate += f" ({found.cases_per_h:.0f} an hour)"
        near = ""
        if found.closest is not None:
            one = found.closest
            near = (
                f" Nearest: {one.part} to {one.other}, {one.gap_m:.3f} m at {one.at_s:.1f} s; "
                f"{found.clearance_m:g} m must be kept."
            )
        if found.fine:
            return f"{self.name}: safe by simulation, {rate}.{near}"
        if not troubles:
            return f"{self.name}: {rate}; not run with its masses, so nobody may call it safe."
        some = "s speak" if troubles > 1 else " speaks"
        return f"{self.name}: not safe, {troubles} thing{some} against it; {rate}."


def cell_of(plant: Plant, name: str) -> Cell:
    """The cell of that id or of that unit; the only one where no name is given.

    Raises:
        UnknownName: there is none.
        ImpossibleScenario: none was named and there are several, or the plant has no cell.
    """
    ids = [cell.id for cell in plant.cells]
    if not name:
        if len(ids) == 1:
            return plant.cells[0]
        allowed = ", ".join(ids) if ids else "a plant whose file draws a cell, under `cells`"
        raise ImpossibleScenario("no robot cell was named" if ids else "no robot cell", allowed)
    for cell in plant.cells:
        if name in {cell.id, cell.unit}:
            return cell
    raise UnknownName("robot cell", name, ids)


def planned(cell: Cell, cases: int | None = None, speed: float = 1.0) -> Sequence:
    """The plain sequence: the robots fill the first layer in turn, or so many cases.

    Raises:
        ImpossibleScenario: more cases than the pallet takes, none, or a speed out of range.
    """
    if not 0.02 <= speed <= 5:
        raise ImpossibleScenario(f"a speed of {speed:g}", "0.02 to 5 times what the joints may")
    count = len(cell.pallet.pattern) if cases is None else cases
    if count < 1:
        raise ImpossibleScenario(f"{count} cases", f"1 to {cell.pallet.slots}")
    return in_turn(cell, count, speed)


def trial(cell: Cell, sequence: Sequence, at_s: float | None = None) -> Trial:
    """Judge a sequence and look at it.

    Args:
        cell: where.
        sequence: what its robots are to do.
        at_s: when the first camera looks; None = at the nearest that two things come, or half-way.

    Raises:
        UnknownName, ImpossibleScenario, TooLarge: a sequence that makes no sense, or a moment that
            is not in it.
        EngineMissing: there is no PyBullet.
    """
    report = validate(cell, sequence)
    seen = None
    if cell.cameras and report.cycle_s is not None:
        if at_s is None:
            at_s = report.closest.at_s if report.closest is not None else report.cycle_s / 2
        seen = png(picture(cell, sequence, at_s, cell.cameras[0]))
    return Trial(
        name=cell.name,
        asset=cell.unit or "",
        sequence=sequence,
        report=report,
        at_s=None if seen is None else at_s,
        png=seen,
    )
