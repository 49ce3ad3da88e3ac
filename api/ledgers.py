"""The ledger that settings name: opened, copied while it is in use, restored; and conversations.

The third wiring module, beside `wiring.py` and `outside.py`. It must never restore without a mark
that says so: what a restored ledger has forgotten is taken for granted at the next start.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.directory import DataDirectory
from api.high_water import HighWater
from api.settings import Settings
from api.views import file_time
from api.witnessing import RESTORED
from twin_core.errors import BadInput, StoreDown
from twin_core.governance.audit import Head
from twin_core.ports import Clock

if TYPE_CHECKING:
    from connectors.ledger import SqlLedger
    from connectors.threads import SqlThreads


def opened(settings: Settings, directory: DataDirectory, clock: Clock) -> "SqlLedger":
    """The ledger, its schema at the newest version.

    Raises:
        BadInput: an address that cannot be.
        StoreDown: it cannot be opened.
    """
    from connectors.ledger import SqlLedger

    if settings.ledger_url is None:
        return SqlLedger(f"sqlite:///{directory.ledger}", clock)
    return SqlLedger(_address(settings), clock)


def backed_up(settings: Settings, to: Path, clock: Clock) -> tuple[Path, Head]:
    """Copy the ledger into a file, or a new one in a directory; where it is, and its head.

    It may be in use. The chain of the copy is whole, or there is none.

    Raises:
        BadInput: `to` exists already, or the ledger is in PostgreSQL.
        StoreDown: it cannot be read or written.
        ChainBroken: names the first record that does not hold.
    """
    from connectors.backup import copied

    if settings.ledger_url is not None:
        raise BadInput("The ledger is in PostgreSQL: back it up with pg_dump.")
    file = to / f"ledger-{file_time(clock.ledger())}.db" if to.is_dir() else to
    return file, copied(DataDirectory(settings.data).ledger, file)


def restored(settings: Settings, file: Path | None, clock: Clock) -> tuple[Head, Path | None]:
    """Put a backup in the ledger's place; its head, and where the replaced one is kept.

    Without a file the ledger was restored by other means, and this is only said.

    Raises:
        BadInput: no ledger, or the ledger is in PostgreSQL and a file is given.
        DirectoryInUse: the server runs.
        StoreDown: it cannot be read or moved, or is of a newer schema.
        ChainBroken: names the first record of the backup that does not hold; nothing was changed.
    """
    from connectors.backup import copied, migrated, replaced

    directory = DataDirectory(settings.data)
    mark = HighWater(directory.mark)
    with directory.locked():
        if file is None:
            head = asyncio.run(_head(settings, directory, clock))
            _say(directory, mark, head, "it was restored by other means")
            return head, None
        if settings.ledger_url is not None:
            raise BadInput(
                "The ledger is in PostgreSQL: restore it with pg_restore, then say so: "
                "opstwin restore, without a file."
            )
        coming = directory.ledger.with_suffix(".restoring")
        coming.unlink(missing_ok=True)  # of one that was killed
        head = copied(file, coming)
        migrated(coming)
        _say(directory, mark, head, f"{file.name} was restored")
        aside = directory.ledger.with_name(f"ledger-replaced-{file_time(clock.ledger())}.db")
        existed = directory.ledger.exists()
        replaced(directory.ledger, coming, aside)
    return head, aside if existed else None


def _say(directory: DataDirectory, mark: HighWater, head: Head, why: str) -> None:
    """Say it to who asks at the next start: the mark, and the chain's witness."""
    try:
        directory.audit.mkdir(mode=0o700, exist_ok=True)
        (directory.audit / RESTORED).write_text(why, encoding="utf-8")
    except OSError as problem:
        raise StoreDown("data directory", f"{directory.audit}: {problem.strerror}") from problem
    mark.restored(head)


def conversations(
    settings: Settings, directory: DataDirectory, clock: Clock
) -> "Callable[[], SqlThreads]":
    """What opens the conversations that settings name: never in the ledger's database.

    Raises:
        BadInput: an address that cannot be, or the ledger's.
        StoreDown: when called: it cannot be opened.
    """
    from connectors.postgresql import address
    from connectors.threads import SqlThreads

    url: Any = f"sqlite:///{directory.threads}"
    if settings.threads_url is not None:
        if settings.threads_url == settings.ledger_url:
            raise BadInput("threads_url is the ledger's database; conversations need another.")
        secret = settings.threads_password
        password = secret.get_secret_value() if secret else ""
        url = address(settings.threads_url, password, "threads")
    return partial(SqlThreads, url, clock, settings.keep_threads_days)


def _address(settings: Settings) -> Any:
    from connectors.postgresql import address

    secret = settings.ledger_password
    return address(settings.ledger_url or "", secret.get_secret_value() if secret else "")


async def _head(settings: Settings, directory: DataDirectory, clock: Clock) -> Head:
    ledger = opened(settings, directory, clock)
    try:
        return await ledger.verify()
    finally:
        await ledger.close()
