"""Query parameters that a route does not take are refused, by one rule for all routes."""

import re
from types import SimpleNamespace
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query

from api.query import known_query
from api.server import application
from tests.tools.scenery import OPERATOR
from twin_core.errors import UnknownName, WrongKind


def page(shown: Annotated[int, Query()] = 3) -> int:
    return shown


def app_of():
    app = FastAPI(dependencies=[Depends(known_query)])
    router = APIRouter()

    @router.get("/lines/{line}")
    async def line(
        line: str,
        shown: Annotated[int, Depends(page)],
        horizon: Annotated[str, Query(alias="ahead")] = "",
        point: Annotated[tuple[str, ...], Query()] = (),
    ) -> str:
        return f"{line} {shown} {horizon} {len(point)}"

    @router.post("/bare")
    async def bare() -> str:
        return "done"

    app.include_router(router)
    return app


async def asked(method, path):
    transport = httpx.ASGITransport(app=app_of(), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        return await http.request(method, path)


async def test_what_a_route_takes_passes():
    """By its alias, again and again, and what a dependency of its takes too."""
    answer = await asked("GET", "/lines/4?ahead=3h&point=a&point=b&shown=5")
    assert answer.json() == "4 5 3h 2"
    assert (await asked("POST", "/bare")).json() == "done"


@pytest.mark.parametrize("name", ["aheadd", "horizon", "line", "%00", "x" * 500, "..%2f"])
async def test_what_it_does_not_take_is_refused_with_what_it_does(name):
    """A misspelt one, its name inside the program, a part of the path, and anything hostile."""
    with pytest.raises(UnknownName, match=r"Nearest: .*ahead") as problem:
        await asked("GET", f"/lines/4?{name}=1&ahead=3h")
    assert len(str(problem.value)) < 400


async def test_a_route_without_parameters_says_so():
    with pytest.raises(WrongKind, match="no parameter is needed"):
        await asked("POST", "/bare?dry=1")


@pytest.mark.parametrize("given", ["nan", "0", "51", "inf", "-1e999"])
async def test_both_bounds_are_told_of_what_lies_outside_either(given):
    """What is no number at all lies outside of both."""
    system: Any = SimpleNamespace(identity=SimpleNamespace(bearer=lambda _: OPERATOR))
    app = application(system)
    system.plant = SimpleNamespace(site=OPERATOR.sites[0])
    transport = httpx.ASGITransport(app=app)
    signed = {"Authorization": "Bearer t"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=signed) as http:
        answer = await http.get("/bottleneck", params={"line": "line 4", "faster": given})
    assert answer.status_code == 422
    assert "allowed: above 0, at most 50." in answer.json()["message"]
    app.state.aside.close()


async def test_every_route_of_ours_has_the_rule():
    """Before anything else is looked at, whoever asks; by routes nobody has listed here."""
    nobody: Any = SimpleNamespace()
    app = application(nobody)
    asks = [(path, verb) for path, verbs in app.openapi()["paths"].items() for verb in verbs]
    assert len(asks) > 40
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        for path, verb in asks:
            where = re.sub(r"\{[^}]*\}", "1", path)
            answer = await http.request(verb, where, params={"horizonn": "3"})
            assert answer.status_code in {404, 422}, (path, answer.text)
            assert "horizonn" in answer.json()["message"], path
    app.state.aside.close()
