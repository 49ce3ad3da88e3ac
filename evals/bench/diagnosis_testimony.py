"""Bars and figures of what people say about a fault (`bench diagnosis`)."""

from collections.abc import Iterator, Sequence

from evals.bench import marking
from evals.bench.row import Bar, Row
from evals.exam.testified import Testified

RIGHT, NEVER = Bar(low=0.9), Bar(high=0.0)


def rows(some: Sequence[Testified]) -> Iterator[Row]:
    """The right cause with what is said, without it, and if it is believed; the law; the words."""
    load = f"{len(some)} cases of the catalogue with true, false, contradicting and vague testimony"
    peers = {
        "without testimony": [t.right_without for t in some],
        "the last word believed": [t.right_believing for t in some],
    }
    without = sum(peers["without testimony"]) / max(len(some), 1)
    yield marking.share(
        "diagnosis.testimony", [t.right for t in some], f"right cause first; {load}", RIGHT,
        peer=("without testimony", without),
    )  # fmt: skip
    for name, flags in peers.items():
        yield marking.share(f"diagnosis.testimony.{name.replace(' ', '_')}", flags, load)
    for kind in dict.fromkeys(t.job.kind for t in some):
        own = [t for t in some if t.job.kind == kind]
        before = sum(t.right_without for t in own) / len(own)
        yield marking.share(
            f"diagnosis.testimony.{kind.replace(' ', '_')}", [t.right for t in own],
            f"{kind}; {load}", peer=("without testimony", before),
        )  # fmt: skip
    lured = [x.turned for t in some for x in t.law]
    yield marking.share(
        "diagnosis.testimony.turned", lured,
        "a false report turns a cause that measurements at two points show", NEVER,
    )  # fmt: skip
    words = [understood for t in some for understood in t.understood]
    yield marking.share(
        "diagnosis.testimony.understood", words, "sentences taken as they are meant"
    )
