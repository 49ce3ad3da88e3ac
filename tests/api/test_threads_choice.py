"""Conversations of a whole System: where settings put them, and what an answer may cost."""

import pytest

from agents.budget import Prices
from api.chosen import chosen_prices
from api.settings import Settings, load
from api.wiring import build
from tests.api.house import parts
from tests.fakes import FakeSource
from tests.postgres import postgres
from tests.twin_core.governance.scene import PEOPLE
from twin_core.answer import Answer, Ask
from twin_core.errors import BadInput


async def asked(settings, text, channel):
    """The answer of a System that is started for the one question."""
    system = build(settings, parts(FakeSource("plc")))
    async with system.running():
        ask = Ask(text=text, asker=PEOPLE["olga"], thread="story", channel=channel)
        return [said async for said in system.ask(ask) if isinstance(said, Answer)][-1]


async def test_a_conversation_goes_on_after_a_restart_and_from_another_channel(tmp_path):
    """By the same person, in a database that is not the ledger's."""
    settings = Settings(data=tmp_path / "data")
    unclear = await asked(settings, "and why?", "api")
    await asked(settings, "how is the line?", "api")
    assert (tmp_path / "data" / "threads.db").exists()
    follows = await asked(settings, "and why?", "slack")
    assert follows.text != unclear.text
    assert not [line for line in follows.unknown if "remembered" in line]


async def test_they_are_kept_in_postgresql_by_address(tmp_path):
    """And no file is made."""
    with postgres() as server:
        url = server.database().replace("+psycopg", "")
        settings = Settings(data=tmp_path / "data", threads_url=url)
        unclear = await asked(settings, "and why?", "api")
        await asked(settings, "how is the line?", "api")
        assert (await asked(settings, "and why?", "slack")).text != unclear.text
        assert not (tmp_path / "data" / "threads.db").exists()


@pytest.mark.parametrize(
    ("ledger", "threads", "why"),
    [
        (None, "postgresql://ops:s3cret@/talk", "OPSTWIN_THREADS_PASSWORD"),
        (None, "mysql://ops@/talk", "threads_url: not the address"),
        (None, "postgresql://ops@db.example/talk?sslmode=disable", "threads_url: sslmode"),
        ("postgresql://ops@/one?host=/nowhere", "postgresql://ops@/one?host=/nowhere", "another"),
    ],
)
def test_an_address_that_cannot_be_theirs_is_refused_before_anything_is_opened(
    tmp_path, ledger, threads, why
):
    """In a sentence that names the setting."""
    settings = Settings(data=tmp_path / "data", ledger_url=ledger, threads_url=threads)
    with pytest.raises(BadInput, match=why) as refused:
        build(settings, parts(FakeSource("plc")))
    assert "s3cret" not in str(refused.value)
    assert not (tmp_path / "data" / "ledger.db").exists()


def test_prices_are_those_of_settings():
    """Absent, no cost is told; cached tokens cost what others do where nothing else is said."""
    assert chosen_prices(Settings()) is None
    given = {"OPSTWIN_PRICE_READ": "2.5", "OPSTWIN_PRICE_WRITTEN": "10", "OPSTWIN_MOST_COST": "0.2"}
    settings = load(environment=given)
    assert settings.most_cost == 0.2
    assert chosen_prices(settings) == Prices(read=2.5, cached=2.5, written=10, currency="USD")


@pytest.mark.parametrize(
    "settings", [{"price_read": 1.0}, {"price_written": 1.0}, {"most_cost": 1.0}]
)
def test_half_a_price_is_refused(settings):
    """A bound of money that could never be reached would be none."""
    with pytest.raises(BadInput, match="price_read and price_written"):
        chosen_prices(Settings(**settings))
