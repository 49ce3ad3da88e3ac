"""Who asks over HTTP and leaves before the answer stops the run, and finds his thread as it was."""

import asyncio

import httpx
import pytest
import pytest_asyncio

from tests.api.test_server import opened
from tests.api.test_suppositions import served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUPPOSED = {"text": "What if capper 4 stops for 10 min?", "thread": "kept"}
STATE = {"text": "What is the rate of line 2?", "thread": "kept"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    async with opened(tmp_path_factory.mktemp("house") / "data") as found:
        await found.turn(120)
        yield found


class Stuck:
    """A forecaster that never comes to an end, and knows when it was given up."""

    def __init__(self):
        self.begun, self.left = asyncio.Event(), asyncio.Event()

    async def forecast(self, *_args, **_options):
        """Never."""
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()

    compare = forecast


@pytest.mark.catches("a run goes on behind the back of who left")
async def test_a_reader_who_hangs_up_stops_the_run_and_his_thread_goes_on(house, monkeypatch):
    """The tool at work is given up at once; the next question of the thread is answered."""
    stuck = Stuck()
    signed = {"Authorization": f"Bearer {house.tokens['olga']}"}
    async with (
        served(house) as url,
        httpx.AsyncClient(base_url=url, headers=signed, timeout=30) as client,
    ):
        assert (await client.post("/ask", json=STATE)).json()["understood"]
        with monkeypatch.context() as patched:
            patched.setattr(house.system.assistant, "_forecaster", stuck)
            streams = {"Accept": "text/event-stream"}
            async with client.stream("POST", "/ask", json=SUPPOSED, headers=streams) as coming:
                first = await anext(coming.aiter_lines())
                async with asyncio.timeout(30):
                    await stuck.begun.wait()
        async with asyncio.timeout(30):
            await stuck.left.wait()
            again = await client.post("/ask", json={**STATE, "text": "and line 4?"})
    assert first.startswith("event: progress")
    assert again.json()["understood"]
    assert "Line 4" in again.json()["text"]
    assert not again.json()["unknown"]
