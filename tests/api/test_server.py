"""The HTTP door over a whole system: real twin, ledger, gate, assistant; a plant without wires."""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn

from api.locks import Lock
from api.plant_file import read_plant
from api.server import application, listening, serve
from api.settings import Settings
from api.wiring import Parts, build
from evals.inprocess import World
from tests.fakes import InlineCompute
from twin_core.case import Case
from twin_core.errors import DirectoryInUse, StoreDown
from twin_core.governance.policy import Policy
from twin_core.operations.incident import Incident
from twin_core.twin import Quarantine

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = 1_795_340_000_000_000
SITE = "riverside"
PEOPLE = {"vera": "viewer", "olga": "operator", "sam": "supervisor", "erik": "engineer"}


class House:
    """A system on a turned clock, its HTTP client, and a token for each of PEOPLE."""

    def __init__(self, system, world, http, tokens):
        self.system, self.world, self.http, self.tokens = system, world, http, tokens

    def sign(self, user):
        return {"Authorization": f"Bearer {self.tokens[user]}"}

    async def get(self, path, user="olga", **query):
        return await self.http.get(path, params=query, headers=self.sign(user))

    async def post(self, path, body, user="olga", **headers):
        return await self.http.post(path, json=body, headers={**self.sign(user), **headers})

    async def turn(self, seconds):
        """Let plant time pass until belief has settled there."""
        for _ in range(int(seconds // 10)):
            self.world.turn(10)
            target = self.world.clock.plant() - 12_000_000
            for _ in range(500):
                if self.system.pump.snapshot().watermark >= target:
                    break
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(path, start=START, **settings):
    plant = read_plant(Path("plants/riverside.yaml"))
    world = World(plant, seed=3, start=start)
    parts = Parts(
        plant=plant,
        clock=world.clock,
        sources=world.sources,
        sinks={source.id: world.sink for source in plant.sources},
        records=world.records,
        compute=InlineCompute(),
    )
    system = build(Settings(data=path, time_factor=20, time_origin=start, **settings), parts)
    if not system.identity.people():  # else the directory was opened before
        for user, role in PEOPLE.items():
            system.identity.add(user, user.title(), [role], [SITE])
        system.identity.add("mona", "Mona", ["engineer"], ["elsewhere"])
    tokens = {user: system.identity.issue(user) for user in (*PEOPLE, "mona")}
    app = application(system)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield House(system, world, http, tokens)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory):
    async with opened(tmp_path_factory.mktemp("house") / "data") as found:
        await found.turn(60)
        yield found


async def test_health_needs_no_token_and_tells_no_value(house):
    """Anyone may ask whether it lives; nobody learns a reading that way."""
    found = (await house.http.get("/health")).json()
    assert found["ok"]
    assert set(found["parts"]) == {
        "ready", "pump", "ledger", "freeze", "locks", "sources", "wires", "certificates", "history",
        "documents", "local_rules", "slack",
    }  # fmt: skip
    assert set(found["parts"]["wires"]) == {
        s.id for s in house.system.plant.sources if s.kind != "cmms"
    }


async def test_anybody_on_the_floor_freezes_and_a_supervisor_lifts(house):
    """Health shows it; a freeze gives its reason; lifting twice is told."""
    assert (await house.get("/health")).json()["parts"]["freeze"] == "none"
    assert (await house.post("/freeze", {"reason": " "}, "olga")).status_code == 422
    assert (await house.post("/freeze", {"reason": "smoke"}, "vera")).status_code == 403
    told = (await house.post("/freeze", {"reason": "smoke"}, "olga")).json()["frozen"]
    assert told.endswith(": smoke")
    assert (await house.get("/freeze", "vera")).json()["frozen"] == told
    health = (await house.get("/health")).json()
    assert health["parts"]["freeze"] == "everything is frozen", "without names: it needs no token"
    assert (await house.post("/lift", {"reason": "over"}, "olga")).status_code == 403
    assert (await house.post("/lift", {"reason": "over"}, "sam")).json()["frozen"] == ""
    assert (await house.post("/lift", {"reason": "over"}, "sam")).status_code == 409


@pytest.mark.parametrize(
    "path",
    [
        "/state",
        "/indicators",
        "/incidents",
        "/alarms",
        "/alarms/metrics",
        "/proposals",
        "/audit",
        "/trust",
        "/sources",
        "/me",
    ],
)
async def test_every_other_door_needs_a_token_of_the_site(house, path):
    """No token, a wrong one, or one of another site opens nothing."""
    assert (await house.http.get(path)).status_code == 401
    wrong = {"Authorization": "Bearer nonsense"}
    assert (await house.http.get(path, headers=wrong)).status_code == 401
    assert (await house.get(path, "mona")).status_code == 403
    assert (await house.get(path, "vera")).status_code == 200


async def test_the_latest_of_many_points_comes_in_columns(house):
    """What `/state` says of each, in the order asked for; an unknown name is a 404."""
    told = (await house.get("/state")).json()["points"][::7]
    body = {"points": [point["point"] for point in told]}
    columns = (await house.post("/values", body)).json()
    for name in ("value", "time", "status", "state"):
        assert columns[name] == [point[name] for point in told]
    assert (await house.post("/values", {"points": [f"{SITE}/nothing"]})).status_code == 404
    assert (await house.post("/values", {"points": []})).status_code == 422


async def test_state_is_believed_with_quality_and_time(house):
    """A point comes with unit, state and source time."""
    point = house.system.plant.points[0].id
    row = (await house.get("/state", point=point)).json()["points"][0]
    assert row["point"] == point
    assert row["state"] == "good"
    assert row["time"] > START


async def test_an_unknown_point_is_a_404_in_one_sentence(house):
    """A wrong name is told, not guessed."""
    found = await house.get("/state", point="riverside/none")
    assert found.status_code == 404
    assert "There is no point" in found.json()["message"]


async def test_history_comes_in_buckets(house):
    """The past of one point: n buckets, empty ones null."""
    point = house.system.plant.points[1].id
    for _ in range(100):  # history is durable within a second of host time
        found = (await house.get("/history", point=point, minutes=2, n=10)).json()
        if any(value is not None for value in found["mean"]):
            break
        await asyncio.sleep(0.05)
    assert len(found["mean"]) == 10
    assert any(value is not None for value in found["mean"])


@pytest.mark.catches("a trend drawn by a controller's clock")
async def test_history_is_in_plant_time_whatever_a_controllers_clock_says(house):
    """The newest reading of every source, its clock right or off, stands where the twin has it."""
    snapshot = house.system.pump.snapshot()
    assert min(s.offset_us for s in snapshot.sources.values()) < -6_000_000
    for source in snapshot.sources:
        point = next(p.id for p in snapshot.plant.points if p.source == source)
        at = snapshot.latest(point).time / 1e6
        heard: list[float] = []
        for _ in range(100):  # history is durable within a second of host time
            found = (await house.get("/history", point=point, minutes=1, n=60)).json()
            heard = [t for t, n in zip(found["time"], found["count"], strict=True) if n]
            if heard and heard[-1] > at - 5.5:  # the slowest polls every 5 s
                break
            await asyncio.sleep(0.05)
        by_then = house.system.pump.snapshot().latest(point).time / 1e6
        assert at - 5.5 <= heard[-1] <= by_then + 5.5, source


async def test_an_answer_is_json_or_a_stream(house):
    """The same answer comes as JSON, or as progress lines and one answer."""
    body = {"text": "What is the rate of line 2?"}
    plain = (await house.post("/ask", body)).json()
    assert plain["understood"]
    assert plain["evidence"]
    streamed = await house.post("/ask", body, Accept="text/event-stream")
    events = [line[7:] for line in streamed.text.splitlines() if line.startswith("event: ")]
    assert events[-1] == "answer"
    assert "progress" in events[:-1]
    last = json.loads([x for x in streamed.text.splitlines() if x.startswith("data: ")][-1][6:])
    assert last["model"] == plain["model"]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 5000}, {"text": "a", "b": 1}])
