"""Bars and figures of what could run better, planted and not (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence

import numpy as np

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.planted import Looked

FOUND, NONE, INSIDE = Bar(low=0.8), Bar(high=0.0), Bar(low=0.85, high=0.95)
_PLAIN = "raise the slowest nameplate"


def rows(some: Sequence[Looked]) -> Iterator[Row]:
    """What was planted and found, with its gain; what was told where nothing is."""
    planted = [x for x in some if x.planting is not None]
    balanced = [x for x in some if x.planting is None]
    load = f"{len(planted)} plants with something planted on one line, there from the start"
    plain = sum(x.plain for x in planted) / max(len(planted), 1)
    yield marking.share(
        "diagnosis.improvements.found", [x.right is not None for x in planted],
        f"right kind and asset; {load}", FOUND, peer=(_PLAIN, plain),
    )  # fmt: skip
    yield marking.share(
        "diagnosis.improvements.inside",
        [x.right.inside for x in planted if x.right is not None],
        "of these, those with their gain inside the 90 % interval told", INSIDE,
    )  # fmt: skip
    yield marking.share(
        "diagnosis.improvements.found_inside", [x.found for x in planted],
        f"right kind and asset, its gain inside the 90 % interval told; {load}",
    )  # fmt: skip
    over = [x.right.told.gain.mean / x.right.gained for x in planted if x.right and x.right.gained]
    yield Row(
        name="diagnosis.improvements.told_of_true", n=len(over), unit="of the gain (median)",
        value=float(np.median(over)) if over else None, why=None if over else "none was named",
        load="gain told, of that which the stand-in shows when the idea is carried out",
    )  # fmt: skip
    for kind in dict.fromkeys(x.job.kind for x in planted):
        own = [x.right is not None for x in planted if x.job.kind == kind]
        yield marking.share(f"diagnosis.improvements.found.{kind}", own, f"{kind}; {load}")
    lines = sum(x.lines for x in balanced)
    yield Row(
        name="diagnosis.improvements.balanced", unit="ideas", bar=NONE, n=lines,
        value=float(sum(len(x.wrong) for x in balanced)) if balanced else None,
        load=f"{lines} lines of {len(balanced)} plants on which nothing is planted",
        peer=_PLAIN, peer_value=float(lines), why=None if balanced else "no such plant",
    )  # fmt: skip
    lines = sum(x.lines for x in planted)
    yield Row(
        name="diagnosis.improvements.untouched", unit="ideas", n=lines,
        value=float(sum(len(x.wrong) for x in planted)) if planted else None,
        load=f"{lines} lines beside one on which something is planted",
        peer=_PLAIN, peer_value=float(lines), why=None if planted else "no such plant",
    )  # fmt: skip
