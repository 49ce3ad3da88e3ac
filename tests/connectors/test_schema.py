import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from connectors import audit_table, documents, models, schema, work_records
from connectors.database import Database
from connectors.ledger import SqlLedger
from tests.fakes import FakeClock
from tests.postgres import postgres
from twin_core.errors import StoreDown

STORES = {
    "ledger": audit_table.META,
    "work records": work_records._META,
    "documents": documents._META,
    "models": models._META,
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "100% a:store, of ours" / "store.db"


def rows(path, statement):
    with sqlite3.connect(path) as db:
        found = db.execute(statement).fetchall()
    db.close()
    return found


async def made_as(url, store):
    """What a store's migrations make, against what its queries speak of."""
    database = Database(url, store)
    try:
        return await database.run(
            lambda connection: compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": True}), STORES[store]
            )
        )
    finally:
        await database.close()


@pytest.mark.parametrize("store", STORES)
@pytest.mark.catches("a table that is changed without a migration")
async def test_migrations_make_the_tables_that_are_used(path, store):
    """A new database has the tables and columns that the store's statements name."""
    path.parent.mkdir()
    assert await made_as(f"sqlite:///{path}", store) == []


async def test_postgresql_gets_the_same_ledger():
    """The same migrations make the ledger in PostgreSQL, its names sorted by code point."""
    with postgres() as server:
        url = server.database()
        assert await made_as(url, "ledger") == []
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            sorted_by = connection.exec_driver_sql(
                "SELECT DISTINCT collation_name FROM information_schema.columns"
                " WHERE column_name IN ('key', 'kind', 'actor', 'subject')"
            )
            assert sorted_by.scalars().all() == ["C"]
        engine.dispose()


@pytest.mark.parametrize("store", STORES)
def test_migrations_follow_each_other(store):
    """A store's migrations are numbered without a gap, each after the one before, none back."""
    folder = schema._MIGRATIONS / store.replace(" ", "_")
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "newline")
    found = list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))
    names = [f"{n:04}" for n in range(1, len(found) + 1)]
    assert [script.revision for script in found] == names
    assert [script.down_revision for script in found] == [None, *names[:-1]]
    assert sorted(p.name for p in folder.glob("v*.py")) == [f"v{name}.py" for name in names]
    assert not any(hasattr(script.module, "downgrade") for script in found)


@pytest.mark.catches("a database of before alembic is made anew, or not known")
async def test_a_database_of_before_alembic_is_taken_over(path):
    """What was numbered by ourselves goes on under alembic, with all that it holds."""
    path.parent.mkdir()
    first = SqlLedger(f"sqlite:///{path}", FakeClock())
    await first.save("k", {"a": 1}, None, [("kind", "ada", "k", {})])
    await first.close()
    with sqlite3.connect(path) as db:  # as the program before this one left it
        db.execute("DROP TABLE alembic_version")
        db.execute("CREATE TABLE schema_version (version INTEGER)")
        db.execute("INSERT INTO schema_version VALUES (1)")
    db.close()
    second = SqlLedger(f"sqlite:///{path}", FakeClock())
    assert await second.load("k") == ({"a": 1}, 1)
    assert (await second.verify()).count == 1
    await second.close()
    assert rows(path, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(path, "SELECT name FROM sqlite_master WHERE name = 'schema_version'") == []


def test_an_empty_number_is_an_empty_database(path):
    """A program that was killed before its first migration left a number table without a number."""
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE schema_version (version INTEGER)")
    db.close()
    Database(f"sqlite:///{path}", "ledger").shut()
    assert rows(path, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_a_schema_newer_than_known_is_refused(path):
    """What a newer program made is not touched; both versions are said."""
    path.parent.mkdir()
    Database(f"sqlite:///{path}", "models").shut()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE alembic_version SET version_num = '0042'")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreDown, match="it has schema 42, this program knows 1"):
        Database(f"sqlite:///{path}", "models")
    assert path.read_bytes() == before


SECOND = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "0002", "0001"
def upgrade():
    op.add_column("state", sa.Column("note", sa.String))
    op.execute("UPDATE state SET note = 'kept'")
    {then}
"""


@pytest.mark.catches("a migration whose first half stays")
async def test_a_migration_happens_whole_or_not_at_all(path, tmp_path, monkeypatch):
    """One that fails leaves schema and content as they were; one that does not moves both."""
    path.parent.mkdir()
    old = SqlLedger(f"sqlite:///{path}", FakeClock())
    await old.save("k", {"a": 1}, None, [])
    await old.close()
    here = tmp_path / "migrations"
    (here / "ledger").mkdir(parents=True)
    for name in ("env.py", "ledger/v0001.py"):
        (here / name).write_text((schema._MIGRATIONS / name).read_text())
    monkeypatch.setattr(schema, "_MIGRATIONS", here)
    (here / "ledger" / "v0002.py").write_text(SECOND.format(then='op.drop_table("absent")'))
    with pytest.raises(StoreDown, match="absent"):
        SqlLedger(f"sqlite:///{path}", FakeClock())
    assert rows(path, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert len(rows(path, "SELECT * FROM state")[0]) == 4
    (here / "ledger" / "v0002.py").write_text(SECOND.format(then="pass"))
    await SqlLedger(f"sqlite:///{path}", FakeClock()).close()
    assert rows(path, "SELECT version_num FROM alembic_version") == [("0002",)]
    assert rows(path, "SELECT key, note FROM state") == [("k", "kept")]


OPENS = """
import sys
from connectors.database import Database
Database(sys.argv[1], "ledger").shut()
print("alembic" in sys.modules)
"""


def test_alembic_is_loaded_only_where_there_is_something_to_do(tmp_path):
    """The first start makes the tables; every other one reads a number."""
    words = [sys.executable, "-c", OPENS, f"sqlite:///{tmp_path}/ledger.db"]
    said = [subprocess.run(words, capture_output=True, text=True, check=True) for _ in range(2)]
    assert [one.stdout.strip() for one in said] == ["True", "False"]


@pytest.mark.catches("a connection that is kept after the end")
def test_who_lets_go_leaves_one_file(tmp_path):
    """After the end nothing of ours is open: SQLite takes its log away with the last of us."""
    database = Database(f"sqlite:///{tmp_path}/ledger.db", "ledger")
    assert (tmp_path / "ledger.db-wal").exists()
    database.shut()
    database.shut()
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.db"]