async def test_a_question_that_is_none_is_refused_in_a_sentence(house, body):
    """A malformed body is a 422 with what was wrong; never a 500."""
    found = await house.post("/ask", body)
    assert found.status_code == 422
    assert found.json()["message"]


async def test_only_an_engineer_raises_trust_and_it_is_audited(house):
    """The ladder of trust is an engineer's, and the chain says who moved it."""
    step = {"asset": SITE, "step": "act_on_approval", "reason": "commissioned"}
    assert (await house.post("/trust", step, "olga")).status_code == 403
    assert (await house.post("/trust", step, "erik")).json() == {SITE: "act_on_approval"}
    records = (await house.get("/audit")).json()
    assert any(r["actor"] == "erik" and r["subject"] == SITE for r in records)


@pytest.mark.catches("a release of nothing is recorded as an act")
async def test_a_point_that_is_not_in_quarantine_is_not_released(house):
    """There is nothing to release of a point that is believed; that is said, not recorded."""
    point = house.system.plant.points[0].id
    found = await house.post("/releases", {"point": point, "reason": "checked by hand"}, "sam")
    assert found.status_code == 409
    assert found.json()["message"].startswith(f"{point}: it is not in quarantine")
    assert not any(r["kind"] == "released" for r in (await house.get("/audit")).json())


