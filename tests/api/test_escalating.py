"""Nobody answers: people are told step by step, each step once, and nothing is ever done for it."""

import asyncio
import itertools
import os
import signal
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.watched_file import WatchedFile
from tests.api.house import House
from tests.fakes import FakePager
from tests.page_receiver import PageReceiver
from tests.twin_core.governance.scene import PEOPLE, SPEED
from twin_core.errors import Conflict, NotAllowed, StoreDown, UnknownName
from twin_core.governance.oncall import OnCall

FILE = """
schema = 1

[rotas.first]
people = ["sam", "sue"]
starts = 2023-11-14
days = 1

[[approvals.standard]]
after_s = 60
tell = ["rota:first"]
level = "alarm"

[[approvals.standard]]
after_s = 180
tell = ["rota:first", "person:eve"]

[[approvals.standard]]
after_s = 600
tell = ["role:supervisor"]
level = "highest"

[[pages.page]]
after_s = 0
tell = ["rota:first"]

[[pages.page]]
after_s = 300
tell = ["role:engineer"]
level = "highest"
"""
ONCALL = OnCall.parse(FILE, "oncall.toml", "UTC")


class Killed(BaseException):
    """The process died."""


class Life:
    """So many points are passed, then the process is dead, and nothing it does happens any more."""

    def __init__(self, points):
        self.left = points

    def point(self):
        if self.left <= 0:
            raise Killed
        self.left -= 1


class MortalLedger:
    """A ledger of a process that may die before or after anything is stored."""

    def __init__(self, ledger, life):
        self.ledger, self.life = ledger, life

    def __getattr__(self, name):
        """Reading needs no life."""
        return getattr(self.ledger, name)

    async def save(self, *what):
        self.life.point()
        version = await self.ledger.save(*what)
        self.life.point()
        return version


class MortalPager:
    """A channel of such a process: it may die before or after a page is handed over."""

    def __init__(self, pager, life):
        self.pager, self.life = pager, life

    async def page(self, page):
        self.life.point()
        await self.pager.page(page)
        self.life.point()


class Watch:
    """A house, and what tells its people; it dies and starts again."""

    def __init__(self, house):
        self.house = house
        self.born()

    def born(self, points=1_000_000, actuation=None):
        """A process with so many points to live begins."""
        self.life = Life(points)
        self.escalating = self.house.escalating(
            actuation,
            pager=MortalPager(self.house.pager, self.life),
            ledger=MortalLedger(self.house.ledger, self.life),
        )

    async def tick(self):
        """One turn of the gate and one of ours; whether it was survived."""
        await self.house.actuation.tick()
        await self.house.actuation.idle()
        try:
            await self.escalating.tick()
            await self.escalating.idle()
        except Killed:
            pass
        if self.life.left <= 0:
            await self.escalating.close()
            return False
        return True

    async def pass_time(self, seconds, every=10):
        """Time goes on; who dies is there again at once."""
        for _ in range(round(seconds / every)):
            self.house.clock.turn(every)
            if not await self.tick():
                self.born()
                await self.tick()

    @property
    def told(self):
        return [(page.person, page.level) for page in self.house.pager.told]


@pytest.fixture
async def watch():
    house = await House().open()
    house.oncall = ONCALL
    made = Watch(house)
    yield made
    await made.escalating.close()
    await house.actuation.close()


async def unknown(house):
    """A proposal whose end nobody knows: the answer was lost, and the device is gone."""
    house.device.lost.add(SPEED)
    look = house.device.look

    async def gone(command):
        house.device.down = True
        return await look(command)

    house.device.look = gone
    name = await house.approved()
    assert await house.stage(name) == "unknown"
    return name


IN_ALL = [
    ("sam", "alarm"),
    ("sam", "page"),
    ("eve", "page"),
    ("sam", "highest"),
    ("sue", "highest"),
    ("both", "highest"),
    ("sam", "info"),
    ("eve", "info"),
    ("sue", "info"),
    ("both", "info"),
]
"""Who is told in what order when nobody decides, and who hears that nothing was done."""


