"""From a line's history to parameters that people promote, rely on, and take back."""

import asyncio
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from api import calibrations
from api.actuation import Actuation
from api.calibrating import Calibrator
from api.champions import Champions
from api.sight import PoolForecaster
from connectors.models import SqlModels
from tests.fakes import FakeClock, FakeHistorian, FakeLedger, InlineCompute
from tests.twin_core.governance.scene import person
from tests.twin_core.simulation.processes.lived_mill import KNEE, lived_mill
from tests.twin_core.simulation.sawmill import DEBARKER, LINE, PLANER, SAW, STACKER, Mill, sawmill
from twin_core.errors import Conflict, NoData, NotRelied, UnknownName
from twin_core.governance.action import Command, ModelPromotion
from twin_core.governance.admission import MODELS
from twin_core.governance.policy import Policy
from twin_core.models import PARAMETERS, PROCESS, Kept, Told
from twin_core.plant.classes import Role
from twin_core.reading import Batch
from twin_core.simulation.processes.process_calibration import process_calibration
from twin_core.simulation.scenario import Scenario, SetPoint
from twin_core.value import SECOND

END = 1_750_032_000 * SECOND
HOURS = 9
GO_ON = Scenario(name="go on", line=LINE)
PEOPLE = {p.user: p for p in (
    person("eve", "engineer", sites=("holm",)), person("sam", "supervisor", sites=("holm",)),
    person("olga", "operator", sites=("holm",)),
)}  # fmt: skip


def lived(plant):
    """Nine hours of a board line whose saw stops every four minutes for about fifty seconds."""
    random = np.random.default_rng(3)
    second = np.arange(0, HOURS * 3600, 10)
    held = np.zeros(len(second), bool)
    at = 0.0
    while at < second[-1]:
        at += float(random.exponential(240.0))
        long = float(random.uniform(30.0, 70.0))
        held |= (second >= at) & (second < at + long)
        at += long
    made = np.cumsum(np.where(held, 0.0, 10.0))
    start = END - HOURS * 3600 * SECOND
    columns = []
    paces = {DEBARKER: 72.0, SAW: 60.0, PLANER: 66.0, STACKER: 7.0}
    for path, pace in paces.items():
        share = 0.1 if path == STACKER else 1.0
        unit = plant.units[path]
        told = {
            Role.STATE: np.where(held, 11.0 if path == SAW else 5.0, 6.0),
            Role.PRODUCED: np.floor(made * share + 1e-9),
            Role.SPEED: np.full(len(second), pace),
            Role.STARVED: np.zeros(len(second)), Role.BLOCKED: np.zeros(len(second)),
        }  # fmt: skip
        for role, value in told.items():
            point = unit.with_role(role)
            if point is not None:
                index = np.full(len(second), plant.index[point.id], np.int32)
                columns.append((index, start + second * SECOND, value))
    point, time, value = (np.concatenate(c) for c in zip(*columns, strict=True))
    order = np.argsort(time, kind="stable")
    n = len(order)
    return Batch(point[order], time[order], value[order], np.zeros(n, np.uint32), time[order])


