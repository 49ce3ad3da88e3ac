"""Forecasts, comparisons and rankings as sentences and evidence. It must never run one.

Intervals are of 90 %: of what a single run of the plant will show, not of a mean.
"""

from collections.abc import Iterator, Sequence

from tools.change_words import AS_IT_IS, start_words
from tools.objectives import SHARES, indicator_name
from tools.wording import called, duration, estimate, gain, moment, percent, sentence
from twin_core.evidence import Evidence
from twin_core.plant.assets import Line, Plant
from twin_core.simulation.objective import Ranking
from twin_core.simulation.scenario import Comparison, Estimate, Forecast, Risk
from twin_core.units import number_text, quantity
from twin_core.value import JSON

_BESIDE = (
    "oee", "wip", "rejected", "energy", "cost", "margin", "lateness", "late", "risk",
)  # fmt: skip
"""Indicators that are told beside the rate, where they are given."""
_PARTS = ("energy_cost", "crew_cost")
UNCOUNTED = "not counted"
"""What stands where one of several forecasts has an indicator that another has not."""
_RISKS = 3
_ENDS, _BY_CHANCE = ("empty", "full"), 0.1


def forecast_evidence(found: Forecast, words: str, line: Line, plant: Plant) -> Evidence:
    """What a line will make."""
    ahead = found.scenario.horizon_s
    return Evidence(
        kind="forecast",
        subject=line.id,
        statement=(
            f"{sentence(called(line.id, plant))} {_under(words)}: {estimate(found.rate)} over the "
            f"next {duration(ahead)} from {_from(found, plant)}.{_loose(found)}"
        ),
        data={"rate": _told(found.rate), **_ran(found)},
        time=found.start,
        quality="simulated",
        origin=found.model_version,
    )


def comparison_evidence(found: Comparison, words: str, line: Line, plant: Plant) -> Evidence:
    """What changes do to what a line will make; and whether that may be chance."""
    after, before = found.candidate, found.baseline
    ahead = after.scenario.horizon_s
    return Evidence(
        kind="forecast",
        subject=line.id,
        statement=(
            f"With {words}, {called(line.id, plant)} makes {estimate(after.rate)} over "
            f"the next {duration(ahead)} from {_from(after, plant)}; as it is "
            f"{estimate(before.rate)}; difference {gain(found.gain)}.{_sure(found)}{_loose(after)}"
        ),
        data={
            "with": _told(after.rate),
            "as_it_is": _told(before.rate),
            "gain": _told(found.gain),
            "distinguishable": found.distinguishable,
            **_ran(after),
        },
        time=after.start,
        quality="simulated",
        origin=after.model_version,
    )


def beside_evidence(
    found: Forecast, before: Forecast | None, words: str, line: Line, plant: Plant
) -> Evidence | None:
    """The other indicators of a forecast, as far as they are told and another than as it is.

    None where there is none.
    """
    told, data = [], dict[str, JSON]()
    for name, (*others, value) in indicators_of([*([before] if before else []), found]):
        was = others[0] if others else None
        if name == "rate" or value is None:
            continue
        if was is not None and _mean(name, was) == _mean(name, value):
            continue
        beside = "" if before is None else f", as it is {_mean(name, was) if was else UNCOUNTED}"
        told.append(f"{indicator_name(name)} {amount(name, value)}{beside}")
        data[name] = {"with": _shown(name, value), "as_it_is": was and _shown(name, was)}
    worst = worst_risks(found, before)
    told += [f"{risk_name(risk, plant)} {amount('risk', risk.probability)}" for risk in worst]
    data["risks"] = [_shown("risk", risk.probability) for risk in worst]
    if not told:
        return None
    return Evidence(
        kind="forecast",
        subject=line.id,
        statement=(
            f"{sentence(called(line.id, plant))} {_under(words)}, beside its rate: "
            f"{'; '.join(told)}."
        ),
        data={**data, **_ran(found)},
        time=found.start,
        quality="simulated",
        origin=found.model_version,
    )


def indicators_of(each: Sequence[Forecast]) -> Iterator[tuple[str, list[Estimate | None]]]:
    """Each indicator that people are told, of each forecast; the rate first.

    Where people are paid in some and not spoken of in others, no sum of costs is told, for it is
    none of the same things: but its parts, so that like stands beside like.
    """
    paid = ["crew_cost" in one.others for one in each]
    mixed = any(paid) and not all(paid)
    for name in ("rate", *_BESIDE):
        for part in _PARTS if name == "cost" and mixed else (name,):
            values = [one.indicator(part) for one in each]
            if any(value is not None for value in values):
                yield part, values


def ranking_evidence(
    found: Ranking, words: Sequence[str], line: Line, plant: Plant
) -> Iterator[Evidence]:
    """The verdict, then a sentence each, the best first; `words` in the order of the scenarios.

    The first scenario is that of things as they are: where it is the best, or cannot be told apart
    from the best, nothing is gained for sure.
    """
    best = found.ranked[0]
    better = best.place != 0 and 0 not in best.like
    choice = words[best.place] if better else "leave it as it is; no option is surely better"
    like = [words[i] for i in best.like if i != 0] if better else []
    tied = f" It cannot be told apart from {' or '.join(like)}." if like else ""
    by = _by(found)
    first = found.forecasts[0]
    yield Evidence(
        kind="forecast",
        subject=line.id,
        statement=f"Best for {called(line.id, plant)}{by}: {choice}.{tied}",
        data={
            "best": words[best.place] if better else None,
            "like": list(like),
            "level": 100 * found.level,
            **_ran(first),
        },
        time=first.start,
        quality="simulated",
        origin=first.model_version,
    )
    yield forecast_evidence(first, AS_IT_IS, line, plant)
    for one in found.ranked:
        if one.place != 0:
            yield _option(found, one.place, words[one.place], line)


