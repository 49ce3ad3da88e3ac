"""Forecasts and rankings as chart data. It must never run one, nor draw.

Intervals are of 90 %: of what a single run of the plant will show, not of a mean.
"""

from collections.abc import Iterator, Sequence

from tools.objectives import SHARES, indicator_name
from tools.wording import called, duration, sentence
from twin_core.chart import Bars, Distribution, Spread
from twin_core.plant.assets import Line, Plant
from twin_core.simulation.objective import Ranking
from twin_core.simulation.scenario import Forecast


def spread_chart(
    found: Sequence[tuple[str, Forecast]], line: Line, plant: Plant
) -> Distribution | None:
    """How the rate comes out, one forecast under the other; None where no quantiles were kept."""
    kept = [(name, one) for name, one in found if len(one.quantiles) > 1]
    if not kept:
        return None
    return Distribution(
        title=f"Rate of {called(line.id, plant)} over the next "
        f"{duration(kept[0][1].scenario.horizon_s)}",
        spreads=tuple(
            Spread(
                name=name,
                quantiles=one.quantiles,
                mean=one.rate.mean,
                low=one.rate.low,
                high=one.rate.high,
                n=one.replications,
            )
            for name, one in kept
        ),
        unit=kept[0][1].rate.unit,
    )


def ranking_charts(
    found: Ranking, words: Sequence[str], line: Line, plant: Plant
) -> Iterator[Bars | Distribution]:
    """Each indicator that counts, the best scenario first; and how the rate comes out."""
    order = [one.place for one in found.ranked]
    ahead = duration(found.forecasts[0].scenario.horizon_s)
    where = f"{called(line.id, plant)} over the next {ahead}"
    for term in found.objective.terms:
        each = [(words[i], found.forecasts[i].indicator(term.indicator)) for i in order]
        given = [(name, value) for name, value in each if value is not None]
        was = found.forecasts[0].indicator(term.indicator)
        if given:
            times = 100.0 if term.indicator in SHARES else 1.0
            yield Bars(
                title=f"{sentence(indicator_name(term.indicator))} of {where}, the best first",
                labels=tuple(name for name, _ in given),
                values=tuple(times * value.mean for _, value in given),
                low=tuple(times * value.low for _, value in given),
                high=tuple(times * value.high for _, value in given),
                reference=None if was is None else times * was.mean,
                unit="%" if term.indicator in SHARES else given[0][1].unit,
            )
    spread = spread_chart([(words[i], found.forecasts[i]) for i in order], line, plant)
    if spread is not None:
        yield spread
