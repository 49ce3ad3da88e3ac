"""Where answers that were called wrong come from: a ledger that nobody writes, or an export."""

import asyncio
import json

import pytest

from api.disputes import DISPUTED, Dispute
from connectors.ledger import SqlLedger
from evals.harness.disputed import disputed
from tests.fakes import FakeClock
from twin_core.errors import BadInput

ONE = Dispute(
    question="Why is line 2 slow?", answer="The capper.", cause="", model="offline", evidence=(),
    words="It was the glue pump.", asset=None, modes=(), incident="in-1", proposal="p-1",
    user="olga", at=1_764_000_000_000_000,
)  # fmt: skip
TWO = ONE.model_copy(update={"proposal": "", "words": "It was nothing."})


def test_a_data_directory_tells_who_confirmed_them(tmp_path):
    async def lived():
        ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}", FakeClock())
        for one in (ONE, TWO):
            await ledger.record(DISPUTED, one.user, "site", one.model_dump(mode="json"))
        for subject in ("p-1", "p-2"):
            await ledger.record("approved", "erik", subject, {})
        await ledger.close()

    asyncio.run(lived())
    found = disputed(tmp_path)
    assert [(one.dispute, one.confirmed) for one in found] == [(ONE, ("erik",)), (TWO, ())]


def test_a_data_directory_of_which_nobody_has_complained_has_none(tmp_path):
    assert disputed(tmp_path) == ()


def test_an_export_tells_all_but_that(tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps([ONE.model_dump(mode="json")]), encoding="utf-8")
    (found,) = disputed(file)
    assert (found.dispute, found.confirmed) == (ONE, None)


@pytest.mark.parametrize("text", ["", "[{}]", "{}", "no JSON"])
def test_what_is_neither_is_refused(tmp_path, text):
    file = tmp_path / "wrong.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="opstwin wrong --json"):
        disputed(file)
