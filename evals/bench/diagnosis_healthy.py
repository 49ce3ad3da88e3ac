"""Bars and figures of a healthy plant that is asked about (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.healthy import Stretch

HOURS, QUICK_HOURS = 100.0, 5.0
FALSE = Bar(high=1.0)


def rows(
    stretches: Sequence[Stretch], hours: float, prefix: str = "diagnosis.healthy"
) -> Iterator[Row]:
    """False causes, each asset and failure mode once a stretch; all are named in the row.

    The bar is one in a hundred plant-hours: fewer hours are told and not judged.
    """
    lived = sum(s.hours for s in stretches)
    load = (
        f"{len(stretches)} healthy plants, every line asked every half hour;"
        f" {sum(s.changeovers for s in stretches)} change-overs,"
        f" {sum(s.other_stops for s in stretches)} other planned stops,"
        f" {sum(s.minor_stops for s in stretches)} minor stops"
    )
    false = [a for s in stretches for a in s.false]
    named = "; ".join(
        f"{c.asset.split('/', 1)[1]} {c.failure_mode or 'unknown'} {c.probability:.2f}"
        for c in (a.diagnosis.causes[0] for a in false)
    )
    yield Row(
        name=f"{prefix}.false", value=float(len(false)), unit="false causes",
        load=f"{lived:.0f} plant-hours, {load}; named: {named or 'none'}", n=len(stretches),
        bar=FALSE if lived >= HOURS - 1e-6 and hours >= HOURS else None,
    )  # fmt: skip
    answers = [a for s in stretches for a in s.answers]
    for verdict in ("normal", "unclear", "cause", "no_data"):
        flags = [a.diagnosis.verdict == verdict for a in answers]
        yield marking.share(f"{prefix}.said_{verdict}", flags, f"answers; {load}")
