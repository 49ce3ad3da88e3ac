"""Questions are read and worded beside the serving loop."""

import asyncio
import threading

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, field_validator

from api.aside import Aside, AsideRoute


@pytest.fixture
def aside():
    found = Aside()
    yield found
    found.close()


async def test_it_runs_in_another_thread_and_gives_back_what_comes_of_it(aside):
    """Results and errors alike, several at a time."""
    gate = asyncio.Event()

    async def work(number):
        await asyncio.sleep(0)
        return number, threading.current_thread().name

    async def fail():
        raise KeyError(gate)

    found = await asyncio.gather(*(aside.run(work(n)) for n in range(5)))
    assert found == [(n, "questions") for n in range(5)]
    with pytest.raises(KeyError):
        await aside.run(fail())


async def test_what_is_cancelled_here_is_cancelled_there(aside):
    """Who waits for it going away ends it."""
    begun, ended = threading.Event(), threading.Event()

    async def work():
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asked = asyncio.create_task(aside.run(work()))
    assert await asyncio.to_thread(begun.wait, 20)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert await asyncio.to_thread(ended.wait, 20)


async def test_it_ends_with_what_it_still_does(aside):
    """Closed, nothing of it is left; asked again it begins anew."""

    async def work():
        return threading.current_thread()

    first = await aside.run(work())
    aside.close()
    assert not first.is_alive()
    assert (await aside.run(work())).is_alive()


@pytest.mark.catches("a large comparison is read on the serving loop")
async def test_all_of_a_question_is_done_beside_the_serving_loop(aside):
    """Its body is parsed, its route run and its answer written there; errors are told as ever."""
    seen = {}

    class Body(BaseModel):
        number: int

        @field_validator("number")
        @classmethod
        def _seen(cls, number):
            seen["parsed"] = threading.current_thread().name
            return number

    router = APIRouter(route_class=AsideRoute)

    @router.post("/twice")
    async def twice(body: Body) -> int:
        seen["run"] = threading.current_thread().name
        return 2 * body.number

    app = FastAPI()
    app.state.aside = aside
    app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        assert (await http.post("/twice", json={"number": 21})).json() == 42
        assert (await http.post("/twice", json={"number": "x"})).status_code == 422
    assert seen == {"parsed": "questions", "run": "questions"}


@pytest.mark.parametrize(
    "path", ["/whatif", "/compare", "/schedules", "/schedules/shop", "/bottleneck",
             "/warehouses/picking", "/warehouses/rebalancing", "/stops", "/reports", "/diagnoses",
             "/recurring", "/weights"],
)  # fmt: skip
def test_what_takes_long_to_read_or_word_is_a_question(path):
    """These routes are."""
    from api import (
        diagnoses,
        reports,
        schedules,
        sensitivity,
        suppositions,
        testimony,
        warehouses,
    )

    rooms = schedules, sensitivity, suppositions, warehouses, reports, diagnoses
    routers = [*(room.router for room in rooms), testimony.questions]
    routes = [route for router in routers for route in router.routes]
    assert isinstance(next(r for r in routes if r.path == path), AsideRoute)