@pytest.mark.catches("whoever does not answer is taken to have agreed")
async def test_f18_nobody_answers(watch):
    """Step after step in time; then it expires: nothing is approved, nothing written, and said."""
    house = watch.house
    name = await house.propose()
    for until, count in ((59, 0), (1, 1), (119, 1), (1, 3), (419, 3), (1, 6), (298, 6)):
        await watch.pass_time(until, every=1)
        assert watch.told == IN_ALL[:count]
    assert await house.stage(name) == "pending"
    assert "the last step: without a decision it expires at" in house.pager.told[-1].text
    await watch.pass_time(3600)
    assert watch.told == IN_ALL
    assert "nobody decided and nothing was done; expired at" in house.pager.told[-1].text
    assert await house.stored(name) == "expired"
    assert house.device.executed == []
    assert (await house.case(name)).votes == ()
    assert house.kinds(name).count("escalated") == 3
    assert not {"approved", "intent", "dispatched"} & set(house.kinds(name))
    house.whole()


@pytest.mark.catches("a page to a person who looks after it already")
async def test_f18_an_uncertain_end_is_told_until_somebody_looks_after_it(watch):
    """Nothing is done by itself when nobody answers; who answers ends the steps, not the lock."""
    house = watch.house
    name = await unknown(house)
    await watch.tick()
    assert watch.told == [("sam", "page")]
    by = await watch.escalating.acknowledge(name, PEOPLE["olga"])
    assert by.startswith("Olga (olga) at ")
    await watch.pass_time(3600, every=60)
    assert watch.told == [("sam", "page"), ("sam", "info")]
    assert f"{name}: looked after by Olga" in house.pager.told[-1].text
    case = await house.case(name)
    assert (case.stage, case.uncertain) == ("unknown", True)
    assert len(house.device.executed) == 1


async def test_f18_nobody_looks_after_an_uncertain_end(watch):
    """All steps are told; it stays uncertain and locked until a person closes it."""
    house = watch.house
    name = await unknown(house)
    await watch.pass_time(3600, every=60)
    assert watch.told == [("sam", "page"), ("eve", "highest")]
    assert "the last step: nothing is done by itself" in house.pager.told[-1].text
    assert (await house.case(name)).uncertain
    await house.actuation.resolve(name, PEOPLE["eve"], "read at the panel")
    await watch.pass_time(60)
    assert watch.told[2:] == [("sam", "info"), ("eve", "info")]
    assert house.pager.told[-1].text.endswith("closed by eve: read at the panel)")
    assert len(house.device.executed) == 1


@pytest.mark.catches("a page is handed over before it is stored, or struck off before it is taken")
async def test_f19_killed_at_every_point_of_an_escalation():
    """Wherever it dies, the next one goes on: every step is told once, to the same, in order."""
    again = set()
    for points in itertools.count():
        house = await House().open()
        house.oncall = ONCALL
        watch = Watch(house)
        name = await house.propose()
        watch.born(points)
        await watch.pass_time(1200)
        assert watch.told == IN_ALL
        steps = [r.body["steps"] for r, _ in house.ledger.chain if r.kind == "escalated"]
        assert steps == [[1], [2], [3]]
        again.add(len(house.pager.handed) - len(IN_ALL))  # under the id it had before
        assert house.kinds(name).count("escalation_over") == 1
        assert house.device.executed == []
        await house.actuation.close()
        if watch.life.left < 500_000:  # it was never born again: no point is left to die at
            assert points > 40
            break
    assert again == {0, 1}


