"""The audit trail as people get it: rows by name and value, a file that proves itself, routes."""

import asyncio
import csv
import io
import json
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.audit_file import FIELDS, csv_lines, plain, row, verify_export
from api.server import application
from api.settings import Settings
from api.verifying import lines
from api.wiring import build, verify_file
from tests.api.house import House, parts
from tests.fakes import FakeSource
from tests.twin_core.governance.scene import PLANT
from twin_core.errors import BadInput, ChainBroken, WitnessBroken
from twin_core.governance.audit import EMPTY, GENESIS, link, verify


async def approved():
    """The chain of one write that was proposed, approved and done, and its proposals."""
    house = await House().open()
    await house.approved()
    chain = house.ledger.chain
    await house.actuation.close()
    handed = {r.subject: r.body["proposal"] for r, _ in chain if r.kind == "submitted"}
    return chain, handed


async def test_a_row_says_who_by_name_what_it_meant_why_and_old_and_new():
    """The row of a signature has its name, meaning, reason, both clocks, values with unit."""
    chain, handed = await approved()
    rows = [row(record, stored, "Europe/Berlin", handed) for record, stored in chain]
    (signed,) = [one for one in rows if one["kind"] == "approved"]
    assert {name: signed[name] for name in FIELDS if name not in {"hash", "digest"}} == {
        "index": 6,
        "time": "2023-11-14T22:13:20.000000+00:00",
        "local_time": "2023-11-14T23:13:20.000000+01:00",
        "kind": "approved",
        "actor": "sam",
        "name": "Sam",
        "meaning": "approved",
        "reason": "because",
        "subject": "p-00000001",
        "title": "Raise the speed",
        "asset": "site/area/line/filler/speed_setpoint",
        "old": "400",
        "new": "480",
        "unit": "{bottle}/min",
        "result": "",
    }
    assert [one["result"] for one in rows if one["kind"] == "verified"] == ["verified"]
    (raised,) = [one for one in rows if one["kind"] == "trust"]
    assert (raised["asset"], raised["old"], raised["new"]) == ("site", "observe", "act_on_approval")


@pytest.mark.catches("a reason that a spreadsheet calculates")
@pytest.mark.parametrize(
    "text", ['=HYPERLINK("x")', "+1+2", "-1-cmd", "@sum", "\t=1", "＝1", "\r=1"]
)
def test_no_cell_is_a_formula(text):
    """What would begin a formula stands behind an apostrophe; a negative number stays one."""
    body = {"reason": text, "from": -5.5, "to": "-6"}
    record, stored, _ = link(EMPTY, at=0, kind="k", actor=text, subject=text, body=body)
    page = csv_lines([row(record, stored, "UTC", {})], head=True)
    head, cells = csv.reader(io.StringIO(page, newline=""))
    told = dict(zip(head, cells, strict=True))
    assert tuple(head) == FIELDS
    assert {told[name] for name in ("reason", "actor", "subject")} == {"'" + text}
    assert (told["old"], told["new"]) == ("-5.5", "-6")


def _file(path, chain, handed, start=0):
    told = {
        "opstwin_audit": 2,
        "until": chain[-1][0].at,
        "site": "site",
        "timezone": "UTC",
        "start": start,
        "previous": verify(s for _, s in chain[:start]).digest if start else GENESIS,
        "keys": [],
        "records": [
            {**row(record, stored, "UTC", handed), "stored": plain(stored)}
            for record, stored in chain[start:]
        ],
        "proposals": handed,
        "end": {"count": len(chain), "digest": verify(s for _, s in chain).digest},
    }
    path.write_text(json.dumps(told), encoding="utf-8")
    return told


@pytest.mark.catches("an export whose readable part is not compared with its bytes")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
async def test_f67_an_export_that_somebody_was_at_is_found(tmp_path_factory, data):
    """Any field of any row, any byte, any proposal, any row left out: found, index named."""
    path = tmp_path_factory.mktemp("export") / "audit.json"
    chain, handed = await approved()
    start = data.draw(st.integers(0, 3))
    told = _file(path, chain, handed, start)
    head = verify(stored for _, stored in chain)
    heads = lambda _: [head]  # noqa: E731
    found, first, later = verify_export(path, heads, deep=True)
    assert (found, first, later) == (head, start, 0)
    rows, at = told["records"], data.draw(st.integers(0, len(chain) - start - 1))
    how = data.draw(st.sampled_from(["field", "stored", "drop", "proposal", "swap", "cut"]))
    if how == "field":
        rows[at][data.draw(st.sampled_from(FIELDS))] = "other"
    elif how == "stored":
        rows[at]["stored"] = rows[at]["stored"].replace('"at":1', '"at":2')
    elif how == "drop":
        del rows[at]
    elif how == "cut":
        del rows[at:]
    elif how == "proposal":
        told["proposals"]["p-00000001"]["draft"]["title"] = "Lower the speed"
    else:
        rows.insert(0, rows.pop())
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ChainBroken) as broken:
        verify_export(path, heads)
    assert start <= broken.value.index <= len(chain)


