"""What lies ahead of an asset: readings on their way, signs of wear, faults found. Values alone.

They must never hold a number without saying of how long ahead it is.
"""

from typing import Literal

from twin_core.prospect.leading import Side
from twin_core.prospect.window import Life
from twin_core.simulation.calibrating.failing import Failing
from twin_core.simulation.learning.learned import Prediction
from twin_core.simulation.scenario import Estimate
from twin_core.value import Instant, Path, Slug, Value


class Hours(Value):
    """Time left, hours: with 5, 50 and 95 % it is over by then; None = not within thirty days."""

    low: float | None
    middle: float | None
    high: float | None


class Heading(Value):
    """A leading reading on its way to a limit.

    Attributes:
        now: of its line now, in the point's unit; `slope` of it, with the 90 % interval.
        over_h: hours the line goes back.
        limit: with the side on which it is passed, and who gives it.
        within: probability that it is passed within the time asked about, if it goes on so.
        hours: until it is.
        passed: whether it is already.
    """

    point: Path
    now: float
    slope: Estimate
    over_h: float
    limit: float
    side: Side
    by: Literal["alarm", "effect"]
    within: float
    hours: Hours
    passed: bool


class Wear(Value):
    """A failure mode whose signs are there.

    Attributes:
        seen, unseen: what of its measurable signs is there and what is not: point and how.
        fits: share of its signs that is there, by their weights.
        weight: among the modes that fit, 0..1: what is there times how often the mode comes.
    """

    mode: Slug
    name: str
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    fits: float
    weight: float = 1.0


class FaultsFound(Value):
    """Faults that the crew found in it, and what that says of the time ahead.

    Attributes:
        faults: in `over_h` hours of work orders.
        chance: of one or more within the time asked about, with its 90 % interval.
    """

    faults: int
    over_h: float
    last: Instant | None
    chance: Estimate


class Health(Value):
    """An asset and what lies ahead of it.

    Attributes:
        verdict: `sign`: something shows that it may fail; `past`: nothing shows, but it has failed
            before; `no_sign`: what leads its failures was heard and heads nowhere; `unknown`.
        chance: that it fails or passes a limit within the time asked about; None if unknown. Its
            interval is that of what was learnt or counted.
        anomaly: how far the leading reading that is furthest from usual is from it, in standard
            deviations of usual, with the 90 % interval; `anomalous` which.
        hours: until it fails or passes a limit, by the soonest of what tells.
        heading, wear, risk, found: what speaks for it; `life` what was learnt of its life.
        lasts: the chance over time, for a window to be found by; None where nothing tells.
        heard: how many of its leading readings were heard, of how many.
        unlearnt: why nothing learnt speaks.
    """

    asset: Path
    verdict: Literal["sign", "past", "no_sign", "unknown"]
    chance: Estimate | None
    anomaly: Estimate | None
    anomalous: Path | None
    hours: Hours | None
    heading: tuple[Heading, ...] = ()
    wear: tuple[Wear, ...] = ()
    risk: Failing | None = None
    life: Prediction | None = None
    found: FaultsFound | None = None
    lasts: Life | None = None
    heard: int
    leads: int
    unlearnt: str = ""


class Known(Value):
    """What is known of an asset besides its readings.

    Attributes:
        risk, life: what promoted models say, `unlearnt` why they do not.
    """

    risk: Failing | None = None
    life: Prediction | None = None
    unlearnt: str = ""