@pytest.mark.catches("a restart tells anew, or leaves out, what fell due while nobody was there")
async def test_f19_dead_for_long(watch):
    """What fell due meanwhile is told at once, as one; nobody hears the same page twice."""
    house = watch.house
    name = await house.propose()
    await watch.pass_time(60)
    assert watch.told == IN_ALL[:1]
    await watch.escalating.close()
    house.clock.turn(700)
    watch.born()
    await watch.tick()
    await watch.pass_time(60)
    assert watch.told == [
        ("sam", "alarm"),
        ("sam", "highest"),
        ("eve", "highest"),
        ("sue", "highest"),
        ("both", "highest"),
    ]
    assert "steps 2 to 3 of 3" in house.pager.told[-1].text
    await watch.escalating.close()
    house.clock.turn(7200)
    watch.born()
    await watch.pass_time(60)
    assert await house.stage(name) == "expired"
    assert [level for _, level in watch.told[5:]] == ["info"] * 4


@pytest.mark.slow
@pytest.mark.catches("a page is struck off the outbox before its channel has taken it, or never")
async def test_f19_a_killed_process_pages_nobody_twice(tmp_path):
    """SIGKILL after each page was handed over and before that was known: each is told once."""
    receiver = PageReceiver()
    await receiver.start()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.api.escalating_process",
        f"sqlite:///{tmp_path}/ledger.db", receiver.url, FILE,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    child = 0

    async def kill():
        if [name for name, _, _ in receiver.requests].count(receiver.requests[-1][0]) == 1:
            os.kill(child, signal.SIGKILL)
        return 200

    receiver.answer = kill
    ends: list[int] = []
    while not ends or ends[-1] != 0:
        process.stdin.write(b"live\n")
        child = int(await process.stdout.readline())
        ends.append(int(await process.stdout.readline()))
        assert ends[-1] in {0, -signal.SIGKILL}
    process.stdin.close()
    await process.wait()
    await receiver.stop()
    assert len(ends) == len(IN_ALL) + 1
    assert [(page["person"], page["level"]) for page in receiver.told] == IN_ALL
    assert len(receiver.requests) == 2 * len(IN_ALL)
    assert receiver.forged == []


DEATHS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from([1, 10, 50, 200]), st.integers(1, 12)), max_size=8
)


@pytest.mark.catches("a step is told twice, or none, by some order of ticks and deaths")
@settings(deadline=None)
@given(DEATHS, st.booleans())
def test_f19_whatever_dies_when_each_step_is_told_once(deaths, uncertain):
    """Any number of deaths and outages: all steps, rising, each page told once, none left over."""
    asyncio.run(_lived(deaths, uncertain=uncertain))


async def _lived(deaths, *, uncertain):
    house = await House().open()
    house.oncall = ONCALL
    watch = Watch(house)
    name = await (unknown(house) if uncertain else house.propose())
    for points, away, ticks in deaths:
        watch.born(points)
        house.clock.turn(away)
        for _ in range(ticks):
            house.clock.turn(10)
            if not await watch.tick():
                break
        await watch.escalating.close()
    end = (await house.case(name)).proposal.expires
    late = not uncertain and house.clock.ledger() + 200_000_000 >= end
    watch.born()
    await watch.pass_time(2000, every=100)
    rounds = [r.body for r, _ in house.ledger.chain if r.kind == "escalated"]
    steps = [step for body in rounds for step in body["steps"]]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) == (2 if uncertain else 3) or late
    ends = [r.body for r, _ in house.ledger.chain if r.kind == "escalation_over"]
    assert len(ends) == (0 if uncertain or not steps else 1)
    told = [page.id for page in house.pager.told]
    assert len(told) == len(set(told))
    asked = [(p.person, p.text) for p in house.pager.told if p.level != "info"]
    wanted = [(person, body["text"]) for body in rounds for person in body["people"]]
    assert asked == wanted or (late and set(asked) <= set(wanted))  # it came too late to ask
    assert all(house.ledger.states[key][0]["outbox"] == [] for key in _keys(house))
    assert (await house.case(name)).stage == ("unknown" if uncertain else "expired")
    await house.actuation.close()


