import sqlite3

import pytest

from connectors.ledger import SqlLedger
from connectors.ledger_file import verify_file
from tests.fakes import FakeClock
from twin_core.errors import BadInput, ChainBroken, StoreDown
from twin_core.governance.audit import Head
from twin_core.value import SECOND


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


async def written(path, n=5):
    ledger = SqlLedger(f"sqlite:///{path}", FakeClock())
    for i in range(n):
        await ledger.record("kind", "ada", f"s{i}", {"i": i})
    return ledger


async def test_state_and_chain_survive_the_process(path):
    """State, chain and ledger time are those of the file, not of the process."""
    clock = FakeClock()
    first = SqlLedger(f"sqlite:///{path}", clock)
    await first.save("k", {"a": 1}, None, [("kind", "ada", "k", {})])
    await first.close()
    clock.set_ledger(clock.ledger() - 60 * SECOND)
    second = SqlLedger(f"sqlite:///{path}", clock)
    assert await second.load("k") == ({"a": 1}, 1)
    assert await second.now() == clock.ledger() + 60 * SECOND
    await second.record("kind", "ada", "k", {})
    assert (await second.verify()).count == 2
    await second.close()


@pytest.mark.parametrize(
    ("damage", "index"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE \"index\" = 2", 2),
        (
            """UPDATE audit SET actor = 'eve',
               stored = CAST(replace(CAST(stored AS TEXT), 'ada', 'eve') AS BLOB)
               WHERE "index" = 2""",
            3,
        ),
        ('DELETE FROM audit WHERE "index" = 1', 1),
        (
            """UPDATE audit SET "index" = "index" - 3 WHERE "index" IN (1, 2);
               UPDATE audit SET "index" = -"index" WHERE "index" < 0""",
            1,
        ),
        ("UPDATE audit SET stored = X'00' WHERE \"index\" = 4", 4),
        ("UPDATE audit SET stored = 'abc' WHERE \"index\" = 4", 4),
        ("UPDATE audit SET at = 'abc' WHERE \"index\" = 3", 3),
        ('UPDATE audit SET "index" = \'abc\' WHERE "index" = 4', 4),
        ('UPDATE audit SET "index" = 1 << 60 WHERE "index" = 4', 4),
        ('UPDATE audit SET at = 1 << 60 WHERE "index" = 3', 3),
        ("INSERT INTO audit SELECT -1, at, kind, actor, subject, stored FROM audit LIMIT 1", -1),
        ('UPDATE audit SET "index" = -1 WHERE "index" = 0', 0),
        ("INSERT INTO audit SELECT 4.5, at, kind, actor, subject, stored FROM audit LIMIT 1", 5),
    ],
)
@pytest.mark.catches("a verifier that trusts the columns")
async def test_f67_a_damaged_row_is_named(path, damage, index):
    """An edited, deleted, swapped or garbled audit row is found, and its index is said."""
    ledger = await written(path)
    assert (await ledger.verify()).count == 5
    with sqlite3.connect(path) as db:
        db.executescript(damage)
    db.close()
    with pytest.raises(ChainBroken) as caught:
        await ledger.verify()
    assert caught.value.index == index
    await ledger.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE audit SET at = 'abc' WHERE \"index\" = 4",
        "UPDATE audit SET at = X'ff00' WHERE \"index\" = 4",
        'UPDATE audit SET at = 1 << 60 WHERE "index" = 4',
        'UPDATE audit SET at = 1.5 WHERE "index" = 4',
        'UPDATE audit SET "index" = \'abc\' WHERE "index" = 4',
        'UPDATE audit SET "index" = 1 << 60 WHERE "index" = 4',
    ],
)
@pytest.mark.catches("a record is chained to one that cannot be followed")
async def test_f67_nothing_follows_a_record_whose_place_is_damaged(path, damage):
    """A damaged time or index of the newest record is named by whoever would add another."""
    ledger = await written(path)
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    with pytest.raises((ChainBroken, StoreDown), match="record 4"):
        await ledger.record("kind", "ada", "s", {})
    with pytest.raises((ChainBroken, StoreDown), match="record 4"):
        await ledger.save("k", 1, None, [("kind", "ada", "k", {})])
    await ledger.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE state SET at = 'abc'",
        "UPDATE state SET at = X'ff00'",
        "UPDATE state SET at = 1 << 60",
    ],
)
async def test_a_damaged_time_is_no_ledger_time(path, damage):
    """A time that is none stops the ledger's clock, and the state it belongs to is named."""
    ledger = await written(path)
    await ledger.save("proposal/p-1", {}, None, [])
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    with pytest.raises(StoreDown, match="the state of proposal/p-1 is damaged: its time"):
        await ledger.now()
    with pytest.raises(StoreDown, match="proposal/p-1"):
        await ledger.record("kind", "ada", "s", {})
    await ledger.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE state SET body = 'abc'",
        "UPDATE state SET body = X'ff00'",
        "UPDATE state SET version = 'abc'",
        "UPDATE state SET version = 1.5",
    ],
)
async def test_a_damaged_state_is_named(path, damage):
    """A state whose body or version is damaged is told by its key, not by a parser's error."""
    ledger = await written(path)
    await ledger.save("proposal/p-1", {}, None, [])
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    with pytest.raises(StoreDown, match="the state of proposal/p-1 is damaged"):
        await ledger.load("proposal/p-1")
    await ledger.close()


