"""The schema of a store, brought to the newest version by its migrations: alembic, forward only.

A store's migrations lie in `migrations/STORE/vNNNN.py`, numbered without a gap, and none is changed
once it was released. alembic is loaded only where there is something to do. It must never change a
schema that is newer than what it knows.
"""

from pathlib import Path

import sqlalchemy as sa

from twin_core.errors import StoreDown

_MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(connection: sa.Connection, store: str) -> None:
    """Bring the schema to the newest version, in the connection's transaction.

    Raises:
        StoreDown: it is newer than the newest version known here.
    """
    folder = _MIGRATIONS / store.replace(" ", "_")
    known = sorted(path.stem.removeprefix("v") for path in folder.glob("v[0-9]*.py"))
    inspector = sa.inspect(connection)
    numbered = inspector.has_table("schema_version")  # before alembic we numbered by ourselves
    if numbered:
        newest = connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar()
        found = f"{newest or 0:04}" if newest else None
    elif inspector.has_table("alembic_version"):
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    else:
        found = None
    if found is not None and found not in known:
        told = found.lstrip("0")
        raise StoreDown(store, f"it has schema {told}, this program knows {int(known[-1])}")
    if numbered or found != known[-1]:
        _upgrade(connection, folder, found if numbered else None)
    if numbered:
        connection.exec_driver_sql("DROP TABLE schema_version")


def strays(connection: sa.Connection, tables: sa.MetaData) -> list[str]:
    """What an SQLite database holds besides the tables of its schema and their indexes, by name.

    A trigger or view that somebody planted is code that runs at our writes. Of another database
    nothing is said.
    """
    if connection.dialect.name != "sqlite":
        return []
    ours = {("table", name) for name in (*tables.tables, "alembic_version", "schema_version")}
    ours |= {("index", str(one.name)) for table in tables.tables.values() for one in table.indexes}
    found = connection.exec_driver_sql("SELECT type, name FROM sqlite_master ORDER BY 1, 2")
    return [
        f"{kind} {name}"
        for kind, name in found
        if (kind, name) not in ours and not name.startswith("sqlite_")
    ]


def _upgrade(connection: sa.Connection, folder: Path, stands: str | None) -> None:
    """Run what is missing; `stands` is the version that is there and alembic does not know of."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    for name, value in (
        ("script_location", str(_MIGRATIONS)),
        ("version_locations", str(folder)),
        ("path_separator", "newline"),  # any other could be part of a path
    ):
        config.set_main_option(name, value.replace("%", "%%"))
    if stands is not None:
        command.stamp(config, stands)
    command.upgrade(config, "head")
