"""A calibration report as chart data: what was foretold and came, what is learnt and filed.

It must never draw.
"""

from collections.abc import Iterator, Sequence

from twin_core.chart import Bars, ChartData, Cloud, Scatter
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.report import Calibration
from twin_core.simulation.calibrating.skill import Foretold

_ONE = 100.0
_WIDEST = 400.0
"""Percent of the file's; a limit that the data did not set is drawn there."""


def charts_of(found: Calibration) -> tuple[ChartData, ...]:
    """What there is to be drawn of a report; nothing of what was not found."""
    return (*_foretold(found), *_stretches(found), *_parameters(found))


def _foretold(found: Calibration) -> Iterator[ChartData]:
    if found.foretold:
        used = found.champion or "the plant file"
        yield Scatter(
            title=f"{found.name}: forecasts so far with {used}",
            clouds=(_cloud(used, found.foretold),),
            unit=found.unit,
        )


def _stretches(found: Calibration) -> Iterator[ChartData]:
    if found.held_back:
        yield Scatter(
            title=f"{found.name}: time held back, foretold by both",
            clouds=tuple(_cloud(name, told) for name, told in found.held_back.items()),
            unit=found.unit,
        )


def _cloud(name: str, told: Sequence[Foretold]) -> Cloud:
    return Cloud(
        name=name,
        predicted=tuple(one.mean for one in told),
        observed=tuple(one.actual for one in told),
        low=tuple(one.low for one in told),
        high=tuple(one.high for one in told),
    )


def _parameters(found: Calibration) -> Iterator[ChartData]:
    """One chart a parameter, machine by machine, in percent of what the plant file says."""
    names = {"mtbf_s": "seconds between stops", "mttr_s": "length of stops",
             "rated_speed": "rate", "reject_rate": "rejects"}  # fmt: skip
    for parameter, said in names.items():
        beside = [d for d in found.differences if d.parameter == parameter and d.file > 0]
        if beside:
            yield Bars(
                title=f"{found.name}: {said} seen, in percent of the plant file's",
                labels=tuple(d.asset.rsplit("/", 1)[-1] for d in beside),
                values=tuple(_ONE * d.seen.value / d.file for d in beside),
                low=tuple(_low(d.seen, d.file) for d in beside),
                high=tuple(_high(d.seen, d.file) for d in beside),
                reference=_ONE,
                unit="%",
            )


def _low(seen: Estimated, file: float) -> float:
    return 0.0 if seen.low is None else _ONE * seen.low / file


def _high(seen: Estimated, file: float) -> float:
    at = _ONE * seen.value / file
    return max(at, _WIDEST) if seen.high is None else _ONE * seen.high / file
