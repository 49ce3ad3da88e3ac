"""State of named points before the framework wakes: the route's answers, and nobody else let in."""

from contextlib import closing

import pytest
import pytest_asyncio

from api.identity import Identity
from tests.api.test_server import SITE, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = f"{SITE}/packaging/line4/filler/speed_setpoint"
STATE = f"{SITE}/packaging/line4/filler/state"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    async with opened(tmp_path_factory.mktemp("house") / "data") as found:
        await found.turn(30)
        found.path = found.system.directory.identity
        yield found


async def by_route(house, *points):
    """The route's own answer: a parameter more, and it is asked."""
    asked = [*(("point", p) for p in points), ("asset", "")]
    return await house.http.get("/state", params=asked, headers=house.sign("olga"))


async def by_glance(house, *points, user="olga", **headers):
    """Asked so that a glance does; twice, for whom was not looked up a moment ago."""
    asked = [("point", p) for p in points]
    signed = {**house.sign(user), **headers}
    await house.http.get("/state", params=asked, headers=signed)
    return await house.http.get("/state", params=asked, headers=signed)


async def test_it_answers_as_the_route_does(house):
    """For every point of the plant, whatever its state."""
    paths = [point.id for point in house.system.plant.points]
    for start in range(0, len(paths), 40):
        some = paths[start : start + 40]
        assert (await by_glance(house, *some)).json() == (await by_route(house, *some)).json()


async def test_a_glance_is_really_taken(house, monkeypatch):
    """Without it the rest of this file would say nothing."""
    assert (await by_glance(house, SPEED)).status_code == 200
    monkeypatch.setattr(house.system.identity, "bearer", None)
    assert (await house.get("/state", point=SPEED)).status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("point=riverside/none", 404),
        (f"point={SPEED}&poimt={SPEED}", 404),
        (f"poimt={SPEED}", 404),
        ("", 200),
        (f"asset={SITE}/packaging/line4", 200),
        ("point=%00", 404),
    ],
)
async def test_everything_else_is_the_routes(house, query, status):
    """What is wrong is refused by the route, in its own words."""
    await by_glance(house, SPEED)
    found = await house.http.get(f"/state?{query}", headers=house.sign("olga"))
    assert found.status_code == status


async def test_nobody_else_is_let_in(house):
    """No token, another site's, or one that is good for deciding alone."""
    assert (await house.http.get("/state", params={"point": SPEED})).status_code == 401
    assert (await by_glance(house, SPEED, user="mona")).status_code == 403
    only = house.system.identity.issue("olga", scopes=("decide",), name="only")
    house.tokens["only"] = only
    assert (await by_glance(house, SPEED, user="only")).status_code == 403


@pytest.mark.catches("a token that was revoked is good as long as it is remembered")
async def test_who_is_let_in_no_more_is_refused_with_the_next_request(house):
    """Whichever process took his right away."""
    house.system.identity.add("otto", "Otto", ["operator"], [SITE])
    house.tokens["otto"] = house.system.identity.issue("otto")
    assert (await by_glance(house, SPEED, user="otto")).status_code == 200
    with closing(Identity(house.path, house.system.clock.ledger)) as elsewhere:
        elsewhere.disable("otto")
    assert (await house.get("/state", "otto", point=SPEED)).status_code == 401
    with closing(Identity(house.path, house.system.clock.ledger)) as elsewhere:
        elsewhere.enable("otto")
        house.tokens["otto"] = elsewhere.issue("otto")
    assert (await by_glance(house, SPEED, user="otto")).status_code == 200
    house.system.identity.set_rights("otto", ["operator"], ["elsewhere"])
    assert (await house.get("/state", "otto", point=SPEED)).status_code == 403


async def test_a_token_ends_in_its_time(house):
    """It is remembered for a second, and no longer."""
    house.tokens["brief"] = house.system.identity.issue("olga", days=30 / 86_400, name="brief")
    assert (await by_glance(house, SPEED, user="brief")).status_code == 200
    await house.turn(60)
    assert (await house.get("/state", "brief", point=SPEED)).status_code == 401
