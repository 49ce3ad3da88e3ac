"""Sixty questions in six wordings each, asked of the product; and which answers were the same.

Every wording is asked in a conversation of its own, on the same snapshot and seed. It must never
show an answer to whoever words or scores the questions.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from evals.harness.case import History
from evals.harness.grading import Grader
from evals.harness.history import Lived, lived
from evals.harness.house import House, Houses
from evals.harness.paraphrase import Heard, Outcome, Question, blurred, outcome
from twin_core.value import Value

_EPOCH = 0
_AGAIN = 5
"""How often at most a wording is asked anew."""


class Worded(Value):
    """What became of one question.

    Attributes:
        outcomes: of its wordings, in order.
        blurred: whether its canonical answer is that of another question, too.
    """

    question: Question
    outcomes: tuple[Outcome, ...]
    blurred: bool = False


def paraphrased(
    questions: Sequence[Question],
    histories: Mapping[str, History],
    cache: Path,
    told: Callable[[str], None],
) -> tuple[Worded, ...]:
    """Ask every wording of every question, history by history.

    Args:
        questions: of any histories.
        histories: by id, all that they name.
        cache: where pasts are kept from one run to the next.
        told: is told how far it is.
    """
    found: list[tuple[Worded, Heard]] = []
    with Houses(cache) as houses, asyncio.Runner() as runner:
        for name in sorted({question.history for question in questions}):
            past = lived(histories[name], _EPOCH, cache)
            for question in (one for one in questions if one.history == name):
                found.append(runner.run(_worded(question, past, houses)))
                told(f"{len(found)} of {len(questions)} questions")
        runner.run(houses.leave())
    return tuple(_marked(found))


def _marked(found: Iterable[tuple[Worded, Heard]]) -> Iterator[Worded]:
    asked = list(found)
    alike = blurred((one.question, canonical) for one, canonical in asked)
    for one, _ in asked:
        yield one.model_copy(update={"blurred": one.question.id in alike})


async def _worded(question: Question, past: Lived, houses: Houses) -> tuple[Worded, Heard]:
    """A question's outcomes, and its canonical answer."""
    canonical, *others = [
        await _heard(question, text, past, houses)
        for text in (question.canonical, *question.wordings)
    ]
    outcomes = tuple(outcome(question, canonical, other) for other in others)
    return Worded(question=question, outcomes=outcomes), canonical


async def _heard(question: Question, text: str, past: Lived, houses: Houses) -> Heard:
    """What the wording is given; asked anew where the time for an answer ran out.

    How fast this machine is must not make two answers differ: the second time what took so long is
    known.
    """
    found = await _asked(question, text, past, houses)
    for _ in range(_AGAIN):
        if not await houses.compute.tired():
            break
        found = await _asked(question, text, past, houses)
    return found


async def _asked(question: Question, text: str, past: Lived, houses: Houses) -> Heard:
    async with houses.lent(past) as house:
        before = {case.proposal.id for case in await house.system.actuation.cases()}
        answer = await house.ask(question.who, text)
        made = [c for c in await house.system.actuation.cases() if c.proposal.id not in before]
        held = None
        if question.expect is not None:
            checks = _grader(past, house).grade(question.expect, answer, text, made)
            held = all(check.held for check in checks)
        actions = tuple(case.proposal.draft.action for case in made)
        return Heard(answer=answer, actions=actions, held=held)


def _grader(past: Lived, house: House) -> Grader:
    return Grader(past.plant, house.record, past.names)
