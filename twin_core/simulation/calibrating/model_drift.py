"""Whether what comes still agrees with what a model foretells, and since when it does not.

Two CUSUMs run side by side: one on how far off the forecasts are (Page, Biometrika 41, 1954), one
on how often what comes falls outside the interval (Reynolds and Stoumbos, Journal of Quality
Technology 31, 1999). It must never decide what to do about it.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from twin_core.cusum import interval
from twin_core.evidence import Evidence
from twin_core.simulation.calibrating.skill import Foretold, apart
from twin_core.value import Instant, Path, Value

QUIET = 2000
"""Forecasts between two false alarms of a model that is right, at least."""
_SLACK = 0.5
_MOST = 3.0
"""A forecast counts no further off than this, so that one alone alarms nobody."""
_MISSES, _TOO_MANY = 0.10, 0.30
"""Share outside a 90 % interval, and one that is not to be borne."""


class Drift(Value):
    """A model no longer agrees with its line.

    Attributes:
        since: start of the first forecast of those that speak for it; `found` end of the last.
        kind: it is off to one side, or wrong too often.
        n: forecasts since then; `outside` of them outside their interval; `off` their mean
            distance, in standard deviations.
    """

    line: Path
    version: str
    since: Instant
    found: Instant
    kind: Literal["bias", "coverage"]
    n: int
    outside: int
    off: float

    @property
    def evidence(self) -> Evidence:
        """For the task that it opens."""
        return Evidence(
            kind="forecast",
            subject=self.line,
            statement=f"Parameters {self.version} have drifted. {self.sentence}",
            data=self.model_dump(mode="json"),
            time=self.found,
            quality="simulated",
            origin=f"model {self.version}",
        )

    @property
    def sentence(self) -> str:
        """What a person is told, without the time."""
        if self.kind == "bias":
            way = "above" if self.off > 0 else "below"
            told = f"what came lies {abs(self.off):.1f} standard deviations {way} the forecast"
            return f"Over the last {self.n} forecasts {told} on average."
        return f"Of the last {self.n} forecasts {self.outside} missed their 90 % interval."


def drifted(
    line: str, version: str, foretold: Sequence[Foretold], *, quiet: float = QUIET
) -> Drift | None:
    """The first drift in a model's forecasts since it became champion; None while it holds.

    Args:
        line: whose forecasts.
        version: of the model that made them.
        foretold: with what came; of those that overlap the earlier one counts.
        quiet: forecasts between two false alarms (both sums together), > 1.
    """
    told = apart(foretold)
    off = np.clip([f.z for f in told], -_MOST, _MOST)
    hit = np.log((1 - _TOO_MANY) / (1 - _MISSES))
    miss = np.log(_TOO_MANY / _MISSES)
    # Half the alarms each. exp(limit) is a lower bound of the run length (Lorden, Annals of
    # Mathematical Statistics 42, 1971).
    far, often = interval(_SLACK, 2 * quiet), float(np.log(2 * quiet))
    up = down = wrong = 0.0
    up_from = down_from = wrong_from = 0
    for k, one in enumerate(told):
        up_from = up_from if up > 0 else k
        down_from = down_from if down > 0 else k
        wrong_from = wrong_from if wrong > 0 else k
        up = max(0.0, up + off[k] - _SLACK)
        down = max(0.0, down - off[k] - _SLACK)
        wrong = max(0.0, wrong + (hit if one.inside else miss))
        if up > far or down > far:
            return _drift(line, version, told[up_from if up > down else down_from : k + 1], "bias")
        if wrong > often:
            return _drift(line, version, told[wrong_from : k + 1], "coverage")
    return None


def _drift(
    line: str, version: str, told: Sequence[Foretold], kind: Literal["bias", "coverage"]
) -> Drift:
    return Drift(
        line=line,
        version=version,
        since=told[0].start,
        found=told[-1].end,
        kind=kind,
        n=len(told),
        outside=sum(not f.inside for f in told),
        off=float(np.mean([np.clip(f.z, -_MOST, _MOST) for f in told])),
    )
