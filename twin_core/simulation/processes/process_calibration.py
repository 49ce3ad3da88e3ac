"""What calibrating a site's process found: numbers, and who foretells potentials and values better.

The older part of the history teaches a challenger; over the newest quarter it foretells against
what is used now, stretch by stretch. It must never judge on time that either has learnt from.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin_core.plant.assets import Plant
from twin_core.recent import SPAN_ROWS
from twin_core.simulation.calibrating.champion import FEWEST, Contest, settled
from twin_core.simulation.calibrating.estimated import Estimated
from twin_core.simulation.calibrating.report import HELD_BACK, objection
from twin_core.simulation.processes.history import ProcessHistory
from twin_core.simulation.processes.nameplates import nameplate_of, replaces, with_learnt
from twin_core.simulation.processes.outlook import outlook
from twin_core.simulation.processes.process_numbers import ProcessNumbers, process_numbers
from twin_core.simulation.processes.rebuilt import Course, believed, courses
from twin_core.value import SECOND, Path, Slug, Value

_MOST = 96
"""Stretches that are foretold, the newest."""
_LEAST_SIZE = 0.1
"""Of its instrument's range: the least that an error is a share of."""


class Number(Value):
    """A number that was looked for.

    Attributes:
        file: what the plant file says; None = nothing.
        seen: what the history told; None = nothing.
        used: whether it stands in place of the file's.
    """

    asset: Path
    parameter: str
    file: float | None
    seen: Estimated | None
    used: bool


class ProcessCalibration(Value):
    """The report.

    Attributes:
        name: of the site, as people call it.
        parameters: the challenger's; `version` its own.
        champion: version of what is used now, "" = the plant file's nameplates.
        numbers: every one that was looked for.
        contest: on held-back time, scores in % of the mean reading; None where there was none,
            then `untested` says why.
    """

    site: Slug
    name: str
    parameters: ProcessNumbers
    version: str
    champion: str
    numbers: tuple[Number, ...]
    contest: Contest | None = None
    untested: str = ""

    @property
    def objection(self) -> str:
        """Why the challenger may not be proposed; empty = it may."""
        return objection(self.contest, self.untested)


def process_calibration(
    plant: Plant, history: ProcessHistory, champion: ProcessNumbers | None, *, seed: int
) -> ProcessCalibration:
    """Learn a challenger, and hold it against the champion.

    Args:
        plant: as its file says.
        history: of its `watched` points, in buckets of the settled past's grid.
        champion: what is used now; None = the nameplates.
        seed: of every random number.
    """
    split = round((1.0 - HELD_BACK) * len(history))
    challenger, found = process_numbers(plant, history.part(0, split))
    contest, untested = _contest(plant, history, champion, challenger, split, seed)
    return ProcessCalibration(
        site=plant.site,
        name=plant.name,
        parameters=challenger,
        version=challenger.version,
        champion=champion.version if champion is not None else "",
        numbers=tuple(
            Number(asset=one.asset, parameter=one.parameter, file=nameplate_of(plant, one),
                   seen=one.found, used=replaces(plant, one))
            for one in found
        ),
        contest=contest,
        untested=untested,
    )  # fmt: skip


def _contest(
    plant: Plant, history: ProcessHistory, champion: ProcessNumbers | None,
    challenger: ProcessNumbers, split: int, seed: int,
) -> tuple[Contest | None, str]:  # fmt: skip
    if not challenger.numbers:
        return None, "the history told no number better than the plant file does"
    learnt = split if champion is None else max(split, _row(history, champion.end))
    held = list(courses(plant, history, max(learnt, SPAN_ROWS)))[-_MOST:]
    rivals = [with_learnt(plant, one.numbers if one is not None else ())
              for one in (champion, challenger)]  # fmt: skip
    found = [(course, _errors(rivals, history, course, seed)) for course in held]
    judged = [course for course, errors in found if errors is not None]
    if len(judged) < FEWEST:
        return None, (
            f"they foretell otherwise than what is used now in {len(judged)} stretches of the time "
            f"held back, {FEWEST} are needed; where nothing happens all say the same: learn from "
            "more days"
        )
    ours, its = np.array([errors for _, errors in found if errors is not None]).T
    versions = "the plant file" if champion is None else champion.version, challenger.version
    span = history.at(judged[0].first), history.at(judged[-1].last)
    return settled(plant.site, versions, span, ours, its, seed=seed, unit="%"), ""


def _row(history: ProcessHistory, at: int) -> int:
    return int(np.ceil((at - history.start) / SECOND / history.step_s))


def _errors(
    rivals: Sequence[Plant], history: ProcessHistory, course: Course, seed: int
) -> tuple[float, float] | None:
    """Mean error of both over a stretch, % of each point's size, where they say different things.

    That is where their forecasts, medians of replications, lie apart by more than the instrument's
    noise: elsewhere nothing that comes can speak for one of them. None where that is nowhere.
    """
    rows = np.arange(course.first, course.last)
    after = (rows - course.first + 0.5) * history.step_s
    horizon_s = len(rows) * history.step_s
    told = [
        outlook(believed(rival, history, course.first), course.done, seed, horizon_s=horizon_s)
        for rival in rivals
    ]
    errors: list[NDArray[np.float64]] = []
    for path in told[0].paths:
        foretold = np.stack(
            [np.interp(after, one.t, np.median(one.paths[path], axis=0)) for one in told]
        )
        came, spec = history.of(path)[rows], rivals[0].point(path).spec
        differ = np.isfinite(came) & (np.abs(foretold[1] - foretold[0]) > history.noise(spec))
        if differ.any():
            range_of = spec.limits.high - spec.limits.low
            size = max(float(np.abs(came[differ]).mean()), _LEAST_SIZE * range_of)
            errors.append(100.0 * np.abs(foretold - came)[:, differ].mean(axis=1) / size)
    return None if not errors else tuple(np.mean(errors, axis=0).tolist())
