import asyncio

import pytest
import sqlalchemy as sa

from connectors.ledger import SqlLedger
from connectors.postgresql import address
from tests.fakes import FakeClock
from tests.postgres import postgres
from twin_core.errors import BadInput, Conflict, StoreDown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ops@/ledger?host=/run/postgresql",
        "postgresql://ops@127.0.0.1:5433/ledger",
        "postgresql://ops@localhost/ledger?sslmode=disable",
        "postgresql://ops@/ledger",
    ],
)
def test_on_this_machine_a_server_need_not_prove_who_it_is(url):
    """A socket and loopback are taken as they are, and the password goes in beside the address."""
    found = address(url, "s3cret")
    assert found.drivername == "postgresql+psycopg"
    assert found.password == "s3cret"
    assert found.query.get("sslmode", "disable") == "disable"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ops@db.example/ledger",
        "postgresql://ops@10.0.0.5/ledger?connect_timeout=1",
        "postgresql://ops@/ledger?host=127.0.0.1&host=db.example",
        "postgresql://ops@/ledger?host=127.0.0.1,db.example",
        "postgresql://ops@localhost/ledger?hostaddr=10.0.0.5",
    ],
)
@pytest.mark.catches("a password that is sent to whoever answers")
def test_elsewhere_it_must(url):
    """Any other server is asked for a certificate in its name, by an authority that is trusted."""
    found = address(url)
    assert (found.query["sslmode"], found.query["sslrootcert"]) == ("verify-full", "system")
    own = address(f"{url}{'&' if '?' in url else '?'}sslrootcert=/etc/ours.pem")
    assert own.query["sslrootcert"] == "/etc/ours.pem"
    with pytest.raises(BadInput, match="sslmode=require lets any server"):
        address(f"{url}{'&' if '?' in url else '?'}sslmode=require")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://ops:s3cret@db.example/ledger", "holds a password"),
        ("postgresql://ops@db.example", "not the address of a database"),
        ("postgresql+psycopg2://ops@db.example/ledger", "not the address"),
        ("sqlite:///ledger.db", "not the address"),
        ("mysql://ops@db.example/ledger", "not the address"),
        ("postgresql://ops@db.example:port/ledger", "not the address"),
        ("ledger", "not the address"),
        ("", "not the address"),
    ],
)
def test_what_is_no_address_is_refused(url, why):
    """Another engine, half an address, or one with a password in it: refused, and not repeated."""
    with pytest.raises(BadInput, match=why) as refused:
        address(url)
    assert "s3cret" not in str(refused.value)


@pytest.fixture(scope="module")
def server():
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql", "postgresql with defaults of its own"])
def url(request, tmp_path):
    """A database for more than one process; one whose owner likes other defaults than we do."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    made = request.getfixturevalue("server").database()
    if request.param.endswith("own"):
        engine = sa.create_engine(made)
        with engine.begin() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar()
            for setting in (
                "default_transaction_isolation = serializable",
                "synchronous_commit = off",
                "timezone = 'Asia/Kathmandu'",
                "lock_timeout = 0",
                "standard_conforming_strings = off",
                "bytea_output = escape",
            ):
                connection.exec_driver_sql(f"ALTER DATABASE {name} SET {setting}")
        engine.dispose()
    return made


@pytest.mark.catches("a transaction that decides on what it read before it had the lock")
async def test_two_processes_make_one_chain(url):
    """Records of two ledgers on one database follow each other; none is lost, none refused."""
    ledgers = [SqlLedger(url, FakeClock()) for _ in range(2)]

    async def write(ledger, name):
        for i in range(50):
            await ledger.record("kind", name, "s", {"i": i})

    await asyncio.gather(*(write(each, f"l{n}") for n, each in enumerate(ledgers)))
    heads = [await ledger.verify() for ledger in ledgers]
    assert heads[0] == heads[1]
    assert heads[0].count == 100
    for ledger in ledgers:
        await ledger.close()


@pytest.mark.catches("a claim that two processes win")
async def test_of_two_processes_one_claims(url):
    """Of two ledgers that set the same version at the same moment, one is refused, each time."""
    ledgers = [SqlLedger(url, FakeClock()) for _ in range(2)]
    await ledgers[0].save("p", 0, None, [])
    for version in range(1, 26):
        claims = (each.save("p", version, version, [("k", "a", "p", {})]) for each in ledgers)
        found = await asyncio.gather(*claims, return_exceptions=True)
        assert sorted(isinstance(one, Conflict) for one in found) == [False, True]
        assert version + 1 in found
    assert (await ledgers[0].verify()).count == 25
    for ledger in ledgers:
        await ledger.close()


@pytest.mark.parametrize("url", ["postgresql with defaults of its own"], indirect=True)
async def test_what_is_committed_is_on_the_disk(url):
    """Whatever the server's default, a commit waits for its log, and no lock is waited for long."""
    ledger = SqlLedger(url, FakeClock())

    def asked(connection):
        names = ("synchronous_commit", "transaction_isolation", "lock_timeout", "statement_timeout")
        return [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]

    assert await ledger._database.run(asked) == ["on", "read committed", "5s", "10s"]
    await ledger.close()


