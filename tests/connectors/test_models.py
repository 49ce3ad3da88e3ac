"""The store of models: versions, champions, forecasts."""

import asyncio

import pytest

from connectors.models import SqlModels
from twin_core.errors import UnknownName
from twin_core.governance.action import Command, Inspection, ModelPromotion
from twin_core.models import PARAMETERS, Kept, Told

LINE = "s/a/l"


def kept(version, body="{}"):
    return Kept(asset=LINE, model=PARAMETERS, version=version, made=1, body=body)


def command(step):
    return Command(key="p-1/0/1-execute", proposal="p-1", epoch=1, purpose="execute", step=step,
                   deadline_s=5)  # fmt: skip


def promotion(version, replaces=""):
    return command(ModelPromotion(asset=LINE, model=PARAMETERS, version=version, replaces=replaces))


def run(folder, play):
    async def whole():
        models = SqlModels(f"sqlite:///{folder}/models.db")
        try:
            await play(models)
        finally:
            await models.close()

    asyncio.run(whole())


def test_a_version_once_kept_never_changes(tmp_path):
    """The same version again is the first one, newly judged; an unknown one is said."""

    async def play(models):
        await models.keep(kept("pa-1", "[1]"))
        await models.keep(kept("pa-1", "[2]").model_copy(update={"report": "anew"}))
        found = await models.kept(LINE, PARAMETERS, "pa-1")
        assert (found.body, found.report) == ("[1]", "anew")
        with pytest.raises(UnknownName):
            await models.kept(LINE, PARAMETERS, "pa-2")

    run(tmp_path, play)


def test_it_promotes_only_over_what_was_to_be_replaced(tmp_path):
    """Compare and set; what was never kept is refused; nothing is a champion too."""

    async def play(models):
        await models.keep(kept("pa-1"))
        assert (await models.execute(promotion("pa-1"))).result == "verified"
        other = await models.execute(promotion("pa-2", replaces="pa-0"))
        assert (other.result, other.sent, other.reference) == ("not_applied", False, "pa-1")
        unknown = await models.execute(promotion("pa-2", replaces="pa-1"))
        assert "no version pa-2" in unknown.detail
        assert (await models.look(promotion("pa-1"))).reference == "pa-1"
        (champion,) = await models.champions()
        assert (champion.kept.version, champion.proposal) == ("pa-1", "p-1")
        assert (await models.execute(promotion("", replaces="pa-1"))).reference == ""
        assert await models.champions() == ()

    run(tmp_path, play)


def test_it_does_nothing_but_promote(tmp_path):
    """A job is not sent here, and nothing is known of one."""

    async def play(models):
        job = command(Inspection(asset=LINE, task="look"))
        assert (await models.execute(job)).result == "not_applied"
        assert (await models.look(job)).result == "unknown"

    run(tmp_path, play)


def test_forecasts_wait_for_what_comes(tmp_path):
    """Open once their time is over; scored by version in order; forgotten where nobody knows."""

    async def play(models):
        told = [Told(line=LINE, version="v", start=k, end=k + 10, mean=1, low=0, high=2)
                for k in (30, 10, 20)]  # fmt: skip
        for one in told:
            await models.foretell(one)
        assert [one.start for one in await models.open(30)] == [10, 20]
        await models.came(told[1], 1.5)
        await models.came(told[2], None)
        assert await models.open(30) == ()
        (scored,) = await models.foretold(LINE, "v")
        assert scored.scored.actual == 1.5

    run(tmp_path, play)
