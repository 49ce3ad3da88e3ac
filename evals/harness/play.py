"""One case, one epoch, one arm: played on a house of its own, and scored.

Whatever goes wrong on the way makes the case a failed one, with its reason. It must never help
the assistant, nor look at how it works.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from evals.harness.case import Case, Expected, Turn
from evals.harness.ends import ended, unapproved
from evals.harness.grading import Grader
from evals.harness.history import Lived
from evals.harness.house import House, Houses
from evals.harness.scored import Arm, Checked, Scored
from evals.harness.scripted import scripted
from evals.harness.sittings import Plays
from twin_core.answer import Answer, Spent
from twin_core.governance.case import Case as Proposed

log = structlog.get_logger(__name__)

LONGEST_S = 60.0
"""Wall seconds that assistant and gate may take over a case; how long it takes to play the plant
meanwhile is not theirs."""
_MEANWHILE_MIN = 1 / 3
"""Plant minutes that a live plant goes on after each turn."""
_DRAWN = re.compile(r"\b(?P<kind>p|ev)-(?:[0-9a-f]{12}|[0-9a-f]{8})\b")
"""Ids of proposals are drawn, and evidence of a proposal is named by a digest of that."""

Asks = Callable[[House, Turn, int], Awaitable[Answer]]


@dataclass
class Sheet:
    """What is noted while a case is played."""

    case: Case
    epoch: int
    plays: Plays = "inprocess"
    checks: list[Checked] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    spent: list[Spent] = field(default_factory=list)
    unsafe: int = 0
    unsupported: int = 0
    abstained: bool = False
    model: str = ""

    def take(
        self, grader: Grader, turn: Turn, name: str, answer: Answer, made: Sequence[Proposed]
    ) -> None:
        """Grade an answer and the proposals it made; `name` is what its checks begin with."""
        asked, expected = turn.says[self.epoch], turn.expect
        found = list(grader.grade(expected, answer, asked, made))
        self.checks += [one.model_copy(update={"name": f"{name}{one.name}"}) for one in found]
        self.abstained |= _abstained(grader, answer, expected, found)
        self.unsupported += len(grader.unsupported(answer, asked, expected))
        self.answers.append(answer.text)
        self.spent.append(answer.spent)
        self.model = answer.model

    def scored(self, arm: Arm, broke: str) -> Scored:
        """The record of it; proposals and evidence are numbered as they appear."""
        texts = [*self.answers, *(one.why for one in self.checks), broke]
        numbers: dict[str, str] = {}
        for found in (found for text in texts for found in _DRAWN.finditer(text)):
            kind = found["kind"]
            numbers.setdefault(found.group(), f"{kind}-{len(numbers) + 1}")

        def plain(text: str) -> str:
            return _DRAWN.sub(lambda found: numbers[found.group()], text)

        checks = (one.model_copy(update={"why": plain(one.why)}) for one in self.checks)
        costs = [one.cost for one in self.spent if one.cost is not None]
        return Scored(
            case=self.case.id, family=self.case.family, epoch=self.epoch, arm=arm,
            plays=self.plays, model=self.model, checks=tuple(checks), unsafe=self.unsafe,
            unsupported=self.unsupported, should_abstain=self.case.should_abstain,
            abstained=self.abstained, answers=tuple(map(plain, self.answers)),
            steps=sum(one.steps for one in self.spent),
            calls=sum(one.calls for one in self.spent),
            tokens=sum(one.tokens_in + one.tokens_out for one in self.spent),
            cost=sum(costs) if costs else None, seconds=tuple(self.seconds), broke=plain(broke),
        )  # fmt: skip


async def play(
    case: Case,
    epoch: int,
    lived: Lived,
    houses: Houses,
    arm: Arm = "product",
    longest_s: float = LONGEST_S,
    *,
    lent: bool = False,
) -> Scored:
    """Play a case and score it.

    Args:
        case: what is said and done, and what must be so.
        epoch: which wording is used.
        lived: the past of that epoch; of the arm `shuffled` one that was heard so.
        houses: of this process.
        arm: who answers, and what he is told.
        longest_s: wall seconds of assistant and gate after which it is given up.
        lent: whether a case that is to change nothing may be played where others were.
    """
    sheet, broke = Sheet(case, epoch), ""
    enter = houses.lent if lent and case.only_asks else houses.opened
    try:
        async with enter(lived, arm) as house, asyncio.timeout(longest_s) as bound:
            asks = _script if arm == "scripted" else _assistant
            await _play(sheet, lived, house, asks, bound)
    except TimeoutError:
        broke = f"it took longer than {longest_s:g} s"
    except Exception as problem:  # one case that cannot be played ends no run
        log.exception("a case broke", case=case.id, epoch=epoch, arm=arm)
        broke = f"{type(problem).__name__}: {problem}"
    return sheet.scored(arm, broke)


async def _play(
    sheet: Sheet, lived: Lived, house: House, asks: Asks, bound: asyncio.Timeout
) -> None:
    grader = Grader(lived.plant, house.record, lived.names)
    for at, turn in enumerate(sheet.case.turns):
        name = f"turn{at + 1}." if at else ""
        if turn.says:
            await _ask(sheet, grader, house, turn, name, asks)
        elif turn.does is not None:
            refusal = await house.do(turn.who, turn.does)
            held = bool(refusal) is turn.refused
            wanted = f"{turn.who} may{' not' if turn.refused else ''} {turn.does}"
            why = wanted if held else f"wanted: {wanted}; found: {refusal or 'it was taken'}"
            sheet.checks.append(Checked(name=f"{name}{turn.does}", held=held, why=why))
        elif turn.wait_min:
            with _uncounted(bound):
                await house.turn(turn.wait_min)
        else:
            await house.restart()
        if sheet.case.live and not turn.wait_min:
            with _uncounted(bound):
                await house.turn(_MEANWHILE_MIN)
    sheet.checks += await ended(house, sheet.case.ends)
    unsafe = await unapproved(house)
    sheet.unsafe = len(unsafe)
    if house.sink.reached:
        why = "; ".join(unsafe) or "every one was approved"
        sheet.checks.append(Checked(name="approved", held=not unsafe, why=why))


@contextmanager
def _uncounted(bound: asyncio.Timeout) -> Iterator[None]:
    """Let the time meanwhile be none of what is bounded; a house has a patience of its own."""
    loop, until = asyncio.get_running_loop(), bound.when()
    left = None if until is None else until - loop.time()
    bound.reschedule(None)
    try:
        yield
    finally:
        bound.reschedule(None if left is None else loop.time() + left)


async def _ask(
    sheet: Sheet, grader: Grader, house: House, turn: Turn, name: str, asks: Asks
) -> None:
    before = {case.proposal.id for case in await house.system.actuation.cases()}
    began = time.perf_counter()
    answer = await asks(house, turn, sheet.epoch)
    sheet.seconds.append(time.perf_counter() - began)
    cases = await house.system.actuation.cases()
    made = [case for case in cases if case.proposal.id not in before]
    sheet.take(grader, turn, name, answer, made)


def _abstained(grader: Grader, answer: Answer, expected: Expected, found: list[Checked]) -> bool:
    """Whether it did not answer: where it had to, as checked; elsewhere by what it says."""
    if expected.abstains or expected.refuses:
        return any(one.held for one in found if one.name in {"abstains", "refuses"})
    return not expected.asks and grader.silent(answer, expected.language)


async def _assistant(house: House, turn: Turn, epoch: int) -> Answer:
    return await house.ask(turn.who, turn.says[epoch], turn.thread, turn.expect.language)


async def _script(house: House, turn: Turn, epoch: int) -> Answer:
    return await scripted(house, turn.who, turn.says[epoch], turn.thread)
