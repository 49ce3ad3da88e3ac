"""What calibrating a line found, whole: parameters, how sure, how good, and who foretells better.

The challenger learns from the older part of the span; the newer part is held back, and champion
and challenger foretell it. It must never call a challenger better on time that either has learnt
from.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from twin_core.errors import ImpossibleScenario
from twin_core.plant.assets import Plant
from twin_core.simulation.calibrating.calibration import calibrate, differences
from twin_core.simulation.calibrating.champion import FEWEST, Contest, Stretch, contest
from twin_core.simulation.calibrating.foretelling import foretold, paces, stretches
from twin_core.simulation.calibrating.line_history import LineHistory
from twin_core.simulation.calibrating.model_drift import Drift, drifted
from twin_core.simulation.calibrating.parameters import Difference, ParameterSet
from twin_core.simulation.calibrating.promoted import nameplate
from twin_core.simulation.calibrating.skill import Foretold, Skill, skill
from twin_core.value import SECOND, Instant, Path, Value

HELD_BACK = 0.25
"""Share of the span that is held back, the newest."""
_MOST = 24
"""Stretches that are foretold, the newest."""
_MOST_HELD_S = 16 * 3600.0
_LENGTH_S, _SHORT_S = 1800.0, 600.0
"""Of a stretch; short ones where little is held back."""
_SHOWN = 200


class Calibration(Value):
    """The report.

    Attributes:
        name: of the line, as people call it; `unit` of its rate.
        parameters: the challenger's; `version` its own.
        champion: version of what is used now, "" = the plant file's parameters.
        differences: what the plant file says beside what was seen.
        contest: on held-back time; None where there was none, then `untested` says why.
        skill, drift: of the champion's forecasts so far; None where too few were scored.
        foretold: the newest of them, with what came.
        held_back: by version, the stretches of the contest with what came.
    """

    line: Path
    name: str
    unit: str
    parameters: ParameterSet
    version: str
    champion: str
    differences: tuple[Difference, ...]
    contest: Contest | None = None
    untested: str = ""
    skill: Skill | None = None
    drift: Drift | None = None
    foretold: tuple[Foretold, ...] = ()
    held_back: dict[str, tuple[Foretold, ...]] = Field(default_factory=dict)

    @property
    def objection(self) -> str:
        """Why the challenger may not be proposed; empty = it may."""
        return objection(self.contest, self.untested)


def objection(contest: Contest | None, untested: str) -> str:
    """Why what did so in a contest, or was not tested, may not be proposed; empty = it may."""
    if contest is None:
        return untested
    if contest.verdict != "better":
        said = "worse than" if contest.verdict == "worse" else "not distinguishable from"
        return f"on held-back time it is {said} what is used now"
    return ""


def calibration(
    plant: Plant,
    history: LineHistory,
    champion: ParameterSet | None,
    told: Sequence[Foretold],
    *,
    seed: int,
) -> Calibration:
    """Learn a challenger, and hold it against the champion.

    Args:
        plant: with the line.
        history: of the span to learn from and to be judged on.
        champion: what is used now; None = what the plant file says.
        told: the champion's forecasts of the line's rate with what came.
        seed: of every random number.
    """
    line = plant.line(history.line)
    used = champion or nameplate(plant, line.id)
    split = _split(history)
    challenger = calibrate(plant, history.between(history.start, split), seed=seed)
    version = champion.version if champion is not None else ""
    unit = f"{line.unit_of_flow or '1'}/min"
    told_by: dict[str, list[Foretold]] = {}
    judged, untested = _contest(plant, history, used, challenger, seed, told_by)
    return Calibration(
        line=line.id,
        name=line.name,
        unit=unit,
        parameters=challenger,
        version=challenger.version,
        champion=version,
        differences=differences(plant, challenger),
        contest=judged,
        untested=untested,
        skill=skill(line.id, version or "the plant file", told, unit) if told else None,
        drift=drifted(line.id, version, told) if champion is not None else None,
        foretold=tuple(told[-_SHOWN:]),
        held_back={
            name: tuple(told_by[key])
            for name, key in (
                (version or "the plant file", used.version),
                (challenger.version, challenger.version),
            )
            if key in told_by
        },
    )


def _split(history: LineHistory) -> Instant:
    """Where what is held back begins, on a whole minute."""
    held = min(HELD_BACK * (history.end - history.start), _MOST_HELD_S * SECOND)
    return round((history.end - held) / (60 * SECOND)) * 60 * SECOND


def _contest(
    plant: Plant, history: LineHistory, champion: ParameterSet, challenger: ParameterSet,
    seed: int, told_by: dict[str, list[Foretold]],
) -> tuple[Contest | None, str]:  # fmt: skip
    """The contest, or why there is none; what each foretold goes into `told_by`."""
    begin = max(challenger.end, champion.end)
    length_s = _LENGTH_S if history.end - begin >= FEWEST * _LENGTH_S * SECOND else _SHORT_S
    held = stretches(plant, history, begin, history.end, length_s)[-_MOST:]
    if len(held) < FEWEST:
        least = f"{FEWEST} stretches of {length_s / 60:.0f} min that were heard all along"
        return None, f"{len(held)} of {least} are held back, too few to tell"

    def foretell(parameters: ParameterSet, stretch: Stretch) -> NDArray[np.float64]:
        seconds = (stretch.end - stretch.start) / SECOND
        draws = foretold(plant, parameters, paces(history, stretch.start), seconds, seed)
        mean, (low, high) = float(draws.mean()), np.quantile(draws, [0.05, 0.95])
        told_by.setdefault(parameters.version, []).append(
            Foretold(
                start=stretch.start, end=stretch.end, mean=mean, low=min(mean, float(low)),
                high=max(mean, float(high)), actual=stretch.rate,
            )
        )  # fmt: skip
        return draws

    try:
        return contest(champion, challenger, held, foretell, seed=seed), ""
    except ImpossibleScenario as problem:
        told_by.clear()
        return None, str(problem).rstrip(".")
