"""Bars and figures of faults drawn by lot (`bench diagnosis`): places, names, probabilities."""

from collections.abc import Iterator, Sequence

from evals.bench import marking, reliability
from evals.bench.row import Bar, Row
from evals.exam.question import Answered

AC1, AC3 = Bar(low=0.80), Bar(low=0.93)
BOTH = Bar(low=0.85)
UNLISTED = Bar(low=0.20)


def rows(answers: Sequence[Answered]) -> Iterator[Row]:
    """The figures of drawn faults, under their own names and under others."""
    plain = [a for a in answers if a.telling == "as it is"]
    other = [a for a in answers if a.telling == "renamed"]
    load = f"{len(plain)} faults drawn by lot, a plant each, asked 7 to 17 plant min after"
    yield from marking.accuracy("diagnosis.drawn", plain, load, AC1, AC3)
    yield from marking.accuracy(
        "diagnosis.renamed", other, f"the same, every asset and point renamed; {load}", AC1, AC3
    )
    same = [_said(a) == _said(b) for a, b in zip(plain, other, strict=True)]
    yield marking.share("diagnosis.renamed.same", same, f"same first three causes; {load}")
    yield marking.share(
        "diagnosis.drawn.unlisted", [a.question.kind == "unlisted" for a in plain],
        f"no class lists the failure mode: the asset, mode unknown, is right; {load}", UNLISTED,
    )  # fmt: skip
    yield from marking.by_kind("diagnosis.drawn", plain, load)
    yield marking.share(
        "diagnosis.drawn.asset1", [a.asset_first for a in plain], f"asset alone; {load}"
    )
    yield marking.instruments("diagnosis.drawn", plain, load, None)
    yield from marking.onsets("diagnosis.drawn", plain, load, None, None)
    for less in ("supplies", "counterfactual"):
        some = [a.first for a in answers if a.telling == less]
        yield marking.share(
            f"diagnosis.drawn.without.{less}", some, f"AC@1 without; {load}",
            peer=("with", sum(a.first for a in plain) / max(1, len(plain))),
        )  # fmt: skip
    told = f"probability of the first cause, where one was named; {load}"
    yield from reliability.rows("diagnosis.drawn", *stated(plain), told)
    told = f"probability of every cause told, the first and what it may be instead; {load}"
    yield from reliability.rows("diagnosis.drawn.told", *stated(plain, first=False), told)


def pair_rows(answers: Sequence[Answered]) -> Iterator[Row]:
    """The figures of two faults at once."""
    load = f"{len(answers)} pairs drawn by lot, both at once, asked 7 to 17 plant min after"
    yield marking.share("diagnosis.pairs.both", [a.listed for a in answers], load, BOTH)
    yield marking.share("diagnosis.pairs.one", [a.first for a in answers], f"first cause; {load}")
    for kind in sorted({a.question.kind for a in answers}):
        some = [a.listed for a in answers if a.question.kind == kind]
        name = kind.replace(" ", "_")
        yield marking.share(f"diagnosis.pairs.both.{name}", some, f"second of it; {load}")


def stated(answers: Sequence[Answered], *, first: bool = True) -> tuple[list[float], list[bool]]:
    """Probability of each cause that was named, or of the first alone, and whether it was right."""
    named = [
        (cause.probability, place in a.ranks)
        for a in answers
        if a.diagnosis.verdict == "cause"
        for place, cause in enumerate(a.diagnosis.causes[: 1 if first else None], start=1)
    ]
    return [p for p, _ in named], [right for _, right in named]


def _said(answer: Answered) -> list[tuple[str, str | None]]:
    return [(c.asset, c.failure_mode) for c in answer.diagnosis.causes[:3]]
