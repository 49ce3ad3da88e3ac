"""Who may have something learnt over HTTP."""

from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from api import calibrations
from tests.twin_core.governance.scene import person
from tests.twin_core.simulation.sawmill import sawmill
from twin_core.errors import NotAllowed


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/calibrations", {"line": "holm/mill/boards"}),
        ("/learnings", {"unit": "holm/mill/boards/saw", "hours": 8}),
    ],
)
async def test_who_may_only_look_has_nothing_learnt(path, body):
    """What is learnt is kept, so a viewer is refused before anything is read."""
    app = FastAPI()
    app.include_router(calibrations.router)
    app.state.system = SimpleNamespace(
        plant=sawmill(),
        identity=SimpleNamespace(bearer=lambda _: person("vera", "viewer", sites=("holm",))),
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        with pytest.raises(NotAllowed, match="another role than viewer"):
            await http.post(path, json=body, headers={"Authorization": "Bearer t"})