def _option(found: Ranking, place: int, words: str, line: Line) -> Evidence:
    """What one option comes to, by each indicator that counts, with what it gains."""
    forecast = found.forecasts[place]
    ranked = next(one for one in found.ranked if one.place == place)
    told, data = [], dict[str, JSON]()
    for name, gained in ranked.gains.items():
        value = forecast.indicator(name)
        if value is None:
            continue
        was = found.forecasts[0].indicator(name)
        assert was is not None
        told.append(
            f"{indicator_name(name)} {amount(name, value)}, as it is {amount(name, was)}, "
            f"difference {_difference(name, gained)}"
        )
        data[name] = {
            "with": _shown(name, value),
            "as_it_is": _shown(name, was),
            "gain": _shown(name, gained),
        }
    same = " It cannot be told apart from things as they are." if 0 in ranked.like else ""
    return Evidence(
        kind="forecast",
        subject=line.id,
        statement=f"With {words}: {'; '.join(told)}.{same}{_loose(forecast)}",
        data={
            **data,
            "rank": ranked.rank,
            "distinguishable": 0 not in ranked.like,
            **_ran(forecast),
        },
        time=forecast.start,
        quality="simulated",
        origin=forecast.model_version,
    )


def amount(name: str, value: Estimate) -> str:
    """An indicator with its interval: shares in per cent, all else in its unit."""
    if _is_share(name, value):
        low, high = percent(value.low), percent(value.high)
        return f"{percent(value.mean)} (90 % interval {low} to {high})"
    return estimate(value)


def _mean(name: str, value: Estimate) -> str:
    return percent(value.mean) if _is_share(name, value) else quantity(value.mean, value.unit)


def _is_share(name: str, value: Estimate) -> bool:
    return name in SHARES and value.unit in {"", "1"}


def rested(found: Forecast) -> str:
    """What a forecast rests on, in one sentence."""
    return (
        f"{found.replications} replications of model {found.model_version}, seed {found.seed}, "
        f"from state {found.state_digest[:12] or 'without digest'}."
    )


def _by(found: Ranking) -> str:
    """What the scenarios were ranked by; nothing where it is the rate alone, as always."""
    terms = found.objective.terms
    if [term.indicator for term in terms] == ["rate"]:
        return ""
    joint = " then " if found.objective.kind == "lexicographic" else ", "
    return " by " + joint.join(
        indicator_name(t.indicator) + (f" × {number_text(t.weight)}" if t.weight != 1 else "")
        for t in terms
    )


def _from(found: Forecast, plant: Plant) -> str:
    """When it starts, or with what, where that is not how things are now."""
    return start_words(found.scenario, plant) or moment(found.start, plant)


def _under(words: str) -> str:
    return words if words == AS_IT_IS else f"with {words}"


def _sure(found: Comparison) -> str:
    """What keeps a difference from being sure: chance in what was simulated, or in what comes."""
    gained = found.gain
    if gained.low == gained.high == 0:
        return " In no replication was there a difference."
    if found.distinguishable:
        return ""
    if gained.half is not None and abs(gained.mean) > gained.half:
        return " That holds on average; a single run may show none."
    return " The difference may be chance."


def _loose(found: Forecast) -> str:
    """That the mean is not known as well as was asked for."""
    if found.precise or found.rate.half is None:
        return ""
    return f" Its mean is known to ±{quantity(found.rate.half, found.rate.unit)} only."


def _difference(name: str, gained: Estimate) -> str:
    if _is_share(name, gained):
        return gain(_hundred(gained, "{percentage point}"))
    return gain(gained)


def _hundred(value: Estimate, unit: str = "%") -> Estimate:
    """A share, or a difference of shares, in per cent."""
    return Estimate(mean=100 * value.mean, low=100 * value.low, high=100 * value.high, unit=unit)


def _shown(name: str, value: Estimate) -> JSON:
    """An indicator as it is told: shares in per cent."""
    return _told(_hundred(value) if _is_share(name, value) else value)


def _told(value: Estimate) -> JSON:
    return value.model_dump(exclude_none=True)


def _ran(found: Forecast) -> dict[str, JSON]:
    return {
        "interval": 90,
        "horizon_s": found.scenario.horizon_s,
        "replications": found.replications,
        "seed": found.seed,
        "state_digest": found.state_digest,
    }


def worst_risks(found: Forecast, before: Forecast | None) -> list[Risk]:
    """The limits most likely to be left, where that is likelier than as it is.

    Then the buffers most likely to run empty or full. That happens by chance too, so it must be
    likelier by a tenth; and what is nearly sure as it is is how the line runs, and no risk.
    """
    was = {
        (risk.subject, risk.side): risk.probability.mean
        for risk in (before.risks if before is not None else ())
    }
    grown = [
        risk
        for risk in found.risks
        if risk.probability.mean
        > was.get((risk.subject, risk.side), 0.0) + (_BY_CHANCE if risk.side in _ENDS else 0.0)
        and (before or risk.side not in _ENDS or risk.probability.mean < 1 - _BY_CHANCE)
    ]
    return sorted(grown, key=lambda r: (r.side in _ENDS, -r.probability.mean))[:_RISKS]


def risk_name(risk: Risk, plant: Plant) -> str:
    """“header pressure of air header A below 5.8 bar”, “infeed conveyor 4 running full”."""
    if risk.side in _ENDS:
        if risk.subject in plant.units:
            return f"the buffer after {called(risk.subject, plant)} running {risk.side}"
        return f"{called(plant.point(risk.subject).unit_id, plant)} running {risk.side}"
    return f"{called(risk.subject, plant)} {risk.side} {quantity(risk.limit, risk.unit)}"
