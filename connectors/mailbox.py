"""A folder through which a worker says how far it is, and hears that it shall come to an end.

Only the newest word counts. A worker to which the folder is not there (another machine's) works on
and says nothing; one whose folder is taken away ends. It must never hold what an answer rests on.
"""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from twin_core.errors import StoreDown
from twin_core.simulation.scheduling.solve import Progress

_LOOK_S = 0.1
"""Host seconds between two looks of a worker whether it shall end."""


class Mailbox:
    """One search's; picklable, and the same on both sides.

    Args:
        folder: exists, and is nobody else's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._began: bool | None = None

    def told(self, progress: Progress) -> bool:
        """Say how far it is; whether to go on."""
        if not self._here:
            return True
        part = self._folder / "part"
        # What cannot be said is not: the folder has gone, which ends it, or the disk is full.
        with suppress(OSError):
            part.write_text(progress.model_dump_json(), encoding="utf-8")
            part.replace(self._folder / "said")
        return not self.ended

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """While this is entered, `end` is called again and again once it shall end."""
        if not self._here:
            yield
            return
        over = threading.Event()

        def look() -> None:
            while not over.wait(_LOOK_S):
                if self.ended:
                    end()

        looking = threading.Thread(target=look, name="mailbox", daemon=True)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()

    def heard(self) -> Progress | None:
        """The newest word; None = none yet."""
        try:
            said = (self._folder / "said").read_bytes()
        except FileNotFoundError:
            return None
        return Progress.model_validate_json(said)

    def end(self) -> None:
        """Ask that it ends with the best it has."""
        (self._folder / "end").touch()

    @property
    def ended(self) -> bool:
        """Whether it was asked to, or nobody waits any more."""
        return (self._folder / "end").exists() or not self._folder.is_dir()

    @property
    def _here(self) -> bool:
        """Whether the folder was there when this side first looked."""
        if self._began is None:
            self._began = self._folder.is_dir()
        return self._began


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mailbox, until whoever waits goes; who still works then is ended by that.

    Raises:
        StoreDown: there is no place for its folder.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="opstwin-search-"))
    except OSError as problem:
        raise StoreDown("progress of a search", problem.strerror or str(problem)) from problem
    try:
        yield Mailbox(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a worker may be writing its last word
