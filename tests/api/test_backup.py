import asyncio
import sqlite3
import stat

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.directory import DataDirectory
from api.high_water import HighWater, Mark
from api.ledgers import backed_up, restored
from api.settings import Settings
from connectors.ledger import SqlLedger
from connectors.ledger_file import verify_file
from tests.fakes import FakeClock
from twin_core.errors import BadInput, ChainBroken, DirectoryInUse, StoreDown

CLOCK = FakeClock()


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "var")


@pytest.fixture
async def ledger(settings):
    made = SqlLedger(f"sqlite:///{DataDirectory(settings.data).ledger}", CLOCK)
    await made.save("k", {"a": 1}, None, [("kind", "ada", "k", {"i": i}) for i in range(5)])
    yield made
    await made.close()


def saying(*words):
    done = CliRunner().invoke(app, words)
    return done.exit_code, done.stdout or str(done.exception)


@pytest.mark.catches("a file copied under the hands of its writer")
async def test_it_is_whole_while_the_ledger_is_written(settings, ledger, tmp_path):
    """A backup is a chain without a gap and states of the same moment, whoever writes meanwhile."""
    writing = True

    async def write():
        for n in range(1, 10_000):
            if not writing:
                return n
            await ledger.save("k", {"a": n + 1}, n, [("kind", "ada", "k", {"n": n})])
        return 0

    writer = asyncio.ensure_future(write())
    heads = []
    for n in range(5):
        _, head = await asyncio.to_thread(backed_up, settings, tmp_path / f"{n}.db", CLOCK)
        heads.append(head)
    writing = False
    assert await writer > 5
    assert (await ledger.verify(heads)).count > heads[0].count
    for n, head in enumerate(heads):
        copy = SqlLedger(f"sqlite:///{tmp_path}/{n}.db", CLOCK)
        assert await copy.verify() == head
        assert await copy.load("k") == ({"a": head.count - 4}, head.count - 4)
        await copy.close()


async def test_it_is_one_file_for_its_owner_and_in_a_directory_named_by_the_time(
    settings, ledger, tmp_path
):
    """Nothing lies beside it, nobody else reads it, and none is ever overwritten."""
    folder = tmp_path / "kept"
    folder.mkdir()
    file, head = await asyncio.to_thread(backed_up, settings, folder, CLOCK)
    assert [path.name for path in folder.iterdir()] == [file.name]
    assert file.name.startswith("ledger-20")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert head == await ledger.verify()
    before = file.read_bytes()
    with pytest.raises(BadInput, match="exists already"):
        await asyncio.to_thread(backed_up, settings, file, CLOCK)
    with pytest.raises(StoreDown):
        await asyncio.to_thread(backed_up, settings, folder / "absent" / "x.db", CLOCK)
    assert file.read_bytes() == before


@pytest.mark.catches("a backup of a broken chain that is called one")
async def test_of_a_broken_chain_there_is_no_backup(settings, ledger, tmp_path):
    """What does not verify is said, by its index, and nothing is left behind."""
    with sqlite3.connect(DataDirectory(settings.data).ledger) as db:
        db.execute("UPDATE audit SET actor = 'eve' WHERE \"index\" = 2")
    db.close()
    with pytest.raises(ChainBroken, match="2"):
        await asyncio.to_thread(backed_up, settings, tmp_path / "x.db", CLOCK)
    assert not list(tmp_path.glob("x.db*"))


async def lived_on(settings, ledger, tmp_path):
    """A backup, and a ledger that went on after it and was closed."""
    file, head = await asyncio.to_thread(backed_up, settings, tmp_path / "kept.db", CLOCK)
    await ledger.record("kind", "ada", "later", {})
    await ledger.close()
    return file, head


async def test_it_comes_back_and_what_stood_there_is_kept(settings, ledger, tmp_path):
    """The backup stands in the ledger's place, marked; the other one is whole beside it."""
    file, head = await lived_on(settings, ledger, tmp_path)
    found, aside, _ = await asyncio.to_thread(restored, settings, file, CLOCK)
    assert found == head
    directory = DataDirectory(settings.data)
    assert await verify_file(directory.ledger) == head
    assert aside is not None
    assert (await verify_file(aside)).count == head.count + 1
    assert Mark.model_validate_json(directory.mark.read_bytes()).restored
    assert file.exists()
    assert not directory.ledger.with_suffix(".restoring").exists()
    with pytest.raises(BadInput, match="exists already"):  # within the same second
        await asyncio.to_thread(restored, settings, file, CLOCK)
    assert await verify_file(directory.ledger) == head


