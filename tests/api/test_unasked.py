"""What is said unasked: once each, six times a shift at most, counted through restarts."""

from dataclasses import replace
from typing import Any

import pytest

from api.unasked import MOST, Said, Unasked
from tests.fakes import FakeLedger
from tests.tools.scenery import MINUTE, NOW, incidents, riverside, snapshot
from twin_core.answer import Answer
from twin_core.errors import ModelDown
from twin_core.evidence import Evidence, Finding
from twin_core.value import SECOND

SHIFT = 8 * 3600 * SECOND
FILLER = "riverside/packaging/line4/filler"


def cause(mode: str) -> Evidence:
    """A diagnosed cause."""
    return Evidence(
        kind="cause", subject=FILLER, statement=f"It is {mode}.", data={"failure_mode": mode},
        time=NOW,
    )  # fmt: skip


class Site:
    """One process of a site: the ledger outlives it."""

    def __init__(self, ledger: FakeLedger | None = None, owned: bool = True) -> None:
        self.ledger = ledger or FakeLedger()
        self.belief = snapshot()
        self.owned, self.mode = owned, "cooler_fouled"
        self.asked: list[Any] = []
        self.heard: list[str] = []
        self.unasked = Unasked(
            self.belief.plant, self.ledger, lambda: self.belief, self.ask, self.own,
            lambda _, notice: self.heard.append(notice.text),
        )  # fmt: skip

    async def own(self) -> bool:
        return self.owned

    async def ask(self, question: Any) -> Answer:
        self.asked.append(question)
        found = cause(self.mode)
        return Answer(
            thread=question.thread, text=f"It is {self.mode} [{found.id}].", model="m", time=NOW,
            evidence=(found,),
            findings=(Finding(text=found.statement, evidence=(found.id,)),),
        )  # fmt: skip

    def later(self, us: int, *more: Any) -> None:
        """Time passes, and incidents come."""
        belief = self.belief
        now = belief.now + us
        self.belief = replace(belief, now=now, watermark=now, incidents=(*belief.incidents, *more))


def another(n: int) -> Any:
    """A loss on another line, long apart from all others."""
    (first,) = incidents(riverside())[:1]
    line = f"riverside/packaging/line{1 + n % 3}"
    return first.model_copy(
        update={"id": f"in-0000000{n}", "subject": line, "line": line, "opened": NOW + n * SHIFT}
    )


async def test_a_new_incident_is_looked_into_and_told_once():
    """As whoever may only look; in words that say when it is looked at again."""
    site = Site()
    await site.unasked.look()
    await site.unasked.look()
    (asked,) = site.asked
    assert asked.asker.scopes == ("read",)
    assert asked.asker.roles == ("viewer",)
    (told,) = site.heard
    assert "(in-0a1b2c3d). First finding: It is cooler_fouled." in told
    assert "looked at once more at 14:10:00 GMT" in told


@pytest.mark.parametrize(("mode", "messages"), [("cooler_fouled", 1), ("seal_worn", 2)])
async def test_it_is_looked_at_once_more_and_told_only_if_the_cause_is_another(mode, messages):
    """After ten minutes, and then no more."""
    site = Site()
    await site.unasked.look()
    site.mode = mode
    for _ in range(3):
        site.later(10 * MINUTE)
        await site.unasked.look()
    assert len(site.asked) == 2
    assert len(site.heard) == messages


@pytest.mark.catches("every restart tells the same incidents again")
async def test_a_restart_tells_nothing_twice():
    """What was looked into stands in the ledger."""
    first = Site()
    await first.unasked.look()
    second = Site(first.ledger)
    await second.unasked.look()
    assert second.asked == []
    assert second.heard == []


@pytest.mark.catches("a bad night fills the channel")
async def test_never_more_than_six_a_shift():
    """Of which the last is the handover's; the one before says that no more comes."""
    site = Site()
    for n in range(12):
        await site.unasked.say(f"in-{n}", f"finding {n}")
    assert len(site.heard) == MOST - 1
    assert site.heard[-1].startswith("finding 4 No more is told unasked in this shift")
    assert await site.unasked.say("handover", "the shift")
    assert not await site.unasked.say("handover", "again")
    assert len(site.heard) == MOST
    site.later(SHIFT)
    assert await site.unasked.say("in-13", "the next shift begins anew")


async def test_no_work_is_done_where_nobody_would_be_told():
    """The quota bounds the questions too."""
    site = Site()
    for n in range(MOST):
        await site.unasked.say(f"in-{n}", f"finding {n}")
    await site.unasked.look()
    assert site.asked == []


async def test_the_handover_is_told_at_the_change_of_shift_and_never_at_the_start():
    """From the shift's end on."""
    site = Site()
    site.belief = replace(site.belief, incidents=())
    await site.unasked.look()
    assert site.asked == []
    site.later(15 * MINUTE)
    await site.unasked.look()
    site.later(SHIFT)
    await site.unasked.look()
    assert [asked.text for asked in site.asked] == ["Shift handover report for the last shift"]
    (told,) = site.heard
    assert told == "It is cooler_fouled."


async def test_whoever_does_not_own_the_plant_says_nothing():
    """Two processes never tell the same."""
    site = Site(owned=False)
    await site.unasked.look()
    assert site.asked == []


async def test_what_could_not_be_found_out_is_tried_again():
    """Nothing is counted and nothing told."""
    site = Site()
    found = site.unasked._ask

    async def down(_question: Any) -> Answer:
        raise ModelDown("m", "no answer")

    site.unasked._ask = down
    await site.unasked.look()
    assert site.heard == []
    site.unasked._ask = found
    await site.unasked.look()
    assert len(site.heard) == 1


async def test_of_two_processes_that_speak_at_one_moment_one_is_heard():
    """The ledger's version decides."""
    site = Site()
    kept = site.unasked._kept
    read = kept.read

    async def late() -> Any:
        found = await read()
        await kept.put((Said(shift=0, messages=1),), found[1], ("unasked", "other", "x", {}))
        return found

    kept.read = late  # type: ignore[method-assign]
    assert not await site.unasked.say("in-1", "mine")
    assert site.heard == []
