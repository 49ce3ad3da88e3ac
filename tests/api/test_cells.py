"""Robot cells over HTTP: tried, and proposed only where nothing speaks against it."""

from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from api import cells
from api.cell_lines import cell_lines, trial_lines
from api.views import http_status
from tests.fakes import FakeDesk, InlineCompute
from tests.twin_core.governance.scene import person
from tests.twin_core.simulation.robots.cells import BULLET, alone, sample
from tests.twin_core.simulation.sawmill import SAW, Mill, sawmill
from twin_core.errors import Denied, OpsTwinError

PLANT = sawmill().model_copy(update={"cells": (sample().model_copy(update={"unit": SAW}),)})
CELL = sample().id


class House:
    """The routes of cells, a desk that takes everything."""

    def __init__(self):
        self.desk = FakeDesk()
        snapshot = Mill(plant=PLANT).snapshot()
        app = FastAPI()
        app.include_router(cells.router)
        app.state.system = SimpleNamespace(
            plant=PLANT,
            compute=InlineCompute(),
            pump=SimpleNamespace(snapshot=lambda: snapshot),
            actuation=self.desk,
            identity=SimpleNamespace(bearer=lambda _: person("eve", "engineer", sites=("holm",))),
        )
        transport = httpx.ASGITransport(app=app)
        sign = {"Authorization": "Bearer t"}
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test", headers=sign)

    async def post(self, what, body):
        return await self.http.post(f"/cells/{CELL}/{what}", json=body)


async def test_the_plants_cells_are_listed():
    """Id, name, robots and slots; a plant without one says what it may draw."""
    body = (await House().http.get("/cells")).json()
    assert body["cells"][0]["id"] == CELL
    assert "robots left and right, 18 slots" in str(next(iter(cell_lines(body))))
    assert "under `cells`" in str(next(iter(cell_lines({"cells": []}))))


@BULLET
async def test_a_sequence_of_ones_own_is_tried_and_proposed():
    """As it was given; the desk gets a job with what was found."""
    house = House()
    given = {"sequence": alone(slot=4).model_dump(mode="json")}
    body = (await house.post("trials", given)).json()
    assert body["trial"]["report"]["fine"]
    assert body["trial"]["sequence"]["tasks"][0]["steps"][1]["slot"] == 4
    assert any("strays" in str(line) for line in trial_lines(body))
    body = (await house.post("proposals", {**given, "reason": "a trial"})).json()
    draft, asker = house.desk.submitted[0]
    assert asker.user == "eve"
    assert draft.action.kind == "work_order"
    assert draft.action.asset == SAW
    assert "safe by simulation" in draft.evidence[0].statement
    assert "waits for" in str(list(trial_lines(body))[-1])


@BULLET
async def test_one_that_is_not_safe_is_not_proposed():
    """The desk hears nothing of it."""
    house = House()
    with pytest.raises(OpsTwinError, match="is not proposed"):
        await house.post("proposals", {"cases": 1, "speed": 1.5, "reason": "faster"})
    assert not house.desk.submitted


@pytest.mark.parametrize(
    "body",
    [
        {"cases": 0}, {"speed": 0}, {"speed": 9}, {"sequence": {"tasks": []}}, {"at_s": -1},
        {"other": 1},
    ],
)  # fmt: skip
async def test_what_is_no_sequence_is_refused(body):
    """Before anything is simulated."""
    assert (await House().post("trials", body)).status_code == 422


@BULLET
async def test_a_proposal_that_policy_denies_is_refused_with_the_reason():
    """Not told as if it were taken."""
    house = House()
    house.desk.reason = "denied by people: vera has no role that may propose"
    with pytest.raises(Denied, match="not taken: denied by people: vera has no role") as refused:
        await house.post("proposals", {"cases": 2, "reason": "to try it"})
    assert http_status(refused.value) == 403