async def refused(settings, file, error, match):
    directory = DataDirectory(settings.data)
    before = directory.ledger.read_bytes()
    with pytest.raises(error, match=match):
        await asyncio.to_thread(restored, settings, file, CLOCK)
    assert directory.ledger.read_bytes() == before
    assert not directory.mark.exists()


@pytest.mark.catches("a restore that verifies after it has replaced")
async def test_what_is_no_whole_ledger_of_ours_replaces_none(settings, ledger, tmp_path):
    """A broken chain, another file, a newer schema, a running server: nothing was changed."""
    file, _ = await lived_on(settings, ledger, tmp_path)
    with DataDirectory(settings.data).locked():
        await refused(settings, file, DirectoryInUse, "in use")
    await refused(settings, tmp_path / "absent.db", BadInput, "not a file")
    other = tmp_path / "other.db"
    other.write_bytes(b"")
    await refused(settings, other, BadInput, "not a ledger")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE alembic_version SET version_num = '0042'")
    db.close()
    await refused(settings, file, StoreDown, "schema 42")
    with sqlite3.connect(file) as db:
        db.execute('DELETE FROM audit WHERE "index" = 2')
    db.close()
    await refused(settings, file, ChainBroken, "2")


async def test_a_lost_ledger_comes_back_too(settings, ledger, tmp_path):
    """Where there is no ledger any more, and where there never was one, the backup is put."""
    file, head = await lived_on(settings, ledger, tmp_path)
    elsewhere = Settings(data=tmp_path / "new")
    found, aside, _ = await asyncio.to_thread(restored, elsewhere, file, CLOCK)
    assert (found, aside) == (head, None)
    assert await verify_file(DataDirectory(elsewhere.data).ledger) == head


async def test_what_was_restored_by_other_means_can_be_said(settings, ledger):
    """Without a file nothing is moved: the next start treats the ledger as restored."""
    await ledger.close()
    head, aside, _ = await asyncio.to_thread(restored, settings, None, CLOCK)
    assert (head.count, aside) == (5, None)
    again = SqlLedger(f"sqlite:///{DataDirectory(settings.data).ledger}", CLOCK)
    mark = HighWater(DataDirectory(settings.data).mark)
    assert "somebody says that it was restored" in await mark.forgotten(again)
    await again.close()


def test_a_ledger_in_postgresql_is_not_ours_to_copy(settings, tmp_path):
    """PostgreSQL has its own tools, and they are named."""
    there = settings.model_copy(update={"ledger_url": "postgresql://ops@/ledger"})
    with pytest.raises(BadInput, match="pg_dump"):
        backed_up(there, tmp_path / "x.db", CLOCK)
    with pytest.raises(BadInput, match="pg_restore"):
        restored(there, tmp_path / "x.db", CLOCK)


async def test_the_commands_say_what_was_done_and_what_to_do(settings, ledger, tmp_path):
    """`backup` names file and head; `restore` says that all is frozen, and how that ends."""
    data, file = str(settings.data), str(tmp_path / "kept.db")
    code, said = await asyncio.to_thread(saying, "backup", file, "--data", data)
    head = await ledger.verify()
    assert (code, said) == (0, f"{file}: 5 audit records, unbroken; head {head.digest}\n")
    await ledger.close()
    code, said = await asyncio.to_thread(saying, "restore", file, "--data", data)
    assert code == 0
    assert f"5 audit records, unbroken; head {head.digest}" in said
    assert "ledger-replaced-" in said
    assert "opstwin lift" in said


def test_a_mark_that_cannot_be_read_is_none(tmp_path):
    """A damaged mark says nothing: whether the ledger forgot something is not known."""
    (tmp_path / "mark").write_text("{")
    assert HighWater(tmp_path / "mark").epoch == 0


@pytest.mark.catches("two commands that leave at once take each other's mark away")
async def test_marks_that_rise_at_once_all_rise(ledger, tmp_path):
    """Commands to several endpoints leave at the same moment; the mark is there before each."""
    mark = HighWater(tmp_path / "mark")

    async def leave(number):
        await ledger.record("dispatched", "opstwin", f"p-{number}", {})
        await mark.rise(1, ledger)

    for turn in range(20):
        await asyncio.gather(*(leave(10 * turn + number) for number in range(10)))
    stood = Mark.model_validate_json((tmp_path / "mark").read_bytes())
    assert stood.head == await ledger.head()
    assert await HighWater(tmp_path / "mark").forgotten(ledger) == ""
