"""The ledger of a whole System: a file, or PostgreSQL by its address."""

import pytest

from api.settings import Settings
from api.wiring import build
from tests.api.house import parts
from tests.fakes import FakeSource
from tests.postgres import postgres
from twin_core.errors import BadInput, StoreDown


async def test_a_system_keeps_its_ledger_in_postgresql(tmp_path):
    """By `ledger_url` alone: what one process recorded the next one finds, and no file is made."""
    with postgres() as server:
        url = server.database().replace("+psycopg", "")
        settings = Settings(data=tmp_path / "data", ledger_url=url)
        for epoch in (1, 2):
            system = build(settings, parts(FakeSource("plc")))
            async with system.running():
                assert (await system.health())["parts"]["ledger"] == "whole"
                assert system.actuation.standing.epoch == epoch
                assert (await system.health())["parts"]["freeze"] == "none"
        assert not (tmp_path / "data" / "ledger.db").exists()
        again = build(Settings(data=tmp_path / "elsewhere", ledger_url=url), parts(FakeSource("p")))
        async with again.running():  # another host, which has no mark of it
            assert (await again.health())["parts"]["freeze"] == "everything is frozen"


@pytest.mark.catches("two sites whose proposals are taken for one's own")
async def test_a_ledger_is_of_one_site(tmp_path):
    """A second site on the same database is refused at its start: it would act on the first's."""
    with postgres() as server:
        url = server.database().replace("+psycopg", "")
        first = build(Settings(data=tmp_path / "one", ledger_url=url), parts(FakeSource("plc")))
        async with first.running():
            pass
        given = parts(FakeSource("plc"))
        given.plant = given.plant.model_copy(update={"site": "north"})
        second = build(Settings(data=tmp_path / "two", ledger_url=url), given)
        with pytest.raises(
            StoreDown,
            match=r"it is that of site, .* start with the plant file of site, or with another data",
        ):
            async with second.running():
                pass


@pytest.mark.parametrize(
    ("url", "error", "why"),
    [
        ("postgresql://ops@/ledger?host=/nowhere", StoreDown, "ledger cannot be used: connection"),
        ("postgresql://ops:s3cret@/ledger", BadInput, "OPSTWIN_LEDGER_PASSWORD"),
    ],
)
def test_a_ledger_that_cannot_be_had_is_told_at_the_start(tmp_path, url, error, why):
    """No server there, or no such address: one sentence, and nothing is left open."""
    with pytest.raises(error, match=why):
        build(Settings(data=tmp_path / "data", ledger_url=url), parts(FakeSource("plc")))
