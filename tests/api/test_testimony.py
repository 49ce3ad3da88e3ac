"""What people report, over HTTP and the command line: a real twin behind the door."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.casebook import Casebook
from api.identity import Identity
from api.server import application
from api.sight import SiteView
from tests.api.through import through
from tests.fakes import FakeClock, FakeForecaster, FakeHistorian, FakeLedger, FakeWorkRecords
from tests.twin_core.lived import START, living
from tests.twin_core.plant_fixture import BAG, LINE, OVEN
from twin_core.diagnosis.cause import Cause
from twin_core.diagnosis.diagnose import diagnose
from twin_core.value import SECOND

PEOPLE = {"vera": "viewer", "olga": "operator", "sam": "supervisor", "pia": "pusher"}
HELD = 11


async def _none(*_):
    return ()


def _well(snapshot, subject, span_s):
    return diagnose(snapshot, subject, span_s, 1)


class Door:
    """The application over a bakery whose bagger stood twice, and a token for each of PEOPLE."""

    def __init__(self, path):
        twin, self.now = living([(BAG, 60, 240, HELD), (BAG, 400, 500, HELD)])
        self.ledger = FakeLedger(FakeClock(plant=self.now))
        self.book, self.asked = Casebook(self.ledger), FakeForecaster(diagnose=_well)
        self._snapshot = lambda: twin.snapshot(self.now)
        self.identity = Identity(path / "identity.db", self.ledger.clock.ledger)
        for user, role in PEOPLE.items():
            self.identity.add(user, user.title(), [role], ["northmill"])
        self.tokens = {user: self.identity.issue(user) for user in PEOPLE}
        pump = SimpleNamespace(snapshot=self._snapshot)
        system: Any = SimpleNamespace(
            identity=self.identity, plant=twin.plant, pump=pump, ledger=self.ledger,
            clock=self.ledger.clock, casebook=self.book, forecaster=self.asked,
            records=FakeWorkRecords(), view_for=self._view, actuation=SimpleNamespace(damage=""),
        )  # fmt: skip
        self.system, self.http = system, TestClient(application(system))

    def _view(self, asker):
        none = FakeHistorian(), _none, _none
        return SiteView(asker, self._snapshot, *none, self.book)

    def get(self, path, user="vera", **query):
        return self.http.get(path, params=query, headers=self._as(user))

    def post(self, path, user="olga", **body):
        return self.http.post(path, json=body, headers=self._as(user))

    def say(self, words, user="olga", **more):
        return self.post("/testimony", user, words=words, **more)

    def _as(self, user):
        return {"Authorization": f"Bearer {self.tokens[user]}"}


@pytest.fixture
def door(tmp_path):
    found = Door(tmp_path)
    yield found
    found.identity.close()


def test_a_report_is_kept_in_the_name_of_who_made_it_and_audited(door):
    """With what was understood; plant time, and the words as they were said."""
    told = door.say("that was us, reel change", asset=BAG).json()
    (one,) = told["understood"]
    assert (one["kind"], one["asset"], one["act"]) == ("planned", BAG, "reel change")
    assert (one["who"], one["said"], one["words"]) == ("Olga", door.now, "that was us, reel change")
    assert one["meaning"].startswith("planned: reel change at")
    assert told["question"] == ""
    record = door.ledger.chain[-1][0]
    assert (record.kind, record.actor, record.subject) == ("testimony", "olga", BAG)
    assert door.get("/testimony").json()["testimony"] == [one]


def test_who_names_no_machine_means_the_one_that_stood_lately(door):
    """The only one of which nobody has said why."""
    (one,) = door.say("reel change").json()["understood"]
    assert one["asset"] == BAG


def test_what_is_not_understood_is_kept_as_words_and_asked_back(door):
    """In one sentence."""
    told = door.say("oh dear").json()
    assert [one["kind"] for one in told["understood"]] == ["noted"]
    assert told["question"].startswith("Kept as words")
    assert len(door.book.testimony()) == 1


@pytest.mark.parametrize("user", ["vera", "pia"])
def test_who_may_not_report_leaves_no_trace(door, user):
    """A viewer reads; a machine that pushes readings says nothing for people."""
    assert door.say("reel change", user, asset=BAG).status_code == 403
    assert door.ledger.chain == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"words": "  "}, 422),
        ({"words": "reel\0change"}, 422),
        ({"words": "reel \x1b[2Jchange"}, 422),
        ({"words": "cleaning", "asset": "xyzzy"}, 404),
        ({"words": "cleaning", "who": "Sam"}, 422),
        ({"words": "cleaning from 25:00 to 26:00", "asset": "bagger"}, 422),
    ],
)
def test_a_report_that_cannot_be_is_refused(door, body, status):
    """Nobody names another as the one who says it."""
    assert door.post("/testimony", **body).status_code == status
    assert door.book.testimony() == ()


def test_stops_wait_for_their_reasons_and_take_one_tap(door):
    """Listed newest first with options; given, it is told with the name, and waits no more."""
    second, first = door.get("/stops").json()["stops"]
    assert [s["machine"] for s in (second, first)] == [BAG, BAG]
    assert round((first["start"] - START) / SECOND) == 60
    option = first["options"][1]
    given = door.post(f"/stops/{first['id']}/reasons", option=option["id"]).json()
    assert (given["reason"], given["who"]) == (option["text"], "Olga")
    assert [s["id"] for s in door.get("/stops").json()["stops"]] == [second["id"]]
    assert len(door.get("/stops", every=True).json()["stops"]) == 2
    assert door.book.testimony()[0].stop == first["id"]


def test_a_reason_in_words_is_understood_or_kept(door):
    """Of that stop and its time, whatever the words name."""
    second, first = door.get("/stops").json()["stops"]
    door.post(f"/stops/{first['id']}/reasons", words="cleaning")
    door.post(f"/stops/{second['id']}/reasons", words="guard door, forklift")
    told = door.get("/stops", every=True).json()["stops"]
    assert [s["reason"] for s in told] == ["guard door, forklift", "cleaning"]


def test_an_option_is_good_for_its_own_stop_alone(door):
    """Taken from another stop it is refused, as is an unknown stop."""
    second, first = door.get("/stops").json()["stops"]
    wrong = door.post(f"/stops/{first['id']}/reasons", option=second["options"][0]["id"])
    assert wrong.status_code == 404
    assert door.post("/stops/st-00000000/reasons", words="cleaning").status_code == 404
    assert door.post(f"/stops/{first['id']}/reasons").status_code == 422
    assert door.book.testimony() == ()


def test_reasons_stand_in_the_report(door):
    """How long was lost to what; without a reason, that too."""
    _, first = door.get("/stops").json()["stops"]
    door.post(f"/stops/{first['id']}/reasons", words="cleaning")
    lost = door.get("/reports", asset=LINE, span="last hour").json()["reasons"]
    assert [(one["reason"], one["stops"]) for one in lost] == [("cleaning", 1), ("", 1)]
    assert [round(one["seconds"]) for one in lost] == [180, 100]
    assert door.get("/reports", asset=OVEN, span="last hour").json()["reasons"] == []


@pytest.fixture
def shell(door, monkeypatch):
    """Runs a command as olga against the door; returns what it printed."""
    return through(door, monkeypatch)


def test_the_command_line_says_and_gives_reasons(shell, door):
    """`say`, `stops`, and a reason by its number or in words."""
    listed = shell("stops")
    _, first = door.get("/stops").json()["stops"]
    assert first["id"] in listed
    second = first["options"][1]
    assert f"    {second['number']:>2}  {second['text']}" in listed
    assert f"{second['text']}, says Olga" in shell("stops", first["id"], str(second["number"]))
    told = shell("say", "cleaning", "--asset", BAG)
    assert "Understood of Olga: planned: cleaning at Bagger 1, of 06-15 17:13:40" in told
    assert "It explains a stop of Bagger 1" in told
    assert "Taken to be of the stop of Bagger 1 from 17:13 to 17:15." in told
    assert "multiplies the odds" in shell("say", "the bagger was it again")
    assert ", of 0" in shell("say", "cleaning 10 min ago", "--asset", BAG)
    assert "No stop waits" in shell("stops", "--asset", OVEN)
    assert "which machine" in shell("say", "oh dear")


def test_a_reason_is_mended_on_the_command_line(shell, door):
    """A stop alone shows what may be said of it, with a reason too; nothing else is passed over."""
    _, first = door.get("/stops").json()["stops"]
    one, two = (str(option["number"]) for option in first["options"][:2])
    shell("stops", first["id"], one)
    assert first["options"][1]["text"] in shell("stops", first["id"])
    assert f"{first['options'][1]['text']}, says Olga" in shell("stops", first["id"], two)
    assert "is not offered; allowed: " in shell("stops", first["id"], "99")
    assert "²" in shell("stops", first["id"], "²")
    assert "is no id of a stop" in shell("stops", "", one)


def test_what_it_was_not_leaves_a_stop_without_its_reason(door):
    """It is kept; the stop still waits. Of several things said the one that says most is taken."""
    _, first = door.get("/stops").json()["stops"]
    told = door.post(f"/stops/{first['id']}/reasons", words="it was not the motor").json()
    assert (told["reason"], len(door.book.testimony())) == (None, 1)
    assert told["options"]
    told = door.post(f"/stops/{first['id']}/reasons", words="not the motor, cleaning").json()
    assert told["reason"] == "cleaning"


@pytest.mark.parametrize("path", ["/stops", "/testimony"])
def test_an_asset_is_asked_about_as_people_call_it(door, path):
    """What there is not is refused, lest nothing found be taken for nothing there."""
    door.say("cleaning 1 min ago", asset=OVEN)
    (kind,) = (key for key in door.get(path).json() if key.strip("/") == path.strip("/"))
    by_name, by_path = (door.get(path, asset=said).json()[kind] for said in ("bagger", BAG))
    assert by_name == by_path
    assert door.get(path, asset="xyzzy").status_code == 404


def test_what_came_again_and_why_are_asked_for_over_http(door):
    """A diagnosis of now and of a moment, with its evidence by id; what has no asset is refused."""
    found = door.get("/diagnoses", asset=LINE).json()
    assert found["subject"] == LINE
    assert {e["id"] for e in found["evidence"]} >= {
        i for c in found["causes"] for i in (*c["supports"], *c["contradicts"])
    }
    door.get("/diagnoses", asset=LINE, at="1 min ago")
    assert door.asked.moments == [None, door.now - 60 * SECOND]
    assert door.get("/diagnoses", asset="xyzzy").status_code == 404
    assert door.get("/diagnoses", asset=LINE, at="tomorrow").status_code == 422
    assert door.get("/diagnoses", incident="in-00000000").status_code == 404
    assert door.get("/diagnoses").status_code == 422
    assert door.get("/diagnoses", asset=LINE, incident="in-00000000").status_code == 422
    assert "Nothing came back" in door.get("/recurring").json()["lines"][0]


def test_why_tells_rivals_from_second_causes_and_what_would_settle_them(door, monkeypatch):
    """Each with since when and how surely, along which way, and what speaks for it and against."""
    first = Cause(
        asset=OVEN, name="burner fouled at oven", onset=door.now - 300 * SECOND, onset_s=45,
        path=(OVEN, BAG), probability=0.94, settle="Look at the burner.",
    )  # fmt: skip
    rest = (
        {"name": "film torn", "asset": BAG, "probability": 0.53, "beside": True, "path": (BAG,)},
        {"name": "fan worn", "probability": 0.04, "onset_s": 600.0, "settle": "Feel the fan."},
        {"name": "knife blunt", "probability": 0.02, "beside": True, "settle": ""},
    )

    def found(snapshot, subject, span_s):
        several = (first, *(first.model_copy(update=one) for one in rest))
        well = _well(snapshot, subject, span_s)
        return well.model_copy(update={"verdict": "cause", "causes": several})

    door.asked = FakeForecaster(diagnose=found)
    door.system.forecaster = door.asked
    assert door.get("/diagnoses", asset=LINE).json()["causes"][0]["way"][1].startswith("bagger")
    told = through(door, monkeypatch)("why", LINE).splitlines()
    rows = [line.strip() for line in told if "%  " in line]
    assert rows == [
        "94 %  burner fouled at oven",
        "53 %  a second cause beside the first: film torn",
        "4 %  or instead of the first: fan worn",
        "2 %  or, as the second cause: knife blunt",
    ]
    text = "\n".join(told)
    for said in ("(± 45 s); acts along oven", "→ bagger", "(± 10 min)", "? Look at the burner."):
        assert said in text
    assert text.count("? ") == 3


def test_weights_are_told_with_their_version(door):
    """Without a confirmed incident nothing is moved."""
    found = door.get("/weights").json()
    assert (found["confirmed"], found["gains"]) == ({}, [])
