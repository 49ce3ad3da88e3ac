"""What limits a line, and where a little more would help: by sensitivity in the twin's model.

Several that cannot be told apart are all named; the old rules stand beside it and decide nothing.
It must never name a bottleneck by who waits for whom.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from tools.ahead import simulated_ahead
from tools.arguments import Arguments
from tools.result import ToolResult
from tools.scene import Scene
from tools.view import Forecaster
from tools.wording import called, duration, estimate, gain, moment, percent, sentence
from twin_core.chart import Bars
from twin_core.errors import ImpossibleScenario
from twin_core.evidence import Evidence
from twin_core.plant.assets import Plant
from twin_core.simulation.sensitivity import HORIZON_S, STEP, Lever, Sensitivity
from twin_core.value import JSON, Path

_MOST = 3
_MUCH = 0.25
_FLOWS = frozenset({"speed", "capacity"})


class Bottleneck(Arguments):
    """What limits a line's rate (its bottleneck), and where more speed would help it most.

    Use it for "what is the bottleneck of …?", "where would 5 % more speed help most?", "is more
    room between two machines worth it?". Simulated from the live state. For why something got
    worse there is find_cause.
    """

    doing: ClassVar[tuple[str, str]] = ("Looking for the bottleneck", "of")

    line: str = Field(description="the production line, as people call it")
    faster: float = Field(
        default=100 * STEP, description="per cent by which speeds are turned up and down"
    )
    horizon: str = Field(default="", description="how far ahead: “30 min” is usual; up to 8 h")


async def bottleneck(
    scene: Scene,
    forecaster: Forecaster,
    line: str,
    faster: float = 100 * STEP,
    horizon: str = "",
) -> ToolResult:
    """What limits the line, what would be gained where, and what the old rules say."""
    path, found = await limits_of(scene, forecaster, line, faster, horizon)
    plant = scene.look().plant
    evidence = statements(found, plant)
    own = [x for x in _flows(found) if x.asset == path and x.asset not in found.bottleneck]
    evidence[1:1] = [_own(found, x, plant) for x in own]
    return ToolResult(
        status="ok",
        text=evidence[0].statement,
        evidence=tuple(evidence),
        charts=(chart(found, plant),),
    )


async def limits_of(
    scene: Scene, forecaster: Forecaster, line: str, faster: float, horizon: str
) -> tuple[Path, Sensitivity]:
    """The asset that was meant, and what its line's rate answers to.

    Raises:
        UnknownName, AmbiguousName: with names that exist.
        ImpossibleScenario: a line without a rate, a horizon or share that cannot be, with what can.
        NoData: the line cannot be heard.
    """
    snapshot = scene.look()
    path = scene.asset(line)
    asked = snapshot.plant.line(path)
    if asked.kind != "production":
        raise ImpossibleScenario(f"{asked.name} makes nothing", "a production line")
    scene.heard(asked.id)
    share = faster / 100.0
    ahead = simulated_ahead(horizon, snapshot.now, snapshot.plant, HORIZON_S)
    return path, await forecaster.sensitivity(snapshot, asked.id, ahead, share)


def statements(found: Sensitivity, plant: Plant) -> list[Evidence]:
    """What was found, a sentence each: the bottleneck, gains, what else helps, the old rules."""
    parts = (_gains, _rest, _more, _rules)
    return [_verdict(found, plant), *(one for part in parts for one in part(found, plant))]


def remarks(found: Sensitivity, plant: Plant) -> list[str]:
    """What a table of the levers does not say: the verdict first."""
    parts = (_rest, _rules)
    told = [_verdict(found, plant), *(one for part in parts for one in part(found, plant))]
    return [one.statement for one in told]


def chart(found: Sensitivity, plant: Plant) -> Bars:
    """How strongly the line's rate answers to each speed and capacity, with its interval."""
    answers = [(called(x.asset, plant), x.elasticity) for x in _flows(found)]
    return Bars(
        title=f"What the rate of {called(found.line, plant)} answers to",
        labels=tuple(name for name, _ in answers),
        values=tuple(e.mean for _, e in answers),
        low=tuple(e.low for _, e in answers),
        high=tuple(e.high for _, e in answers),
        unit="% for 1 %",
    )


def _verdict(found: Sensitivity, plant: Plant) -> Evidence:
    line = called(found.line, plant)
    limiting = [x for x in found.levers if x.limits]
    over = f"over the next {duration(found.horizon_s)} from {moment(found.start, plant)}"
    if not limiting:
        strongest = found.levers[0]
        said = (
            f"Nothing that was turned surely limits {line} {over}: 1 % more "
            f"{_turned(strongest)} of {called(strongest.asset, plant)} makes its rate "
            f"{_answers(strongest)} higher."
        )
    elif len(limiting) == 1:
        (only,) = limiting
        said = (
            f"The bottleneck of {line} is {called(only.asset, plant)}: 1 % more {_turned(only)} "
            f"of it makes the line's rate {_answers(only)} higher, {over}."
        )
    else:
        names = _listed([called(x.asset, plant) for x in limiting])
        each = "; ".join(f"of {called(x.asset, plant)} {_answers(x)}" for x in limiting)
        said = (
            f"{sentence(names)} cannot be told apart as the bottleneck of {line}. By so much "
            f"grows its rate, {over}, with 1 % more {_turned(limiting[0])}: {each}."
        )
    answers = [
        {"asset": x.asset, "turned": x.kind, "per_cent": 1, **x.elasticity.model_dump()}
        for x in limiting or found.levers[:1]
    ]
    return _evidence(
        found, found.line, said, {"bottleneck": list(found.bottleneck), "answers": answers}
    )


