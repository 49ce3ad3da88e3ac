"""What people do about alarms, over HTTP and the command line: a real twin behind the door."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.casebook import Casebook
from api.identity import Identity
from api.server import application
from tests.api.through import through
from tests.fakes import FakeClock, FakeLedger
from tests.twin_core.lived import living
from tests.twin_core.plant_fixture import BAG, LINE, OVEN
from twin_core.value import SECOND

TEMPERATURE, CURRENT = f"{OVEN}/temperature", f"{BAG}/motor_current"
PEOPLE = {"vera": "viewer", "olga": "operator", "sam": "supervisor", "erik": "engineer"}


class Pump:
    """One twin; an edit is settled at once, as plant time goes on for two minutes."""

    def __init__(self, twin, now, clock):
        self.twin, self.now, self.clock, self.edits = twin, now, clock, []

    def snapshot(self):
        return self.twin.snapshot(self.now)

    async def edit(self, edit):
        self.edits.append(edit)
        self.twin.edit(edit, self.now)
        self.pass_time(120)

    def pass_time(self, seconds):
        """Nothing is heard: every source is lost, and time goes on."""
        self.now += seconds * SECOND
        self.clock.turn(seconds)
        self.twin.tick(self.now)


class Door:
    """The application over a bakery whose oven is hot, and a token for each of PEOPLE."""

    def __init__(self, path):
        twin, now = living(hot=[(60, 9999)], minutes=4)
        self.clock = FakeClock(plant=now)
        self.pump = Pump(twin, now, self.clock)
        self.ledger = FakeLedger(self.clock)
        self.identity = Identity(path / "identity.db", self.clock.ledger)
        for user, role in PEOPLE.items():
            self.identity.add(user, user.title(), [role], ["northmill"])
        self.tokens = {user: self.identity.issue(user) for user in PEOPLE}
        system: Any = SimpleNamespace(
            identity=self.identity, plant=twin.plant, pump=self.pump, ledger=self.ledger,
            clock=self.clock, casebook=Casebook(self.ledger), actuation=SimpleNamespace(damage=""),
        )  # fmt: skip
        self.http = TestClient(application(system))

    def get(self, path, user="vera", **query):
        return self.http.get(path, params=query, headers=self._as(user))

    def act(self, act, user="olga", **body):
        body = {"act": act, "point": TEMPERATURE, **body}
        return self.http.post("/alarms/acts", json=body, headers=self._as(user))

    def states(self):
        return {(a["point"], a["side"]): a["state"] for a in self.get("/alarms").json()["alarms"]}

    def records(self):
        return [(r.kind, r.actor, r.subject) for r, _ in self.ledger.chain]

    def _as(self, user):
        return {"Authorization": f"Bearer {self.tokens[user]}"}


@pytest.fixture
def door(tmp_path):
    found = Door(tmp_path)
    yield found
    found.identity.close()


HOT = (TEMPERATURE, "high")


def test_an_alarm_is_acknowledged_by_who_may_and_stands_in_the_audit_trail(door):
    assert door.states() == {HOT: "unacknowledged"}
    refused = door.act("acknowledge", "vera")
    assert refused.status_code == 403
    assert "operator or supervisor or engineer" in refused.json()["message"]
    assert door.act("acknowledge").status_code == 200
    assert door.states() == {HOT: "acknowledged"}
    assert door.records() == [("alarm_acknowledged", "olga", TEMPERATURE)]


def test_an_act_that_the_standard_does_not_have_from_that_state_is_a_conflict(door):
    found = door.act("unshelve", reason="x")
    assert found.status_code == 409
    assert "high is unacknowledged; unshelve is possible from: shelved" in found.json()["message"]
    none = door.act("acknowledge", point=f"{BAG}/speed")
    assert "the plant file gives it no alarm limit" in none.json()["message"]
    assert door.records() == []
    assert door.pump.edits == []


def test_a_shelf_has_an_end_a_reason_and_a_maximum_and_ends_by_itself(door):
    assert door.act("shelve", minutes=10).status_code == 422
    assert door.act("shelve", reason="x").status_code == 422
    far = door.act("shelve", minutes=1440, reason="x")
    assert far.status_code == 422
    assert "480" in far.json()["message"]
    until = door.act("shelve", minutes=3, reason="probe", side="high").json()["until"]
    (alarm,) = door.get("/alarms").json()["alarms"]
    assert (alarm["state"], alarm["by"], alarm["why"]) == ("shelved", "olga", "probe")
    assert alarm["until"] == until
    door.pump.pass_time(200)
    assert door.states() == {HOT: "unacknowledged"}


def test_out_of_service_is_a_supervisors_and_lasts_until_it_is_brought_back(door):
    assert door.act("remove", reason="x").status_code == 403
    assert door.act("remove", "sam", reason="sensor out", side="high").status_code == 200
    door.pump.pass_time(3600)
    assert door.states() == {HOT: "out_of_service"}
    assert door.act("restore", "erik", reason="back in", side="high").status_code == 200
    assert [kind for kind, _, _ in door.records()] == ["alarm_removed", "alarm_restored"]
    assert door.states() == {HOT: "unacknowledged"}


def test_the_metrics_of_a_span_stand_beside_the_standards_targets(door):
    found = door.get("/alarms/metrics", span="last 10 min").json()
    assert found["alarms"] == 1
    assert found["target"] == {"low": 0.8, "medium": 0.15, "high": 0.05}
    assert found["worst"] == [{"point": TEMPERATURE, "count": 1, "share": 1.0}]
    assert door.get("/alarms/metrics", span="whenever").status_code == 422


def test_what_is_missing_of_an_act_is_said_without_the_words_of_a_library(door):
    body = {"act": "shelve", "point": TEMPERATURE, "reason": "x"}
    headers = {"Authorization": f"Bearer {door.tokens['sam']}"}
    told = door.http.post("/alarms/acts", json=body, headers=headers).json()["message"]
    assert told == "body: to shelve takes minutes, and nothing else does."


@pytest.mark.catches("“No alarm.” said of a machine that was misspelt")
def test_an_asset_that_is_not_there_is_not_one_without_alarms(door):
    """A name that nothing bears is a 404 with the nearest; the site, a line, a point are assets."""
    for route in ("/alarms", "/alarms/metrics"):
        wrong = door.get(route, asset=f"{OVEN}x")
        assert wrong.status_code == 404
        assert OVEN in wrong.json()["message"]
        for asset in ("", "northmill", LINE, OVEN, TEMPERATURE):
            assert door.get(route, asset=asset).status_code == 200


def test_an_incident_comes_with_its_timeline_and_an_unknown_one_is_a_404(door):
    name = door.get("/incidents").json()["incidents"][0]["id"]
    found = door.get(f"/incidents/{name}").json()
    assert [e["kind"] for e in found["timeline"] if e["subject"] == TEMPERATURE] == [
        "reading", "alarm", "opened",
    ]  # fmt: skip
    assert found["part_of"] is None
    missing = door.get("/incidents/in-00000000")
    assert missing.status_code == 404
    assert name in missing.json()["message"]


def test_a_report_is_cut_to_what_is_remembered_and_says_what_was_asked(door):
    found = door.get("/reports", asset=LINE, span="last hour").json()
    assert found["start"] > found["asked"]["start"]
    assert found["availability"] == pytest.approx(1.0)
    assert found["oee"] is None
    assert door.get("/reports", asset="northmill/none/none").status_code == 404
    assert door.get("/reports", asset=LINE, span="yesterday").status_code == 422


@pytest.fixture
def said(door, monkeypatch):
    """Runs a command as olga against the door; returns what it printed."""
    return through(door, monkeypatch)


def test_the_terminal_lists_shelves_and_acknowledges(said):
    assert "260 °C, unacknowledged" in said("alarms")
    assert max(map(len, said("alarms").splitlines())) <= 80
    assert f"{TEMPERATURE}: acknowledge" in said("alarms", "ack", TEMPERATURE)
    assert "acknowledged" in said("alarms")
    told = said("alarms", "shelve", TEMPERATURE, "--side", "high", "--minutes", "5",
                "--reason", "probe")  # fmt: skip
    assert "shelve until 06-15" in told
    assert "shelved by olga until 06-15" in said("alarms")
    assert f"{TEMPERATURE}: unshelve" in said("alarms", "unshelve", TEMPERATURE, "--reason", "x")
    assert "may not remove" in said("alarms", "remove", TEMPERATURE, "--reason", "x")
    assert "allowed: low, high" in said("alarms", "ack", TEMPERATURE, "--side", "left")
    assert "ten worst points  100.0 %" in said("alarms", "metrics", "--span", "last hour")


def test_the_terminal_prints_an_incident_and_a_report(said, door):
    name = door.get("/incidents").json()["incidents"][0]["id"]
    told = said("incident", name)
    assert "still open" in told
    assert "raised, now unacknowledged" in told
    assert "There is no incident" in said("incident", "in-00000000")
    assert "is not an id" in said("incident", "../x")
    report = said("report", LINE, "--span", "last hour")
    assert "availability      100.0 %" in report
    assert "no shifts, so no planned time and no OEE" in report
    assert "MTBF, MTTR        none, none" in report