@pytest.mark.catches("a dead connection that is used again")
async def test_a_connection_that_died_is_replaced(server):
    """A server that was killed and is there again costs its users nothing but the time between."""
    ledger = SqlLedger(server.database(), FakeClock())
    await ledger.record("kind", "ada", "s", {})
    server.kill()
    server.start()
    await ledger.record("kind", "ada", "s", {})
    server.kill()
    with pytest.raises(StoreDown, match="connection"):
        await ledger.record("kind", "ada", "s", {})
    server.start()
    assert (await ledger.verify()).count == 2
    await ledger.close()


@pytest.mark.catches("a frozen server that hangs its users for ever")
async def test_a_server_that_is_frozen_hangs_nobody(server, monkeypatch):
    """A server that is stopped, whose host answers for it, costs a bounded time and a refusal."""
    monkeypatch.setattr("connectors.database._WAIT_S", 1)
    ledger = SqlLedger(server.database(), FakeClock())
    await ledger.record("kind", "ada", "s", {})
    with server.frozen():
        for _ in range(2):  # on the connection it has, and on none
            async with asyncio.timeout(10):
                with pytest.raises(StoreDown, match="ledger cannot be used"):
                    await ledger.record("kind", "ada", "s", {})
    await ledger.record("kind", "ada", "s", {})
    assert (await ledger.verify()).count in {2, 3}  # what was sent to it may have been done
    await ledger.close()


@pytest.mark.slow
@pytest.mark.catches("an approval that a dying database loses or doubles")
async def test_f73_killed_while_states_are_stored(server):
    """Killed again and again among 120 claims: what was told is there, and nothing twice."""
    ledger, told, refused = SqlLedger(server.database(), FakeClock()), set(), []
    up = asyncio.Event()
    up.set()

    async def claim(key):
        """Until it is told; who compares before he sets may ask again."""
        while key not in told:
            await up.wait()
            try:
                await ledger.save(key, key, None, [("approved", "ada", key, {})])
                told.add(key)
            except Conflict:  # it was stored, and the server died before it could say so
                told.add(key)
            except StoreDown as down:
                refused.append(down)

    async def reap():
        for after in (5, 25, 60, 90):
            while len(told) < after:  # noqa: ASYNC110 nothing signals what is waited for
                await asyncio.sleep(0)
            up.clear()
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            up.set()

    keys = [f"p/{n:03}" for n in range(120)]
    await asyncio.gather(reap(), *map(claim, keys))
    assert len(refused) >= 4
    assert list(await ledger.keys("p/")) == keys
    assert sorted(record.subject for record, _ in await ledger.audit()) == keys
    assert (await ledger.verify()).count == 120
    await ledger.close()