class House:
    """A sawmill with history, store of models, gate and people."""

    def __init__(self, folder):
        self.plant = sawmill()
        self.clock = FakeClock(plant=END)
        self.snapshot = replace(Mill(end=END).snapshot(), plant=self.plant)
        self.historian = FakeHistorian([p.source for p in self.plant.read])
        self.historian.log.append((1, lived(self.plant)))
        self.models = SqlModels(f"sqlite:///{folder}/models.db")
        self.ledger = FakeLedger(self.clock)
        self.champions = Champions(self.models)
        self.numbers = iter(range(1, 100))
        self.actuation = Actuation(
            plant=self.plant, ledger=self.ledger, sinks={MODELS: self.models},
            snapshots=lambda: self.snapshot, clock=self.clock, policy=Policy.shipped(),
            ids=lambda: f"p-{next(self.numbers):08d}", person=self._person,
        )  # fmt: skip
        self.calibrator = Calibrator(
            self.plant, self.historian, InlineCompute(), self.models, self.champions,
            lambda: self.snapshot, self.actuation, self.ledger, self.actuation.notices.tell,
            self.actuation.doubt, self.clock, 5,
        )  # fmt: skip
        self.forecaster = PoolForecaster(InlineCompute(), 5, self.champions)

    def _person(self, user):
        if user not in PEOPLE:
            raise UnknownName("user", user)
        return PEOPLE[user]

    async def promoted(self):
        """The version that people promoted after it was calibrated, and its proposal."""
        await self.actuation.start()
        await self.actuation.recover()
        found = await self.calibrator.calibrate(LINE, 1)
        receipt = await self.calibrator.propose(LINE, found.version, PEOPLE["eve"])
        assert receipt.state == "pending", receipt.reason
        await self.actuation.vote(receipt.proposal, PEOPLE["sam"], "approved")
        await self.actuation.idle()
        return found, receipt.proposal

    async def close(self):
        await self.actuation.close()
        await self.models.close()

    def hears(self, history):
        """The historian is given what a history holds: a reading in the middle of each bucket."""
        for path, column in history.columns.items():
            n = len(column)
            time = np.array([history.at(k) for k in range(n)]) + 5 * SECOND
            point = np.full(n, self.plant.index[path], np.int32)
            self.historian.log.append((2, Batch(point, time, column, np.zeros(n, np.uint32), time)))

    async def promoted_process(self):
        """The same of the site's process, from thirty hours that were calibrated once."""
        await self.actuation.start()
        await self.actuation.recover()
        found = process_learnt()
        await self.models.keep(
            Kept(asset="holm", model=PROCESS, version=found.version, made=1,
                 body=found.parameters.model_dump_json(), report=found.model_dump_json())
        )  # fmt: skip
        receipt = await self.calibrator.propose("holm", found.version, PEOPLE["eve"])
        assert receipt.state == "pending", receipt.reason
        await self.actuation.vote(receipt.proposal, PEOPLE["sam"], "approved")
        await self.actuation.idle()
        return found, receipt.proposal


@cache
def process_learnt():
    history = lived_mill(30, start=END - 30 * 3600 * SECOND)
    return process_calibration(sawmill(), history, None, seed=5)


def run(folder, play):
    async def whole():
        house = House(folder)
        try:
            return await play(house)
        finally:
            await house.close()

    return asyncio.run(whole())


def test_what_is_learnt_is_promoted_by_people_used_and_taken_back(tmp_path):
    """Calibrated, better on held-back time, approved, named by the forecast, rolled back."""

    async def play(house):
        found, proposal = await house.promoted()
        saw = found.parameters.machine(SAW)
        assert saw.stops[0].between.mean.value == pytest.approx(240, rel=0.25)
        assert saw.stops[0].length.mean.value == pytest.approx(50, rel=0.35)
        assert found.contest.verdict == "better"
        case = await house.actuation.proposal(proposal)
        assert case.stage == "verified"
        forecast = await house.forecaster.forecast(house.snapshot, GO_ON)
        assert forecast.model_version.endswith(found.version)
        await house.actuation.roll_back(proposal, PEOPLE["sam"], "a bad feeling")
        await house.actuation.idle()
        assert (await house.actuation.proposal(proposal)).stage == "rolled_back"
        assert not (await house.champions.in_use()).sets
        forecast = await house.forecaster.forecast(house.snapshot, GO_ON)
        assert found.version not in forecast.model_version
        kinds = [record.kind for record in await house.ledger.about(proposal)]
        assert {"submitted", "approved", "dispatched", "verified", "rolled_back"} <= set(kinds)

    run(tmp_path, play)


def test_what_is_no_better_or_was_never_calibrated_is_not_proposed(tmp_path):
    """A set is held against what is used; once it is, its like is no better."""

    async def play(house):
        with pytest.raises(UnknownName):
            await house.calibrator.propose(LINE, "pa-never", PEOPLE["eve"])
        found, _ = await house.promoted()
        with pytest.raises(Conflict, match="calibrate anew"):
            await house.calibrator.propose(LINE, found.version, PEOPLE["eve"])
        again = await house.calibrator.calibrate(LINE, 1)
        assert again.champion == found.version
        with pytest.raises(Conflict, match=again.objection):
            await house.calibrator.propose(LINE, again.version, PEOPLE["eve"])

    run(tmp_path, play)


def test_an_operator_may_not_promote(tmp_path):
    """The shipped policy leaves it to supervisors and engineers, and never to one alone."""

    async def play(house):
        await house.actuation.start()
        found = await house.calibrator.calibrate(LINE, 1)
        receipt = await house.calibrator.propose(LINE, found.version, PEOPLE["olga"])
        assert receipt.state == "denied"
        receipt = await house.calibrator.propose(LINE, found.version, PEOPLE["eve"])
        assert receipt.needs == "1 supervisor or engineer, not the requester"

    run(tmp_path, play)