@pytest.mark.catches("an export that states another end than its witness knows of")
async def test_f68_a_cut_export_that_states_a_false_end_is_found_by_the_witness(tmp_path):
    """It must hold what was witnessed before its `until`; of later records it is told."""
    path = tmp_path / "audit.json"
    chain, handed = await approved()
    head = verify(stored for _, stored in chain)
    cut = chain[:-2]
    told = _file(path, cut, handed)
    assert verify_export(path, lambda _: [])[0].count == len(cut)
    told["until"] = head.at + 1
    path.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ChainBroken, match=f"{len(chain)} records were witnessed"):
        verify_export(path, lambda _: [head])
    told["until"] = head.at
    path.write_text(json.dumps(told), encoding="utf-8")
    assert verify_export(path, lambda _: [head])[2] == len(chain)


@pytest.mark.parametrize(
    "text", ['{"opstwin_audit":1', '{"opstwin_audit":1}', '{"opstwin_audit":[]}']
)
def test_what_is_no_export_is_bad_input(tmp_path, text):
    """A file that only begins like one is refused in a sentence."""
    path = tmp_path / "audit.json"
    path.write_text(text)
    with pytest.raises(BadInput, match="is not an export"):
        verify_file(path)


@asynccontextmanager
async def opened(folder):
    system = build(Settings(data=folder), parts(FakeSource("plc")))
    for user, role in (("olga", "operator"), ("ida", "admin")):
        system.identity.add(user, user.title(), [role], [PLANT.site])
    sign = {u: {"Authorization": f"Bearer {system.identity.issue(u)}"} for u in ("olga", "ida")}
    app = application(system)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            yield system, http, sign


async def test_the_trail_is_checked_exported_and_its_key_replaced(tmp_path):
    """Over HTTP and afterwards from the files alone: everything agrees, and says how far."""
    async with opened(tmp_path / "data") as (system, http, sign):
        for i in range(5):
            system.clock.turn(10)
            await system.ledger.record("noted", "olga", "site", {"reason": f"no. {i}"})
        answer = await http.post("/audit/keys", json={"reason": "yearly"}, headers=sign["olga"])
        assert answer.status_code == 403
        answer = await http.post("/audit/keys", json={"reason": "yearly"}, headers=sign["ida"])
        key = answer.json()["key"]
        await system.ledger.record("noted", "olga", "site", {"reason": "last"})
        found = (await http.get("/audit/verification?deep=1", headers=sign["olga"])).json()
        assert (found["keys"][-1], found["notes"]) == (key, [])
        assert 0 < found["witnessed"] <= found["records"]  # more may be, if a look fell in between
        noted = (await http.get("/audit?kind=noted&limit=3", headers=sign["olga"])).json()
        assert [one["body"]["reason"] for one in noted] == ["no. 0", "no. 1", "no. 2"]
        since = noted[2]["at"]
        for form in ("json", "csv"):
            query = {"format": form, "start": since}
            got = await http.get("/audit/export", params=query, headers=sign["olga"])
            (tmp_path / f"audit.{form}").write_bytes(got.content)
        empty = await http.get("/audit/export?end=0", headers=sign["olga"])
        assert empty.text == csv_lines((), head=True)
    page = (tmp_path / "audit.csv").read_bytes().decode()
    told = list(csv.DictReader(io.StringIO(page, newline="")))
    ours = [one["reason"] for one in told if one["kind"] in {"noted", "signing_key"}]
    assert ours == ["no. 2", "no. 3", "no. 4", "yearly", "last"]
    witness = tmp_path / "data" / "audit" / "witness.jsonl"
    ledger = tmp_path / "data" / "ledger.db"
    whole = await asyncio.to_thread(verify_file, ledger, witness, deep=True)
    assert whole.witnessed == whole.records >= found["records"]
    assert f"{whole.checkpoints} checkpoints lie on it; all are witnessed" in list(lines(whole))
    part = await asyncio.to_thread(verify_file, tmp_path / "audit.json", witness, deep=True)
    assert len(ours) <= part.records <= len(told)
    assert part.notes == ()
    assert part.witnessed is not None
    assert part.start < part.witnessed
    witness.write_text(witness.read_text().replace('"count":', '"count":1'))
    with pytest.raises(WitnessBroken, match="Checkpoint 1"):
        await asyncio.to_thread(verify_file, ledger, witness)
