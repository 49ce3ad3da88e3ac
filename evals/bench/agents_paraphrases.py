"""`bench agents`, part paraphrases: the same question in other words gets the same answer.

Figures by topic, never by wording: who mends the assistant must not learn the wordings by heart.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import get_args

from evals.bench.row import Bar, Row
from evals.harness.load import CASES, load
from evals.harness.paraphrase import BAR, Outcome, Topic, questions
from evals.harness.paraphrasing import Worded, paraphrased

SHEET = CASES / "paraphrases.yaml"
QUICK_QUESTIONS = 6
_LOAD = "60 questions, 5 wordings each as people write them; offline operator, one snapshot"


def measure(cache: Path, told: Callable[[str], None], *, quick: bool) -> Iterator[Row]:
    """The rows; in quick those of a few questions of one history."""
    asked = questions(SHEET)
    if quick:
        asked = tuple(one for one in asked if one.history == asked[0].history)[:QUICK_QUESTIONS]
    yield from rows(paraphrased(asked, load().histories, cache, told))


def rows(found: Sequence[Worded]) -> Iterator[Row]:
    """Of what was asked: shares of all wordings, then of those of each topic."""

    def row(name: str, value: float, unit: str, n: int, bar: Bar | None = None) -> Row:
        name = f"agents.paraphrases.{name}"
        return Row(name=name, value=value, unit=unit, load=_LOAD, n=n, bar=bar)

    count, n = _counted(found)
    yield row("same", count["same"] / n, "1", n, Bar(low=BAR))
    yield row("asks", count["asks"] / n, "1", n)
    yield row("other", count["other"], "wordings", n, Bar(high=0))
    alike = sum(one.blurred for one in found)
    yield row("blurred", alike, "questions", len(found), Bar(high=0))
    for topic in get_args(Topic):
        of_topic = [one for one in found if one.question.topic == topic]
        if of_topic:
            count, n = _counted(of_topic)
            yield row(f"{topic}.same", count["same"] / n, "1", n)
            yield row(f"{topic}.other", count["other"], "wordings", n)
            alike = sum(one.blurred for one in of_topic)
            yield row(f"{topic}.blurred", alike, "questions", len(of_topic))


def _counted(found: Sequence[Worded]) -> tuple[Counter[Outcome], int]:
    count = Counter(outcome for one in found for outcome in one.outcomes)
    return count, sum(count.values())