def test_nothing_rests_on_a_set_that_is_too_old_or_asked_beyond_its_range(tmp_path):
    """Forecasts and advice are refused with the reason; a diagnosis goes on without the set."""

    async def play(house):
        await house.promoted()
        plant = house.plant
        pace = plant.units[SAW].with_role(Role.SPEED_SETPOINT).id
        fast = GO_ON.model_copy(update={"changes": (SetPoint(point=pace, value=70.0),)})
        with pytest.raises(NotRelied, match="is asked for 70/min, up to"):
            await house.forecaster.forecast(house.snapshot, fast)
        old = replace(house.snapshot, now=END + 15 * 86_400 * SECOND)
        with pytest.raises(NotRelied, match=r"Board line: .* 14 are allowed\. Calibrate it anew"):
            await house.forecaster.forecast(old, GO_ON)
        assert not (await house.champions.applied(old, ())).calibrated.units

    run(tmp_path, play)


def test_a_set_that_another_program_learnt_is_not_relied_on(tmp_path):
    """What cannot be read is refused in a sentence, and nothing else breaks."""

    async def play(house):
        await house.models.keep(
            Kept(asset=LINE, model=PARAMETERS, version="pa-old", made=1, body='{"line": 1}')
        )
        step = ModelPromotion(asset=LINE, model=PARAMETERS, version="pa-old")
        command = Command(key="k", proposal="p-1", epoch=1, purpose="execute", step=step,
                          deadline_s=5)  # fmt: skip
        assert (await house.models.execute(command)).result == "verified"
        with pytest.raises(NotRelied, match="another version of this program"):
            await house.forecaster.forecast(house.snapshot, GO_ON)
        assert not (await house.champions.applied(house.snapshot, ())).calibrated.units

    run(tmp_path, play)


def test_a_drift_opens_a_task_once(tmp_path):
    """What comes lies below the forecasts again and again: a record, a notice, a refusal."""

    async def play(house):
        found, _ = await house.promoted()
        for k in range(40):
            start = END + k * 1800 * SECOND
            told = Told(line=LINE, version=found.version, start=start,
                        end=start + 1800 * SECOND, mean=50.0, low=48.0, high=52.0)  # fmt: skip
            await house.models.foretell(told)
            await house.models.came(told, 45.0)
        house.champions.scored(LINE)
        await house.calibrator.foretell()
        await house.calibrator.foretell()
        tasks = [r for r in await house.ledger.about(LINE) if r.kind == "calibration_task"]
        assert len(tasks) == 1
        assert any("have drifted" in notice.text for notice in house.actuation.notices)
        with pytest.raises(NotRelied, match="they have drifted"):
            await house.forecaster.forecast(house.snapshot, GO_ON)

    run(tmp_path, play)


def test_process_numbers_go_through_the_same_door(tmp_path):
    """Learnt, better on held-back time, approved, in the plant a forecast sees, taken back."""

    async def play(house):
        found, proposal = await house.promoted_process()
        assert found.contest.verdict == "better"
        assert (await house.actuation.proposal(proposal)).stage == "verified"
        used = await house.champions.applied(house.snapshot, (LINE,))
        shift = next(e for e in used.plant.class_of(SAW).effects if e.on == "offset")
        assert shift.full == pytest.approx(KNEE, abs=0.3)
        assert used.digest == house.snapshot.digest
        assert (await house.champions.applied(house.snapshot, ())).plant is used.plant
        forecast = await house.forecaster.forecast(house.snapshot, GO_ON)
        assert forecast.model_version.endswith(found.version)
        await house.actuation.roll_back(proposal, PEOPLE["sam"], "a bad feeling")
        await house.actuation.idle()
        assert (await house.champions.applied(house.snapshot, (LINE,))).plant is house.plant
        forecast = await house.forecaster.forecast(house.snapshot, GO_ON)
        assert found.version not in forecast.model_version
        kinds = [record.kind for record in await house.ledger.about(proposal)]
        assert {"submitted", "approved", "dispatched", "verified", "rolled_back"} <= set(kinds)

    run(tmp_path, play)


