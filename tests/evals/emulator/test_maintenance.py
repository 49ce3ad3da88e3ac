import asyncio
import json

import httpx
import pytest

from evals.emulator.crew import Crew
from evals.emulator.maintenance import MaintenanceSystem
from evals.emulator.standin import StandIn
from tests.evals.emulator.riverside import LINE4, calm, plant


@pytest.fixture
async def cmms():
    standin = StandIn(plant(), 3, calm())
    system = MaintenanceSystem(Crew(standin), 0)
    await system.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{system.port}") as http:
        yield http
    await system.stop()


ORDER = {"key": "p-1/0", "asset": f"{LINE4}/filler", "task": "Look.", "failure_mode": None}


async def test_an_order_is_created_once_and_read_back(cmms):
    """201 and a number; the same key again: 200 and the same number."""
    first = await cmms.post("/workorders", json=ORDER)
    again = await cmms.post("/workorders", json=ORDER)
    assert (first.status_code, again.status_code) == (201, 200)
    reference = first.json()["reference"]
    assert again.json()["reference"] == reference
    assert (await cmms.get(f"/workorders/{reference}")).json()["status"] == "open"


async def test_orders_are_found_by_asset_and_by_key(cmms):
    """Orders of an asset include those of everything below it."""
    await cmms.post("/workorders", json=ORDER)
    assert len((await cmms.get("/workorders", params={"asset": LINE4})).json()) == 1
    assert (await cmms.get("/workorders", params={"asset": "riverside/utilities"})).json() == []
    assert len((await cmms.get("/workorders", params={"key": "p-1/0"})).json()) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"key": "a"}, 400),
        ({**ORDER, "asset": "riverside/nowhere"}, 400),
        ({**ORDER, "colour": "red"}, 400),
    ],
)
async def test_a_bad_order_is_refused_in_one_sentence(cmms, body, status):
    """What is missing or unknown is named."""
    reply = await cmms.post("/workorders", content=json.dumps(body))
    assert reply.status_code == status
    assert "error" in reply.json()


@pytest.mark.parametrize("size", ["-1", "2²", "9" * 5000])
async def test_a_length_that_is_no_length_is_refused(cmms, size):
    """400, and the server lives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", cmms.base_url.port)
    writer.write(f"POST /workorders HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode("latin-1"))
    assert b" 400 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert (await cmms.get("/workorders")).json() == []


async def test_other_requests_get_their_status(cmms):
    """404 for what is not there, 405 for what is not offered."""
    assert (await cmms.get("/workorders/wo-9999")).status_code == 404
    assert (await cmms.get("/elsewhere")).status_code == 404
    assert (await cmms.delete("/workorders")).status_code == 405
