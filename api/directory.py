"""The one data directory: where each store lies, and the lock of the process that owns it."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twin_core.errors import DirectoryInUse, StoreDown


class DataDirectory:
    """Paths of the stores inside `root`; created with mode 0700 when first asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as problem:
            raise StoreDown("data directory", f"{root}: {problem.strerror}") from problem
        self.history = root / "history.duckdb"
        self.influxdb = root / "influxdb"
        self.ledger = root / "ledger.db"
        self.mark = root / "ledger.mark"
        self.identity = root / "identity.db"
        self.threads = root / "threads.db"
        self.records = root / "records.db"
        self.models = root / "models.db"
        self.documents = root / "documents.db"
        self.slack = root / "slack.db"
        self.knowledge = root / "knowledge"
        self.keys = root / "keys"
        self.audit = root / "audit"
        self.checkpoints = root / "snapshots"

    @property
    def open_to(self) -> str:
        """To whom else than its owner the directory is open, in words; empty if to nobody."""
        mode = stat.S_IMODE(self.root.stat().st_mode)
        return f"others can look into it (mode {mode:04o}): chmod 700" if mode & 0o077 else ""

    def close_files(self) -> None:
        """Let nobody but the owner read the files that lie in it.

        Raises:
            StoreDown: one of them is not ours.
        """
        for path in self.root.iterdir():
            try:
                mode = path.lstat().st_mode
                if stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o077:
                    path.chmod(0o600)
            except OSError as problem:
                raise StoreDown("data directory", f"{path}: {problem.strerror}") from problem

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Own the directory until the block ends.

        Raises:
            DirectoryInUse: another process owns it.
        """
        path = self.root / "lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise StoreDown("data directory", f"{path}: {problem.strerror}") from problem
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as problem:
                owner = path.read_text(encoding="utf-8").strip() or "another process"
                raise DirectoryInUse(str(self.root), owner) from problem
            os.ftruncate(handle, 0)
            os.write(handle, f"process {os.getpid()}".encode())
            yield
        finally:
            os.close(handle)


def token_file() -> Path:
    """Where `opstwin login` keeps its tokens: one file of the user, mode 0600."""
    return Path.home() / ".config" / "opstwin" / "tokens.json"


def stored_token(url: str) -> str | None:
    """The token kept for a server, if any."""
    return _kept().get(url)


def keep_token(url: str, token: str) -> None:
    """Keep a token for a server, readable by its user only; a damaged file is written anew.

    Raises:
        StoreDown: the file cannot be written.
    """
    path = token_file()
    table = {**_kept(), url: token}
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(table, file)
    except OSError as problem:
        raise StoreDown("token file", f"{path}: {problem.strerror}") from problem


def _kept() -> dict[str, str]:
    """Server → token; what cannot be read is no token, and signing in again repairs it."""
    try:
        table = json.loads(token_file().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(table, dict):
        return {}
    return {
        url: token
        for url, token in table.items()
        if isinstance(token, str) and token.isascii() and token.isprintable()
    }