async def test_a_release_is_a_supervisors_and_audited(house, monkeypatch):
    """Believing a point again is decided by a person with the right to, by name."""
    point, snapshot = house.system.plant.points[0].id, house.system.pump.snapshot()
    held = Quarantine(point=point, rule="stuck", since=START, value=1.0, reason="it stands still")
    doubted = replace(snapshot, quarantined={point: held})
    monkeypatch.setattr(house.system.pump, "snapshot", lambda: doubted)
    body = {"point": point, "reason": "checked by hand"}
    assert (await house.post("/releases", body, "olga")).status_code == 403
    assert (await house.post("/releases", body, "sam")).status_code == 200
    assert any(r["kind"] == "released" for r in (await house.get("/audit")).json())


async def test_who_releases_is_policys_to_say(house):
    """A file that lets operators release lets them; the refusal names who may."""
    standing, point = house.system.actuation.standing, house.system.plant.points[0].id
    body = {"point": point, "reason": "checked by hand"}
    refused = await house.post("/releases", body, "olga")
    assert "needed: the role supervisor or the role engineer" in refused.json()["message"]
    shipped = standing.policy
    own = shipped.rules.replace(
        '[Role::"supervisor", Role::"engineer"] && context.kind == Kind::"release"',
        '[Role::"operator"] && context.kind == Kind::"release"',
    )
    standing.policy = Policy(name="own", rules=own)
    try:
        assert (await house.post("/releases", body, "sam")).status_code == 403
        assert (await house.post("/releases", body, "olga")).status_code == 409  # it is believed
    finally:
        standing.policy = shipped


async def test_locks_are_hung_listed_and_taken_off_over_http(house):
    """By name of the asset, one a person; another's needs the right; told in /health."""
    said = {"asset": "line 4", "reason": "belt off"}
    path = f"{SITE}/packaging/line4"
    (one,) = (await house.post("/locks", said)).json()
    assert (one["asset"], one["user"]) == (path, "olga")
    assert one["text"].startswith("by Olga since ")
    assert (await house.get("/locks", "vera")).json() == [one]
    assert (await house.get("/health")).json()["parts"]["locks"] == "1"
    assert (await house.post("/locks", said, "vera")).status_code == 403
    assert (await house.post("/unlocks", said, "erik")).status_code == 409
    assert (await house.post("/unlocks", {**said, "of": "olga"}, "erik")).status_code == 403
    assert (await house.post("/unlocks", {**said, "of": "olga"}, "sam")).json() == []
    assert (await house.get("/health")).json()["parts"]["locks"] == "none"
    records = [r for r in (await house.get("/audit")).json() if r["subject"] == path]
    assert {"locked", "unlocked", "lock_refused"} <= {r["kind"] for r in records}