def test_a_line_and_the_process_are_promoted_side_by_side(tmp_path):
    """A forecast names both; what it is scored by is the line's own."""

    async def play(house):
        numbers, _ = await house.promoted_process()
        receipt = await house.calibrator.calibrate(LINE, 1)
        proposed = await house.calibrator.propose(LINE, receipt.version, PEOPLE["eve"])
        await house.actuation.vote(proposed.proposal, PEOPLE["sam"], "approved")
        await house.actuation.idle()
        forecast = await house.forecaster.forecast(house.snapshot, GO_ON)
        assert forecast.model_version.endswith(f"{receipt.version} {numbers.version}")
        given = await house.champions.given(house.snapshot)
        assert given.calibrated.versions == {LINE: receipt.version}

    run(tmp_path, play)


def test_nothing_rests_on_process_numbers_that_are_too_old_or_beyond_their_range(tmp_path):
    """A forecast is refused with the reason; a diagnosis goes on with the nameplates."""

    async def play(house):
        await house.promoted_process()
        target = f"{SAW}/blade_heat_target"
        hot = GO_ON.model_copy(update={"changes": (SetPoint(point=target, value=58.0),)})
        with pytest.raises(NotRelied, match=r"asks for 58 Cel, .* were seen.* calibrate holm\."):
            await house.forecaster.forecast(house.snapshot, hot)
        old = replace(house.snapshot, now=END + 15 * 86_400 * SECOND)
        with pytest.raises(NotRelied, match=r"process of .* 14 are allowed"):
            await house.forecaster.forecast(old, GO_ON)
        assert (await house.champions.applied(old, ())).plant is house.plant

    run(tmp_path, play)


def test_process_numbers_that_another_program_learnt_are_not_relied_on(tmp_path):
    """As with a line's set."""

    async def play(house):
        await house.models.keep(
            Kept(asset="holm", model=PROCESS, version="pr-old", made=1, body='{"line": 1}')
        )
        step = ModelPromotion(asset="holm", model=PROCESS, version="pr-old")
        command = Command(key="k", proposal="p-1", epoch=1, purpose="execute", step=step,
                          deadline_s=5)  # fmt: skip
        assert (await house.models.execute(command)).result == "verified"
        with pytest.raises(NotRelied, match="another version of this program"):
            await house.forecaster.forecast(house.snapshot, GO_ON)
        assert not (await house.champions.applied(house.snapshot, ())).calibrated.process

    run(tmp_path, play)


def test_a_process_without_a_past_is_not_calibrated(tmp_path):
    """A span of no bucket is refused; one in which nothing was heard is not proposed."""

    async def play(house):
        with pytest.raises(NoData, match="media of"):
            await house.calibrator.calibrate_process(0.0)
        found = await house.calibrator.calibrate_process(0.5)
        with pytest.raises(Conflict, match="told no number better"):
            await house.calibrator.propose("holm", found.version, PEOPLE["eve"])
        with pytest.raises(UnknownName):
            await house.calibrator.propose("holm", "pr-never", PEOPLE["eve"])

    run(tmp_path, play)


def test_a_process_is_calibrated_and_proposed_over_http(tmp_path):
    """By the site's path, beside the lines; a report, a proposal, and what is used."""

    async def play(house):
        await house.actuation.start()
        house.hears(lived_mill(30, start=END - 30 * 3600 * SECOND))
        app = FastAPI()
        app.include_router(calibrations.router)
        app.state.system = SimpleNamespace(
            plant=house.plant, calibrator=house.calibrator, risks=None,
            pump=SimpleNamespace(snapshot=lambda: house.snapshot),
            identity=SimpleNamespace(bearer=lambda _: PEOPLE["eve"]),
        )  # fmt: skip
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test", headers={"Authorization": "Bearer t"}
        ) as http:
            body = (await http.post("/calibrations", json={"line": "holm", "days": 1.25})).json()
            assert body["promotable"], body["why_not"]
            asked = {"asset": "holm", "version": body["report"]["version"]}
            assert (await http.post("/promotions", json=asked)).json()["state"] == "pending"
            used = (await http.get("/models")).json()["lines"]
        assert [u["line"] for u in used] == [LINE, "holm"]
        assert used[1] == {"line": "holm", "version": "", "learnt": None, "proposal": "",
                           "relied": True, "why": "", "drifted": False}  # fmt: skip

    run(tmp_path, play)
