"""Plants that nobody described in full (`bench diagnosis`): by names, and by silence."""

from collections.abc import Iterator, Sequence

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.question import Answered

AC1, NONE = Bar(low=0.7), Bar(high=0.0)


def rows(answers: Sequence[Answered]) -> Iterator[Row]:
    """A plant file as `discover` leaves it, with the classes and without their failure modes."""
    draft = [a for a in answers if a.telling == "discovered"]
    bare = [a for a in answers if a.telling == "nothing listed"]
    load = f"{len(draft)} cases of the catalogue, no links, flow, products or calendar told"
    yield marking.share("diagnosis.discovered.ac1", [a.first for a in draft], load, AC1)
    yield marking.share("diagnosis.discovered.asset1", [a.asset_first for a in draft], load)
    for verdict in ("normal", "unclear", "no_data"):
        flags = [a.diagnosis.verdict == verdict for a in draft]
        yield marking.share(f"diagnosis.discovered.said_{verdict}", flags, load)
    claims = [a.diagnosis.verdict == "cause" for a in bare]
    yield marking.share(
        "diagnosis.discovered.claimed", claims, f"no failure mode either: a cause claimed; {load}",
        NONE,
    )  # fmt: skip
