"""What each stage of a diagnosis is worth: the same faults with one thing less (`bench diagnosis`).

What a stage knows is taken out of what the twin is told, or the stage is not asked. It must never
reach into a stage.
"""

from collections.abc import Iterator, Sequence

from evals.bench import marking
from evals.bench.row import Row
from evals.exam.question import Answered

_LESS = {
    "supplies": "nothing told of what supplies what; the simulation needs the order of a line",
    "signatures": "no class lists a failure mode: asset with its mode unknown",
    "counterfactual": "no suspect is put into the model",
}


def rows(answers: Sequence[Answered]) -> Iterator[Row]:
    """Assets and modes found with everything told, and with less; told, not judged."""
    whole = [a for a in answers if a.telling == "whole"]
    load = f"{len(whole)} cases of the catalogue, one seed, loads in turn"
    yield marking.share("diagnosis.whole.asset1", [a.asset_first for a in whole], load)
    yield marking.share("diagnosis.whole.ac1", [a.first for a in whole], load)
    for name, told in _LESS.items():
        some = [a for a in answers if a.telling == name]
        asset = ("everything told", _mean([a.asset_first for a in whole]))
        first = ("everything told", _mean([a.first for a in whole]))
        yield marking.share(
            f"diagnosis.without.{name}.asset1", [a.asset_first for a in some], f"{told}; {load}",
            peer=asset,
        )  # fmt: skip
        if name != "signatures":
            yield marking.share(
                f"diagnosis.without.{name}.ac1", [a.first for a in some], f"{told}; {load}",
                peer=first,
            )  # fmt: skip
            continue
        claims = [a.diagnosis.verdict == "cause" for a in some]
        yield marking.share(
            f"diagnosis.without.{name}.claimed", claims, f"a cause is claimed all the same; {load}"
        )


def _mean(flags: Sequence[bool]) -> float:
    return sum(flags) / max(1, len(flags))
