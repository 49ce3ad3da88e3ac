"""Robot cells and what a trial found, as lines for the terminal. It must never compute."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

Line = Text | Table | str


def cell_lines(body: dict[str, Any]) -> Iterator[Line]:
    """The cells of the plant."""
    if not body["cells"]:
        yield "The plant file draws no robot cell; it may, under `cells`."
    for cell in body["cells"]:
        robots = " and ".join(cell["robots"])
        where = f" ({cell['unit']})" if cell["unit"] else ""
        yield f"{cell['id']}: {cell['name']}{where}; robots {robots}, {cell['slots']} slots."


def trial_lines(body: dict[str, Any]) -> Iterator[Line]:
    """The judgement, what every joint had to give, and what speaks against it."""
    report = body["trial"]["report"]
    yield Text(body["sentence"], "green" if report["fine"] else "yellow")
    if report["joints"]:
        yield _joints(report["joints"])
    for wait in report["waits"]:
        yield (
            f"{wait['robot']} waits for {wait['waits_for']} {wait['for_s']:.1f} s "
            f"at {wait['at_s']:.1f} s."
        )
    for robot, off in report["off_m"].items():
        yield f"Run with masses, {robot} strays {off * 1000:.1f} mm from its path at most."
    for said in body["troubles"]:
        yield f"Against it: {said}"
    receipt = body.get("receipt")
    if receipt is not None:
        yield f"{receipt['proposal']} waits for {receipt['needs']}."


def _joints(joints: list[dict[str, Any]]) -> Table:
    table = Table("robot", "joint", "speed", "allowed", "torque", "allowed", "of it", box=None)
    for joint in joints:
        table.add_row(
            joint["robot"],
            joint["joint"],
            f"{joint['speed']:.0f} {joint['unit']}/s",
            f"{joint['speed_limit']:.0f}",
            f"{joint['effort']:.0f} {joint['effort_unit'].replace('.', '·')}",
            f"{joint['effort_limit']:.0f}",
            f"{joint['effort'] / joint['effort_limit']:.0%}",
        )
    return table
