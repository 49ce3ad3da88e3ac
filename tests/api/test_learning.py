"""From a plant's own past to models that people promote: life, quality, what forecasts miss."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from api import calibrations
from api.actuation import Actuation
from api.calibrating import Calibrator
from api.champions import Champions
from api.learning import Lessons, said
from api.sight import PoolForecaster
from connectors.models import SqlModels
from tests.fakes import FakeClock, FakeHistorian, FakeLedger, InlineCompute
from tests.twin_core.governance.scene import person
from tests.twin_core.simulation.sawmill import LINE, PLANER, SAW, STACKER, Mill, sawmill
from twin_core.errors import BeyondModel, CannotLearn, NotLearnt, UnknownName, WrongKind
from twin_core.governance.admission import MODELS
from twin_core.governance.policy import Policy
from twin_core.models import CORRECTION, FAILURE_RISK, QUALITY, REMAINING_LIFE, Told
from twin_core.operations.past import Past
from twin_core.plant.classes import Role
from twin_core.reading import Batch
from twin_core.value import SECOND

END = 1_750_032_000 * SECOND
HOURS, STEP_S = 66, 20
HALF = 1800 * SECOND
ADA = person("eve", "engineer", sites=("holm",))
PEOPLE = {p.user: p for p in (ADA, person("sam", "supervisor", sites=("holm",)))}
HEAT = f"{SAW}/blade_heat"
WOBBLE = np.array([0.1, -0.1, 0.05, -0.05, 0.1, -0.05])


def lived(plant, *, fails=True):
    """A saw that grows hot over about two hours, throws out more the hotter it is, then fails."""
    random = np.random.default_rng(3)
    n = HOURS * 3600 // STEP_S
    heat, state = np.full(n, 40.0), np.full(n, 6.0)
    at = 0
    while fails and at < n:
        life = int(random.integers(300, 460))
        heat[at : at + life] = 40 + 20 * np.arange(life)[: n - at] / life
        state[at + life : at + life + 20] = 11.0
        at += life + 20
    if not fails:
        heat += 4 * np.sin(np.arange(n) * 2 * np.pi / 4000)
    heat = np.repeat(heat[::3] + random.normal(0, 0.3, len(heat[::3])), 3)[:n]
    runs = state == 6.0
    made = np.where(runs, STEP_S, 0.0)
    scrap = np.where(runs, random.poisson(0.02 * np.clip(heat - 38, 0, None)), 0)
    start = END - HOURS * 3600 * SECOND
    told: dict[str, np.ndarray] = {}
    for path, share, pace in ((SAW, 1.0, 60.0), (PLANER, 1.0, 66.0), (STACKER, 0.1, 7.0)):
        unit = plant.units[path]
        roles = {
            Role.STATE: state if path == SAW else np.where(runs, 6.0, 5.0),
            Role.PRODUCED: np.floor(np.cumsum(made) * share + 1e-9),
            Role.SPEED: np.full(n, pace), Role.STARVED: np.zeros(n),
            Role.BLOCKED: np.zeros(n),
        }  # fmt: skip
        if path == SAW:
            roles[Role.DEFECTIVE] = np.cumsum(scrap)
        told |= {p.id: v for r, v in roles.items() if (p := unit.with_role(r)) is not None}
    told[HEAT] = heat
    time = start + np.arange(n, dtype=np.int64) * STEP_S * SECOND
    point = np.concatenate([np.full(n, plant.index[p], np.int32) for p in told])
    times, value = np.tile(time, len(told)), np.concatenate(list(told.values()))
    order = np.argsort(times, kind="stable")
    status = np.zeros(len(order), np.uint32)
    return Batch(point[order], times[order], value[order], status, times[order])


class House:
    """A sawmill with that past, a store of models, a gate and people."""

    def __init__(self, folder, *, fails=True):
        self.plant = sawmill()
        clock = FakeClock(plant=END)
        self.heat, self.grows = (57.0, 1.6) if fails else (40.0, 0.0)
        self.models = SqlModels(f"sqlite:///{folder}/models.db")
        historian = FakeHistorian([p.source for p in self.plant.read])
        historian.log.append((1, lived(self.plant, fails=fails)))
        compute, champions = InlineCompute(), Champions(self.models)
        numbers = iter(range(1, 100))
        ledger = FakeLedger(clock)
        self.actuation = Actuation(
            plant=self.plant, ledger=ledger, sinks={MODELS: self.models},
            snapshots=self.snapshot, clock=clock, policy=Policy.shipped(),
            ids=lambda: f"p-{next(numbers):08d}", person=PEOPLE.__getitem__,
        )  # fmt: skip
        calibrator = Calibrator(
            self.plant, historian, compute, self.models, champions, self.snapshot, self.actuation,
            ledger, self.actuation.notices.tell, self.actuation.doubt, clock, 5,
        )  # fmt: skip
        self.lessons = Lessons(
            self.plant, historian, compute, self.models, calibrator, self.snapshot,
            self.actuation, clock, 5,
        )  # fmt: skip
        self.forecaster = PoolForecaster(compute, 5, champions)

    def snapshot(self):
        """Belief now: as in that past, the blade as hot as is wanted and growing hotter."""
        steps = np.repeat(self.heat + self.grows * np.arange(-5, 1) + WOBBLE, 60)
        columns = {HEAT: steps, f"{SAW}/speed": 60.0}
        return replace(Mill(end=END, columns=columns).snapshot(), plant=self.plant)

    async def promoted(self, asset, kind, hours):
        """A model of that kind that was learnt and approved."""
        await self.actuation.start()
        await self.actuation.recover()
        model = await self.lessons.learn(asset, kind, hours, 3)
        receipt = await self.lessons.propose(asset, kind, model.version, ADA)
        assert receipt.state == "pending", receipt.reason
        await self.actuation.vote(receipt.proposal, PEOPLE["sam"], "approved")
        await self.actuation.idle()
        return model

    async def close(self):
        await self.actuation.close()
        await self.models.close()


def run(folder, play, **given):
    async def whole():
        house = House(folder, **given)
        try:
            return await play(house)
        finally:
            await house.close()

    return asyncio.run(whole())


def test_a_life_is_learnt_promoted_and_told(tmp_path):
    """Nothing before it is approved; then less for a hot blade than for a cool one."""

    async def play(house):
        with pytest.raises(NotLearnt, match=f"opstwin learn {SAW} --what remaining-life"):
            await house.forecaster.learnt(house.snapshot(), SAW, REMAINING_LIFE)
        model = await house.promoted(SAW, REMAINING_LIFE, 4.0)
        assert "its 90 % intervals held" in said(model)
        hot = await house.forecaster.learnt(house.snapshot(), SAW, REMAINING_LIFE)
        house.heat = 49.5
        cool = await house.forecaster.learnt(house.snapshot(), SAW, REMAINING_LIFE)
        assert hot.prediction.value < cool.prediction.value
        assert hot.prediction.model == model.version
        in_use = await house.lessons.champions.in_use()
        assert in_use.learnt(SAW, REMAINING_LIFE).version == model.version
        assert in_use.learnt(SAW, FAILURE_RISK) is None

    run(tmp_path, play)


def test_a_quality_is_learnt_of_a_line(tmp_path):
    """Of a hot blade more is thrown out; that it stays below a limit is less likely."""

    async def play(house):
        await house.promoted(LINE, QUALITY, 1.0)
        house.heat, house.grows = 42.5, 0.2
        hot = await house.forecaster.learnt(house.snapshot(), LINE, QUALITY, limit=0.3)
        house.heat, house.grows = 37.5, -0.2
        cool = await house.forecaster.learnt(house.snapshot(), LINE, QUALITY, limit=0.3)
        assert hot.prediction.unit == "%"
        assert hot.prediction.value > cool.prediction.value
        assert hot.chance.good < cool.chance.good

    run(tmp_path, play, fails=False)


async def foretold(house, miss, n=65):
    """Forecasts of the last days with what came."""
    random = np.random.default_rng(2)
    for k in range(n):
        start = END - (n - k) * 2 * HALF
        mean, half = 57.0 + 8 * np.sin(k / 4), random.uniform(0, 8)
        one = Told(line=LINE, version="", start=start, end=start + HALF, mean=mean,
                   low=mean - half, high=mean + half)  # fmt: skip
        await house.models.foretell(one)
        await house.models.came(one, mean + miss + random.normal(0, 0.3))


def remembered(plant):
    """Six stacks of ten boards a minute over the last hour."""
    minute = END // (60 * SECOND) * 60 * SECOND - np.arange(60)[::-1] * 60 * SECOND
    counters = np.full(len(plant.points), -1)
    counters[plant.index[plant.unit(STACKER).with_role(Role.PRODUCED).id]] = 0
    made = np.full((60, 1), 6.0, np.float32)
    return replace(Past.nothing(), minute=minute, made=made, counters=counters)


def test_what_forecasts_miss_is_told_and_corrected_beside_them(tmp_path):
    """The bias is found; the correction is of the forecasts it was learnt from and no others."""

    async def play(house):
        with pytest.raises(NotLearnt, match="none of them has been held"):
            await house.forecaster.skill(house.snapshot(), LINE)
        await foretold(house, -5.0)
        score, told = await house.forecaster.skill(house.snapshot(), LINE)
        assert score.bias.value == pytest.approx(-5.0, abs=0.2)
        assert len(told) == score.n == 65
        await house.promoted(LINE, CORRECTION, 0.5)
        beside = await house.forecaster.learnt(
            replace(house.snapshot(), past=remembered(house.plant)), LINE, CORRECTION
        )
        assert beside.corrected.mean == pytest.approx(beside.forecast.mean - 5.0, abs=1.0)
        assert beside.asked_s == 1800.0
        with pytest.raises(BeyondModel, match="the rate of the 30 min before"):
            await house.forecaster.learnt(
                replace(house.snapshot(), past=Past.nothing()), LINE, CORRECTION
            )

    run(tmp_path, play, fails=False)


def test_a_past_that_teaches_nothing_says_what_would(tmp_path):
    """No failure; forecasts that are right; an asset of the wrong kind."""

    async def play(house):
        with pytest.raises(CannotLearn, match="no failure of its own is in that past"):
            await house.lessons.learn(SAW, REMAINING_LIFE, 4.0, 3)
        with pytest.raises(CannotLearn, match="no example of it"):
            await house.lessons.learn(LINE, CORRECTION, 0.5, 3)
        await foretold(house, 0.0)
        with pytest.raises(CannotLearn, match="not better by more than chance"):
            await house.lessons.learn(LINE, CORRECTION, 0.5, 3)
        with pytest.raises(WrongKind, match=rf"a line \(of which quality and .*{SAW}"):
            await house.lessons.learn(LINE, REMAINING_LIFE, 4.0, 3)
        with pytest.raises(WrongKind, match=rf"a machine \(of which .*its line, {LINE},"):
            await house.lessons.learn(SAW, QUALITY, 1.0, 3)
        with pytest.raises(UnknownName, match="no asset"):
            await house.lessons.learn(f"{LINE}/sow", REMAINING_LIFE, 4.0, 3)
        with pytest.raises(UnknownName):
            await house.lessons.propose(SAW, REMAINING_LIFE, "ab12", ADA)

    run(tmp_path, play, fails=False)


def test_the_routes_learn_propose_and_tell(tmp_path):
    """POST /learnings with charts, POST /promotions, GET /learnt and /models; refusals in words."""

    async def play(house):
        await house.actuation.start()
        await house.actuation.recover()
        app = FastAPI()
        app.include_router(calibrations.router)
        view = SimpleNamespace(snapshot=house.snapshot)
        app.state.system = SimpleNamespace(
            plant=house.plant, lessons=house.lessons, forecaster=house.forecaster,
            calibrator=SimpleNamespace(champions=house.lessons.champions),
            pump=SimpleNamespace(snapshot=house.snapshot), view_for=lambda _asker: view,
            identity=SimpleNamespace(bearer=lambda _: ADA),
        )  # fmt: skip
        transport = httpx.ASGITransport(app=app)
        signed = {"Authorization": "Bearer t"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers=signed
        ) as http:
            asked = {"asset": SAW, "model": REMAINING_LIFE, "hours": 4, "days": 3}
            learnt = (await http.post("/learnings", json=asked)).json()
            assert learnt["charts"][0]["labels"][2] == "intervals of 90 %"
            body = {"asset": SAW, "model": REMAINING_LIFE, "version": learnt["version"]}
            receipt = (await http.post("/promotions", json=body)).json()
            await house.actuation.vote(receipt["proposal"], PEOPLE["sam"], "approved")
            await house.actuation.idle()
            told = (
                await http.get("/learnt", params={"asset": SAW, "model": REMAINING_LIFE})
            ).json()
            assert "running time until it fails" in told["text"]
            assert [chart["kind"] for chart in told["charts"]] == ["waterfall", "bars"]
            used = (await http.get("/models")).json()["learnt"]
            assert [(one["asset"], one["model"]) for one in used] == [(SAW, REMAINING_LIFE)]
            for wrong in ({"hours": -1}, {"model": "parameters"}, {"days": 0}, {"more": 1}):
                assert (await http.post("/learnings", json=asked | wrong)).status_code == 422
            for wrong in ({"limit": -1}, {"model": "x"}, {"limit": "nan"}):
                given = {"asset": LINE, "model": QUALITY} | wrong
                assert (await http.get("/learnt", params=given)).status_code == 422
            with pytest.raises(NotLearnt):
                await http.get("/learnt", params={"asset": LINE, "model": QUALITY})

    run(tmp_path, play)
