"""What every Threads does: SQLite, PostgreSQL, this process and the fake."""

import pytest
import sqlalchemy as sa

from agents.memory import ThisProcess
from connectors.threads import SqlThreads
from tests.fakes import FakeClock, FakeThreads
from tests.postgres import postgres


@pytest.fixture(scope="module")
def server():
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql", "process", "fake"])
async def threads(request, tmp_path):
    """A store with nothing in it."""
    held = {"process": ThisProcess, "fake": FakeThreads}
    if request.param in held:
        yield held[request.param]()
        return
    url: str | sa.URL = f"sqlite:///{tmp_path}/threads.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("server").database()
    store = SqlThreads(url, FakeClock(), 90)
    yield store
    await store.close()


async def test_a_thread_is_kept_as_it_stands_last(threads):
    """Byte for byte; what was before it is gone."""
    assert await threads.kept("ola", "t") is None
    await threads.keep("ola", "t", b"\x00one")
    await threads.keep("ola", "t", b"\xfftwo")
    assert await threads.kept("ola", "t") == b"\xfftwo"


@pytest.mark.catches("a thread is found by its name alone")
async def test_nobody_reads_another_persons(threads):
    """The same name is another conversation for another person."""
    await threads.keep("ola", "t", b"hers")
    assert await threads.kept("vic", "t") is None
    await threads.keep("vic", "t", b"his")
    assert await threads.kept("ola", "t") == b"hers"