async def test_a_lock_on_what_the_plant_file_has_no_more_can_be_taken_off(house):
    """By its path; nothing else that is not there is an asset."""
    gone = Lock(asset=f"{SITE}/packaging/gone", user="olga", name="Olga", reason="belt", at=1)
    kept = house.system.actuation.standing.locks._kept
    _, version = await kept.read()
    await kept.put((gone,), version, ("locked", "olga", gone.asset, {}))
    said = {"asset": gone.asset, "reason": "scrapped"}
    assert (await house.post("/unlocks", said)).json() == []
    assert (await house.post("/unlocks", said)).status_code == 422


async def test_a_job_is_reported_over_http(house):
    """Told to people once a supervisor approved; an operator's word closes it."""
    line, plant = f"{SITE}/packaging/line4", house.system.plant
    orders = [order.id for order in plant.orders if order.line == line]
    action = {"kind": "schedule_change", "line": line, "orders": orders[::-1]}
    asked = {"action": action, "title": "Water last", "reason": "fewer changeovers"}
    await house.post("/trust", {"asset": line, "step": "act_on_approval"}, "erik")
    assert (await house.post("/proposals", asked, "vera")).status_code == 403
    wrong = {**asked, "action": {**action, "orders": ["po-0"]}}
    assert "no order" in (await house.post("/proposals", wrong)).json()["message"]
    write = {**asked, "action": {"kind": "write_plan", "steps": []}}
    assert (await house.post("/proposals", write)).status_code == 422
    name = (await house.post("/proposals", asked)).json()["proposal"]
    whole = (await house.get(f"/proposals/{name}")).json()["proposal"]
    assert whole["requester"] == {"user": "olga", "through": "api"}
    assert whole["draft"]["evidence"][0]["origin"] == "Olga"
    await house.post(f"/proposals/{name}/decisions", {"meaning": "approved"}, "sam")
    await house.system.actuation.idle()
    assert (await house.get(f"/proposals/{name}")).json()["stage"] == "acked"
    path, said = f"/proposals/{name}/reports", {"became": "done", "reason": "entered"}
    assert (await house.post(path, {**said, "became": "perhaps"})).status_code == 422
    assert (await house.post(path, said, "vera")).status_code == 403
    assert (await house.post(path, said)).json()["state"] == "effect_seen"
    assert (await house.post(path, said)).status_code == 409


async def test_a_cause_is_confirmed_through_the_gate_into_the_casebook(house):
    """Approved by an engineer; what the wiring gives it reaches casebook and library."""
    book, plant = house.system.casebook, house.system.plant
    unit = next(iter(plant.units))
    await book.confirm(
        Case(incident=Incident(
            id="in-0f0f0f0f", kind="stopped", subject=unit, line=None, opened=START, severity=1,
            statement="It stood.", opened_by=(),
        )),
        "olga",
    )  # fmt: skip
    action = {"kind": "confirm_cause", "incident": "in-0f0f0f0f", "asset": unit}
    asked = {"action": action, "title": "It was that", "reason": "seen by two"}
    name = (await house.post("/proposals", asked)).json()["proposal"]
    await house.post(f"/proposals/{name}/decisions", {"meaning": "approved"}, "erik")
    await house.system.actuation.idle()
    assert (await house.get(f"/proposals/{name}")).json()["stage"] == "verified"
    kept = book.case("in-0f0f0f0f")
    assert (kept.asset, kept.confirmed_by, kept.words) == (unit, "Erik", "seen by two")


