"""What a diagnosis says: ranked causes with evidence, or an honest nothing. No reasoning here."""

from typing import Literal

from pydantic import Field

from twin_core.evidence import Evidence
from twin_core.simulation.scenario import Change, Estimate
from twin_core.value import Instant, Path, Slug, Value


class Check(Value):
    """The counterfactual: the suspected fault put into the model.

    Attributes:
        observed: the line's rate since the onset; `healthy` without the fault; `faulty` with it.
        explains: share of the observed loss that the fault explains (0..1).
        changes: the fault as the model was given it (its fitted magnitude included).
        since: plant time from which it was put in; `observed` is the mean from there on.
    """

    observed: float
    healthy: Estimate
    faulty: Estimate
    explains: float
    changes: tuple[Change, ...]
    passed: bool
    since: Instant | None = None


class Cause(Value):
    """One possible cause.

    Attributes:
        asset: the unit where it sits.
        failure_mode: of the asset's class; None = right asset, mode unknown.
        mode: ISO 14224 code of it, if known.
        onset: plant time at which it began, with `onset_s` as half-width in seconds.
        path: assets from cause to complaint, both included, along the plant's links.
        supports, contradicts: evidence ids.
        probability: 0..1. Those of the causes that exclude each other add up to 1 at most.
        beside: a second cause, for what the first leaves unexplained; it excludes others of its
            kind, not the first.
        sensor: the process is fine, an instrument is not.
        settle: what observation would settle the rest, one sentence.
    """

    asset: Path
    failure_mode: Slug | None = None
    name: str
    mode: str | None = None
    onset: Instant
    onset_s: float = Field(ge=0)
    path: tuple[Path, ...]
    supports: tuple[str, ...] = ()
    contradicts: tuple[str, ...] = ()
    probability: float = Field(ge=0, le=1)
    beside: bool = False
    sensor: bool = False
    check: Check | None = None
    settle: str = ""


class Loss(Value):
    """What an asset costs its line, unit of flow per minute."""

    asset: Path
    rate: float = Field(ge=0)


class FirstOut(Value):
    """Where what is seen may have started, when no failure mode is known: no claim of a cause.

    Attributes:
        asset: the unit; `sign` the evidence id of what shows itself there.
        onset: plant time at which that began, with `onset_s` as half-width in seconds.
        accounts: 0..1, share of all that departed that it can account for.
        carries: the other departed assets that it reaches, and that departed no earlier.
        healthy_before: assets directly upstream that show nothing.
    """

    asset: Path
    sign: str
    onset: Instant
    onset_s: float = Field(ge=0)
    accounts: float = Field(ge=0, le=1)
    carries: tuple[Path, ...] = ()
    healthy_before: tuple[Path, ...] = ()


class Diagnosis(Value):
    """The answer to "why": for a line (or unit), over a span.

    Attributes:
        verdict: `cause` (at least one cause), `normal` (no abnormality found), `unclear`
            (something is wrong, the evidence does not say what), `no_data`.
        rate, usual: the line's rate now and what it was before, unit of flow per minute.
        first_out: where to look first, best first; only where no failure mode is known.
        losses: of a line that loses, by the asset where they arise, the largest first; together
            they are what the line lost.
    """

    subject: Path
    start: Instant
    end: Instant
    verdict: Literal["cause", "normal", "unclear", "no_data"]
    rate: float | None
    usual: float | None
    unit: str
    losses: tuple[Loss, ...] = ()
    causes: tuple[Cause, ...] = ()
    first_out: tuple[FirstOut, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    summary: str
