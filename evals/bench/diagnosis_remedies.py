"""Bars and figures of remedies that were carried out on the stand-in (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.remedies import Carried

WON_BACK = 0.9
"""Share of the loss; the healthy plant is what could be had."""
WON, VAIN, INSIDE = Bar(low=0.9), Bar(low=1.0), Bar(low=0.85, high=0.95)
_NO_WRITE = {"repaired", "no_loss"}


def rows(some: Sequence[Carried]) -> Iterator[Row]:
    """Loss won back, writes that cannot help, gains inside what was told."""
    load = f"{len(some)} cases of the catalogue, the first remedy carried out"
    process = [c for c in some if set(c.ends) != {"no_loss"}]
    yield marking.share(
        "diagnosis.remedies.won", [c.won >= WON_BACK for c in process],
        f"{WON_BACK:.0%} of the loss won back 45 plant min later, process faults; {load}", WON,
    )  # fmt: skip
    right = [c.won >= WON_BACK for c in process if c.right]
    yield marking.share("diagnosis.remedies.won.right", right, f"of causes rightly named; {load}")
    yield Row(
        name="diagnosis.remedies.won_back",
        value=float(np.median([c.won for c in process])) if process else None,
        unit="of the loss (median)", load=f"process faults; {load}", n=len(process),
        why=None if process else "no such case",
    )  # fmt: skip
    none = [c.kind != "write" for c in some if set(c.ends) <= _NO_WRITE]
    yield marking.share(
        "diagnosis.remedies.no_vain_write", none, f"where no write can help; {load}", VAIN
    )
    told = [c.forecast.low <= c.gained <= c.forecast.high for c in some if c.forecast is not None]
    yield marking.share(
        "diagnosis.remedies.inside", told, f"gain inside the 90 % interval told; {load}", INSIDE,
        peer=("level asked for", 0.9),
    )  # fmt: skip
