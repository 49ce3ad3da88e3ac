"""Forecasts and rankings as chart data. It must never run one, nor draw.

Intervals are of 90 %: of what a single run of the plant will show, not of a mean.
"""

from collections.abc import Iterator, Sequence

from tools.objectives import SHARES, indicator_name
from tools.wording import called, duration, sentence
from twin_core.chart import Bars, Distribution, Spread
from twin_core.plant.assets import Line, Plant
from twin_core.simulation.objective import Ranking
from twin_core.simulation.scenario import Estimate, Forecast


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
) -> Iterator[Bars]:
    """Each indicator that counts, the best scenario first; then what each gains over the first.

    Under the same luck differences are known better than what they are of.
    """
    ahead = duration(found.forecasts[0].scenario.horizon_s)
    where = f"{called(line.id, plant)} over the next {ahead}"
    for term in found.objective.terms:
        name, times = term.indicator, 100.0 if term.indicator in SHARES else 1.0
        each = [(words[r.place], found.forecasts[r.place].indicator(name)) for r in found.ranked]
        was = found.forecasts[0].indicator(name)
        title = f"{sentence(indicator_name(name))}, {where}"
        yield _bars(title, each, times, None if was is None else times * was.mean)
        gains = [(words[r.place], r.gains.get(name)) for r in found.ranked if r.place != 0]
        yield _bars(f"{title}: difference from {words[0]}, under the same luck", gains, times, 0.0)


def _bars(
    title: str,
    each: Sequence[tuple[str, Estimate | None]],
    times: float,
    reference: float | None,
) -> Bars:
    given = [(name, value) for name, value in each if value is not None]
    unit = given[0][1].unit if given else ""
    return Bars(
        title=title,
        labels=tuple(name for name, _ in given),
        values=tuple(times * value.mean for _, value in given),
        low=tuple(times * value.low for _, value in given),
        high=tuple(times * value.high for _, value in given),
        reference=reference,
        unit="%" if times != 1 else unit,
    )