@pytest.mark.catches("a verifier that needs no witness")
async def test_f68_a_cut_tail_is_seen_by_a_witness(path):
    """Records removed from the end are missed by whoever kept the head."""
    ledger = await written(path)
    head = await ledger.verify()
    with sqlite3.connect(path) as db:
        db.execute('DELETE FROM audit WHERE "index" > 2')
    db.close()
    assert (await ledger.verify()).count == 3
    with pytest.raises(ChainBroken):
        await ledger.verify([head])
    with pytest.raises(ChainBroken):
        await ledger.verify([Head(count=2, digest="1" * 64)])
    await ledger.close()


@pytest.mark.catches("a ledger that writes the state before the record")
async def test_f69_a_ledger_that_cannot_be_written_refuses(path):
    """When the audit table cannot be written, the state is not written either."""
    ledger = await written(path)
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE audit RENAME TO lost")
    db.close()
    with pytest.raises(StoreDown):
        await ledger.save("k", 1, None, [("intent", "gate", "k", {})])
    assert await ledger.load("k") is None
    await ledger.close()


def test_a_newer_or_foreign_file_is_refused(path):
    """A ledger of a newer schema and a file that is none are errors in one sentence."""
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE schema_version (version INTEGER)")
        db.execute("INSERT INTO schema_version VALUES (99)")
    db.close()
    with pytest.raises(StoreDown, match="schema 99"):
        SqlLedger(f"sqlite:///{path}", FakeClock())
    path.write_bytes(b"nothing" * 1000)
    with pytest.raises(StoreDown):
        SqlLedger(f"sqlite:///{path}", FakeClock())
    with pytest.raises(StoreDown):
        SqlLedger("sqlite:////nowhere/at/all.sqlite", FakeClock())


async def test_many_records_are_verified_page_by_page(path):
    """A chain longer than a page verifies, with a witness in the midst of it."""
    ledger = SqlLedger(f"sqlite:///{path}", FakeClock())
    await ledger.save("k", 1, None, [("kind", "ada", "k", {"i": i}) for i in range(1500)])
    middle = await ledger.verify()
    await ledger.save("k", 2, 1, [("kind", "ada", "k", {"i": i}) for i in range(1000)])
    assert (await ledger.verify([middle])).count == 2500
    await ledger.close()


