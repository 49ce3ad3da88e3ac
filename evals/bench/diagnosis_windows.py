"""Bars and figures of windows for jobs, agreed in turns (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.windows import NEAR, Agreed

ALL = Bar(low=1.0)


def rows(some: Sequence[Agreed]) -> Iterator[Row]:
    """How near the agreed windows come to the best, how the turns end, and what stops lose."""
    load = f"{len(some)} jobs drawn by lot, every start minute looked at"
    plain = {
        "first free window": [x.excess(x.first) for x in some],
        "next planned stop": [x.excess(x.planned) for x in some],
    }
    near = {name: float(np.mean([x <= NEAR for x in found])) for name, found in plain.items()}
    yield marking.share(
        "diagnosis.windows.near", [x.near for x in some],
        f"allowed and within {NEAR:.0%} of the least cost; {load}", ALL,
        peer=("first free window", near["first free window"]),
    )  # fmt: skip
    yield marking.share(
        "diagnosis.windows.near.planned_stop",
        [x <= NEAR for x in plain["next planned stop"]],
        f"of the next planned stop, where the crew is free; {load}",
    )
    over = [x.excess(x.cost) for x in some if x.start_s is not None]
    yield Row(
        name="diagnosis.windows.excess", value=max(over) if over else None,
        unit="of the least cost",
        load=f"the worst of all; {load}", n=len(over), why=None if over else "none was agreed",
    )  # fmt: skip
    yield marking.share(
        "diagnosis.windows.ended", [x.ended for x in some],
        f"line, crew and planner end in an agreement to it, each turn with a reason; {load}", ALL,
    )  # fmt: skip
    yield Row(
        name="diagnosis.windows.off", value=float(np.median([x.off for x in some])),
        unit="of the loss (median)", n=len(some),
        load=f"what a stop loses, by the general forecast and by the window tool; {load}",
    )  # fmt: skip
    yield marking.share(
        "diagnosis.windows.inside", [x.inside for x in some],
        f"loss of the agreed stop on the stand-in inside the 90 % interval told; {load}",
        peer=("level asked for", 0.9),
    )  # fmt: skip