def _keys(house):
    return [key for key in house.ledger.states if key.startswith("escalation/")]


@pytest.mark.catches("a freeze calls people to approve what nobody may approve")
async def test_f20_what_is_frozen_does_not_escalate(watch):
    """Nobody is called to approve; once it is lifted all that fell due is told as one."""
    house = watch.house
    await house.propose()
    await watch.pass_time(60)
    await house.actuation.freeze(PEOPLE["olga"], "a leak")
    await watch.pass_time(600)
    assert watch.told == IN_ALL[:1]
    await house.actuation.lift(PEOPLE["sam"], "it is closed")
    await watch.pass_time(10)
    assert watch.told[1:] == [(user, "highest") for user in ("sam", "eve", "sue", "both")]


@pytest.mark.catches("two processes page the same people")
async def test_f42_a_superseded_process_tells_nobody(watch):
    """Only who owns the plant tells people, and only there it can be said that one looks after."""
    house = watch.house
    name = await unknown(house)
    await watch.tick()
    first = watch.escalating
    other = house.another()
    await other.start()
    second = house.escalating(other)
    house.clock.turn(300)
    await first.tick()
    await first.idle()
    assert watch.told == [("sam", "page")]
    with pytest.raises(Conflict, match="a newer actuator owns the plant"):
        await first.acknowledge(name, PEOPLE["sam"])
    await second.tick()
    await second.idle()
    assert watch.told == [("sam", "page"), ("eve", "highest")]
    await second.close()
    await other.close()


@pytest.mark.catches("people are told what is not in the ledger, and again after each restart")
async def test_f69_who_cannot_be_stored_as_told_is_not_told(watch):
    """A ledger that does not take it: nobody is told; once it does, everybody once."""
    house = watch.house
    await house.propose()
    house.clock.turn(70)
    house.ledger.down = True
    with pytest.raises(StoreDown):
        await watch.escalating.tick()
    assert watch.told == []
    house.ledger.down = False
    await watch.pass_time(20)
    assert watch.told == IN_ALL[:1]


@pytest.mark.catches("a channel that is down stops what follows, or nobody hears of it")
async def test_a_page_that_no_channel_took_is_said_and_the_next_step_comes(watch):
    """Recorded with its reason, told to those on watch; it waits for nobody."""
    house = watch.house
    house.pager.down = True
    name = await house.propose()
    await watch.pass_time(60)
    assert house.kinds(name).count("page_lost") == 1
    assert "sam could not be told by pager" in house.alarms("page")[-1]
    house.pager.down = False
    await watch.pass_time(120)
    assert watch.told == IN_ALL[1:3]


class Stuck(FakePager):
    """A channel that takes nothing until it is let."""

    def __init__(self):
        super().__init__()
        self.free = asyncio.Event()
        self.asked = 0

    async def page(self, page):
        self.asked += 1
        await self.free.wait()
        await super().page(page)


@pytest.mark.catches("a page about what was decided long ago wakes somebody")
async def test_what_is_decided_meanwhile_is_not_asked_any_more(watch):
    """A page that is still being tried is withdrawn; who was to be told hears the end instead."""
    house = watch.house
    stuck = Stuck()
    escalating = house.escalating(pager=stuck)
    name = await house.propose()
    house.clock.turn(60)
    await escalating.tick()
    await house.until(lambda: stuck.asked == 1)
    await house.vote(name, "sue", "rejected")
    await escalating.tick()
    stuck.free.set()
    await escalating.idle()
    await escalating.tick()
    await escalating.idle()
    assert [(p.person, p.level) for p in stuck.told] == [("sam", "info")]
    assert "it was rejected (rejected by Sue" in stuck.told[0].text
    await escalating.close()


