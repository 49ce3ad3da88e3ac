"""What was learnt as chart data: why an answer is what it is, and whether such answers hold.

It must never draw, nor compute what it shows.
"""

from collections.abc import Iterator, Sequence

from twin_core.chart import Bars, ChartData, Cloud, Scatter, Step, Waterfall
from twin_core.simulation.calibrating.skill import Foretold
from twin_core.simulation.learning.conformal import Coverage
from twin_core.simulation.learning.explained import Why
from twin_core.simulation.learning.learned import LearnedModel
from twin_core.simulation.learning.reliability import Reliability
from twin_core.simulation.learning.telling import Learnt
from twin_core.units import quantity

_STEPS = 6
_LEVEL = 0.9
_ROUNDING = 1e-9


def learnt_charts(told: Learnt) -> tuple[ChartData, ...]:
    """Contributions from what is usual to the answer, and coverage on blocks left out."""
    covered = _coverage(told.judged.target, told.judged.coverages)
    return (_contributions(told.why), *covered)


def judged_charts(model: LearnedModel) -> tuple[ChartData, ...]:
    """How what it told of blocks left out held."""
    by = model.calibration
    if isinstance(by, Reliability):
        return (_reliability(model.target.name, by),)
    return tuple(_coverage(model.target.name, by.misses.coverages))


def foretold_chart(name: str, told: Sequence[Foretold], unit: str) -> Scatter:
    """Forecasts against what came."""
    cloud = Cloud(
        name=name,
        predicted=tuple(one.mean for one in told),
        observed=tuple(one.actual for one in told),
        low=tuple(one.low for one in told),
        high=tuple(one.high for one in told),
    )
    return Scatter(title=f"{name}: forecasts and what came", clouds=(cloud,), unit=unit)


def _contributions(why: Why) -> Waterfall:
    named = why.contributions[:_STEPS]
    rest = why.prediction - why.baseline - sum(c.adds for c in named)
    steps = [Step(label=f"{c.feature}: {quantity(c.value, c.unit)}", value=c.adds) for c in named]
    if abs(rest) > _ROUNDING * max(1.0, abs(why.prediction)):
        steps.append(Step(label="all else, and its ends", value=rest))
    return Waterfall(
        title=f"{why.target}: why",
        first="usual",
        value=why.baseline,
        steps=tuple(steps),
        last="told",
        unit=why.unit,
    )


def _coverage(target: str, coverages: Sequence[Coverage]) -> Iterator[Bars]:
    """Share of rows left out that intervals of each level held."""
    seen = [(c.level, c.observed) for c in coverages if c.observed is not None]
    if seen:
        yield Bars(
            title=f"{target}: held by intervals on blocks left out",
            labels=tuple(f"intervals of {100 * level:g} %" for level, _ in seen),
            values=tuple(100 * observed for _, observed in seen),
            unit="%",
        )


def _reliability(target: str, by: Reliability) -> Bars:
    """What came true of rows that were told about as much, with Wilson's interval."""
    ends = [one.between(_LEVEL, by.alike) for one in by.bins]
    return Bars(
        title=f"{target}: came true on blocks left out, by what was told",
        labels=tuple(f"told {100 * one.told:.1f} % ({one.rows} rows)" for one in by.bins),
        values=tuple(100 * one.true / one.rows for one in by.bins),
        low=tuple(100 * low for low, _ in ends),
        high=tuple(100 * high for _, high in ends),
        reference=100 * by.base_rate,
        unit="%",
    )