async def test_the_past_is_amended_by_an_engineer_and_audited(house):
    """The amended value is believed, the person stands in the audit, the log keeps what came."""
    await house.turn(120)
    snapshot = house.system.pump.snapshot()
    point = next(p for p in snapshot.plant.points if p.spec.role == "product")
    index = snapshot.plant.index[point.id]
    rows = snapshot.recent
    span = {"start": int(rows.time[-8]), "end": int(rows.time[-4]), "reason": "wrong recipe number"}
    body = {"point": point.id, "value": 7.0, **span}
    assert (await house.post("/amendments", body, "sam")).status_code == 403
    found = await house.post("/amendments", body, "erik")
    assert found.status_code == 202
    for _ in range(2000):
        recent = house.system.pump.snapshot().recent
        mean = recent.mean[recent.span(span["start"], span["end"]), index]
        if (mean == 7.0).all() and not house.system.pump.amending:
            break
        await asyncio.sleep(0.01)
    assert (mean == 7.0).all()
    records = (await house.get("/audit")).json()
    assert any(r["kind"] == "amended" and r["actor"] == "erik" for r in records)
    kept = await house.system.historian.raw([index], span["start"], span["end"])
    assert not (kept.value == 7.0).any()
    assert (await house.get("/health")).json()["parts"]["pump"] == "running"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": 2**52}, "not settled yet"),
        ({"start": 2**52}, "not before the end"),
        ({"value": 1e9}, "outside 0 to 1200"),
        ({"point": None}, "of which point"),
    ],
)
async def test_an_amendment_that_cannot_be_is_told_why(house, change, said):
    point = "riverside/packaging/line1/filler/speed"
    body = {"point": point, "start": START, "value": 300.0, "reason": "because", **change}
    found = await house.post("/amendments", body, "erik")
    assert found.status_code == 422
    assert said in found.text


async def test_the_chain_can_be_verified_over_the_door(house):
    """The verification counts the records and names the head."""
    await house.post("/trust", {"asset": SITE, "step": "advise"}, "erik")
    found = (await house.get("/audit/verification")).json()
    assert found["records"] >= 1
    assert len(found["head"]) == 64


@pytest.mark.parametrize(
    ("path", "body", "user"),
    [
        ("/proposals/p-1/decisions", {"meaning": "rejected"}, "sam"),
        ("/proposals/p-1/decisions", {"meaning": "rejected", "reason": " "}, "sam"),
        ("/trust", {"asset": " ", "step": "observe"}, "erik"),
        ("/trust", {"asset": "line 4", "step": "fly"}, "erik"),
        ("/releases", {"point": "a/b/c/d/e", "reason": "as\0told"}, "sam"),
        ("/releases", {"point": "../x", "reason": "y"}, "sam"),
        ("/releases", {"point": "a/b/c/d/e", "reason": " "}, "sam"),
        ("/amendments", {"start": 1, "end": 2, "reason": " "}, "erik"),
    ],
)
async def test_a_body_that_cannot_be_is_a_422(house, path, body, user):
    """Who rejects, releases or amends says why; a path is a path; never a 500."""
    assert (await house.post(path, body, user)).status_code == 422


async def test_trust_is_set_by_name_and_told_by_path(house):
    """As every other command takes assets; what there is not is not found, several are asked of."""
    for said, path in (("line 4", f"{SITE}/packaging/line4"), (f"{SITE}/packaging", None)):
        told = (await house.post("/trust", {"asset": said, "step": "advise"}, "erik")).json()
        assert told[path or said] == "advise"
    assert (
        await house.post("/trust", {"asset": "xyzzy", "step": "advise"}, "erik")
    ).status_code == 404
    several = await house.post("/trust", {"asset": "filler", "step": "advise"}, "erik")
    assert several.status_code >= 400
    assert "Filler 1" in several.text


async def test_an_index_beyond_all_records_is_a_422(house):
    """A number no store can hold is refused at the door."""
    assert (await house.get("/audit", start=10**23)).status_code == 422


async def test_the_page_that_tells_the_api_needs_nothing_from_outside(house):
    """All that `/docs` loads is served here: a plant's network reaches no public server."""
    page = await house.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    assert len(loaded) >= 3
    for path in loaded:
        assert path.startswith("/")
        assert (await house.get(path)).status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text


async def test_a_door_that_is_not_there_is_a_sentence(house):
    """An unknown route or method is told in the same form as any other error."""
    found = await house.get("/proposal")
    assert found.status_code == 404
    assert found.json()["message"] == "GET /proposal: not found; /docs tells what there is."
    assert (await house.get("/ask")).json()["message"].startswith("GET /ask: method not allowed")