@pytest.mark.catches("a stuck channel holds up the gate, or another channel's pages")
async def test_a_stuck_channel_holds_up_nobody(watch):
    """While one page hangs, ticks go on and further steps are stored."""
    house = watch.house
    stuck = Stuck()
    escalating = house.escalating(pager=stuck)
    name = await house.propose()
    for _ in range(30):
        house.clock.turn(10)
        await escalating.tick()
        await asyncio.sleep(0)
    assert stuck.asked == 1
    assert house.kinds(name).count("escalated") == 2
    stuck.free.set()
    await escalating.idle()
    assert [(p.person, p.level) for p in stuck.told] == IN_ALL[:3]
    await escalating.close()


async def test_a_bug_of_a_channel_is_a_lost_page(watch):
    """Whatever a channel raises, the page is told to be lost, and the others go on."""
    house = watch.house

    async def broken(_page):
        problem = "of the channel"
        raise RuntimeError(problem)

    house.pager.page = broken
    name = await house.propose()
    await watch.pass_time(180)
    assert house.kinds(name).count("page_lost") == 3
    assert "the channel failed: of the channel" in house.alarms("page")[-1]


@pytest.mark.parametrize("user", ["vera", "bot", "far"])
async def test_who_does_not_work_there_looks_after_nothing(watch, user):
    """Refused and recorded; the steps go on."""
    name = await unknown(watch.house)
    with pytest.raises(NotAllowed):
        await watch.escalating.acknowledge(name, PEOPLE[user])
    assert watch.house.kinds(name)[-1] == "acknowledgement_refused"
    await watch.pass_time(300)
    assert watch.told == [("sam", "page"), ("eve", "highest")]


async def test_what_can_be_looked_after_and_what_not(watch):
    """Not what waits for a decision, nor what somebody looks after; also before anybody is told."""
    pending = await watch.house.propose()
    with pytest.raises(Conflict, match="it waits for a decision"):
        await watch.escalating.acknowledge(pending, PEOPLE["sam"])
    with pytest.raises(UnknownName):
        await watch.escalating.acknowledge("p-none", PEOPLE["sam"])
    name = await unknown(watch.house)
    await watch.escalating.acknowledge(name, PEOPLE["sam"])
    with pytest.raises(Conflict, match=r"looked after by Sam \(sam\) at "):
        await watch.escalating.acknowledge(name, PEOPLE["sue"])
    await watch.pass_time(600)
    assert all(page.proposal == pending for page in watch.house.pager.told)


@pytest.mark.catches("an on-call file is read once; a broken one calls nobody")
async def test_f72_an_oncall_file_is_reloaded_and_a_broken_one_changes_nothing(watch, tmp_path):
    """What is in force stays until another whole file stands there; doubts are alarms."""
    house, path = watch.house, tmp_path / "oncall.toml"
    path.write_text(FILE)
    file = WatchedFile(path, FILE, watch.escalating.reload)
    await house.propose()
    path.write_text(FILE.replace("rota:first", "rota:none"))
    for _ in range(3):
        await file.look()
    (alarm,) = house.alarms("alarm")
    assert "the last good on-call file stays" in alarm
    assert "there is no rota “none”" in alarm
    await watch.pass_time(60)
    assert watch.told == IN_ALL[:1]
    path.write_text(FILE.replace("person:eve", "person:evi"))
    for _ in range(3):
        await file.look()
    assert house.kinds(str(path)) == ["oncall_broken", "oncall_loaded"]
    assert "there is no user “evi”, who is passed over; nearest: eve" in house.alarms("alarm")[-1]
    await watch.pass_time(120)
    assert watch.told == IN_ALL[:2]


async def test_without_a_file_nobody_in_particular_is_told(watch):
    """Notices go out as ever; nothing is stored of an escalation."""
    watch.house.oncall = OnCall()
    watch.born()
    await watch.house.propose()
    await unknown(watch.house)
    await watch.pass_time(2000)
    assert watch.told == []
    assert _keys(watch.house) == []
