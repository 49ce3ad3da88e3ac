"""A line's rate in one sentence, with what it is to be held against. It must never count anew."""

from tools.wording import called, period, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line
from twin_core.twin import Snapshot
from twin_core.units import quantity


def line_rate(snapshot: Snapshot, line: Line) -> Evidence:
    """The settled rate of a production line, with what is usual and nominal where known."""
    plant = snapshot.plant
    name = called(line.id, plant)
    found = snapshot.indicators.get(line.id)
    if found is None or found.rate is None:
        return Evidence(
            kind="indicator",
            subject=line.id,
            statement=f"The rate of {name} is not known yet: no believed counts.",
            data={"rate": None},
            time=snapshot.watermark,
            quality="bad",
        )
    held_against = [
        f"{word} {quantity(value, found.unit)}"
        for word, value in (("usual", found.usual), ("nominal", found.nominal))
        if value is not None
    ]
    tail = f"; {', '.join(held_against)}" if held_against else ""
    product = next((p.name for p in plant.products if p.id == found.product), None)
    making = f" of {product}" if product else ""
    return Evidence(
        kind="indicator",
        subject=line.id,
        statement=(
            f"{sentence(name)} makes {quantity(found.rate, found.unit)}{making}, "
            f"mean {period(found.start, found.end, plant)}{tail}."
        ),
        data={
            "rate": found.rate,
            "usual": found.usual,
            "nominal": found.nominal,
            "unit": found.unit,
            "start": found.start,
            "end": found.end,
            "complete": found.complete,
        },
        time=found.end,
        quality="good" if found.complete >= 0.5 else "uncertain",
    )
