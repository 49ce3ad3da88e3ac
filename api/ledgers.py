"""The ledger that settings name: opened, copied while it is in use, restored; and conversations.

The third wiring module, beside `wiring.py` and `outside.py`. It must never restore without a mark
that says so: what a restored ledger has forgotten is taken for granted at the next start.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from api.directory import DataDirectory
from api.high_water import HighWater
from api.left_behind import UNKNOWN, Held, LeftBehind, compared
from api.settings import Settings
from api.views import file_time
from api.witnessing import RESTORED
from twin_core.errors import BadInput, OpsTwinError, StoreDown
from twin_core.governance.audit import Head
from twin_core.ports import Clock

if TYPE_CHECKING:
    from connectors.ledger import SqlLedger
    from connectors.ledger_file import LedgerFile
    from connectors.threads import SqlThreads
    from twin_core.governance.ports import AuditRecord

_REVOKED = ("standing_rule_revoked", "local_rule_revoked")


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


class Restored(NamedTuple):
    """The backup's head, where the ledger that it replaced is kept, and what that one had."""

    head: Head
    aside: Path | None
    told: tuple[str, ...]


def restored(settings: Settings, file: Path | None, clock: Clock) -> Restored:
    """Put a backup in the ledger's place.

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
            return Restored(head, None, LeftBehind().told)
        if settings.ledger_url is not None:
            raise BadInput(
                "The ledger is in PostgreSQL: restore it with pg_restore, then say so: "
                "opstwin restore, without a file."
            )
        coming = directory.ledger.with_suffix(".restoring")
        coming.unlink(missing_ok=True)  # of one that was killed
        head = copied(file, coming)
        migrated(coming)
        existed = directory.ledger.exists()
        left = asyncio.run(_left(directory.ledger, coming, head)) if existed else LeftBehind()
        _say(directory, mark, head, f"{file.name} was restored", left)
        aside = directory.ledger.with_name(f"ledger-replaced-{file_time(clock.ledger())}.db")
        replaced(directory.ledger, coming, aside)
    return Restored(head, aside if existed else None, left.told)


def _say(
    directory: DataDirectory, mark: HighWater, head: Head, why: str, left: LeftBehind | None = None
) -> None:
    """Say it to who asks at the next start: the mark, and the chain's witness."""
    try:
        directory.audit.mkdir(mode=0o700, exist_ok=True)
        (directory.audit / RESTORED).write_text(why, encoding="utf-8")
    except OSError as problem:
        raise StoreDown("data directory", f"{directory.audit}: {problem.strerror}") from problem
    mark.restored(head, left)


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


async def recorded(directory: DataDirectory, *kinds: str) -> "list[AuditRecord]":
    """The records of some kinds in the ledger of a data directory, in order, none of it written.

    A directory without a ledger has none.

    Raises:
        BadInput: the file there is not a ledger.
        StoreDown: it cannot be read.
    """
    from connectors.ledger_file import reading

    if not directory.ledger.is_file():
        return []
    async with reading(directory.ledger) as file:
        found = [one for kind in kinds for one in await file.of_kind(kind)]
    return sorted(found, key=lambda one: one.index)


async def _head(settings: Settings, directory: DataDirectory, clock: Clock) -> Head:
    ledger = opened(settings, directory, clock)
    try:
        return await ledger.verify()
    finally:
        await ledger.close()


async def _left(ledger: Path, backup: Path, head: Head) -> LeftBehind:
    """What a ledger has that the backup which is to replace it has not."""
    from connectors.ledger_file import reading

    try:
        async with reading(backup) as file:
            has = await _held(file)
        async with reading(ledger) as file:
            had = await _held(file)
            records = [one for kind in _REVOKED for one in await file.of_kind(kind)]
    except (OpsTwinError, ValidationError) as problem:
        why = f"the ledger that stood there cannot be relied on ({str(problem).rstrip('.')})"
        return LeftBehind(told=(f"{why}: {UNKNOWN}",))
    since = sorted((one for one in records if one.index >= head.count), key=lambda one: one.index)
    return compared(
        had,
        has,
        [f"{one.actor} revoked {one.subject}: {one.body.get('reason', '')}" for one in since],
    )


async def _held(file: "LedgerFile") -> Held:
    """What a ledger file holds of people's hands.

    Raises:
        StoreDown: it cannot be read, or its chain does not bear it out.
        ValidationError: it is of a form not known.
    """
    found: dict[str, Any] = {"locks": [], "freezes": [], "ladder": {}}
    for key, stored in (await file.states()).items():
        kind, state = key.partition("/")[0], stored[0] if stored is not None else {}
        if kind == "locks":
            found["locks"] = state["locks"]
        elif kind == "freeze":
            found["freezes"] = state["freezes"]
        elif kind == "trust":
            found["ladder"] = state
    proposals = [key.partition("/")[2] for key in await file.keys() if key.startswith("proposal/")]
    return Held.model_validate({**found, "proposals": proposals})
