"""Plants that nobody described in full, and what cannot be examined yet (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.question import Answered

AC1, NONE = Bar(low=0.7), Bar(high=0.0)
SECOND_PLANT = Bar(low=0.85)


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


def second_plant(plants: Path) -> Row:
    """Another kind of plant: not there, or without laws of its own in the stand-in."""
    file = plants / "pumping_station.yaml"
    why = "the stand-in has no laws for it" if file.is_file() else f"there is no {file.name}"
    return Row(
        name="diagnosis.second_plant.ac1", value=None, unit="1", n=0, bar=SECOND_PLANT,
        load="a booster pumping station with laws of its own", why=why,
    )  # fmt: skip
