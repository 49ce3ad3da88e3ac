"""What every Ledger does: SQL on SQLite and on a real PostgreSQL, and the fake."""

import asyncio
from typing import Any

import pytest

from connectors.ledger import SqlLedger
from tests.fakes import FakeClock, FakeLedger
from tests.postgres import postgres
from twin_core.errors import Conflict, NotCanonical, StoreDown
from twin_core.governance.audit import GENESIS, verify
from twin_core.value import SECOND


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "fake"])
def opened(request, tmp_path_factory):
    """Opens a new ledger."""
    if request.param == "postgresql":
        with postgres() as server:
            yield lambda clock: SqlLedger(server.database(), clock)
    elif request.param == "sqlite":
        folders = (tmp_path_factory.mktemp("ledger") for _ in iter(int, 1))
        yield lambda clock: SqlLedger(f"sqlite:///{next(folders)}/ledger.sqlite", clock)
    else:
        yield FakeLedger


@pytest.fixture
async def ledger(opened, clock):
    made = opened(clock)
    yield made
    await made.close()


async def test_state_is_kept_by_key_and_version(ledger):
    """A saved state comes back with the version it was given."""
    assert await ledger.load("proposal/p-1") is None
    assert await ledger.save("proposal/p-1", {"state": "pending", "x": 1.5}, None, []) == 1
    assert await ledger.save("proposal/p-1", {"state": "approved"}, 1, []) == 2
    assert await ledger.load("proposal/p-1") == ({"state": "approved"}, 2)


async def test_keys_are_found_by_prefix(ledger):
    """`keys` gives exactly the keys that begin with the prefix, wildcards taken as letters."""
    for key in ("a/1", "a/2", "A/3", "a_/4", "ab/5"):
        await ledger.save(key, None, None, [])
    assert list(await ledger.keys("a/")) == ["a/1", "a/2"]
    assert list(await ledger.keys("a_")) == ["a_/4"]


async def test_only_the_expected_version_is_replaced(ledger):
    """A save that expects another version than stands is refused, with its audit records."""
    await ledger.save("k", 1, None, [])
    for expected in (None, 2):
        with pytest.raises(Conflict):
            await ledger.save("k", 2, expected, [("late", "ada", "k", {})])
    with pytest.raises(Conflict):
        await ledger.save("absent", 1, 1, [("late", "ada", "absent", {})])
    assert await ledger.load("k") == (1, 1)
    assert await ledger.audit() == []


@pytest.mark.catches("a claim that reads, then writes without comparing")
async def test_of_fifty_claims_one_wins(ledger):
    """Of 50 concurrent compare-and-sets on one version, one wins, and one record is written."""
    await ledger.save("p", {"state": "pending"}, None, [])

    async def claim(n):
        try:
            return await ledger.save("p", {"by": n}, 1, [("approved", f"user{n}", "p", {})])
        except Conflict:
            return None

    results = await asyncio.gather(*(claim(n) for n in range(50)))
    assert sorted(r for r in results if r) == [2]
    winner = results.index(2)
    assert await ledger.load("p") == ({"by": winner}, 2)
    assert [record.actor for record, _ in await ledger.audit()] == [f"user{winner}"]


async def test_records_form_one_chain(ledger):
    """Records of saves and lone records follow each other in one chain that verifies."""
    await ledger.record("login", "ada", "site", {"channel": "api"})
    await ledger.save("p", 1, None, [("intent", "gate", "p", {"n": 1}), ("sent", "gate", "p", {})])
    pairs = await ledger.audit()
    assert [(r.index, r.kind) for r, _ in pairs] == [(0, "login"), (1, "intent"), (2, "sent")]
    assert pairs[0][0].previous == GENESIS
    assert verify(stored for _, stored in pairs).count == 3
    assert [r.index for r, _ in await ledger.audit(start=1, limit=1)] == [1]


async def test_records_about_a_subject_and_the_head_of_all(ledger):
    """`about` gives one subject's records in order; `verify` the head of the whole chain."""
    assert (await ledger.verify()).count == 0
    for kind, subject in (("a", "p-1"), ("b", "p-10"), ("c", "p-1")):
        await ledger.record(kind, "ada", subject, {"n": 1})
    assert [(r.index, r.kind) for r in await ledger.about("p-1")] == [(0, "a"), (2, "c")]
    assert await ledger.about("p") == []
    assert (await ledger.verify()).count == 3