@pytest.mark.catches("a verifier that writes into what it checks")
async def test_a_file_is_verified_without_a_byte_written(path):
    """Checking a ledger file changes neither the file nor what lies beside it."""
    ledger = await written(path)
    assert (await verify_file(path)).count == 5  # while a writer has it open
    await ledger.close()
    before = path.read_bytes(), sorted(path.parent.iterdir())
    assert (await verify_file(path)).count == 5
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, None])
@pytest.mark.catches("a verifier that calls every file an unbroken ledger")
async def test_what_is_no_ledger_is_refused(path, content):
    """An empty file, a garbled one and another store are not called unbroken, nor touched."""
    if content is None:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE work_orders (id INTEGER)")
        db.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(BadInput, match="is not a ledger"):
        await verify_file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("start", [-1, 2**53 + 1, 10**30])
async def test_an_impossible_audit_index_is_refused(path, start):
    """An index that no record can have is bad input, not an error of the database."""
    ledger = await written(path, 1)
    with pytest.raises(BadInput):
        await ledger.audit(start)
    with pytest.raises(StoreDown):
        await ledger._database.run(lambda c: c.exec_driver_sql("SELECT ?", (10**30,)))
    await ledger.close()


@pytest.mark.catches("a page that begins behind a row which no page shows")
async def test_a_row_between_two_pages_is_seen(path, monkeypatch):
    """Verification counts the rows: what lies between two pages cannot hide there."""
    monkeypatch.setattr("connectors.ledger._PAGE", 3)
    ledger = await written(path)
    assert (await ledger.verify()).count == 5
    with sqlite3.connect(path) as db:
        db.execute(
            "INSERT INTO audit SELECT 2.5, at, kind, actor, subject, stored FROM audit LIMIT 1"
        )
    db.close()
    with pytest.raises(ChainBroken, match="6 rows are stored, 5 of them are the chain"):
        await ledger.verify()
    await ledger.close()


@pytest.mark.catches("the end of the chain is remembered though another process wrote")
async def test_another_process_may_write_in_between(path):
    """A record follows the newest one, whoever wrote that, and takes no earlier time."""
    clock, ahead = FakeClock(), FakeClock()
    ahead.set_ledger(clock.ledger() + 60 * SECOND)
    ours = SqlLedger(f"sqlite:///{path}", clock)
    theirs = SqlLedger(f"sqlite:///{path}", ahead)
    for turn in range(3):
        await ours.record("kind", "ada", "s", {"turn": turn})
        await theirs.record("kind", "bob", "s", {"turn": turn})
    await theirs.save("k", 1, None, [])
    assert await ours.now() == ahead.ledger()
    assert (await ours.verify()).count == 6
    await ours.close()
    await theirs.close()


@pytest.mark.catches("the end of the chain is moved before the commit, and not moved back")
async def test_a_record_that_did_not_stay_is_not_followed(path):
    """After a transaction that was undone the next record takes the place it did not keep."""
    ledger = await written(path, 1)

    def broken(connection):
        ledger._tail.add(connection, 0, [("kind", "ada", "s", {})])
        raise BadInput("no")

    with pytest.raises(BadInput):
        await ledger._database.run(broken)
    assert (await ledger.record("kind", "ada", "s", {})).index == 1
    assert (await ledger.verify()).count == 2
    await ledger.close()


@pytest.mark.catches("a verifier that takes any JSON for the record")
async def test_f67_another_form_of_the_same_record_is_found_by_the_deep_check(path):
    """Bytes that say a record in another than its one form are named by the deep check."""
    ledger = await written(path)
    with sqlite3.connect(path) as db:
        db.execute(
            "UPDATE audit SET stored = CAST(replace(CAST(stored AS TEXT), '\"i\":4', '\"i\": 4')"
            ' AS BLOB) WHERE "index" = 4'
        )
    db.close()
    assert (await ledger.verify()).count == 5  # the newest, which nobody follows or witnessed
    with pytest.raises(ChainBroken, match="record 4: its bytes are not the one form"):
        await ledger.verify(deep=True)
    await ledger.close()