def _own(found: Sensitivity, lever: Lever, plant: Plant) -> Evidence:
    """How the rate answers to a machine that was asked about and limits nothing."""
    said = (
        f"1 % more {_turned(lever)} of {called(lever.asset, plant)} makes the rate of "
        f"{called(found.line, plant)} {_answers(lever)} higher."
    )
    data = {"per_cent": 1, **lever.elasticity.model_dump()}
    return _evidence(found, lever.asset, said, data)


def _gains(found: Sensitivity, plant: Plant) -> list[Evidence]:
    """What turning up speeds and capacities gains, the most first, as far as it surely does."""
    told = []
    ranked = sorted(_flows(found), key=lambda x: -x.gain.mean)
    for x in [x for i, x in enumerate(ranked) if x.sure or x.limits or not i][:_MOST]:
        where, chance = called(x.asset, plant), "" if x.sure else " That may be chance."
        said = f"{percent(found.step)} more {_turned(x)} of {where} gains {gain(x.gain)}.{chance}"
        if x.factor <= 1:
            said = f"{sentence(where)} already runs at the end of its range of speed."
        data = {"step": found.step, "gain": x.gain.model_dump(), "sure": x.sure}
        told.append(_evidence(found, x.asset, said, data))
    return told


def _rest(found: Sensitivity, plant: Plant) -> list[Evidence]:
    """How much of the rate is decided by none of the speeds, where that is much."""
    if found.rest.low < _MUCH:
        return []
    said = (
        f"{percent(found.rest.mean)} of the rate of {called(found.line, plant)} is decided by no "
        "speed in it: by stops, by what it is fed, or by where its output goes."
    )
    return [_evidence(found, found.line, said, {"rest": found.rest.model_dump()})]


def _more(found: Sensitivity, plant: Plant) -> list[Evidence]:
    """Fewer or shorter stops and larger buffers that surely gain."""
    helps = [x for x in found.levers if x.kind not in _FLOWS and x.sure]
    helps.sort(key=lambda x: -x.gain.mean)
    if not helps:
        return []
    parts = [f"{_step(x, plant)} {gain(x.gain)}" for x in helps[:_MOST]]
    gains = [
        {"asset": x.asset, "turned": x.kind, "share": _share(x), **x.gain.model_dump()}
        for x in helps[:_MOST]
    ]
    said = f"Beside speed, what surely gains: {'; '.join(parts)}."
    return [_evidence(found, found.line, said, {"gains": gains})]


def _rules(found: Sensitivity, plant: Plant) -> list[Evidence]:
    """What the old rules say, and whether they agree."""
    said = {sign.rule: sign.asset for sign in found.signs if sign.asset is not None}
    if not said:
        return []
    agree = set(said.values()) <= set(found.bottleneck)
    how = "they agree" if agree else "they only see who waited for whom, and decide nothing here"
    told = "; ".join(f"by {rule} {called(asset, plant)}" for rule, asset in said.items())
    return [
        Evidence(
            kind="indicator",
            subject=found.line,
            statement=f"Rules of thumb over the last half hour ({how}): {told}.",
            data={"rules": dict(said), "agree": agree},
            time=found.start,
        )
    ]


def _evidence(found: Sensitivity, subject: str, said: str, data: dict[str, JSON]) -> Evidence:
    return Evidence(
        kind="forecast",
        subject=subject,
        statement=said,
        data={
            **data,
            "horizon_s": found.horizon_s,
            "interval": 90,
            "replications": found.replications,
            "seed": found.seed,
        },
        time=found.start,
        quality="simulated",
        origin=found.model_version,
    )


def _flows(found: Sensitivity) -> list[Lever]:
    return [x for x in found.levers if x.kind in _FLOWS]


def _turned(lever: Lever) -> str:
    return "capacity" if lever.kind == "capacity" else "speed"


def _answers(lever: Lever) -> str:
    """The elasticity as per cent for a per cent."""
    return estimate(lever.elasticity.model_copy(update={"unit": "%"}))


def _share(lever: Lever) -> float:
    """By how much it was turned up, as people say it: fewer stops, a larger buffer."""
    return lever.factor - 1.0 if lever.kind == "buffer" else 1.0 - 1.0 / lever.factor


def _step(lever: Lever, plant: Plant) -> str:
    where, share = called(lever.asset, plant), percent(_share(lever))
    if lever.target is not None:
        return f"{share} more room between {where} and {called(lever.target, plant)}"
    return f"{share} {'fewer' if lever.kind == 'life' else 'shorter'} stops of {where}"


def _listed(said: Sequence[str]) -> str:
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)