async def test_a_record_that_cannot_be_chained_writes_nothing(ledger):
    """If one record has no canonical form, neither state nor any record is written."""
    with pytest.raises(NotCanonical):
        await ledger.save("p", 1, None, [("a", "x", "p", {}), ("b", "x", "p", {"v": float("nan")})])
    assert await ledger.load("p") is None
    assert await ledger.audit() == []


@pytest.mark.catches("ledger time stands still, and nothing expires, behind a record of the future")
async def test_ledger_time_never_runs_backwards(ledger, clock):
    """Behind the last recorded moment it goes on from there, at nine tenths of its pace."""
    first = await ledger.record("a", "x", "s", {})
    assert first.at == clock.ledger()
    clock.set_ledger(clock.ledger() - 3600 * SECOND)
    assert await ledger.now() == first.at
    assert (await ledger.record("b", "x", "s", {})).at == first.at
    clock.turn(100)
    assert await ledger.now() == first.at + 90 * SECOND
    assert (await ledger.record("c", "x", "s", {})).at == first.at + 90 * SECOND
    clock.set_ledger(first.at + 91 * SECOND)
    assert await ledger.now() == first.at + 91 * SECOND


async def test_a_closed_ledger_refuses(ledger):
    """Without a ledger nothing is recorded, and it says so."""
    await ledger.close()
    with pytest.raises(StoreDown):
        await ledger.record("a", "x", "s", {})


async def test_any_text_is_kept_but_a_nul_in_a_name(ledger):
    """Text comes back as it was, NUL and all; in what is searched by, a NUL is refused."""
    text = {"a\0b": "x\0y", "ε": "\N{GRINNING FACE} % _ \\ '"}
    await ledger.save("p", text, None, [("kind", "ada", "p", text)])
    assert await ledger.load("p") == (text, 1)
    assert (await ledger.about("p"))[0].body == text
    for names in (("k\0", "ada", "p"), ("kind", "a\0da", "p"), ("kind", "ada", "p\0")):
        with pytest.raises(NotCanonical, match="no canonical form"):
            await ledger.record(*names, {})
    assert (await ledger.verify()).count == 1


async def test_keys_are_sorted_by_code_point(ledger):
    """The order of keys is that of their letters' numbers, whatever language the engine speaks."""
    for key in ("k/b", "k/B", "k/a", "k/é", "k/_", "k/-a", "k/10", "k/9"):
        await ledger.save(key, None, None, [])
    found = list(await ledger.keys("k/"))
    assert found == sorted(found)
    assert len(found) == 8


async def test_numbers_reach_as_far_as_times_do(ledger, clock):
    """Microseconds of a far year, and whole numbers as large as anybody tells them, come back."""
    clock.set_ledger(2**53 - 1)
    assert (await ledger.record("a", "x", "s", {"n": 2**53 - 1, "x": 0.1})).at == 2**53 - 1
    (record,) = await ledger.about("s")
    assert (record.at, record.body) == (2**53 - 1, {"n": 2**53 - 1, "x": 0.1})


async def test_the_head_is_that_of_the_newest_record(ledger):
    """`head` says, without a look at the chain, what verifying all of it says."""
    assert await ledger.head() == await ledger.verify()
    for i in range(3):
        await ledger.record("kind", "ada", "s", {"i": i})
        assert await ledger.head() == await ledger.verify()


@pytest.mark.catches("a refused record takes those down that wait with it")
async def test_records_of_many_at_once_are_one_chain(ledger):
    """Of many at once each has a place of its own; one without canonical form is refused alone."""
    asked = [ledger.record("kind", f"user{n}", "s", {"n": n}) for n in range(40)]
    asked.insert(20, ledger.record("kind", "nan", "s", {"n": float("nan")}))
    came: list[Any] = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(came.pop(20), NotCanonical)
    assert sorted(record.index for record in came) == list(range(40))
    assert [record for record, _ in await ledger.audit()] == sorted(came, key=lambda r: r.index)
    assert (await ledger.verify()).count == 40
