"""The rule of choice among what was tried. It must never simulate.

Over the half hour ahead: a write that removes the cause; else the write that wins back most, if
that is at least half of what could be won back, or more than the job that removes the cause would
win in that time; else that job; else better wait. An instrument's fault is never answered by a
write, and a write that gains nothing is never chosen.
"""

from collections.abc import Sequence

from twin_core.advice.trial import WORTH, Trials, Tried
from twin_core.diagnosis.cause import Cause, Diagnosis

_LEAST = 0.005
"""Share of the line's usual rate below which a gain is none."""


def choose(diagnosis: Diagnosis, cause: Cause, trials: Trials) -> Tried | None:
    """The option to offer first; None: better wait."""
    writes = sorted((t for t in trials.tried if t.option.moves), key=lambda t: -t.gain)
    jobs = [t for t in trials.tried if t.option.kind == "work_order" and t.option.cures]
    looks = [t for t in trials.tried if t.option.kind in {"inspection", "work_order"}]
    if cause.sensor:
        return next(iter(jobs), next(iter(looks), None))
    least = _LEAST * (diagnosis.usual or 0.0)
    cures = [t for t in writes if t.option.cures and t.gain > -least]
    if cures:
        return max(cures, key=lambda t: (len(t.option.moves), t.gain))
    write = next((t for t in writes if useful(t, diagnosis)), None)
    job = max(jobs, key=lambda t: t.gain, default=None)
    if write is not None:
        enough = trials.full > 0 and write.gain >= WORTH * trials.full
        if enough or job is None or write.gain > max(0.0, job.gain):
            return write
    return job if job is not None else next(iter(looks), None)


def useful(one: Tried, diagnosis: Diagnosis) -> bool:
    """Whether it gains anything worth the trouble, on the line asked about too."""
    least = _LEAST * (diagnosis.usual or 0.0)
    return one.found is not None and one.gain > least and one.found.gain.high > least


def ordered(tried: Sequence[Tried], chosen: Tried | None, diagnosis: Diagnosis) -> list[Tried]:
    """The chosen one, then what gains, most first."""
    return sorted(tried, key=lambda t: (t is not chosen, not useful(t, diagnosis), -t.gain))