async def test_what_breaks_inside_is_a_sentence_and_no_trace(house, monkeypatch):
    """A bug is a 500 with one sentence; what it was stands in the log only."""

    def broken(_asker):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(house.system, "view_for", broken)
    transport = httpx.ASGITransport(app=application(house.system), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        found = await http.get("/history", params={"point": "x"}, headers=house.sign("olga"))
    assert found.status_code == 500
    assert found.json()["message"] == "Something broke inside the server; its log says what."


@pytest.mark.catches("a damaged store that ends in a traceback")
async def test_what_keeps_the_system_from_starting_is_raised_without_a_trace(capsys):
    """`serve` raises the error that says why; nothing is logged beside it."""

    class Damaged:
        @asynccontextmanager
        async def running(self):
            for _ in range(1):
                raise StoreDown("ledger", "file is not a database")
            yield

    damaged: Any = Damaged()
    with listening("127.0.0.1", 0) as door, pytest.raises(StoreDown, match="not a database"):
        await asyncio.to_thread(serve, damaged, door)
    assert capsys.readouterr().err == ""


@pytest.mark.catches("a screen that looks on and holds up every stop for five seconds")
async def test_a_stream_of_changes_ends_when_the_server_is_told_to_stop(house, monkeypatch):
    """What was asked to stop does not wait for those who only look."""
    told = []

    def run(server, **_given):
        told.append(server.config.app.state.leaving())
        server.should_exit = True
        told.append(server.config.app.state.leaving())

    monkeypatch.setattr(uvicorn.Server, "run", run)
    with listening("127.0.0.1", 0) as door:
        serve(house.system, door)
    assert told == [False, True]
    monkeypatch.setattr(house.http._transport.app.state, "leaving", lambda: True)
    body = {"points": ["riverside/packaging/line1/filler/speed"]}
    async with asyncio.timeout(5):
        assert (await house.post("/values/changes", body)).status_code == 200


async def test_an_unknown_proposal_is_a_404(house):
    """Deciding about nothing is told."""
    body = {"meaning": "approved"}
    assert (await house.post("/proposals/p-none/decisions", body, "sam")).status_code == 404


async def test_a_second_server_on_the_same_data_is_refused(house):
    """One process owns the data directory."""
    with pytest.raises(DirectoryInUse):
        async with house.system.running():
            pass


async def test_an_answer_called_wrong_waits_for_who_may_confirm(house):
    """Kept with its question; nothing is confirmed by saying so; a viewer cannot."""
    said = {"words": "no, it was the capper on line 4, its torque was set too low"}
    assert (await house.post("/disputes", said, "sam")).status_code == 422
    asked = {"text": "What is the rate of line 4?", "thread": "d1"}
    assert (await house.post("/ask", asked)).status_code == 200
    assert (await house.post("/disputes", said, "vera")).status_code == 403
    kept = (await house.post("/disputes", said)).json()
    assert kept["question"] == asked["text"]
    assert kept["proposal"] == ""
    assert "no incident" in kept["lacking"]
    assert (await house.get("/disputes")).json()[-1]["words"] == said["words"]


async def test_words_come_before_the_answer_and_are_its_text(house):
    """Events `words` in order are the text of the one `answer`, which tells what it cost."""
    body = {"text": "What is the rate of line 2?"}
    streamed = await house.post("/ask", body, Accept="text/event-stream")
    told = re.findall(r"event: (\w+)\ndata: (.*)\n", streamed.text)
    words = "".join(json.loads(data)["text"] for event, data in told if event == "words")
    answer = json.loads(told[-1][1])
    assert words == answer["text"]
    assert [event for event, _ in told].index("words") > 0
    assert answer["spent"]["calls"] == 1
    assert answer["spent"]["steps"] == 2
    assert answer["spent"]["cost"] is None


async def test_a_conversation_is_continued_by_its_name_and_by_nobody_else(house):
    """The name an answer tells is the one to go on with; another person begins anew with it."""
    first = (await house.post("/ask", {"text": "What is the rate of line 2?"})).json()
    body = {"text": "and line 3?", "thread": first["thread"]}
    follows = (await house.post("/ask", body)).json()
    assert len(follows["evidence"]) == 1, "the rate, as before"
    other = (await house.post("/ask", body, "vera")).json()
    assert len(other["evidence"]) > 1, "the whole state: she had not asked for a rate"
