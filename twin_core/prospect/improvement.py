"""What could run better, as it was found: values alone. They must never weigh anything."""

from twin_core.prospect.idea import Kind
from twin_core.simulation.scenario import Change, Estimate
from twin_core.value import Instant, Path, Value


class Improvement(Value):
    """Something that would run better, as tried.

    Attributes:
        kind: a machine's or conveyor's `speed`; a `buffer` that is not used; a `setting` of the
            process; `waste` of a medium while a line stands; the order of `changeover`s.
        asset: the machine or conveyor; a line for waste and changeovers.
        target: of a buffer the machine after it; of waste the header.
        changes: what was tried; none of waste and changeovers.
        orders: of changeovers, the better order.
        gain: with the 90 % interval of what the plant will show: of rates in the line's unit a
            minute; of waste what is spared in the shift ahead, of changeovers what is made in the
            time won.
        share: of what the line makes, or of what the header gives, in that time.
        why: what was seen.
    """

    kind: Kind
    asset: Path
    target: Path | None = None
    changes: tuple[Change, ...] = ()
    orders: tuple[str, ...] = ()
    gain: Estimate
    share: float
    why: str


class Improved(Value):
    """What was found.

    Attributes:
        found: at most three, what gains most first; none is an answer.
        more: how many more there would be.
        passed: line → why it was not looked at.
        looked: what was looked for, a clause each.
        trials: how many scenarios were simulated.
    """

    subject: Path
    at: Instant
    found: tuple[Improvement, ...]
    more: int
    passed: dict[Path, str]
    looked: tuple[str, ...]
    trials: int
    seed: int
    model_version: str
    state_digest: str
