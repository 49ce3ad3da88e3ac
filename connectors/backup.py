"""A ledger file copied whole while others write to it, and put in the place of another.

It must never overwrite a file, nor hand out a copy whose chain it has not checked.
"""

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from connectors.database import Database
from connectors.lasting import lasting
from connectors.ledger_file import verify_file
from connectors.vendor_error import clause
from twin_core.errors import BadInput, StoreDown
from twin_core.governance.audit import Head

_BESIDE = ("-wal", "-shm", "")
"""What belongs to an SQLite file; the file itself last, or it would go on without its log."""


def copied(ledger: Path, to: Path) -> Head:
    """Copy a ledger file as it stands at one moment, whoever writes to it; the copy's head.

    Raises:
        BadInput: `to` exists already, or `ledger` is no ledger.
        StoreDown: it cannot be read or written.
        ChainBroken: its chain does not hold; there is no copy.
    """
    if to.exists():
        raise BadInput(f"{to} exists already; allowed: a new file, or a directory.")
    if not ledger.is_file():
        raise BadInput(f"{ledger} is not a file.")
    partial = to.with_name(f"{to.name}.partial")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with closing(sqlite3.connect(ledger)) as here, closing(sqlite3.connect(partial)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE").close()  # one file, which needs no other
        head = asyncio.run(verify_file(partial))
        lasting(partial)
        partial.rename(to)
        lasting(to.parent)
    except (OSError, sqlite3.Error) as problem:
        raise StoreDown("backup", f"{to}: {clause(problem)}") from problem
    finally:
        partial.unlink(missing_ok=True)
    return head


def migrated(ledger: Path) -> None:
    """Bring a ledger file to the newest schema.

    Raises:
        StoreDown: its schema is newer.
    """
    Database(f"sqlite:///{ledger}", "ledger").shut()


def replaced(ledger: Path, by: Path, aside: Path) -> None:
    """Put the file `by` in a ledger's place, which is kept as `aside`; nobody has either open.

    Raises:
        BadInput: there is an `aside` already.
        StoreDown: it cannot be moved.
    """
    if aside.exists():
        raise BadInput(f"{aside} exists already; move it away.")
    try:
        for end in _BESIDE:
            with suppress(FileNotFoundError):
                Path(f"{ledger}{end}").rename(f"{aside}{end}")
        by.rename(ledger)
        lasting(ledger.parent)
    except OSError as problem:
        raise StoreDown("restore", f"{ledger}: {clause(problem)}") from problem
